"""The menu bar: menus as lists of action keys, why an action is disabled, and the recent files."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtGui import QAction, QKeySequence, QShortcut
from PySide6.QtWidgets import QMenu

from hdmea_gui.window.actions import ACTIONS, export_actions
from hdmea_gui.window.disabled_reasons import disabled_reasons
from hdmea_gui.window.open_paths import open_path

if TYPE_CHECKING:
    from PySide6.QtWidgets import QMainWindow

    from hdmea_gui.window.actions import ActionSpec
    from hdmea_gui.window.workbench import Workbench

SEPARATOR: Final = ""
"""A separator line in a menu."""

MENUS: Final[dict[str, tuple[str, ...]]] = {
    "&File": (
        "new_recording",
        "open",
        "recent",
        SEPARATOR,
        "save",
        "save_as",
        "save_checkpoint",
        "checkpoints",
        "revert",
        SEPARATOR,
        "import_labels",
        "export",
        "figure_size",
        SEPARATOR,
        "close",
        "quit",
    ),
    "&Edit": ("undo", "redo", "history", SEPARATOR, "filter", "find_unit", SEPARATOR, "preferences"),
    "&Pipeline": (
        "run_next",
        "run_all",
        "stop",
        SEPARATOR,
        "pick_threshold",
        SEPARATOR,
        "save_flow",
        "open_flow",
        "export_flow",
        "delete_flow",
    ),
    "&Units": (
        *(f"label_{name}" for name in ("good", "mua", "noise", "none", "other")),
        SEPARATOR,
        "next_unit",
        "previous_unit",
    ),
    "&View": (
        "views",
        SEPARATOR,
        "open_file_view",
        SEPARATOR,
        "full_screen",
        "reset_layout",
    ),
    "&Help": (
        "help",
        "changes",
        "open_sample",
        "shortcuts",
        "whats_this",
        SEPARATOR,
        "self_test",
        "copy_bug_report",
        "about",
    ),
}
"""Entries of each menu; ``recent``, ``export`` and ``views`` are submenus."""


class Menus:
    """The menus of the window and their actions.

    Parameters
    ----------
    window : QMainWindow
        The window.
    bench : Workbench
        What the actions work with.

    Attributes
    ----------
    specs : tuple of ActionSpec
        Every action, those of the table of exports included.
    actions : dict
        The actions by key.
    recent : QMenu
        Menu of the recent files.
    """

    def __init__(self, window: QMainWindow, bench: Workbench) -> None:
        self._window = window
        self._bench = bench
        self._exports = export_actions()
        self.specs = (*ACTIONS, *self._exports)
        self.actions = {spec.key: self._make_action(spec) for spec in self.specs}
        self.recent = QMenu("Open &Recent", window)
        self.recent.setToolTipsVisible(True)
        self.recent.aboutToShow.connect(self._fill_recent)
        self._fill()
        for number in range(len(bench.panels.docks.views)):
            shortcut = QShortcut(QKeySequence(f"Alt+{(number + 1) % 10}"), window)
            shortcut.activated.connect(partial(self._show_view, number))

    def _make_action(self, spec: ActionSpec) -> QAction:
        action = QAction(f"{spec.text}\t{spec.keys}" if spec.keys else spec.text, self._window)
        action.setStatusTip(spec.tip)
        action.setWhatsThis(spec.tip)
        if spec.shortcut:
            action.setShortcut(QKeySequence(spec.shortcut))
        action.triggered.connect(partial(self._run, spec))
        self._window.addAction(action)
        return action

    def _run(self, spec: ActionSpec) -> None:
        self._bench.model.commit()
        spec.run(self._bench)

    def _fill(self) -> None:
        export_menu = QMenu("&Export", self._window)
        keys = (*(spec.key for spec in self._exports), "export_figure")
        export_menu.addActions([self.actions[key] for key in keys])
        views_menu = QMenu("&Panels", self._window)
        views_menu.addActions(self._bench.panels.docks.toggle_actions())
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
        reasons = disabled_reasons(self._bench)
        for spec in self.specs:
            why_not = reasons[spec.needs]
            self.actions[spec.key].setEnabled(not why_not)
            self.actions[spec.key].setToolTip(why_not or spec.tip)
        history, flow = self._bench.model.history, self._bench.panels.pipeline.flow_to_undo
        undo_names = [f"Flow {flow}"] if flow else history.undo_names
        for key, names, word in (
            ("undo", undo_names, "&Undo"),
            ("redo", history.redo_names, "&Redo"),
        ):
            name = names[0].replace("&", "&&") if names else ""  # an & in the user's text marks no mnemonic
            self.actions[key].setText(f"{word} {name}".rstrip())

    def _fill_recent(self) -> None:
        self.recent.clear()
        why_not = disabled_reasons(self._bench)["idle"]
        for name in self._bench.settings.current.recent_files:
            action = self.recent.addAction(name.replace("&", "&&"))  # an & marks no mnemonic here
            action.setEnabled(not why_not)
            action.setToolTip(why_not or f"Open {name}.")
            action.triggered.connect(partial(open_path, self._bench, Path(name)))
        if self.recent.isEmpty():
            self.recent.addAction("No recent files").setEnabled(False)

    def _show_view(self, number: int) -> None:
        self._bench.panels.docks.show_view(number)
