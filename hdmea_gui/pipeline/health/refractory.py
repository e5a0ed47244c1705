"""Units with more spikes close together than one neuron can fire."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hdmea_gui.analysis.unit_quality import REFRACTORY_S, close_pairs, pairs_of_unrelated
from hdmea_gui.pipeline.health.check import Check, Finding
from hdmea_gui.session.recording import RecordingReader
from hdmea_gui.session.unit import spike_times_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hdmea_gui.session import Snapshot

_FEWEST_SPIKES = 100
_MOST = 0.1  # share of foreign spikes
_SURE = 3.0  # standard deviations, and pairs, by which a count must exceed what that share explains
_MANY_UNITS = 0.5
_MILLISECONDS = f"{1e3 * REFRACTORY_S:g} ms"


def look(snapshot: Snapshot) -> Finding | None:
    """Count the units whose close spikes tell of many foreign ones."""
    recording = RecordingReader(snapshot)
    duration_s = recording.duration_s
    if not recording.has_rate or not duration_s:
        return None
    shares, bad = {}, set()
    for unit_id, unit in snapshot.units.items():
        n_spikes, n_close = _counts(unit, recording.rate_hz)
        if n_spikes < _FEWEST_SPIKES:
            continue
        shares[unit_id] = n_close / n_spikes
        allowed = (1 - (1 - _MOST) ** 2) * pairs_of_unrelated(n_spikes, duration_s)
        if n_close > allowed + _SURE * (1 + np.sqrt(allowed)):
            bad.add(unit_id)
    if not shares:
        return None
    ranked = sorted(shares, key=lambda unit_id: -shares[unit_id])
    curve = (np.arange(1.0, len(ranked) + 1), 100 * np.array([shares[unit_id] for unit_id in ranked]))
    if not bad:
        words = f"No unit has so many spikes within {_MILLISECONDS} that over {_MOST:.0%} of them must be foreign."
        return Finding("ok", words, *curve)
    words = (
        f"{len(bad)} of {len(shares)} units have so many spikes within {_MILLISECONDS} of each other that over "
        f"{_MOST:.0%} of them must be of other cells, or counted twice."
    )
    worst = tuple(unit_id for unit_id in ranked if unit_id in bad)
    return Finding("fault" if len(bad) > _MANY_UNITS * len(shares) else "check", words, *curve, units=worst)


def _counts(unit: Mapping[str, Any], rate_hz: float) -> tuple[int, int]:
    """Number of spikes of a unit, and of pairs of them that are too close."""
    times_s = np.sort(np.asarray(spike_times_of(unit)).astype(np.float64)) / rate_hz
    return len(times_s), close_pairs(times_s)


CHECK = Check(
    key="refractory",
    title="Refractory periods",
    look=look,
    view="spike_train",
    advice="Such units hold spikes of several cells, or the same spike twice. Look at their intervals and label them.",
    labels=("Unit, by rank", f"Pairs in {_MILLISECONDS} (%)"),
)
