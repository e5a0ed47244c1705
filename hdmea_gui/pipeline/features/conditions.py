"""Stimuli that differ between the trials of one movie, read from its stimulus file."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from hdmea_gui.analysis.histogram import TrialRates

if TYPE_CHECKING:
    from numpy.typing import NDArray

_GROUP_INTENSITY = re.compile(r"(?:(\w+?)_)?intensity_(\d+)")
_SHARED = ("psth_time_s",)  # the same for every condition

Response = Callable[[TrialRates], Any]


@dataclass(frozen=True)
class Conditions:
    """Conditions of a movie: groups of trials that show the same stimulus.

    Attributes
    ----------
    names
        One per condition.
    repeat
        Number of successive trials of one condition.
    intensity
        Light intensity of each condition, 0 to 255, if known.
    """

    names: tuple[str, ...] = ("all trials",)
    repeat: int = 1
    intensity: tuple[float, ...] = ()

    @property
    def reference(self) -> int:
        """Number of the condition that scalar outputs belong to: the brightest, or else the last."""
        return int(np.argmax(self.intensity)) if self.intensity else len(self.names) - 1

    def of_trials(self, n_trials: int) -> NDArray[np.int64]:
        """Return the number of the condition of each trial, int64 (n_trials,)."""
        return np.arange(n_trials) // self.repeat % len(self.names)


def conditions_of(content: Mapping[str, Any]) -> Conditions:
    """Return the conditions of a movie, from the content of its stimulus file.

    They are the groups of its trials (``group_count``). Their names are listed as ``conditions``; else they are the
    intensities of the groups, else numbers from 1.
    """
    section = content.get("section_kwargs")
    section = section if isinstance(section, Mapping) else {}
    count, repeat = section.get("group_count", 1), section.get("repeat", 1)
    if not isinstance(count, int) or not isinstance(repeat, int) or count < 2 or repeat < 1:
        return Conditions()
    intensity = _intensities(content.get("generate_kwargs"), count)
    listed = content.get("conditions")
    if isinstance(listed, list) and len(listed) == count:
        names = tuple(str(entry.get("name", "") if isinstance(entry, Mapping) else entry) for entry in listed)
    elif intensity:
        names = tuple(f"{value:g}" for value in intensity)
    else:
        names = tuple(str(number + 1) for number in range(count))
    return Conditions(names, repeat, intensity)


def _intensities(made: Any, count: int) -> tuple[float, ...]:
    """Return the intensity of each group; none if they are not all stated, or differ between colours."""
    stated: dict[int, set[float]] = {}
    for key, value in made.items() if isinstance(made, Mapping) else ():
        found = _GROUP_INTENSITY.fullmatch(str(key))
        if found and isinstance(value, (int, float)):
            stated.setdefault(int(found[2]), set()).add(float(value))
    groups = [stated.get(number, set()) for number in range(1, count + 1)]
    return tuple(group.pop() for group in groups) if all(len(group) == 1 for group in groups) else ()


def by_condition(rates: TrialRates, conditions: Conditions, measure: Response) -> dict[str, Any]:
    """Measure a response in the trials of each condition, never across them.

    Parameters
    ----------
    rates
        All trials of the movie.
    conditions
        Their conditions.
    measure
        Function of the trials of one condition that returns a dataclass.

    Returns
    -------
    outputs
        Those of the reference condition; with several conditions also their names and every number as an array along
        the conditions, under the name of the output and ``_by_condition``.
    """
    which = conditions.of_trials(len(rates.rates))
    measured = [
        dataclasses.asdict(measure(_subset(rates, which == number)))
        for number in range(len(conditions.names))
    ]
    outputs: dict[str, Any] = dict(measured[conditions.reference])
    if len(measured) == 1:
        return outputs
    arrays = {
        f"{name}_by_condition": np.stack([np.asarray(one[name]) for one in measured])
        for name, value in measured[0].items()
        if name not in _SHARED and not isinstance(value, str)
    }
    texts = {
        f"{name}_by_condition": [one[name] for one in measured]
        for name, value in measured[0].items()
        if isinstance(value, str)
    }
    stated = {"condition_intensity": np.array(conditions.intensity)} if conditions.intensity else {}
    return outputs | arrays | texts | stated | {"condition": list(conditions.names)}


def _subset(rates: TrialRates, kept: NDArray[np.bool_]) -> TrialRates:
    spikes = tuple(times for times, is_kept in zip(rates.spikes_s, kept.tolist(), strict=False) if is_kept)
    return TrialRates(rates.rates[kept], rates.edges_s, spikes)
