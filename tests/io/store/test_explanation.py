"""What a file says about itself: for other programs, made at each save, and no part of the session."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
import pytest

from hdmea_gui.io.store import check_integrity, read_tree, write_tree
from hdmea_gui.io.store.schema import FIELDS
from hdmea_gui.io.store.schema_table import schema_lines
from tests.io.store.trees import differences, empty_tree, full_tree, unit

if TYPE_CHECKING:
    from pathlib import Path

TABLE = {
    "id": (np.array(["unit_001", "unit_002"], dtype=object), {}),
    "label": (np.array(["größer", ""], dtype=object), {}),
    "rf.snr": (np.array([3.5, np.nan]), {}),
    "rate": (np.array([1.0, 2.0]), {"units": "Hz"}),
}


def tree() -> dict[str, Any]:
    return full_tree() | {"units_table": TABLE}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    write_tree(tmp_path / "s.h5", tree())
    return tmp_path / "s.h5"


def test_nothing_of_it_is_read_back(path: Path) -> None:
    assert check_integrity(path) == []
    loaded = read_tree(path)
    assert loaded.notes == []
    assert differences(full_tree(), loaded.tree) == []


def test_a_second_save_makes_it_anew(path: Path) -> None:
    loaded = read_tree(path).tree
    loaded["metadata"]["frame_timestamps"] = np.arange(0, 8, 2, dtype=np.uint64)
    write_tree(path, loaded)
    with h5py.File(path) as file:
        assert file["metadata/frame_rate_hz"][0] == 20000 / 2
        assert "units_table" not in file  # only a session makes it


def test_readme_and_schema_explain_the_file(path: Path) -> None:
    with h5py.File(path) as file:
        assert '["units/unit_001/spike_times"]' in file.attrs["README"]
        header, *lines = file["schema"].asstr()[:].tolist()
    assert header.split("\t") == ["path", "dtype", "unit", "axes", "description"]
    assert len(lines) == len(FIELDS)
    rows = {line.split("\t")[0]: line.split("\t")[1:] for line in lines}
    assert rows["/units/*/features/sta_*/data"][:3] == ["float32", "grey level", "lag, y, x"]
    assert rows["/units/*@row"][0] == "int64"


def test_every_line_of_the_schema_has_a_fixed_length() -> None:
    assert all(line.isascii() and line.count("\t") == 4 for line in schema_lines())


def test_axes_of_the_arrays(path: Path) -> None:
    with h5py.File(path) as file:
        axes = file["axes"]
        sta = file["units/unit_001/features/sta_noise/data"]
        lengths = [len(axes[f"sta_noise/{name}"]) for name in sta.attrs["axes"]]
        assert tuple(lengths) == sta.shape
        assert sta.attrs["units"] == "grey level"
        # frames at 0, 3, 6 of 20000 samples per second
        np.testing.assert_allclose(axes["sta_noise/lag"][:], np.arange(-60, 0) * 3 / 20000)
        assert axes["sta_noise/lag"].attrs["units"] == "s"
        np.testing.assert_allclose(axes["eimage_sta/lag"][:], (np.arange(50) - 10) / 20000)
        assert axes["eimage_sta/col"][:].tolist() == list(range(20, 37))  # from region_left
        assert axes["eimage_sta/row"][:].tolist() == list(range(31, 46))
        assert axes["firing_rate_10hz/time"][:].tolist() == [n / 10 for n in range(30)]


def test_an_axis_that_differs_between_units_is_left_out(path: Path) -> None:
    changed = tree()
    changed["units"]["unit_002"]["features"]["eimage_sta"]["metadata"]["region_left"] = 40
    write_tree(path, changed)
    with h5py.File(path) as file:
        assert set(file["axes/eimage_sta"]) == {"lag", "row"}


def test_waveform_says_what_it_is(path: Path) -> None:
    with h5py.File(path) as file:
        waveform = file["units/unit_001/waveform"]
        assert waveform.attrs["sampling_rate"] == 20000
        assert waveform.attrs["channel"] == 1728
        assert waveform.attrs["spike_index"] == np.argmax(np.abs(waveform[:]))
        assert waveform.attrs["units"] == "arbitrary"


def test_vectors_that_are_equal_in_all_units_are_stored_once(path: Path) -> None:
    with h5py.File(path) as file:
        first, second = (file[f"units/unit_00{n}/features/frif"] for n in (1, 2))
        assert first["FRIF_x_axis"] == second["FRIF_x_axis"] == second["data/FRIF_x_axis"]
        assert file["axes/frif/interval"] == first["FRIF_x_axis"]
        assert first["FRIF"] != second["FRIF"]  # equal here by chance
        bounds = [file[f"units/unit_00{n}/spike_times_sectioned/noise/trials_start_end"] for n in (1, 2)]
        assert bounds[0] == bounds[1] == file["stimulus/trials/noise"]


def test_vectors_that_differ_stay_apart(path: Path) -> None:
    changed = tree()
    changed["units"]["unit_002"]["features"]["frif"]["data"]["FRIF_x_axis"] = np.arange(1.0, 6.0)
    write_tree(path, changed)
    with h5py.File(path) as file:
        assert file["units/unit_002/features/frif/FRIF_x_axis"][0] == 1
        assert "frif" not in file["axes"]
    assert differences(changed["units"], read_tree(path).tree["units"]) == []


def test_unit_table_has_one_vector_per_column(path: Path) -> None:
    with h5py.File(path) as file:
        table = file["units_table"]
        assert table["id"].asstr()[:].tolist() == ["unit_001", "unit_002"]
        assert table["label"][:].tolist() == ["größer".encode(), b""]
        assert h5py.check_string_dtype(table["label"].dtype).length  # Octave reads no other
        assert table["rf.snr"][0] == 3.5
        assert dict(table["rate"].attrs) == {"units": "Hz"}


def test_parameters_of_a_feature_are_in_clear(tmp_path: Path) -> None:
    content = unit()
    content["features"]["frif"]["metadata"]["parameters"] = {"cutoff_hz": 10.0, "order": 5, "on": True}
    write_tree(tmp_path / "s.h5", empty_tree(units={"u": content}))
    with h5py.File(tmp_path / "s.h5") as file:
        stored = file["units/u/features/frif"].attrs["parameters"]
    assert stored == '{"cutoff_hz": 10.0, "on": true, "order": 5}'
    loaded = read_tree(tmp_path / "s.h5").tree
    assert differences(content, loaded["units"]["u"]) == []


def test_nodes_of_other_people_keep_their_names(tmp_path: Path) -> None:
    theirs = empty_tree(
        extras={"axes": {"mine": 1}, "schema": np.arange(3), "units_table": {"x": 2.0}},
        metadata=full_tree()["metadata"] | {"frame_rate_hz": 59.5},
        stimulus={"trials": {"noise": "by hand"}},
        units={"u": unit()},
    )
    write_tree(tmp_path / "s.h5", theirs | {"units_table": TABLE})
    assert differences(theirs, read_tree(tmp_path / "s.h5").tree) == []


def test_netcdf_reads_the_schema_and_the_unit_table(path: Path) -> None:
    netcdf = pytest.importorskip("netCDF4")
    with netcdf.Dataset(path) as dataset:
        assert list(dataset["schema"][:]) == list(schema_lines())  # a table of records would crash it
        assert list(dataset["units_table"]["id"][:]) == ["unit_001", "unit_002"]
        assert dataset["axes"]["sta_noise"]["lag"].units == "s"
