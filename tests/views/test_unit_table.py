from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QItemSelectionModel, QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QMenu,
    QPushButton,
)

from hdmea_gui.exports import UnitExcerpt, read_unit_table
from hdmea_gui.exports.unit_table import UNIT_TABLE
from hdmea_gui.models.arrays import Arrays
from hdmea_gui.models.row_order import Sorting
from hdmea_gui.models.selection import Selection
from hdmea_gui.models.session_model import SessionModel
from hdmea_gui.models.unit_columns import UnitColumns
from hdmea_gui.session import PipelineSession, Update
from hdmea_gui.session.columns import unit_columns
from hdmea_gui.views.column_chooser import ColumnChooser
from hdmea_gui.views.theme import Theme
from hdmea_gui.views.unit_table import UnitTable
from hdmea_gui.views.view import ViewContext
from tests.views.seen import button, context_menu, part

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

Key, Mouse, Modifier = Qt.Key, Qt.MouseButton, Qt.KeyboardModifier
SNR = [3.25, 9.5, np.nan, 6.0, 6.0, 1.5, 7.75, 2.0, 11.0, 4.5]


def session_of(n_units: int) -> PipelineSession:
    session = PipelineSession("demo")
    session.metadata = {"cmcr_meta": {"recording_duration_s": 10.0}}
    session.units = {
        f"unit_{number:03d}": {
            "row": number,
            "spike_times": np.arange(number % 50, dtype=np.uint64),
            "label": "",
            "note": "",
            "unit_meta": {"snr": np.array([SNR[(number - 1) % 10]])},
        }
        for number in range(1, n_units + 1)
    }
    return session


@pytest.fixture
def context(qtbot: QtBot) -> ViewContext:  # noqa: ARG001 - there must be an application
    model = SessionModel()
    return ViewContext(model, Selection(), Arrays(), Theme(), UnitColumns(model))


@pytest.fixture
def widget(context: ViewContext, qtbot: QtBot) -> UnitTable:
    context.model.show(session_of(10))
    made = UnitTable(context)
    qtbot.addWidget(made)
    made.resize(500, 700)
    made.show()
    made.activateWindow()
    qtbot.waitExposed(made)
    made.view.setFocus()
    return made


class Heard:
    """What the shared selection has told."""

    def __init__(self, selection: Selection) -> None:
        self.currents: list[str] = []
        self.units: list[tuple[str, ...]] = []
        self._selection = selection
        selection.current_changed.connect(self.currents.append)
        selection.units_changed.connect(self._on_units)

    def _on_units(self) -> None:
        self.units.append(self._selection.units)


def ids(*numbers: int) -> tuple[str, ...]:
    return tuple(f"unit_{number:03d}" for number in numbers)


def click(widget: UnitTable, row: int, modifier: Qt.KeyboardModifier = Modifier.NoModifier) -> None:
    centre = widget.view.visualRect(widget.table.index(row, 0)).center()
    QTest.mouseClick(widget.view.viewport(), Mouse.LeftButton, modifier, centre)


def filter_line(widget: UnitTable) -> QLineEdit:
    return next(line for line in widget.findChildren(QLineEdit) if line.accessibleName() == "Filter units")


def find_line(widget: UnitTable) -> QLineEdit:
    return next(line for line in widget.findChildren(QLineEdit) if line.accessibleName() == "Find unit")


def words(widget: UnitTable) -> str:
    """Every text that stands in the widget."""
    shown: list[QLabel | QPushButton] = [*widget.findChildren(QLabel), *widget.findChildren(QPushButton)]
    return " | ".join(child.text() for child in shown if child.isVisible())


def filter_by(widget: UnitTable, text: str) -> None:
    filter_line(widget).setText(text)
    filter_line(widget).returnPressed.emit()


# Selection


def test_the_first_unit_is_looked_at_at_first(widget: UnitTable, context: ViewContext) -> None:
    assert (context.selection.current, context.selection.units) == ("unit_001", ids(1))
    assert context.selection.visible == ids(*range(1, 11))
    assert widget.view.selected_ids() == ids(1)


def test_a_click_selects_everywhere_and_tells_once(widget: UnitTable, context: ViewContext) -> None:
    heard = Heard(context.selection)
    click(widget, 4)
    assert (heard.currents, heard.units) == (["unit_005"], [ids(5)])


def test_several_rows_are_selected_in_the_order_of_the_table(widget: UnitTable, context: ViewContext) -> None:
    click(widget, 6)
    click(widget, 2, Modifier.ControlModifier)
    assert (context.selection.current, context.selection.units) == ("unit_003", ids(3, 7))
    click(widget, 2)
    click(widget, 4, Modifier.ShiftModifier)
    assert context.selection.units == ids(3, 4, 5)


def test_keys_go_to_the_next_unit(widget: UnitTable, context: ViewContext) -> None:
    QTest.keyClick(widget.view, Key.Key_Down)
    QTest.keyClick(widget.view, Key.Key_Down)
    assert context.selection.current == "unit_003"
    QTest.keyClick(widget.view, Key.Key_A, Modifier.ControlModifier)
    assert len(context.selection.units) == 10


def test_what_is_selected_elsewhere_is_selected_here(widget: UnitTable, context: ViewContext) -> None:
    heard = Heard(context.selection)
    context.selection.select(ids(2, 3, 8), "unit_008")
    assert widget.view.selected_ids() == ids(2, 3, 8)
    assert widget.view.currentIndex().row() == 7
    assert (heard.currents, heard.units) == (["unit_008"], [ids(2, 3, 8)])
    context.selection.step(-1)
    assert widget.view.selected_ids() == ids(7)


def test_a_unit_selected_elsewhere_comes_into_sight(widget: UnitTable, context: ViewContext) -> None:
    context.model.show(session_of(300))
    context.selection.select(ids(250), "unit_250")
    seen = widget.view.visualRect(widget.table.index(249, 0))
    assert widget.view.viewport().rect().contains(seen.center())


def test_sorting_keeps_the_selection(widget: UnitTable, context: ViewContext) -> None:
    context.selection.select(ids(2, 5, 9), "unit_005")
    widget.table.sort_by(Sorting("sorter.snr", descending=True))
    assert widget.view.selected_ids() == ids(9, 2, 5)
    assert (context.selection.current, context.selection.units) == ("unit_005", ids(9, 2, 5))
    assert context.selection.visible[:3] == ids(9, 2, 7)
    assert widget.table.unit_id(widget.view.currentIndex().row()) == "unit_005"


def test_edits_keep_the_selection(widget: UnitTable, context: ViewContext) -> None:
    widget.table.sort_by(Sorting("label"))
    context.selection.select(ids(3, 4), "unit_004")
    heard = Heard(context.selection)
    widget.label_selected("good")
    assert widget.table.unit_ids[:2] == ids(3, 4)
    assert widget.view.selected_ids() == ids(3, 4)
    assert (heard.currents, heard.units) == ([], [])


def test_filtering_keeps_what_still_passes(widget: UnitTable, context: ViewContext) -> None:
    context.selection.select(ids(2, 6, 9), "unit_006")
    filter_by(widget, "snr > 4")
    assert context.selection.units == ids(2, 9)
    assert context.selection.current == "unit_002"
    filter_by(widget, "snr > 100")
    assert (context.selection.units, context.selection.current, context.selection.visible) == ((), "", ())
    filter_by(widget, "")
    assert (context.selection.units, context.selection.current) == (ids(2, 6, 9), "unit_006")


def test_a_unit_that_leaves_gives_its_place_to_the_next(widget: UnitTable, context: ViewContext) -> None:
    filter_by(widget, 'label != "noise"')
    widget.view.setFocus()
    click(widget, 3)
    QTest.keyClick(widget.view, Key.Key_N)
    assert context.selection.current == "unit_005"
    assert widget.view.selected_ids() == ids(5)
    QTest.keyClick(widget.view, Key.Key_N)
    assert context.selection.current == "unit_006"


def test_another_session_is_shown_with_its_first_unit(widget: UnitTable, context: ViewContext) -> None:
    context.selection.select(ids(9))
    context.model.show(session_of(4))
    assert context.selection.visible == ids(1, 2, 3, 4)
    assert len(context.selection.units) == 1
    context.model.show(None)
    assert not any([context.selection.units, context.selection.visible, widget.view.selected_ids()])


def test_all_of_many_units_survive_sorting(widget: UnitTable, context: ViewContext) -> None:
    context.model.show(session_of(3000))
    widget.view.selectAll()
    widget.table.sort_by(Sorting("spikes", descending=True))
    assert len(widget.view.selected_ids()) == len(context.selection.units) == 3000
    assert context.selection.units == widget.table.unit_ids


# Filter


def test_a_filter_applies_as_it_is_typed(widget: UnitTable, context: ViewContext, qtbot: QtBot) -> None:
    widget.focus_filter()
    with qtbot.waitSignal(widget.table.filter_changed):
        QTest.keyClicks(filter_line(widget), "snr > 8")
    assert context.selection.visible == ids(2, 9)
    assert "2 of 10" in words(widget)


def test_an_error_is_shown_while_the_last_filter_stays(widget: UnitTable, qtbot: QtBot) -> None:
    filter_by(widget, "snr > 8")
    filter_line(widget).setText("snr > 8 and lable == 3")
    qtbot.waitUntil(lambda: "Did you mean label?" in words(widget))
    assert "⚠" in words(widget)
    assert widget.table.unit_ids == ids(2, 9)
    filter_line(widget).setText("snr > 8 and")
    qtbot.waitUntil(lambda: "Expected a column, a number or text" in words(widget))
    assert "⚠" not in words(widget)
    filter_by(widget, "snr > 9")
    assert "After" not in words(widget)


def test_the_table_does_not_move_when_an_error_comes(widget: UnitTable) -> None:
    before = widget.view.mapTo(widget, QPoint(0, 0))
    filter_by(widget, "snrr > 4")
    assert widget.view.mapTo(widget, QPoint(0, 0)) == before


def test_a_filter_that_nothing_passes_can_be_cleared(widget: UnitTable) -> None:
    filter_by(widget, "snr > 100")
    assert "None of the 10 units passes the filter." in words(widget)
    button = next(b for b in widget.findChildren(QPushButton) if b.text() == "Clear filter")
    QTest.mouseClick(button, Mouse.LeftButton)
    assert filter_line(widget).text() == ""
    assert widget.table.rowCount() == 10


def test_without_a_session_one_can_be_opened(context: ViewContext, qtbot: QtBot) -> None:
    widget = UnitTable(context)
    qtbot.addWidget(widget)
    widget.show()
    button = next(b for b in widget.findChildren(QPushButton) if b.text() == "New recording...")
    with qtbot.waitSignal(widget.open_requested):
        QTest.mouseClick(button, Mouse.LeftButton)
    sample = next(b for b in widget.findChildren(QPushButton) if b.text() == "Try a sample recording")
    with qtbot.waitSignal(widget.sample_requested):
        QTest.mouseClick(sample, Mouse.LeftButton)
    context.model.show(PipelineSession("empty"))
    assert not sample.isVisible()
    assert button.text() == "Load recording"
    with qtbot.waitSignal(widget.step_requested) as asked:
        QTest.mouseClick(button, Mouse.LeftButton)
    assert asked.args == ["load_recording"]


# Labels and notes


@pytest.mark.parametrize(
    ("key", "label"), [(Key.Key_G, "good"), (Key.Key_M, "MUA"), (Key.Key_N, "noise"), (Key.Key_U, "")]
)
def test_keys_label_the_selected_units(
    key: Qt.Key, label: str, widget: UnitTable, context: ViewContext
) -> None:
    widget.table.edit(ids(2, 3), "label", "other")
    context.selection.select(ids(2, 3))
    QTest.keyClick(widget.view, key)
    assert context.model.session is not None
    assert [context.model.session.units[unit]["label"] for unit in ids(1, 2, 3)] == ["", label, label]
    context.model.undo()
    assert context.model.session.units["unit_002"]["label"] == "other"


def test_keys_with_control_are_no_labels(widget: UnitTable, context: ViewContext) -> None:
    QTest.keyClick(widget.view, Key.Key_N, Modifier.ControlModifier)
    QTest.keyClick(widget.view, Key.Key_X)
    assert not context.model.history.can_undo


def test_letters_typed_into_a_cell_are_no_labels(
    widget: UnitTable, context: ViewContext, qtbot: QtBot
) -> None:
    index = widget.table.index(0, widget.table.columnCount() - 1)
    widget.view.setCurrentIndex(index)
    QTest.keyClick(widget.view, Key.Key_Return)
    editor = QApplication.focusWidget()
    assert isinstance(editor, QLineEdit)
    QTest.keyClicks(editor, "gmnu")
    QTest.keyClick(editor, Key.Key_Return)
    assert context.model.session is not None
    content = context.model.session.units["unit_001"]
    qtbot.waitUntil(lambda: content["note"] == "gmnu")
    assert content["label"] == ""
    assert context.model.history.undo_names == ["Note of unit_001: gmnu"]


def test_a_note_being_typed_outlives_a_step(widget: UnitTable, context: ViewContext, qtbot: QtBot) -> None:
    assert context.model.session is not None
    index = widget.table.index(2, widget.table.columnCount() - 1)
    widget.view.setCurrentIndex(index)
    QTest.keyClick(widget.view, Key.Key_Return)
    editor = QApplication.focusWidget()
    assert editor is not None
    QTest.keyClicks(editor, "half a rem")
    bars = {("units", unit, "features", "bars"): {"data": {"dsi": 0.5}, "metadata": {}} for unit in ids(1, 2)}
    context.model.apply(Update.of("Features", bars))
    assert QApplication.focusWidget() is editor
    QTest.keyClicks(editor, "ark: noise, mug")
    QTest.keyClick(editor, Key.Key_Return)
    qtbot.waitUntil(lambda: "dsi" in titles(widget))
    unit = context.model.session.units["unit_003"]
    assert (unit["note"], unit["label"]) == ("half a remark: noise, mug", "")
    assert widget.view.selected_ids() == ids(3)


def test_a_label_is_chosen_or_typed_in_place(widget: UnitTable, context: ViewContext, qtbot: QtBot) -> None:
    assert context.model.session is not None
    index = widget.table.index(1, 1)
    widget.view.setCurrentIndex(index)
    widget.view.edit(index)
    box = widget.view.findChild(QComboBox)
    assert box is not None
    assert [box.itemText(place) for place in range(box.count())] == ["good", "MUA", "noise", "unlabelled"]
    QTest.keyClicks(box, "ON alpha")
    QTest.keyClick(box, Key.Key_Return)
    content = context.model.session.units["unit_002"]
    qtbot.waitUntil(lambda: content["label"] == "ON alpha" and QApplication.focusWidget() is widget.view)
    widget.view.edit(index)
    box = widget.view.findChildren(QComboBox)[-1]
    box.setCurrentIndex(box.findText("unlabelled"))
    box.activated.emit(box.currentIndex())
    assert content["label"] == ""


def test_the_menu_labels_and_copies(widget: UnitTable, context: ViewContext) -> None:
    assert context.model.session is not None
    context.selection.select(ids(4, 5))
    place = widget.view.visualRect(widget.table.index(4, 0)).center()
    menu = context_menu(widget.view.viewport(), place)
    labels = next(m for m in menu.findChildren(QMenu) if m.title() == "Label")
    texts = [action.text().split("\t")[0] for action in labels.actions()]
    assert texts == ["good", "MUA", "noise", "", "unlabelled", "Other..."]
    labels.actions()[1].trigger()
    assert context.model.session.units["unit_005"]["label"] == "MUA"
    next(action for action in menu.actions() if action.text().startswith("Copy")).trigger()
    lines = QGuiApplication.clipboard().text().splitlines()
    assert lines[0] == "id\tlabel\tspikes\trate\trow\tsnr\tnote"
    assert lines[1].startswith("unit_004\tMUA\t4\t0.4\t4\t6")
    assert len(lines) == 3
    menu.close()


def test_control_c_copies(widget: UnitTable) -> None:
    QTest.keyClick(widget.view, Key.Key_C, Modifier.ControlModifier)
    assert QGuiApplication.clipboard().text().splitlines()[1].startswith("unit_001\t")


# Finding


def test_slash_finds_a_unit(widget: UnitTable, context: ViewContext) -> None:
    QTest.keyClicks(widget.view, "/")
    line = find_line(widget)
    assert line.hasFocus()
    QTest.keyClicks(line, "7")
    assert context.selection.units == ids(7)
    QTest.keyClick(line, Key.Key_Escape)
    assert widget.view.hasFocus()


def test_return_finds_the_next(widget: UnitTable, context: ViewContext) -> None:
    widget.find_unit()
    QTest.keyClicks(find_line(widget), "_01")
    assert context.selection.current == "unit_010"
    find_line(widget).setText("_00")
    for expected in ("unit_001", "unit_002", "unit_003"):
        QTest.keyClick(find_line(widget), Key.Key_Return)
        assert context.selection.current == expected


def test_a_unit_that_cannot_be_shown_is_told(widget: UnitTable, context: ViewContext) -> None:
    filter_by(widget, "snr > 8")
    widget.find_unit()
    QTest.keyClicks(find_line(widget), "4")
    assert "unit_004 does not pass the filter." in words(widget)
    assert context.selection.units == ids(2)
    find_line(widget).clear()
    QTest.keyClicks(find_line(widget), "99")
    assert "No unit id contains '99'." in words(widget)


# Columns


def column_chooser(widget: UnitTable) -> ColumnChooser:
    """Open the panel with all columns."""
    QTest.mouseClick(button(widget, "Columns"), Mouse.LeftButton)
    chooser = part(widget, ColumnChooser)
    assert chooser.isVisible()
    return chooser


def columns_in(chooser: ColumnChooser) -> list[QListWidgetItem]:
    items = part(chooser, QListWidget)
    return [items.item(row) for row in range(items.count())]


def titles(widget: UnitTable) -> list[str]:
    return [column.name for column in widget.table.shown]


def test_columns_are_chosen_and_come_back(widget: UnitTable, context: ViewContext, qtbot: QtBot) -> None:
    chooser = column_chooser(widget)
    items = columns_in(chooser)
    assert [item.text() for item in items][:4] == ["id", "label", "spikes", "rate (Hz)"]
    next(item for item in items if item.text() == "row").setCheckState(Qt.CheckState.Unchecked)
    assert titles(widget) == ["id", "label", "spikes", "rate", "snr", "note"]
    chooser.close()
    widget.view.horizontalHeader().resizeSection(2, 99)
    widget.table.sort_by(Sorting("sorter.snr", descending=True))
    state = json.loads(json.dumps(widget.state()))

    other = UnitTable(context)
    qtbot.addWidget(other)
    other.restore(state)
    assert titles(other) == titles(widget)
    assert other.view.columnWidth(2) == 99
    assert other.table.unit_ids == widget.table.unit_ids
    assert other.state() == state


def test_columns_are_searched(widget: UnitTable) -> None:
    chooser = column_chooser(widget)
    QTest.keyClicks(part(chooser, QLineEdit), "sorter sn")
    assert [item.text() for item in columns_in(chooser) if not item.isHidden()] == ["snr"]
    chooser.close()


def test_the_usual_columns_come_back(widget: UnitTable) -> None:
    usual = titles(widget)
    widget.table.show_columns(["id", "row"])
    chooser = column_chooser(widget)
    QTest.mouseClick(button(chooser, "Default columns"), Mouse.LeftButton)
    chooser.close()
    assert titles(widget) == usual
    assert widget.state()["columns"] is None


def test_a_dragged_title_moves_its_column(widget: UnitTable) -> None:
    header = widget.view.horizontalHeader()
    header.moveSection(0, 2)
    assert titles(widget)[:3] == ["label", "spikes", "id"]
    assert [header.visualIndex(place) for place in range(header.count())] == list(range(header.count()))
    assert widget.state()["columns"][:3] == ["label", "spikes", "id"]


def test_a_click_on_a_title_sorts_up_down_and_not(widget: UnitTable) -> None:
    header = widget.view.horizontalHeader()
    section = titles(widget).index("snr")
    middle = QPoint(header.sectionViewportPosition(section) + 10, header.height() // 2)
    firsts = []
    for _ in range(3):
        QTest.mouseClick(header.viewport(), Mouse.LeftButton, Modifier.NoModifier, middle)
        firsts.append(widget.table.unit_id(0))
    assert firsts == ["unit_006", "unit_009", "unit_001"]


def test_the_menu_of_a_column(widget: UnitTable) -> None:
    section = titles(widget).index("snr")
    header = widget.view.horizontalHeader()
    place = QPoint(header.sectionViewportPosition(section) + 10, header.height() // 2)
    menu = context_menu(header.viewport(), place)
    actions = {action.text(): action for action in menu.actions()}
    actions["Sort descending"].trigger()
    assert widget.table.unit_id(0) == "unit_009"
    actions["Filter by this column"].trigger()
    assert filter_line(widget).text() == "snr "
    actions["Hide column"].trigger()
    assert "snr" not in titles(widget)
    menu.close()


@pytest.mark.parametrize(
    "state",
    [{}, {"columns": 3, "widths": [], "sorting": "x"}, {"columns": [], "widths": {"id": "wide", "row": -3}},
     {"columns": [1, 2], "sorting": ["snr"]}, {"columns": ["gone"], "sorting": ["gone", True]}],
)  # fmt: skip
def test_a_state_that_makes_no_sense_does_no_harm(state: dict[str, object], widget: UnitTable) -> None:
    widget.restore(state)
    assert titles(widget)[0] == "id"
    assert widget.table.unit_ids == ids(*range(1, 11))


# Exports


def test_exports_hold_what_is_shown_or_all(widget: UnitTable, context: ViewContext, tmp_path: Path) -> None:
    filter_by(widget, "snr > 8")
    snapshot = context.model.snapshot()
    assert snapshot is not None
    UNIT_TABLE.export(tmp_path / "shown.csv", snapshot, widget.excerpt())
    everything = UnitExcerpt.of(unit_columns(snapshot.units, 10.0))
    UNIT_TABLE.export(tmp_path / "all.csv", snapshot, everything)
    shown, whole = (read_unit_table(tmp_path / name) for name in ("shown.csv", "all.csv"))
    assert shown["id"] == ["unit_002", "unit_009"]
    assert len(whole["id"]) == 10
    assert set(whole) == set(widget.table.columns.names)
    assert whole["rate"][3] == "0.4"


def test_rows_follow_the_number_of_units(widget: UnitTable) -> None:
    filter_by(widget, "snr > 8")
    assert widget.view.verticalHeader().count() == 2
    filter_by(widget, "")
    assert widget.view.verticalHeader().count() == 10
    current = widget.view.currentIndex()
    widget.view.selectionModel().setCurrentIndex(current, QItemSelectionModel.SelectionFlag.NoUpdate)
    assert current.isValid()
