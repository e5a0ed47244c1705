"""Refreshes of the display, as a regular grid recovered from the recorded sync pulses."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hdmea_gui.analysis.frame_intervals import usual_intervals

_OUT_OF_STEP = 0.3  # of a refresh
_MOST_OFF = 3  # pulses
_PAUSE = 6  # slots


@dataclass(frozen=True)
class SlotGrid:
    """Slots of one refresh each, from before the first recorded pulse to after the last one.

    Attributes
    ----------
    samples
        float64 (n_slots + 1,), samples. Start of each slot, and end of the last.
    of_pulse
        int64 (n_pulses,), slots. Slot that begins with each pulse; of an additional pulse the one that contains it.
    anomalies
        int64 (n_anomalies, 2): the slot after an irregular interval, and how many slots it has more than pulses;
        negative for additional pulses.
    """

    samples: np.ndarray
    of_pulse: np.ndarray
    anomalies: np.ndarray

    @property
    def n_slots(self) -> int:
        """Number of slots."""
        return len(self.samples) - 1

    def means(self, signal: np.ndarray) -> np.ndarray:
        """Return the mean of a signal (n_samples,) in each slot, float64 (n_slots,)."""
        edges = np.clip(np.ceil(self.samples).astype(np.int64), 0, len(signal))
        # the sample at which a frame is detected is the last one before its light changes
        starts = np.minimum(edges + 1, len(signal) - 1)
        sums = np.add.reduceat(signal, starts, dtype=np.float64)[:-1]
        return np.asarray(sums / np.maximum(np.diff(starts), 1))


def slot_grid(pulses: np.ndarray, n_samples: int, margin: int) -> SlotGrid:
    """Recover the grid from the pulses.

    Intervals that are longer by whole refreshes get slots without a pulse; pulses less than half a refresh after the
    one before get none of their own.

    Parameters
    ----------
    pulses
        Any integer (n_pulses,), samples. Ascending, at least two.
    n_samples
        Length of the recording.
    margin
        Number of slots to add before the first pulse and after the last, as far as the recording reaches.
    """
    stamps = np.asarray(pulses).astype(np.int64)
    intervals = np.diff(stamps)
    usual = _periods(intervals)
    steps = np.rint(intervals / usual).astype(np.int64)
    of_pulse = np.concatenate([[0], np.cumsum(steps)])
    is_kept = np.ones(len(stamps), bool)
    irregular = np.flatnonzero((steps != 1) | (np.abs(intervals / usual - 1) > 1 / 3))
    if irregular.size:
        of_pulse, is_kept = _walked(stamps, usual, int(irregular[0]), of_pulse)
    slots = of_pulse[is_kept]
    times = np.interp(np.arange(slots[-1] + 1), slots, stamps[is_kept])
    before = times[0] - usual[0] * np.arange(margin, 0, -1)
    after = times[-1] + usual[-1] * np.arange(1, margin + 2)
    before, after = before[before >= 0], after[after < n_samples]
    anomalies = np.stack([of_pulse[1:], np.diff(of_pulse) - 1], axis=1)[np.diff(of_pulse) != 1]
    anomalies[:, 0] += len(before)
    return SlotGrid(np.concatenate([before, times, after]), of_pulse + len(before), anomalies)


def _periods(intervals: np.ndarray) -> np.ndarray:
    """Refresh period at each interval, float64 (n_intervals,), samples.

    A median of whole samples is off by up to half a sample, which adds up to frames in a gap of hundreds.
    """
    usual = usual_intervals(intervals)
    ratio = intervals / usual
    is_regular = np.abs(ratio - 1) < 1 / 3
    return usual * float(ratio[is_regular].mean()) if is_regular.any() else usual


def _walked(
    stamps: np.ndarray, usual: np.ndarray, start: int, of_pulse: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Slots of the pulses, and whether each pulse is kept, from the first irregular interval on.

    A pulse out of step with the one before is an additional one, unless those after it are out of step as well.
    """
    slots, is_kept = of_pulse.copy(), np.ones(len(stamps), bool)
    reference, slot, n_off = int(stamps[start]), int(of_pulse[start]), 0
    later = zip(stamps[start + 1 :].tolist(), usual[start:].tolist(), strict=True)
    for number, (stamp, period) in enumerate(later, start + 1):
        steps = (stamp - reference) / period
        n_steps = round(steps)
        is_off = abs(steps - n_steps) > _OUT_OF_STEP or n_steps == 0
        n_off = n_off + 1 if is_off else 0
        is_kept[number] = n_steps > 0 and (not is_off or n_off > _MOST_OFF)
        slots[number] = slot + int(steps)
        if is_kept[number]:
            slot, reference, n_off = slot + n_steps, stamp, 0
            slots[number] = slot
    return slots, is_kept


def without_pauses(n_slots: int, anomalies: np.ndarray) -> np.ndarray:
    """Return which slots do not lie where pulses are missing for long, as nothing was recorded there: bool (n_slots,).

    Parameters
    ----------
    n_slots
        Number of slots.
    anomalies
        See `SlotGrid`.
    """
    is_known = np.ones(n_slots, bool)
    for slot, size in anomalies[anomalies[:, 1] > _PAUSE].tolist():
        # the slot of the last pulse before a pause is incomplete
        is_known[max(slot - size - 1, 0) : slot + 1] = False
    return is_known
