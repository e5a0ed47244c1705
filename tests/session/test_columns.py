from __future__ import annotations

import time
from typing import Any

import numpy as np
import pytest

from hdmea_gui.session.columns import Columns, unit_columns

Unit = dict[str, Any]


class OnDisk:
    """An array that must not be read."""

    def __init__(self, *shape: int) -> None:
        self.shape = shape
        self.ndim = len(shape)
        self.dtype = np.dtype("uint64")

    def __len__(self) -> int:
        return self.shape[0]

    def __array__(self, *_args: Any, **_named: Any) -> Any:
        raise AssertionError("data were read")

    def __getitem__(self, _key: Any) -> Any:
        raise AssertionError("data were read")


def noise_sta(snr: float) -> Unit:
    return {
        "data": OnDisk(60, 15, 15),
        "metadata": {"n_spikes_used": 10, "movie_name": "noise"},
        "sta_geometry": {
            "area": 9.5,
            "snr": snr,
            "peak_lag_ms": -50.0,
            "gaussian_fit": {"center_x": 7.5, "r_squared": 0.9},
            "spatial_map": OnDisk(15, 15),
        },
    }


def unit(number: int) -> Unit:
    return {
        "row": number,
        "col": 2 * number,
        "spike_times": OnDisk(100 * number),
        "label": "good",
        "unit_meta": {
            "snr": np.array([number + 0.5]),
            "row": np.array([99]),
            "tags": "fine",
            "peak_amplitudes": np.ones(1, np.float32),
            "roi_stas": OnDisk(9, 29),
        },
        "features": {
            "eimage_sta": {
                "data": OnDisk(50, 17, 15),
                "metadata": {"n_spikes_used": 17, "cutoff_hz": 100.0},
                "geometry": {"area": 5.0, "center_row": 7.1, "diff_map": OnDisk(17, 15)},
            },
            "sta_noise": noise_sta(8.0 + number),
            "step_up_5s_5i_b0_3x": {"data": {"on_peak_value": 41.5, "quality": 0.5}, "metadata": {}},
            "step_up_5s_5i_3x": {"data": {"on_peak_value": 7.5, "psth": OnDisk(600)}, "metadata": {}},
            "moving_h_bar_s5_d8_3x": {"data": {"dsi": 0.25 * number, "rate": np.ones(8)}, "metadata": {}},
        },
        "spike_times_sectioned": {"noise": {"_attrs": {"n_trials": 1}}},
    }


@pytest.fixture
def units() -> dict[str, Unit]:
    return {f"unit_{number:03d}": unit(number) for number in (1, 2, 3)}


def test_the_unit_and_the_sorter_have_bare_names(units: dict[str, Unit]) -> None:
    columns = unit_columns(units, 50.0)
    assert columns.names[:3] == ("id", "spikes", "rate")
    assert columns["id"].values.tolist() == ["unit_001", "unit_002", "unit_003"]
    assert columns["spikes"].values.tolist() == [100, 200, 300]
    assert columns["spike_count"].key == "spikes"
    assert columns["rate"].values.tolist() == [2, 4, 6]
    assert columns["rate"].title == "rate (Hz)"
    assert columns["row"].values.tolist() == [1, 2, 3]
    assert columns["snr"].values.tolist() == [1.5, 2.5, 3.5]
    assert columns["tags"].kind == "text"
    assert columns["sorter.row"].values.tolist() == [99, 99, 99]
    assert columns["unit.row"].key == "row"


@pytest.mark.parametrize(
    ("name", "shown", "first"),
    [
        ("rf.snr", "rf.snr", 9.0),
        ("rf.noise.snr", "rf.snr", 9.0),
        ("rf.area", "rf.area", 9.5),
        ("soma.area", "soma.area", 5.0),
        ("soma.center_row", "center_row", 8.1),
        ("center_row", "center_row", 8.1),
        ("rf.gaussian_fit.center_x", "rf.gaussian_fit.center_x", 7.5),
        ("gaussian_fit.center_x", "rf.gaussian_fit.center_x", 7.5),
        ("images.n_spikes_used", "images.n_spikes_used", 17),
        ("sta.n_spikes_used", "sta.n_spikes_used", 10),
        ("step_up_5s_5i_b0_3x.on_peak_value", "step_up_5s_5i_b0_3x.on_peak_value", 41.5),
        ("step_up_5s_5i_3x.on_peak_value", "step_up_5s_5i_3x.on_peak_value", 7.5),
        ("step_up_5s_5i_b0_3x.quality", "quality", 0.5),
        ("dsi", "dsi", 0.25),
        ("moving_h_bar_s5_d8_3x.dsi", "dsi", 0.25),
    ],
)
def test_features_are_qualified_where_the_bare_name_is_taken_or_ambiguous(
    units: dict[str, Unit], name: str, shown: str, first: float
) -> None:
    column = unit_columns(units)[name]
    assert (column.name, column.values[0]) == (shown, first)
    assert unit_columns(units)[column.key].name == shown


def test_what_is_no_scalar_of_a_unit_is_no_column(units: dict[str, Unit]) -> None:
    names = set(unit_columns(units).names)
    last_parts = {name.rpartition(".")[2] for name in names}
    assert not last_parts & {
        "peak_amplitudes",
        "roi_stas",
        "psth",
        "diff_map",
        "cutoff_hz",
        "n_trials",
        "data",
    }
    assert not any(name.endswith(".rate") for name in names)


def test_an_ambiguous_name_tells_what_it_could_mean(units: dict[str, Unit]) -> None:
    columns = unit_columns(units)
    assert columns.get("area") is None
    assert set(columns.meant_by("area")) == {"rf.area", "soma.area"}
    assert columns.near("snrr")[0] == "snr"
    assert columns.near("DSI") == ["dsi"]


def test_several_noise_movies_are_told_apart(units: dict[str, Unit]) -> None:
    for content in units.values():
        content["features"]["sta_other_noise"] = noise_sta(3.0)
    columns = unit_columns(units)
    assert columns.get("rf.snr") is None
    assert columns["rf.noise.snr"].values[0] == 9.0
    assert columns["rf.other_noise.snr"].values[0] == 3.0
    assert columns["sta.other_noise.n_spikes_used"].name == "sta.other_noise.n_spikes_used"
    assert set(columns.meant_by("rf.snr")) == {"rf.noise.snr", "rf.other_noise.snr"}


def test_bare_names_free_of_the_sorter_go_to_features(units: dict[str, Unit]) -> None:
    for content in units.values():
        del content["unit_meta"]
    columns = unit_columns(units)
    assert columns["snr"].key == "rf.noise.snr"
    assert columns["snr"].name == "snr"


def test_an_unusual_name_never_hides_another() -> None:
    content = {
        "id": "mine",
        "rate": 3.0,
        "soma.area": 1.0,
        "features": {"eimage_sta": {"geometry": {"area": 2.0}}},
    }
    columns = unit_columns({"unit_001": content}, 10.0)
    assert columns["id"].values[0] == "unit_001"
    assert columns["unit.id"].values[0] == "mine"
    assert columns["unit.rate"].values[0] == 3.0
    assert columns["soma.area"].values[0] == 1.0
    assert columns["area"].values[0] == 2.0
    assert len(set(columns.names)) == len(columns)


@pytest.mark.parametrize(
    ("values", "kind", "expected"),
    [
        ([1, None, 2.5], "number", [1, np.nan, 2.5]),
        ([True, None, False], "bool", [1, np.nan, 0]),
        (["a", None, "b"], "text", ["a", "", "b"]),
        (["a", 2, 3.5], "text", ["a", "2", "3.5"]),
        ([np.float32(0.5), np.int16(3), np.nan], "number", [0.5, 3, np.nan]),
        ([np.array(1.5), np.array(2), 3], "number", [1.5, 2, 3]),
        ([10**400, -(10**400), 1], "number", [np.inf, -np.inf, 1]),
        ([1.0, [2, 3], {"deeper": 1}], "number", [1, np.nan, np.nan]),
        ([None, None, None], "number", [np.nan, np.nan, np.nan]),
        ([np.bool_(True), False, True], "bool", [1, 0, 1]),
    ],
)
def test_values_become_vectors(values: list[Any], kind: str, expected: list[Any]) -> None:
    column = unit_columns({str(place): {"thing": value} for place, value in enumerate(values)})["thing"]
    assert column.kind == kind
    if kind == "text":
        assert column.values.tolist() == expected
    else:
        np.testing.assert_array_equal(column.values, expected)


def test_the_sorter_may_store_texts_whole_numbers_and_differing_fields() -> None:
    columns = unit_columns(
        {
            "unit_001": {"unit_meta": {"count": np.array([2**40]), "tags": np.array(["a"], object)}},
            "unit_002": {"unit_meta": {"other": np.array([1.5])}},
            "unit_003": {"unit_meta": OnDisk(3)},
        }
    )
    np.testing.assert_array_equal(columns["count"].values, [2**40, np.nan, np.nan])
    assert columns["tags"].values.tolist() == ["a", "", ""]
    np.testing.assert_array_equal(columns["other"].values, [np.nan, 1.5, np.nan])


def test_no_units_still_have_the_usual_columns() -> None:
    assert unit_columns({}).names == ("id", "spikes", "rate", "label", "note")


def test_labels_and_notes_are_texts_even_where_no_unit_has_one() -> None:
    columns = unit_columns({"unit_001": {"note": None}, "unit_002": {"label": 5}})
    assert columns["note"].values.tolist() == ["", ""]
    assert columns["label"].kind == "text"


# Changes


def test_an_edit_makes_only_its_own_column_anew(units: dict[str, Unit]) -> None:
    columns = unit_columns(units, 50.0)
    before = {column.key: column.values for column in columns}
    units["unit_002"]["label"] = "noise"
    assert columns.update([("units", "unit_002", "label")]) == frozenset({"label"})
    assert columns["label"].values.tolist() == ["good", "noise", "good"]
    assert before["label"].tolist() == ["good", "good", "good"]
    assert all(column.values is before[column.key] for column in columns if column.key != "label")


def test_a_step_brings_columns_and_its_undoing_takes_them_away(units: dict[str, Unit]) -> None:
    columns = unit_columns(units, 50.0)
    before = columns.names
    kept = columns["snr"].values
    for content in units.values():
        content["features"]["new"] = {"data": {"sharpness": 1.5, "dsi": 0.0}}
    paths = [("units", unit_id, "features", "new") for unit_id in units]
    assert columns.update(paths) is None
    assert columns["sharpness"].values.tolist() == [1.5, 1.5, 1.5]
    assert columns["moving_h_bar_s5_d8_3x.dsi"].name == "moving_h_bar_s5_d8_3x.dsi"
    for content in units.values():
        del content["features"]["new"]
    assert columns.update(paths) is None
    assert columns.names == before
    assert columns["snr"].values is kept


def test_more_spikes_change_count_and_rate(units: dict[str, Unit]) -> None:
    columns = unit_columns(units, 50.0)
    assert columns["rate"].values[0] == 2
    units["unit_001"]["spike_times"] = OnDisk(500)
    assert columns.update([("units", "unit_001", "spike_times")]) is None
    assert (columns["spikes"].values[0], columns["rate"].values[0]) == (500, 10)


def test_changes_elsewhere_change_no_column(units: dict[str, Unit]) -> None:
    assert unit_columns(units).update([("stimulus", "frame_times"), ("completed_steps", "x")]) == frozenset()


def test_many_units_are_looked_at_bit_by_bit() -> None:
    many: dict[str, Unit] = {f"unit_{number:04d}": {"row": number} for number in range(3000)}
    many["unit_2500"]["features"] = {"rare": {"data": {"oddity": 1.0}}}
    columns = Columns(many, whole=False)
    assert "oddity" not in columns
    found = []
    while not columns.is_complete:
        found.append(columns.look_further())
    assert len(found) > 5
    assert found.count(True) == 1
    assert columns["oddity"].values[2500] == 1.0
    assert "oddity" in unit_columns(many)


def test_without_a_duration_no_unit_has_a_rate() -> None:
    assert np.isnan(unit_columns({"unit_001": {"spike_times": OnDisk(3)}})["rate"].values[0])


def test_ten_times_the_units_take_about_ten_times_as_long() -> None:
    shown_s, all_s = {}, {}
    for n_units in (1000, 10_000):
        many = {f"unit_{number:05d}": unit(number % 50) for number in range(n_units)}
        started = time.process_time()
        columns = Columns(many, 100.0, whole=False)
        shown = [
            columns[name].values for name in ("id", "label", "spikes", "rate", "row", "col", "snr", "dsi")
        ]
        shown_s[n_units] = time.process_time() - started
        assert [len(values) for values in shown] == [n_units] * 8
        started = time.process_time()
        whole = unit_columns(many, 100.0)
        all_s[n_units] = time.process_time() - started
        assert all(len(column.values) == n_units for column in whole)
    for seconds in (shown_s, all_s):
        assert seconds[10_000] < 50 * seconds[1000], (
            "100 times as long would be each unit with each other one"
        )


def test_an_electrode_has_one_number_in_every_column() -> None:
    """It is stored within the region, from 0, and shown on the chip, from 1, as row and col are."""
    geometry = {"peak_row": 8, "peak_col": 3, "center_row": 7.5, "center_col": 3.25}
    image = {"metadata": {"region_top": 31, "region_left": 20}, "geometry": geometry}
    units = {
        "unit_001": {"row": 39, "col": 23, "features": {"eimage_sta": image}},
        "unit_002": {"row": 9, "col": 4, "features": {"eimage_sta": {"metadata": {}, "geometry": geometry}}},
    }
    columns = unit_columns(units)
    for shown, stored in (("row", "soma.peak_row"), ("col", "soma.peak_col")):
        np.testing.assert_array_equal(columns[stored].values, columns[shown].values)
        assert columns[stored].description.endswith("on the chip, from 1")
    assert columns["soma.center_row"].values.tolist() == [38.5, 8.5]
    assert columns["soma.center_col"].values.tolist() == [23.25, 4.25]
