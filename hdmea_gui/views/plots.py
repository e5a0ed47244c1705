"""Parts shared by all plots: a view box that keeps its range, axes, an area in the theme's colours, a colour bar."""

from __future__ import annotations

import math
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPen, QPicture
from PySide6.QtWidgets import QApplication

from hdmea_gui.views.text_size import with_text

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from PySide6.QtWidgets import QWidget

    from hdmea_gui.views.theme import Theme

_NOTCH = 120
"""Angle that Qt reports for one notch of a mouse wheel, in eighths of a degree."""

_ENOUGH_NUMBERS = 3
_PX_PER_NUMBER = {"bottom": 32, "left": 18}
"""Pixels that a number at an axis needs, by axis; for the usual size of texts."""

_EVERY = (1, 2, 5, 10, 20, 50)
"""Steps in which the numbers of an axis can be thinned out."""

_KEPT_PICTURES = 16
"""Number of drawn pictures that an axis keeps."""


@dataclass(frozen=True)
class Drag:
    """A drag over a plot with the left mouse button.

    Parameters
    ----------
    start, place : QPointF
        Where the button was pressed and where the mouse is now, in the plot's coordinates.
    modifiers : Qt.KeyboardModifier
        Modifier keys held.
    is_first, is_last : bool
        Whether the drag begins or ends here.
    """

    start: QPointF
    place: QPointF
    modifiers: Qt.KeyboardModifier
    is_first: bool
    is_last: bool


class Box(pg.ViewBox):  # type: ignore[misc]  # pyqtgraph has no types
    """View box of a plot; it keeps the range that the user has chosen until a double click resets it.

    Parameters
    ----------
    emits_drags : bool
        Whether a drag with the left button is emitted instead of panning.
    emits_wheel : bool
        Whether the wheel is emitted instead of zooming; with Ctrl it still zooms.
    """

    clicked = Signal(object, object)
    """Place in the plot's coordinates and the modifier keys held."""

    dragged = Signal(object)
    """A `Drag`."""

    wheeled = Signal(int)
    """Notches; up is positive."""

    def __init__(self, *, emits_drags: bool = False, emits_wheel: bool = False) -> None:
        super().__init__(enableMenu=False)
        self._emits_drags = emits_drags
        self._emits_wheel = emits_wheel
        self._turned = 0
        self._home: QRectF | None = None
        self._moved = False
        self.disableAutoRange()  # ranges come from `set_home` and the user only
        self.sigRangeChangedManually.connect(self._on_moved)

    @property
    def home(self) -> QRectF | None:
        """Range shown unless the user has chosen another one; None before it has been set."""
        return self._home

    def set_home(self, home: QRectF) -> None:
        """Set the range shown unless the user has chosen another one."""
        if home == self._home:
            return
        self._home = home
        # the user's range is given up if it shows nothing of the new data
        if not self._moved or not home.intersects(self.viewRect()):
            self.go_home()

    def go_home(self) -> None:
        """Show the whole plot again."""
        self._moved = False
        if self._home is not None:
            self.setRange(self._home, padding=0)

    def mouseClickEvent(self, event: Any) -> None:  # noqa: N802 - pyqtgraph's name
        """Emit where the left button was clicked; a double click shows the whole plot."""
        if event.button() != Qt.MouseButton.LeftButton:
            return
        event.accept()
        if event.double():
            self.go_home()
        else:
            self.clicked.emit(self.mapToView(event.pos()), event.modifiers())

    def mouseDragEvent(self, event: Any, axis: int | None = None) -> None:  # noqa: N802 - pyqtgraph's name
        """Emit a drag with the left button, or pan."""
        if not self._emits_drags or axis is not None or event.button() != Qt.MouseButton.LeftButton:
            super().mouseDragEvent(event, axis=axis)
            return
        event.accept()
        start, place = self.mapToView(event.buttonDownPos()), self.mapToView(event.pos())
        self.dragged.emit(Drag(start, place, event.modifiers(), event.isStart(), event.isFinish()))

    def wheelEvent(self, event: Any, axis: int | None = None) -> None:  # noqa: N802 - pyqtgraph's name
        """Emit the notches, or zoom."""
        zooms = not self._emits_wheel or event.modifiers() & Qt.KeyboardModifier.ControlModifier
        if zooms or axis is not None:
            super().wheelEvent(event, axis=axis)
            return
        event.accept()
        self._turned += event.delta()  # touchpads report fractions of a notch
        notches = int(self._turned / _NOTCH)
        self._turned -= notches * _NOTCH
        if notches:
            self.wheeled.emit(notches)

    def _on_moved(self) -> None:
        self._moved = True


def share_space(layout: pg.GraphicsLayout, rows: Sequence[int], columns: Sequence[int]) -> None:
    """Set the shares of a layout's space that its rows and columns take; 0 means the size they need."""
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
class Themed(Protocol):
    """Item of a plot with colours from the theme."""

    def apply_theme(self, theme: Theme) -> None:
        """Apply the theme's colours."""


class PlotArea(pg.GraphicsLayoutWidget):  # type: ignore[misc]  # pyqtgraph has no types
    """Plots side by side, in the theme's colours."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        half_a_number = with_text(5)  # at the ends of axes
        self.ci.setContentsMargins(4, half_a_number, 4, half_a_number)
        self.ci.setSpacing(with_text(8))
        theme.changed.connect(self.apply_theme)

    def settle(self) -> None:
        """Update the positions of all items now; left to the paint event, everything would be painted twice."""
        self.scene().prepareForPaint()

    def apply_theme(self) -> None:
        """Apply the theme to axes, background and items with an `apply_theme`; call it once all items are added."""
        self.setBackground(self._theme.background)
        for item in self.scene().items():
            if isinstance(item, pg.AxisItem):
                item.setPen(self._theme.quiet)
                item.setTextPen(self._theme.foreground)
            elif isinstance(item, Themed):
                item.apply_theme(self._theme)


class Axis(pg.AxisItem):  # type: ignore[misc]  # pyqtgraph has no types
    """An axis in the units of its label, with true minus signs; it reuses pictures that it has drawn before."""

    picture: QPicture | None

    def __init__(self, side: str) -> None:
        super().__init__(side)
        self._extent = (-math.inf, math.inf)
        self._drawn: OrderedDict[Hashable, tuple[QPicture | None, float]] = OrderedDict()
        self._text_size = 0.0
        self.enableAutoSIPrefix(False)  # a prefix would change the unit in the label
        self.setStyle(maxTickLevel=1)  # the smallest ticks take longer to draw than the data

    def paint(self, painter: QPainter, option: Any, widget: Any) -> None:
        """Paint, reusing an earlier picture: the ranges of other units are often the same."""
        look = None if self.picture is not None else self._look()
        known = None if look is None else self._drawn.pop(look, None)
        if known is not None:
            self._updateMaxTextSize(known[1])
            self.picture = known[0]  # only now: _updateMaxTextSize clears it
        super().paint(painter, option, widget)
        if look is not None:
            self._drawn[look] = (self.picture, self._text_size)
            if len(self._drawn) > _KEPT_PICTURES:
                self._drawn.popitem(last=False)

    def _look(self) -> Hashable:
        """Return everything that the picture depends on: ticks, their texts, colours and font."""
        size, font = self.size(), self.style["tickFont"] or QApplication.font()
        pens = [(pen.color().rgba(), pen.widthF()) for pen in (self.pen(), self.tickPen(), self.textPen())]
        ticks = (self._extent, self._tickLevels, self._tickSpacing, self._tickDensity)
        chosen = (self.scale, self.autoSIPrefixScale, self.logMode, self.grid, *ticks, self.style)
        return *self.range, size.width(), size.height(), font.key(), *pens, str(chosen)

    def _updateMaxTextSize(self, x: float) -> None:  # noqa: N802 - pyqtgraph's name
        """Make space for the numbers, and remember how much they need."""
        self._text_size = x
        super()._updateMaxTextSize(x)

    def resizeEvent(self, event: Any = None) -> None:  # noqa: N802 - Qt's name
        """Place the label at the middle of the axis; one longer than the axis is drawn smaller."""
        super().resizeEvent(event)
        if self.label is None:  # while it is being deleted
            return
        is_across = self.orientation in {"bottom", "top"}
        available = self.size().width() if is_across else self.size().height()
        natural = self.label.boundingRect().size()
        scale = min(1.0, available / natural.width()) if available and natural.width() else 1.0
        self.label.setScale(scale)
        # pyqtgraph has placed it in its natural size
        shorter, lower = (1 - scale) * natural.width() / 2, (1 - scale) * natural.height()
        at_far_side = lower if self.orientation in {"bottom", "right"} else 0.0
        self.label.moveBy(*((shorter, at_far_side) if is_across else (at_far_side, -shorter)))

    def _updateLabel(self) -> None:  # noqa: N802 - pyqtgraph's name
        """Show another label, in its place."""
        super()._updateLabel()
        self.resizeEvent()

    def mouseClickEvent(self, event: Any) -> None:  # noqa: N802 - pyqtgraph's name
        """Show the whole plot on a double click; a click on the axis is not one into the plot."""
        box = self.linkedView()
        if event.double() and isinstance(box, Box):
            event.accept()
            box.go_home()
        else:
            event.ignore()

    def set_extent(self, low: float, high: float) -> None:
        """Restrict the numbers to a range of values, usually that of the data."""
        if (low, high) == self._extent:
            return
        self._extent = (low, high)
        self.picture = None  # pyqtgraph draws the axis anew only without its old picture
        self.update()

    def tickValues(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, list[float]]]:  # noqa: N802, N803 - pyqtgraph's names
        """Return the positions of the ticks, by their spacing."""
        levels: list[tuple[float, list[float]]] = super().tickValues(minVal, maxVal, size)
        low, high = self._extent
        least, most = sorted((minVal, maxVal))  # an axis may point downwards
        pixels_per_value = size / (most - least)
        if least < low or high < most:
            levels = self._numbered(levels, pixels_per_value)
        return levels if self.logMode else self._with_space(levels, pixels_per_value)

    def _with_space(
        self, levels: list[tuple[float, list[float]]], pixels_per_value: float
    ) -> list[tuple[float, list[float]]]:
        """Return fewer ticks where there is too little space for their numbers."""
        spacing, values = levels[0]
        texts = QFontMetrics(self.style["tickFont"] or QApplication.font())
        if self.orientation in {"bottom", "top"}:
            numbers = self.tickStrings(values, self.scale, spacing)
            needed = max(map(texts.horizontalAdvance, numbers), default=0) + texts.horizontalAdvance(" ")
        else:
            needed = texts.height()
        fitting = (every for every in _EVERY if every * spacing * pixels_per_value >= needed)
        every = next(fitting, _EVERY[-1])
        if every == 1:
            return levels
        kept = [value for value in values if round(value / spacing) % every == 0]
        return [(every * spacing, kept or values[:1])]

    def _numbered(
        self, levels: list[tuple[float, list[float]]], pixels_per_value: float
    ) -> list[tuple[float, list[float]]]:
        """Return one level of ticks within the extent, as fine as its numbers have space."""
        low, high = self._extent
        least = with_text(_PX_PER_NUMBER["bottom" if self.orientation in {"bottom", "top"} else "left"])
        spacing, chosen = 1.0, set[float]()
        for finer, values in levels:
            if len(chosen) >= _ENOUGH_NUMBERS or (chosen and finer * pixels_per_value < least):
                break
            spacing = finer
            chosen |= {value for value in values if low <= value <= high}
        return [(spacing, sorted(chosen))]

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:  # noqa: N802 - pyqtgraph's name
        """Return the texts of the ticks."""
        return [text.replace("-", "−") for text in super().tickStrings(values, scale, spacing)]


class _Title(pg.LabelItem):  # type: ignore[misc]  # pyqtgraph has no types
    """A title that takes the width available to it; a longer one is drawn smaller."""

    def updateMin(self) -> None:  # noqa: N802 - pyqtgraph's name
        """Require the height of a full-size title but no width."""
        super().updateMin()
        self.setMinimumHeight(self.item.boundingRect().height())
        self.setMinimumWidth(0)
        self.setPreferredWidth(0)

    def resizeEvent(self, event: Any) -> None:  # noqa: N802 - Qt's name
        """Fit the text into the width, so that it does not run into what is beside the plot."""
        natural, available = self.item.boundingRect().width(), self.rect().width()
        self.item.setScale(min(1.0, available / natural) if natural and available else 1.0)
        super().resizeEvent(event)


class Line(pg.PlotCurveItem):  # type: ignore[misc]  # pyqtgraph has no types
    """A line that does not influence the range of its plot.

    pyqtgraph's own curve measures new data whenever they are set, which takes longer than drawing them.
    """

    def boundingRect(self) -> QRectF:  # noqa: N802 - Qt's name
        """Return the whole range that the plot shows."""
        box = self.getViewBox()
        return QRectF() if box is None else box.viewRect()


class Plot(pg.PlotItem):  # type: ignore[misc]  # pyqtgraph has no types
    """A `Box` with a labelled axis at the bottom and at the left."""

    titleLabel: pg.LabelItem  # noqa: N815 - pyqtgraph's name

    def __init__(self, x_label: str, y_label: str, box: Box | None = None) -> None:
        self.box = box or Box()
        axes = {side: Axis(side) for side in ("bottom", "left")}
        super().__init__(viewBox=self.box, axisItems=axes, enableMenu=False)
        for hidden in ("top", "right"):
            self.getAxis(hidden).unlinkFromView()  # else it recomputes its label whenever the range changes
        self.hideButtons()
        self._replace_title()
        self._title = ""
        self.set_title(" ")  # reserves the line, so that later titles do not move the plot
        self.set_labels(x_label, y_label)

    def apply_theme(self, theme: Theme) -> None:
        """Apply the theme's colour to the title."""
        self.titleLabel.setAttr("color", theme.foreground.name())
        self._show_title()

    def set_title(self, text: str) -> None:
        """Set the title; it never widens the plot."""
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
        """Set the labels of the axes: quantity and unit."""
        for side, text in (("bottom", x_label), ("left", y_label)):
            axis = self.getAxis(side)
            if axis.labelText != text:
                axis.setLabel(text)


class ColourBar(pg.ColorBarItem):  # type: ignore[misc]  # pyqtgraph has no types
    """Colour bar with the values of its colours."""

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
        """Set the label: the quantity that the colours show, and its unit."""
        if self.axis.labelText != label:
            self.axis.setLabel(label)

    def set_colours(self, colours: pg.ColorMap) -> None:
        """Set the colour map, if it is a different one."""
        if colours != self.colorMap():
            self.setColorMap(colours)

    def set_limits(self, low: float, high: float) -> None:
        """Set the values of the first and the last colour."""
        if (low, high) != self.levels():
            self.setLevels((low, high))


def line(colour: QColor | str, width: float = 1.5, style: Qt.PenStyle = Qt.PenStyle.SolidLine) -> QPen:
    """Return a pen whose width does not depend on the zoom."""
    pen = QPen(QColor(colour), width, style)
    pen.setCosmetic(True)
    return pen
