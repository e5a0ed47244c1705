"""The filter's states and matrix against scipy's filter run forward and backward."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import butter, sosfiltfilt

from hdmea_gui.analysis.zero_phase import ZeroPhaseHighpass
from hdmea_gui.errors import ValidationError

_DESIGNS = [
    (order, cutoff_hz, rate_hz)
    for order in (1, 2, 3, 4, 5, 8)
    for cutoff_hz, rate_hz in (
        (100.0, 20_000.0),
        (100.0, 2500.0),
        (625.0, 2500.0),
        (1100.0, 2500.0),
        (1.0, 20_000.0),
    )
]


def _wandering(n_samples: int) -> np.ndarray:
    rng = np.random.default_rng(0)
    return np.asarray(rng.normal(size=(n_samples, 3)).cumsum(axis=0) + 50)


def _by_states(highpass: ZeroPhaseHighpass, samples: np.ndarray, start: int, stop: int) -> np.ndarray:
    """Filter one window from its samples and the states on either side of it."""
    n_ends = highpass.padding + 1
    before = highpass.state_before(samples[:n_ends])

    def left_state(at: int) -> np.ndarray:
        far = highpass.product(highpass.poles**at) @ before
        return np.asarray(far + highpass.moments(at)[:, ::-1] @ samples[:at])

    after = highpass.state_after(samples[-n_ends:], left_state(len(samples)))
    rest = len(samples) - stop
    right = highpass.product(highpass.poles**rest) @ after + highpass.moments(rest) @ samples[stop:]
    known = np.concatenate([samples[start:stop], left_state(start), right])
    return np.asarray(highpass.window_matrix(stop - start) @ known)


@pytest.mark.parametrize(("order", "cutoff_hz", "rate_hz"), _DESIGNS)
@pytest.mark.parametrize("window", [(0, 50), (170, 220), (250, 300), (0, 300), (299, 300)])
def test_a_window_equals_that_of_the_whole_filtered_stretch(
    order: int, cutoff_hz: float, rate_hz: float, window: tuple[int, int]
) -> None:
    samples = _wandering(300)
    sos = butter(order, cutoff_hz, "highpass", fs=rate_hz, output="sos")
    expected = sosfiltfilt(sos, samples, axis=0)
    found = _by_states(ZeroPhaseHighpass(cutoff_hz, order, rate_hz), samples, *window)
    assert np.abs(found - expected[slice(*window)]).max() < 1e-7 * np.abs(samples).max()


@pytest.mark.parametrize("order", [1, 2, 3, 4, 7])
def test_the_shortest_stretch_is_that_of_scipy(order: int) -> None:
    highpass = ZeroPhaseHighpass(100.0, order, 2500.0)
    sos = butter(order, 100.0, "highpass", fs=2500.0, output="sos")
    shortest = _wandering(highpass.padding + 1)
    expected = sosfiltfilt(sos, shortest, axis=0)
    np.testing.assert_allclose(_by_states(highpass, shortest, 0, len(shortest)), expected, atol=1e-9)
    with pytest.raises(ValueError, match="padlen"):
        sosfiltfilt(sos, shortest[1:], axis=0)


@pytest.mark.parametrize("frequency_hz", [20.0, 100.0, 400.0, 3000.0])
@pytest.mark.parametrize("order", [1, 2, 5])
def test_a_sine_keeps_its_phase_and_has_the_butterworth_gain_squared(frequency_hz: float, order: int) -> None:
    rate_hz, cutoff_hz = 20_000.0, 100.0
    sine = np.sin(2 * np.pi * frequency_hz / rate_hz * np.arange(20_000))[:, np.newaxis]
    warped = np.tan(np.pi * frequency_hz / rate_hz) / np.tan(np.pi * cutoff_hz / rate_hz)
    gain = 1 - 1 / (1 + warped ** (2 * order))
    window = _by_states(ZeroPhaseHighpass(cutoff_hz, order, rate_hz), sine, 10_000, 10_200)
    np.testing.assert_allclose(window, gain * sine[10_000:10_200], atol=1e-9)


def test_decays_stay_below_one() -> None:
    for order, cutoff_hz, rate_hz in _DESIGNS:
        assert np.abs(ZeroPhaseHighpass(cutoff_hz, order, rate_hz).poles).max() < 1


@pytest.mark.parametrize(
    ("cutoff_hz", "order", "told"),
    [
        (0.0, 2, "cutoff"),
        (-5.0, 2, "cutoff"),
        (1250.0, 2, "cutoff"),
        (float("nan"), 2, "cutoff"),
        (100.0, 0, "order"),
    ],
)
def test_designs_that_make_no_sense_are_refused(cutoff_hz: float, order: int, told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        ZeroPhaseHighpass(cutoff_hz, order, 2500.0)
