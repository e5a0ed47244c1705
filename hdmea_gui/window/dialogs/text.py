"""Texts to read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QDialog, QTextBrowser, QVBoxLayout, QWidget

if TYPE_CHECKING:
    from pathlib import Path

from hdmea_gui.window.dialogs.answers import Answers


class TextDialog(QDialog):
    """A text to read, written in Markdown; links between its files work."""

    def __init__(
        self, title: str, markdown: str = "", folder: Path | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.resize(760, 600)
        self.browser = QTextBrowser()
        self.browser.setOpenExternalLinks(False)
        if folder is not None:
            self.browser.setSearchPaths([str(folder)])
        self.browser.setMarkdown(markdown)
        self.browser.setWhatsThis("A text to read; what is selected in it can be copied.")
        self.buttons = Answers(self, is_question=False)
        layout = QVBoxLayout(self)
        layout.addWidget(self.browser)
        layout.addWidget(self.buttons)
