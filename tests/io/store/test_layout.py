"""The file as scripts see it, through h5py alone: places, shapes, dtypes and attributes of contracts.md."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
import pytest

from hdmea_gui import __version__
from hdmea_gui.io.store import read_tree, write_tree
from hdmea_gui.io.store.schema import FIELDS
from tests.io.store.trees import differences, empty_tree, full_tree, unit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

UNIT = "units/unit_001"
STEP = "features/step_up_5s_5i_b0_3x"
FIELD = "features/sta_noise/sta_geometry"
ATTRIBUTES: list[tuple[str, str, Any, str]] = [
    ("quality", "contamination", 0.05, "quality"),
    ("features/eimage_sta/geometry", "in_bad_lanes", 0, "features/eimage_sta/geometry"),
    (FIELD, "p", 1e-4, FIELD),
    (FIELD, "field_class", "on", FIELD),
    (f"{FIELD}/gaussian_fit", "center_x_error", 0.1, f"{FIELD}/gaussian_fit"),
    (STEP, "events_source", "light template", f"{STEP}/metadata"),
]
"""Group, attribute and value, and the group that once had a dataset in its place."""


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Iterator[h5py.File]:
    path = tmp_path_factory.mktemp("layout") / "s.h5"
    write_tree(path, full_tree(), kind="checkpoint", checkpoint_name="c", note="n")
    with h5py.File(path) as opened:
        yield opened


def of_any_length(dtype: np.dtype[Any]) -> np.dtype[Any]:
    return np.dtype("S") if dtype.kind == "S" else dtype


@pytest.mark.parametrize(
    ("place", "dtype", "shape"),
    [
        ("spike_times", "uint64", (4,)),
        ("waveform", "float32", (24,)),
        ("firing_rate_10hz", "float32", (30,)),
        ("unit_meta/snr", "float64", (1,)),
        ("unit_meta/tags", "S", ()),
        ("unit_meta/attr_id.type", "S", ()),
        ("spike_times_sectioned/noise/full_spike_times", "int64", (3,)),
        ("spike_times_sectioned/noise/trials_spike_times/0", "int64", (1,)),
        ("spike_times_sectioned/noise/trials_spike_times/2", "int64", (0,)),
        ("spike_times_sectioned/noise/trials_start_end", "int64", (2, 2)),
        ("features/eimage_sta/data", "float32", (50, 17, 15)),
        ("features/eimage_sta/metadata/n_spikes_used", "int64", ()),
        ("features/eimage_sta/metadata/skip_highpass", "uint8", ()),
        ("features/eimage_sta/conversion_factors", "float64", (17, 15)),
        ("features/eimage_sta/metadata/window_range", "int64", (2,)),
        ("features/eimage_sta/geometry/center_row", "float64", ()),
        ("features/eimage_sta/geometry/diff_map", "float32", (17, 15)),
        ("features/sta_noise/data", "float32", (60, 15, 15)),
        ("features/sta_noise/metadata/cover_range", "int64", (2,)),
        ("features/sta_noise/metadata/on_off_p", "float64", ()),
        ("features/sta_noise/sta_geometry/peak_frame", "int64", ()),
        ("features/sta_noise/sta_geometry/gaussian_fit/center_x", "float64", ()),
        ("features/sta_noise/sta_geometry/ONOFF_model/absent_reason", "S", ()),
        ("features/noise/sta", "float32", (60, 15, 15)),
        ("features/frif/FRIF", "float32", (5,)),
        ("features/frif/data/FRIF_x_axis", "float64", (5,)),
        ("features/step_up_5s_5i_b0_3x/psth", "float32", (10,)),
        ("features/step_up_5s_5i_b0_3x/on_latency_ms_interval", "float64", (2,)),
    ],
)
def test_datasets_of_a_unit(file: h5py.File, place: str, dtype: str, shape: tuple[int, ...]) -> None:
    dataset = file[UNIT][place]
    assert (of_any_length(dataset.dtype), dataset.shape) == (np.dtype(dtype), shape)


@pytest.mark.parametrize(
    ("place", "dtype", "value"),
    [
        ("metadata/acquisition_rate", "float64", 20000.0),
        ("metadata/sample_interval", "float64", 5e-5),
        ("metadata/duration_s", "float64", 109.0832),
        ("metadata/dataset_id", "S", b"recording"),
        ("metadata/section_time_playlist", "S", b"set6a"),
        ("metadata/section_time_repeats", "int64", 1),
        ("metadata/cmcr_meta/DateTime", "S", b"14.03.2026"),
        ("metadata/cmcr_meta/FileVersion", "int64", 1),
        ("metadata/cmcr_meta/recording_duration_s", "float64", 109.0832),
        ("metadata/cmtr_meta/ProgramName", "S", b"CMOS-MEA-Tools"),
    ],
)
def test_scalars_of_the_recording_have_one_element(
    file: h5py.File, place: str, dtype: str, value: Any
) -> None:
    assert of_any_length(file[place].dtype) == np.dtype(dtype)
    assert file[place].shape == (1,)
    assert file[place][0] == value


@pytest.mark.parametrize(
    ("place", "attributes"),
    [
        (
            UNIT,
            {
                "row": 38,
                "col": 27,
                "global_id": 1728,
                "spike_count": 4,
                "original_name": "Unit_1",
                "unit_num": 1,
                "label": "good",
                "note": "",
            },
        ),
        (f"{UNIT}/spike_times", {"unit": "sample_index"}),
        (
            f"{UNIT}/spike_times_sectioned/noise",
            {
                "n_trials": 3,
                "pad_margin": [0.5, 0.0],
                "pre_samples": 10,
                "post_samples": 0,
                "trial_repeats": 3,
                "created_at": "2026-02-03",
            },
        ),
        (
            f"{UNIT}/features/eimage_sta",
            {
                "n_spikes": 17,
                "n_spikes_excluded": 2,
                "pre_samples": 10,
                "post_samples": 40,
                "cutoff_hz": 100.0,
                "filter_order": 2,
                "sampling_rate": 20000.0,
                "spike_limit": 10000,
                "version": "2.0.0",
            },
        ),
        (
            f"{UNIT}/features/eimage_sta/data",
            {
                "axes": ["lag", "col", "row"],
                "region_id": 0,
                "region_left": 20,
                "region_top": 31,
                "exponent": -9,
            },
        ),
        (f"{UNIT}/features/sta_noise/data", {"n_spikes": 3, "n_spikes_excluded": 1, "cover_range": [-60, 0]}),
        (f"{UNIT}/features/noise/sta", {"n_spikes": 3, "n_spikes_excluded": 1, "cover_range": [-60, 0]}),
        (f"{UNIT}/features/frif", {"extractor_version": "2.0.0", "params_hash": "sha256:0"}),
        (
            f"{UNIT}/features/step_up_5s_5i_b0_3x",
            {"on_peak_value": 41.2, "movie_name": "step_up_5s_5i_b0_3x", "extracted_at": "2026-02-03"},
        ),
        (f"{UNIT}/features/moving_h_bar_s5_d8_3x", {"absent_reason": "not shown in this recording"}),
        *((f"{UNIT}/{place}", {name: value}) for place, name, value, _ in ATTRIBUTES),
        ("source_files", {"cmcr_path": "/data/a.cmcr", "cmtr_path": "/data/a.cmtr"}),
        ("pipeline", {"stage1_completed": True, "stage1_timestamp": "2026-02-03T10:20:00+00:00"}),
        (
            "pipeline/session_info",
            {
                "saved_at": "2026-02-03T11:00:00+00:00",
                "checkpoint_name": "c",
                "kind": "checkpoint",
                "note": "n",
            },
        ),
        ("stimulus/light_reference/raw_ch1", {"rate_hz": 20000.0, "unit": "raw", "exponent": -9}),
        ("stimulus/section_time/noise", {"pre_margin_frames": 60, "source": "playlist"}),
        (
            "/",
            {
                "dataset_id": "recording",
                "created_at": "2026-02-03T10:11:12+00:00",
                "hdmea_pipeline_version": "0.1.0",
                "hdmea_version": "0.1.0",
                "stage1_completed": True,
                "stage1_params_hash": "sha256:44136fa355b3678a",
                "section_time_playlist": "set6a",
                "section_time_repeats": 1,
                "format": "hdmea-session",
                "format_version": 2,
                "program_version": __version__,
                "laboratory": "retina",
            },
        ),
    ],
    ids=lambda part: part if isinstance(part, str) else "",
)
def test_attributes(file: h5py.File, place: str, attributes: dict[str, Any]) -> None:
    for name, value in attributes.items():
        found = file[place].attrs[name]
        assert np.array_equal(found, value), name
        assert isinstance(found, str) == isinstance(value, str), name


def test_attributes_that_are_json(file: h5py.File) -> None:
    assert json.loads(file.attrs["features_extracted"]) == ["frif", "noise", "step_up_5s_5i_b0_3x"]
    assert json.loads(file.attrs["section_time_analog_iprgc"]) == {"threshold": 3e4}
    files = json.loads(file.attrs["source_files"])
    assert files["cmcr_path"] == "/data/a.cmcr"
    assert files["cmtr_exists"] is False


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("stimulus/frame_times/default", "stimulus/frame_time/default"),
        (f"{UNIT}/features/sta_noise/data", f"{UNIT}/features/noise/sta"),
        (f"{UNIT}/features/frif/FRIF", f"{UNIT}/features/frif/data/FRIF"),
        (f"{UNIT}/features/step_up_5s_5i_b0_3x/psth", f"{UNIT}/features/step_up_5s_5i_b0_3x/data/psth"),
    ],
)
def test_hard_links(file: h5py.File, first: str, second: str) -> None:
    assert file[first] == file[second]
    assert h5py.h5o.get_info(file[first].id).rc == 2


def test_texts_of_the_pipeline(file: h5py.File) -> None:
    session = file["pipeline/session_info"]
    assert session["completed_steps"].asstr()[:].tolist() == ["load_recording", "add_section_time"]
    assert session["warnings"].asstr()[:].tolist() == ["unit_003 has few spikes"]
    assert session["steps/load_recording/duration_s"][()] == 1.5


def test_columns_of_the_table_of_checksums(file: h5py.File) -> None:
    assert {name: column.dtype.str for name, column in file["pipeline/integrity"].items()} == {
        "paths": "|u1",
        "crc32": "<u4",
        "attributes_crc32": "<u4",
        "flags": "|u1",
    }


def test_declared_places_carry_no_stamps(file: h5py.File) -> None:
    """Only what is not declared is stamped, and booleans; the two window ranges and the lists of steps are lists."""
    stamped: list[str] = []
    file.visititems(lambda name, node: stamped.append(name) if "hdmea_type" in node.attrs else None)
    inside = [name for name in stamped if name.startswith(UNIT)]
    assert sorted(inside) == [
        f"{UNIT}/features/eimage_sta/metadata/skip_highpass",
        f"{UNIT}/features/eimage_sta/metadata/window_range",
        f"{UNIT}/features/frif/metadata/parameters/bins",
        f"{UNIT}/features/sta_noise/metadata/cover_range",
        f"{UNIT}/features/step_up_5s_5i_b0_3x/data/more/hdmea%i1",
    ]


def test_attributes_that_once_were_datasets_are_read_as_the_same_values(tmp_path: Path) -> None:
    path = tmp_path / "s.h5"
    write_tree(path, full_tree())
    with h5py.File(path, "r+") as opened:
        del opened["pipeline/integrity"]
        for place, name, value, once in ATTRIBUTES:
            del opened[f"{UNIT}/{place}"].attrs[name]
            opened[f"{UNIT}/{once}/{name}"] = np.uint8(value) if name == "in_bad_lanes" else value
        opened[f"{UNIT}/features/eimage_sta/geometry/in_bad_lanes"].attrs["hdmea_type"] = np.bytes_("bool/1")
    for _ in range(2):
        loaded = read_tree(path)
        assert differences(full_tree()["units"], loaded.tree["units"]) == loaded.notes == []
        write_tree(path, loaded.tree)
    with h5py.File(path) as opened:
        for place, name, value, once in ATTRIBUTES:
            assert np.array_equal(opened[f"{UNIT}/{place}"].attrs[name], value)
            assert f"{UNIT}/{once}/{name}" not in opened


def test_every_field_is_declared_once() -> None:
    places = [(item.owner, item.node, item.name, item.place == "attribute") for item in FIELDS]
    assert len(places) == len(set(places))


def test_units_own_one_element_array_stays_an_array(tmp_path: Path) -> None:
    tree = empty_tree(metadata={"acquisition_rate": np.array([2500.0]), "cmcr_meta": {"x": np.array(["a"])}})
    write_tree(tmp_path / "s.h5", tree)
    assert differences(tree["metadata"], read_tree(tmp_path / "s.h5").tree["metadata"]) == []


def test_attribute_of_one_image_is_not_that_of_another_with_the_same_array(tmp_path: Path) -> None:
    nothing = np.full((50, 3, 3), np.nan, dtype=np.float32)
    units = {}
    for name, left in (("unit_001", 1), ("unit_002", 5)):
        units[name] = {"features": {"eimage_sta": {"data": nothing, "metadata": {"region_left": left}}}}
    write_tree(tmp_path / "s.h5", empty_tree(units=units))
    assert differences(units, read_tree(tmp_path / "s.h5").tree["units"]) == []


@pytest.mark.parametrize(
    ("replaced", "kept", "where"),
    [
        (f"{UNIT}/features/noise/sta", ("noise", "sta"), "sta_noise/data"),
        (f"{UNIT}/features/frif/FRIF", ("frif", "FRIF"), "frif/data/FRIF"),
    ],
)
def test_name_that_an_old_script_replaced_is_reported_and_both_are_kept(
    tmp_path: Path, replaced: str, kept: tuple[str, str], where: str
) -> None:
    path = tmp_path / "s.h5"
    write_tree(path, full_tree())
    with h5py.File(path, "r+") as opened:
        del opened[replaced]
        opened[replaced] = np.full(3, 7.0)
    for _ in range(2):
        loaded = read_tree(path)
        assert any(replaced in note and where in note for note in loaded.notes)
        features = loaded.tree["units"]["unit_001"]["features"]
        found = features[kept[0]][kept[1]]
        assert np.array_equal(found, np.full(3, 7.0))
        original = unit(1)["features"]
        assert np.array_equal(features["sta_noise"]["data"], original["sta_noise"]["data"])
        assert np.array_equal(features["frif"]["data"]["FRIF"], original["frif"]["data"]["FRIF"])
        write_tree(path, loaded.tree)


def test_sta_that_an_old_script_replaced_where_no_feature_has_the_movies_name(tmp_path: Path) -> None:
    path = tmp_path / "s.h5"
    average = {"data": np.zeros((60, 2, 2), np.float32), "metadata": {}}
    write_tree(path, empty_tree(units={"unit_001": {"features": {"sta_noise": average}}}))
    assert read_tree(path).tree["units"]["unit_001"]["features"].keys() == {"sta_noise"}
    with h5py.File(path, "r+") as opened:
        del opened[f"{UNIT}/features/noise/sta"]
        opened[f"{UNIT}/features/noise/sta"] = np.ones(3)
    loaded = read_tree(path)
    assert len(loaded.notes) == 1
    assert np.array_equal(loaded.tree["units"]["unit_001"]["features"]["noise"]["data"]["sta"], np.ones(3))
    write_tree(path, loaded.tree)
    assert differences(loaded.tree["units"], read_tree(path).tree["units"]) == []


def test_frame_times_that_an_old_script_replaced_are_both_kept(tmp_path: Path) -> None:
    path = tmp_path / "s.h5"
    write_tree(path, full_tree())
    with h5py.File(path, "r+") as opened:
        del opened["stimulus/frame_time/default"]
        opened["stimulus/frame_time/default"] = np.arange(5)
    for _ in range(2):
        loaded = read_tree(path)
        assert any("stimulus/frame_time/default" in note for note in loaded.notes)
        assert np.array_equal(loaded.tree["stimulus"]["frame_time"]["default"], np.arange(5))
        assert np.array_equal(loaded.tree["stimulus"]["frame_times"]["default"], [0, 3, 6])
        write_tree(path, loaded.tree)
