"""Bad lanes: rows or columns of electrodes that share a line of the amplifier."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from hdmea_gui.sample.faults import Faults

if TYPE_CHECKING:
    from hdmea_gui.sample.region import Axes, Region

_KINDS = ("lanes_noisy", "lanes_common", "lanes_flickering", "lanes_dead", "lanes_saturated")
_UPPER_LIMIT = 32767
_FLICKER_SAMPLES = 640
_FLICKER_SHARE = 0.3


@dataclass(frozen=True)
class BadLanes:
    """Bad lanes of a recording.

    Attributes
    ----------
    axis
        Whether they are rows or columns.
    lanes
        int64 (n_lanes,), 1-based lines of the chip, by kind of fault.
    faults
        Strength of each kind.
    """

    axis: Literal["row", "col"]
    lanes: dict[str, np.ndarray]
    faults: Faults

    def all_lanes(self) -> np.ndarray:
        """Return all of them, int64 (n_lanes,), ascending."""
        return np.unique(np.concatenate([np.empty(0, np.int64), *self.lanes.values()]))

    def disturb(
        self,
        counts: np.ndarray,
        lines: np.ndarray,
        samples: np.ndarray,
        noise: float,
        rng: np.random.Generator,
    ) -> None:
        """Put the faults into frames.

        Parameters
        ----------
        counts
            Float (n_samples, n_electrodes), raw counts; changed in place.
        lines
            int64 (n_electrodes,). Line of the chip of each electrode, 1-based.
        samples
            int64 (n_samples,). Recording sample of each frame.
        noise
            Standard deviation of a good electrode's noise, raw counts.
        rng
            Random generator for the noise.
        """
        for kind, lanes in self.lanes.items():
            excess = noise * float(np.sqrt(max(self.faults[kind] ** 2 - 1, 0)))
            for lane in lanes:
                places = np.flatnonzero(lines == lane)
                if kind == "lanes_dead":
                    counts[:, places] = 0
                elif kind == "lanes_saturated":
                    counts[:, places] = _UPPER_LIMIT
                else:
                    n_traces = places.size if kind == "lanes_noisy" else 1
                    added = excess * rng.standard_normal((samples.size, n_traces))
                    if kind == "lanes_flickering":
                        added *= _is_on(samples, int(lane))[:, None]
                    counts[:, places] += added


NO_LANES = BadLanes("col", {}, {})


def _is_on(samples: np.ndarray, lane: int) -> np.ndarray:
    """Whether a flickering lane is noisy, bool (n_samples,); the same whatever the slabs."""
    blocks, inverse = np.unique(samples // _FLICKER_SAMPLES, return_inverse=True)
    drawn = [np.random.default_rng((lane, int(block))).random() < _FLICKER_SHARE for block in blocks]
    return np.asarray(np.array(drawn)[inverse])


def make_lanes(regions: tuple[Region, ...], faults: Faults, rng: np.random.Generator) -> BadLanes:
    """Choose the bad lanes among the lines of the first region."""
    axis: Literal["row", "col"] = "row" if "lanes_rows" in faults else "col"
    first, size = (
        (regions[0].top, regions[0].height) if axis == "row" else (regions[0].left, regions[0].width)
    )
    wanted = [kind for kind in _KINDS if kind in faults]
    count = min(int(faults.get("lanes_count", 3)), size // max(len(wanted), 1))
    if "lanes_adjacent" in faults:
        chosen = rng.integers(0, size - count * len(wanted) + 1) + np.arange(count * len(wanted))
    else:
        chosen = rng.permutation(size)[: count * len(wanted)]
    parts = {kind: np.sort(chosen[n * count : (n + 1) * count]) + first for n, kind in enumerate(wanted)}
    return BadLanes(axis, parts, faults)


def lines_of(region: Region, axes: Axes, axis: Literal["row", "col"]) -> np.ndarray:
    """Return the line of the chip of each electrode of a flattened frame, int64 (n_electrodes,), 1-based."""
    sides = {"row": region.top + np.arange(region.height), "col": region.left + np.arange(region.width)}
    grid = np.meshgrid(*(sides[name] for name in axes), indexing="ij")
    return np.asarray(grid[axes.index(axis)].ravel())
