"""Bad lanes: lines of electrodes along one axis of the chip that are noisy, dead or flickering as a whole.

A lane is a line of electrodes that shares its amplifiers. The detector looks at a few short blocks of frames, as
differences in time, from which the median of the chip is subtracted. Each line along either axis is compared with the
good lines around it; the axis on which lines stand out is that of the lanes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

N_BLOCKS, BLOCK_FRAMES = 32, 64
"""Blocks that show flicker in a third of the time, and their length: 0.1 s of a recording at 20 kHz."""

_AROUND = 10  # lines on either side with which a line is compared
_MADS = 6.0
_NOISE = 0.15  # smallest deviation of the log noise; good lines of one chip differ by less
_COMMON = np.log(1.8)
_QUIET = np.log(0.6)
_FLICKER_NOISE, _FLICKER_COMMON, _FLICKER_BLOCKS = np.log(1.5), np.log(2.0), 3
_CLIP = 3.0  # a single bad electrode would otherwise accuse its whole line
_FLAT = 0.1  # share of the chip's noise
_AT_LIMIT = 0.3  # share of frames at the highest or lowest value of the chip
_ROUNDS = 6
_MOST_SCORE = 10.0
_FEWEST_LINES = 5


@dataclass(frozen=True)
class BadLanes:
    """Lanes that stand out.

    Attributes
    ----------
    axis
        Spatial axis of the frames, 0 or 1, along which the lanes are counted; None if no line stands out.
    kinds
        What is wrong with each bad lane, by 0-based index along the axis: "noisy", "common noise", "dead",
        "saturated", "quiet" or "flickering".
    noise
        float64 (n_lines,) for each of the two axes. Noise of every line, relative to the median of the chip.
    """

    axis: int | None
    kinds: Mapping[int, str]
    noise: tuple[NDArray[np.float64], NDArray[np.float64]]


def find_bad_lanes(blocks: NDArray[Any]) -> BadLanes:
    """Find the lanes that stand out, and their axis.

    Parameters
    ----------
    blocks
        Any integer or float (n_blocks, n_frames, n_axis_1, n_axis_2), raw counts. Blocks of contiguous frames spread
        over the recording.

    Returns
    -------
    lanes
        The bad lanes.
    """
    electrodes = _Electrodes.of(blocks)
    lines = [_Lines.of(electrodes, axis) for axis in (0, 1)]
    noise = tuple(np.exp(each.noise - np.median(each.noise)) for each in lines)
    found = [each.bad() for each in lines]
    scores = [sum(score for _, score in kinds.values()) for kinds in found]
    axis = int(np.argmax(scores)) if max(scores) > 0 else None
    kinds = {} if axis is None else {line: kind for line, (kind, _) in sorted(found[axis].items())}
    return BadLanes(axis, kinds, (noise[0], noise[1]))


@dataclass(frozen=True)
class _Electrodes:
    """What the blocks say about single electrodes.

    Attributes
    ----------
    scaled
        float32 (n_blocks, n_frames - 1, n_axis_1, n_axis_2). Differences in time in units of the electrode's own
        noise, clipped.
    noise
        float64 (n_blocks, n_axis_1, n_axis_2), raw counts. Mean absolute difference.
    is_flat, is_saturated
        bool (n_axis_1, n_axis_2).
    """

    scaled: NDArray[np.float32]
    noise: NDArray[np.float64]
    is_flat: NDArray[np.bool_]
    is_saturated: NDArray[np.bool_]

    @classmethod
    def of(cls, blocks: NDArray[Any]) -> _Electrodes:
        steps = np.diff(blocks.astype(np.float32), axis=1)
        flat = steps.reshape(*steps.shape[:2], -1)
        own = np.median(np.abs(flat).mean(axis=1), axis=0)
        flat -= np.median(flat, axis=2)[..., np.newaxis]
        noise = np.abs(steps).mean(axis=1, dtype=np.float64)
        typical = np.median(noise, axis=0)
        usual = float(np.median(typical))
        steps /= (
            np.maximum(typical, max(usual * _FLAT, 1e-6)) * 1.2533
        )  # mean |x| of a normal x with SD 1, inverted
        np.clip(steps, -_CLIP, _CLIP, out=steps)
        is_flat = (own < _FLAT * usual).reshape(typical.shape)
        return cls(steps, noise, is_flat, _saturated(blocks))


def _saturated(blocks: NDArray[Any]) -> NDArray[np.bool_]:
    """Whether an electrode often has the highest or the lowest value of the whole chip, bool (n_axis_1, n_axis_2)."""
    highest = (blocks == blocks.max()).mean(axis=(0, 1))
    lowest = (blocks == blocks.min()).mean(axis=(0, 1))
    often = np.asarray(np.maximum(highest, lowest) > _AT_LIMIT)
    return np.asarray(often & (often.mean() < 0.5))  # a chip that is silent as a whole has no bad lane


@dataclass(frozen=True)
class _Lines:
    """What the blocks say about the lines along one axis; each array ends with the axis of the lines.

    Attributes
    ----------
    noise_of_blocks, common_of_blocks
        float64 (n_blocks, n_lines). Logarithm of the noise of its electrodes, and of the noise that they share.
    flat, saturated
        float64 (n_lines,). Share of electrodes.
    """

    noise_of_blocks: NDArray[np.float64]
    common_of_blocks: NDArray[np.float64]
    flat: NDArray[np.float64]
    saturated: NDArray[np.float64]

    @classmethod
    def of(cls, electrodes: _Electrodes, axis: int) -> _Lines:
        across = 1 - axis
        shared = np.abs(electrodes.scaled.mean(axis=2 + across)).mean(axis=1, dtype=np.float64)
        return cls(
            _log(np.median(electrodes.noise, axis=1 + across)),
            _log(shared),
            electrodes.is_flat.mean(axis=across),
            electrodes.is_saturated.mean(axis=across),
        )

    @property
    def noise(self) -> NDArray[np.float64]:
        return np.asarray(np.median(self.noise_of_blocks, axis=0))

    def bad(self) -> dict[int, tuple[str, float]]:
        """Kind of each bad line, and how far it stands out."""
        found: dict[int, tuple[str, float]] = {}
        if len(self.flat) < _FEWEST_LINES:
            return found
        dead = self.flat > 0.5
        noise, common = self.noise, np.median(self.common_of_blocks, axis=0)
        noisy, noise_at = _deviations(noise, _NOISE, ~dead)
        shared, common_at = _deviations(common, _COMMON, ~dead)
        flicker = self._flicker(noise - noisy, common - shared)
        tests = (
            ("saturated", self.saturated / 0.5),
            ("dead", self.flat / 0.5),
            ("common noise", shared / common_at),
            ("noisy", noisy / noise_at),
            ("quiet", noisy / min(_QUIET, -noise_at)),
            ("flickering", flicker / (_FLICKER_BLOCKS - 0.5)),
        )
        for kind, scores in tests:
            for line in np.flatnonzero(scores > 1):
                found.setdefault(int(line), (kind, float(min(scores[line], _MOST_SCORE))))
        return found

    def _flicker(self, noise: NDArray[np.float64], common: NDArray[np.float64]) -> NDArray[np.int64]:
        """Number of blocks in which each line is far above what is usual around it, int64 (n_lines,)."""
        above = _apart(self.noise_of_blocks - noise) > _FLICKER_NOISE
        above |= _apart(self.common_of_blocks - common) > _FLICKER_COMMON
        return np.asarray(above.sum(axis=0))


def _apart(of_blocks: NDArray[np.float64]) -> NDArray[np.float64]:
    """Subtract what all lines of a block have in common."""
    return np.asarray(of_blocks - np.median(of_blocks, axis=1, keepdims=True))


def _log(values: NDArray[Any]) -> NDArray[np.float64]:
    return np.asarray(np.log(np.maximum(values, 1e-6)), dtype=np.float64)


def _deviations(
    values: NDArray[np.float64], smallest: float, good: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], float]:
    """Deviation of each line from the good lines around it, and the deviation above which a line is bad."""
    usable = good
    for _ in range(_ROUNDS):
        away = values - _around(values, good)
        spread = float(np.median(np.abs(away[good]))) if good.any() else 0.0
        limit = max(smallest, _MADS * spread)
        now_good = usable & (np.abs(away) <= limit)
        if (now_good == good).all():
            break
        good = now_good
    return away, limit


def _around(values: NDArray[np.float64], good: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Median of the good lines around each line, float64 (n_lines,)."""
    lines = np.flatnonzero(good)
    if not len(lines):
        return np.full(len(values), np.median(values))
    found = np.empty(len(values))
    for line in range(len(values)):
        near = lines[np.abs(lines - line) <= _AROUND]
        found[line] = np.median(values[near if len(near) >= _FEWEST_LINES else lines])
    return found
