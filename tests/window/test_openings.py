"""What comes from outside into the window, and the parts of Help that look at the program itself."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtWidgets import QDialog, QPushButton

from hdmea_gui.handover import hand_over
from hdmea_gui.window import help_commands
from hdmea_gui.window.dialogs.text import TextDialog
from hdmea_gui.window.help_commands import show_self_test
from hdmea_gui.window.openings import Openings
from hdmea_gui.workers.self_test import SelfTest
from tests.window.carrying_out import carry_out
from tests.window.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator

    from hdmea_gui.window.main_window import MainWindow
    from tests.window.conftest import Await


@pytest.fixture
def openings(window: MainWindow) -> Iterator[Openings]:
    made = Openings(window)
    yield made
    made.handover.end()


def test_a_file_from_outside_is_opened_and_the_window_comes_forward(
    window: MainWindow, openings: Openings, await_: Await, reference: Path, tmp_path: Path
) -> None:
    path = tmp_path / "a b, ü.h5"
    shutil.copyfile(reference / "lab_deferred.h5", path)
    window.showMinimized()

    async def opened() -> None:
        openings.open([path])
        await until(lambda: window.workbench.model.session is not None)

    await_(opened())
    assert window.workbench.model.session is not None
    assert window.workbench.model.session.hdf5_path == path
    assert not window.isMinimized()


def test_while_something_must_be_answered_nothing_is_taken(window: MainWindow, openings: Openings) -> None:
    question = QDialog(window)
    question.open()
    openings.open([Path("/x.h5")])
    assert window.workbench.model.session is None
    assert "x.h5 was not opened. Busy: a dialog is open." in window.workbench.panels.log.text.toPlainText()
    question.reject()


def test_the_window_hears_of_files(openings: Openings) -> None:
    assert openings.handover.is_listening
    openings.handover.end()
    assert hand_over([Path("/x.h5")]) is None


@pytest.mark.parametrize("found", [SelfTest(True, "all fine\nOK"), SelfTest(False, "Not OK: HDF5")])
def test_the_self_test_is_shown_and_can_be_copied(
    window: MainWindow,
    await_: Callable[[Coroutine[Any, Any, Any]], Any],
    monkeypatch: pytest.MonkeyPatch,
    found: SelfTest,
) -> None:
    monkeypatch.setattr(help_commands, "run_self_test", lambda progress: progress(0, 1) or found)
    assert await_(show_self_test(window.workbench)) is found.is_ok
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
        carry_out(window, "about")
        (about,) = window.findChildren(TextDialog)
        next(button for button in about.findChildren(QPushButton) if button.text() == "Licences").click()
        for _ in range(6000):
            texts = [dialog.browser.toPlainText() for dialog in window.findChildren(TextDialog)]
            if any("GNU LESSER GENERAL PUBLIC LICENSE" in text for text in texts):
                return True
            await asyncio.sleep(0.01)
        return False

    assert await_(shown())
