"""Signals of the electrodes: each spike with soma and axon propagation, plus noise, drift and 50 Hz hum."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hdmea_gui.sample.lanes import NO_LANES, lines_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hdmea_gui.sample.lanes import BadLanes
    from hdmea_gui.sample.region import Axes, Region

PITCH_MM = 0.032  # there are chips with 16 and with 32 micrometres
CONDUCTION_MM_PER_MS = 0.5
BEFORE_MS = 1.5
AFTER_MS = 4.0
SOMA_SPREAD = 1.1
SOMA_REACH = 4.0
AXON_SPREAD = 0.6
AXON_REACH = 1.5
AXON_SHARE = 0.15
AXON_LENGTH = 24.0
ELECTRODE_NOISE = 10.0
HUM_HZ = 50.0
HUM_COUNTS = 25.0
DRIFT_HZ = (0.13, 0.31, 0.7)
DRIFT_COUNTS = 40.0
OFFSET_COUNTS = 100.0


@dataclass(frozen=True)
class Footprint:
    """Signal of one spike of a unit on the electrodes.

    Attributes
    ----------
    rows, columns
        int64 (n_electrodes,), electrodes. 0-based within the region.
    traces
        float32 (n_lags, n_electrodes), raw counts.
    first_lag
        Lag of the first trace sample from the spike, in samples (negative).
    axon
        float64 (n_points, 3). Path of the axon from the soma: row, column (0-based), delay (ms).
    """

    rows: np.ndarray
    columns: np.ndarray
    traces: np.ndarray
    first_lag: int
    axon: np.ndarray

    def soma_trace(self) -> np.ndarray:
        """Return the trace with the largest peak-to-peak amplitude, float32 (n_lags,), raw counts."""
        return np.asarray(self.traces[:, np.ptp(self.traces, axis=0).argmax()])


def place_somas(region: Region, n_units: int, rng: np.random.Generator) -> np.ndarray:
    """Choose row and column of each soma within the region, int64 (n_units, 2), electrodes.

    They are as far apart as a square lattice allows, away from the edge; if there are more units than sensors,
    some share one.
    """
    margin = min(2, (min(region.width, region.height) - 1) // 2)
    extent = region.height - 2 * margin, region.width - 2 * margin
    step = max(1, int(np.sqrt(extent[0] * extent[1] / n_units)))
    while step > 1 and np.prod([-(-length // step) for length in extent]) < n_units:
        step -= 1
    rows, columns = np.meshgrid(*(np.arange(0, length, step) + margin for length in extent), indexing="ij")
    lattice = rng.permutation(np.stack([rows.ravel(), columns.ravel()], axis=1))
    return np.asarray(np.resize(lattice, (n_units, 2)))


def make_footprint(region: Region, soma: np.ndarray, rate_hz: float, rng: np.random.Generator) -> Footprint:
    """Generate the electrical image of a unit: a large soma, and an axon with a small propagating spike.

    Parameters
    ----------
    region
        Sensors of the region.
    soma
        int64 (2,), electrodes. Row and column of the soma within the region.
    rate_hz
        Samples per second.
    rng
        Random generator for size and path.

    Returns
    -------
    Footprint
        Only the electrodes with a signal.
    """
    axon = _axon_path(region, soma, rng)
    height = rng.uniform(220.0, 320.0)
    rows, columns = (grid.ravel() for grid in np.mgrid[: region.height, : region.width])
    apart = np.hypot(rows - soma[0], columns - soma[1])
    to_axon = np.hypot(rows[:, None] - axon[:, 0], columns[:, None] - axon[:, 1])
    nearest = to_axon.argmin(axis=1)
    beside = to_axon.min(axis=1)
    seen = (apart <= SOMA_REACH) | (beside <= AXON_REACH)
    lags = np.arange(round(-BEFORE_MS * rate_hz / 1000), round(AFTER_MS * rate_hz / 1000) + 1)
    milliseconds = lags[:, None] * 1000 / rate_hz
    soma_size = height * np.exp(-0.5 * (apart[seen] / SOMA_SPREAD) ** 2)
    far = apart[seen] > 2
    axon_size = far * AXON_SHARE * height * np.exp(-0.5 * (beside[seen] / AXON_SPREAD) ** 2)
    delay = axon[nearest[seen], 2]
    traces = soma_size * _soma_wave(milliseconds) + axon_size * _axon_wave(milliseconds - delay)
    return Footprint(rows[seen], columns[seen], traces.astype(np.float32), int(lags[0]), axon)


def _axon_path(region: Region, soma: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Row, column, delay (ms) of points along a slightly curved line, up to the edge of the region."""
    length = np.arange(0, AXON_LENGTH, 0.5)
    angle = rng.uniform(0, 2 * np.pi) + rng.uniform(-0.03, 0.03) * length
    rows = soma[0] + np.cumsum(np.sin(angle)) * 0.5
    columns = soma[1] + np.cumsum(np.cos(angle)) * 0.5
    delay = length * PITCH_MM / CONDUCTION_MM_PER_MS
    outside = (rows < 0) | (rows > region.height - 1) | (columns < 0) | (columns > region.width - 1)
    end = int(outside.argmax()) if outside.any() else length.size
    return np.stack([rows, columns, delay], axis=1)[: max(end, 1)]


def _soma_wave(milliseconds: np.ndarray) -> np.ndarray:
    fall = np.exp(-0.5 * (milliseconds / 0.18) ** 2)
    return np.asarray(-fall + 0.3 * np.exp(-0.5 * ((milliseconds - 0.7) / 0.3) ** 2))


def _axon_wave(milliseconds: np.ndarray) -> np.ndarray:
    sides = (np.exp(-0.5 * ((milliseconds + shift) / 0.15) ** 2) for shift in (-0.35, 0.35))
    return np.asarray(-np.exp(-0.5 * (milliseconds / 0.15) ** 2) + 0.3 * sum(sides))


class SensorSweep:
    """A stretch of sensor frames, generated in slabs so that it is never in memory as a whole.

    Parameters
    ----------
    region
        Sensors of the frames.
    axes
        Order of the frames' axes.
    first_sample
        Recording sample of the first frame.
    rate_hz
        Samples per second.
    footprints
        One per unit.
    spikes
        int64 (n_spikes,) per unit, samples. Ascending.
    seed
        Seed of the noise.
    lanes
        Bad lanes.
    """

    def __init__(
        self,
        region: Region,
        axes: Axes,
        first_sample: int,
        rate_hz: float,
        footprints: Sequence[Footprint],
        spikes: Sequence[np.ndarray],
        seed: tuple[int, ...],
        lanes: BadLanes = NO_LANES,
    ) -> None:
        self._shape = (
            (region.width, region.height) if axes == ("col", "row") else (region.height, region.width)
        )
        self._first_sample, self._rate_hz, self._seed = first_sample, rate_hz, seed
        self._first_lag = footprints[0].first_lag if footprints else 0
        self._places, self._traces = _stacked(region, axes, footprints)
        unit = np.repeat(np.arange(len(spikes)), [train.size for train in spikes])
        samples = np.concatenate([*spikes, np.zeros(0, dtype=np.int64)])
        order = np.argsort(samples, kind="stable")
        self._samples, self._units = samples[order], unit[order]
        self._lanes, self._lines = lanes, lines_of(region, axes, lanes.axis)
        self._background = _Background(
            region.width * region.height, rate_hz, np.random.default_rng(seed[:-1])
        )

    def __call__(self, start: int, stop: int) -> np.ndarray:
        """Return frames start to stop, int16 (stop - start, axis 1, axis 2), raw counts."""
        rng = np.random.default_rng((*self._seed, start))
        samples = np.arange(start, stop) + self._first_sample
        counts = self._background(samples, rng)
        counts += self._spikes_between(int(samples[0]), int(samples[-1]) + 1)
        self._lanes.disturb(counts, self._lines, samples, ELECTRODE_NOISE, rng)
        np.rint(counts, out=counts)
        whole = np.clip(counts, -32768, 32767).astype(np.int16)
        return np.asarray(whole.reshape(-1, *self._shape))

    def _spikes_between(self, start: int, stop: int) -> np.ndarray:
        """Sum of the footprints of all spikes that overlap the stretch, float64 (n_samples, n_electrodes)."""
        n_lags, n_electrodes = self._traces.shape[1], self._shape[0] * self._shape[1]
        lowest, highest = start - self._first_lag - n_lags + 1, stop - self._first_lag
        first, last = np.searchsorted(self._samples, [lowest, highest])
        units = self._units[first:last]
        rows = self._samples[first:last] - lowest
        # Rows outside the stretch go to a border that is cut off, so that no spike needs a mask.
        bordered = stop - start + 2 * (n_lags - 1)
        frame = rows[:, None] + np.arange(n_lags)
        flat = frame[:, :, None] * n_electrodes + self._places[units][:, None, :]
        summed = np.bincount(flat.ravel(), self._traces[units].ravel(), minlength=bordered * n_electrodes)
        return np.asarray(summed.reshape(bordered, n_electrodes)[n_lags - 1 : n_lags - 1 + stop - start])


def _stacked(region: Region, axes: Axes, footprints: Sequence[Footprint]) -> tuple[np.ndarray, np.ndarray]:
    """Electrodes (n_units, most) and traces (n_units, n_lags, most), padded with zeros, which add nothing."""
    most = max((each.rows.size for each in footprints), default=1)
    n_lags = footprints[0].traces.shape[0] if footprints else 1
    places = np.zeros((len(footprints), most), dtype=np.int64)
    traces = np.zeros((len(footprints), n_lags, most), dtype=np.float32)
    for unit, each in enumerate(footprints):
        places[unit, : each.rows.size] = region.flat_index(each.rows, each.columns, axes)
        traces[unit, :, : each.rows.size] = each.traces
    return places, traces


class _Background:
    """Noise of the electrodes, slow drift, and mains hum."""

    def __init__(self, n_electrodes: int, rate_hz: float, rng: np.random.Generator) -> None:
        self._angular = 2 * np.pi / rate_hz * np.array([HUM_HZ, *DRIFT_HZ])
        size = np.array([HUM_COUNTS, *([DRIFT_COUNTS] * len(DRIFT_HZ))])
        self._phase = rng.uniform(0, 2 * np.pi, self._angular.size)
        self._weights = (size[:, None] * rng.uniform(0.5, 1.5, (size.size, n_electrodes))).astype(np.float32)
        self._offset = rng.normal(0, OFFSET_COUNTS, n_electrodes).astype(np.float32)

    def __call__(self, samples: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Return the background at samples of the recording, float32 (n_samples, n_electrodes), raw counts."""
        waves = np.sin(samples[:, None] * self._angular + self._phase).astype(np.float32)
        counts = rng.standard_normal((samples.size, self._offset.size), dtype=np.float32)
        counts *= np.float32(ELECTRODE_NOISE)
        counts += waves @ self._weights
        counts += self._offset
        return np.asarray(counts)
