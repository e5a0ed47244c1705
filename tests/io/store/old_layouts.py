"""How the archived files in ``tests/data/layouts`` were made: one for each numbered migration, and the oldest of all.

`archive` wrote them once; they are never written again. What each function does here is what its file holds, which a
test checks, so that this module tells what older scripts wrote.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import h5py
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MOVIE = "dense_noise"
STEPS = ["load_recording_with_eimage_sta", "add_section_time", "section_spike_times"]


def base(file: h5py.File) -> None:
    """What all have in common: a unit with spikes of one movie, in session mode's layout."""
    file.attrs.update({"dataset_id": "2020.01.02-Rec", "hdmea_version": "0.1.0"})
    unit = file.create_group("units/unit_007")
    unit.attrs.update({"row": 38, "col": 27, "global_id": 1728})
    unit.attrs.update({"unit_num": 7, "original_name": "Unit_7"})
    unit["spike_times"] = np.array([5, 110, 210], np.uint64)
    section = unit.create_group(f"spike_times_sectioned/{MOVIE}")
    section.attrs.update({"n_trials": 2, "pad_margin": np.array([0.0, 0.0])})
    section["full_spike_times"] = np.array([110, 210])
    section["trials_spike_times/0"] = np.array([110])
    section["trials_spike_times/10"] = np.array([210])
    section["trials_start_end"] = np.array([[100, 200], [200, 300]])
    file["stimulus/frame_times/default"] = np.array([0, 100, 200], np.uint64)
    file[f"stimulus/section_time/{MOVIE}"] = np.array([[90, 310]])
    file["metadata/acquisition_rate"] = np.array([2500.0])
    file["pipeline/session_info/completed_steps"] = np.array(STEPS, dtype=h5py.string_dtype())


def units(file: h5py.File) -> list[h5py.Group]:
    return list(file["units"].values())


def texts_as_bytes(file: h5py.File) -> None:
    file.attrs["dataset_id"] = np.bytes_(b"2020.01.02-Rec")
    for unit in units(file):
        unit.attrs["original_name"] = np.bytes_("Unit \xb5".encode("latin-1"))
        unit["unit_meta/tags"] = np.bytes_(b"good")
    file["metadata/cmcr_meta/DateTime"] = np.array([b"02.01.2020 10:00:00"])
    del file["pipeline/session_info/completed_steps"]
    file["pipeline/session_info/completed_steps"] = np.array(STEPS, dtype="S40")


def attrs_groups(file: h5py.File) -> None:
    for unit in units(file):
        section = unit[f"spike_times_sectioned/{MOVIE}"]
        for name in list(section.attrs):
            section[f"_attrs/{name}"] = section.attrs[name]
            del section.attrs[name]


def sys_meta(file: h5py.File) -> None:
    file["metadata/sys_meta/ProgramVersion"] = np.array(["2.6.0.0"], dtype=h5py.string_dtype())
    file["metadata/sys_meta/recording_duration_s"] = np.array([12.5])


def scalars_of_no_dimension(file: h5py.File) -> None:
    del file["metadata/acquisition_rate"]
    file["metadata/acquisition_rate"] = 2500.0
    file["metadata/dataset_id"] = "2020.01.02-Rec"
    file["metadata/section_time_repeats"] = 2
    file["metadata/cmcr_meta/FileVersion"] = 1


def frame_time(file: h5py.File) -> None:
    file.move("stimulus/frame_times", "stimulus/frame_time")


def root_attributes(file: h5py.File) -> None:
    file.attrs["section_time_playlist"] = "set6a"
    file.attrs["section_time_repeats"] = 2
    file.attrs["source_files"] = '{"cmcr_path": "a.cmcr", "cmtr_path": null, "cmcr_exists": true}'


def units_without_numbers(file: h5py.File) -> None:
    for unit in units(file):
        del unit.attrs["unit_num"], unit.attrs["original_name"]


def wrong_electrodes(file: h5py.File) -> None:
    for unit in units(file):
        unit.attrs.update({"row": 3, "col": 150, "global_id": 0})
        for name, value in (("row", 38), ("column", 27), ("sensorid", 1728)):
            unit[f"unit_meta/{name}"] = np.array([value])


def texts_of_unit_meta(file: h5py.File) -> None:
    for unit in units(file):
        unit["unit_meta/snr"] = np.array([6.5])
        unit["unit_meta"].attrs.update({"tags": "good", "attr_id.type": "SingleUnit"})


def averages_under_movies(file: h5py.File) -> None:
    for unit in units(file):
        average = unit.create_dataset(f"features/{MOVIE}/sta", data=np.ones((3, 2, 2), np.float32))
        average.attrs.update({"n_spikes": 17, "n_spikes_excluded": 3, "cover_range": np.array([-3, 0])})
        average.attrs["dtype_warning"] = True
        unit[f"features/{MOVIE}/sta_geometry/center_row"] = 1.5


def attributes_of_images(file: h5py.File) -> None:
    for unit in units(file):
        unit["features/eimage_sta/data"] = np.ones((4, 2, 3), np.float32)
        image = {"n_spikes": 6, "cutoff_hz": 100.0, "version": "1.0.0", "pre_samples": 1}
        unit["features/eimage_sta"].attrs.update(image)


def outputs_beside(file: h5py.File) -> None:
    for unit in units(file):
        unit["features/frif/FRIF"] = np.array([1, 2], np.float32)
        unit["features/frif"].attrs.update({"feature_name": "frif", "extractor_version": "1.0.0"})


def plain_load(file: h5py.File) -> None:
    for unit in units(file):
        unit.attrs.update({"row": 3, "col": 150, "global_id": 0})
    del file["pipeline"]


LAYOUTS: tuple[tuple[str, Callable[[h5py.File], None]], ...] = (
    ("01_texts_as_bytes", texts_as_bytes),
    ("02_attrs_groups", attrs_groups),
    ("03_sys_meta", sys_meta),
    ("04_scalars_of_no_dimension", scalars_of_no_dimension),
    ("05_frame_time", frame_time),
    ("06_root_attributes", root_attributes),
    ("07_units_without_numbers", units_without_numbers),
    ("08_wrong_electrodes", wrong_electrodes),
    ("09_texts_of_unit_meta", texts_of_unit_meta),
    ("10_averages_under_movies", averages_under_movies),
    ("11_attributes_of_images", attributes_of_images),
    ("12_outputs_beside", outputs_beside),
    ("13_plain_load", plain_load),
)
"""By migration: name of the archived file, and what makes it differ from `base`."""

OLDEST = (
    *(texts_as_bytes, attrs_groups, sys_meta, scalars_of_no_dimension, frame_time, root_attributes),
    *(units_without_numbers, averages_under_movies, attributes_of_images, outputs_beside, plain_load),
)
"""What the oldest layout has of all these at once."""


def make(path: Path, *changes: Callable[[h5py.File], Any]) -> Path:
    """Write a file of an old layout."""
    with h5py.File(
        path, "w", libver=("v108", "v110")
    ) as file:  # smaller; every h5py that is supported reads it
        for change in (base, *changes):
            change(file)
    return path


def archive(folder: Path) -> None:
    """Write the files that are not there yet."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, change in (*LAYOUTS, ("00_oldest", None)):
        path = folder / f"{name}.h5"
        if not path.exists():
            make(path, *([change] if change is not None else OLDEST))
