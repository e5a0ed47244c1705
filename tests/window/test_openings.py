"""What comes from outside into the window, and the parts of Help that look at the program itself."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtWidgets import QDialog, QPushButton

from hdmea_gui.handover import hand_over
from hdmea_gui.window import help_commands
from hdmea_gui.window.dialogs.text import TextDialog
from hdmea_gui.window.help_commands import HelpCommands
from hdmea_gui.window.openings import Openings
from hdmea_gui.workers.self_test import SelfTest

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator

    from hdmea_gui.window.main_window import MainWindow


@pytest.fixture
def openings(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Openings, list[Path]]]:
    opened: list[Path] = []
    monkeypatch.setattr(window, "open_path", opened.append)
    made = Openings(window)
    yield made, opened
    made.handover.end()


def test_a_file_from_outside_is_opened_and_the_window_comes_forward(
    window: MainWindow, openings: tuple[Openings, list[Path]]
) -> None:
    window.showMinimized()
    openings[0].open(Path("/a b/ü.h5"))
    assert openings[1] == [Path("/a b/ü.h5")]
    assert not window.isMinimized()


def test_while_something_must_be_answered_nothing_is_taken(
    window: MainWindow, openings: tuple[Openings, list[Path]]
) -> None:
    question = QDialog(window)
    question.open()
    openings[0].open(Path("/x.h5"))
    assert openings[1] == []
    assert "/x.h5 was not opened" in window.log_panel.text.toPlainText()
    assert not openings[0]._can_take()
    question.reject()
    assert openings[0]._can_take()


def test_the_window_hears_of_files(openings: tuple[Openings, list[Path]]) -> None:
    assert openings[0].handover.is_listening
    openings[0].handover.end()
    assert not hand_over(Path("/x.h5"))


@pytest.mark.parametrize("found", [SelfTest(True, "all fine\nOK"), SelfTest(False, "Not OK: HDF5")])
def test_the_self_test_is_shown_and_can_be_copied(
    window: MainWindow,
    await_: Callable[[Coroutine[Any, Any, Any]], Any],
    monkeypatch: pytest.MonkeyPatch,
    found: SelfTest,
) -> None:
    monkeypatch.setattr(help_commands, "run_self_test", lambda progress: progress(0, 1) or found)
    help_part = next(part for part in window.commands if isinstance(part, HelpCommands))
    assert await_(help_part.self_test()) is found.is_ok
    (dialog,) = window.findChildren(TextDialog)
    assert dialog.browser.toPlainText() == found.text
    next(button for button in dialog.findChildren(QPushButton) if button.text() == "Copy").click()
    from PySide6.QtGui import QGuiApplication

    assert QGuiApplication.clipboard().text() == found.text
    dialog.reject()


def test_about_leads_to_the_licences(
    window: MainWindow, await_: Callable[[Coroutine[Any, Any, Any]], Any]
) -> None:
    async def shown() -> bool:
        window.command("about")()
        (about,) = window.findChildren(TextDialog)
        next(button for button in about.findChildren(QPushButton) if button.text() == "Licences").click()
        for _ in range(1000):
            texts = [dialog.browser.toPlainText() for dialog in window.findChildren(TextDialog)]
            if any("GNU LESSER GENERAL PUBLIC LICENSE" in text for text in texts):
                return True
            await asyncio.sleep(0.01)
        return False

    assert await_(shown())
