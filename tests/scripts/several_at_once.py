"""Several recordings at once, each in a process of its own."""
import multiprocessing
import sys
from pathlib import Path

from hdmea.pipeline import load_recording

OUT = "P:/out"


def process(number):
    from hdmea.pipeline import load_session_from_hdf5

    result = load_recording(
        r"O:\20260203\2026.02.03-10.11.12-Rec.cmcr",
        r"O:\20260203\2026.02.03-10.11.12-Rec-.cmtr",
        f"copy_{number}",
        output_dir=OUT,
    )
    return load_session_from_hdf5(result.hdf5_path).unit_count


if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[1])
    with context.Pool(2) as pool:
        print(pool.map(process, [1, 2]))
