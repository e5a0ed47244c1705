"""SVG writer whose files look the same in every program.

Qt's own writer relies on SVG features for lines of constant width and for clipping that other programs, or Qt itself,
get wrong. Here everything is in page coordinates, lines have their width on screen, and clipping is explicit.
"""

from __future__ import annotations

import base64
import math
from html import escape
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QBuffer, QIODevice, QPointF, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import (
    QColor,
    QImage,
    QPaintDevice,
    QPaintEngine,
    QPaintEngineState,
    QPainterPath,
    QPen,
    QPolygonF,
    QTextItem,
    QTransform,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from PySide6.QtCore import QRect
    from PySide6.QtGui import QPixmap

_FINE = 3
"""Image pixels per pixel of the page: some programs blur enlarged images, and this keeps the blur small."""

_NO_FILL, _NO_STROKE = 'fill="none"', 'stroke="none"'

_CAPS = {
    Qt.PenCapStyle.FlatCap: "butt",
    Qt.PenCapStyle.SquareCap: "square",
    Qt.PenCapStyle.RoundCap: "round",
}
_JOINS = {Qt.PenJoinStyle.BevelJoin: "bevel", Qt.PenJoinStyle.RoundJoin: "round"}


class SvgPage(QPaintDevice):
    """Paint device that records what a QPainter draws and writes it as SVG.

    Parameters
    ----------
    size : QSize
        Width and height in pixels.
    dpi : int
        Pixels per inch, so that texts have their size on screen.
    inches : QSizeF or None
        Size on paper; that on screen by default.
    """

    def __init__(self, size: QSize, dpi: int, inches: QSizeF | None = None) -> None:
        super().__init__()
        self._size, self._dpi = size, dpi
        self._inches = inches if inches is not None else QSizeF(size) / dpi
        self._engine = _SvgEngine(dpi)

    def to_svg(self) -> str:
        """Return the SVG file as text."""
        width, height = self._size.width(), self._size.height()
        inches = f'width="{self._inches.width():.4f}in" height="{self._inches.height():.4f}in"'
        names = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
        head = f'<svg {names} version="1.1" {inches} viewBox="0 0 {width} {height}">'
        return "\n".join(
            [
                '<?xml version="1.0" encoding="UTF-8"?>',
                head,
                *self._engine.clips(),
                *self._engine.elements(),
                "</svg>\n",
            ]
        )

    def paintEngine(self) -> QPaintEngine:  # noqa: N802 - Qt's name
        """Return the paint engine."""
        return self._engine

    def metric(self, metric: QPaintDevice.PaintDeviceMetric) -> int:
        """Return a metric of the page."""
        names = QPaintDevice.PaintDeviceMetric
        width, height, dpi = self._size.width(), self._size.height(), self._dpi
        measures = {
            names.PdmWidth: width,
            names.PdmHeight: height,
            names.PdmWidthMM: round(width / dpi * 25.4),
            names.PdmHeightMM: round(height / dpi * 25.4),
            names.PdmNumColors: 1 << 24,
            names.PdmDepth: 32,
            names.PdmDevicePixelRatio: 1,
            names.PdmDevicePixelRatioScaled: int(QPaintDevice.devicePixelRatioFScale()),
        }
        return measures.get(metric, dpi)


class _SvgEngine(QPaintEngine):
    """Records what a painter draws; successive elements under the same clip form a group."""

    def __init__(self, dpi: int) -> None:
        super().__init__(QPaintEngine.PaintEngineFeature.AllFeatures)
        self._dpi = dpi
        self._elements: list[str] = []
        self._clips: dict[tuple[float, ...], str] = {}
        self._open_clip = ""
        self._transform = QTransform()
        self._fill, self._text_fill = _NO_FILL, _paint("fill", QColor("black"), 1.0)
        self._stroke = _stroke(QPen(), 1.0, self._transform)

    def clips(self) -> list[str]:
        """Return the definitions of the clip areas."""
        shapes = (
            f'<clipPath id="{name}"><rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}"/></clipPath>'
            for (x, y, width, height), name in self._clips.items()
        )
        return ["<defs>", *shapes, "</defs>"]

    def elements(self) -> list[str]:
        """Return the elements drawn so far."""
        return [*self._elements, *(["</g>"] if self._open_clip else [])]

    # What Qt calls

    def begin(self, _device: QPaintDevice) -> bool:
        """Start painting."""
        return True

    def end(self) -> bool:
        """Finish painting."""
        return True

    def type(self) -> QPaintEngine.Type:
        """Return the type for engines that are not Qt's."""
        return QPaintEngine.Type.User

    def updateState(self, state: QPaintEngineState) -> None:  # noqa: N802 - Qt's name
        """Update pen, brush, transform and clip."""
        self._transform = QTransform(state.transform())
        opacity = state.opacity()
        brush, pen = state.brush(), state.pen()
        is_filled = brush.style() != Qt.BrushStyle.NoBrush
        self._fill = _paint("fill", brush.color(), opacity) if is_filled else _NO_FILL
        self._text_fill = _paint("fill", pen.color(), opacity)
        self._stroke = _stroke(pen, opacity, self._transform)
        self._change_clip()

    def drawPath(self, path: QPainterPath) -> None:  # noqa: N802 - Qt's name
        """Write a path."""
        self._write_path(path, self._fill)

    def drawPolygon(  # noqa: N802 - Qt's name
        self, points: Iterable[Any], mode: QPaintEngine.PolygonDrawMode
    ) -> None:
        """Write a polygon or an open line."""
        path = QPainterPath()
        path.addPolygon(QPolygonF([QPointF(point) for point in points]))
        is_open = mode == QPaintEngine.PolygonDrawMode.PolylineMode
        if not is_open:
            path.closeSubpath()
        self._write_path(path, _NO_FILL if is_open else self._fill)

    def drawLines(self, lines: Iterable[Any]) -> None:  # noqa: N802 - Qt's name
        """Write single lines."""
        path = QPainterPath()
        for line in lines:
            path.moveTo(QPointF(line.p1()))
            path.lineTo(QPointF(line.p2()))
        self._write_path(path, _NO_FILL)

    def drawRects(self, rects: Iterable[Any]) -> None:  # noqa: N802 - Qt's name
        """Write rectangles."""
        path = QPainterPath()
        for rect in rects:
            path.addRect(QRectF(rect))
        self._write_path(path, self._fill)

    def drawEllipse(self, rect: QRectF | QRect) -> None:  # noqa: N802 - Qt's name
        """Write an ellipse."""
        path = QPainterPath()
        path.addEllipse(QRectF(rect))
        self._write_path(path, self._fill)

    def drawImage(  # noqa: N802 - Qt's name
        self,
        rect: QRectF | QRect,
        image: QImage,
        source: QRectF | QRect,
        _flags: Qt.ImageConversionFlag = Qt.ImageConversionFlag.AutoColor,
    ) -> None:
        """Write an image whose pixels stay sharp rectangles."""
        part = image.copy(QRectF(source).toAlignedRect())
        on_page = self._transform.mapRect(QRectF(rect)).size().toSize()
        enlarged = max(_FINE * on_page.width() // max(part.width(), 1), 1)
        size = part.size() * enlarged
        part = part.scaled(
            size, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.FastTransformation
        )
        place = f'x="{rect.x():g}" y="{rect.y():g}" width="{rect.width():g}" height="{rect.height():g}"'
        style = 'preserveAspectRatio="none" style="image-rendering:pixelated"'
        self._elements.append(
            f'<image {place} {_matrix(self._transform)} {style} xlink:href="{_png(part)}"/>'
        )

    def drawPixmap(  # noqa: N802 - Qt's name
        self, rect: QRectF | QRect, pixmap: QPixmap | QImage, source: QRectF | QRect
    ) -> None:
        """Write a pixmap."""
        self.drawImage(rect, pixmap if isinstance(pixmap, QImage) else pixmap.toImage(), source)

    def drawTextItem(self, place: Any, item: QTextItem) -> None:  # noqa: N802 - Qt's name
        """Write a text, with sans-serif fallbacks for a missing font."""
        font = item.font()
        size = font.pixelSize() if font.pixelSize() > 0 else font.pointSizeF() * self._dpi / 72
        family = escape(f"{font.family()}, DejaVu Sans, Arial, sans-serif")
        face = f'font-family="{family}" font-size="{size:.4g}" font-weight="{int(font.weight())}"'
        slant = ' font-style="italic"' if font.italic() else ""
        where = f'x="{place.x():.2f}" y="{place.y():.2f}" {_matrix(self._transform)}'
        self._elements.append(
            f'<text {where} {face}{slant} {self._text_fill} xml:space="preserve">{escape(item.text())}</text>'
        )

    # What is written

    def _change_clip(self) -> None:
        painter = self.painter()
        name = ""
        if painter.hasClipping():
            rect = self._transform.mapRect(painter.clipBoundingRect())
            key = tuple(round(value, 2) for value in (rect.x(), rect.y(), rect.width(), rect.height()))
            name = self._clips.setdefault(key, f"clip{len(self._clips)}")
        if name == self._open_clip:
            return
        if self._open_clip:
            self._elements.append("</g>")
        if name:
            self._elements.append(f'<g clip-path="url(#{name})">')
        self._open_clip = name

    def _write_path(self, path: QPainterPath, fill: str) -> None:
        data = _path_data(self._transform.map(path))
        if data and (fill, self._stroke) != (_NO_FILL, _NO_STROKE):
            self._elements.append(f'<path d="{data}" {fill} {self._stroke} fill-rule="evenodd"/>')


def _stroke(pen: QPen, opacity: float, transform: QTransform) -> str:
    """Return the attributes of a pen, with its width on the page."""
    if pen.style() == Qt.PenStyle.NoPen:
        return _NO_STROKE
    scale = 1.0 if pen.isCosmetic() else math.sqrt(abs(transform.determinant()))
    width = (pen.widthF() or 1.0) * scale
    parts = [
        _paint("stroke", pen.color(), opacity),
        f'stroke-width="{width:.3g}"',
        f'stroke-linecap="{_CAPS.get(pen.capStyle(), "butt")}"',
        f'stroke-linejoin="{_JOINS.get(pen.joinStyle(), "miter")}"',
    ]
    dashes = " ".join(f"{part * width:.3g}" for part in pen.dashPattern())
    return " ".join([*parts, f'stroke-dasharray="{dashes}"'] if dashes else parts)


def _paint(name: str, colour: QColor, opacity: float) -> str:
    alpha = colour.alphaF() * opacity
    return f'{name}="{colour.name()}"' + (f' {name}-opacity="{alpha:.3g}"' if alpha < 1 else "")


def _matrix(transform: QTransform) -> str:
    numbers = (
        transform.m11(),
        transform.m12(),
        transform.m21(),
        transform.m22(),
        transform.dx(),
        transform.dy(),
    )
    return f'transform="matrix({" ".join(f"{number:.6g}" for number in numbers)})"'


def _path_data(path: QPainterPath) -> str:
    letters = {
        QPainterPath.ElementType.MoveToElement: "M",
        QPainterPath.ElementType.LineToElement: "L",
        QPainterPath.ElementType.CurveToElement: "C",
    }
    elements = (path.elementAt(number) for number in range(path.elementCount()))
    return " ".join(f"{letters.get(element.type, '')}{element.x:.2f},{element.y:.2f}" for element in elements)


def _png(image: QImage) -> str:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]  # the stubs know only file names
    return "data:image/png;base64," + base64.b64encode(bytes(buffer.data().data())).decode()
