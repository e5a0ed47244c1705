"""What a screen reader says of every control: a name, not only a kind."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QDialog, QLabel, QScrollBar, QTabBar, QWidget

from tests.window.carrying_out import carry_out
from tests.window.test_explanations import DIALOGS, is_control

if TYPE_CHECKING:
    from hdmea_gui.window.main_window import MainWindow
    from tests.window.conftest import Await

OTHERS = ("figure_size",)


def name_of(widget: QWidget) -> str:
    interface = QAccessible.queryAccessibleInterface(widget)
    return interface.text(QAccessible.Text.Name).strip() if interface is not None else ""


def nameless(root: QWidget) -> list[str]:
    """The controls below a widget of which a screen reader says no name."""
    found = []
    for widget in root.findChildren(QWidget):
        takes_keys = widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.focusProxy() is None
        is_qts_own = widget.objectName().startswith("qt_") or isinstance(widget, (QScrollBar, QTabBar))
        if (is_control(widget) or takes_keys) and not is_qts_own and not name_of(widget):
            parent = widget.parentWidget()
            found.append(f"{type(widget).__name__} in {type(parent).__name__}: {widget.whatsThis()[:60]}")
    return found


def strangers(root: QWidget) -> list[str]:
    """Labels whose buddy is elsewhere, which Qt then does not announce."""
    labels = (label for label in root.findChildren(QLabel) if label.buddy() is not None)
    return [label.text() for label in labels if label.buddy().parentWidget() is not label.parentWidget()]


def test_every_control_of_the_window_has_a_name(opened: MainWindow, await_: Await) -> None:
    for row in opened.workbench.panels.pipeline.rows.values():
        row.title.setChecked(True)
    await_(asyncio.sleep(0.2))
    assert nameless(opened) == []
    assert strangers(opened) == []


@pytest.mark.parametrize("key", [*DIALOGS, *OTHERS])
def test_every_control_of_a_dialog_has_a_name(key: str, opened: MainWindow, await_: Await) -> None:
    async def look() -> tuple[list[str], list[str]]:
        before = set(opened.findChildren(QDialog))
        carry_out(opened, key)
        (dialog,) = set(opened.findChildren(QDialog)) - before
        await asyncio.sleep(0.1)
        found = nameless(dialog), strangers(dialog)
        dialog.reject()
        await asyncio.sleep(0.1)
        return found

    assert await_(look()) == ([], [])
