from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PySide6.QtCore import QLocale, QModelIndex, QPersistentModelIndex, Qt

from hdmea_gui.models.filter_words import FilterError
from hdmea_gui.models.row_order import Sorting, runs, sortable
from hdmea_gui.models.session_model import SessionModel
from hdmea_gui.models.unit_columns import UnitColumns
from hdmea_gui.models.unit_table import UnitTableModel
from hdmea_gui.session import PipelineSession, Update

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytestqt.modeltest import ModelTester
    from pytestqt.qtbot import QtBot

DISPLAY = Qt.ItemDataRole.DisplayRole
ACROSS = Qt.Orientation.Horizontal
SNR = [3.25, 9.5, np.nan, 6.0, 6.0, 1.5, 7.75, 2.0, 11.0, 4.5, 8.0, 5.0]


@pytest.fixture(autouse=True)
def own_locale() -> Iterator[None]:
    before = QLocale()
    QLocale.setDefault(QLocale.c())
    yield
    QLocale.setDefault(before)


def session_of(n_units: int) -> PipelineSession:
    session = PipelineSession("demo")
    session.metadata = {"cmcr_meta": {"recording_duration_s": 10.0}}
    session.units = {
        f"unit_{number:03d}": {
            "row": number,
            "spike_times": np.arange(10 * (number % 50), dtype=np.uint64),
            "label": "good" if number % 3 else "noise",
            "note": "",
            "unit_meta": {"snr": np.array([SNR[number % 12 - 1]])},
            "features": {"bar": {"data": {"dsi": number / 7}, "metadata": {}}},
        }
        for number in range(1, n_units + 1)
    }
    return session


@pytest.fixture
def model(qtbot: QtBot) -> SessionModel:  # noqa: ARG001 - there must be an application
    made = SessionModel()
    made.show(session_of(12))
    return made


@pytest.fixture
def table(model: SessionModel) -> UnitTableModel:
    return UnitTableModel(model, UnitColumns(model))


def numbers(table: UnitTableModel) -> list[int]:
    """Numbers of the units shown, in the order of the table."""
    return [int(unit_id[5:]) for unit_id in table.unit_ids]


def cells(table: UnitTableModel, row: int) -> list[str]:
    return [table.data(table.index(row, column)) for column in range(table.columnCount())]


def section(table: UnitTableModel, key: str) -> int:
    return [column.key for column in table.shown].index(key)


class Heard:
    """What the model has told its views."""

    def __init__(self, table: UnitTableModel) -> None:
        self.cells: list[tuple[int, int, int, int]] = []
        self.told: list[str] = []
        self._table = table
        table.dataChanged.connect(self._on_data)
        table.layoutChanged.connect(self._on_layout)
        table.modelReset.connect(self._on_reset)

    def _on_data(self, first: QModelIndex, last: QModelIndex) -> None:
        self.cells.append((first.row(), last.row(), first.column(), last.column()))

    def _on_layout(self) -> None:
        self.told.append("layout")

    def _on_reset(self) -> None:
        self.told.append("reset")


# What stands where


def test_usual_columns_and_their_numbers(table: UnitTableModel) -> None:
    titles = [table.headerData(place, ACROSS) for place in range(table.columnCount())]
    assert titles == ["id", "label", "spikes", "rate (Hz)", "row", "snr", "dsi", "note"]
    assert cells(table, 0) == ["unit_001", "good", "10", "1", "1", "3.25", "0.143", ""]
    assert cells(table, 2)[5] == "–"
    right = table.data(table.index(0, 2), Qt.ItemDataRole.TextAlignmentRole)
    left = table.data(table.index(0, 0), Qt.ItemDataRole.TextAlignmentRole)
    assert right & Qt.AlignmentFlag.AlignRight
    assert left & Qt.AlignmentFlag.AlignLeft


def test_numbers_have_a_point_whatever_the_language(model: SessionModel) -> None:
    QLocale.setDefault(QLocale(QLocale.Language.German, QLocale.Country.Germany))
    table = UnitTableModel(model, UnitColumns(model))
    assert cells(table, 0)[5] == "3.25"
    assert table.data(table.index(0, 6), Qt.ItemDataRole.ToolTipRole).startswith(
        "dsi: 0.1428571429\nTo be recomputed"
    )


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        ([1.0, 20.0, 3000.0], ["1", "20", "3000"]),
        ([0.123456, 0.2, 0.99], ["0.123", "0.200", "0.990"]),
        ([123.456, 99.0, 101.5], ["123.5", "99.0", "101.5"]),
        ([1e-9, 2e-9, 0.0], ["1e-9", "2e-9", "0.0000"]),
        ([1.5e12, 1e3, 2.5], ["1.5e+12", "1000.0", "2.5"]),
        ([np.inf, -np.inf, 1.0], ["∞", "-∞", "1"]),
        ([0.0, 0.0, np.nan], ["0", "0", "–"]),
        ([-4.25, 4.0, 8.0], ["-4.25", "4.00", "8.00"]),
    ],
)
def test_decimals_fit_the_column(values: list[float], texts: list[str], model: SessionModel) -> None:
    session = PipelineSession("demo")
    session.units = {f"unit_{place}": {"x": value} for place, value in enumerate(values)}
    model.show(session)
    table = UnitTableModel(model, UnitColumns(model))
    table.show_columns(["x"])
    assert [cells(table, row)[0].replace("e-09", "e-9") for row in range(3)] == texts


def test_a_long_title_has_two_lines(model: SessionModel) -> None:
    session = session_of(1)
    for name in ("step_up_5s_5i_b0_3x", "step_up_5s_5i_3x"):
        session.add_feature("unit_001", name, {"on_peak_value": 3.5})
    model.show(session)
    table = UnitTableModel(model, UnitColumns(model))
    table.show_columns(["step_up_5s_5i_b0_3x.on_peak_value"])
    assert table.headerData(0, ACROSS) == "step_up_5s_5i_b0_3x.\non_peak_value (Hz)"
    tip = table.headerData(0, ACROSS, Qt.ItemDataRole.ToolTipRole)
    assert tip.splitlines()[:-1] == [
        "step_up_5s_5i_b0_3x.on_peak_value (Hz)",
        "smoothed peak rate in the first second after light onset minus the baseline",
        "Range: any number; negative if there are fewer spikes than in the dark",
        "Missing (NaN) without a spike in that time, or if the whole feature is missing (see absent_reason)",
        "Computed from: the step Features, light steps",
        "Group: step_up_5s_5i_b0_3x",
    ]
    assert tip.splitlines()[-1].startswith("To be recomputed")


def test_the_model_keeps_qts_rules(table: UnitTableModel, qtmodeltester: ModelTester) -> None:
    qtmodeltester.check(table)  # type: ignore[no-untyped-call]
    table.set_filter("snr > 4")
    table.sort_by(Sorting("sorter.snr", descending=True))
    table.edit(["unit_002"], "label", "noise")
    table.set_filter('label == "noise"')
    table.show_columns(["id", "dsi"])
    table.set_filter("")


# Order


def test_sorting_is_stable_with_missing_values_last(table: UnitTableModel) -> None:
    up = [6, 8, 1, 10, 12, 4, 5, 7, 11, 2, 9, 3]
    table.sort(section(table, "sorter.snr"))
    assert numbers(table) == up
    table.sort(section(table, "sorter.snr"), Qt.SortOrder.DescendingOrder)
    assert numbers(table) == [9, 2, 11, 7, 4, 5, 12, 10, 1, 8, 6, 3]
    assert table.headerData(section(table, "sorter.snr"), ACROSS) == "snr ▼"
    table.sort(-1)
    assert numbers(table) == list(range(1, 13))


def test_texts_sort_as_people_do() -> None:
    texts = np.array(["unit_10", "Unit_9", "", "b", "B2", "a", "unit_010"], object)
    order = np.argsort(sortable(texts, "text"), kind="stable")
    assert texts[order].tolist() == ["a", "b", "B2", "Unit_9", "unit_010", "unit_10", ""]


def test_filter_and_order_go_together(table: UnitTableModel) -> None:
    table.sort_by(Sorting("sorter.snr"))
    table.set_filter("snr > 4 and label == 'good'")
    assert numbers(table) == [10, 4, 5, 7, 11, 2]
    table.set_filter("")
    assert len(numbers(table)) == 12


def test_a_wrong_filter_leaves_the_table(table: UnitTableModel) -> None:
    table.set_filter("snr > 8")
    heard = Heard(table)
    with pytest.raises(FilterError, match="snrr"):
        table.set_filter("snrr > 4")
    assert (table.filter_text, numbers(table), heard.told) == ("snr > 8", [2, 9], [])


def test_places_follow_their_units(table: UnitTableModel) -> None:
    held = {number: QPersistentModelIndex(table.index(number - 1, 0)) for number in (3, 9, 12)}
    table.sort_by(Sorting("sorter.snr", descending=True))
    assert {number: table.data(index) for number, index in held.items()} == {
        number: f"unit_{number:03d}" for number in held
    }
    table.set_filter("snr > 4")
    assert held[9].row() == 0
    assert not held[3].isValid()
    assert table.row_of("unit_009") == 0
    assert table.row_of("unit_003") is None
    assert table.row_of("nobody") is None


@pytest.mark.parametrize(
    ("text", "after", "found"),
    [("7", -1, 7), ("007", -1, 7), ("unit_007", -1, 7), ("1", -1, 1), ("01", 0, 1), ("_01", -1, 10), ("_01", 9, 11),
     ("_01", 11, 10), ("UNIT_012", -1, 12), ("99", -1, None), ("  ", -1, None)],
)  # fmt: skip
def test_units_are_found_by_number_or_part_of_the_id(
    text: str, after: int, found: int | None, table: UnitTableModel
) -> None:
    assert table.find(text, after) == (None if found is None else f"unit_{found:03d}")


def test_what_does_not_pass_the_filter_is_found_last(table: UnitTableModel) -> None:
    table.set_filter("row > 10")
    assert table.find("_01") == "unit_011"
    assert table.find("10") == "unit_010"


# Changes


def test_an_edit_touches_one_cell(table: UnitTableModel, model: SessionModel) -> None:
    heard = Heard(table)
    index = table.index(3, section(table, "label"))
    assert table.setData(index, " MUA ")
    assert table.data(index) == "MUA"
    assert (heard.cells, heard.told) == ([(3, 3, 1, 1)], [])
    model.undo()
    assert table.data(index) == "good"
    assert heard.cells == [(3, 3, 1, 1)] * 2


def test_an_edit_that_changes_nothing_is_none(table: UnitTableModel, model: SessionModel) -> None:
    assert table.setData(table.index(3, section(table, "label")), "good")
    table.edit(["unit_001", "unit_003"], "label", "good")
    assert model.history.undo_names == ["Label of unit_003: good"]


def test_the_name_of_an_edit_says_what_was_written(table: UnitTableModel, model: SessionModel) -> None:
    table.edit(["unit_001", "unit_002"], "label", "axon")
    table.edit(["unit_001"], "label", "")
    table.edit(["unit_001"], "note", "one\ntwo " + "x" * 40)
    assert model.history.undo_names[:3] == [
        f"Note of unit_001: one two {'x' * 21}…",
        "Label of unit_001: none",
        "Label of 2 units: axon",
    ]


def test_only_labels_and_notes_can_be_edited(table: UnitTableModel) -> None:
    editable = [
        column.key
        for place, column in enumerate(table.shown)
        if table.flags(table.index(0, place)) & Qt.ItemFlag.ItemIsEditable
    ]
    assert editable == ["label", "note"]
    assert not table.setData(table.index(0, 0), "other")
    assert not table.setData(table.index(0, 1), 5)


def test_an_edit_that_moves_rows_moves_them(table: UnitTableModel) -> None:
    table.set_filter('label != "noise"')
    table.sort_by(Sorting("label"))
    heard = Heard(table)
    table.edit(["unit_002", "unit_004"], "label", "noise")
    assert 2 not in numbers(table)
    table.edit(["unit_011"], "label", "a")
    assert numbers(table)[0] == 11
    assert heard.told == ["layout"] * 2
    table.edit(["unit_005"], "note", "moves nothing")
    assert heard.told == ["layout"] * 2


def test_scattered_edits_are_told_in_runs(table: UnitTableModel) -> None:
    heard = Heard(table)
    table.edit(["unit_001", "unit_002", "unit_007"], "label", "x")
    assert heard.cells == [(0, 1, 1, 1), (6, 6, 1, 1)]
    assert runs([]) == []
    assert runs([4]) == [(4, 4)]


def test_a_step_brings_columns_and_undo_takes_them(table: UnitTableModel, model: SessionModel) -> None:
    keys = tuple(column.key for column in table.shown)
    table.show_columns([*keys, "bars.osi"])
    put: dict[tuple[Any, ...], Any] = {
        ("units", unit_id, "features", "bars"): {"data": {"osi": 0.5}, "metadata": {}}
        for unit_id in table.unit_ids
    }
    model.apply(Update.of("Features", put))
    assert table.shown[-1].name == "osi"
    table.set_filter("osi > 0.7")
    assert numbers(table) == []
    model.undo()
    assert tuple(column.key for column in table.shown) == keys
    assert table.filter_error is not None
    assert "osi" in table.filter_error.message
    assert len(numbers(table)) == 12
    model.redo()
    assert numbers(table) == []


def test_new_values_of_old_columns_are_shown(table: UnitTableModel, model: SessionModel) -> None:
    heard = Heard(table)
    model.apply(Update.of("Features", {("units", "unit_001", "features", "bar", "data", "dsi"): 0.875}))
    assert cells(table, 0)[6] == "0.875"
    assert heard.told == []
    assert heard.cells == [(0, 11, 0, 7)]


def test_units_that_come_are_rows(table: UnitTableModel, model: SessionModel) -> None:
    model.apply(Update.of("More", {("units", "unit_013"): {"row": 77}}))
    assert cells(table, 12)[4] == "77"
    model.undo()
    assert table.rowCount() == 12


def test_another_session_or_none(table: UnitTableModel, model: SessionModel) -> None:
    model.show(session_of(3))
    assert numbers(table) == [1, 2, 3]
    model.show(None)
    assert (table.rowCount(), table.n_units, table.has_session) == (0, 0, False)


@pytest.mark.parametrize("place", [("cmcr_meta", "recording_duration_s"), ("duration_s",)])
def test_recording_of_other_length_changes_rates(
    table: UnitTableModel, model: SessionModel, place: tuple[str, ...]
) -> None:
    model.apply(Update.of("Longer", {("metadata", *place): 20.0}))
    assert cells(table, 1)[3] == "1.00"


def test_chosen_columns_keep_their_order_and_wait_for_what_is_missing(table: UnitTableModel) -> None:
    table.show_columns(["dsi", "later.feature", "id", "dsi"])
    assert [column.name for column in table.shown] == ["dsi", "id"]
    assert table.wanted == ("dsi", "later.feature", "id")
    table.show_columns(["later.feature"])
    assert [column.name for column in table.shown] == ["id"]
    table.show_columns(None)
    assert len(table.shown) == 8


def test_labels_offered_are_the_usual_and_those_in_use(table: UnitTableModel) -> None:
    table.edit(["unit_001"], "label", "ON alpha")
    assert table.labels() == ["good", "MUA", "noise", "ON alpha"]


def test_an_excerpt_is_what_is_shown(table: UnitTableModel) -> None:
    table.set_filter("snr > 8")
    table.sort_by(Sorting("sorter.snr", descending=True))
    table.show_columns(["dsi", "label"])
    assert table.excerpt().tab_separated() == (
        f"id\tdsi\tlabel\nunit_009\t{9 / 7!r}\tnoise\nunit_002\t{2 / 7!r}\tgood\n"
    )
    assert table.excerpt(["unit_002", "unit_005"]).tab_separated().splitlines()[1:] == [
        f"unit_002\t{2 / 7!r}\tgood"
    ]


def test_a_rare_column_turns_up_while_the_user_works(model: SessionModel, qtbot: QtBot) -> None:
    session = session_of(2000)
    session.add_feature("unit_1777", "rare", {"oddity": 2.5})
    model.show(session)
    table = UnitTableModel(model, UnitColumns(model))
    table.show_columns(["id", "rare.oddity"])
    qtbot.waitUntil(lambda: table.columnCount() == 2)
    model.show(session)
    table.set_filter("oddity > 2")
    assert numbers(table) == [1777]
    qtbot.waitUntil(lambda: table.columns.is_complete)


def seconds_of_jobs(model: SessionModel, n_units: int) -> dict[str, float]:
    """Processor time of what the user does with a table, once everything has been read."""
    model.show(session_of(n_units))
    table = UnitTableModel(model, UnitColumns(model))
    table.set_filter('snr > 4 and dsi > 0.3 and label == "good"')
    table.set_filter("")
    jobs: dict[str, Callable[[], None]] = {
        "filter": lambda: table.set_filter('snr > 4 and dsi > 0.3 and label == "good"'),
        "sort": lambda: table.sort_by(Sorting("bar.dsi", descending=True)),
        "sort by label": lambda: table.sort_by(Sorting("label")),
        "edit": lambda: table.edit(table.unit_ids[:20], "label", "MUA"),
        "undo": model.undo,
        "clear": lambda: table.set_filter(""),
    }
    times: dict[str, float] = {}
    for name, job in jobs.items():
        started = time.process_time()
        job()
        times[name] = time.process_time() - started
    return times


def test_with_ten_times_the_units_nothing_takes_much_more_than_ten_times_as_long(model: SessionModel) -> None:
    few, many = (seconds_of_jobs(model, n_units) for n_units in (1000, 10_000))
    for name, seconds in many.items():
        # a job of a few units may take no time at all with few
        assert seconds < 50 * max(few[name], 1e-3), (
            f"{name}: {few[name]} s with 1000 units, {seconds} s with 10000"
        )
