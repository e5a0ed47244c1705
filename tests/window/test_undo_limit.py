"""The memory limit of the undo list, from the field under Preferences to the list of changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import numpy as np
import pytest
from PySide6.QtWidgets import QDialog, QDialogButtonBox

from hdmea_gui.models.session_model import SessionModel
from hdmea_gui.session import PipelineSession, Update
from hdmea_gui.window.dialogs.history import HistoryDialog
from hdmea_gui.window.dialogs.preferences import PreferencesDialog
from hdmea_gui.window.main_window import MainWindow
from hdmea_gui.workers.faults import Faults

if TYPE_CHECKING:
    from tests.window.conftest import Answers

D = TypeVar("D", bound=QDialog)

ARRAY_BYTES = 35_000_000
"""Three arrays are more than 0.1 GB (1e8 bytes) and less than 0.1 GiB."""


@pytest.fixture
def started(window: MainWindow) -> MainWindow:
    """The window on a session that has no file."""
    window.workbench.model.show(PipelineSession("demo"))
    return window


def replace_array(window: MainWindow, *numbers: int) -> None:
    """Put one array in the place of another; undoing that keeps the other one."""
    for number in numbers:
        # zeros that nobody looks at take no memory in fact
        array = np.zeros(ARRAY_BYTES, np.uint8)
        window.workbench.model.apply(Update.of(f"Array {number}", {("metadata", "array"): array}))


def shown(window: MainWindow, kind: type[D]) -> D:
    return next(dialog for dialog in window.findChildren(kind) if dialog.isVisible())


def set_limit(window: MainWindow, gigabytes: float) -> None:
    """Type a limit under Preferences, as the user does."""
    window.menus.actions["preferences"].trigger()
    dialog = shown(window, PreferencesDialog)
    dialog.undo.lineEdit().setText(f"{gigabytes} GB")
    buttons = dialog.findChildren(QDialogButtonBox)[0].buttons()
    next(button for button in buttons if button.text() == "Save preferences").click()


def listed(window: MainWindow) -> list[str]:
    """The list of changes, the newest first."""
    window.menus.actions["history"].trigger()
    dialog = shown(window, HistoryDialog)
    texts = [dialog.list.item(row).text() for row in range(dialog.list.count())]
    dialog.close()
    return texts


def test_a_smaller_limit_shortens_the_list_of_changes(started: MainWindow) -> None:
    replace_array(started, 1, 2, 3, 4, 5)
    started.menus.actions["history"].trigger()
    dialog = shown(started, HistoryDialog)
    assert dialog.list.count() == 6
    set_limit(started, 0.1)
    assert dialog.list.count() == 3, "the list that is open follows"
    dialog.close()
    assert listed(started) == ["Now", "Array 5", "Array 4"]
    replace_array(started, 6)
    assert listed(started) == ["Now", "Array 6", "Array 5"]
    started.menus.actions["undo"].trigger()
    started.menus.actions["undo"].trigger()
    assert not started.menus.actions["undo"].isEnabled()
    assert listed(started) == ["Array 6  (undone)", "Array 5  (undone)", "Now"]


def test_a_larger_limit_lets_the_list_grow(started: MainWindow) -> None:
    set_limit(started, 0.1)
    replace_array(started, 1, 2, 3, 4)
    assert listed(started) == ["Now", "Array 4", "Array 3"]
    set_limit(started, 0.2)
    replace_array(started, 5, 6, 7, 8)
    # five arrays are 175 MB; the change that comes before them is beyond the limit
    assert listed(started) == ["Now", *(f"Array {number}" for number in (8, 7, 6, 5, 4))]


def test_the_limit_holds_for_the_next_session_and_the_next_window(
    started: MainWindow, answers: Answers
) -> None:
    set_limit(started, 0.1)
    started.workbench.model.show(PipelineSession("another"))
    replace_array(started, 1, 2, 3, 4)
    assert listed(started) == ["Now", "Array 4", "Array 3"]
    other = MainWindow(SessionModel(), Faults(), answers)
    other.show()
    other.workbench.model.show(PipelineSession("a third"))
    replace_array(other, 1, 2, 3, 4)
    assert listed(other) == ["Now", "Array 4", "Array 3"]
    other.workbench.closing.close_at_once()
    other.deleteLater()
