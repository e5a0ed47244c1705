"""Most likely course of the offset between the display's slots and the playlist's frames (Viterbi)."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from hdmea_gui.analysis.slot_grid import without_pauses

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hdmea_gui.analysis.light_fit import LightFit

_BLOCK = 4  # slots
_JUMP_NATS = 40.0
_JUMP_BACK_NATS = 400.0  # a display skips frames; it does not show some again while its pulses are regular
_JUMP_AT_ANOMALY_NATS = 3.0
_MOST_DELAYED = 4  # frames at one irregular interval; longer ones are pauses
_CHECK_EVERY = 1000  # blocks
_LEAST_DWELL = 90  # compared slots
_LEAST_EXCURSION = 600  # compared slots
_INTERVAL_NATS = 3.0  # of the places that are reported
_POSSIBLE_NATS = 6.0  # of those where an irregular interval is looked for
_DECIDED_NATS, _LIKELIER_NATS = 10.0, 0.5
_AT_ANOMALY = 12  # slots: a block, and those that noise correlated in time blurs
_UNKNOWN_NATS = 1.5  # more than a slot that fits, so that no path takes refuge where nothing is known


@dataclass(frozen=True)
class Jump:
    """Change of the offset.

    Attributes
    ----------
    slot
        First slot with the new offset, the most likely one.
    low, high
        The first and the last slot that it may be.
    before, after
        The offsets.
    """

    slot: int
    low: int
    high: int
    before: int
    after: int


def light_path(
    means: np.ndarray,
    fits: Sequence[LightFit],
    anomalies: np.ndarray,
    reach: int,
    check_cancelled: Callable[[], None],
) -> tuple[np.ndarray, list[Jump], np.ndarray]:
    """Find the offset of every slot: slot s shows frame s + offset.

    Where the light does not tell whether frames came late or pulses are missing, the more likely explanation is taken;
    if neither is, the count of pulses is kept.

    Parameters
    ----------
    means
        float64 (n_slots,), raw counts. Light in each slot.
    fits
        Fits of the presentations that can be told, at least one, in order.
    anomalies
        int64 (n_anomalies, 2), see `SlotGrid`: where frames may have been delayed, or nothing was recorded.
    reach
        How far the offset may lie beyond those of the fits.
    check_cancelled
        Called again and again; may raise to cancel.

    Returns
    -------
    offsets
        int64 (n_slots,).
    jumps
        Changes of the offset, in order.
    untold
        int64 (n_untold,). Slots of irregular intervals at the end of which that is not known.
    """
    known = without_pauses(len(means), anomalies)
    found = [fit.offset for fit in fits]
    states = np.unique([offset + np.arange(-reach, reach + 1) for offset in found])
    costs = _block_costs(means, fits, states, known, check_cancelled)
    path = states[_viterbi(costs, states, anomalies, check_cancelled)]
    segments = _long_segments(means, fits, np.repeat(path, _BLOCK)[: len(means)], known)
    jumps = _refined(means, fits, segments, anomalies, known)
    offsets = np.full(len(means), segments[0][1])
    for jump in jumps:
        offsets[jump.slot :] = jump.after
    untold = _settle_end(means, fits, offsets, anomalies, known)
    return offsets, jumps, untold


def _settle_end(
    means: np.ndarray,
    fits: Sequence[LightFit],
    offsets: np.ndarray,
    anomalies: np.ndarray,
    known: np.ndarray,
) -> np.ndarray:
    """Return the slots of the last irregular intervals that the light does not decide.

    The more likely explanation is taken, in place; if neither is, the count of pulses is kept.
    """
    untold = []
    for slot, size in anomalies[::-1].tolist():
        if not 0 < size <= _MOST_DELAYED:
            continue
        first = slot - size
        is_late = offsets[slot] < offsets[max(first - 1, 0)]
        other = offsets.copy()
        other[first:] += size if is_late else -size
        evidence = _path_cost(means, fits, other, known, first) - _path_cost(
            means, fits, offsets, known, first
        )
        if evidence > _DECIDED_NATS:
            break
        untold.append(slot)
        if evidence < (-_LIKELIER_NATS if is_late else _LIKELIER_NATS):
            offsets[:] = other
    return np.array(untold[::-1], np.int64)


def _path_cost(
    means: np.ndarray, fits: Sequence[LightFit], offsets: np.ndarray, known: np.ndarray, start: int
) -> float:
    """Cost of the offsets of all slots from one on, nats."""
    return float(
        sum(
            _slot_costs(means, fits, offset, known)[start:][offsets[start:] == offset].sum()
            for offset in np.unique(offsets[start:]).tolist()
        )
    )


def _slot_costs(means: np.ndarray, fits: Sequence[LightFit], offset: int, known: np.ndarray) -> np.ndarray:
    """Cost of one offset in every slot, float64 (n_slots,), nats; 0 where no presentation tells anything."""
    costs = np.zeros(len(means))
    for fit in fits:
        costs[fit.slots] = fit.costs(means, offset, _UNKNOWN_NATS)
    costs[~known] = 0
    return costs


def _change_costs(
    means: np.ndarray, fits: Sequence[LightFit], before: int, after: int, known: np.ndarray, where: slice
) -> np.ndarray:
    """Cost of a change of the offset at each slot of a stretch, and at its end, float64 (n_stretch + 1,), nats."""
    seen = np.where(known, means, np.nan)  # nothing is compared across a pause
    gains, extra = np.zeros(len(means)), np.zeros(len(means))
    for fit in fits:
        gains[fit.slots], extra[fit.slots] = fit.change(seen, before, after)
    course = np.concatenate([[0.0], np.cumsum(gains[where])])
    course[:-1] += extra[where]
    return course


def _block_costs(
    means: np.ndarray,
    fits: Sequence[LightFit],
    states: np.ndarray,
    known: np.ndarray,
    check_cancelled: Callable[[], None],
) -> np.ndarray:
    """Cost of each state in each block, float32 (n_blocks, n_states)."""
    starts = np.arange(0, len(means), _BLOCK)
    costs = np.empty((len(starts), len(states)), np.float32)
    for number, state in enumerate(states.tolist()):
        check_cancelled()
        costs[:, number] = np.add.reduceat(_slot_costs(means, fits, state, known), starts)
    return costs


def _viterbi(
    costs: np.ndarray, states: np.ndarray, anomalies: np.ndarray, check_cancelled: Callable[[], None]
) -> np.ndarray:
    """Index of the state in each block, int64 (n_blocks,)."""
    n_blocks, n_states = costs.shape
    sizes = _sizes_by_block(anomalies, n_blocks)
    came_from = np.empty((n_blocks, n_states), np.int32)
    here = np.arange(n_states, dtype=np.int32)
    total = costs[0].astype(np.float64)
    for block in range(1, n_blocks):
        if block % _CHECK_EVERY == 0:
            check_cancelled()
        best = int(total.argmin())
        other = total[best] + np.where(states > states[best], _JUMP_NATS, _JUMP_BACK_NATS)
        jumps = total > other
        came_from[block] = np.where(jumps, best, here)
        total = np.where(jumps, other, total)
        for size in sizes.get(block, ()):
            _allow(total, came_from[block], states, size)
        total = total + costs[block]
    path = np.empty(n_blocks, np.int64)
    path[-1] = int(total.argmin())
    for block in range(n_blocks - 1, 0, -1):
        path[block - 1] = came_from[block, path[block]]
    return path


def _allow(total: np.ndarray, came_from: np.ndarray, states: np.ndarray, size: int) -> None:
    """Let frames be delayed by as many slots as an irregular interval has room for."""
    before, origin = total.copy(), came_from.copy()
    for moved in range(1, min(size, _MOST_DELAYED) + 1):
        # later frames: the offset falls
        to, of = slice(0, -moved), slice(moved, None)
        if moved < len(total):
            is_near = np.abs(states[of] - states[to]) == moved
            cheaper = is_near & (before[of] + _JUMP_AT_ANOMALY_NATS < total[to])
            total[to] = np.where(cheaper, before[of] + _JUMP_AT_ANOMALY_NATS, total[to])
            came_from[to] = np.where(cheaper, origin[of], came_from[to])


def _sizes_by_block(anomalies: np.ndarray, n_blocks: int) -> dict[int, list[int]]:
    sizes: dict[int, list[int]] = {}
    for slot, size in anomalies.tolist():
        for block in {slot // _BLOCK, slot // _BLOCK + 1}:
            if 0 < block < n_blocks:
                sizes.setdefault(block, []).append(size)
    return sizes


def _long_segments(
    means: np.ndarray, fits: Sequence[LightFit], path: np.ndarray, known: np.ndarray
) -> list[tuple[int, int, int]]:
    """Stretches of equal offset as (start, offset, end), without those too short to be believed."""
    compared = np.zeros(len(path) + 1, np.int64)
    for fit in fits:
        compared[fit.slots.start + 1 : fit.slots.stop + 1] = 1
    compared = np.cumsum(compared)
    while True:
        edges = np.flatnonzero(np.diff(path)) + 1
        starts, ends = np.concatenate([[0], edges]), np.concatenate([edges, [len(path)]])
        lengths = compared[ends] - compared[starts]
        # a path that comes back to where it was has left what the model describes, for frames are not shown again
        comes_back = (
            np.flatnonzero((path[starts[2:]] == path[starts[:-2]]) & (lengths[1:-1] < _LEAST_EXCURSION)) + 1
        )
        if len(starts) > 1 and lengths.min() >= _LEAST_DWELL and comes_back.size:
            lengths[comes_back] = 0
        if len(starts) == 1 or lengths.min() >= _LEAST_DWELL:
            return [(int(a), int(path[a]), int(b)) for a, b in zip(starts, ends, strict=True)]
        shortest = int(lengths.argmin())
        part = slice(int(starts[shortest]), int(ends[shortest]))
        beside = {int(path[place]) for place in (part.start - 1, part.stop) if 0 <= place < len(path)}
        path[part] = min(beside, key=lambda offset: _slot_costs(means, fits, offset, known)[part].sum())


def _refined(
    means: np.ndarray,
    fits: Sequence[LightFit],
    segments: list[tuple[int, int, int]],
    anomalies: np.ndarray,
    known: np.ndarray,
) -> list[Jump]:
    """Places of the changes, to the slot."""
    jumps: list[Jump] = []
    for (begin, before, _), (_, after, end) in pairwise(segments):
        start = jumps[-1].slot if jumps else begin
        course = _change_costs(means, fits, before, after, known, slice(start, end))
        likely, possible = (
            np.flatnonzero(course <= course.min() + nats) + start for nats in (_INTERVAL_NATS, _POSSIBLE_NATS)
        )
        slot, low, high = int(course.argmin()) + start, int(likely[0]), int(likely[-1])
        # frames come late where an interval is irregular: from the first slot on that has no pulse
        late = anomalies[:, 0] - max(before - after, 0)
        near = late[(late >= possible[0] - _AT_ANOMALY) & (late <= possible[-1] + _AT_ANOMALY)]
        if near.size:
            slot, low, high = int(near[np.abs(near - slot).argmin()]), int(near.min()), int(near.max())
        jumps.append(Jump(slot, low, high, before, after))
    return jumps
