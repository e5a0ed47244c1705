"""Plan of a sample recording: its sizes and options, checked."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Literal

import numpy as np

from hdmea_gui.errors import ConfigurationError
from hdmea_gui.sample.faults import Faults
from hdmea_gui.sample.region import Axes, Region

CHIP = 65  # sensors per row and column of the CMOS-MEA5000


@dataclass(frozen=True)
class Stretch:
    """A sweep of sensor data: its first sample and its length."""

    first_sample: int
    n_samples: int

    def holds(self, samples: np.ndarray, before: int, after: int) -> np.ndarray:
        """Whether each window [sample - before, sample + after) is within the sweep, bool (n_samples,)."""
        end = self.first_sample + self.n_samples
        return (samples - before >= self.first_sample) & (samples + after <= end)


@dataclass(frozen=True)
class Plan:
    """Sizes and options of ``make_sample``, where they are explained."""

    seed: int
    n_units: int
    rate_hz: float
    playlist: tuple[str, ...]
    repeats: int
    noise_frames: int
    regions: tuple[Region, ...]
    sweeps_s: tuple[tuple[float, float], ...]
    axes: Axes
    text: Literal["bytes", "str"]
    extra_streams: bool
    faults: Faults

    def __post_init__(self) -> None:
        """Refuse sizes and options that are not possible, with a message."""
        _require(self.n_units >= 1, "A sample recording needs at least one unit.")
        _require(self.rate_hz >= 1000, "A sample recording needs at least 1000 samples per second.")
        _require(bool(self.playlist), "A sample recording needs at least one movie in its playlist.")
        _require(self.repeats >= 1, "The playlist must be shown at least once.")
        _require(bool(self.regions), "Specify at least one sensor region; without sweeps it stays empty.")
        _require(
            set(self.axes) == {"col", "row"}, "The sensor axes must be ('col', 'row') or ('row', 'col')."
        )
        unresponsive = self.faults.get("unresponsive", 0)
        _require(unresponsive <= self.n_units, "There are fewer units than are to respond to nothing.")
        for region in self.regions:
            inside = region.left + region.width <= CHIP + 1 and region.top + region.height <= CHIP + 1
            sound = min(region.left, region.top, region.width, region.height) >= 1
            _require(
                inside and sound, f"The region {region} is not within the chip's {CHIP} x {CHIP} sensors."
            )

    def rng(self, purpose: str, *numbers: int) -> np.random.Generator:
        """Return a random generator for one purpose, so that a change in one part does not affect the others."""
        return np.random.default_rng(self.seeds(purpose, *numbers))

    def seeds(self, purpose: str, *numbers: int) -> tuple[int, ...]:
        """Return the seed of such a generator."""
        return (self.seed, zlib.crc32(purpose.encode()), *numbers)

    def stretches(self, n_samples: int) -> tuple[Stretch, ...]:
        """Return the sweeps in samples, after a check that they are within the recording."""
        found = []
        for start_s, length_s in self.sweeps_s:
            stretch = Stretch(round(start_s * self.rate_hz), round(length_s * self.rate_hz))
            _require(
                stretch.first_sample >= 0
                and stretch.n_samples > 0
                and stretch.first_sample + stretch.n_samples <= n_samples,
                f"The sweep of {length_s} s from {start_s} s is not within the recording "
                f"of {n_samples / self.rate_hz:.1f} s.",
            )
            found.append(stretch)
        return tuple(found)


def _require(holds: bool, message: str) -> None:
    if not holds:
        raise ConfigurationError(message)
