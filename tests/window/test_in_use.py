"""What a user does in the window: keys, actions, errors, closing."""

from __future__ import annotations

import asyncio
import sys
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QDialog, QMessageBox, QWhatsThis, QWidget

from hdmea_gui.models.session_model import SessionModel
from hdmea_gui.pipeline.steps import STEPS
from hdmea_gui.sample import make_sample
from hdmea_gui.session import PipelineSession
from hdmea_gui.settings import config_dir, settings_file
from hdmea_gui.views import VIEWS
from hdmea_gui.window.actions import ACTIONS
from hdmea_gui.window.ask import Ask, Unsaved
from hdmea_gui.window.help_commands import make_and_run_sample
from hdmea_gui.window.main_window import MainWindow
from hdmea_gui.workers import jobs_alive
from hdmea_gui.workers.faults import Faults
from tests.views.seen import texts
from tests.window.carrying_out import carry_out
from tests.window.waiting import until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.window.conftest import Answers, Await

ELSEWHERE = {"quit", "close", "open_sample", "self_test"}
"""Actions with tests of their own: they end the session or the window, or take long."""


async def click(button: QAbstractButton) -> None:
    """Press a button and wait until the run that it starts has ended."""
    window = button.window()
    assert isinstance(window, MainWindow)
    ended: list[bool] = []
    note = partial(ended.append, True)
    window.workbench.runner.finished.connect(note)
    button.click()
    await until(lambda: bool(ended), 120)
    window.workbench.runner.finished.disconnect(note)


async def settle(window: MainWindow) -> None:
    """Wait until nothing goes on."""
    await asyncio.sleep(0.1)
    await until(
        lambda: (
            not window.workbench.runner.is_running and not window.workbench.files.is_busy and not jobs_alive()
        )
    )


async def carry_out_all(window: MainWindow) -> list[str]:
    """Trigger whatever action is possible, and close the dialogs that it opens."""
    done = []
    escaped: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: escaped.append(context))
    for spec in ACTIONS:
        action = window.menus.actions[spec.key]
        if spec.key in ELSEWHERE or not action.isEnabled():
            continue
        action.trigger()
        done.append(spec.key)
        await settle(window)
        if QWhatsThis.inWhatsThisMode():
            QWhatsThis.leaveWhatsThisMode()
        for dialog in window.findChildren(QDialog):
            dialog.reject()
        await until(lambda: not window.findChildren(QDialog))  # hidden, they would stay as long as the window
    assert escaped == []
    return done


def focused() -> QWidget:
    """What has the keyboard."""
    widget = QApplication.focusWidget()
    assert widget is not None
    return widget


def test_every_action_with_nothing_open(window: MainWindow, await_: Await, answers: Answers) -> None:
    done = await_(carry_out_all(window))
    assert {"new_recording", "open", "help", "preferences", "reset_layout"} <= set(done)
    assert answers.failures == []


def test_every_action_with_a_session_open(
    opened: MainWindow, await_: Await, answers: Answers, tmp_path: Path
) -> None:
    opened.workbench.model.edit(["unit_001"], "label", "good")
    opened.workbench.model.edit(["unit_001"], "note", "seen")
    opened.workbench.model.undo()
    answers.place = table = tmp_path / "exported.csv"

    async def export() -> None:
        carry_out(opened, "export_table")
        await until(table.exists)
        await settle(opened)
        opened.menus.actions["revert"].trigger()
        await until(lambda: opened.workbench.model.history.undo_names[0] != "Label of unit_001: good")
        await settle(opened)
        opened.workbench.model.undo()

    await_(export())
    assert "unit_001" in table.read_text()
    answers.place = answers.file = None  # every question about a file is cancelled
    done = set(await_(carry_out_all(opened)))
    assert {spec.key for spec in ACTIONS} - done - ELSEWHERE <= {"delete_flow", "stop", "revert"}
    assert answers.failures == []


def test_every_step_runs_from_its_row(window: MainWindow, await_: Await, tmp_path: Path) -> None:
    assert await_(make_and_run_sample(window.workbench, tmp_path))
    session = window.workbench.model.session
    assert session is not None
    for step in STEPS:
        row = window.workbench.panels.pipeline.rows[step.key]
        before = window.workbench.model.state
        await_(click(row.run))
        assert not row.trouble.isVisibleTo(row), (step.key, row.trouble.text())
        assert window.workbench.model.state != before, step.key
        assert window.workbench.model.history.undo_names[0] == step.title


def test_a_filter_typed_and_a_unit_found(opened: MainWindow, await_: Await) -> None:
    table, selection = opened.workbench.panels.table, opened.workbench.context.selection
    everything = selection.visible
    opened.menus.actions["filter"].trigger()
    line = focused()
    QTest.keyClicks(line, "row > ")
    await_(asyncio.sleep(0.4))
    assert selection.visible == everything  # an unfinished condition changes nothing
    QTest.keyClicks(line, "nonsense")
    QTest.keyClick(line, Qt.Key.Key_Return)
    assert any(text.startswith("⚠") and "nonsense" in text for text in texts(table))
    assert selection.visible == everything
    for _ in "nonsense":
        QTest.keyClick(line, Qt.Key.Key_Backspace)
    session = opened.workbench.model.session
    assert session is not None
    rows = {unit: int(content["row"]) for unit, content in session.units.items()}
    middle = sorted(rows.values())[len(rows) // 2 - 1]
    QTest.keyClicks(line, str(middle))
    QTest.keyClick(line, Qt.Key.Key_Return)
    expected = [unit for unit, row in rows.items() if row > middle]
    assert 0 < len(expected) < len(everything)
    assert sorted(selection.visible) == sorted(expected)
    table.clear_filter()
    QTest.keyClick(table.view, Qt.Key.Key_Slash)
    line = focused()
    QTest.keyClicks(line, "4")
    assert selection.current == "unit_004"
    QTest.keyClick(line, Qt.Key.Key_Escape)
    assert table.view.hasFocus()


def test_keys_of_the_window(opened: MainWindow, await_: Await, answers: Answers) -> None:
    for number, spec in reversed(list(enumerate(VIEWS, 1))):
        view = opened.workbench.panels.docks.views[spec.key]
        QTest.keyClick(opened, Qt.Key(Qt.Key.Key_0.value + number % 10), Qt.KeyboardModifier.AltModifier)
        await_(until(lambda view=view: view.is_seen))  # type: ignore[misc]  # its type is that of the loop
        focused_widget = QApplication.focusWidget()
        assert focused_widget is not None
        assert view.isAncestorOf(focused_widget)
    QTest.keyClick(opened, Qt.Key.Key_F11)
    assert opened.isFullScreen()
    QTest.keyClick(opened, Qt.Key.Key_F11)
    assert not opened.isFullScreen()
    QTest.keyClick(opened, Qt.Key.Key_F1)
    assert [dialog.windowTitle() for dialog in opened.findChildren(QDialog) if dialog.isVisible()] == [
        "How It Works"
    ]
    for dialog in opened.findChildren(QDialog):
        dialog.reject()
    opened.workbench.model.edit(["unit_001"], "label", "good")
    QTest.keyClick(opened, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert opened.workbench.model.history.redo_names == ["Label of unit_001: good"]
    QTest.keyClick(opened, Qt.Key.Key_Y, Qt.KeyboardModifier.ControlModifier)
    assert opened.workbench.model.history.undo_names == ["Label of unit_001: good"]
    QTest.keyClick(opened, Qt.Key.Key_Escape)
    assert answers.asked == []  # nothing goes on


def test_esc_asks_before_it_stops_a_step(opened: MainWindow, await_: Await, answers: Answers) -> None:
    session = opened.workbench.model.session
    assert session is not None
    before = session.snapshot()

    async def stop() -> None:
        opened.workbench.panels.pipeline.rows["rf_geometry"].run.click()
        await until(lambda: opened.workbench.runner.is_running)
        answers.agrees = False
        QTest.keyClick(opened, Qt.Key.Key_Escape)
        assert opened.workbench.runner.is_running
        answers.agrees = True
        QTest.keyClick(opened, Qt.Key.Key_Escape)
        await until(lambda: not opened.workbench.runner.is_running)

    await_(stop())
    assert answers.asked == ["Stop the running step?"] * 2
    assert session.holds(before)


def test_an_error_amid_run_all_keeps_what_was_done(window: MainWindow, await_: Await, tmp_path: Path) -> None:
    sample = make_sample(tmp_path)
    window.workbench.files.show_new(sample.cmcr_path, sample.cmtr_path)
    form = window.workbench.panels.pipeline.rows["add_section_time"].form
    form.fields["playlist_name"].set_text("set6b")
    form.fields["playlist_file"].set_text(str(sample.playlist_path))
    form.fields["movie_length_file"].set_text(str(sample.movie_lengths_path))
    await_(click(window.workbench.panels.pipeline.run_all))
    session = window.workbench.model.session
    assert session is not None
    assert "load_recording" in session.completed_steps
    assert "add_section_time" not in session.completed_steps
    row = window.workbench.panels.pipeline.rows["add_section_time"]
    assert "The playlist 'set6b' is not in" in row.trouble.text()
    assert "Choose one of these" in row.trouble.text()
    row.copy.click()
    assert "ConfigurationError" in QGuiApplication.clipboard().text()


@pytest.mark.parametrize("answer", [Unsaved.SAVE, Unsaved.DISCARD, Unsaved.CANCEL])
def test_closing_while_a_step_runs_stops_it_and_settles_the_work(
    answer: Unsaved, opened: MainWindow, await_: Await, answers: Answers
) -> None:
    session = opened.workbench.model.session
    assert session is not None
    opened.workbench.model.edit(["unit_001"], "label", "good")
    answers.on_unsaved = answer

    async def close() -> None:
        opened.workbench.panels.pipeline.rows["rf_geometry"].run.click()
        await until(lambda: opened.workbench.runner.is_running)
        answers.agrees = False
        opened.close()
        await until(lambda: len(answers.asked) == 1)
        await asyncio.sleep(0.05)
        assert opened.isVisible()
        answers.agrees = True
        opened.close()
        await until(lambda: "unsaved" in answers.asked)
        await (asyncio.sleep(0.2) if answer is Unsaved.CANCEL else until(lambda: not opened.isVisible()))

    await_(close())
    assert not opened.workbench.runner.is_running
    assert opened.isVisible() is (answer is Unsaved.CANCEL)
    assert session.hdf5_path is not None
    stored = PipelineSession.load(session.hdf5_path)
    assert (stored.units["unit_001"].get("label", "") == "good") is (answer is Unsaved.SAVE)


def test_an_uncaught_error_opens_a_dialog_whose_details_can_be_copied(
    await_: Await, own_settings: Path
) -> None:
    assert config_dir() == own_settings
    faults = Faults()
    window = MainWindow(SessionModel(), faults)
    window.show()
    seen: list[str] = []

    def press() -> None:
        box = QApplication.activeModalWidget()
        if not isinstance(box, QMessageBox):
            QTimer.singleShot(50, press)
            return
        seen.extend((box.text(), box.detailedText()))
        next(button for button in box.buttons() if button.text() == "Copy details").click()

    def fail() -> None:
        raise ZeroDivisionError("in a click")

    async def meet() -> None:
        QTimer.singleShot(50, press)
        try:
            fail()
        except ZeroDivisionError as error:
            sys.excepthook(type(error), error, error.__traceback__)
        await until(lambda: bool(seen))
        await asyncio.sleep(0.05)

    with faults.caught():
        await_(meet())
    assert "ZeroDivisionError: in a click" in seen[0]
    assert "in fail" in seen[1]
    assert QGuiApplication.clipboard().text() == f"{seen[0]}\n\n{seen[1]}"
    assert isinstance(window.workbench.ask, Ask)
    assert window.isVisible()
    window.workbench.closing.close_at_once()
    window.deleteLater()


def test_settings_that_cannot_be_read_are_set_aside(await_: Await, answers: Answers) -> None:
    settings_file().parent.mkdir(parents=True, exist_ok=True)
    settings_file().write_text("{ no settings", encoding="utf-8")
    window = MainWindow(SessionModel(), Faults(), answers)
    window.show()
    await_(asyncio.sleep(0))
    assert window.isVisible()
    aside = [
        path
        for path in settings_file().parent.iterdir()
        if path.read_text(encoding="utf-8") == "{ no settings"
    ]
    assert aside
    assert settings_file() not in aside
    window.workbench.closing.close_at_once()
    window.deleteLater()


def test_a_window_left_beyond_every_screen_comes_back(window: MainWindow) -> None:
    window.move(QPoint(9000, 7000))
    state = window.workbench.panels.docks.state()
    window.move(QPoint(0, 0))
    assert window.workbench.panels.docks.restore(state)
    assert QGuiApplication.screenAt(window.frameGeometry().center()) is not None


def test_a_message_does_not_outlive_the_window(window: MainWindow) -> None:
    message = QMessageBox(window)
    message.open()
    assert message.isVisible()
    window.workbench.closing.close_at_once()
    assert not message.isVisible()
