from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hdmea_gui.io.store import check_integrity, read_tree, write_tree
from tests.io.store.trees import differences, empty_tree, full_tree, same, unit


def round_trip(path: Path, value: object) -> Any:
    """Save a value in three undeclared places and give it back; it has to be the same in all."""
    tree = empty_tree(
        extras={"lab": {"value": value}},
        units={"unit_001": {"mine": value}},
        metadata={"mine": [value, {"x": value}]},
    )
    write_tree(path, tree)
    assert check_integrity(path) == []
    found = read_tree(path).tree
    assert differences(tree["units"], found["units"]) == []
    assert differences(tree["metadata"], found["metadata"]) == []
    return found["extras"]["lab"]["value"]


SCALARS = [
    None,
    True,
    False,
    0,
    -1,
    2**63 - 1,
    -(2**63),
    2**63,
    2**64 - 1,
    0.0,
    -0.0,
    float("inf"),
    float("-inf"),
    float("nan"),
    1e-320,
    complex(1, -0.0),
    "",
    "text",
    "µm ° – 網膜 🐁",
    "a\0b",
    "\0",
    " trailing ",
    b"",
    b"\0\xff",
    [],
    (),
    {},
    [1, 2],
    (1, 2),
    [2**63, 1],
    [2**63, -1],
    [1, 2.0, "x", None, [(), {}]],
    [True, False],
    (True, 1),
    ["a", "b\0"],
    ("a", "b"),
    [float("nan"), -0.0],
    Path("relative/file.h5"),
    Path("/data/µ"),
    Path(),
    dt.datetime(2026, 2, 3, 10, 11, 12, 345),
    dt.datetime(2026, 2, 3, tzinfo=dt.UTC),
    dt.datetime(2026, 2, 3, tzinfo=dt.timezone(dt.timedelta(hours=-5, seconds=7))),
    dt.datetime(2026, 10, 25, 2, 30, fold=1, tzinfo=ZoneInfo("Europe/Berlin")),
    np.float64(1.5),
    np.float32("nan"),
    np.float16(2),
    np.longdouble("1.1"),
    np.int8(-3),
    np.uint64(2**64 - 1),
    np.int64(4),
    np.bool_(True),
    np.complex64(1j),
    np.clongdouble(2),
    np.str_("text"),
    np.str_(""),
    np.str_("a\0b"),
    np.bytes_(b"abc"),
    np.bytes_(b""),
    np.datetime64("2026-02-03T10:11:12.123456789"),
    np.datetime64("NaT"),
    np.datetime64("NaT", "D"),
    np.timedelta64(3, "ms"),
    np.zeros(1, [("a", "<i4"), ("b", "<M8[s]")])[0],
    {"": 1, "a/b": 2, "a": {"b": 3}, ".": 4, "..": 5, "a\0b": 6, "x" * 5000: 7, "/": 8},
    {0: "int", "0": "text", -1: 1, 2**64 - 1: 2, "hdmea%i0": 3, "hdmea%": 4},
    {"hdmea_type": "list/1", "hdmea_key": 1, "data": [1], "metadata": {}, "_attrs": {"n_trials": 1}},
    {"ü": 1, "網膜": np.arange(3), "u\u0308": 2, "a b": 3, "A": 4, "a": 5},
]


@pytest.mark.parametrize("value", SCALARS, ids=lambda value: repr(value)[:40])
def test_value_comes_back(tmp_path: Path, value: object) -> None:
    found = round_trip(tmp_path / "s.h5", value)
    assert same(value, found), f"{value!r} became {found!r}"


def test_fold_and_zone_come_back(tmp_path: Path) -> None:
    value = dt.datetime(2026, 10, 25, 2, 30, fold=1, tzinfo=ZoneInfo("Europe/Berlin"))
    found = round_trip(tmp_path / "s.h5", value)
    assert found.fold == 1
    assert found.tzinfo == ZoneInfo("Europe/Berlin")


ARRAYS = [
    np.array(3.5),
    np.array(True),
    np.array("text"),
    np.array(b"ab"),
    np.array("2026-01-01", dtype="M8[D]"),
    np.zeros((0,)),
    np.zeros((3, 0, 2), dtype=np.int8),
    np.zeros((0, 4), dtype="U3"),
    np.arange(6, dtype=">i2").reshape(2, 3),
    np.array([1.5, np.nan, -0.0], dtype=">f8"),
    np.array([1 + 2j], dtype=">c16"),
    np.array([1, 2], dtype=np.longdouble) / 3,
    np.array([0.1, np.inf], dtype=np.float16),
    np.array([True, False]),
    np.array(["a", "", "long text", "网"]),
    np.array(["a\0b", "x"]),
    np.array(["a", "bc"]).astype(">U2"),
    np.array([b"a\0b", b"", b"xyz"]),
    np.array(["2026-01-01", "NaT"], dtype="M8[ns]"),
    np.array([1, 2], dtype=">m8[25s]"),
    np.array(["NaT"], dtype="m8"),
    np.array(["a", "b"], dtype=object),
    np.array(["x"], dtype=object).reshape(()),
    np.array([[b"a", "\u00e4\u03c9".encode()], [b"", b"ccc"]], dtype=object),
    np.array([b"x"], dtype=object).reshape(()),
    np.array([b"many"] * 70_000, dtype=object),
    np.zeros(3, dtype=[("a", "<i4"), ("b", "?"), ("c", "S3", (2,)), ("d", [("e", ">f8")])]),
    np.zeros((2, 2), dtype=[("a", "<U3"), ("when", "<M8[us]"), ("n", "<f4", (2,))]),
    np.zeros(2, dtype=np.dtype([("a", "i1"), ("b", "f8")], align=True)),
    np.array([b"12345678"], dtype="V8"),
    np.arange(24).reshape(2, 3, 4)[:, ::-1, ::2],
    np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    np.broadcast_to(np.array([1.0, 2.0]), (3, 2)),
    np.zeros((1,) * 32),
]


@pytest.mark.parametrize("value", ARRAYS, ids=lambda value: f"{value.dtype}{value.shape}"[:40])
def test_array_comes_back(tmp_path: Path, value: np.ndarray[Any, Any]) -> None:
    found = round_trip(tmp_path / "s.h5", value)
    assert same(value, found), f"{value!r} became {found!r}"


def test_text_arrays_of_numpys_own_string_type_are_refused_or_come_back(tmp_path: Path) -> None:
    if not hasattr(np.dtypes, "StringDType"):
        pytest.skip("this NumPy has no such type")
    from hdmea_gui.errors import ValidationError

    with pytest.raises(ValidationError, match="units/unit_001/mine cannot be stored"):
        round_trip(tmp_path / "s.h5", np.array(["a"], dtype=np.dtypes.StringDType()))


numeric = hnp.array_dtypes(hnp.floating_dtypes() | hnp.integer_dtypes() | hnp.boolean_dtypes(), max_size=3)
dtypes = st.one_of(
    hnp.boolean_dtypes(),
    hnp.integer_dtypes(endianness="?"),
    hnp.unsigned_integer_dtypes(endianness="?"),
    hnp.floating_dtypes(endianness="?"),
    hnp.complex_number_dtypes(endianness="?"),
    hnp.datetime64_dtypes(endianness="?"),
    hnp.timedelta64_dtypes(endianness="?"),
    hnp.unicode_string_dtypes(endianness="?", min_len=1, max_len=5),
    hnp.byte_string_dtypes(min_len=1, max_len=5),
    numeric,
)
arrays = hnp.arrays(dtypes, hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3))
text = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
keys = (
    text
    | st.integers(-(2**63), 2**64 - 1)
    | st.sampled_from(["", "/", "0", ".", "hdmea%x", "data", "_attrs"])
)
leaves = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**64 - 1),
    st.floats(),
    st.complex_numbers(),
    text,
    st.binary(max_size=8),
    st.datetimes(),
    arrays,
)
values = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.lists(inner, max_size=4).map(tuple),
        st.dictionaries(keys, inner, max_size=4),
    ),
    max_leaves=12,
)
quick = settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def is_storable(value: object) -> bool:
    """Leave out what is documented as refused."""
    if isinstance(value, dict):
        return all(map(is_storable, value.values()))
    if isinstance(value, (list, tuple)):
        return all(map(is_storable, value))
    if isinstance(value, np.ndarray) and value.dtype.kind == "U":
        return not any(0xD800 <= ord(letter) < 0xE000 for item in value.ravel().tolist() for letter in item)
    return True


@given(value=values.filter(is_storable))
@quick
def test_any_nested_value_comes_back(tmp_path: Path, value: object) -> None:
    found = round_trip(tmp_path / "s.h5", value)
    assert same(value, found), f"{value!r} became {found!r}"


@given(data=st.data())
@settings(quick, max_examples=20)
def test_odd_values_in_declared_places_come_back(tmp_path: Path, data: st.DataObject) -> None:
    tree = full_tree()
    unit = tree["units"]["unit_001"]
    section, features = unit["spike_times_sectioned"]["noise"], unit["features"]
    places: list[tuple[dict[Any, Any], Any]] = [
        (unit, "row"),
        (unit, "label"),
        (unit, "spike_times"),
        (unit, "unit_meta"),
        (unit["unit_meta"], "snr"),
        (section, "_attrs"),
        (section["_attrs"], "n_trials"),
        (section["_attrs"], "pad_margin"),
        (section["trials_spike_times"], 0),
        (features["eimage_sta"], "data"),
        (features["eimage_sta"]["metadata"], "axes"),
        (features["eimage_sta"]["metadata"], "n_spikes_used"),
        (features["eimage_sta"], "geometry"),
        (features["sta_noise"], "data"),
        (features["noise"], "data"),
        (features["frif"]["data"], "FRIF"),
        (features["frif"], "FRIF"),
        (features["frif"], "metadata"),
        (features["step_up_5s_5i_b0_3x"]["data"], "on_peak_value"),
        (features, "moving_h_bar_s5_d8_3x"),
        (tree["metadata"], "acquisition_rate"),
        (tree["metadata"], "cmcr_meta"),
        (tree["metadata"]["cmtr_meta"], "ProgramName"),
        (tree["stimulus"], "frame_times"),
        (tree["stimulus"], "frame_time"),
        (tree["stimulus"], "section_info"),
        (tree["stimulus"]["section_info"], "noise"),
        (tree["stimulus"]["section_info"]["noise"], "pre_margin_frames"),
        (tree["stimulus"]["section_info"]["noise"], "remark"),
        (tree["stimulus"]["section_info"], "another movie"),
        (tree["stimulus"]["section_time"], "noise"),
        (tree["stimulus"]["section_time"], "movie/with a slash"),
        (tree["stimulus"]["section_info"], "movie/with a slash"),
        (tree["stimulus"]["light_info"]["raw_ch1"], "unit"),
        (tree["stimulus"]["light_reference"], "raw_ch1"),
        (tree["source_files"], "cmcr_path"),
    ]
    for holder, key in data.draw(st.lists(st.sampled_from(places), min_size=1, max_size=3)):
        holder[key] = data.draw(values.filter(is_storable))
    path = tmp_path / "s.h5"
    write_tree(path, tree)
    assert check_integrity(path) == []
    found = read_tree(path)
    for part in ("units", "metadata", "stimulus", "source_files"):
        assert differences(tree[part], found.tree[part]) == []


def test_full_tree_comes_back(tmp_path: Path) -> None:
    tree = full_tree()
    write_tree(tmp_path / "s.h5", tree)
    loaded = read_tree(tmp_path / "s.h5")
    assert differences(tree, loaded.tree) == []
    assert loaded.notes == []
    assert not loaded.foreign


def test_saving_again_changes_nothing(tmp_path: Path) -> None:
    write_tree(tmp_path / "a.h5", full_tree())
    write_tree(tmp_path / "b.h5", read_tree(tmp_path / "a.h5").tree)
    assert differences(full_tree(), read_tree(tmp_path / "b.h5").tree) == []


def test_what_the_file_says_of_itself_comes_back(tmp_path: Path) -> None:
    write_tree(tmp_path / "s.h5", full_tree(), kind="checkpoint", checkpoint_name="after STA", note="µ")
    loaded = read_tree(tmp_path / "s.h5")
    assert (loaded.kind, loaded.checkpoint_name, loaded.note) == ("checkpoint", "after STA", "µ")


def test_array_object_in_two_places_is_one_dataset(tmp_path: Path) -> None:
    shared = np.arange(3.0)
    write_tree(tmp_path / "s.h5", empty_tree(extras={"lab": {"a": shared, "b": shared, "c": shared.copy()}}))
    lab = read_tree(tmp_path / "s.h5").tree["extras"]["lab"]
    assert lab["a"] is lab["b"]
    assert lab["a"] is not lab["c"]


def test_large_array_of_dates_and_of_texts_comes_back(tmp_path: Path) -> None:
    dates = np.arange(200_000).astype("M8[ns]")
    texts = np.array([f"t{i}" for i in range(200_000)], dtype=object)
    write_tree(tmp_path / "s.h5", empty_tree(metadata={"dates": dates, "texts": texts}))
    found = read_tree(tmp_path / "s.h5").tree["metadata"]
    assert found["dates"].dtype == dates.dtype
    assert np.array_equal(found["dates"], dates)
    assert found["texts"].tolist() == texts.tolist()


def test_text_keys_of_digits_stay_texts(tmp_path: Path) -> None:
    tree = empty_tree(
        units={"12": {"spike_times": np.arange(3, dtype=np.uint64)}},
        metadata={"7": 1.5},
        stimulus={"light_template": {"3": np.zeros(4, np.float32)}},
    )
    write_tree(tmp_path / "s.h5", tree)
    assert differences(tree, read_tree(tmp_path / "s.h5").tree) == []


def test_features_own_output_sta_comes_back_beside_those_of_movies(tmp_path: Path) -> None:
    features = {
        "sta_a": {"data": np.zeros((2, 2, 2), np.float32), "metadata": {}},
        "a": {"data": {"sta": np.arange(3.0)}, "metadata": {}},
        "sta_b": {"data": np.ones((2, 2, 2), np.float32), "metadata": {}},
    }
    write_tree(tmp_path / "s.h5", empty_tree(units={"unit_001": {"features": features}}))
    loaded = read_tree(tmp_path / "s.h5")
    assert differences(features, loaded.tree["units"]["unit_001"]["features"]) == []
    assert loaded.notes == []


@pytest.mark.parametrize("kind", [list, tuple])
def test_declared_list_comes_back_as_what_it_was(tmp_path: Path, kind: type) -> None:
    one = unit()
    one["features"]["eimage_sta"]["metadata"]["axes"] = kind(["col", "row"])
    one["spike_times_sectioned"]["noise"]["_attrs"]["pad_margin"] = kind([0.5, 0.0])
    write_tree(tmp_path / "s.h5", empty_tree(units={"unit_001": one}))
    assert differences({"unit_001": one}, read_tree(tmp_path / "s.h5").tree["units"]) == []


def test_analog_sections_at_the_root_may_be_no_text(tmp_path: Path) -> None:
    root = {"section_time_analog_x": 5, "section_time_analog_y": {"threshold": 5.0}}
    write_tree(tmp_path / "s.h5", empty_tree(root=root))
    assert differences(root, read_tree(tmp_path / "s.h5").tree["root"]) == []
