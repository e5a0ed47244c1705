"""What plots share: an inside that keeps its range, an area in the system's colours, a colour bar."""

from __future__ import annotations

import math
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPen, QPicture
from PySide6.QtWidgets import QApplication

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from PySide6.QtWidgets import QWidget

    from hdmea_gui.views.theme import Theme

_NOTCH = 120
"""What a mouse wheel reports for one notch."""


_ENOUGH_NUMBERS = 3
_ROOM_OF_NUMBER = {"bottom": 32, "left": 18}
"""Pixels that a number beside an axis needs, by the axis."""

_KEPT_PICTURES = 16
"""How many of the pictures that an axis has drawn it keeps."""


@dataclass(frozen=True)
class Drag:
    """The mouse being drawn over a plot with its left button down.

    Parameters
    ----------
    start, place : QPointF
        Where it went down and where it is, in the plot's coordinates.
    modifiers : Qt.KeyboardModifier
        Keys that are held.
    is_first, is_last : bool
        Whether the movement begins or ends here.
    """

    start: QPointF
    place: QPointF
    modifiers: Qt.KeyboardModifier
    is_first: bool
    is_last: bool


class Box(pg.ViewBox):  # type: ignore[misc]  # pyqtgraph has no types
    """Inside of a plot; it keeps the range that the user has chosen, and a double click brings its own back.

    Parameters
    ----------
    tells_drags : bool
        Whether a drag with the left button is told instead of moving the range.
    tells_wheel : bool
        Whether the wheel is told instead of zooming; with Ctrl it zooms nevertheless.
    """

    clicked = Signal(object, object)
    """Place in the plot's coordinates, and the keys that are held."""

    dragged = Signal(object)
    """A `Drag`."""

    wheeled = Signal(int)
    """Notches, up is positive."""

    def __init__(self, *, tells_drags: bool = False, tells_wheel: bool = False) -> None:
        super().__init__(enableMenu=False)
        self._tells_drags = tells_drags
        self._tells_wheel = tells_wheel
        self._turned = 0
        self._home: QRectF | None = None
        self._moved = False
        self.disableAutoRange()
        self.sigRangeChangedManually.connect(self._on_moved)

    def set_home(self, home: QRectF) -> None:
        """Set the range that is shown unless the user has chosen another."""
        if home == self._home:
            return
        self._home = home
        if not self._moved or not home.intersects(self.viewRect()):
            self.go_home()

    def go_home(self) -> None:
        """Show the whole plot again."""
        self._moved = False
        if self._home is not None:
            self.setRange(self._home, padding=0)

    def mouseClickEvent(self, event: Any) -> None:  # noqa: N802 - pyqtgraph's name
        """Tell where the left button was pressed; twice shows the whole plot."""
        if event.button() != Qt.MouseButton.LeftButton:
            return
        event.accept()
        if event.double():
            self.go_home()
        else:
            self.clicked.emit(self.mapToView(event.pos()), event.modifiers())

    def mouseDragEvent(self, event: Any, axis: int | None = None) -> None:  # noqa: N802 - pyqtgraph's name
        """Tell a drag with the left button, or move the range."""
        if not self._tells_drags or axis is not None or event.button() != Qt.MouseButton.LeftButton:
            super().mouseDragEvent(event, axis=axis)
            return
        event.accept()
        start, place = self.mapToView(event.buttonDownPos()), self.mapToView(event.pos())
        self.dragged.emit(Drag(start, place, event.modifiers(), event.isStart(), event.isFinish()))

    def wheelEvent(self, event: Any, axis: int | None = None) -> None:  # noqa: N802 - pyqtgraph's name
        """Tell the notches, or zoom."""
        zooms = not self._tells_wheel or event.modifiers() & Qt.KeyboardModifier.ControlModifier
        if zooms or axis is not None:
            super().wheelEvent(event, axis=axis)
            return
        event.accept()
        self._turned += event.delta()
        notches = int(self._turned / _NOTCH)
        self._turned -= notches * _NOTCH
        if notches:
            self.wheeled.emit(notches)

    def _on_moved(self) -> None:
        self._moved = True


def share_room(layout: pg.GraphicsLayout, rows: Sequence[int], columns: Sequence[int]) -> None:
    """Give the rows and columns of a layout their shares of its room; 0 is for what is needed."""
    grid = layout.layout
    for number, share in enumerate(rows):
        grid.setRowStretchFactor(number, share)
        if share:
            grid.setRowPreferredHeight(number, share)
    for number, share in enumerate(columns):
        grid.setColumnStretchFactor(number, share)
        if share:
            grid.setColumnPreferredWidth(number, share)


@runtime_checkable
class Dressed(Protocol):
    """Something in a plot that takes colours from the theme."""

    def apply_theme(self, theme: Theme) -> None:
        """Take the theme's colours."""


class PlotArea(pg.GraphicsLayoutWidget):  # type: ignore[misc]  # pyqtgraph has no types
    """Plots side by side, in the system's colours."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.ci.setContentsMargins(4, 4, 4, 4)
        self.ci.setSpacing(8)
        theme.changed.connect(self.apply_theme)

    def settle(self) -> None:
        """Move everything to where the new ranges have it, which painting would do too late and so paint twice."""
        self.scene().prepareForPaint()

    def apply_theme(self) -> None:
        """Apply the theme's colours to axes, background and items with an `apply_theme`; call it once all are in."""
        self.setBackground(self._theme.background)
        for item in self.scene().items():
            if isinstance(item, pg.AxisItem):
                item.setPen(self._theme.quiet)
                item.setTextPen(self._theme.foreground)
            elif isinstance(item, Dressed):
                item.apply_theme(self._theme)


class Axis(pg.AxisItem):  # type: ignore[misc]  # pyqtgraph has no types
    """An axis in the units of its label, whose minus signs are such; what it has drawn before is not drawn again."""

    picture: QPicture | None

    def __init__(self, side: str) -> None:
        super().__init__(side)
        self._extent = (-math.inf, math.inf)
        self._drawn: OrderedDict[Hashable, tuple[QPicture | None, float]] = OrderedDict()
        self._room = 0.0
        self.enableAutoSIPrefix(False)
        self.setStyle(maxTickLevel=1)  # the smallest ticks take longer to draw than the data

    def paint(self, painter: QPainter, option: Any, widget: Any) -> None:
        """Paint; the range of another unit is often one that was shown before."""
        look = None if self.picture is not None else self._look()
        known = None if look is None else self._drawn.pop(look, None)
        if known is not None:
            self._updateMaxTextSize(known[1])
            self.picture = known[0]  # only now: making room forgets it
        super().paint(painter, option, widget)
        if look is not None:
            self._drawn[look] = (self.picture, self._room)
            if len(self._drawn) > _KEPT_PICTURES:
                self._drawn.popitem(last=False)

    def _look(self) -> Hashable:
        """Everything that the picture depends on: where the ticks are, their texts, colours and font."""
        size, font = self.size(), self.style["tickFont"] or QApplication.font()
        pens = [(pen.color().rgba(), pen.widthF()) for pen in (self.pen(), self.tickPen(), self.textPen())]
        ticks = (self._extent, self._tickLevels, self._tickSpacing, self._tickDensity)
        chosen = (self.scale, self.autoSIPrefixScale, self.logMode, self.grid, *ticks, self.style)
        return *self.range, size.width(), size.height(), font.key(), *pens, str(chosen)

    def _updateMaxTextSize(self, x: float) -> None:  # noqa: N802 - pyqtgraph's name
        """Make room for the numbers, and remember how much they need."""
        self._room = x
        super()._updateMaxTextSize(x)

    def set_extent(self, low: float, high: float) -> None:
        """Write numbers only from one value to another, where there is something beside the axis."""
        if (low, high) == self._extent:
            return
        self._extent = (low, high)
        self.picture = None  # what pyqtgraph has drawn already
        self.update()

    def tickValues(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, list[float]]]:  # noqa: N802, N803 - pyqtgraph's names
        """Places of the ticks, by their spacing."""
        levels: list[tuple[float, list[float]]] = super().tickValues(minVal, maxVal, size)
        low, high = self._extent
        if low <= minVal and maxVal <= high:
            return levels
        return self._numbered(levels, size / (maxVal - minVal))

    def _numbered(
        self, levels: list[tuple[float, list[float]]], pixels_per_value: float
    ) -> list[tuple[float, list[float]]]:
        """One level of ticks within the extent, as fine as its numbers have room."""
        low, high = self._extent
        least = _ROOM_OF_NUMBER["bottom" if self.orientation in {"bottom", "top"} else "left"]
        spacing, chosen = 1.0, set[float]()
        for finer, values in levels:
            if len(chosen) >= _ENOUGH_NUMBERS or (chosen and finer * pixels_per_value < least):
                break
            spacing = finer
            chosen |= {value for value in values if low <= value <= high}
        return [(spacing, sorted(chosen))]

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:  # noqa: N802 - pyqtgraph's name
        """Texts of the ticks."""
        return [text.replace("-", "−") for text in super().tickStrings(values, scale, spacing)]


class _Title(pg.LabelItem):  # type: ignore[misc]  # pyqtgraph has no types
    """A title that is as wide as it is let be."""

    def updateMin(self) -> None:  # noqa: N802 - pyqtgraph's name
        """Ask for height only."""
        super().updateMin()
        self.setMinimumWidth(0)
        self.setPreferredWidth(0)


class Line(pg.PlotCurveItem):  # type: ignore[misc]  # pyqtgraph has no types
    """A line in a plot whose range does not depend on it: it may be drawn wherever the plot has room.

    pyqtgraph's own would measure its data anew whenever it is given others, which takes longer than drawing them.
    """

    def boundingRect(self) -> QRectF:  # noqa: N802 - Qt's name
        """All that its plot shows."""
        box = self.getViewBox()
        return QRectF() if box is None else box.viewRect()


class Plot(pg.PlotItem):  # type: ignore[misc]  # pyqtgraph has no types
    """Axes with a quantity and a unit each, around a `Box`."""

    titleLabel: pg.LabelItem  # noqa: N815 - pyqtgraph's name

    def __init__(self, x_label: str, y_label: str, box: Box | None = None) -> None:
        self.box = box or Box()
        axes = {side: Axis(side) for side in ("bottom", "left")}
        super().__init__(viewBox=self.box, axisItems=axes, enableMenu=False)
        for hidden in ("top", "right"):
            self.getAxis(hidden).unlinkFromView()  # it would work out its label with every range
        self.hideButtons()
        self._replace_title()
        self._title = ""
        self.set_title(" ")  # so that later titles move nothing
        self.set_labels(x_label, y_label)

    def apply_theme(self, theme: Theme) -> None:
        """Take the theme's colour for the title."""
        self.titleLabel.setAttr("color", theme.foreground.name())
        self._show_title()

    def set_title(self, text: str) -> None:
        """Show another title; it never widens the plot."""
        if text != self._title:
            self._title = text
            self._show_title()

    def _show_title(self) -> None:
        self.setTitle(self._title)
        self.layout.setRowFixedHeight(0, self.titleLabel.minimumHeight())

    def _replace_title(self) -> None:
        self.layout.removeItem(self.titleLabel)
        self.titleLabel.setParentItem(None)
        self.titleLabel = _Title(size=f"{QApplication.font().pointSizeF():.3g}pt", parent=self)
        self.layout.addItem(self.titleLabel, 0, 1)

    def set_labels(self, x_label: str, y_label: str) -> None:
        """Say what the axes are."""
        for side, text in (("bottom", x_label), ("left", y_label)):
            axis = self.getAxis(side)
            if axis.labelText != text:
                axis.setLabel(text)


class ColourBar(pg.ColorBarItem):  # type: ignore[misc]  # pyqtgraph has no types
    """Colours and the values that they stand for."""

    def __init__(self, label: str) -> None:
        super().__init__(interactive=False, colorMapMenu=False, width=12)
        self._use_axis(Axis("right"))
        self.set_label(label)

    def _use_axis(self, axis: Axis) -> None:
        self.setAxisItems({"right": axis})
        self.axis = axis
        axis.setZValue(0.5)
        axis.unlinkFromView()
        axis.setRange(*self.levels())

    def set_label(self, label: str) -> None:
        """Say which quantity the colours stand for, and its unit."""
        if self.axis.labelText != label:
            self.axis.setLabel(label)

    def set_colours(self, colours: pg.ColorMap) -> None:
        """Show other colours, unless these are shown."""
        if colours != self.colorMap():
            self.setColorMap(colours)

    def set_limits(self, low: float, high: float) -> None:
        """Say which values the ends stand for."""
        if (low, high) != self.levels():
            self.setLevels((low, high))


def line(colour: QColor | str, width: float = 1.5, style: Qt.PenStyle = Qt.PenStyle.SolidLine) -> QPen:
    """A pen whose width does not depend on the zoom."""
    pen = QPen(QColor(colour), width, style)
    pen.setCosmetic(True)
    return pen
