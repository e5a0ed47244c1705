"""Figures as files: PNG for slides, SVG and PDF for papers, drawn from the plots on screen."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QBuffer, QIODevice, QMarginsF, QPoint, QRect, QRectF, QSizeF, Qt
from PySide6.QtGui import QImage, QPageSize, QPainter, QPalette, QPdfWriter, QRegion
from PySide6.QtWidgets import QGraphicsView, QWidget

from hdmea_gui.errors import ConfigurationError, HDMEAError
from hdmea_gui.sources import refuse_recording
from hdmea_gui.views.svg import SvgPage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from PySide6.QtGui import QPaintDevice

_PNG_SCALE = 2  # pixels of a PNG per pixel on screen
_POINTS_PER_INCH = 72
_METRES_PER_INCH = 0.0254


def export_figure(widget: QWidget, path: Path, palette: QPalette | None = None) -> None:
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
    with _for_export(widget), _in_colours(widget, palette):
        write(widget, buffer)
    try:
        path.write_bytes(bytes(buffer.data().data()))
    except OSError as error:
        raise HDMEAError(
            f"The figure cannot be written to {path}: {error.strerror}. Choose another folder."
        ) from error


def _write_png(widget: QWidget, buffer: QBuffer) -> None:
    image = QImage(widget.size() * _PNG_SCALE, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(_PNG_SCALE)
    per_metre = round(widget.logicalDpiX() / _METRES_PER_INCH)
    image.setDotsPerMeterX(per_metre)
    image.setDotsPerMeterY(per_metre)
    _paint(widget, image)
    image.save(buffer, "PNG")  # type: ignore[call-overload]  # the stubs know only file names


def _write_svg(widget: QWidget, buffer: QBuffer) -> None:
    page = SvgPage(widget.size(), widget.logicalDpiX())
    _paint(widget, page)
    buffer.write(page.to_svg().encode())


def _write_pdf(widget: QWidget, buffer: QBuffer) -> None:
    writer = QPdfWriter(buffer)
    dpi = widget.logicalDpiX()
    writer.setResolution(dpi)
    size = QSizeF(widget.size()) * _POINTS_PER_INCH / dpi
    writer.setPageSize(QPageSize(size, QPageSize.Unit.Point, "", QPageSize.SizeMatchPolicy.ExactMatch))
    writer.setPageMargins(QMarginsF())
    _paint(widget, writer)


FORMATS: dict[str, Callable[[QWidget, QBuffer], None]] = {
    ".png": _write_png,
    ".svg": _write_svg,
    ".pdf": _write_pdf,
}
"""Writers of figures by file extension."""


def _paint(widget: QWidget, device: QPaintDevice) -> None:
    """Paint a widget and the plots in it; plots are painted by their scenes and so stay vectors."""
    painter = QPainter(device)
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
