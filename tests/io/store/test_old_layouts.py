"""Archived files of older layouts load forever, each through the migration of its number."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from hdmea_gui.io.store import TO_BE_RECOMPUTED, check_integrity, read_tree, write_tree
from hdmea_gui.io.store.migrations import MIGRATIONS
from tests.io.store.old_layouts import LAYOUTS, MOVIE, OLDEST, archive, make
from tests.io.store.test_lab_files import everything
from tests.io.store.trees import differences, same, type_versions

if TYPE_CHECKING:
    from collections.abc import Callable

    import h5py

ARCHIVE = Path(__file__).parents[2] / "data" / "layouts"
U = "units/unit_007"
SECTION = f"{U}/spike_times_sectioned/{MOVIE}"
STA, IMAGE = f"{U}/features/sta_{MOVIE}", f"{U}/features/eimage_sta"

# What each archived file holds once it is loaded, by its place in the session's tree
EXPECTED: dict[str, dict[str, Any]] = {
    "01_texts_as_bytes": {
        "dataset_id": "2020.01.02-Rec",
        f"{U}/original_name": "Unit \xb5",
        f"{U}/unit_meta/tags": "good",
        "metadata/cmcr_meta/DateTime": "02.01.2020 10:00:00",
    },
    "02_attrs_groups": {f"{SECTION}/_attrs": {"n_trials": 2, "pad_margin": [0.0, 0.0]}},
    "03_sys_meta": {"metadata/cmcr_meta": {"ProgramVersion": "2.6.0.0", "recording_duration_s": 12.5}},
    "04_scalars_of_no_dimension": {
        "metadata/acquisition_rate": 2500.0,
        "metadata/dataset_id": "2020.01.02-Rec",
        "metadata/section_time_repeats": 2,
        "metadata/cmcr_meta/FileVersion": 1,
    },
    "05_frame_time": {"stimulus/frame_times/default": np.array([0, 100, 200], np.uint64)},
    "06_root_attributes": {
        "metadata/section_time_playlist": "set6a",
        "metadata/section_time_repeats": 2,
        "source_files": {"cmcr_path": "a.cmcr"},
    },
    "07_units_without_numbers": {
        f"{U}/unit_num": 7,
        f"{U}/original_name": "Unit_7",
    },
    "08_wrong_electrodes": {f"{U}/row": 38, f"{U}/col": 27, f"{U}/global_id": 1728},
    "09_texts_of_unit_meta": {f"{U}/unit_meta/tags": "good", f"{U}/unit_meta/attr_id.type": "SingleUnit"},
    "10_averages_under_movies": {
        f"{STA}/data": np.ones((3, 2, 2), np.float32),
        f"{STA}/metadata/n_spikes_used": 17,
        f"{STA}/metadata/n_spikes_excluded": 3,
        f"{STA}/metadata/cover_range": np.array([-3, 0]),
        f"{STA}/metadata/movie_name": MOVIE,
        f"{STA}/sta_geometry/center_row": 1.5,
    },
    "11_attributes_of_images": {
        f"{IMAGE}/metadata/n_spikes_used": 6,
        f"{IMAGE}/metadata/cutoff_hz": 100.0,
        f"{IMAGE}/metadata/version": "1.0.0",
        f"{IMAGE}/metadata/pre_samples": 1,
    },
    "12_outputs_beside": {
        f"{U}/features/frif/data/FRIF": np.array([1, 2], np.float32),
        f"{U}/features/frif/metadata/extractor_version": "1.0.0",
    },
    "13_plain_load": {f"{U}/row": 3, f"{U}/col": 150, f"{U}/position": TO_BE_RECOMPUTED},
}
ALWAYS: dict[str, Any] = {
    f"{U}/spike_times": np.array([5, 110, 210], np.uint64),
    f"{SECTION}/trials_spike_times": {0: np.array([110]), 10: np.array([210])},
    f"{SECTION}/_attrs/n_trials": 2,
    f"stimulus/section_time/{MOVIE}": np.array([[90, 310]]),
    "stimulus/frame_times/default": np.array([0, 100, 200], np.uint64),
    "metadata/acquisition_rate": 2500.0,
    "dataset_id": "2020.01.02-Rec",
}
"""What every one of them holds: trial keys are numbers, whatever the file is like."""


def at(tree: dict[str, Any], path: str) -> Any:
    place: Any = tree
    for name in path.split("/"):
        place = place[name]
    return place


def test_each_migration_has_its_number_and_its_archived_file() -> None:
    numbers = [number for number, _, _ in MIGRATIONS]
    assert numbers == list(range(1, len(MIGRATIONS) + 1))
    assert [int(name[:2]) for name, _ in LAYOUTS] == numbers
    assert {path.stem for path in ARCHIVE.glob("*.h5")} == {"00_oldest", *EXPECTED}
    assert max(path.stat().st_size for path in ARCHIVE.glob("*.h5")) < 20_000


@pytest.mark.parametrize(("name", "change"), [*LAYOUTS, ("00_oldest", None)], ids=lambda part: str(part)[:20])
def test_an_archived_file_holds_what_its_function_says(
    name: str, change: Callable[[Any], None] | None, tmp_path: Path
) -> None:
    made = everything(make(tmp_path / "made.h5", *([change] if change is not None else OLDEST)))
    found = everything(ARCHIVE / f"{name}.h5")
    assert found.keys() == made.keys()
    for path, value in made.items():
        one, other = np.asarray(value), np.asarray(found[path])
        assert (one.dtype, one.shape) == (other.dtype, other.shape), path
        assert one.tolist() == other.tolist(), path


def test_archived_files_are_never_written_again(tmp_path: Path) -> None:
    archive(tmp_path)
    path = tmp_path / "03_sys_meta.h5"
    path.write_bytes(b"kept")
    archive(tmp_path)
    assert path.read_bytes() == b"kept"


def test_archived_files_can_be_read_since_hdf5_1_10() -> None:
    for path in ARCHIVE.glob("*.h5"):
        assert max(type_versions(path)) <= 3, path.name


@pytest.mark.parametrize("name", EXPECTED)
def test_it_loads_through_its_migration(name: str) -> None:
    loaded = read_tree(ARCHIVE / f"{name}.h5")
    notes = [note for note in loaded.notes if note.startswith("Layout")]
    assert [re.match(r"Layout (\d+):", note)[1] for note in notes] == [str(int(name[:2]))]  # type: ignore[index]
    for path, value in (ALWAYS | EXPECTED[name]).items():
        assert same(value, at(loaded.tree, path)), path


def test_the_oldest_layout_loads_through_all_of_them() -> None:
    loaded = read_tree(ARCHIVE / "00_oldest.h5")
    expected = ALWAYS.copy()
    for name, values in EXPECTED.items():
        if name not in {"08_wrong_electrodes", "09_texts_of_unit_meta", "07_units_without_numbers"}:
            expected |= values
    del expected[f"{U}/original_name"], expected["metadata/cmcr_meta"]  # two of them give these
    for path, value in expected.items():
        assert same(value, at(loaded.tree, path)), path
    steps = {step for step in loaded.tree["completed_steps"] if ":" not in step}
    assert steps == {
        "load_recording",
        "add_section_time",
        "section_spike_times",
        "compute_sta",
        "rf_geometry",
    }


@pytest.mark.parametrize("name", ["00_oldest", *EXPECTED])
def test_saved_it_is_of_our_layout_and_the_same(name: str, tmp_path: Path) -> None:
    loaded = read_tree(ARCHIVE / f"{name}.h5")
    target = tmp_path / "again.h5"
    write_tree(target, loaded.tree)
    assert check_integrity(target) == []
    again = read_tree(target)
    assert not again.foreign
    assert again.notes == []
    assert differences(loaded.tree, {**again.tree, "saved_at": loaded.tree["saved_at"]}) == []


def test_frame_times_under_both_names_become_one_dataset_where_they_are_equal(tmp_path: Path) -> None:
    stamps = np.array([0, 100, 200], np.uint64)

    def both(file: h5py.File) -> None:
        file["stimulus/frame_times/other"] = stamps + 2
        file["stimulus/frame_time/default"] = stamps
        file["stimulus/frame_time/other"] = stamps + 1

    loaded = read_tree(make(tmp_path / "s.h5", both))
    assert (
        differences(
            {
                "frame_times": {"default": stamps, "other": stamps + 2},
                "frame_time": {"other": stamps + 1},
            },
            {name: loaded.tree["stimulus"][name] for name in ("frame_times", "frame_time")},
        )
        == []
    )
    assert [note for note in loaded.notes if "frame_time/" in note] == [
        "stimulus/frame_time/other is no longer the same dataset as stimulus/frame_times/other: both are kept."
    ]
