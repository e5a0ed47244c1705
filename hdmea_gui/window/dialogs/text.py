"""Dialogs that show a text."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QByteArray, QUrl
from PySide6.QtGui import QImage, QPainter, QPalette, QTextDocument
from PySide6.QtWidgets import QDialog, QTextBrowser, QVBoxLayout, QWidget

from hdmea_gui.views.text_size import window_size
from hdmea_gui.window.dialogs.answers import Answers
from hdmea_gui.window.style import between

if TYPE_CHECKING:
    from PySide6.QtCore import QEvent

_TEXT, _QUIET = "#202020", "#808080"
"""Colours used in the SVG files; replaced by the text colours of the palette."""


class Browser(QTextBrowser):
    """A text browser that draws SVG files in the colours of the palette, at the resolution of the screen.

    Parameters
    ----------
    folder : Path or None
        Folder of the text's drawings.
    """

    def __init__(self, folder: Path | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._folder = folder
        self._markdown = ""

    def show_markdown(self, markdown: str) -> None:
        """Show a Markdown text."""
        self._markdown = markdown
        self.setMarkdown(markdown)

    def loadResource(self, kind: int, name: QUrl | str) -> Any:  # noqa: N802 - Qt's name
        """Return a drawing in the colours of the palette; anything else as usual."""
        path = Path(name.toString() if isinstance(name, QUrl) else name)
        is_drawing = kind == QTextDocument.ResourceType.ImageResource.value and path.suffix == ".svg"
        if not is_drawing or self._folder is None:
            return super().loadResource(kind, name)
        return self._drawn((self._folder / path.name).read_text(encoding="utf-8"))

    def _drawn(self, drawing: str) -> QImage:
        from PySide6.QtSvg import QSvgRenderer  # here, to keep the start fast

        palette = self.palette()
        text, background = (
            palette.color(role) for role in (QPalette.ColorRole.Text, QPalette.ColorRole.Base)
        )
        drawing = drawing.replace(_TEXT, text.name()).replace(_QUIET, between(text, background).name())
        renderer = QSvgRenderer(QByteArray(drawing.encode()))
        ratio = self.devicePixelRatioF()
        image = QImage(renderer.defaultSize() * ratio, QImage.Format.Format_ARGB32_Premultiplied)
        image.fill(0)
        painter = QPainter(image)
        renderer.render(painter)
        painter.end()
        image.setDevicePixelRatio(ratio)
        return image

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Redraw in the new colours."""
        super().changeEvent(event)
        if event.type() == event.Type.PaletteChange and self._markdown:
            self.document().clear()  # Qt caches drawings with the document
            self.setMarkdown(self._markdown)


class TextDialog(QDialog):
    """A dialog that shows a Markdown text with drawings."""

    def __init__(
        self, title: str, markdown: str = "", folder: Path | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.resize(window_size(760, 600))
        self.browser = Browser(folder)
        self.browser.setAccessibleName(title)
        self.browser.setOpenExternalLinks(False)
        if folder is not None:
            self.browser.setSearchPaths([str(folder)])
        self.browser.show_markdown(markdown)
        self.browser.setWhatsThis("Selected text can be copied.")
        layout = QVBoxLayout(self)
        layout.addWidget(self.browser)
        self.buttons = Answers(self, is_question=False)
        layout.addWidget(self.buttons)
        self.browser.setFocus()
