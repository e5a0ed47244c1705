"""How often a response, preference or receptive field is reported that is not there, and one that is there is lost.

The ratio of a row is a share of seeded simulated units (5 Hz base unless said), the time that of the computation.
"""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from hdmea_gui.analysis.chromatic_response import chromatic_response
from hdmea_gui.analysis.direction_tuning import direction_tuning
from hdmea_gui.analysis.on_off_field import find_on_off_fields
from hdmea_gui.analysis.receptive_field import ReceptiveField, receptive_field
from hdmea_gui.analysis.spike_triggered_average import spike_triggered_average
from hdmea_gui.analysis.step_response import StepResponse, step_response
from tests.analysis.spike_trains import (
    bump,
    burst_trials,
    fluctuating_trials,
    poisson_trials,
    regular_trials,
    trial_rates,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    Trials = Callable[[list[int], int, float], list[NDArray[np.float64]]]

_UNITS, _QUICK_UNITS = 200, 2
_FRAMES = 10_800
_BUMPS = ((300, 25, 6), (250, 30, 8), (500, 30, 8), (200, 40, 10), (150, 50, 12), (100, 80, 25))  # Hz, ms, ms


def run(*, quick: bool) -> list[dict[str, Any]]:
    """Measure the shares; the short form has too few units for real figures."""
    n_units = _QUICK_UNITS if quick else _UNITS
    parts = (
        _no_response,
        _no_preference,
        _brief_responses,
        _latencies,
        _index,
        _tuning,
        _no_field,
        _fields,
        _on_off,
    )
    return [row for part in parts for row in part(n_units)]


def _row(what: str, share: float, target: float, seconds: float, *, at_most: bool = False) -> dict[str, Any]:
    return {
        "what": what,
        "reference_s": None,
        "ours_s": seconds,
        "ratio": share,
        "target": target,
        "at_most": at_most,
    }


def _null_units() -> dict[str, Trials]:
    steady = {
        f"Poisson {hz:g} Hz": (
            lambda seed, n, s, hz=hz: poisson_trials(seed, n, lambda t: np.full(t.shape, hz), s)
        )
        for hz in (0.5, 2.0, 5.0, 20.0)
    }
    return steady | {
        "bursting 5 Hz": lambda seed, n, s: burst_trials(seed, n, 5.0, s),
        "gamma-4 5 Hz": lambda seed, n, s: regular_trials(seed, n, 5.0, s),
        "fluctuating 20 Hz": lambda seed, n, s: fluctuating_trials(seed, n, 20.0, s),
    }


def _no_response(n_units: int) -> Iterator[dict[str, Any]]:
    for name, unit in _null_units().items():
        for n_trials in (3, 10, 30):
            trials = [trial_rates(unit([s, n_trials], n_trials, 10.0)) for s in range(n_units)]
            start = time.perf_counter()
            found = [step_response(one, 60, 360) for one in trials]
            seconds = time.perf_counter() - start
            share = float(np.mean([one.response_class not in {"none", "not_tested"} for one in found]))
            yield _row(f"no response: {name}, {n_trials} trials", share, 0.05, seconds, at_most=True)


def _no_preference(n_units: int) -> Iterator[dict[str, Any]]:
    for name, unit in _null_units().items():
        for n_trials in (3, 10):
            trials = [trial_rates(unit([s, n_trials], n_trials, 12.0), 12.0) for s in range(n_units)]
            start = time.perf_counter()
            found = [chromatic_response(one, (60, 240), (420, 600)) for one in trials]
            seconds = time.perf_counter() - start
            share = float(np.mean([one.preferred_color != "none" for one in found]))
            yield _row(f"no preferred colour: {name}, {n_trials} trials", share, 0.05, seconds, at_most=True)


def _responses(
    n_units: int, n_trials: int, rate: Callable[[NDArray[np.float64]], NDArray[np.float64]]
) -> tuple[list[StepResponse], float]:
    trials = [trial_rates(poisson_trials([s, n_trials, 7], n_trials, rate)) for s in range(n_units)]
    start = time.perf_counter()
    return [step_response(one, 60, 360) for one in trials], time.perf_counter() - start


def _brief_responses(n_units: int) -> Iterator[dict[str, Any]]:
    for peak, at_ms, sigma_ms in _BUMPS:
        found, seconds = _responses(n_units, 3, partial(_brief, peak, at_ms, sigma_ms))
        share = float(np.mean([abs(one.on_latency_ms - at_ms) < 20 for one in found]))
        what = f"found in 3 trials within 20 ms: {peak} Hz at {at_ms} ms ({sigma_ms})"
        yield _row(what, share, 0.94 if peak == 100 else 0.98, seconds)


def _brief(peak_hz: float, at_ms: float, sigma_ms: float, t: NDArray[np.float64]) -> NDArray[np.float64]:
    return 5 + bump(t, peak_hz, 1 + at_ms / 1e3, sigma_ms / 1e3)


def _latencies(n_units: int) -> Iterator[dict[str, Any]]:
    found, seconds = _responses(n_units, 10, lambda t: 5 + bump(t, 200, 1.04, 0.01))
    for name, truth in (("latency", 40.0), ("onset", 40 - 1.2816 * 10)):
        times = np.array([getattr(one, f"on_{name}_ms") for one in found])
        intervals = np.array([getattr(one, f"on_{name}_ms_interval") for one in found])
        bias = float(abs(np.nanmean(times) - truth))
        yield _row(f"{name}: bias (ms), 10 trials", bias, 1.0, seconds, at_most=True)
        covered = (intervals[:, 0] <= truth) & (truth <= intervals[:, 1])
        yield _row(f"{name}: coverage of the intervals, 10 trials", float(covered.mean()), 0.9, seconds)


def _index(n_units: int) -> Iterator[dict[str, Any]]:
    found, seconds = _responses(n_units, 3, lambda t: 5 + bump(t, 100, 1.08, 0.025))
    share = float(np.mean([abs(one.on_off_ratio - 1) < 0.05 for one in found]))
    yield _row("pure ON 100 Hz, 3 trials: index within 0.05 of 1", share, 0.98, seconds)
    for n_trials, target in ((3, 0.9), (10, 0.99)):
        found, seconds = _responses(n_units, n_trials, lambda t: 5 + bump(t, 60, 6.1, 0.04))
        share = float(np.mean([one.on_off_ratio == -1 for one in found]))
        yield _row(f"pure OFF 60 Hz, {n_trials} trials: index -1", share, target, seconds)
    found, seconds = _responses(n_units, 30, lambda t: 5 + bump(t, 160, 1.08, 0.02) + bump(t, 80, 6.08, 0.02))
    share = float(np.mean([abs(one.on_off_ratio - 1 / 3) < 0.1 for one in found]))
    yield _row("ON twice OFF, 240 ON spikes: index within 0.1 of 1/3", share, 0.95, seconds)


def _tuning(n_units: int) -> Iterator[dict[str, Any]]:
    angles, duration_s = np.arange(8) * 45.0, 550 / 60
    tuned = 5 + 20 * np.exp(1.5 * (np.cos(np.deg2rad(angles - 130)) - 1))
    draws: dict[str, tuple[float, Callable[[np.random.Generator], NDArray[np.int64]]]] = {
        "untuned, Poisson": (0.08, lambda rng: rng.poisson(14 * duration_s, (8, 3))),
        "untuned, Fano 2": (0.08, lambda rng: rng.negative_binomial(14 * duration_s, 0.5, (8, 3))),
        "direction-selective": (0.99, lambda rng: rng.poisson(tuned[:, None] * duration_s, (8, 3))),
    }
    for name, (target, draw) in draws.items():
        start = time.perf_counter()
        p = [
            direction_tuning(angles, draw(np.random.default_rng(s)) / duration_s).osi_p_value
            for s in range(n_units)
        ]
        seconds = time.perf_counter() - start
        share = float(np.mean(np.array(p) <= 0.05))
        yield _row(f"orientation p <= 0.05: {name}", share, target, seconds, at_most=target < 0.5)


def _movie() -> NDArray[np.uint8]:
    patterns = np.random.default_rng(3).integers(0, 2, (_FRAMES // 4, 15, 15), dtype=np.uint8)
    return np.repeat(patterns * np.uint8(255), 4, axis=0)


def _measured(
    movie: NDArray[np.uint8], spikes: Sequence[NDArray[np.integer[Any]]]
) -> tuple[list[ReceptiveField], float]:
    averages = spike_triggered_average(movie, spikes).averages
    start = time.perf_counter()
    return [receptive_field(sta, -60, 1e3 / 60) for sta in averages], time.perf_counter() - start


def _no_field(n_units: int) -> Iterator[dict[str, Any]]:
    movie = _movie()
    for n_spikes in (1, 50, 3000):
        rngs = [np.random.default_rng([s, n_spikes]) for s in range(n_units)]
        steady = [np.sort(rng.integers(60, _FRAMES, n_spikes)) for rng in rngs]
        starts = [rng.integers(60, _FRAMES - 20, -(-n_spikes // 4)) for rng in rngs]
        bursts = [np.sort(np.add.outer(start, [0, 0, 1, 2]).reshape(-1)) for start in starts]
        trains: dict[str, list[NDArray[np.int64]]] = {"Poisson": steady, "bursting": bursts}
        for name, spikes in trains.items():
            found, seconds = _measured(movie, spikes)
            share = float(np.mean([not one.absent_reason for one in found]))
            yield _row(f"no receptive field: {name}, {n_spikes} spikes", share, 0.01, seconds, at_most=True)


def _fields(n_units: int) -> Iterator[dict[str, Any]]:
    movie = _movie()
    seen = movie.reshape(_FRAMES, -1) / 127.5 - 1
    rows, cols = np.indices((15, 15))
    lag = np.arange(40)
    for n_spikes, target in ((100, 0.9), (300, 0.95), (3000, 0.95)):
        spikes, centres = [], []
        for s in range(n_units // 2):
            rng = np.random.default_rng([s, n_spikes, 11])
            x, y = rng.uniform(3, 11, 2)
            sigma, peak = rng.uniform(1.0, 1.5), rng.uniform(4.5, 6.5)  # as in the sample
            squared = (cols - x) ** 2 + (rows - y) ** 2
            field = np.exp(-squared / (2 * sigma**2)) - 0.5 / 6.25 * np.exp(-squared / (12.5 * sigma**2))
            early, late = lag / peak, lag / peak / 1.8
            course = (early * np.exp(1 - early)) ** 6 - 0.47 * (late * np.exp(1 - late)) ** 6
            drive = np.convolve(seen @ field.reshape(-1), course)[:_FRAMES]
            rate = 1 / (1 + np.exp(3 - 2 * drive / drive.std()))
            spikes.append(np.sort(rng.choice(_FRAMES, n_spikes, p=rate / rate.sum())))
            centres.append((x, y))
        found, seconds = _measured(movie, spikes)
        share = float(np.mean([not one.absent_reason for one in found]))
        yield _row(f"receptive field found, {n_spikes} spikes", share, target, seconds)
        if n_spikes < 300:
            continue
        fits = [one.gaussian_fit for one in found]
        miss = np.array(
            [(fit.center_x - x, fit.center_y - y) for fit, (x, y) in zip(fits, centres, strict=True)]
        )
        errors = np.array([(fit.center_x_error, fit.center_y_error) for fit in fits])
        covered = float(np.mean(np.abs(miss) <= 1.96 * errors))
        yield _row(f"coverage of the centre's intervals, {n_spikes} spikes", covered, 0.9, seconds)


def _on_off(n_units: int) -> Iterator[dict[str, Any]]:
    movie = _movie()
    seen = movie.reshape(_FRAMES, -1) / 127.5 - 1
    rows, cols = np.indices((15, 15))
    lag = np.arange(40)
    course = np.exp(-(((lag - 5) / 1.5) ** 2) / 2) - 0.35 * np.exp(-(((lag - 10) / 2.5) ** 2) / 2)
    for name, off, target in (("ON and OFF alike", 1.0, 0.95), ("ON alone", 0.0, 0.01)):
        spikes = []
        for s in range(n_units // 2):
            rng = np.random.default_rng([s, 13])
            x, y = rng.uniform(3, 11, 2)
            field = np.exp(-((cols - x) ** 2 + (rows - y) ** 2) / (2 * 1.3**2))
            drive = np.convolve(seen @ field.reshape(-1), course)[:_FRAMES]
            drive /= drive.std()
            rate = 0.02 + np.maximum(drive - 0.5, 0) + off * np.maximum(-drive - 0.5, 0)
            spikes.append(np.sort(rng.choice(_FRAMES, 300, p=rate / rate.sum())))
        start = time.perf_counter()
        found = find_on_off_fields(movie, spikes)
        seconds = time.perf_counter() - start
        share = float(np.mean([one.is_significant for one in found]))
        yield _row(f"ON-OFF field, 300 spikes: {name}", share, target, seconds, at_most=not off)
