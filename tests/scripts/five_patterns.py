# The five ways in which scripts use the pipeline, and what they catch. Arguments: raw file, sorted file, playlist.
import logging
import sys
from pathlib import Path

from hdmea.features import compute_sta
from hdmea.io import section_spike_times
from hdmea.io.section_time import add_section_time_analog
from hdmea.pipeline import (
    PipelineSession,
    add_section_time,
    create_session,
    extract_features,
    load_recording,
)

logging.basicConfig(level=logging.ERROR, stream=sys.stdout, format="%(levelname)s %(message).60s")
cmcr, cmtr, playlist = sys.argv[1:]

# 1: every function writes to the file at once
result = load_recording(cmcr_path=cmcr, cmtr_path=cmtr)
extracted = extract_features(hdf5_path=result.hdf5_path, features=["frif", "on_off"])
print("immediate", extracted.features_extracted, extracted.features_failed)
print(add_section_time(hdf5_path=result.hdf5_path, playlist_name="no_such_list"))
print(add_section_time(hdf5_path=result.hdf5_path, playlist_name=playlist))
print(add_section_time_analog(result.hdf5_path, 1e9))

# 2: all in memory, one save; the STA lacks spikes per trial
session = create_session(cmcr_path=cmcr, cmtr_path=cmtr)
session = load_recording(cmcr_path=cmcr, cmtr_path=cmtr, session=session)
session = extract_features(features=["frif", "on_off"], session=session)
session = add_section_time(playlist_name=playlist, session=session)
session = compute_sta(cover_range=(-60, 0), session=session)
print("deferred", [text for text in session.warnings if "spikes per trial" in text])
print(session.save() == result.hdf5_path.absolute(), 0 < session.memory_estimate_gb < 1)

# 3: checkpoints on the way, in a folder that does not exist yet
session = create_session(cmcr_path=cmcr)
session = load_recording(cmcr_path=cmcr, cmtr_path=cmtr, session=session)
session.checkpoint("checkpoints/after_load.h5")
session = extract_features(features=["dense_noise", "moving_bar", "chirp"], session=session)
session.checkpoint("checkpoints/after_features.h5", checkpoint_name="features")
print("checkpoints", session.is_deferred, session.save("final/output.h5").name)

# 4: going on from a checkpoint
session = PipelineSession.load("checkpoints/after_load.h5")
print("resumed", session.completed_steps, session.is_saved)
session = add_section_time(playlist_name=playlist, session=session)
session = section_spike_times(session=session)
session = compute_sta(cover_range=(-60, 0), session=session)
session = extract_features(features=["frif", "moving_bar"], session=session)
session.save("final/output.h5")
print(sorted(PipelineSession.load("final/output.h5").completed_steps - {"add_section_time"}))

# 5: one recording after another
for number in (1, 2):
    session = create_session(f"batch{number}-", output_dir="batch")
    session = load_recording(cmcr_path=cmcr, cmtr_path=cmtr, session=session)
    session = extract_features(features=["frif"], session=session)
    session.save()
    del session
print("batch", sorted(path.name for path in Path("batch").iterdir()))

# a session and its file together, and what is caught
session = PipelineSession.load("batch/batch1.h5")
mixed = add_section_time(hdf5_path="batch/batch1.h5", playlist_name=playlist, session=session)
print("mixed", mixed is session, session.is_saved)
try:
    session.save("batch/batch2.h5", overwrite=False)
except FileExistsError:
    print("not replaced")
try:
    PipelineSession.load("nowhere.h5")
except FileNotFoundError:
    print("not found")
