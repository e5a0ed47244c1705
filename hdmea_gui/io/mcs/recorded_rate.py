"""Acquisition rate of a raw recording, from what its tables state and from how long its data last."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import h5py
import numpy as np

from hdmea_gui.analysis.clocks import TOLERANCE_SAMPLES, lengths_agree
from hdmea_gui.io.mcs import kinds
from hdmea_gui.io.mcs.nodes import children, integer_attribute, only_child, table_columns

if TYPE_CHECKING:
    from collections.abc import Sequence

US_PER_S = 1e6
_LAST_RESORT_HZ = 20_000.0  # the usual rate of the CMOS-MEA5000
_LEAST_TICK_US = 0.01


@dataclass(frozen=True)
class _Span:
    """Samples of a dataset, and the time that it states to cover."""

    n_samples: int
    duration_us: float

    @property
    def rate_hz(self) -> float:
        return self.n_samples * US_PER_S / self.duration_us

    def fits(self, rate_hz: float) -> bool:
        return lengths_agree(self.n_samples, self.duration_us / US_PER_S * rate_hz)


@dataclass(frozen=True)
class RecordedRate:
    """Acquisition rate of a recording, and where it comes from.

    Attributes
    ----------
    used_hz
        The rate that counts, Hz.
    stated_hz
        1e6 / Tick, Hz; None if the file states no Tick.
    measured_hz
        Rate of the data by their samples and the time that they state to cover, Hz; of the longest that contradict
        the Tick, if any do. None if no data state a time.
    """

    used_hz: float
    stated_hz: float | None
    measured_hz: float | None


def recorded_rate(
    name: str, streams: Sequence[h5py.Group | None], stated_s: float | None, warnings: list[str]
) -> RecordedRate:
    """Return the acquisition rate.

    It is 1e6 / Tick, unless the data agree with each other on another rate by their samples and the time from From to
    To. Without a Tick it is the data's own rate, else samples / duration; the last resort is the usual rate.

    Parameters
    ----------
    name
        Name of the file, for messages.
    streams
        The streams of the recording, the most reliable one first.
    stated_s
        Duration that the file states, s.
    warnings
        Messages are appended to it.
    """
    present = [stream for stream in streams if stream is not None]
    spans = [span for stream in present for span in _spans(stream)]
    measured = _common_hz(spans)
    tick_us = next(filter(None, map(_tick_us, present)), None)
    if tick_us is not None:
        return _checked(name, US_PER_S / tick_us, measured, spans, warnings)
    if measured is None and stated_s:
        n_samples = max(
            (data.shape[1] for stream in present for data in _datasets(stream, ndim=2)), default=0
        )
        measured = n_samples / stated_s or None
    if measured is not None:
        warnings.append(
            f"{name} does not state its acquisition rate: {measured:g} Hz is derived from the duration of its data."
        )
        return RecordedRate(measured, None, measured)
    warnings.append(
        f"{name} states neither its acquisition rate nor its duration: {_LAST_RESORT_HZ:g} Hz is assumed. All times "
        "depend on the rate: check them."
    )
    return RecordedRate(_LAST_RESORT_HZ, None, None)


def _checked(
    name: str, stated_hz: float, measured_hz: float | None, spans: list[_Span], warnings: list[str]
) -> RecordedRate:
    """Return the stated rate, or the measured one where the data agree on another; report a contradiction."""
    wrong = [span for span in spans if not span.fits(stated_hz)]
    if not wrong:
        return RecordedRate(stated_hz, stated_hz, measured_hz)
    longest = max(wrong, key=lambda span: span.duration_us)
    used = stated_hz if measured_hz is None else measured_hz
    difference_ms = abs(longest.n_samples / stated_hz - longest.duration_us / US_PER_S) * 1e3
    warnings.append(
        f"{name} states an acquisition rate of {stated_hz:g} Hz, but {longest.n_samples} samples in "
        f"{longest.duration_us / US_PER_S:g} s correspond to {longest.rate_hz:g} Hz: {difference_ms:.0f} ms at the "
        "end. "
        + (
            "The stated rate is used, as the parts of the recording disagree."
            if measured_hz is None
            else f"{used:g} Hz are used."
        )
    )
    return RecordedRate(used, stated_hz, longest.rate_hz)


def _common_hz(spans: list[_Span]) -> float | None:
    """Rate on which all spans agree, None if there are none or they disagree; a whole Tick if one fits."""
    if not spans:
        return None
    longest = max(spans, key=lambda span: span.duration_us)
    if not all(span.fits(longest.rate_hz) for span in spans):
        return None
    whole_hz = US_PER_S / max(round(US_PER_S / longest.rate_hz), 1)
    off = abs(longest.n_samples - longest.duration_us / US_PER_S * whole_hz)
    return whole_hz if off <= TOLERANCE_SAMPLES else longest.rate_hz


def _tick_us(stream: h5py.Group) -> float | None:
    """Microseconds per sample that a stream's meta table states, or None."""
    for kind in (kinds.CHANNEL_META, kinds.SENSOR_META):
        ticks = table_columns(only_child(stream, kind, datasets=True)).get("Tick", np.empty(0))
        for tick in ticks.tolist():
            if _LEAST_TICK_US <= tick <= US_PER_S:
                return float(tick)
    return None


def _datasets(stream: h5py.Group, *, ndim: int) -> list[h5py.Dataset]:
    return [node for _, node in children(stream) if isinstance(node, h5py.Dataset) and node.ndim == ndim]


def _spans(stream: h5py.Group) -> list[_Span]:
    found = []
    for ndim, axis in ((2, 1), (3, 0)):
        for data in _datasets(stream, ndim=ndim):
            begin_us, end_us = integer_attribute(data, "From"), integer_attribute(data, "To")
            if begin_us is not None and end_us is not None and end_us > begin_us and data.shape[axis]:
                found.append(_Span(int(data.shape[axis]), float(end_us - begin_us)))
    return found
