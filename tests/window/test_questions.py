"""Every dialog and every question: what has the keyboard first, what Return and Esc do, where Tab goes."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QLabel,
    QMessageBox,
    QPushButton,
    QWidget,
)

from hdmea_gui.window.ask import Ask, Unsaved
from hdmea_gui.window.dialogs.recording import RecordingDialog
from hdmea_gui.workers.failure import Failure
from tests.window.carrying_out import carry_out
from tests.window.test_explanations import DIALOGS
from tests.window.typing_keys import focused, press, type_keys
from tests.window.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytestqt.qtbot import QtBot

    from hdmea_gui.window.main_window import MainWindow
    from tests.window.conftest import Await

Key = Qt.Key

DEFAULTS = {
    "new_recording": "Load",
    "save_checkpoint": "Save checkpoint",
    "preferences": "Save preferences",
    "pick_threshold": "Find trials",
}
"""What Return does in the dialogs that are filled in; in all others it closes them."""


async def open_dialog(window: MainWindow, key: str) -> QDialog:
    before = set(window.findChildren(QDialog))
    carry_out(window, key)
    (dialog,) = set(window.findChildren(QDialog)) - before
    dialog.activateWindow()
    await until(lambda: QApplication.focusWidget() is not None and dialog.isAncestorOf(focused()))
    return dialog


def default_of(dialog: QDialog) -> str:
    (button,) = (button for button in dialog.findChildren(QPushButton) if button.isDefault())
    return button.text().replace("&", "")


def tab_round(dialog: QDialog) -> list[QWidget]:
    """What gets the keyboard, one after the other, by Tab."""
    visited: list[QWidget] = []
    while focused() not in visited:
        visited.append(focused())
        dialog.focusNextPrevChild(True)
    return visited


def is_above_or_left(first: QWidget, second: QWidget) -> bool:
    upper, lower = (widget.mapToGlobal(QPoint(0, 0)) for widget in (first, second))
    return upper.y() + first.height() <= lower.y() or upper.x() <= lower.x()


@pytest.mark.parametrize("key", DIALOGS)
def test_a_dialog_begins_with_its_first_field_and_ends_with_esc(
    key: str, opened: MainWindow, await_: Await
) -> None:
    async def look() -> None:
        state = opened.workbench.model.state
        dialog = await open_dialog(opened, key)
        first = focused()
        assert default_of(dialog) == DEFAULTS.get(key, "Close")
        visited = tab_round(dialog)
        buttons = [isinstance(widget, QPushButton) for widget in visited]
        assert buttons == sorted(buttons)  # the buttons at the bottom come last
        if not all(buttons):
            assert not isinstance(first, QPushButton)
        fields = [widget for widget, is_button in zip(visited, buttons, strict=True) if not is_button]
        assert all(is_above_or_left(*pair) for pair in pairwise(fields))
        first.setFocus()
        results: list[int] = []
        dialog.finished.connect(results.append)
        press(Key.Key_Escape)
        await until(lambda: bool(results))
        assert results == [QDialog.DialogCode.Rejected.value]
        assert opened.workbench.model.state == state
        await asyncio.sleep(0.1)

    await_(look())


def test_a_new_recording_is_typed_and_loaded_with_return(
    window: MainWindow, await_: Await, reference: Path, tmp_path: Path
) -> None:
    raw = tmp_path / "2026.02.03-10.11.12-Rec.cmcr"
    raw.write_bytes((reference / raw.name).read_bytes())

    async def load() -> None:
        press_on(window, Key.Key_N)
        dialog = next(child for child in window.findChildren(RecordingDialog) if child.isVisible())
        dialog.activateWindow()
        await until(lambda: QApplication.focusWidget() is dialog.raw.line)
        press(Key.Key_Return)  # nothing is chosen yet
        assert dialog.isVisible()
        type_keys(str(raw))
        press(Key.Key_Return)  # before the file has been looked into
        await until(lambda: window.workbench.model.session is not None)
        await until(lambda: not window.workbench.runner.is_running)

    await_(load())
    session = window.workbench.model.session
    assert session is not None
    assert session.source_files["cmcr_path"] == raw


def press_on(window: MainWindow, key: Qt.Key) -> None:
    window.activateWindow()
    QTest.keyClick(window, key, Qt.KeyboardModifier.ControlModifier)


QUESTIONS: dict[str, tuple[Callable[[Ask], object], str, object, object]] = {
    "stop": (lambda ask: ask.may("Stop the running step?", "", "Stop"), "Cancel", False, False),
    "replace": (lambda ask: ask.may_replace(Path("a.h5")), "Cancel", False, False),
    "unsaved": (lambda ask: ask.unsaved("rec"), "Save", Unsaved.SAVE, Unsaved.CANCEL),
    "failure": (lambda ask: ask.show_failure(Failure("It broke.", "here")), "Close", None, None),
}
"""Questions, their default button, and the answers that Return and Esc give."""


@pytest.mark.parametrize("key", [Key.Key_Return, Key.Key_Space, Key.Key_Escape], ids=lambda key: key.name)
@pytest.mark.parametrize("name", QUESTIONS)
def test_a_key_meant_for_something_else_destroys_nothing(name: str, key: Qt.Key, qtbot: QtBot) -> None:
    put, default, by_return, by_escape = QUESTIONS[name]
    parent = QWidget()
    qtbot.addWidget(parent)
    parent.show()
    seen: list[str] = []

    def answer() -> None:
        box = QApplication.activeModalWidget()
        assert isinstance(box, QMessageBox)
        button = box.defaultButton()
        seen.append(button.text().replace("&", "") if isinstance(button, QPushButton) else "")
        QTest.keyClick(box.focusWidget() or box, key)

    QTimer.singleShot(50, answer)
    given = put(Ask(parent))
    assert seen == [default]
    assert given == (by_escape if key == Key.Key_Escape else by_return)


def test_names_in_questions_are_shown_as_they_are(qtbot: QtBot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    parent.show()
    shown: list[Qt.TextFormat] = []

    def look() -> None:
        box = QApplication.activeModalWidget()
        assert isinstance(box, QMessageBox)
        shown.extend(label.textFormat() for label in box.findChildren(QLabel) if label.text())
        box.reject()

    QTimer.singleShot(50, look)
    Ask(parent).may_replace(Path("ON & <b>OFF</b>.h5"))
    assert set(shown) == {Qt.TextFormat.PlainText}
    assert len(shown) >= 2
