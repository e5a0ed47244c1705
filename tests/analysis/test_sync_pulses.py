"""Display frames in sync channels as real amplifiers and cables leave them."""

from __future__ import annotations

import numpy as np
import pytest

from hdmea_gui.analysis.clocks import pulse_onsets, upper_percentile
from hdmea_gui.analysis.sync_pulses import sync_pulses
from hdmea_gui.sample.display import sync_signal
from hdmea_gui.sample.light import make_clock

RATE_HZ, PERIOD, HEIGHT = 20_000, 333.3, 60_000


def onsets(n_pulses: int = 600, seed: int = 0) -> np.ndarray:
    jitter = np.random.default_rng(seed).uniform(-5, 5, n_pulses)
    starts: np.ndarray = np.rint(1000 + PERIOD * np.arange(n_pulses) + jitter).astype(np.int64)
    return starts


def channel(starts: np.ndarray, shape: np.ndarray, noise: float = 20.0, n_after: int = 2000) -> np.ndarray:
    """Put pulses of a shape (raw counts, from the sample after each onset on) into noise."""
    sync = np.random.default_rng(1).normal(0, noise, starts[-1] + n_after)
    for start in starts:
        sync[start + 1 : start + 1 + shape.size] += shape
    return np.asarray(np.rint(sync), np.float32)


def detect_frames(sync: np.ndarray) -> np.ndarray:
    """Detect frames as the lab does."""
    return pulse_onsets(sync, upper_percentile(sync, 99.9))[4:]


PLAIN = np.full(40, HEIGHT)
SHAPES = {
    "two rises with a dip": np.concatenate([[45_000, 50_000, 95_000], PLAIN]),
    "overshoot that comes back": np.concatenate([[60_000, 80_000, 50_000, 66_000], PLAIN]),
    "ringing after its end": np.concatenate([PLAIN, [-20_000, 15_000, -10_000, 8_000]]),
    "long, ringing after its end": np.concatenate([np.full(165, HEIGHT), [-20_000, 15_000, -10_000, 8_000]]),
}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
@pytest.mark.parametrize("share", [0.05, 1.0])
def test_ringing_pulses_count_once(shape: np.ndarray, share: float) -> None:
    starts = onsets()
    sync = channel(starts, PLAIN if shape.size < 100 else np.full(165, HEIGHT))
    rings = starts[np.random.default_rng(2).random(starts.size) < share]
    for start in rings:
        sync[start + 1 : start + 1 + shape.size] = shape
    found = sync_pulses(sync)
    np.testing.assert_array_equal(found.frames, starts[4:])
    assert found.n_ringing >= rings.size


@pytest.mark.parametrize("baseline", [0, 60_000])
def test_negative_pulses_are_found_at_their_falling_edge(baseline: int) -> None:
    starts = onsets()
    found = sync_pulses(baseline - channel(starts, PLAIN))
    np.testing.assert_array_equal(found.frames, starts[4:])
    assert found.is_inverted


@pytest.mark.parametrize("width", [1, 2])
def test_few_narrow_pulses_in_a_long_recording(width: int) -> None:
    starts = onsets(n_pulses=300)
    sync = channel(starts, np.full(width, HEIGHT), n_after=4_000_000)
    assert np.mean(sync > HEIGHT / 2) < 0.0002
    assert not detect_frames(sync).size
    np.testing.assert_array_equal(sync_pulses(sync).frames, starts[4:])


def test_small_pulses_on_a_high_baseline() -> None:
    starts = onsets()
    found = sync_pulses(channel(starts, PLAIN / 60) + 50_000)
    np.testing.assert_array_equal(found.frames, starts[4:])


@pytest.mark.parametrize("noise", [0.0, 30.0, 1000.0])
@pytest.mark.parametrize("width", [12, 40, 160])
def test_clean_pulses_are_found_as_ever(noise: float, width: int) -> None:
    for seed in range(5):
        sync = channel(onsets(seed=seed), np.full(width, HEIGHT), noise)
        found = sync_pulses(sync)
        np.testing.assert_array_equal(found.frames, detect_frames(sync))
        assert (found.n_ringing, found.is_inverted) == (0, False)


@pytest.mark.parametrize("noise", [2000.0, 5000.0])
def test_pulses_in_much_noise(noise: float) -> None:
    starts = onsets()
    np.testing.assert_array_equal(sync_pulses(channel(starts, PLAIN, noise)).frames, starts[4:])


@pytest.mark.parametrize(
    "sync",
    [
        np.zeros(0),
        np.zeros(100_000),
        np.full(100_000, -4321.0),
        np.random.default_rng(0).normal(0, 5, 100_000),
        np.random.default_rng(0).integers(0, 2, 100_000),
        2000 * np.sin(np.arange(200_000) * 2 * np.pi * 50 / 20_000),
        np.where(np.random.default_rng(0).random(1_000_000) < 1e-4, 1e5, 0.0),
    ],
    ids=["empty", "zero", "flat", "noise", "bits", "hum", "sparks"],
)
def test_a_channel_without_pulses_has_no_frames(sync: np.ndarray) -> None:
    assert not sync_pulses(sync).frames.size


@pytest.mark.parametrize("seed", [*range(20), 71, 226, 233, 274, 370, 401, 498, 520, 568])
def test_every_pulse_of_a_clean_recording_is_found(seed: int) -> None:
    """Rates, refresh rates, pulse widths and heights, noise up to 6 percent, any baseline, and mains hum."""
    rng = np.random.default_rng((seed, 16))
    rate_hz = float(rng.choice([2500, 5000, 10000, 20000, 25000]))
    refresh_hz = float(rng.choice([59.94, 60, 75, 120, 50, 100]))
    clock = make_clock(int(rng.integers(300, 4000)), rate_hz, rng, {"refresh": refresh_hz})
    height = float(10 ** rng.uniform(2.7, 5.3))
    width = min(max(1, round(float(rng.uniform(0.0003, 0.006)) * rate_hz)), int(0.4 * rate_hz / refresh_hz))
    noise = height * float(rng.choice([0.0005, 0.01, 0.03, 0.06]))
    baseline = float(rng.uniform(-1e5, 1e5))
    pulses = np.concatenate([clock.startup_samples, clock.pulse_samples])
    sync = sync_signal(clock.n_samples, pulses, width, height, {}, rng)
    hum = np.sin(2 * np.pi * 50 * np.arange(clock.n_samples) / rate_hz)
    sync = sync + np.rint(rng.normal(0, noise, clock.n_samples) + baseline)
    found = sync_pulses((sync + rng.uniform(0, 0.02) * height * hum).astype(np.int32))
    np.testing.assert_allclose(found.frames.astype(float), clock.pulse_samples, atol=1)
    assert not found.n_ringing
    assert not found.is_inverted
