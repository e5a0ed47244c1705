from __future__ import annotations

import math
import operator
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hdmea_gui.models.filter_expression import LONGEST, parse_filter
from hdmea_gui.models.filter_words import DEEPEST, FilterError, as_typed
from hdmea_gui.session.columns import Columns, unit_columns

if TYPE_CHECKING:
    from collections.abc import Callable

NAN = math.nan
SNR = [1.0, 5.0, NAN, 8.0, 4.0]
DSI = [0.1, 0.5, 0.9, NAN, 0.3]
LABEL = ["good", "MUA", "", "good", "Noise"]
OK = [True, False, None, True, False]


@pytest.fixture(scope="module")
def columns() -> Columns:
    return five_units()


def five_units() -> Columns:
    return unit_columns(
        {
            f"unit_{number + 1:03d}": {
                "label": LABEL[number],
                "ok": OK[number],
                "2nd pass": number,
                "and": number,
                "unit_meta": {"snr": np.array([SNR[number]]), "area": np.array([1.0])},
                "features": {
                    "sta_noise": {"sta_geometry": {"snr": 10.0 - number, "size": 1.0}},
                    "eimage_sta": {"geometry": {"size": 2.0}},
                    "moving_h_bar": {"data": {"dsi": DSI[number]}},
                },
            }
            for number in range(5)
        }
    )


def passing(text: str, columns: Columns) -> list[int]:
    mask = parse_filter(text, columns).mask()
    assert mask.dtype == bool
    assert mask.shape == (5,)
    return (np.flatnonzero(mask) + 1).tolist()


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("snr > 4", [2, 4]),
        ("snr >= 4", [2, 4, 5]),
        ("4 < snr", [2, 4]),
        ("snr == 5", [2]),
        ("snr != 5", [1, 4, 5]),
        ("not snr == 5", [1, 3, 4, 5]),
        ("0.2 < dsi < 0.6", [2, 5]),
        ("0.2 < dsi <= 0.5 != 0.3", [2, 5]),
        ("snr > 4 and dsi > 0.3", [2]),
        ("snr > 4 or dsi > 0.8", [2, 3, 4]),
        ("snr > 4 or dsi > 0.2 and snr < 4.5", [2, 4, 5]),
        ("(snr > 4 or dsi > 0.2) and snr < 4.5", [5]),
        ("not snr > 4 and dsi < 0.2", [1]),
        ("not (snr > 4 and dsi < 0.2)", [1, 2, 3, 4, 5]),
        ("not not snr > 4", [2, 4]),
        ("rf.snr > 8", [1, 2]),
        ("rf.snr - snr > 0", [1, 2, 5]),
        ("snr * 2 + 1 > 10", [2, 4]),
        ("snr + 1 * 2 > 9", [4]),
        ("(snr + 1) * 2 > 9", [2, 4, 5]),
        ("10 - 4 - 3 == 3", [1, 2, 3, 4, 5]),
        ("16 / 4 / 2 == 2", [1, 2, 3, 4, 5]),
        ("-snr < -4", [2, 4]),
        ("- -snr > +4", [2, 4]),
        ("snr / 0 > 0", []),
        ("not snr / 0 > 0", [1, 2, 3, 4, 5]),
        ("snr / (snr - 5) > 0", [4]),
        ("1e308 * 10 > snr", [1, 2, 4, 5]),
        ("snr > .5e1", [4]),
        ("snr > 4.", [2, 4]),
        ("snr is missing", [3]),
        ("dsi is not missing", [1, 2, 3, 5]),
        ("snr + dsi is missing", [3, 4]),
        ('label == "good"', [1, 4]),
        ("label == 'GOOD'", [1, 4]),
        ('"good" == label', [1, 4]),
        ('label != "good"', [2, 3, 5]),
        ('label == ""', [3]),
        ("label is missing", [3]),
        ('label in ("good", "mua")', [1, 2, 4]),
        ('label not in ("good", "mua")', [3, 5]),
        ("snr in (1, 8)", [1, 4]),
        ('label contains "O"', [1, 4, 5]),
        ('label startswith "no"', [5]),
        ('id startswith "unit_00"', [1, 2, 3, 4, 5]),
        ('id contains "3" or id contains "4"', [3, 4]),
        ("`2nd pass` > 2", [4, 5]),
        ("`and` > 3", [5]),
        ("`rf.snr` > 8", [1, 2]),
        ("ok", [1, 4]),
        ("not ok", [2, 3, 5]),
        ("ok == false", [2, 5]),
        ("ok is missing", [3]),
        ("ok and snr > 4", [4]),
        ("(snr > 4) == (dsi > 0.3)", [1, 2, 5]),
        ("true", [1, 2, 3, 4, 5]),
        ("FALSE OR snr > 4 AND NOT false", [2, 4]),
        ("  snr\t>\n4  ", [2, 4]),
        ("2 > 1", [1, 2, 3, 4, 5]),
        ('unit.label == "good" and sorter.snr > 4', [4]),
    ],
)
def test_a_filter_lets_the_right_units_pass(text: str, units: list[int], columns: Columns) -> None:
    assert passing(text, columns) == units


def test_a_filter_tells_which_columns_it_looks_at(columns: Columns) -> None:
    assert parse_filter("snr > 4 and rf.snr > 1 or dsi > 2", columns).keys == {
        "sorter.snr",
        "rf.noise.snr",
        "moving_h_bar.dsi",
    }


@pytest.mark.parametrize(
    ("text", "said", "where"),
    [
        ("snr > 4,5", "Write a decimal point, as in 4.5", ","),
        ("snrr > 4", "no column 'snrr'. Did you mean snr", "snrr"),
        ("label == good", "no column 'good'. If it is meant as text, put it in quotes", "good"),
        ("size > 1", "'size' could be rf.size or soma.size", "size"),
        ("snr = 4", "Write ==", "="),
        ("snr > 4 & dsi > 1", "Write and", "&"),
        ("snr ** 2 > 4", "powers are not supported", "**"),
        ("snr > 4 dsi > 1", "An 'and' or 'or' is missing before 'dsi'", "dsi"),
        ("snr > 4)", "has no matching (", ")"),
        ("(snr + 1) and ok", "Compare (snr + 1) with something", "(snr + 1)"),
        ("label and snr > 4", "Compare label with something", "label"),
        ('snr == "x"', 'snr is a number, but "x" is text', '"x"'),
        ('label > "a"', "== and != only", ">"),
        ("ok > true", "== and != only", ">"),
        ("label + 1 > 2", "label is not a number", "label"),
        ("snr contains 'x'", "snr is a number, but 'x' is text", "'x'"),
        ("label contains 4", "text in quotes", "4"),
        ("snr in 4", "parentheses", "4"),
        ("snr in (1, 'a')", "is text", "'a'"),
        ("2nd > 4", "'2nd' is not a number. If it is a column, write it in back quotes: `2nd`", "2nd"),
        ("1.2.3 > snr", "'1.2.3' is not a number", "1.2.3"),
        ("snr > 4; ok", "';' cannot be used in a filter", ";"),
        ("snr > > 4", "Expected a column, a number or text, not '>'", ">"),
        ("abs(snr) > 4", "'abs' cannot be used: filters have no functions", "abs"),
        ("snr.__class__ == 4", "no column 'snr.__class__'", "snr.__class__"),
        ("lambda: snr", "':' cannot be used", ":"),
        ("[x for x in snr]", "'[' cannot be used", "["),
        ("'a' if ok else 'b'", "'and' or 'or' is missing", "if"),
    ],
)
def test_an_error_says_what_and_where(text: str, said: str, where: str, columns: Columns) -> None:
    with pytest.raises(FilterError) as caught:
        parse_filter(text, columns)
    error = caught.value
    assert said in error.message
    assert text[error.start : error.end] == where
    assert not error.is_unfinished


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("lambda snr: snr > 4", ":"),
        ("[snr for snr in dsi]", "["),
        ("{snr: 4}", "{"),
        ("(snr for snr in dsi)", "for"),
        ("(snr := 4) > 3", ":"),
        ("snr > 4 if ok else dsi > 1", "if"),
        ("f'{snr}' == label", "f"),
        ("label == b'good'", "b"),
        ("label == r'good'", "r"),
        ("label == 'go' 'od'", "'od'"),
        ("label == 'go'\"od\"", '"od"'),
        ('label == """good"""', '"good"'),
        ("snr // 2 > 4", "//"),
        ("snr % 2 > 1", "%"),
        ("snr @ dsi > 1", "@"),
        ("ok | ok", "|"),
        ("ok ^ ok", "^"),
        ("~ok", "~"),
        ("snr << 1 > 2", "<"),
        ("snr >> 1 > 2", ">"),
        ("snr(4) > 1", "("),
        ("(snr)(4) > 1", "("),
        ("'a'('b') == label", "("),
        ("'a'.upper() == label", ".upper"),
        ("snr[0] > 1", "["),
        ("snr.real > 1", "snr.real"),
        ("snr > 1_000", "1_000"),
        ("snr > 0x10", "0x10"),
        ("snr > 1j", "1j"),
        ("ok # good ones", "#"),
        ("ok; ok", ";"),
        ("... == snr", "..."),
        ("*snr", "*"),
        ("ok, ok", ","),
        ("(snr, dsi) == (1, 2)", ","),
        ("snr in [1, 4]", "["),
        ("snr in ()", ")"),
        ("snr in (1, 4,)", ")"),
        ("snr in (*dsi, 4)", "*"),
        ("snr in ((1, 4))", ","),
        ("snr in (1) + 3", "(1) + 3"),
        ("snr in (1) in (1)", "in"),
        ("1 < snr in (5)", "in"),
        ("ok == not ok", "not"),
        ("ok is true", "true"),
        ("label is None", "None"),
        ("snr is (missing)", "(missing)"),
        ("snr is not in (1, 4)", "in"),
        ("snr is missing == ok", "=="),
        ("missing == snr", "missing"),
        ("label contains ('a')", "('a')"),
        ("label contains 'a' + 'b'", "'a' + 'b'"),
        ("label contains label", "label"),
        ("label not contains 'a'", "not"),
        ("label is 'a'", "'a'"),
        ("await ok", "await"),
        ("__debug__", "__debug__"),
    ],
)
def test_what_only_python_understands_is_refused_in_its_place(
    text: str, where: str, columns: Columns
) -> None:
    with pytest.raises(FilterError) as caught:
        parse_filter(text, columns)
    assert text[caught.value.start : caught.value.end] == where
    assert not caught.value.is_unfinished


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ('label in ("good")', [1, 4]),
        ("label in ('good')and`2nd pass`>0", [4]),
        ("label=='good'and not(snr>4)", [1]),
        ("snr in ((1), 4 + 4)", [1, 4]),
        ("(snr)in(1,8)", [1, 4]),
        ("ok in (snr > 4, snr is missing)", [2, 4, 5]),
        ("label NOT  In ('good') AND id Contains '_'", [2, 3, 5]),
        ("snr IS\nNOT\tMissing and label StartsWith 'G'", [1, 4]),
        ("snr > 007 or snr == \u0661", [1, 4]),
        ("label == 'and \"(é\\' or snr > 7", [4]),
        ("\u00a0 ok", [1, 4]),
        ("1 < snr < 6 > dsi", [2, 5]),
        ("1 - -snr * -1 / -1 < 4", [1]),
    ],
)
def test_words_are_understood_however_they_are_typed(text: str, units: list[int], columns: Columns) -> None:
    assert passing(text, columns) == units


@pytest.mark.parametrize(
    "before", ["", "  ", "\t\n", "label == '\u00e9\U0001f52c(\"' and ", "`2nd pass`\u00a0> 1 or(ok)and "]
)
@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ("label > 'é'", ">"),
        ("(  (snr + 1) )", "(  (snr + 1) )"),
        ("label contains 4", "4"),
        ("snr not   in ok", "ok"),
        ("dsi == ( 'x' )", "( 'x' )"),
        ("snr + `label` > 3", "`label`"),
        ("ok < snr", "snr"),
    ],
)
def test_places_are_those_of_the_typed_text(before: str, wrong: str, where: str, columns: Columns) -> None:
    with pytest.raises(FilterError) as caught:
        parse_filter(f"{before}{wrong} and ok", columns)
    place = len(before) + wrong.index(where)
    assert (caught.value.start, caught.value.end) == (place, place + len(where))


@pytest.mark.parametrize(
    "text",
    ["", "s", "sn", "snr", "rf.", "rf.s", "snr >", "snr > 4 and", "(snr > 4", "not", 'label == "go', "label in (",
     'label in ("a"', "snr is", "snr is not", "`2nd", "snr +", "label contains", "label == 'good' or dsi"],
)  # fmt: skip
def test_what_is_still_being_typed_is_unfinished(text: str, columns: Columns) -> None:
    with pytest.raises(FilterError) as caught:
        parse_filter(text, columns)
    assert caught.value.is_unfinished


@pytest.mark.parametrize(
    "text",
    [
        "(" * 1000 + "snr > 4" + ")" * 900,
        "not " * 500 + "ok",
        "-" * 1999 + "1",
        "snr > 4 and " * 100_000 + "ok",
        "9" * 10_000_000,
        "((" * 5_000_000,
        "__import__('os').system('true')",
        "().__class__.__bases__[0]",
        "2 ** 2 ** 2 ** 2 ** 2 ** 2 > 1",
        "exec('1')",
        "f'{1}'",
        "\x00",
        "\ud800 > 1",
        "snr > 4 \\\n and ok",
        '"""',
    ],
    ids=range(15),
)
def test_attacks_are_errors_within_moments(text: str, columns: Columns) -> None:
    started = time.perf_counter()
    with pytest.raises(FilterError):
        parse_filter(text, columns)
    assert time.perf_counter() - started < 60  # not minutes, or for ever


def test_what_is_long_but_allowed_is_understood(columns: Columns) -> None:
    terms = " or ".join(["snr > 4"] * 180)
    assert len(terms) < LONGEST
    assert passing(terms, columns) == [2, 4]
    assert passing("0" + "+1" * 900 + " == 900", columns) == [1, 2, 3, 4, 5]
    nested = "(" * DEEPEST + "snr > 4" + ")" * DEEPEST
    assert passing(nested, columns) == [2, 4]
    with pytest.raises(FilterError, match="nested"):
        parse_filter(f"({nested})", columns)


PIECES = [
    "snr",
    "dsi",
    "label",
    "ok",
    "and",
    "or",
    "not",
    "in",
    "is",
    "missing",
    "(",
    ")",
    "<",
    "==",
    "-",
    "+",
    "*",
]
PIECES += [
    "/",
    ",",
    ".",
    "'",
    '"',
    "`",
    "4",
    "0.5",
    "4,5",
    "2nd",
    " ",
    "=",
    "&",
    "é",
    "\u0661",
    "²",
    "\n",
    "contains",
]


@given(text=st.lists(st.sampled_from(PIECES), max_size=12).map(" ".join) | st.text(max_size=12))
@settings(max_examples=150, deadline=None)
def test_any_text_is_a_filter_or_an_error_with_a_place_in_it(text: str) -> None:
    place = place_of_error(text)
    assert place is None or 0 <= place[0] <= place[1] <= len(text)


def place_of_error(text: str) -> tuple[int, int] | None:
    try:
        parse_filter(text, FIVE).mask()
    except FilterError as error:
        return error.start, error.end
    return None


FIVE = five_units()

# Random conditions against an evaluation of one unit after the other, in Python's own numbers.

NUMBERS = {"snr": SNR, "dsi": DSI, "`2nd pass`": [0.0, 1.0, 2.0, 3.0, 4.0]}
COMPARE = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "==": operator.eq, "!=": operator.ne,
}  # fmt: skip
ALONE: dict[str, Callable[[Any], Any]] = {"minus": operator.neg, "not": operator.not_, "missing": math.isnan}
CALCULATE = {"+": operator.add, "-": operator.sub, "*": operator.mul}

Tree = tuple[Any, ...]
numbers = st.recursive(
    st.one_of(
        st.sampled_from(sorted(NUMBERS)).map(lambda name: ("column", name)),
        st.integers(0, 9).map(lambda number: ("number", number)),
    ),
    lambda inner: st.one_of(
        st.tuples(st.sampled_from(sorted(CALCULATE)), inner, inner), st.tuples(st.just("minus"), inner)
    ),
    max_leaves=4,
)
conditions = st.recursive(
    st.one_of(
        st.tuples(st.sampled_from(sorted(COMPARE)), numbers, numbers),
        st.tuples(st.just("missing"), numbers),
        st.tuples(st.just("label"), st.sampled_from(["good", "mua", ""])),
    ),
    lambda inner: st.one_of(
        st.tuples(st.sampled_from(["and", "or"]), inner, inner), st.tuples(st.just("not"), inner)
    ),
    max_leaves=6,
)


def written(tree: Tree) -> str:  # noqa: PLR0911 - one for each kind of node
    match tree:
        case ("column", name):
            return str(name)
        case ("number", number):
            return str(number)
        case ("minus", inner):
            return f"(-{written(inner)})"
        case ("not", inner):
            return f"(not {written(inner)})"
        case ("missing", inner):
            return f"({written(inner)} is missing)"
        case ("label", text):
            return f'(label == "{text}")'
        case (sign, left, right):
            return f"({written(left)} {sign} {written(right)})"
    raise AssertionError(tree)


def value_of(tree: Tree, unit: int) -> Any:
    match tree:
        case ("column" | "number", what):
            return NUMBERS[what][unit] if tree[0] == "column" else float(what)
        case ("label", text):
            return LABEL[unit].lower() == text
        case (sign, inner):
            return ALONE[sign](value_of(inner, unit))
    sign, left, right = tree
    return joined(sign, value_of(left, unit), value_of(right, unit))


def joined(sign: str, left: Any, right: Any) -> Any:
    if sign in {"and", "or"}:
        return (left and right) if sign == "and" else (left or right)
    if sign in CALCULATE:
        return CALCULATE[sign](left, right)
    return not (math.isnan(left) or math.isnan(right)) and COMPARE[sign](left, right)


@given(tree=conditions)
@settings(max_examples=100, deadline=None)
def test_vectors_agree_with_one_unit_after_the_other(tree: Tree) -> None:
    mask = parse_filter(written(tree), FIVE).mask()
    assert mask.tolist() == [value_of(tree, unit) for unit in range(5)]


@pytest.mark.parametrize("name", ["rf.snr", "2nd pass", "and", "snr"])
def test_a_name_can_be_typed(name: str, columns: Columns) -> None:
    assert parse_filter(f"{as_typed(name)} > -1", columns).keys == {columns[name].key}


@pytest.mark.parametrize(
    ("text", "spelled"),
    [
        ("snr > 5,000", "Write 5.000 or 5000, or 5, 000"),
        ("snr in (5,000)", "Write 5.000 or 5000, or 5, 000"),
        ("snr < 1,250,000 and dsi > 0", "Write 1250000, or 1, 250, 000"),
    ],
)
def test_a_comma_between_thousands_is_refused_as_unclear(text: str, spelled: str, columns: Columns) -> None:
    with pytest.raises(FilterError) as caught:
        parse_filter(text, columns)
    assert caught.value.message.startswith(spelled)
    assert text[caught.value.start : caught.value.end] in {"5,000", "1,250,000"}


@pytest.mark.parametrize("text", ["snr in (5, 100)", 'label == "5,000"', "snr in (5,10)", "snr in (0,125)"])
def test_commas_that_are_clear_are_accepted(text: str, columns: Columns) -> None:
    parse_filter(text, columns)
