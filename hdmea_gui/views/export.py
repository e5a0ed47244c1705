"""Figures as files: PNG for slides, SVG and PDF for papers, drawn from the plots on screen."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pyqtgraph import GraphicsScene
from PySide6.QtCore import (
    QBuffer,
    QCoreApplication,
    QEvent,
    QIODevice,
    QMarginsF,
    QPoint,
    QRect,
    QRectF,
    QSize,
    QSizeF,
    Qt,
)
from PySide6.QtGui import QFontInfo, QImage, QPageSize, QPainter, QPalette, QPdfWriter, QRegion
from PySide6.QtWidgets import QApplication, QGraphicsView, QWidget

from hdmea_gui.errors import ConfigurationError, HDMEAError
from hdmea_gui.file_replacement import replacing
from hdmea_gui.sources import refuse_recording
from hdmea_gui.views.svg import SvgPage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from PySide6.QtGui import QPaintDevice

_PNG_SCALE = 2  # pixels of a PNG per pixel on screen
_POINTS_PER_INCH = 72
_MM_PER_INCH = 25.4
_METRES_PER_INCH = 0.0254


@dataclass(frozen=True)
class FigurePage:
    """Size of a figure on paper.

    Parameters
    ----------
    width_mm, height_mm : float
        Size of the figure.
    font_pt : float
        Size of its texts, to which lines and symbols are scaled.
    dpi : float
        Resolution of a PNG.
    """

    width_mm: float
    height_mm: float
    font_pt: float
    dpi: float

    @property
    def inches(self) -> QSizeF:
        """Size of the figure in inches."""
        return QSizeF(self.width_mm, self.height_mm) / _MM_PER_INCH


@dataclass(frozen=True)
class _Drawing:
    """A widget as it is to be drawn.

    Parameters
    ----------
    widget : QWidget
        The widget, in the size to draw it.
    inches : QSizeF
        Its size on paper.
    scale : float
        Size on paper divided by size on screen.
    dpi : float
        Resolution of a PNG.
    """

    widget: QWidget
    inches: QSizeF
    scale: float
    dpi: float


def export_figure(
    widget: QWidget, path: Path, palette: QPalette | None = None, page: FigurePage | None = None
) -> None:
    """Write what a widget shows to a file; the extension decides the format.

    Axes, curves and texts stay vectors in SVG and PDF; only maps are bitmaps.

    Parameters
    ----------
    widget : QWidget
        A plot, or a widget that holds plots and texts.
    path : Path
        The file.
    palette : QPalette or None
        Palette for everything but the plots; the widget's own by default.
    page : FigurePage or None
        Size on paper; that on screen, with twice its pixels in a PNG, by default.

    Raises
    ------
    ConfigurationError
        The extension belongs to none of the formats.
    HDMEAError
        The file cannot be written.
    """
    write = FORMATS.get(path.suffix.lower())
    if write is None:
        raise ConfigurationError(
            f"Figures can be saved as PNG, SVG or PDF, but '{path.name}' has none of these extensions. Choose one."
        )
    refuse_recording(path)
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    with _in_size(widget, page) as drawing, _for_export(widget), _in_colours(widget, palette):
        write(drawing, buffer)
    try:
        with replacing(path) as temporary:
            temporary.write_bytes(bytes(buffer.data().data()))
    except OSError as error:
        raise HDMEAError(
            f"The figure cannot be written to {path}: {error.strerror}. Choose another folder."
        ) from error


def _write_png(drawing: _Drawing, buffer: QBuffer) -> None:
    widget = drawing.widget
    size = (drawing.inches * drawing.dpi).toSize()
    image = QImage(size, QImage.Format.Format_RGB32)
    image.fill(widget.palette().color(QPalette.ColorRole.Base))
    image.setDevicePixelRatio(size.width() / widget.width())
    _set_resolution(image, widget.logicalDpiX())  # by which texts get their size
    _paint(widget, image)
    _set_resolution(image, drawing.dpi)
    image.save(buffer, "PNG")  # type: ignore[call-overload]  # the stubs know only file names


def _set_resolution(image: QImage, dpi: float) -> None:
    per_metre = round(dpi / _METRES_PER_INCH)
    image.setDotsPerMeterX(per_metre)
    image.setDotsPerMeterY(per_metre)


def _write_svg(drawing: _Drawing, buffer: QBuffer) -> None:
    widget = drawing.widget
    page = SvgPage(widget.size(), widget.logicalDpiX(), drawing.inches)
    _paint(widget, page)
    buffer.write(page.to_svg().encode())


def _write_pdf(drawing: _Drawing, buffer: QBuffer) -> None:
    writer = QPdfWriter(buffer)
    writer.setResolution(drawing.widget.logicalDpiX())
    size = drawing.inches * _POINTS_PER_INCH
    writer.setPageSize(QPageSize(size, QPageSize.Unit.Point, "", QPageSize.SizeMatchPolicy.ExactMatch))
    writer.setPageMargins(QMarginsF())
    _paint(drawing.widget, writer, drawing.scale)


FORMATS: dict[str, Callable[[_Drawing, QBuffer], None]] = {
    ".png": _write_png,
    ".svg": _write_svg,
    ".pdf": _write_pdf,
}
"""Writers of figures by file extension."""


def _paint(widget: QWidget, device: QPaintDevice, scale: float = 1.0) -> None:
    """Paint a widget and the plots in it; plots are painted by their scenes and so stay vectors."""
    painter = QPainter(device)
    painter.scale(scale, scale)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.fillRect(widget.rect(), widget.palette().color(QPalette.ColorRole.Base))
    for part in _leaves(widget):
        origin = part.mapTo(widget, QPoint(0, 0)) if part is not widget else QPoint(0, 0)
        if isinstance(part, QGraphicsView):
            part.render(
                painter, QRectF(origin, part.viewport().size()), QRect(QPoint(0, 0), part.viewport().size())
            )
        else:
            part.render(painter, origin, QRegion(), QWidget.RenderFlag.IgnoreMask)
    painter.end()


def _leaves(widget: QWidget) -> Iterator[QWidget]:
    """Yield the plots in a widget and the visible widgets that contain no others."""
    if isinstance(widget, QGraphicsView):
        yield widget
        return
    inner = [child for child in widget.children() if isinstance(child, QWidget) and child.isVisible()]
    if not inner:
        yield widget
    for child in inner:
        yield from _leaves(child)


@contextmanager
def _in_size(widget: QWidget, page: FigurePage | None) -> Iterator[_Drawing]:
    """Give a widget the size in which its texts have that of the page, for as long as it is drawn."""
    dpi, before = widget.logicalDpiX(), widget.size()
    if page is None:
        yield _Drawing(widget, QSizeF(before) / dpi, 1.0, _PNG_SCALE * dpi)
        return
    scale = page.font_pt / QFontInfo(QApplication.font()).pointSizeF()
    limits = widget.minimumSize(), widget.maximumSize()
    size = (page.inches * dpi / scale).toSize()
    widget.setFixedSize(size)  # else what is around it, as a scroll area, sets another one
    _resize(widget, size)
    try:
        yield _Drawing(widget, page.inches, scale, page.dpi)
    finally:
        widget.setMinimumSize(limits[0])
        widget.setMaximumSize(limits[1])
        _resize(widget, before)


def _resize(widget: QWidget, size: QSize) -> None:
    """Resize a widget and all that is in it, at once."""
    widget.resize(size)
    QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest.value)
    for plots in [widget] if isinstance(widget, QGraphicsView) else widget.findChildren(QGraphicsView):
        if isinstance(scene := plots.scene(), GraphicsScene):
            scene.prepareForPaint()


@contextmanager
def _for_export(widget: QWidget) -> Iterator[None]:
    """Make plot items draw shapes instead of pixmaps cached for the screen."""
    plots = [widget] if isinstance(widget, QGraphicsView) else widget.findChildren(QGraphicsView)
    items: list[Any] = [
        item for plot in plots for item in plot.scene().items() if hasattr(item, "setExportMode")
    ]
    for item in items:
        item.setExportMode(True, {"antialias": True, "resolutionScale": 1.0})
    try:
        yield
    finally:
        for item in items:
            item.setExportMode(False)


@contextmanager
def _in_colours(widget: QWidget, palette: QPalette | None) -> Iterator[None]:
    # Restoring a full palette would cut the widget off from later changes of the theme.
    before = QPalette(widget.palette())
    before.setResolveMask(
        0 if not widget.testAttribute(Qt.WidgetAttribute.WA_SetPalette) else before.resolveMask()
    )
    if palette is not None:
        widget.setPalette(palette)
    try:
        yield
    finally:
        widget.setPalette(before)
