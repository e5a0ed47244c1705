"""Trials of one movie in the groups that show the same, in the order and colours in which a raster shows them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor

from hdmea_gui.views.theme import UNIT_COLOURS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hdmea_gui.pipeline.features.conditions import Conditions
    from hdmea_gui.views.theme import Theme

_ON_LIGHT, _ON_DARK = (0.05, 0.75), (0.95, 0.35)  # parts of the colour map that stand out from the background


@dataclass(frozen=True)
class TrialGroup:
    """Trials that show the same stimulus.

    Parameters
    ----------
    name : str
        Name of the condition; empty if all trials show the same.
    place : int
        Number of the condition in the stimulus file, from 0.
    numbers : ndarray
        intp (n_trials,). Which trials belong to it.
    colour : QColor
        Its colour.
    first_row : int
        Row of its first trial in the raster, from 0.
    """

    name: str
    place: int
    numbers: NDArray[np.intp]
    colour: QColor
    first_row: int = 0


def trial_groups(conditions: Conditions, n_trials: int, theme: Theme) -> tuple[TrialGroup, ...]:
    """Return the groups of the trials, the brightest light first; without intensities as in the stimulus file."""
    names, is_ordered = conditions.names, bool(conditions.intensity)
    if len(names) == 1:
        return (TrialGroup("", 0, np.arange(n_trials), QColor(UNIT_COLOURS[0])),)
    which = conditions.of_trials(n_trials)
    order = np.argsort(conditions.intensity, kind="stable")[::-1] if is_ordered else np.arange(len(names))
    colours = _colours(len(names), theme, is_ordered=is_ordered)
    return _in_rows(
        TrialGroup(names[place], place, np.flatnonzero(which == place), colour)
        for place, colour in zip(order.tolist(), colours, strict=True)
    )


def only(groups: tuple[TrialGroup, ...], name: str) -> tuple[TrialGroup, ...]:
    """Return the group of a condition alone; all groups if none has the name."""
    return _in_rows(group for group in groups if group.name == name) or groups


def rows_of(groups: Iterable[TrialGroup], n_trials: int) -> NDArray[np.intp]:
    """Return the row of each trial in the raster, intp (n_trials,), from 0; -1 for trials of other groups."""
    rows = np.full(n_trials, -1)
    for group in groups:
        numbers = group.numbers[group.numbers < n_trials]
        rows[numbers] = group.first_row + np.arange(numbers.size)
    return rows


def _in_rows(groups: Iterable[TrialGroup]) -> tuple[TrialGroup, ...]:
    placed, row = [], 0
    for group in groups:
        placed.append(replace(group, first_row=row))
        row += group.numbers.size
    return tuple(placed)


def _colours(number: int, theme: Theme, *, is_ordered: bool) -> list[QColor]:
    """Return colours along a scale, the strongest contrast first, or as different as can be."""
    if not is_ordered and number <= len(UNIT_COLOURS):
        return [QColor(colour) for colour in UNIT_COLOURS[:number]]
    places = np.linspace(*(_ON_DARK if theme.is_dark else _ON_LIGHT), number)
    return [theme.sequential().mapToQColor(place) for place in places.tolist()]
