"""Plot of any value: numbers as a line or an image, everything else as text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF, Qt
from PySide6.QtWidgets import QLabel, QPlainTextEdit, QSlider, QStackedWidget, QVBoxLayout, QWidget

from hdmea_gui.io.store import StoredArray
from hdmea_gui.models.tree_model import shortened
from hdmea_gui.views.caption import row_of
from hdmea_gui.views.computed import Computed, piece_of, result_of
from hdmea_gui.views.explain import explain
from hdmea_gui.views.plots import Box, ColourBar, PlotArea
from hdmea_gui.views.signal_curve import LongSignal, SignalCurve
from hdmea_gui.views.time_plots import StackedPlot, TimeBox, WholeNumbers

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hdmea_gui.models.arrays import Arrays
    from hdmea_gui.views.theme import Theme

_MOST_BYTES = 16 << 20  # largest part of a stored table that is read to be drawn
_MOST_PIXELS = 2000
_MOST_SIGNALS = 16
_MOST_LINES = 400
_MOST_ITEMS = 100
_LONGEST = 300  # characters of a text in one line


class Row:
    """One row of a stored table as a signal; the table stays on disk."""

    def __init__(self, array: StoredArray, number: int) -> None:
        self._array = array
        self._number = number

    def __len__(self) -> int:
        return self._array.shape[1]

    def __getitem__(self, key: slice) -> NDArray[Any]:
        return np.asarray(self._array[self._number, key])


class LinePlot(PlotArea):
    """Line plot of numbers over their index."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self.plot = StackedPlot("Index", "Value", TimeBox())
        self.plot.setAxisItems({"bottom": WholeNumbers("bottom")})
        self.addItem(self.plot, 0, 0)
        self._curve = SignalCurve(self.plot.box)
        self._signal: LongSignal | None = None
        self.apply_theme()

    def apply_theme(self) -> None:
        """Apply the theme's colours."""
        super().apply_theme()
        self._curve.set_colour(self._theme.accent)

    def show_values(self, array: Any, arrays: Arrays, unit: str, axis: str) -> None:
        """Show an array of any length, in memory or on disk; `axis` is the name of what its index counts."""
        if self._signal is None or self._signal.array is not array:
            self._signal = LongSignal(arrays, array)
        self._curve.show_signal(self._signal)
        self.plot.set_labels(f"{axis} (index)" if axis else "Index", f"Value ({unit})" if unit else "Value")
        self.plot.box.set_extent(0.0, max(self._signal.n_samples - 1, 1))
        if self._curve.limits is not None:
            low, high = self._curve.limits
            margin = 0.05 * (high - low) or max(abs(high), 1.0)
            self.plot.box.set_vertical(low - margin, high + margin)


class ImagePlot(PlotArea):
    """Image of a table of numbers, with the first row at the top."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self.plot = StackedPlot("Second axis (index)", "First axis (index)", Box())
        self.plot.box.invertY(True)
        self._image = pg.ImageItem(axisOrder="row-major")
        self.plot.addItem(self._image)
        self._bar = ColourBar("Value")
        self.addItem(self.plot, 0, 0)
        self.addItem(self._bar, 0, 1)
        self.apply_theme()

    def show_values(
        self, values: NDArray[Any], axes: tuple[str, str], limits: tuple[float, float], unit: str
    ) -> None:
        """Show a table, any float (n_rows, n_cols); limits are the values of the first and the last colour."""
        self._bar.set_label(f"Value ({unit})" if unit else "Value")
        signed = limits[0] < 0 < limits[1]
        if signed:
            largest = max(-limits[0], limits[1])
            limits = (-largest, largest)
        colours = self._theme.diverging() if signed else self._theme.sequential()
        rows, columns = values.shape
        step = [-(-length // _MOST_PIXELS) for length in values.shape]
        self._image.setImage(values[:: step[0], :: step[1]], levels=limits, autoLevels=False)
        self._image.setRect(QRectF(-0.5, -0.5, columns, rows))
        self._image.setColorMap(colours)
        self._bar.set_colours(colours)
        self._bar.set_limits(*limits)
        self.plot.set_labels(f"{axes[1]} (index)", f"{axes[0]} (index)")
        self.plot.box.set_home(QRectF(-0.5, -0.5, columns, rows))


class ValuePlot(QWidget):
    """Shows a value as a line, an image or text, depending on its type and shape."""

    def __init__(self, theme: Theme, arrays: Arrays, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._arrays = arrays
        self._value: Any = None
        self._unit = ""
        self._axes: tuple[str, ...] = ()
        self._seen: tuple[float, float] | None = None
        self._row: tuple[int, Any] = (0, None)
        self._pieces: dict[int, Computed] = {}
        self._text = QPlainTextEdit(readOnly=True)
        self._text.setLineWrapMode(QPlainTextEdit.LineWrapMode.WidgetWidth)
        self._line = LinePlot(theme)
        self._image = ImagePlot(theme)
        self._pages = QStackedWidget()
        for page in (self._text, self._line, self._image):
            page.setAccessibleName("Selected value")
            self._pages.addWidget(page)
        self._make_slider()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._pages, stretch=1)
        layout.addWidget(self._frames)

    def _make_slider(self) -> None:
        self._slider = QSlider(Qt.Orientation.Horizontal)
        explain(self._slider, "Select the part of the array to show.")
        self._slider.setAccessibleName("Part of the array")
        self._slider.valueChanged.connect(self.refresh)
        self._number = QLabel()
        self._frames = row_of(self._slider, self._number, stretch=self._slider)

    def show_value(self, value: Any, unit: str, text: str, axes: Sequence[str] = ()) -> None:
        """Show a value.

        Parameters
        ----------
        value : object
            Array, stored array or any other object.
        unit : str
            Unit of its numbers, if known.
        text : str
            Text to show if it cannot be drawn.
        axes : sequence of str
            Names of what its axes count, if known.
        """
        if value is not self._value:
            self._pieces.clear()
            self._value, self._seen, self._row = value, None, (0, None)
            self._offer_tables(_n_tables(value))
        self._unit, self._axes = unit, tuple(axes)
        if text != self._text.toPlainText():
            self._text.setPlainText(text)
        self.refresh()

    def _offer_tables(self, n_tables: int) -> None:
        """Set the number of tables on the slider; its position is kept if the number is the same."""
        if n_tables == self._slider.maximum() + 1:
            return
        self._slider.blockSignals(True)
        self._slider.setRange(0, n_tables - 1)
        self._slider.setValue(0)
        self._slider.blockSignals(False)

    def refresh(self) -> None:
        """Draw again, with data that has arrived from disk."""
        n_dims = _drawn_dims(self._value)
        self._frames.setVisible(n_dims > 0 and self._slider.maximum() > 0)
        self._number.setText(f"{self._slider.value() + 1} of {self._slider.maximum() + 1}")
        if n_dims == 1 or _is_signals(self._value):
            self._pages.setCurrentWidget(self._line)
            self._line.show_values(
                self._signal(self._slider.value()), self._arrays, self._unit, self._axis(-1, "")
            )
        elif n_dims >= 2:
            self._pages.setCurrentWidget(self._image)
            self._show_table()
        else:
            self._pages.setCurrentWidget(self._text)

    def _signal(self, number: int) -> Any:
        """Return one signal of the value; the same object each time for the same signal."""
        if self._value.ndim == 1:
            return self._value
        if self._row[0] != number or self._row[1] is None:
            is_here = isinstance(self._value, np.ndarray)
            self._row = (number, self._value[number] if is_here else Row(self._value, number))
        return self._row[1]

    def _show_table(self) -> None:
        values = self._table(self._slider.value())
        if values is None:
            return
        n_dims = len(self._value.shape)
        names = ("First axis", "Second axis") if n_dims == 2 else ("Second-to-last axis", "Last axis")
        axes = (self._axis(-2, names[0]), self._axis(-1, names[1]))
        self._image.show_values(values, axes, self._limits(values), self._unit)

    def _axis(self, place: int, unknown: str) -> str:
        """Return what an axis counts, with a capital."""
        known = len(self._axes) == len(np.shape(self._value))
        name = self._axes[place] if known else ""
        return name[:1].upper() + name[1:] if name else unknown

    def _limits(self, values: NDArray[Any]) -> tuple[float, float]:
        """Return the colour limits: of the whole array if in memory, else of all parts shown so far."""
        if self._seen is None or not isinstance(self._value, np.ndarray):
            whole = self._value if isinstance(self._value, np.ndarray) else values
            numbers = whole[np.isfinite(whole)]
            found = (float(numbers.min()), float(numbers.max())) if numbers.size else (0.0, 0.0)
            seen = self._seen or found
            self._seen = (min(found[0], seen[0]), max(found[1], seen[1]))
        low, high = self._seen
        return (low, high) if high > low else (low, low + 1.0)

    def _table(self, number: int) -> NDArray[Any] | None:
        """Return one table of the array, or None while it is being read."""
        if isinstance(self._value, np.ndarray):
            return _as_numbers(_table_of(self._value, number))
        if number not in self._pieces:
            if len(self._pieces) > _MOST_ITEMS:
                self._pieces.clear()
            self._pieces[number] = Computed(_table_of, self._value, number)
        read = result_of(self._pieces[number], self._arrays)
        return None if read is None else _as_numbers(read)


def _drawn_dims(value: Any) -> int:
    """Return the number of axes of a drawable array of numbers; 0 for anything else."""
    if not isinstance(value, (np.ndarray, StoredArray)) or value.size < 2 or value.dtype.kind not in "biuf":
        return 0
    return value.ndim


def _is_signals(value: Any) -> bool:
    """Whether a table is a few long rows, such as the channels of a recording, rather than an image."""
    return _drawn_dims(value) == 2 and value.shape[0] <= _MOST_SIGNALS and value.shape[1] > _MOST_PIXELS


def _n_tables(value: Any) -> int:
    """Return how many signals or images an array is made of."""
    if _is_signals(value):
        return int(value.shape[0])
    return int(np.prod(value.shape[:-2])) if _drawn_dims(value) > 2 else 1


def _table_of(array: Any, number: int) -> NDArray[Any]:
    """Read one table (n_rows, n_cols) of an array with two or more axes; only the first rows of a very long one."""
    if len(array.shape) == 2:
        row_bytes = max(array.shape[1] * array.dtype.itemsize, 1)
        return piece_of(array, 0, max(_MOST_BYTES // row_bytes, 1))
    place = tuple(int(index) for index in np.unravel_index(number, array.shape[:-2]))
    return np.asarray(array[place])


def _as_numbers(values: NDArray[Any]) -> NDArray[Any]:
    return values.astype(np.float32) if values.dtype.kind in "bf" or values.dtype.itemsize > 2 else values


def described(value: Any, attributes: Mapping[str, Any]) -> str:
    """Return a value and its attributes as lines of text."""
    lines = list(_lines(value, ""))
    if attributes:
        lines += ["", "Attributes", *(f"    {name}: {short(item)}" for name, item in attributes.items())]
    if len(lines) > _MOST_LINES:
        lines = [*lines[:_MOST_LINES], "…"]
    return "\n".join(lines)


def _lines(value: Any, indent: str) -> list[str]:
    if not isinstance(value, Mapping):
        if isinstance(value, np.ndarray) and value.dtype.names and value.size == 1:
            row = value.reshape(-1)[0]
            return [f"{indent}{name}: {short(row[name])}" for name in value.dtype.names]
        if isinstance(value, np.ndarray) and value.ndim and value.size > 1:
            items = [short(item) for item in value.reshape(-1)[:_MOST_ITEMS]]
            return [*items, "…"] if value.size > _MOST_ITEMS else items
        if isinstance(value, (list, tuple, set, frozenset)) and value:
            return [f"{indent}{short(item)}" for item in value]
        return [f"{indent}{short(value)}"]
    lines: list[str] = []
    for name, item in value.items():
        if len(lines) > _MOST_LINES:
            break
        if isinstance(item, Mapping) and len(indent) < 12:  # three levels at most
            lines += [f"{indent}{name}", *_lines(item, indent + "    ")]
        else:
            lines.append(f"{indent}{name}: {short(item)}")
    return lines


def short(value: Any) -> str:
    """Return a value in one line; of an array, the shape and type."""
    if isinstance(value, StoredArray) or (isinstance(value, np.ndarray) and value.size != 1):
        return f"{' × '.join(map(str, value.shape))} {value.dtype}"
    if isinstance(value, np.ndarray):
        value = value.reshape(-1)[0]
    if isinstance(value, float):
        return f"{value:.9g}"
    if isinstance(value, bytes):
        value = value.decode(errors="replace")
    return "none" if value is None else shortened(str(value), _LONGEST)
