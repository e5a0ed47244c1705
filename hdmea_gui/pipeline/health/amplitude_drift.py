"""Spikes that become smaller or larger in the course of the recording."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hdmea_gui.pipeline.health.check import Check, Finding, State
from hdmea_gui.session.unit import peak_amplitudes_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from hdmea_gui.session import Snapshot

_FEWEST_SPIKES = 100
_PARTS = 10
_WORTH_TELLING = 0.01
_CHECK, _FAULT = 0.2, 0.4  # change of the median unit between the first and the last tenth


def look(snapshot: Snapshot) -> Finding | None:
    """Compare the sorter's amplitudes of the last spikes with those of the first."""
    courses = [course for unit in snapshot.units.values() if (course := _course(unit)) is not None]
    if not courses:
        return None
    course = np.median(courses, axis=0)
    change = float(course[-1] - 1)
    amount = f"{change:+.0%}" if abs(change) >= _WORTH_TELLING else f"less than {_WORTH_TELLING:.0%}"
    words = (
        f"From the first to the last tenth of its spikes, the median unit changes its amplitude by {amount}."
    )
    state: State = "fault" if abs(change) > _FAULT else "check" if abs(change) > _CHECK else "ok"
    return Finding(state, words, (np.arange(_PARTS) + 0.5) * 100 / _PARTS, 100 * course)


def _course(unit: Mapping[str, Any]) -> NDArray[np.float64] | None:
    """Median amplitude in each part of a unit's spikes, relative to the first, (_PARTS,)."""
    held = peak_amplitudes_of(unit)
    if held is None or len(held) < _FEWEST_SPIKES:
        return None
    parts = np.array([np.median(part) for part in np.array_split(np.asarray(held, np.float64), _PARTS)])
    return parts / parts[0] if np.isfinite(parts).all() and parts[0] else None


CHECK = Check(
    key="amplitude_drift",
    title="Drift of amplitudes",
    look=look,
    view="spike_train",
    advice="The tissue may have moved or died. Compare the first with the last trials of a movie.",
    labels=("Part of the spikes (%)", "Amplitude (%)"),
)
