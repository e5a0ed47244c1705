"""Figure of the responses to several conditions of one movie: response, latency and quality over the condition."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hdmea_gui.analysis.response_test import ALPHA
from hdmea_gui.views.frames import round_limit
from hdmea_gui.views.marked_curve import MarkedCurve, Marks, Symbol
from hdmea_gui.views.plots import PlotArea, share_space
from hdmea_gui.views.theme import UNIT_COLOURS, Theme
from hdmea_gui.views.time_plots import time_plot

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_BLUE, _RED, _GREEN, _YELLOW = UNIT_COLOURS[:4]
_NEAR_ZERO = 0.05  # below zero, what needs no tick of its own
_MARGIN = 0.06  # at both ends of the horizontal axis, as a fraction of it


@dataclass(frozen=True)
class Shape:
    """How one of several curves in a plot is drawn.

    Parameters
    ----------
    name : str
        What it shows.
    output : str
        Name of the output of the feature.
    colour : str
        Its colour.
    symbol : str
        Form of its marks.
    is_dashed : bool
        Whether its line is dashed.
    """

    name: str
    output: str
    colour: str
    symbol: Symbol = "o"
    is_dashed: bool = False


RESPONSES = (
    Shape("ON", "on_peak_value", _RED),
    Shape("OFF", "off_peak_value", _BLUE, "s", is_dashed=True),
    Shape("green ON", "green_on_response", _GREEN),
    Shape("green OFF", "green_off_response", _GREEN, "s", is_dashed=True),
    Shape("blue ON", "blue_on_response", _BLUE, "t"),
    Shape("blue OFF", "blue_off_response", _BLUE, "d", is_dashed=True),
)
LATENCIES = (
    Shape("ON", "on_latency_ms", _RED),
    Shape("OFF", "off_latency_ms", _BLUE, "s", is_dashed=True),
    Shape("green ON", "green_latency_ms", _GREEN),
    Shape("blue ON", "blue_latency_ms", _BLUE, "t"),
)
QUALITIES = (
    Shape("quality index", "response_quality", UNIT_COLOURS[5]),
    Shape("floor of the quality index", "quality_floor", UNIT_COLOURS[5], "", is_dashed=True),
    Shape("split-half correlation", "split_half_correlation", _YELLOW, "d"),
)


@dataclass(frozen=True)
class ConditionPicture:
    """Responses of a unit in each condition, as stored.

    Parameters
    ----------
    names : tuple of str
        Conditions, in the order of the axis.
    x : ndarray
        float64 (n_conditions,). Their places: the light intensity, or numbers from 1 if it is unknown.
    has_intensity : bool
        Whether the places are intensities.
    marks : dict
        Values by name of the output; only those that the feature has.
    """

    names: tuple[str, ...]
    x: NDArray[np.float64]
    has_intensity: bool
    marks: dict[str, Marks]


def condition_picture(data: Mapping[str, Any]) -> ConditionPicture:
    """Return the responses from the outputs of the feature."""
    names = [str(name) for name in data["condition"]]
    intensity = np.asarray(data.get("condition_intensity", ()), np.float64)
    has_intensity = intensity.size == len(names)
    x = intensity if has_intensity else np.arange(1.0, len(names) + 1)
    order = np.argsort(x, kind="stable")
    held = {
        shape.output: _marks(data, shape.output, x, order)
        for shape in (*RESPONSES, *LATENCIES, *QUALITIES)
        if f"{shape.output}_by_condition" in data
    }
    return ConditionPicture(tuple(names[number] for number in order), x[order], has_intensity, held)


def _marks(data: Mapping[str, Any], output: str, x: NDArray[np.float64], order: NDArray[np.intp]) -> Marks:
    def by_condition(name: str) -> NDArray[np.float64] | None:
        values = data.get(f"{name}_by_condition")
        return None if values is None else np.asarray(values, np.float64)[order]

    values, p = by_condition(output), by_condition(f"{output}_p")
    known = np.full(x.size, np.nan) if values is None else values
    is_filled = np.ones(x.size, np.bool_) if p is None else p <= ALPHA
    return Marks(x[order], known, is_filled, by_condition(f"{output}_interval"))


def condition_words(data: Mapping[str, Any]) -> str:
    """Return the class of the response in each condition, as text."""
    classes = data.get("response_class_by_condition", ())
    words = [
        f"{name}: {str(found).replace('_', ' ')}"
        for name, found in zip(data["condition"], classes, strict=False)
    ]
    return " · ".join(words)


class ConditionFigure(PlotArea):
    """Response, latency and quality, one below the other."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self.setAccessibleName("Responses by condition")
        self._quality = time_plot("Condition", "Quality")
        self._response = time_plot("", "Response (Hz)", self._quality.box)
        self._latency = time_plot("", "Latency (ms)", self._quality.box)
        self._plots = (self._response, self._latency, self._quality)
        for row, plot in enumerate(self._plots):
            self.addItem(plot, row, 0)
        share_space(self.ci, (4, 3, 3), (1,))
        self._curves = {
            shape: MarkedCurve(plot, shape.symbol, is_dashed=shape.is_dashed)
            for plot, shapes in zip(self._plots, (RESPONSES, LATENCIES, QUALITIES), strict=True)
            for shape in shapes
        }
        self.apply_theme()

    def apply_theme(self) -> None:
        """Apply the theme's colours."""
        super().apply_theme()
        for shape, curve in self._curves.items():
            curve.set_colours(shape.colour, self._theme.background)

    def show_picture(self, picture: ConditionPicture) -> None:
        """Show the responses of a unit."""
        ticks = list(zip(picture.x.tolist(), picture.names, strict=True))
        width = float(np.ptp(picture.x)) or 1.0
        label = "Light intensity (0 to 255)" if picture.has_intensity else "Condition"
        self._quality.set_labels(label, "Quality")
        for plot in self._plots:
            plot.getAxis("bottom").setTicks([ticks])
        self._quality.box.set_extent(
            float(picture.x.min()) - _MARGIN * width, float(picture.x.max()) + _MARGIN * width
        )
        for shape, curve in self._curves.items():
            marks = picture.marks.get(shape.output)
            curve.show_nothing() if marks is None else curve.show_marks(marks)
        for plot, shapes in ((self._response, RESPONSES), (self._latency, LATENCIES)):
            plot.box.set_vertical(*_range(picture, shapes))
        low = min(
            picture.marks[shape.output].limits[0] for shape in QUALITIES if shape.output in picture.marks
        )
        self._quality.box.set_vertical(-round_limit(-1.05 * low) if low < -_NEAR_ZERO else -_NEAR_ZERO, 1.05)


def _range(picture: ConditionPicture, shapes: Sequence[Shape]) -> tuple[float, float]:
    """Return round limits of some values, with zero between them."""
    limits = [picture.marks[shape.output].limits for shape in shapes if shape.output in picture.marks]
    low, high = min((one[0] for one in limits), default=0.0), max((one[1] for one in limits), default=0.0)
    top = round_limit(1.05 * max(high, -low, 1e-9))
    return (-round_limit(-1.05 * low) if low < -0.02 * top else -0.03 * top), (
        round_limit(1.05 * high) if high > 0 else 0.0
    )
