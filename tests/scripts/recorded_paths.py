"""Goes on from a file whose recording lay on a drive of the laboratory."""
import sys

from hdmea.pipeline import compute_eimage_sta, load_session_from_hdf5

session = load_session_from_hdf5(sys.argv[1])
print(session.source_files["cmcr_path"])
result = compute_eimage_sta(sys.argv[1], force=True)
print(result.units_processed)
