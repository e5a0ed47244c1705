"""Places of the acquisition rate and the duration of a recording, and the duration by the best source held."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hdmea_gui.session.unit import RATE_10HZ, spike_times_of
from hdmea_gui.sources import metadata_names

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

ACQUISITION_RATE = "acquisition_rate"
DURATION_S = "duration_s"
RAW_DURATION_S = "recording_duration_s"
RAW_CLOCK = "raw_clock"
"""What the raw file says about its clock: stated rate and length, and the rate of its data."""
DURATION_PATHS = (("metadata", DURATION_S), *(("metadata", name) for name in metadata_names("raw")))
"""Places at which the duration of the recording is noted."""


def find_duration_s(metadata: Mapping[str, Any], units: Collection[Mapping[str, Any]]) -> float | None:
    """Return the duration of a recording, s; None if nothing tells it.

    As noted at loading, else that of the raw file, else that of the 10 Hz rates, else up to the last spike of any
    unit (whose times are then read from disk).
    """
    of_raw = (metadata.get(name) for name in metadata_names("raw"))
    stated = (positive(held.get(RAW_DURATION_S)) for held in of_raw if isinstance(held, dict))
    return (
        positive(metadata.get(DURATION_S))
        or next(filter(None, stated), None)
        or _of_rates_s(units)
        or _of_spikes_s(units, positive(metadata.get(ACQUISITION_RATE)))
    )


def positive(value: Any) -> float | None:
    """Return a stored scalar if it is a positive, finite number, otherwise None."""
    if isinstance(value, np.ndarray) and value.size == 1:  # as scripts copy scalars from files
        value = value.reshape(-1)[0]
    is_usable = isinstance(value, (int, float, np.integer, np.floating)) and 0 < value < np.inf
    return float(value) if is_usable else None


def _of_rates_s(units: Collection[Mapping[str, Any]]) -> float | None:
    shapes: list[tuple[int, ...]] = [getattr(unit.get(RATE_10HZ), "shape", ()) for unit in units]
    return max((shape[0] / 10 for shape in shapes if len(shape) == 1 and shape[0]), default=None)


def _of_spikes_s(units: Collection[Mapping[str, Any]], rate_hz: float | None) -> float | None:
    last = max((_last_sample(spike_times_of(unit)) for unit in units), default=-1.0)
    # the last spike is within the recording, which ends one sample later
    return (last + 1) / rate_hz if last >= 0 and rate_hz else None


def _last_sample(times: Any) -> float:
    """Largest spike time, samples; -1 without usable ones, as a script may have put anything there."""
    try:
        samples = np.asarray(times)
    except ValueError:  # rows of different lengths
        return -1.0
    if samples.dtype.kind not in "iuf" or not samples.size or not np.isfinite(samples).all():
        return -1.0
    return float(samples.max())
