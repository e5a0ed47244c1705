"""Bad lanes of a recording: lines of electrodes on the chip that are noisy or dead, found or named by the user."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from hdmea_gui.analysis.lane_mask import Lanes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

Axis = Literal["row", "col"]
BAD_LANES = "bad_lanes"
BAD_LANES_PATH = ("metadata", BAD_LANES)
LANE_NOISE_PATH = ("metadata", "lane_noise")
FOUND, GIVEN = "found", "given"
AXES: tuple[Axis, Axis] = ("row", "col")
_AXIS_WORDS = {"row": "row", "col": "column"}


@dataclass(frozen=True)
class BadLane:
    """A bad lane: 1-based number on the chip, "found" or "given", and what is wrong with it if it was found."""

    number: int
    source: str = GIVEN
    kind: str = ""


@dataclass(frozen=True)
class ChipLanes:
    """The bad lanes of a chip.

    Attributes
    ----------
    axis
        "row" if the lanes are rows of the chip, "col" if they are columns.
    lanes
        The lanes in ascending order of their numbers.
    cleared
        1-based numbers of lanes that the user has marked as good; they stay good if found again.
    """

    axis: Axis
    lanes: tuple[BadLane, ...] = ()
    cleared: tuple[int, ...] = ()

    @property
    def numbers(self) -> tuple[int, ...]:
        """1-based numbers on the chip."""
        return tuple(lane.number for lane in self.lanes)

    @property
    def given(self) -> tuple[int, ...]:
        """Numbers of the lanes that the user named."""
        return tuple(lane.number for lane in self.lanes if lane.source == GIVEN)

    @property
    def chosen(self) -> ChipLanes:
        """What the user has decided, without what was found."""
        return replace(self, lanes=tuple(BadLane(number) for number in self.given))

    @property
    def all_cleared(self) -> ChipLanes:
        """The lanes, each of them marked as good."""
        return ChipLanes(self.axis, cleared=tuple(sorted({*self.cleared, *self.numbers})))

    def with_numbers(self, numbers: Iterable[int]) -> ChipLanes:
        """Return lanes with these numbers: those already known as they are, the others given by the user."""
        known = {lane.number: lane for lane in self.lanes}
        return replace(
            self, lanes=tuple(known.get(number, BadLane(number)) for number in sorted(set(numbers)))
        )

    def toggled(self, number: int) -> ChipLanes:
        """Return the lanes with one added, or removed if it is among them; one that was found is then cleared."""
        was_found = any(lane.number == number and lane.kind for lane in self.lanes)
        cleared = set(self.cleared) - {number} | ({number} if was_found else set())
        toggled = self.with_numbers(set(self.numbers) ^ {number})
        return replace(toggled, cleared=tuple(sorted(cleared)))

    def in_image(self, metadata: Mapping[str, Any]) -> Lanes:
        """Return the lanes of an electrical image, by the axes and the region that its metadata name."""
        *_, first, _ = axes_of(metadata)
        origin = int(metadata.get("region_top" if self.axis == "row" else "region_left", 1))
        return Lanes(int(first != self.axis), tuple(number - origin for number in self.numbers))

    def as_stored(self) -> dict[str, Any]:
        """Return what a session holds of the lanes."""
        return {
            "axis": self.axis,
            "lanes": np.array(self.numbers, np.int32),
            "source": [lane.source for lane in self.lanes],
            "kind": [lane.kind for lane in self.lanes],
            "cleared": np.array(self.cleared, np.int32),
        }

    def words(self) -> str:
        """Name the lanes for the user, such as "columns 3, 17"."""
        if not self.lanes:
            return "none"
        plural = "s" if len(self.lanes) > 1 else ""
        return f"{_AXIS_WORDS[self.axis]}{plural} {', '.join(map(str, self.numbers))}"


def axes_of(metadata: Mapping[str, Any]) -> tuple[str, str, str]:
    """Return the names of the axes of an electrical image; if they are not noted, the vendor's order."""
    noted = metadata.get("axes")
    names = [] if noted is None else [str(name) for name in np.asarray(noted).reshape(-1)]
    return ("lag", "row", "col") if names[-2:] == ["row", "col"] else ("lag", "col", "row")


def bad_lanes_of(metadata: Mapping[str, Any]) -> ChipLanes | None:
    """Return the bad lanes that a recording's metadata hold; None if they were neither looked for nor given."""
    held = metadata.get(BAD_LANES)
    if not isinstance(held, dict) or "lanes" not in held:
        return None
    numbers, cleared = (_numbers(held.get(name, ())) for name in ("lanes", "cleared"))
    sources, kinds = (_texts(held.get(name), len(numbers)) for name in ("source", "kind"))
    lanes = (BadLane(*lane) for lane in zip(numbers, sources, kinds, strict=True))
    axis: Axis = "row" if str(held.get("axis", "col")) == "row" else "col"
    return ChipLanes(axis, tuple(sorted(lanes, key=lambda lane: lane.number)), tuple(cleared))


def lane_noise_of(metadata: Mapping[str, Any], axis: Axis) -> NDArray[np.float64] | None:
    """Return the noise of each row or column of the chip, relative to their median, (n_lanes,); None if not held."""
    _, name = LANE_NOISE_PATH
    held = metadata.get(name)
    noise = held.get(axis) if isinstance(held, dict) else None
    return None if noise is None else np.asarray(noise, np.float64)


def _numbers(held: Any) -> list[int]:
    return [int(number) for number in np.asarray(held).reshape(-1)]


def _texts(held: Any, length: int) -> list[str]:
    texts = [] if held is None else [str(text) for text in held]
    return (texts + [""] * length)[:length]
