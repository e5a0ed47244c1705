"""Bad lanes on simulated chips: how many are found, what is reported in error, and whether somas stay in place.

Noise of a lane is given as a multiple of its electrodes' own noise, all of it taken together, above 100 Hz.
"""

from __future__ import annotations

import time
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hdmea_gui.analysis import CannotCompute
from hdmea_gui.analysis.bad_lanes import BLOCK_FRAMES, N_BLOCKS, find_bad_lanes
from hdmea_gui.analysis.lane_mask import Lanes
from hdmea_gui.analysis.soma_geometry import soma_geometry

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.benchmarks.timing import Row

SIDE = 65
_RATE_HZ = 20_000.0
_OWN = 10.0  # counts
_LAGS, _SPIKE_LAG = 50, 10
KINDS = ("common", "independent", "dead", "saturated", "flickering")
FACTORS: dict[str, tuple[float, ...]] = {
    "common": (1.3, 3.0, 10.0, 30.0, 100.0),
    "independent": (3.0, 10.0, 30.0, 100.0),
    "dead": (0.0,),
    "saturated": (0.0,),
    "flickering": (3.0, 30.0),
}
_ON = 0.3  # share of the time in which a flickering lane is bad
Frames = NDArray[np.float32]


@dataclass(frozen=True)
class Chip:
    """Noise of each electrode, and the bad lanes: their axis, kind and factor."""

    own: Frames
    axis: int
    lanes: tuple[int, ...]
    kind: str
    factor: float


def make_chip(rng: np.random.Generator, kind: str, factor: float, n_lanes: int) -> Chip:
    """Return a chip with bad lanes of one kind, of which no more than two are adjacent."""
    own = (_OWN * np.exp(rng.normal(0, 0.2, (SIDE, SIDE)))).astype(np.float32)
    lanes: list[int] = []
    while len(lanes) < n_lanes:
        wanted = sorted({*lanes, int(rng.integers(SIDE))})
        lanes = wanted if _run_length(wanted) <= 2 else lanes
    return Chip(own, int(rng.integers(2)), tuple(lanes), kind, factor)


def _run_length(lanes: Iterable[int]) -> int:
    longest = run = last = -9
    for lane in lanes:
        run = run + 1 if lane == last + 1 else 1
        longest, last = max(longest, run), lane
    return longest


def blocks_of(chip: Chip, rng: np.random.Generator, n_blocks: int = N_BLOCKS) -> NDArray[np.int16]:
    """Return sampled blocks of frames of a chip: noise, hum and drift, spikes, bad electrodes and bad lanes."""
    shape = (n_blocks, BLOCK_FRAMES, SIDE, SIDE)
    frames = rng.standard_normal(shape, dtype=np.float32) * chip.own
    seconds = rng.uniform(0, 120, (n_blocks, 1)) + np.arange(BLOCK_FRAMES) / _RATE_HZ
    weights = rng.uniform(0.5, 1.5, (SIDE, SIDE)).astype(np.float32)
    hum = 25 * np.sin(2 * np.pi * 50 * seconds) + 40 * np.sin(2 * np.pi * 0.4 * seconds)
    frames += hum.astype(np.float32)[..., np.newaxis, np.newaxis] * weights
    _add_spikes(frames, rng)
    for row, column in rng.integers(0, SIDE, (20, 2)):  # bad electrodes that are not a lane
        frames[:, :, row, column] *= rng.choice([0.0, 5.0, 50.0])
    offsets = rng.normal(0, 100, (SIDE, SIDE)).astype(np.float32)
    frames += offsets
    turned = frames if chip.axis == 0 else frames.swapaxes(2, 3)
    own = chip.own if chip.axis == 0 else chip.own.T
    for lane in chip.lanes:
        _spoil(turned[:, :, lane], own[lane], chip, rng)
    return np.asarray(np.clip(np.rint(frames), -8192, 8191), np.int16)


def _add_spikes(frames: Frames, rng: np.random.Generator, n_units: int = 40) -> None:
    wave = -np.exp(-0.5 * ((np.arange(40) - 15) / 4) ** 2).astype(np.float32)
    grid = np.arange(SIDE)
    for row, column in rng.uniform(0, SIDE, (n_units, 2)):
        spread = np.exp(-((grid[:, np.newaxis] - row) ** 2 + (grid - column) ** 2) / 2.5).astype(np.float32)
        for block in np.flatnonzero(rng.random(len(frames)) < 0.1):
            at = int(rng.integers(BLOCK_FRAMES - len(wave)))
            frames[block, at : at + len(wave)] += 250 * wave[:, np.newaxis, np.newaxis] * spread


def _spoil(line: Frames, own: Frames, chip: Chip, rng: np.random.Generator) -> None:
    """Spoil one lane, (n_blocks, n_frames, n_electrodes)."""
    if chip.kind in ("dead", "saturated"):
        line[:] = 0.0 if chip.kind == "dead" else 1e6
        return
    added = np.sqrt(chip.factor**2 - 1)
    if chip.kind == "independent":
        line += added * own * rng.standard_normal(line.shape, dtype=np.float32)
        return
    shared = added * rng.standard_normal((*line.shape[:2], 1), dtype=np.float32)
    if chip.kind == "flickering":
        shared *= rng.random((len(line), 1, 1)) < _ON
    line += shared * own * rng.normal(1, 0.1, own.shape).astype(np.float32)


@dataclass(frozen=True)
class Unit:
    """A unit: soma (axis 1, axis 2), peak over noise, number of spikes."""

    soma: tuple[float, float]
    height: float
    n_spikes: int


def image_of(chip: Chip, unit: Unit, rng: np.random.Generator) -> Frames:
    """Return the electrical image of a unit on a chip, float32 (n_lags, SIDE, SIDE), counts."""
    milliseconds = (np.arange(_LAGS) - _SPIKE_LAG)[:, np.newaxis, np.newaxis] / _RATE_HZ * 1e3
    grid = np.arange(SIDE)
    apart = (grid[:, np.newaxis] - unit.soma[0]) ** 2 + (grid - unit.soma[1]) ** 2
    wave = -np.exp(-0.5 * (milliseconds / 0.18) ** 2) + 0.3 * np.exp(-0.5 * ((milliseconds - 0.7) / 0.3) ** 2)
    signal = unit.height * _OWN * wave * np.exp(-0.5 * apart / 1.1**2)
    angle = rng.uniform(0, 2 * np.pi)
    along = np.arange(3, 25, 0.5)
    axon = np.array(unit.soma)[:, np.newaxis] + np.array([[np.sin(angle)], [np.cos(angle)]]) * along
    to_axon = np.hypot(grid[:, None, None] - axon[0], grid[None, :, None] - axon[1])
    delay = along[to_axon.argmin(axis=2)] * 0.064
    late = -np.exp(-0.5 * ((milliseconds - delay) / 0.15) ** 2)
    signal += 0.15 * unit.height * _OWN * late * np.exp(-0.5 * (to_axon.min(axis=2) / 0.6) ** 2)
    share = 1 / np.sqrt(unit.n_spikes)
    image = signal.astype(np.float32)
    image += share * chip.own * rng.standard_normal(image.shape, dtype=np.float32)
    turned = image if chip.axis == 0 else image.swapaxes(1, 2)
    own = chip.own if chip.axis == 0 else chip.own.T
    for lane in chip.lanes:
        _spoil_image(turned[:, lane], own[lane], chip, share, rng)
    return image


def _spoil_image(line: Frames, own: Frames, chip: Chip, share: float, rng: np.random.Generator) -> None:
    if chip.kind in ("dead", "saturated"):
        line[:] = 0.0
        return
    added = share * np.sqrt(chip.factor**2 - 1) * (np.sqrt(_ON) if chip.kind == "flickering" else 1.0)
    if chip.kind == "independent":
        line += added * own * rng.standard_normal(line.shape, dtype=np.float32)
        return
    gains = rng.normal(1, 0.1, own.shape).astype(np.float32)
    line += added * rng.standard_normal((len(line), 1), dtype=np.float32) * own * gains


@dataclass
class Tally:
    """Counts of right cases and of all cases."""

    right: int = 0
    all: int = 0

    def add(self, right: int, of: int = 1) -> None:
        """Count some cases."""
        self.right += right
        self.all += of


def measure(n_chips: int, n_units: int, seed: int = 0) -> tuple[dict[str, Tally], list[float]]:
    """Return the counts by case, and the seconds that each detection took."""
    tallies: dict[str, Tally] = defaultdict(Tally)
    seconds = []
    cases = [(kind, factor) for kind in KINDS for factor in FACTORS[kind]]
    for number in range(n_chips):
        rng = np.random.default_rng((seed, number))
        kind, factor = cases[number % len(cases)]
        chip = make_chip(rng, kind, factor, int(rng.integers(1, 7)))
        blocks = blocks_of(chip, rng)
        started = time.process_time()
        found = find_bad_lanes(blocks)
        seconds.append(time.process_time() - started)
        reported = set(found.kinds) if found.axis == chip.axis else set()
        name = f"{kind} x {factor:g}" if factor else kind
        tallies[f"found: {name}"].add(len(reported & set(chip.lanes)), len(chip.lanes))
        tallies["axis"].add(found.axis == chip.axis)
        wrong = reported - set(chip.lanes) if found.axis == chip.axis else set(found.kinds)
        tallies["good lines reported"].add(len(wrong), SIDE - len(chip.lanes))
        lanes = None if found.axis is None else Lanes(found.axis, tuple(found.kinds))
        for _ in range(n_units):
            _locate(tallies, name, chip, lanes, rng)
    for number in range(max(1, n_chips // 4)):
        rng = np.random.default_rng((seed, 1, number))
        found = find_bad_lanes(blocks_of(make_chip(rng, "dead", 0.0, 0), rng))
        tallies["good lines reported"].add(len(found.kinds), SIDE)
        tallies["clean chips with an alarm"].add(bool(found.kinds))
    return tallies, seconds


def _locate(
    tallies: dict[str, Tally], name: str, chip: Chip, lanes: Lanes | None, rng: np.random.Generator
) -> None:
    """Locate the soma of a unit near a lane, with and without the mask."""
    lane = float(rng.choice(chip.lanes)) + rng.uniform(-3, 3)
    on_lanes, across = float(np.clip(lane, 2, SIDE - 3)), rng.uniform(2, SIDE - 3)
    soma = (on_lanes, across) if chip.axis == 0 else (across, on_lanes)
    unit = Unit(soma, rng.choice([6.0, 10.0, 30.0]), int(rng.choice([50, 200, 1000])))
    image = image_of(chip, unit, rng)
    for what, used in (("with mask", lanes), ("without mask", None)):
        try:
            found = soma_geometry(image, ("row", "col"), _SPIKE_LAG, lanes=used)
        except CannotCompute:
            continue
        # within one electrode of the nearest one, along both axes
        for place, at in (
            ("centre", (found.center_row, found.center_col)),
            ("peak", (found.peak_row, found.peak_col)),
        ):
            is_near = max(abs(at[0] - soma[0]), abs(at[1] - soma[1])) <= (1.0 if place == "centre" else 1.5)
            tallies[f"soma {place} {what}"].add(is_near)
            tallies[f"soma {place} {what}: {name}"].add(is_near)


def run(quick: bool = False) -> list[Row]:
    """Return a row for each target, then one for each kind of lane."""
    tallies, seconds = measure(14 if quick else 700, 2 if quick else 6)
    rows = [
        _share(tallies, "axis", "axis of the lanes found", 0.99),
        _share(tallies, "good lines reported", "good lines reported", 0.005, at_most=True),
        _share(tallies, "clean chips with an alarm", "clean chips with an alarm", None),
    ]
    rows += [
        _share(tallies, name, f"lanes {name}", 0.95) for name in sorted(tallies) if name.startswith("found")
    ]
    for name in sorted(tallies):
        if name.startswith("soma"):
            target = 0.95 if name in ("soma centre with mask", "soma peak with mask") else None
            rows.append(_share(tallies, name, f"{name}, within an electrode", target))
    rows.append(
        {
            "what": "finding the lanes of a chip, CPU seconds (median)",
            "reference_s": None, "ours_s": float(np.median(seconds)), "ratio": None, "target": None,
        }
    )  # fmt: skip
    return rows


def _share(
    tallies: dict[str, Tally], name: str, what: str, target: float | None, *, at_most: bool = False
) -> Row:
    tally = tallies[name]
    return {
        "what": what, "reference_s": None, "ours_s": None, "ratio": tally.right / max(tally.all, 1),
        "target": target, "at_most": at_most, "note": f"{tally.right} of {tally.all}",
    }  # fmt: skip
