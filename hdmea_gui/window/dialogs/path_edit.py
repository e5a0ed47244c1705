"""A field for a path, typed or chosen."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLineEdit, QToolButton, QWidget

from hdmea_gui.sources import source_at
from hdmea_gui.views.explain import explain


class PathEdit(QWidget):
    """A field for a path, with a button to choose it.

    Parameters
    ----------
    title : str
        Name of the path, for the user.
    kinds : str
        Files that can be chosen, as a Qt file filter; empty for a folder.
    """

    changed = Signal()

    def __init__(self, title: str, kinds: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title, self._kinds = title, kinds
        self.line = QLineEdit()
        self.line.setMinimumWidth(320)
        self.line.setAccessibleName(title)
        explain(self.line, f"{title}: type a path, or choose it with the button on the right.")
        self.line.textChanged.connect(self.changed)
        browse = QToolButton()
        browse.setText("...")
        browse.setAccessibleName(f"Choose {title}")
        explain(browse, f"Choose {title}.")
        browse.clicked.connect(self._on_browse)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.line)
        layout.addWidget(browse)
        self.setFocusProxy(self.line)

    def path(self) -> Path | None:
        """Return the path, or None if the field is empty."""
        text = self.line.text().strip()
        return Path(text).expanduser() if text else None

    def set_path(self, path: Path | None) -> None:
        """Show a path."""
        self.line.setText(str(path) if path is not None else "")

    def _on_browse(self) -> None:
        start = self.line.text()
        if self._kinds:
            chosen, _ = QFileDialog.getOpenFileName(self, self._title, start, self._kinds)
        else:
            chosen = QFileDialog.getExistingDirectory(self, self._title, start)
        if chosen:
            self.set_path(source_at(Path(chosen)))
