"""Parameters: what may be typed, given, recorded, and what is refused in which words."""

from __future__ import annotations

import dataclasses
import json
import math
import sys
from dataclasses import FrozenInstanceError, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hdmea_gui.errors import ConfigurationError
from hdmea_gui.io.store import read_tree, write_tree
from hdmea_gui.pipeline.parameters import (
    changed,
    checked,
    make_params,
    parameter,
    parameters_of,
    recorded,
    restored,
    with_floats,
)
from hdmea_gui.pipeline.steps import STEPS_BY_KEY

if TYPE_CHECKING:
    from collections.abc import Callable

TITLE = "Some step"


@dataclass(frozen=True)
class Params:
    """One parameter of every type that steps have."""

    count: int = parameter(3, "Count", unit="spikes", tip="How many.", minimum=1, maximum=9)
    rate: float = parameter(1.5, "Rate", unit="Hz", minimum=0)
    any_number: float = parameter(0.0, "Any number")
    switch: bool = parameter(False, "Switch")
    word: str = parameter("x", "Word")
    limit: int | None = parameter(None, "Limit", minimum=1)
    span: float | None = parameter(120.0, "Span", unit="s", minimum=0.1)
    name: str | None = parameter(None, "Name")
    folder: Path | None = parameter(None, "Folder")
    window: tuple[int, int] = parameter((-10, 40), "Window", unit="samples")
    margin: tuple[float, float] = parameter((0.0, 0.0), "Margin", unit="s", minimum=0)
    units: tuple[str, ...] | None = parameter(None, "Units")
    some: tuple[str, ...] = parameter((), "Some")
    axes: Literal["auto", "col,row", "row,col"] = parameter("auto", "Axes")
    order: Literal[2, 4] | None = parameter(None, "Order")


DEFAULT = Params()


def typed(name: str, text: str) -> Any:
    return getattr(changed(DEFAULT, {name: text}, TITLE), name)


def test_the_description_of_each_parameter() -> None:
    items = {item.name: item for item in parameters_of(Params)}
    assert list(items) == list(vars(DEFAULT))
    assert tuple(items.values()) == parameters_of(DEFAULT)
    count = items["count"].described
    assert (count.label, count.unit, count.tip, count.minimum, count.maximum) == (
        "Count",
        "spikes",
        "How many.",
        1,
        9,
    )
    assert items["axes"].choices == ("auto", "col,row", "row,col")
    assert items["order"].choices == (2, 4)
    assert items["count"].choices == items["units"].choices == ()
    assert items["window"].default == (-10, 40)
    assert items["units"].type == tuple[str, ...] | None


def test_parameters_cannot_be_changed_in_place() -> None:
    with pytest.raises(FrozenInstanceError):
        DEFAULT.count = 4  # type: ignore[misc]


# What is typed

TYPED = [
    ("count", "7", 7),
    ("count", " 7 ", 7),
    ("rate", "2", 2),
    ("rate", "2.5", 2.5),
    ("rate", "1e3", 1000.0),
    ("any_number", "-0.5", -0.5),
    ("switch", "True", True),
    ("switch", "yes", True),
    ("switch", "YES ", True),
    ("switch", "false", False),
    ("switch", "no", False),
    ("word", "abc", "abc"),
    ("word", "5", "5"),
    ("word", "", ""),
    ("word", "None", "None"),
    ("word", "true", "true"),
    ("word", "'5'", "5"),
    ("word", '{"a": 1}', '{"a": 1}'),
    ("word", "[1, 2]", "[1, 2]"),
    ("word", "{[]: 1}", "{[]: 1}"),
    ("word", "1" * 400, "1" * 400),
    ("limit", "none", None),
    ("limit", "None", None),
    ("limit", "", None),
    ("limit", "  ", None),
    ("limit", "12", 12),
    ("span", "", None),
    ("span", "0.5", 0.5),
    ("name", "", None),
    ("name", "none", None),
    ("name", "perfect_dense_noise_15x15_15hz_r42_3min", "perfect_dense_noise_15x15_15hz_r42_3min"),
    ("name", "no", "no"),
    ("name", "12", "12"),
    ("folder", "", None),
    ("folder", "None", None),
    ("folder", "/data/a b", Path("/data/a b")),
    ("folder", "5", Path("5")),
    ("folder", r"C:\new\data", Path(r"C:\new\data")),
    ("folder", ".", Path()),
    ("window", "-10, 40", (-10, 40)),
    ("window", "(-10, 40)", (-10, 40)),
    ("window", "[-10,40]", (-10, 40)),
    ("margin", "2, 0", (2, 0)),
    ("margin", "0.5,1e-3", (0.5, 0.001)),
    ("units", "unit_001", ("unit_001",)),
    ("units", "unit_001, 2", ("unit_001", "2")),
    ("units", "1,2", ("1", "2")),
    ("units", "1", ("1",)),
    ("units", "['a', \"b\"]", ("a", "b")),
    ("units", "a,,b,", ("a", "b")),
    ("units", "", None),
    ("units", "none", None),
    ("some", "", ()),
    ("some", "[]", ()),
    ("some", "a", ("a",)),
    ("axes", "col,row", "col,row"),
    ("axes", " auto ", "auto"),
    ("order", "4", 4),
    ("order", "", None),
]


@pytest.mark.parametrize(("name", "text", "value"), TYPED)
def test_typed_texts(name: str, text: str, value: Any) -> None:
    found = typed(name, text)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("name", "texts"),
    {
        "count": ["", "2.5", "3.0", "true", "None", "x", "1,2", "[1]", "1" * 5000],
        "rate": ["", "nan", "inf", "1e999", "-1e999", "True", "1+1", "2,5", "None", "1" * 5000],
        "any_number": ["nan", "1e999", "(1e999)"],
        "switch": ["", "1", "0", "on", "None", "2"],
        "limit": ["x", "1.5", "0x"],
        "window": ["", "1", "1,2,3", "1.5, 2", "a,b", "True, False", "{1, 2}", "1e999, 2"],
        "margin": ["1e999, 0", "1", "a,b", "None"],
        "axes": ["", "Auto", "row", "col, row", "None"],
        "order": ["3", "2.0", "'2'", "True"],
    }.items(),
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_texts_that_do_not_fit(name: str, texts: list[str]) -> None:
    for text in texts:
        with pytest.raises(ConfigurationError, match=rf"^{TITLE}: ") as caught:
            typed(name, text)
        assert f"'{name}'" in str(caught.value)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("count", "must be a whole number."),
        ("rate", "must be a number."),
        ("switch", "must be yes or no."),
        ("limit", "must be a whole number or empty."),
        ("window", "must be 2 whole numbers separated by commas."),
        ("axes", "must be 'auto' or 'col,row' or 'row,col'."),
        ("order", "must be 2 or 4 or empty."),
    ],
)
def test_the_sentence_says_what_would_fit(name: str, words: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        typed(name, "so not")
    assert str(caught.value) == f"{TITLE}: '{name}' cannot be 'so not'; it {words}"


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('touch {flag}')",
        "[open('{flag}', 'w')]",
        "(lambda: open('{flag}', 'w'))()",
        "-" * 20000 + "1",
        "1+" * 20000 + "1",
        "[" * 90 + "]" * 90,
        "a\0b",
        "'\\d'",
        "1if 2else 3",
    ],
)
def test_typed_code_is_text_and_never_run(tmp_path: Path, text: str) -> None:
    flag = tmp_path / "ran"
    text = text.format(flag=flag)
    assert isinstance(typed("word", text), str)
    with pytest.raises(ConfigurationError):
        typed("count", text)
    assert not flag.exists()


def test_unknown_names_are_answered_with_the_known_ones() -> None:
    calls: list[Callable[[], Any]] = [
        lambda: changed(DEFAULT, {"cuont": "1"}, TITLE),
        lambda: make_params(Params, {"cuont": 1}, TITLE),
    ]
    for call in calls:
        with pytest.raises(
            ConfigurationError, match=f"^{TITLE} has no parameter 'cuont'. It has: any_number, "
        ):
            call()


def test_only_what_was_typed_changes() -> None:
    base = replace(DEFAULT, word="mine", window=(1, 2))
    assert changed(base, {}, TITLE) == base
    assert changed(base, {"window": "3, 4"}, TITLE) == replace(base, window=(3, 4))
    assert base.window == (1, 2)


# Bounds


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"count": 0}, "'Count' is 0 spikes; it must be at least 1 and at most 9 spikes."),
        ({"count": 10}, "'Count' is 10 spikes; it must be at least 1 and at most 9 spikes."),
        ({"count": 12345678}, "'Count' is 12345678 spikes; it must be at least 1 and at most 9 spikes."),
        ({"count": 10**400}, f"'Count' is {10**400} spikes; it must be at least 1 and at most 9 spikes."),
        ({"rate": -0.5}, "'Rate' is -0.5 Hz; it must be at least 0 Hz."),
        ({"limit": 0}, "'Limit' is 0; it must be at least 1."),
        ({"span": 0.05}, "'Span' is 0.05 s; it must be at least 0.1 s."),
        ({"margin": (0.0, -1.0)}, "'Margin' is -1 s; it must be at least 0 s."),
    ],
)
def test_what_lies_out_of_bounds(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        checked(replace(DEFAULT, **changes), TITLE)
    assert str(caught.value) == f"{TITLE}: {sentence}"


@pytest.mark.parametrize(
    "changes", [{"count": 1}, {"count": 9}, {"rate": 0}, {"rate": -0.0}, {"span": 0.1}, {"limit": None}]
)
def test_bounds_are_allowed(changes: dict[str, Any]) -> None:
    params = replace(DEFAULT, **changes)
    assert checked(params, TITLE) is params


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("count", [None, True, 2.0, "3", [3], (3,), math.nan]),
        ("rate", [None, True, "1", math.nan, math.inf, -math.inf, 1j]),
        ("any_number", [math.nan, math.inf]),
        ("span", [math.nan, math.inf, False]),
        ("switch", [None, 0, 1, "yes"]),
        ("word", [None, 1, b"x", Path("x")]),
        ("folder", ["x", 1, b"x"]),
        ("window", [None, [1, 2], (1,), (1, 2, 3), (1.0, 2), (True, 1), 1]),
        ("margin", [(math.nan, 0.0), (0.0, math.inf), (None, 0.0)]),
        ("units", ["a", ["a"], (1,), ("a", None), {"a"}]),
        ("axes", [None, "Auto", 0]),
        ("order", [2.0, True, 3, "2"]),
    ],
)
def test_values_of_another_type_are_refused(name: str, values: list[Any]) -> None:
    label = {item.name: item.described.label for item in parameters_of(Params)}[name]
    for value in values:
        with pytest.raises(ConfigurationError) as caught:
            checked(replace(DEFAULT, **{name: value}), TITLE)
        assert str(caught.value).startswith(f"{TITLE}: '{label}' cannot be {value!r}; it must be ")


# What scripts give


def test_values_are_taken_and_the_others_stay() -> None:
    assert make_params(Params, {}, TITLE) == DEFAULT
    assert make_params(Params, {"count": 5, "units": ("a",)}, TITLE) == replace(
        DEFAULT, count=5, units=("a",)
    )


@pytest.mark.parametrize(
    ("name", "value", "taken"),
    [
        ("count", np.int64(5), 5),
        ("rate", np.float32(0.5), 0.5),
        ("rate", np.uint8(3), 3),
        ("switch", np.bool_(True), True),
        ("window", [-10, 40], (-10, 40)),
        ("window", np.array([-10, 40]), (-10, 40)),
        ("window", (np.int32(-10), np.int64(40)), (-10, 40)),
        ("units", ["a", "b"], ("a", "b")),
        ("folder", "/data", Path("/data")),
        ("word", np.str_("a"), "a"),
    ],
)
def test_scripts_may_give_numpy_numbers_lists_and_paths_as_text(name: str, value: Any, taken: Any) -> None:
    params = make_params(Params, {name: value}, TITLE)
    assert getattr(params, name) == taken
    assert type(getattr(params, name)) is type(taken)
    json.dumps(recorded(params))


@pytest.mark.parametrize(
    "values", [{"count": np.float64(5)}, {"count": [5]}, {"window": [1.5, 2]}, {"count": "5"}, {"switch": 1}]
)
def test_scripts_may_not_give_anything_else(values: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match="cannot be"):
        make_params(Params, values, TITLE)


# Records

NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
PARAMS = st.builds(
    Params,
    count=st.integers(1, 9),
    rate=st.floats(0, 1e300),
    any_number=NUMBERS | st.integers(-(2**53), 2**53),
    switch=st.booleans(),
    word=TEXTS,
    limit=st.none() | st.integers(1, 2**40),
    span=st.none() | st.floats(0.1, 1e6),
    name=st.none() | TEXTS,
    folder=st.none() | st.sampled_from([Path("/a b/µ"), Path("x"), Path()]),
    window=st.tuples(st.integers(-99, 99), st.integers(-99, 99)),
    margin=st.tuples(st.floats(0, 9), st.floats(0, 9)),
    units=st.none() | st.lists(TEXTS, max_size=3).map(tuple),
    some=st.lists(TEXTS, max_size=3).map(tuple),
    axes=st.sampled_from(["auto", "col,row", "row,col"]),
    order=st.sampled_from([None, 2, 4]),
)


def types_of(params: Params) -> list[type]:
    return [type(value) for value in vars(params).values()]


@given(params=PARAMS)
def test_records_restore_the_parameters(params: Params) -> None:
    checked(params, TITLE)
    record = recorded(params)
    assert list(record) == list(vars(params))
    located = (
        params if params.folder is None else dataclasses.replace(params, folder=params.folder.absolute())
    )
    for form in (record, json.loads(json.dumps(record))):
        again = restored(DEFAULT, form)
        assert again == located
        assert types_of(again) == types_of(params)


@given(params=PARAMS)
def test_parameters_typed_as_python_writes_them_are_the_same(params: Params) -> None:
    names = [item.name for item in parameters_of(params) if item.name != "folder"]
    texts = {name: repr(getattr(params, name)) for name in names}
    again = changed(DEFAULT, texts, TITLE)
    assert again == replace(params, folder=None)


RECORDS = [
    DEFAULT,
    Params(
        count=9,
        rate=2,
        switch=True,
        word="µ, \n'x'",
        limit=7,
        span=None,
        name="",
        folder=Path("/a b"),
        window=(0, 0),
        margin=(2.0, 0.5),
        units=("unit_001", ""),
        some=("1",),
        axes="row,col",
        order=4,
    ),
    Params(units=(), name="None", word=""),
]


@pytest.mark.parametrize("params", RECORDS)
def test_records_restore_the_parameters_from_a_file(tmp_path: Path, params: Params) -> None:
    path = tmp_path / "session.h5"
    steps = {"compute_sta": {"parameters": recorded(params), "outcome": "done"}}
    write_tree(path, {"dataset_id": "x", "units": {}, "steps": steps})
    again = restored(DEFAULT, read_tree(path).tree["steps"]["compute_sta"]["parameters"])
    assert again == params
    assert types_of(again) == types_of(params)


@given(params=PARAMS)
def test_whole_numbers_are_floats_where_they_need_not_be_whole(params: Params) -> None:
    """Only there: 5 stays 5 where a whole number is asked for."""
    alike = with_floats(params)
    assert alike == params
    assert {type(value) for value in (alike.rate, alike.any_number, *alike.margin)} == {float}
    assert {type(value) for value in (alike.count, *alike.window)} == {int}
    assert type(alike.limit) is type(params.limit)
    assert type(alike.switch) is bool


def test_values_that_no_longer_fit_are_ignored() -> None:
    record = {
        "count": 2.5,
        "rate": "fast",
        "any_number": math.nan,
        "switch": 1,
        "word": None,
        "limit": "many",
        "span": [1.0],
        "name": 5,
        "folder": 5,
        "window": [1, 2, 3],
        "margin": [0.0],
        "units": "unit_001",
        "some": [1],
        "axes": "diagonal",
        "order": 3,
        "gone": 1,
    }
    base = replace(DEFAULT, word="mine", units=("a",))
    assert restored(base, record) == base
    assert restored(base, record | {"count": 4}) == replace(base, count=4)
    assert restored(base, {}) == base


@pytest.mark.parametrize(
    ("name", "value", "taken"),
    [("window", np.array([1, 2]), (1, 2)), ("rate", np.float32(2), 2.0), ("count", np.int16(2), 2)],
)
def test_numpy_values_of_a_record_are_taken_as_python_ones(name: str, value: Any, taken: Any) -> None:
    found = getattr(restored(DEFAULT, {name: value}), name)
    assert found == taken
    assert type(found) is type(taken)


def test_a_number_with_too_many_digits_is_only_text() -> None:
    digits = "1" * (sys.get_int_max_str_digits() + 1)
    assert typed("word", digits) == digits


@pytest.mark.parametrize(
    ("key", "values"),
    [
        ("section_spike_times", {"pad_margin_s": (1e300, 0.0)}),
        ("add_section_time_analog", {"threshold": 5.0, "duration_s": 1e99}),
        ("compute_eimage_sta", {"spike_limit": 10**20}),
    ],
)
def test_numbers_that_nothing_can_hold_are_refused_before_the_work(key: str, values: dict[str, Any]) -> None:
    step = STEPS_BY_KEY[key]
    with pytest.raises(ConfigurationError, match="is too large"):
        make_params(step.params, values, step.title)
