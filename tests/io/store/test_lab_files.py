from __future__ import annotations

import fnmatch
import re
import shutil
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from hdmea_gui.errors import DataLoadError
from hdmea_gui.io.store import check_integrity, read_tree, write_tree
from hdmea_gui.io.store.migrations import MIGRATED_NODES
from tests.io.store.trees import differences

LATER = "2031-02-03T04:05:06+00:00"
LAB_FILES = ["lab_deferred", "lab_immediate", "lab_immediate_plain"]

# What is elsewhere, or of another form, after a lab's file was loaded and saved again: name, and what it is then.
ANOTHER_FORM = r"/metadata/((acquisition_rate|sample_interval|dataset_id|section_time_\w+)|cm[ct]r_meta/.*)"
MOVED = [
    (r"/metadata/sys_meta/(?P<name>.*)", r"/metadata/cmcr_meta/\g<name>"),
    (r"(?P<section>.*/spike_times_sectioned/[^/]*)/_attrs/(?P<name>\w+)", r"\g<section>@\g<name>"),
    (r"(?P<unit>/units/\w+/unit_meta)@(?P<name>.*)", r"\g<unit>/\g<name>"),
    (
        r"(?P<feature>.*/features/frif)/metadata/(?P<name>extracted_at|extractor_version)",
        r"\g<feature>@\g<name>",
    ),
]
WRITTEN_ANEW = {
    "@updated_at",
    "@stage1_completed",
    "@source_files",
    "/pipeline/session_info/completed_steps",
    "/pipeline/session_info@saved_at",
}


def everything(path: Path) -> dict[str, Any]:
    """Return every dataset and attribute of a file, by path, through h5py alone."""
    found: dict[str, Any] = {}

    def walk(group: h5py.Group, path: str) -> None:
        found.update({f"{path}@{name}": value for name, value in group.attrs.items()})
        for name, node in group.items():
            if isinstance(node, h5py.Group):
                walk(node, f"{path}/{name}")
            else:
                found[f"{path}/{name}"] = node[()]
                found.update({f"{path}/{name}@{key}": value for key, value in node.attrs.items()})

    with h5py.File(path) as file:
        walk(file, "")
    return found


def equal(old: Any, new: Any, *, same_form: bool) -> bool:
    first, second = np.asarray(old), np.asarray(new)
    if same_form and (form(first), first.shape) != (form(second), second.shape):
        return False
    if form(first) == "text":
        return [text(item) for item in first.ravel()] == [text(item) for item in second.ravel()]
    return np.array_equal(first.ravel(), second.ravel(), equal_nan=first.dtype.kind == "f")


def form(array: np.ndarray[Any, Any]) -> str:
    """Form of a value; text of fixed length is text, and booleans are written as uint8."""
    if array.dtype.kind in "OUS":
        return "text"
    return "uint8" if array.dtype == bool else str(array.dtype)


def is_listed(path: str) -> bool:
    """Whether a node or attribute is in the list of what may change."""
    return any(fnmatch.fnmatchcase(path, pattern) for pattern in MIGRATED_NODES)


def text(item: Any) -> str:
    return item.decode() if isinstance(item, bytes) else str(item)


@pytest.mark.parametrize("name", LAB_FILES)
def test_everything_is_still_there_after_saving_again(reference: Path, tmp_path: Path, name: str) -> None:
    source = reference / f"{name}.h5"
    loaded = read_tree(source)
    assert loaded.foreign
    target = tmp_path / "again.h5"
    write_tree(target, loaded.tree | {"saved_at": LATER})
    assert check_integrity(target) == []
    old, new = everything(source), everything(target)
    lost = []
    for path, value in old.items():
        place = path
        for pattern, replacement in MOVED:
            place = re.sub(f"^{pattern}$", replacement, place)
        same_form = place == path and not re.fullmatch(ANOTHER_FORM, path)
        if path not in WRITTEN_ANEW and not (place in new and equal(value, new[place], same_form=same_form)):
            lost.append(path)
    assert lost == []
    changed = [
        path
        for path, value in old.items()
        if not (path in new and equal(value, new[path], same_form=True)) and not is_listed(path)
    ]
    assert changed == []
    again = read_tree(target)
    assert not again.foreign
    assert differences(loaded.tree, {**again.tree, "saved_at": loaded.tree["saved_at"]}) == []


@pytest.mark.parametrize(
    ("name", "done", "history"),
    [
        (
            "lab_deferred",
            {"load_recording", "add_section_time", "section_spike_times", "compute_sta"},
            {
                "add_sys_meta_info",
                "add_cmtr_unit_info",
                "load_recording_with_eimage_sta:outdated",
                "extract_features:outdated",
            },
        ),
        (
            "lab_immediate",
            {"load_recording", "add_section_time", "section_spike_times", "compute_sta"},
            set(),
        ),
        (
            "lab_immediate_plain",
            {"load_recording", "add_section_time", "section_spike_times", "compute_sta"},
            set(),
        ),
    ],
)
def test_steps_are_recognised(reference: Path, name: str, done: set[str], history: set[str]) -> None:
    steps = read_tree(reference / f"{name}.h5").tree["completed_steps"]
    assert len(steps) == len(set(steps))
    assert set(steps) == done | history


@pytest.mark.parametrize(
    ("name", "is_named"),
    [*((f"reference/{name}", True) for name in LAB_FILES), ("layouts/02_attrs_groups", False)],
)
def test_wrong_results_of_the_labs_scripts_are_named(reference: Path, name: str, *, is_named: bool) -> None:
    notes = read_tree(reference.parent / f"{name}.h5").notes
    assert any("were computed incorrectly and count as not done" in note for note in notes) == is_named


@pytest.mark.parametrize("name", LAB_FILES)
def test_trees_of_all_modes_have_one_shape(reference: Path, name: str) -> None:
    tree = read_tree(reference / f"{name}.h5").tree
    truth = np.load(reference / "truth.npz")
    for unit_id, unit in tree["units"].items():
        assert np.array_equal(unit["spike_times"], truth[unit_id])
        assert unit["original_name"] == f"Unit_{int(unit_id[-3:])}"
        assert unit["unit_num"] == int(unit_id[-3:])
        section = unit["spike_times_sectioned"]["step_up_5s_5i_demo"]
        assert list(section["trials_spike_times"]) == [0, 1, 2]
        assert section["_attrs"]["pad_margin"] == [0.0, 0.0]
        assert section["_attrs"]["n_trials"] == 3
        average = unit["features"]["sta_dense_noise_15x15_demo"]
        assert average["data"].shape == (60, 15, 15)
        assert average["metadata"]["movie_name"] == "dense_noise_15x15_demo"
        assert average["metadata"]["cover_range"].tolist() == [-60, 0]
        assert average["metadata"]["n_spikes_used"] > 0
        assert "dense_noise_15x15_demo" not in unit["features"]
    metadata = tree["metadata"]
    assert type(metadata["acquisition_rate"]) is float
    assert metadata["section_time_playlist"] == "demo_set"
    assert metadata["section_time_repeats"] == 1
    assert metadata["cmcr_meta"]["LB.RecordingDuration"] == 109083200
    assert tree["source_files"]["cmcr_path"] == "2026.02.03-10.11.12-Rec.cmcr"
    assert list(tree["stimulus"]["frame_times"]["default"][:1]) == [2667]
    assert "frame_time" not in tree["stimulus"]


@pytest.mark.parametrize("name", ["lab_deferred", "lab_immediate"])
def test_images_have_metadata_in_both_modes(reference: Path, name: str) -> None:
    image = read_tree(reference / f"{name}.h5").tree["units"]["unit_001"]["features"]["eimage_sta"]
    assert image["metadata"]["n_spikes_used"] == 6
    assert image["metadata"]["spike_limit"] == 10000
    assert type(image["metadata"]["cutoff_hz"]) is float


def test_extracted_features_have_one_shape(reference: Path) -> None:
    for name in ("lab_deferred", "lab_immediate_plain"):
        frif = read_tree(reference / f"{name}.h5").tree["units"]["unit_001"]["features"]["frif"]
        assert frif["data"].keys() == {"FRIF", "FRIF_x_axis"}
        assert frif["metadata"]["extractor_version"] == "1.0.0"


def test_electrodes_come_from_unit_meta(reference: Path, tmp_path: Path) -> None:
    path = Path(shutil.copy(reference / "lab_immediate.h5", tmp_path / "wrong.h5"))
    with h5py.File(path, "r+") as file:
        for name in ("row", "col", "global_id"):
            file["units/unit_001"].attrs[name] = 0
    loaded = read_tree(path)
    unit = loaded.tree["units"]["unit_001"]
    assert (unit["row"], unit["col"], unit["global_id"]) == (38, 27, 1728)
    assert any("unit_meta" in note for note in loaded.notes)


def change(file: h5py.File, name: str) -> None:
    for unit in file["units"].values():
        if name == "no STA":
            del unit["features/sta_dense_noise_15x15_demo"]
        elif name == "bytes":
            unit.attrs["original_name"] = np.bytes_(b"Unit_1")
            del unit["unit_meta/tags"]
            unit["unit_meta/tags"] = np.bytes_(b"good")
    info = file["pipeline/session_info"]
    if name == "names":
        texts = [
            "load_from_hdf5",
            "extract_rf_geometry",
            "compute_sta:failed",
            "section_spike_times_analog:x",
            "new",
        ]
        del info["completed_steps"]
        info["completed_steps"] = np.array(texts, dtype="S40")
    elif name == "analog":
        file.attrs["section_time_analog_step_up_5s_5i_demo"] = '{"threshold": 30000.0}'
        del info["completed_steps"]


@pytest.mark.parametrize(
    ("name", "steps"),
    [
        (
            "no STA",
            "add_sys_meta_info load_recording_with_eimage_sta:outdated add_cmtr_unit_info add_section_time "
            "section_spike_times extract_features:outdated compute_sta:outdated load_recording",
        ),
        (
            "names",
            "load_from_hdf5 extract_rf_geometry compute_sta:failed section_spike_times_analog:x new load_recording "
            "section_spike_times",
        ),
        (
            "analog",
            "load_recording add_section_time add_section_time_analog section_spike_times compute_sta",
        ),
    ],
)
def test_steps_of_older_files(reference: Path, tmp_path: Path, name: str, steps: str) -> None:
    path = Path(shutil.copy(reference / "lab_deferred.h5", tmp_path / "old.h5"))
    with h5py.File(path, "r+") as file:
        change(file, name)
    assert set(read_tree(path).tree["completed_steps"]) == set(steps.split())


def test_text_that_is_stored_as_bytes(reference: Path, tmp_path: Path) -> None:
    path = Path(shutil.copy(reference / "lab_deferred.h5", tmp_path / "old.h5"))
    with h5py.File(path, "r+") as file:
        change(file, "bytes")
    unit = read_tree(path).tree["units"]["unit_001"]
    assert unit["original_name"] == "Unit_1"
    assert unit["unit_meta"]["tags"] == "good"


def make(path: Path, what: str) -> None:
    if what == "text":
        path.write_text("no HDF5")
    elif what == "empty":
        path.touch()
    elif what == "folder":
        path.mkdir()
    elif what == "other":
        with h5py.File(path, "w") as file:
            file["x"] = 1
    elif what == "newer":
        with h5py.File(path, "w") as file:
            file.attrs.update({"format": "hdmea-session", "format_version": 3})
    elif what == "format":
        with h5py.File(path, "w") as file:
            file.attrs["format"] = "nwb"


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("missing", "does not exist"),
        ("text", "not an HDF5 file"),
        ("empty", "not an HDF5 file"),
        ("folder", "is a folder"),
        ("other", "neither units nor"),
        ("newer", "newer version"),
        ("format", "'nwb'"),
    ],
)
def test_what_is_no_session_is_named(tmp_path: Path, what: str, words: str) -> None:
    path = tmp_path / "file.h5"
    make(path, what)
    with pytest.raises(DataLoadError, match=words) as caught:
        read_tree(path)
    assert str(path) in str(caught.value)
    assert caught.value.file_path == path


def test_a_recording_is_no_session(reference: Path) -> None:
    with pytest.raises(DataLoadError, match="use New Recording, or load_recording in a script"):
        read_tree(reference / "2026.02.03-10.11.12-Rec.cmcr")


@pytest.mark.parametrize("part", [0.2, 0.5, 0.9, 0.999])
def test_truncated_files_are_named(reference: Path, tmp_path: Path, part: float) -> None:
    whole = (reference / "lab_deferred.h5").read_bytes()
    path = tmp_path / "cut.h5"
    path.write_bytes(whole[: int(len(whole) * part)])
    with pytest.raises(DataLoadError, match="damaged, truncated"):
        read_tree(path)
    with pytest.raises(DataLoadError, match="damaged, truncated"):
        check_integrity(path)


def test_integrity_of_a_file_without_checksums_is_that_it_can_be_read(reference: Path) -> None:
    assert check_integrity(reference / "lab_immediate_plain.h5") == []


def test_the_list_of_what_may_change_names_what_is_there(reference: Path) -> None:
    """Every line is of use for a file of the lab, here or in the archive of older layouts."""
    archive = reference.parent / "layouts"
    files = [reference / f"{name}.h5" for name in LAB_FILES] + list(archive.glob("*.h5"))
    paths = {path for file in files for path in everything(file)}
    # of files that are at hand none has these
    rare = {"params_hash", "absent_reason", "movie_name", "feature_name"}
    unused = [pattern for pattern in MIGRATED_NODES if not fnmatch.filter(paths, pattern)]
    assert {pattern.rpartition("/")[2] for pattern in unused} <= rare
    assert not any("spike_times" in pattern and "_attrs" not in pattern for pattern in MIGRATED_NODES)
