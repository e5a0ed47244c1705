"""Every control says what it is, and what is not possible says why."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QDialog,
    QGraphicsView,
    QHeaderView,
    QLineEdit,
    QPlainTextEdit,
    QScrollBar,
    QTabBar,
    QTextEdit,
    QWhatsThis,
    QWidget,
)

from hdmea_gui.views import VIEWS
from hdmea_gui.views.parameter_form import Field
from hdmea_gui.views.view import View
from hdmea_gui.window.actions import ACTIONS
from hdmea_gui.window.disabled_reasons import disabled_reasons
from tests.window.carrying_out import carry_out

if TYPE_CHECKING:
    from pathlib import Path

    from hdmea_gui.window.main_window import MainWindow
    from tests.window.conftest import Await

CONTROLS = (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QGraphicsView,
    QLineEdit,
    QPlainTextEdit,
    QTextEdit,
)
WITHIN = (QAbstractSpinBox, QComboBox, QLineEdit, QTabBar, QHeaderView, QAbstractItemView, Field)
"""What explains its own parts."""

PICTURES = (QGraphicsView, QAbstractItemView, QPlainTextEdit)
"""What a view consists of, and explains."""

DIALOGS = (
    "new_recording",
    "save_checkpoint",
    "checkpoints",
    "history",
    "preferences",
    "pick_threshold",
    "help",
    "changes",
    "shortcuts",
    "about",
)


def is_control(widget: QWidget) -> bool:
    """Whether a user does something with it, unlike with the parts that Qt makes of its own."""
    is_qts_own = widget.objectName().startswith("qt_") or isinstance(widget, (QScrollBar, QHeaderView))
    return isinstance(widget, CONTROLS) and not is_qts_own


def explanation(control: QWidget) -> str:
    """What a control says of itself; a part of a control, or a plot of a view, says what the whole does."""
    if control.whatsThis():
        return control.whatsThis()
    parent = control.parentWidget()
    while parent is not None:
        wholes = (*WITHIN, View) if isinstance(control, PICTURES) else WITHIN
        if isinstance(parent, wholes) and parent.whatsThis():
            return parent.whatsThis()
        parent = parent.parentWidget()
    return ""


def mute(root: QWidget) -> list[str]:
    """The controls below a widget that do not say what they are in a sentence."""
    controls = [child for child in root.findChildren(QWidget) if is_control(child)]
    assert controls
    said = {
        control: explanation(control) for control in controls if not isinstance(control.parent(), QTabBar)
    }
    named = {control: f"{type(control).__name__} {control.accessibleName()}" for control in controls}
    named |= {button: button.text() for button in controls if isinstance(button, QAbstractButton)}
    return [f"{named[control]}: {words}" for control, words in said.items() if len(words.split()) < 2]


def test_every_control_of_the_window_says_what_it_is(
    window: MainWindow, await_: Await, reference: Path
) -> None:
    assert mute(window) == []
    await_(window.workbench.files.open(reference / "lab_deferred.h5"))
    assert mute(window) == []


def test_every_tab_says_what_its_panel_is(window: MainWindow) -> None:
    window.tabifyDockWidget(window.workbench.panels.docks["stimulus"], window.workbench.panels.docks["log"])
    window.show()
    carry_out(window, "whats_this")
    QWhatsThis.leaveWhatsThisMode()
    bars = window.findChildren(QTabBar)
    said = {bar.tabText(number): bar.tabWhatsThis(number) for bar in bars for number in range(bar.count())}
    assert {spec.title for spec in VIEWS} <= set(said)
    assert "Log" in said
    assert [title for title, words in said.items() if len(words.split()) < 4] == []


def test_every_control_of_every_dialog_says_what_it_is(
    window: MainWindow, await_: Await, reference: Path
) -> None:
    await_(window.workbench.files.open(reference / "lab_deferred.h5"))

    async def look() -> dict[str, list[str]]:
        found = {}
        for key in DIALOGS:
            before = set(window.findChildren(QDialog))
            carry_out(window, key)
            await asyncio.sleep(0)
            (dialog,) = set(window.findChildren(QDialog)) - before
            found[key] = mute(dialog)
            dialog.close()
        await asyncio.sleep(0.2)  # what was asked for meanwhile comes and finds its dialog closed
        return found

    assert await_(look()) == {key: [] for key in DIALOGS}


def test_what_is_not_possible_says_why(window: MainWindow, await_: Await, reference: Path) -> None:
    def check() -> None:
        for spec in ACTIONS:
            action = window.menus.actions[spec.key]
            why_not = disabled_reasons(window.workbench)[spec.needs]
            assert action.isEnabled() is not bool(why_not)
            assert action.toolTip() == (why_not or spec.tip)
            assert action.toolTip().endswith(".")
            assert action.whatsThis() == spec.tip
        buttons = window.workbench.panels.pipeline.findChildren(QAbstractButton)
        silent = [button.text() for button in buttons if not button.isEnabled() and not button.toolTip()]
        assert silent == []

    check()
    assert window.menus.actions["save"].toolTip() == "Open a recording or a session first."
    await_(window.workbench.files.open(reference / "lab_deferred.h5"))
    check()
    assert window.menus.actions["undo"].toolTip() == "Nothing to undo."
    assert window.menus.actions["revert"].toolTip() == "No unsaved changes."
    window.workbench.model.edit(["unit_001"], "label", "good")
    check()
    assert window.menus.actions["undo"].isEnabled()
    assert window.menus.actions["revert"].isEnabled()
    window.workbench.panels.pipeline.set_running(True)
    check()
    for row in window.workbench.panels.pipeline.rows.values():
        assert not row.run.isEnabled()
        assert row.run.toolTip().startswith(("Steps are running", "Waiting for"))
    window.workbench.panels.pipeline.set_running(False)
