"""Units with spikes closer together than a neuron can fire."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hdmea_gui.pipeline.health.check import Check, Finding
from hdmea_gui.session.recording import RecordingReader
from hdmea_gui.session.unit import spike_times_of

if TYPE_CHECKING:
    from hdmea_gui.session import Snapshot

_REFRACTORY_S = 1e-3
_FEWEST_SPIKES = 100
_MOST = 0.02  # share of intervals; a well isolated unit has below 0.5 %
_MANY_UNITS = 0.5


def look(snapshot: Snapshot) -> Finding | None:
    """Count the units in which many intervals are below a millisecond."""
    recording = RecordingReader(snapshot)
    if not recording.has_rate:
        return None
    limit = _REFRACTORY_S * recording.rate_hz
    shares = [
        float(np.mean(np.diff(np.sort(np.asarray(spike_times_of(unit)).astype(np.float64))) < limit))
        for unit in snapshot.units.values()
        if len(spike_times_of(unit)) >= _FEWEST_SPIKES
    ]
    if not shares:
        return None
    ranked = np.sort(shares)[::-1]
    n_bad = int(np.count_nonzero(ranked > _MOST))
    curve = (np.arange(1.0, len(ranked) + 1), 100 * ranked)
    if not n_bad:
        return Finding("ok", f"No unit has more than {_MOST:.0%} of its intervals below 1 ms.", *curve)
    sentence = f"{n_bad} of {len(shares)} units have more than {_MOST:.0%} of their intervals below 1 ms."
    return Finding("fault" if n_bad > _MANY_UNITS * len(shares) else "check", sentence, *curve)


CHECK = Check(
    key="refractory",
    title="Refractory periods",
    look=look,
    view="spike_train",
    advice="Such units hold spikes of several cells, or the same spike twice. Look at their intervals and label them.",
    labels=("Unit, by rank", "Intervals below 1 ms (%)"),
)
