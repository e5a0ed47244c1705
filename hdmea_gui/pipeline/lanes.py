"""Bad lanes of a recording: looked for in samples of the sensor data, and compared with those the user names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hdmea_gui.analysis.bad_lanes import BLOCK_FRAMES, N_BLOCKS, BadLanes, find_bad_lanes
from hdmea_gui.analysis.lane_mask import Lanes
from hdmea_gui.session.bad_lanes import AXES, FOUND, GIVEN, Axis, BadLane, ChipLanes
from hdmea_gui.sources import SensorRegion

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from hdmea_gui.analysis.electrical_image import Stretch

_FEWEST_BLOCKS = 8  # fewer do not tell a bad lane from a spike


@dataclass(frozen=True)
class RegionLanes:
    """Lanes that stand out in a region, in the axes of its frames.

    Attributes
    ----------
    region
        The region.
    found
        The lanes.
    """

    region: SensorRegion
    found: BadLanes

    @property
    def lanes(self) -> Lanes | None:
        """The lanes found; None if there are none."""
        return None if self.found.axis is None else Lanes(self.found.axis, tuple(self.found.kinds))

    def on_chip(self, axes: tuple[str, str]) -> ChipLanes | None:
        """Return the lanes found, in rows or columns of the chip, given the names of the frames' axes."""
        if self.found.axis is None:
            return None
        axis = _chip_axis(axes[self.found.axis])
        lanes = [BadLane(index + self._origin(axis), FOUND, kind) for index, kind in self.found.kinds.items()]
        return ChipLanes(axis, tuple(lanes))

    def deviation(self, axis: Axis, axes: tuple[str, str], numbers: Sequence[int]) -> float:
        """Return how far the noise of lanes with these numbers is from that of the others, if they lie on an axis."""
        noise = np.log(np.maximum(self.found.noise[axes.index(axis)], 1e-3))
        indices = [number - self._origin(axis) for number in numbers]
        return float(sum(abs(noise[index]) for index in indices if 0 <= index < len(noise)))

    def noise_on_chip(self, axis: Axis, axes: tuple[str, str]) -> NDArray[np.float64]:
        """Return the noise of each row or column of the chip up to the region's last one, float64 (n_lanes,)."""
        return np.append(np.full(self._origin(axis) - 1, np.nan), self.found.noise[axes.index(axis)])

    def _origin(self, axis: Axis) -> int:
        return self.region.top if axis == "row" else self.region.left


def _chip_axis(name: str) -> Axis:
    return "row" if name == "row" else "col"


def lanes_in(region: SensorRegion, stretches: Sequence[Stretch]) -> RegionLanes | None:
    """Look for bad lanes in blocks spread over the stretches of a region; None if they are too short."""
    starts = [
        (stretch, start)
        for stretch in stretches
        for start in range(0, stretch.n_frames - BLOCK_FRAMES + 1, BLOCK_FRAMES)
    ]
    if len(starts) < _FEWEST_BLOCKS:
        return None
    chosen = np.unique(np.linspace(0, len(starts) - 1, N_BLOCKS).round().astype(int))
    blocks = [
        stretch.read(start, start + BLOCK_FRAMES) for stretch, start in (starts[index] for index in chosen)
    ]
    return RegionLanes(region, find_bad_lanes(np.stack(blocks)))


def lane_noise(looked_at: Sequence[tuple[RegionLanes, tuple[str, str]]]) -> dict[str, NDArray[np.float64]]:
    """Return the noise of the chip's rows and columns over all regions, by axis, (n_lanes,); NaN where not recorded."""
    noise: dict[str, NDArray[np.float64]] = {}
    for axis in AXES:
        parts = [each.noise_on_chip(axis, axes) for each, axes in looked_at]
        longest = max(map(len, parts))
        padded = [np.append(part, np.full(longest - len(part), np.nan)) for part in parts]
        noise[axis] = np.fmax.reduce(padded)
    return noise


def combined(
    looked_at: Sequence[tuple[RegionLanes, tuple[str, str]]],
    given: Sequence[int],
    known: ChipLanes | None,
    warnings: list[str],
) -> ChipLanes | None:
    """Combine the lanes found in all regions with those that the user names, leaving out those marked as good.

    Parameters
    ----------
    looked_at
        Lanes of each region, with the names of the axes of its frames.
    given
        1-based numbers that the user names.
    known
        The lanes as they were before; if the user chose any of them, the axis stays.
    warnings
        A message is appended if lanes that were found and those that are given differ.

    Returns
    -------
    lanes
        The lanes; None if nothing was looked at and none are given.
    """
    if not looked_at and not given:
        return None
    found = [lanes for each, axes in looked_at if (lanes := each.on_chip(axes)) is not None]
    has_chosen = known is not None and (known.given or known.cleared)
    axis = known.axis if known is not None and has_chosen else _axis_of(found, looked_at, given)
    cleared = set(known.cleared) - set(given) if known is not None and has_chosen else set()
    by_number = {lane.number: lane for each in found if each.axis == axis for lane in each.lanes}
    if given:
        warnings.extend(_differences(set(by_number) - cleared, set(given), axis))
    bad = {number: lane for number, lane in by_number.items() if number not in cleared}
    for number in given:
        kind = by_number[number].kind if number in by_number else ""
        bad[number] = BadLane(number, GIVEN, kind)
    return ChipLanes(axis, tuple(lane for _, lane in sorted(bad.items())), tuple(sorted(cleared)))


def _axis_of(
    found: Sequence[ChipLanes],
    looked_at: Sequence[tuple[RegionLanes, tuple[str, str]]],
    given: Sequence[int],
) -> Axis:
    """Axis with more lanes found; otherwise the one on which the given lanes differ more from the others."""
    n_rows, n_columns = (
        sum(len(each.lanes) for each in found if each.axis == axis) for axis in ("row", "col")
    )
    if n_rows != n_columns:
        return "row" if n_rows > n_columns else "col"
    by_row = sum(each.deviation("row", axes, given) for each, axes in looked_at)
    by_column = sum(each.deviation("col", axes, given) for each, axes in looked_at)
    return "row" if by_row > by_column else "col"


def _differences(found: set[int], given: set[int], axis: Axis) -> list[str]:
    missing = ChipLanes(axis).with_numbers(found - given)
    unseen = ChipLanes(axis).with_numbers(given - found)
    words = []
    if missing.lanes:
        words.append(
            f"{missing.words()} stand out in the sensor data, but are not named as bad; they are used as bad too"
        )
    if unseen.lanes:
        words.append(f"{unseen.words()} are named as bad, but do not stand out in the sensor data")
    return [f"Bad lanes: {'; '.join(words)}. Check them in the chip view."] if words else []
