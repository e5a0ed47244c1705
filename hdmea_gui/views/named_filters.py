"""Menu of named filters of the unit table: the one shipped with the program and those that the user has saved."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QMenu, QPushButton, QWidget, QWidgetAction

from hdmea_gui.views.explain import explain, name_for_readers

SHIPPED: Final = {
    "Clean units": "quality.isi_violation_2ms < 0.01 and quality.contamination < 0.1 and quality.presence_ratio > 0.5"
}


class NamedFilters(QPushButton):
    """Button with the menu: a filter chosen goes into the filter line, and the one typed there can be saved.

    Saving under the name of a filter replaces it; deleting a shipped filter that was replaced brings it back.

    Parameters
    ----------
    line : QLineEdit
        The filter line.
    """

    chosen = Signal()
    """A filter has been put into the line, to be applied."""

    def __init__(self, line: QLineEdit, parent: QWidget | None = None) -> None:
        super().__init__("Filters", parent)
        self._line = line
        self._saved: dict[str, str] = {}
        explain(self, "Choose a named filter, or save the filter typed under a name.")
        self._menu = QMenu(self)
        self._menu.setToolTipsVisible(True)
        self._menu.aboutToShow.connect(self._fill)
        self.setMenu(self._menu)

    def filters(self) -> dict[str, str]:
        """Return all filters by name, the shipped ones first."""
        return SHIPPED | self._saved

    def state(self) -> list[list[str]]:
        """Return the user's filters for the settings; a list, since deleted entries of tables come back in a merge."""
        return [[name, text] for name, text in self._saved.items()]

    def restore(self, state: object) -> None:
        """Restore filters returned by `state`; malformed ones are ignored."""
        entries = state if isinstance(state, list) else []
        self._saved = {
            entry[0]: entry[1]
            for entry in entries
            if isinstance(entry, list) and [type(part) for part in entry] == [str, str] and all(entry)
        }

    def _fill(self) -> None:
        self._menu.clear()
        for name, text in self.filters().items():
            action = self._menu.addAction(name.replace("&", "&&"))
            action.setToolTip(text)
            action.triggered.connect(partial(self._choose, text))
        self._menu.addSeparator()
        if self._line.text().strip():
            self._menu.addAction(self._saving())
        delete = self._menu.addMenu("Delete")
        for name in self._saved:
            delete.addAction(name.replace("&", "&&")).triggered.connect(partial(self._delete, name))
        delete.setEnabled(bool(self._saved))

    def _saving(self) -> QWidgetAction:
        name = QLineEdit(placeholderText="Save the filter typed as ...")
        explain(name, "Type a name and press Return to save the filter typed; one of that name is replaced.")
        name_for_readers(name, "Name of the filter to save")
        name.returnPressed.connect(partial(self._save, name))
        action = QWidgetAction(self._menu)
        action.setDefaultWidget(name)
        return action

    def _choose(self, text: str, *_checked: Any) -> None:
        self._line.setText(text)
        self.chosen.emit()

    def _save(self, name: QLineEdit) -> None:
        if typed := name.text().strip():
            self._saved[typed] = self._line.text().strip()
            self._menu.close()

    def _delete(self, name: str, *_checked: Any) -> None:
        self._saved.pop(name)
