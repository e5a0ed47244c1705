"""Where the recorded light shows each frame of the playlist, compared with the count of sync pulses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hdmea_gui.analysis.slot_grid import SlotGrid

if TYPE_CHECKING:
    from hdmea_gui.analysis.light_alignment import Alignment

_COMPARED_PAUSE = 60  # slots
LEAST_SHIFT = 2
"""A constant offset below so many frames is taken for a delay of the display."""


@dataclass(frozen=True)
class Change:
    """A change of the shift.

    Attributes
    ----------
    low, high
        First and last sample at which it may have happened.
    before, after
        Shift before and after it, display frames.
    """

    low: int
    high: int
    before: int
    after: int


@dataclass(frozen=True)
class Placement:
    """Course of the playlist as the light shows it.

    Attributes
    ----------
    grid
        The slots of the display.
    content
        int64 (n_slots,), frames. Frame of the playlist shown in each slot, delay of the display aside; negative before
        the first.
    shift
        int64 (n_slots,), frames. How many frames the playlist is ahead of the count of pulses.
    latency_frames
        Delay of the light after the pulses, display frames; negative if frames come before their counted pulse.
    changes
        Changes of the shift, in order.
    untold
        float64 (n_untold,), samples. Irregular intervals at the end of which the light does not tell whether frames
        came late or pulses are missing; the more likely explanation is taken.
    """

    grid: SlotGrid
    content: np.ndarray
    shift: np.ndarray
    latency_frames: float
    changes: tuple[Change, ...]
    untold: np.ndarray

    def frame_samples(self) -> np.ndarray:
        """Return the sample at which each frame of the playlist appears, uint64 (n_frames,); ascending.

        A frame that was skipped has the sample of the next one.
        """
        furthest = np.maximum.accumulate(self.content)
        slots = np.searchsorted(furthest, np.arange(max(int(furthest[-1]), 0) + 1))
        return np.asarray(np.rint(self.grid.samples[slots]), np.uint64)


def placement(grid: SlotGrid, alignment: Alignment, declared_latency: float | None) -> Placement:
    """Return the course of the playlist that an alignment describes.

    Parameters
    ----------
    grid
        The slots of the display.
    alignment
        Offsets of the frames from the slots.
    declared_latency
        Delay of the display that is known, display frames; None if it is not.
    """
    n_pulses = _pulses_before(grid)
    raw_shift = np.arange(grid.n_slots) + alignment.offsets - n_pulses
    first = next(fit for fit in alignment.fits if fit is not None)
    start = min(max(first.slots.start + _COMPARED_PAUSE, 0), grid.n_slots - 1)
    at_first = int(raw_shift[start])
    if declared_latency is None:
        rest = at_first - _explained_before(grid, start, at_first)
        base = rest if abs(rest) < LEAST_SHIFT else 0
    else:
        base = -round(declared_latency - alignment.latency)
    shift = raw_shift - base
    content = np.arange(grid.n_slots) + alignment.offsets - base
    changes = _changes(grid, alignment, shift)
    untold = grid.samples[alignment.untold]
    return Placement(grid, content, shift, alignment.latency - base, changes, untold)


def _explained_before(grid: SlotGrid, start: int, shift: int) -> int:
    """Part of a shift that irregular intervals before a slot explain, where the light does not tell what they are."""
    sizes = grid.anomalies[grid.anomalies[:, 0] < start, 1]
    extra = int(sizes[sizes < 0].sum())
    return min(max(shift, extra), extra + int(sizes[sizes > 0].sum()))


def _pulses_before(grid: SlotGrid) -> np.ndarray:
    """Number that the count of pulses gives to the frame in each slot, int64 (n_slots,)."""
    slots = np.arange(grid.n_slots)
    numbers = np.searchsorted(grid.of_pulse, slots, side="right") - 1
    before = slots - grid.of_pulse[0]
    after = len(grid.of_pulse) - 1 + slots - grid.of_pulse[-1]
    inside = (slots >= grid.of_pulse[0]) & (slots <= grid.of_pulse[-1])
    return np.asarray(np.where(inside, numbers, np.where(slots < grid.of_pulse[0], before, after)))


def _changes(grid: SlotGrid, alignment: Alignment, shift: np.ndarray) -> tuple[Change, ...]:
    """Changes of the shift: at irregular intervals, and where the light jumps."""
    by_jump = {jump.slot: (jump.low, jump.high) for jump in alignment.jumps}
    edges = np.flatnonzero(np.diff(shift)) + 1
    changes = []
    for slot in edges.tolist():
        near = [reach for place, reach in by_jump.items() if abs(place - slot) <= 1]
        low, high = near[0] if near else (slot, slot)
        samples = grid.samples[[max(low - 1, 0), min(high + 1, grid.n_slots)]]
        changes.append(Change(int(samples[0]), int(samples[1]), int(shift[slot - 1]), int(shift[slot])))
    return tuple(each for each in _merged(changes) if each.before != each.after)


def _merged(changes: list[Change]) -> list[Change]:
    """Changes that follow each other without a gap as one, such as the many of a pause."""
    merged: list[Change] = []
    for change in changes:
        if merged and change.low <= merged[-1].high:
            first = merged.pop()
            change = Change(first.low, max(first.high, change.high), first.before, change.after)  # noqa: PLW2901
        merged.append(change)
    return merged
