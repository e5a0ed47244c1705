"""Colours of units according to the values of a column."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtGui import QColor

from hdmea_gui.views.theme import UNIT_COLOURS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from hdmea_gui.session.columns import Column
    from hdmea_gui.views.theme import Theme


@dataclass(frozen=True)
class Colouring:
    """Colours of units and their meaning.

    Parameters
    ----------
    colours : list of QColor
        One per unit.
    limits : tuple of float or None
        Values of the first and the last colour; None for a text column.
    legend : str
        Texts in their colours (rich text); empty for a numeric column.
    """

    colours: list[QColor]
    limits: tuple[float, float] | None
    legend: str


def colouring_of(column: Column, rows: Sequence[int], theme: Theme) -> Colouring:
    """Return the colours of some units; those without a value get the theme's quiet colour.

    Parameters
    ----------
    column : Column
        The column.
    rows : sequence of int
        Indices of the units in it.
    theme : Theme
        Theme that supplies the colours.
    """
    values = column.values[list(rows)]
    if column.kind == "text":
        return _by_text([str(value) for value in values], theme)
    return _by_number(values.astype(np.float64), theme)


def _by_number(values: NDArray[np.float64], theme: Theme) -> Colouring:
    known = np.isfinite(values)
    low, high = (float(values[known].min()), float(values[known].max())) if known.any() else (0.0, 1.0)
    if high <= low:
        high = low + 1.0  # one value only: it takes the first colour
    parts = np.where(known, (values - low) / (high - low), 0.0)
    colours = theme.sequential().map(parts, mode="qcolor")
    shown = [colour if is_known else theme.quiet for colour, is_known in zip(colours, known, strict=True)]
    return Colouring(shown, (low, high), "")


def _by_text(texts: Sequence[str], theme: Theme) -> Colouring:
    """Assign a colour to each of the most frequent texts, and the quiet colour to the rest."""
    names, counts = np.unique([text for text in texts if text], return_counts=True)
    # stable, so that equally frequent texts stay in alphabetical order
    frequent = [str(names[index]) for index in np.argsort(-counts, kind="stable")][: len(UNIT_COLOURS)]
    colour_of = dict(zip(frequent, UNIT_COLOURS, strict=False))
    quiet = theme.quiet.name()
    entries = [*colour_of.items()]
    if any(text not in colour_of for text in texts):
        entries.append(("others" if colour_of else "none", quiet))
    legend = " &nbsp; ".join(
        f"<span style='color:{colour}'>● {escape(name)}</span>" for name, colour in entries
    )
    return Colouring([QColor(colour_of.get(text, quiet)) for text in texts], None, legend)
