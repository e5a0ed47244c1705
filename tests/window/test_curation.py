"""Labels and notes typed with real keys into the real window: what is typed is what is stored."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QContextMenuEvent, QFocusEvent, QInputMethodEvent, QInputMethodQueryEvent, QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QGraphicsView, QLineEdit, QMenu, QPushButton, QWidget

from hdmea_gui.models.row_order import Sorting
from hdmea_gui.session import PipelineSession, Update
from hdmea_gui.settings import data_dir
from hdmea_gui.views.unit_keys import LABEL_KEYS
from hdmea_gui.window.ask import Unsaved
from hdmea_gui.window.open_paths import open_path
from tests.views.seen import texts
from tests.window.typing_keys import CTRL, PLAIN, edit_cell, focused, press, type_keys
from tests.window.waiting import until

if TYPE_CHECKING:
    from pathlib import Path

    from hdmea_gui.views.unit_table import UnitTable
    from hdmea_gui.window.main_window import MainWindow
    from tests.window.conftest import Answers, Await

Key = Qt.Key


@pytest.fixture
def table(opened: MainWindow) -> UnitTable:
    """The unit table of the opened window, with the keyboard."""
    table = opened.workbench.panels.table
    table.view.setFocus()
    return table


def stored(window: MainWindow, unit_id: str, field: str = "label") -> str:
    session = window.workbench.model.session
    assert session is not None
    text = session.units[unit_id].get(field, "")
    assert isinstance(text, str)
    return text


def end_a_step(window: MainWindow, feature: str = "bars", number: str = "dsi") -> None:
    """Change what a step changes: a column appears, others get other values."""
    session = window.workbench.model.session
    assert session is not None
    result = {"data": {number: 0.5}, "metadata": {}}
    window.workbench.model.apply(
        Update.of("Features", {("units", unit, "features", feature): result for unit in session.units})
    )


# Labels


@pytest.mark.parametrize("leave", [Key.Key_Return, Key.Key_Enter, Key.Key_Tab], ids=lambda key: key.name)
@pytest.mark.parametrize("typed", ["ON", "on", "OFF", "un", "unlabelle", "Good", "g", "mua", "ON beta/?"])
def test_a_label_is_stored_as_typed(
    typed: str, leave: Qt.Key, opened: MainWindow, table: UnitTable, await_: Await
) -> None:
    opened.workbench.model.edit(["unit_001"], "label", "ON alpha")
    opened.workbench.model.edit(["unit_002"], "label", "OFF sustained")
    edit_cell(table, "unit_003", "label")
    type_keys(typed)
    press(leave)
    await_(asyncio.sleep(0))
    assert stored(opened, "unit_003") == typed
    assert (stored(opened, "unit_001"), stored(opened, "unit_002")) == ("ON alpha", "OFF sustained")
    assert opened.workbench.model.history.undo_names[0] == f"Label of unit_003: {typed}"


def test_a_label_is_chosen_from_the_list(opened: MainWindow, table: UnitTable, await_: Await) -> None:
    opened.workbench.model.edit(["unit_001"], "label", "ON alpha")
    editor = edit_cell(table, "unit_003", "label")
    assert isinstance(editor, QComboBox)
    press(Key.Key_Down)
    await_(until(editor.view().isVisible))
    offered = [editor.itemText(row) for row in range(editor.count())]
    assert offered == ["good", "MUA", "noise", "ON alpha", "unlabelled"]
    QTest.keyClick(editor.view(), Key.Key_End)
    QTest.keyClick(editor.view(), Key.Key_Up)
    QTest.keyClick(editor.view(), Key.Key_Return)
    await_(until(lambda: stored(opened, "unit_003") == "ON alpha"))
    assert focused() is table.view


@pytest.mark.parametrize("way", ["click elsewhere", "other program", "menu"])
def test_a_label_that_differs_by_case_is_kept_however_it_is_left(
    way: str, opened: MainWindow, table: UnitTable
) -> None:
    editor = edit_cell(table, "unit_003", "label")
    type_keys("mua")
    if way == "click elsewhere":
        opened.workbench.panels.log.text.setFocus()
    else:
        reason = (
            Qt.FocusReason.ActiveWindowFocusReason
            if way == "other program"
            else Qt.FocusReason.PopupFocusReason
        )
        for kind in (QEvent.Type.FocusOut, QEvent.Type.FocusIn):
            QApplication.sendEvent(editor, QFocusEvent(kind, reason))
        assert stored(opened, "unit_003") == "mua"
        type_keys("l")
        press(Key.Key_Return)
    assert stored(opened, "unit_003") == ("mua" if way == "click elsewhere" else "mual")


def test_an_entry_chosen_again_says_nothing_on_the_console(
    opened: MainWindow, table: UnitTable, qtlog: Any
) -> None:
    for text in ("good", "MUA", "good"):
        edit_cell(table, "unit_003", "label")
        type_keys(text)
        press(Key.Key_Return)
        assert stored(opened, "unit_003") == text
    assert not [record for record in qtlog.records if "editor" in record.message]


def test_escape_keeps_the_label(opened: MainWindow, table: UnitTable) -> None:
    opened.workbench.model.edit(["unit_003"], "label", "ON alpha")
    edit_cell(table, "unit_003", "label")
    type_keys("OFF")
    press(Key.Key_Escape)
    assert stored(opened, "unit_003") == "ON alpha"


def test_the_word_unlabelled_removes_a_label(opened: MainWindow, table: UnitTable) -> None:
    opened.workbench.model.edit(["unit_003"], "label", "ON alpha")
    edit_cell(table, "unit_003", "label")
    type_keys("unlabelled")
    press(Key.Key_Return)
    assert stored(opened, "unit_003") == ""


def test_another_label_is_typed_in_a_box(opened: MainWindow, table: UnitTable, answers: Answers) -> None:
    opened.workbench.context.selection.select(["unit_003"])
    other = opened.menus.actions["label_other"]
    for typed, expected in ((" ON & OFF ", "ON & OFF"), ("", "ON & OFF"), ("unlabelled", "")):
        answers.typed = typed
        other.trigger()
        assert stored(opened, "unit_003") == expected
    assert table.table.labels() == ["good", "MUA", "noise"]


# Notes


def test_a_step_that_ends_leaves_a_note_being_typed_alone(
    opened: MainWindow, table: UnitTable, await_: Await
) -> None:
    opened.workbench.model.edit(["unit_002"], "note", "from before")
    editor = edit_cell(table, "unit_002", "note")
    type_keys("large g")
    end_a_step(opened)
    opened.workbench.model.edit(["unit_001", "unit_002"], "note", "by someone else")
    await_(asyncio.sleep(0.05))
    assert focused() is editor
    type_keys("anglion, no noise, um")
    end_a_step(opened, "gratings", "osi")
    type_keys("g")
    press(Key.Key_Return)
    await_(asyncio.sleep(0.05))
    assert stored(opened, "unit_002", "note") == "large ganglion, no noise, umg"
    session = opened.workbench.model.session
    assert session is not None
    assert {stored(opened, unit) for unit in session.units} == {""}
    assert {"dsi", "osi"} <= {column.name for column in table.table.columns}
    assert "dsi" in [column.name for column in table.table.shown]


def test_a_real_step_ends_while_a_note_is_typed(opened: MainWindow, table: UnitTable, await_: Await) -> None:
    editor = edit_cell(table, "unit_002", "note")

    async def type_during_a_step() -> None:
        opened.workbench.panels.pipeline.rows["rf_geometry"].run.click()
        await until(lambda: opened.workbench.runner.is_running)
        editor.setFocus()
        for letter in "gun":
            type_keys(letter)
            await asyncio.sleep(0.02)
        await until(lambda: not opened.workbench.runner.is_running)
        type_keys("nug")
        press(Key.Key_Return)

    await_(type_during_a_step())
    assert stored(opened, "unit_002", "note") == "gunnug"
    assert stored(opened, "unit_002") == ""


def test_a_note_on_a_unit_that_a_step_replaces_is_kept_or_refused_aloud(
    opened: MainWindow, table: UnitTable, await_: Await
) -> None:
    session = opened.workbench.model.session
    assert session is not None
    edit_cell(table, "unit_002", "note")
    type_keys("seen")
    units = {unit: dict(content) for unit, content in session.units.items() if unit != "unit_002"}
    opened.workbench.model.apply(Update.of("Load recording", {("units",): units}))
    type_keys(" twice")
    press(Key.Key_Return)
    await_(asyncio.sleep(0.05))
    assert "unit_002" not in session.units
    assert "seen twice" in opened.workbench.panels.log.text.toPlainText()
    assert "unit_002" not in table.table.unit_ids


def test_rows_stay_in_place_while_a_cell_is_edited(
    opened: MainWindow, table: UnitTable, await_: Await
) -> None:
    table.table.sort_by(Sorting("label"))
    before = table.table.unit_ids
    edit_cell(table, "unit_002", "note")
    opened.workbench.model.edit(["unit_004"], "label", "good")
    assert table.table.unit_ids == before
    press(Key.Key_Return)
    await_(until(lambda: table.table.unit_ids[0] == "unit_004"))


def test_a_filter_typed_just_before_waits_for_the_editor(
    opened: MainWindow, table: UnitTable, await_: Await
) -> None:
    press(Key.Key_F, CTRL)
    type_keys('id == "unit_001"')
    editor = edit_cell(table, "unit_003", "note")  # before the filter has been applied
    type_keys("m")
    await_(asyncio.sleep(0.5))
    assert focused() is editor
    type_keys("ug")
    press(Key.Key_Return)
    await_(until(lambda: table.table.unit_ids == ("unit_001",)))
    assert stored(opened, "unit_003", "note") == "mug"


WALKING = [Key.Key_Down, Key.Key_Up, Key.Key_PageDown, Key.Key_PageUp]


@pytest.mark.parametrize("modifier", [PLAIN, CTRL], ids=["plain", "Ctrl"])
@pytest.mark.parametrize("key", [*WALKING, Key.Key_F2], ids=lambda key: key.name)
def test_keys_of_an_open_editor_never_reach_the_table(
    key: Qt.Key, modifier: Qt.KeyboardModifier, opened: MainWindow, table: UnitTable
) -> None:
    editor = edit_cell(table, "unit_003", "note")
    type_keys("a")
    press(key, modifier)
    assert focused() is editor
    assert opened.workbench.context.selection.current == "unit_003"
    type_keys("n")
    press(Key.Key_Return)
    assert stored(opened, "unit_003", "note") == "an"
    assert {stored(opened, unit) for unit in table.table.unit_ids} == {""}


@pytest.mark.parametrize("modifier", [PLAIN, CTRL], ids=["plain", "Ctrl"])
@pytest.mark.parametrize("key", WALKING, ids=lambda key: key.name)
def test_keys_that_walk_through_the_labels_do_not_replace_the_one_being_typed(
    key: Qt.Key, modifier: Qt.KeyboardModifier, opened: MainWindow, table: UnitTable
) -> None:
    editor = edit_cell(table, "unit_003", "label")
    type_keys("ON")
    press(key, modifier)
    while (popup := QApplication.activePopupWidget()) is not None:
        QTest.keyClick(popup, Key.Key_Escape)
    assert focused() is editor
    press(Key.Key_Return)
    assert stored(opened, "unit_003") == "ON"


def test_keys_pressed_right_after_return_are_for_the_table(opened: MainWindow, table: UnitTable) -> None:
    edit_cell(table, "unit_003", "note")
    type_keys("x")
    press(Key.Key_Return)
    press(Key.Key_Down)
    type_keys("g")  # all of it before the event loop has had a turn
    assert (stored(opened, "unit_003", "note"), stored(opened, "unit_004")) == ("x", "good")


def test_another_program_in_front_for_a_while_does_not_close_the_editor(
    opened: MainWindow, table: UnitTable
) -> None:
    editor = edit_cell(table, "unit_003", "note")
    type_keys("half")
    for kind in (QEvent.Type.FocusOut, QEvent.Type.FocusIn):
        QApplication.sendEvent(editor, QFocusEvent(kind, Qt.FocusReason.ActiveWindowFocusReason))
    assert stored(opened, "unit_003", "note") == "half"  # safe, whatever happens meanwhile
    type_keys(" noun")
    press(Key.Key_Return)
    assert stored(opened, "unit_003", "note") == "half noun"


def test_an_editor_that_was_only_looked_into_changes_nothing(opened: MainWindow, table: UnitTable) -> None:
    opened.workbench.model.edit(["unit_003"], "note", "two\nlines")
    edit_cell(table, "unit_003", "note")
    press(Key.Key_Return)
    assert stored(opened, "unit_003", "note") == "two\nlines"


def test_return_in_an_editor_prints_nothing(opened: MainWindow, table: UnitTable, qtlog: Any) -> None:
    for field in ("note", "label"):
        edit_cell(table, "unit_003", field)
        for _ in range(3):
            press(Key.Key_Return)
    edit_cell(table, "unit_003", "note")
    for key in (Key.Key_F2, Key.Key_Down, Key.Key_Return, Key.Key_F2, Key.Key_F2, Key.Key_Escape):
        press(key)
    assert not [record for record in qtlog.records if "edit" in record.message.casefold()]
    assert opened.isVisible()


# What is open is stored first


def note_in_file(path: Path, unit_id: str) -> str:
    return str(PipelineSession.load(path).units[unit_id].get("note", ""))


def test_save_stores_a_note_being_typed_and_lets_it_be_typed_on(
    opened: MainWindow, table: UnitTable, await_: Await
) -> None:
    session = opened.workbench.model.session
    assert session is not None
    assert session.hdf5_path is not None
    editor = edit_cell(table, "unit_003", "note")
    type_keys("first")

    async def save() -> None:
        press(Key.Key_S, CTRL)
        type_keys(" of all")  # before the save has begun
        await until(lambda: not opened.workbench.model.is_unsaved)

    await_(save())
    assert note_in_file(session.hdf5_path, "unit_003") == "first of all"
    assert focused() is editor
    type_keys(", then gum")
    press(Key.Key_Return)
    assert stored(opened, "unit_003", "note") == "first of all, then gum"
    assert stored(opened, "unit_003") == ""


@pytest.mark.parametrize("way", ["Ctrl+Q", "close button", "end of the system's session"])
def test_the_end_stores_a_note_being_typed(
    way: str, opened: MainWindow, table: UnitTable, await_: Await, answers: Answers
) -> None:
    session = opened.workbench.model.session
    assert session is not None
    assert session.hdf5_path is not None
    answers.on_unsaved = Unsaved.SAVE
    edit_cell(table, "unit_003", "note")
    type_keys("last words")

    async def leave() -> None:
        if way == "Ctrl+Q":
            press(Key.Key_Q, CTRL)
        elif way == "close button":
            opened.close()
        else:
            opened.end()
        await until(lambda: not opened.isVisible())

    await_(leave())
    if way.startswith("end"):
        (kept,) = (data_dir() / "checkpoints").glob("*.h5")
    else:
        kept = session.hdf5_path
        assert answers.asked == ["unsaved"]
    assert note_in_file(kept, "unit_003") == "last words"


@pytest.mark.parametrize("way", ["Ctrl+Q", "Ctrl+W"])
@pytest.mark.parametrize("field", ["note", "label key"])
def test_what_is_typed_while_the_last_save_runs_is_saved_too(
    field: str, way: str, opened: MainWindow, table: UnitTable, await_: Await, answers: Answers
) -> None:
    model = opened.workbench.model
    path = None if model.session is None else model.session.hdf5_path
    assert path is not None
    answers.on_unsaved = Unsaved.SAVE
    type_keys("m")
    if field == "note":
        edit_cell(table, "unit_001", "note")

    async def leave() -> None:
        press(Key.Key_Q if way == "Ctrl+Q" else Key.Key_W, CTRL)
        await until(lambda: opened.workbench.files.is_busy)
        type_keys("gun" if field == "note" else "g")
        await until(lambda: not opened.isVisible() if way == "Ctrl+Q" else model.session is None)

    await_(leave())
    unit = PipelineSession.load(path).units["unit_001"]
    assert (unit["label"], unit.get("note", "")) == (("MUA", "gun") if field == "note" else ("good", ""))
    assert answers.asked == ["unsaved"]


@pytest.mark.parametrize("way", ["menu", "from outside"])
def test_another_recording_stores_a_note_being_typed_and_is_not_labelled(
    way: str,
    opened: MainWindow,
    table: UnitTable,
    await_: Await,
    answers: Answers,
    reference: Path,
    tmp_path: Path,
) -> None:
    session = opened.workbench.model.session
    assert session is not None
    assert session.hdf5_path is not None
    other = tmp_path / "other.h5"
    other.write_bytes((reference / "lab_deferred.h5").read_bytes())
    answers.file, answers.on_unsaved = other, Unsaved.SAVE
    edit_cell(table, "unit_003", "note")
    type_keys("n")

    async def open_other() -> None:
        if way == "menu":
            press(Key.Key_O, CTRL)
        else:
            open_path(opened.workbench, other)
        await until(lambda: opened.workbench.model.session is not session)
        type_keys("oun")
        await asyncio.sleep(0.05)

    await_(open_other())
    assert note_in_file(session.hdf5_path, "unit_003").startswith("n")
    shown = opened.workbench.model.session
    assert shown is not None
    assert not opened.workbench.model.is_unsaved
    assert all(not content.get("label") for content in shown.units.values())


def test_labels_given_while_another_file_is_read_are_asked_about(
    opened: MainWindow, table: UnitTable, await_: Await, answers: Answers, reference: Path, tmp_path: Path
) -> None:
    session = opened.workbench.model.session
    other = tmp_path / "other.h5"
    other.write_bytes((reference / "lab_deferred.h5").read_bytes())

    async def open_other() -> None:
        open_path(opened.workbench, other)
        await until(lambda: opened.workbench.files.is_busy)
        type_keys("g")
        await until(lambda: not opened.workbench.files.is_busy)
        await until(lambda: bool(answers.asked))
        await asyncio.sleep(0.05)

    table.view.setFocus()
    await_(open_other())
    assert answers.asked == ["unsaved"]  # answered with Cancel
    assert opened.workbench.model.session is session
    assert stored(opened, "unit_001") == "good"


def test_undo_from_the_menu_is_not_undone_by_the_open_editor(opened: MainWindow, table: UnitTable) -> None:
    opened.workbench.model.edit(["unit_003"], "note", "before")
    edit_cell(table, "unit_003", "note")
    type_keys("after")
    opened.menus.actions["undo"].trigger()
    assert not table.view.is_editing  # which would show the text that was undone
    assert stored(opened, "unit_003", "note") == "before"
    table.view.setFocus()
    assert stored(opened, "unit_003", "note") == "before"


# Labels act on what is seen


def test_another_recording_begins_with_its_first_unit(
    opened: MainWindow, table: UnitTable, await_: Await, reference: Path, tmp_path: Path
) -> None:
    press(Key.Key_A, CTRL)
    assert len(opened.workbench.context.selection.units) > 1
    other = tmp_path / "other.h5"
    other.write_bytes((reference / "lab_deferred.h5").read_bytes())
    assert await_(opened.workbench.files.open(other))
    table.view.setFocus()
    type_keys("g")
    labelled = [unit for unit in table.table.unit_ids if stored(opened, unit)]
    assert labelled == [table.table.unit_ids[0]]


def test_a_menu_over_the_units_of_one_recording_labels_none_of_another(
    opened: MainWindow, table: UnitTable, await_: Await, reference: Path, tmp_path: Path
) -> None:
    place = table.view.visualRect(table.table.index(2, 0)).center()
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, place, table.view.viewport().mapToGlobal(place))
    QApplication.sendEvent(table.view.viewport(), event)
    assert isinstance(QApplication.activePopupWidget(), QMenu)
    other = tmp_path / "other.h5"
    other.write_bytes((reference / "lab_deferred.h5").read_bytes())
    assert await_(opened.workbench.files.open(other))
    assert QApplication.activePopupWidget() is None


def filter_by(text: str) -> None:
    """Type a filter, as with Ctrl+F, and go back to the table."""
    press(Key.Key_F, CTRL)
    type_keys(text)
    press(Key.Key_Return)


def test_what_a_filter_hides_is_not_labelled_and_stays_selected(opened: MainWindow, table: UnitTable) -> None:
    selection = opened.workbench.context.selection
    press(Key.Key_A, CTRL)
    everything = selection.units
    filter_by('id != "unit_003"')
    assert focused() is table.view
    type_keys("g")
    assert stored(opened, "unit_003") == ""
    assert {stored(opened, unit) for unit in everything if unit != "unit_003"} == {"good"}
    assert f"{len(everything) - 1} units labelled good" in texts(table)
    press(Key.Key_F, CTRL)
    press(Key.Key_Escape)
    press(Key.Key_Escape)
    assert focused() is table.view
    assert selection.units == everything


def test_a_label_is_told_and_undone_by_a_button(opened: MainWindow, table: UnitTable) -> None:
    selection = opened.workbench.context.selection
    selection.select(["unit_002", "unit_004"])
    type_keys("n")
    assert "2 units labelled noise" in texts(table)
    undo = next(button for button in table.findChildren(QPushButton) if button.text() == "Undo")
    assert undo.isVisible()
    QTest.mouseClick(undo, Qt.MouseButton.LeftButton)
    assert (stored(opened, "unit_002"), stored(opened, "unit_004")) == ("", "")
    assert not undo.isVisible()
    type_keys("g")
    assert "2 units labelled good" in texts(table)
    type_keys("u")
    assert "2 units unlabelled" in texts(table)
    press(Key.Key_Down)
    assert not undo.isVisible()


@pytest.mark.usefixtures("table")
def test_a_typed_filter_keeps_the_current_unit_and_comes_back_to_it(opened: MainWindow) -> None:
    selection = opened.workbench.context.selection
    selection.select(["unit_003"], "unit_003")
    filter_by('id in ("unit_002", "unit_003", "unit_005")')
    assert selection.current == "unit_003"
    filter_by('id in ("unit_002", "unit_005")')
    assert selection.current == "unit_005"
    press(Key.Key_F, CTRL)
    press(Key.Key_Escape)
    press(Key.Key_Return)
    assert (selection.current, selection.units) == ("unit_003", ("unit_003",))


def test_labelling_in_a_table_sorted_by_label_goes_on_in_the_old_order(
    opened: MainWindow, table: UnitTable
) -> None:
    units = table.table.unit_ids
    opened.workbench.model.edit(units[::2], "label", "MUA")
    table.table.sort_by(Sorting("label"))
    order = table.table.unit_ids
    opened.workbench.context.selection.select(order[:1])
    for unit, key in zip(order, "gnugnmgu" * len(order), strict=False):
        assert opened.workbench.context.selection.current == unit
        type_keys(key)
        press(Key.Key_Down)
    given = [stored(opened, unit) for unit in order]
    assert given == [LABEL_KEYS[key.upper()] for key, _ in zip("gnugnmgu" * len(order), order, strict=False)]


def test_copy_without_a_selection_leaves_the_clipboard_alone(table: UnitTable) -> None:
    QApplication.clipboard().setText("from elsewhere")
    filter_by('id == "none"')
    table.view.setFocus()
    QTest.keyClick(table.view, Key.Key_C, CTRL)
    assert QApplication.clipboard().text() == "from elsewhere"


# Layouts of the keyboard, input methods, the menu

CYRILLIC = {"G": ("п", 42), "M": ("ь", 58), "N": ("т", 57), "U": ("г", 30)}
GREEK = {"G": ("γ", 42), "M": ("μ", 58), "N": ("ν", 57), "U": ("θ", 30)}


def key_event(letter: str, scan_code: int) -> QKeyEvent:
    return QKeyEvent(QEvent.Type.KeyPress, ord(letter.upper()), PLAIN, scan_code, 0, 0, letter)


@pytest.mark.parametrize("place", ["table", "plot"])
@pytest.mark.parametrize("layout", [CYRILLIC, GREEK], ids=["Cyrillic", "Greek"])
def test_label_keys_of_other_alphabets(
    layout: dict[str, tuple[str, int]], place: str, opened: MainWindow, table: UnitTable
) -> None:
    target: QWidget = table.view
    if place == "plot":
        opened.workbench.panels.docks.bring("electrical_image")
        target = next(
            iter(opened.workbench.panels.docks.views["electrical_image"].findChildren(QGraphicsView))
        )
    for name, (letter, code) in layout.items():
        opened.workbench.model.edit(["unit_001"], "label", "other")
        QApplication.sendEvent(target, key_event(letter, code))
        assert stored(opened, "unit_001") == LABEL_KEYS[name], name
    opened.workbench.model.edit(["unit_001"], "label", "other")
    QApplication.sendEvent(target, key_event("ф", 38))
    QApplication.sendEvent(target, key_event(",", 58))  # a French keyboard has its comma there
    assert stored(opened, "unit_001") == "other"


def test_an_input_method_is_kept_out_of_the_table_and_let_into_the_editor(
    opened: MainWindow, table: UnitTable
) -> None:
    def is_enabled(widget: QWidget) -> Any:
        query = QInputMethodQueryEvent(Qt.InputMethodQuery.ImEnabled)
        QApplication.sendEvent(widget, query)
        return query.value(Qt.InputMethodQuery.ImEnabled)

    table.view.setCurrentIndex(table.table.index(2, table.table.columnCount() - 1))
    assert is_enabled(table.view) is False
    passed_on = QInputMethodEvent()
    passed_on.setCommitString("ｇ")
    QApplication.sendEvent(table.view, passed_on)
    assert stored(opened, "unit_003") == "good"
    editor = edit_cell(table, "unit_003", "note")
    assert is_enabled(editor) is True
    typed = QInputMethodEvent()
    typed.setCommitString("大细胞")
    QApplication.sendEvent(editor, typed)
    press(Key.Key_Return)
    assert stored(opened, "unit_003", "note") == "大细胞"


def test_the_units_menu_labels(opened: MainWindow, answers: Answers) -> None:
    menu = next(menu for menu in opened.menuBar().findChildren(QMenu) if menu.title() == "&Units")
    actions = {action.text().partition("\t")[0].replace("&", ""): action for action in menu.actions()}
    opened.workbench.context.selection.select(["unit_002", "unit_003"])
    for text, label in (("Label as good", "good"), ("Label as MUA", "MUA"), ("Label as noise", "noise")):
        actions[text].trigger()
        assert (stored(opened, "unit_002"), stored(opened, "unit_003")) == (label, label)
    actions["Remove Label"].trigger()
    assert stored(opened, "unit_002") == ""
    answers.typed = "ON & OFF"
    actions["Other Label..."].trigger()
    assert stored(opened, "unit_003") == "ON & OFF"
    actions["Next Unit"].trigger()
    assert opened.workbench.context.selection.current == "unit_003"


def test_lines_for_text_keep_letters_that_label(opened: MainWindow, table: UnitTable) -> None:
    press(Key.Key_F, CTRL)
    type_keys("gmnu")
    line = focused()
    assert isinstance(line, QLineEdit)
    assert line.text() == "gmnu"
    assert not opened.workbench.model.history.can_undo
    assert table.isVisible()


# Import


def test_exported_labels_are_imported_and_undone_at_once(
    opened: MainWindow, await_: Await, answers: Answers, tmp_path: Path
) -> None:
    model, units = opened.workbench.model, opened.workbench.panels.table.table.unit_ids
    model.edit(units[:2], "label", "ON alpha")
    model.edit(units[1:3], "note", "seen, twice")
    answers.place = answers.file = tmp_path / "labels.csv"
    log = opened.workbench.panels.log.text

    async def export_and_import() -> None:
        opened.menus.actions["export_table"].trigger()
        await until((tmp_path / "labels.csv").exists)
        await until(lambda: "Wrote" in log.toPlainText())
        model.edit(units, "label", "noise")
        model.edit(units, "note", "")
        with (tmp_path / "labels.csv").open("a", encoding="utf-8") as file:
            file.write(
                ",".join(["unit_999", *[""] * len(opened.workbench.panels.table.table.shown[1:])]) + "\n"
            )
        opened.menus.actions["import_labels"].trigger()
        await until(lambda: "unit_999" in log.toPlainText())

    await_(export_and_import())
    assert [stored(opened, unit) for unit in units] == ["ON alpha"] * 2 + [""] * (len(units) - 2)
    assert [stored(opened, unit, "note") for unit in units[:4]] == ["", "seen, twice", "seen, twice", ""]
    assert "unit_999: in the table but not in the recording." in log.toPlainText()
    assert f"{len(units)} labels and 2 notes changed" in log.toPlainText()
    opened.menus.actions["undo"].trigger()
    assert {stored(opened, unit) for unit in units} == {"noise"}
    assert answers.failures == []


def test_a_file_without_labels_is_refused(
    opened: MainWindow, await_: Await, answers: Answers, tmp_path: Path
) -> None:
    answers.file = tmp_path / "other.csv"
    answers.file.write_text("a,b\n1,2\n")

    async def try_it() -> None:
        opened.menus.actions["import_labels"].trigger()
        await until(lambda: bool(answers.failures))

    await_(try_it())
    assert "other.csv has no labels" in answers.failures[0].message
