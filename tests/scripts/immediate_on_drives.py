"""One recording, file by file, with the paths of the laboratory's Windows machine."""
import logging
from pathlib import Path

from hdmea.features.sta import compute_sta
from hdmea.io.section_time import add_section_time
from hdmea.io.spike_sectioning import section_spike_times
from hdmea.pipeline import extract_features, load_recording_with_eimage_sta

logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s %(message)s")

DATASET = "2026.02.03-10.11.12-Rec"
CMCR = rf"O:\20260203\{DATASET}.cmcr"
CMTR = "o:/20260203/" + DATASET + "-.cmtr"
STIMULI = Path(r"M:\Python_Project\stimuli")


def main():
    result = load_recording_with_eimage_sta(
        CMCR, CMTR, DATASET, output_dir=r"P:\out", force=True, duration_s=120.0, chunk_duration_s=5.0
    )
    print(f"{result.num_units} units, {result.units_with_sta} images, stage 1: {result.stage1_completed}")
    path = result.hdf5_path
    assert add_section_time(
        path,
        "demo_set",
        playlist_file_path=r"M:\Python_Project\playlist.csv",
        movie_length_file_path="M:\\Python_Project\\movie_length.csv",
        repeats=1,
    )
    sections = section_spike_times(path, config_dir=STIMULI, pad_margin=(0.0, 0.0))
    print(f"{sections.movies_processed} movies, {sections.units_processed} units")
    sta = compute_sta(path, stimuli_dir=STIMULI, use_multiprocessing=False)
    print(f"{sta.movie_name}: {sta.units_processed} ok, {sta.units_failed} failed")
    features = extract_features(path, features=["frif", "baseline_127", "step_up_5s_5i_b0_3x"])
    print(sorted(features.features_extracted), features.features_failed)


if __name__ == "__main__":
    main()
