"""What the electrodes see is the sum of the spikes' footprints over a background."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from hdmea_gui.sample.array import Footprint, SensorSweep, make_footprint, place_somas
from hdmea_gui.sample.region import Region

if TYPE_CHECKING:
    from hdmea_gui.sample.region import Axes

REGION = Region(5, 7, 14, 9)
SOMAS = place_somas(REGION, 4, np.random.default_rng(2))
FOOTPRINTS = [make_footprint(REGION, soma, 5000.0, np.random.default_rng(k)) for k, soma in enumerate(SOMAS)]
SPIKES = [np.unique(np.random.default_rng(k).integers(0, 3000, 60)) for k in range(4)]


def sweep(axes: Axes, first_sample: int, spikes: list[np.ndarray]) -> SensorSweep:
    return SensorSweep(REGION, axes, first_sample, 5000.0, FOOTPRINTS, spikes, (1, 2, 3))


def image(footprint: Footprint, axes: Axes) -> np.ndarray:
    """The footprint as frames, lag by lag."""
    frames = np.zeros((len(footprint.traces), REGION.height, REGION.width))
    frames[:, footprint.rows, footprint.columns] = footprint.traces
    return frames if axes == ("row", "col") else frames.transpose(0, 2, 1)


@pytest.mark.parametrize("axes", [("col", "row"), ("row", "col")])
def test_a_slab_holds_every_spike_that_reaches_into_it(axes: Axes) -> None:
    first, start, stop = 400, 300, 1100
    silent = [train[:0] for train in SPIKES]
    seen = sweep(axes, first, SPIKES)(start, stop).astype(int) - sweep(axes, first, silent)(start, stop)
    whole = np.zeros((4000, *seen.shape[1:]))
    for footprint, train in zip(FOOTPRINTS, SPIKES, strict=True):
        frames = image(footprint, axes)
        for spike in train:
            begin = spike + footprint.first_lag
            for lag in range(max(0, -begin), len(frames)):
                whole[begin + lag] += frames[lag]
    expected = whole[first + start : first + stop]
    assert np.abs(expected).max() > 200
    assert np.abs(seen - expected).max() <= 1.001


def test_slabs_of_one_size_are_the_same_again() -> None:
    np.testing.assert_array_equal(
        sweep(("col", "row"), 0, SPIKES)(0, 500), sweep(("col", "row"), 0, SPIKES)(0, 500)
    )


def test_the_background_has_noise_drift_and_the_mains() -> None:
    silent = [train[:0] for train in SPIKES]
    trace = sweep(("col", "row"), 0, silent)(0, 50_000).reshape(50_000, -1).astype(float)
    power = np.abs(np.fft.rfft(trace - trace.mean(axis=0), axis=0)) ** 2 / len(trace)
    hertz = np.fft.rfftfreq(50_000, 1 / 5000)
    mains = power[np.isclose(hertz, 50)].mean()
    high = power[hertz > 500].mean()
    assert mains > 1000 * high
    assert power[(hertz > 0) & (hertz < 1)].max() > 1000 * high
    assert np.sqrt(high) == pytest.approx(10, rel=0.1)


def test_the_soma_has_the_largest_peak_to_peak_and_the_axon_comes_later() -> None:
    for footprint, soma in zip(FOOTPRINTS, SOMAS, strict=True):
        peak_to_peak = np.ptp(footprint.traces, axis=0)
        strongest = peak_to_peak.argmax()
        assert (footprint.rows[strongest], footprint.columns[strongest]) == tuple(soma)
        assert peak_to_peak[strongest] > 1.2 * np.sort(peak_to_peak)[-2]
        assert footprint.traces[:, strongest].argmin() == -footprint.first_lag
        axon = footprint.axon
        np.testing.assert_allclose(np.diff(axon[:, 2]), 0.5 * 0.032 / 0.5)
        assert axon[:, 0].min() >= 0
        assert axon[:, 0].max() <= REGION.height - 1
        assert axon[:, 1].min() >= 0
        assert axon[:, 1].max() <= REGION.width - 1


def test_far_along_the_axon_the_trough_is_late() -> None:
    region = Region(1, 1, 40, 40)
    footprint = make_footprint(region, np.array([20, 20]), 20000.0, np.random.default_rng(0))
    row, column, delay_ms = footprint.axon[20]
    nearest = np.hypot(footprint.rows - row, footprint.columns - column).argmin()
    trough = int(footprint.traces[:, nearest].argmin()) + footprint.first_lag
    assert trough / 20 == pytest.approx(delay_ms, abs=0.1)
    assert delay_ms > 0.5


@pytest.mark.parametrize(("region", "n_units"), [(Region(1, 1, 21, 16), 12), (Region(1, 1, 65, 65), 300)])
def test_somas_are_apart(region: Region, n_units: int) -> None:
    somas = place_somas(region, n_units, np.random.default_rng(1))
    assert len({tuple(soma) for soma in somas.tolist()}) == n_units
    apart = np.abs(somas[:, None] - somas[None]).max(axis=2) + 100 * np.eye(n_units)
    assert apart.min() >= 3
    assert (somas >= 2).all()
    assert (somas < [region.height - 2, region.width - 2]).all()


def test_more_units_than_sensors_share_them() -> None:
    assert place_somas(Region(1, 1, 5, 4), 50, np.random.default_rng(1)).shape == (50, 2)
