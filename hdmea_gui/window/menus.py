"""The menu bar: an action for each record in ACTIONS, why it is disabled, and the recent files."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtGui import QAction, QKeySequence, QShortcut
from PySide6.QtWidgets import QMenu

from hdmea_gui.window.actions import ACTIONS, EXPORTS, MENUS, SEPARATOR
from hdmea_gui.window.disabled_reasons import disabled_reasons

if TYPE_CHECKING:
    from hdmea_gui.window.actions import ActionSpec
    from hdmea_gui.window.main_window import MainWindow


class Menus:
    """The menus of the window and their actions.

    Parameters
    ----------
    window : MainWindow
        The window; its panels exist already.

    Attributes
    ----------
    actions : dict
        The actions by key.
    recent : QMenu
        Menu of the recent files.
    """

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self.actions = {spec.key: self._make_action(spec) for spec in ACTIONS}
        self.recent = QMenu("Open &Recent", window)
        self.recent.setToolTipsVisible(True)
        self.recent.aboutToShow.connect(self._fill_recent)
        self._fill()
        for number in range(len(window.docks.views)):
            shortcut = QShortcut(QKeySequence(f"Alt+{number + 1}"), window)
            shortcut.activated.connect(partial(self._show_view, number))

    def _make_action(self, spec: ActionSpec) -> QAction:
        action = QAction(spec.text, self._window)
        action.setStatusTip(spec.tip)
        action.setWhatsThis(spec.tip)
        if spec.shortcut:
            action.setShortcut(QKeySequence(spec.shortcut))
        action.triggered.connect(self._window.command(spec.key))
        self._window.addAction(action)
        return action

    def _fill(self) -> None:
        export_menu = QMenu("&Export", self._window)
        export_menu.addActions([self.actions[key] for key in EXPORTS])
        views_menu = QMenu("&Panels", self._window)
        views_menu.addActions(self._window.docks.toggle_actions())
        submenus = {"recent": self.recent, "export": export_menu, "views": views_menu}
        for title, keys in MENUS.items():
            menu = self._window.menuBar().addMenu(title)
            menu.setToolTipsVisible(True)
            for key in keys:
                if key == SEPARATOR:
                    menu.addSeparator()
                elif key in submenus:
                    menu.addMenu(submenus[key])
                else:
                    menu.addAction(self.actions[key])

    def refresh(self) -> None:
        """Enable what is possible, show why the rest is not, and what undo and redo would change."""
        reasons = disabled_reasons(self._window)
        for spec in ACTIONS:
            why_not = reasons[spec.needs]
            self.actions[spec.key].setEnabled(not why_not)
            self.actions[spec.key].setToolTip(why_not or spec.tip)
        history = self._window.model.history
        for key, names, word in (
            ("undo", history.undo_names, "&Undo"),
            ("redo", history.redo_names, "&Redo"),
        ):
            name = names[0].replace("&", "&&") if names else ""  # an & in the user's text marks no mnemonic
            self.actions[key].setText(f"{word} {name}".rstrip())

    def _fill_recent(self) -> None:
        self.recent.clear()
        why_not = disabled_reasons(self._window)["idle"]
        for name in self._window.settings.recent_files:
            action = self.recent.addAction(name)
            action.setEnabled(not why_not)
            action.setToolTip(why_not or f"Open {name}.")
            action.triggered.connect(partial(self._open, name))
        if self.recent.isEmpty():
            self.recent.addAction("No recent files").setEnabled(False)

    def _show_view(self, number: int) -> None:
        self._window.docks.show_view(number)

    def _open(self, name: str) -> None:
        self._window.open_path(Path(name))
