"""The model cells respond as their parameters say."""

from __future__ import annotations

import numpy as np
import pytest

from hdmea_gui.sample.cells import (
    firing_rates,
    kernels,
    make_cells,
    movie_contrast,
    noise_fields,
    noise_peak_lags,
    peak_lags,
)
from hdmea_gui.sample.light import make_clock
from hdmea_gui.sample.spikes import in_samples, microseconds, other_peaks, spike_train
from hdmea_gui.sample.stimuli import SAMPLE_NOISE, make_movie
from hdmea_gui.sample.timeline import make_timeline

CELLS = make_cells(12, np.random.default_rng(5))


def test_kinds_are_dealt_out() -> None:
    assert np.isfinite(CELLS.direction_deg).sum() == 2
    assert (CELLS.polarity == -1).sum() == 4
    assert sorted(CELLS.green_weight) == [0.05] * 2 + [0.5] * 8 + [0.95] * 2


def test_kernels_are_biphasic_and_scaled_to_a_step() -> None:
    whole = kernels(CELLS)
    np.testing.assert_allclose(np.cumsum(whole, axis=1).max(axis=1), 1)
    assert (whole.min(axis=1) < -0.1 * whole.max(axis=1)).all()
    np.testing.assert_array_less(np.abs(peak_lags(CELLS) - whole.argmax(axis=1)), 1)


def test_noise_that_stays_is_strongest_at_the_lag_that_is_told() -> None:
    hold, n_blocks = 4, 40_000
    blocks = np.random.default_rng(0).choice([-1.0, 1.0], n_blocks)
    light = np.repeat(blocks, hold)
    for cell, kernel in enumerate(kernels(CELLS)):
        response = np.convolve(light, kernel)[: light.size]
        average = [np.mean(light[60 - lag : -lag] * response[60:]) for lag in range(1, 20)]
        assert abs(int(np.argmax(average)) + 1 - noise_peak_lags(CELLS)[cell]) <= 1


def test_fields_are_differences_of_gaussians_about_their_centres() -> None:
    fields = noise_fields(CELLS)
    rows, columns = np.mgrid[:15, :15]
    for cell, field in enumerate(fields):
        squared = (rows - CELLS.y[cell]) ** 2 + (columns - CELLS.x[cell]) ** 2
        variance = CELLS.sigma[cell] ** 2
        wide = 6.25 * variance
        expected = np.exp(-squared / (2 * variance)) / (2 * np.pi * variance)
        expected -= 0.5 * np.exp(-squared / (2 * wide)) / (2 * np.pi * wide)
        np.testing.assert_allclose(field, expected, atol=1e-12)


def test_rates_are_the_logistic_of_noise_filtered_by_field_and_kernel() -> None:
    movie = make_movie(SAMPLE_NOISE, noise_frames=3600, seed=2)
    assert movie.pixels is not None
    timeline = make_timeline([movie])
    clock = make_clock(timeline.n_frames, 5000.0, np.random.default_rng(1))
    edges = clock.bins()
    rates = firing_rates(CELLS, timeline, clock, edges)
    first = int(np.searchsorted(edges, clock.frame_samples[180]))
    shown = rates[:, first + 60 : first + 3600].astype(float)
    drive = -np.log(CELLS.max_rate_hz[:, None] / shown - 1) - CELLS.bias[:, None]
    np.testing.assert_allclose(drive.std(axis=1), CELLS.noise_drive, rtol=0.12)
    contrast = movie.pixels / 127.5 - 1
    for cell in (0, 1, 5):
        seen = (contrast * noise_fields(CELLS)[cell]).sum(axis=(1, 2))
        filtered = np.convolve(seen, kernels(CELLS)[cell])[60:3600] * CELLS.polarity[cell]
        slope, offset = np.polyfit(filtered, drive[cell], 1)
        assert slope > 0
        np.testing.assert_allclose(slope * filtered + offset, drive[cell], atol=2e-3)
        assert offset == pytest.approx(0, abs=2e-3)


def test_directional_cells_see_most_of_the_bar_in_the_direction_they_prefer() -> None:
    movie = make_movie("moving_h_bar_s5_d8_3x", noise_frames=4, seed=1)
    contrast = movie_contrast(CELLS, movie)[:, 120:4520].reshape(12, 8, 550)
    dark = -0.5
    peak_to_peak = np.maximum(contrast - dark, 0).sum(axis=2)
    directions = np.deg2rad(45 * np.arange(8))
    vector = (peak_to_peak * np.exp(1j * directions)).sum(axis=1) / peak_to_peak.sum(axis=1)
    for cell, preferred in enumerate(CELLS.direction_deg):
        if np.isnan(preferred):
            assert abs(vector[cell]) < 0.1
        else:
            apart = (np.rad2deg(np.angle(vector[cell])) - preferred + 180) % 360 - 180
            assert abs(apart) < 15
            assert abs(vector[cell]) > 0.5


@pytest.mark.parametrize("order", [1.0, 4.0])
def test_spikes_follow_the_rate_and_keep_apart(order: float) -> None:
    edges = np.arange(0, 5_000_001, 100)
    rate = np.where(np.arange(50_000) < 25_000, 5.0, 20.0)
    spikes = spike_train(rate, edges, 5000.0, order, np.random.default_rng(4))
    early, late = spikes[spikes < 2_500_000], spikes[spikes >= 2_500_000]
    assert early.size == pytest.approx(2500, rel=0.08)
    assert late.size == pytest.approx(10_000, rel=0.08)
    intervals = np.diff(late)
    assert intervals.min() > 0.002 * 5000
    assert intervals.std() / intervals.mean() == pytest.approx(1 / np.sqrt(order), rel=0.1)


@pytest.mark.parametrize("rate_hz", [2500.0, 5000.0, 12000.0, 20000.0, 25000.0])
def test_samples_survive_the_files_microseconds(rate_hz: float) -> None:
    samples = np.unique(np.random.default_rng(3).integers(0, 20_000_000, 20_000))
    np.testing.assert_array_equal(in_samples(microseconds(samples, rate_hz), rate_hz), samples)


def test_peaks_left_out_are_no_spikes() -> None:
    spikes = np.arange(0, 100_000, 3)
    peaks = other_peaks(spikes, 100_000, np.random.default_rng(1))
    assert peaks.size > 1000
    assert not np.isin(peaks, spikes).any()
    assert (np.diff(peaks) > 0).all()
