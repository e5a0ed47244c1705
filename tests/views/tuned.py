"""A session with known tuning: a bar in eight directions, light of five frequencies, three intensities."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from hdmea_gui.pipeline import extract_features
from hdmea_gui.session import PipelineSession, Update

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hdmea_gui.views.view import ViewContext

RATE_HZ = 10_000.0
FRAME = 167  # samples, of a display that is a little slower than 60 Hz
BAR, WAVE, STEP = "moving_h_bar_s5_d8_3x", "freq_step_5st_3x", "step_up_three_intensities"
DIRECTIONS = tuple(45 * number for number in range(8))
FREQUENCIES = (0.5, 1.0, 2.0, 4.0, 10.0)
INTENSITIES = (64, 128, 255)
PREFERRED_DEG = 90
SWEEP, WAVE_FRAMES, STEP_FRAMES = 60, 240, 240  # frames of one direction, one frequency, one trial of light


def tuned_session(n_units: int = 3, n_trials: int = 3, *, seed: int = 1) -> PipelineSession:
    """Make a session in which every unit prefers 90 degrees, follows up to 4 Hz and sees the two brighter lights.

    The last unit is silent.
    """
    session = PipelineSession("tuned")
    bounds = _bounds(n_trials)
    n_frames = max(int(one.max()) for one in bounds.values()) // FRAME + 200
    frames = (np.arange(n_frames) * FRAME).astype(np.uint64)
    session.metadata = {
        "acquisition_rate": RATE_HZ,
        "frame_timestamps": frames,
        "frame_time": frames / RATE_HZ,
    }
    session.stimulus = {
        "section_time": {movie: np.array([[one[0, 0], one[-1, 1]]]) for movie, one in bounds.items()},
        "light_template": {STEP: _light(bounds[STEP])},
        "definitions": _definitions(n_trials),
    }
    rng = np.random.default_rng(seed)
    for number in range(n_units):
        rate = _rate(bounds, n_frames) * (0 if number == n_units - 1 else 1 + 0.2 * number)
        session.units[f"unit_{number + 1:03d}"] = _unit(rng, rate, bounds)
    extract_features(features=None, session=session)
    return session


def _bounds(n_trials: int) -> dict[str, np.ndarray]:
    """Trials of each movie, samples, one movie after the other."""
    lengths = {BAR: 8 * SWEEP, WAVE: 5 * WAVE_FRAMES, STEP: STEP_FRAMES}
    found, start = {}, 60
    for movie, length in lengths.items():
        n = n_trials * (len(INTENSITIES) if movie == STEP else 1)
        edges = (start + length * np.arange(n + 1)) * FRAME
        found[movie] = np.stack([edges[:-1], edges[1:]], axis=1)
        start += length * n + 120
    return found


def _light(trials: np.ndarray) -> np.ndarray:
    """Light of the steps, as bright as each condition."""
    light = np.zeros(int(trials[-1, 1] - trials[0, 0]), np.float32)
    for number, start in enumerate((trials[:, 0] - trials[0, 0]).tolist()):
        light[start + 60 * FRAME : start + 150 * FRAME] = INTENSITIES[
            number * len(INTENSITIES) // len(trials)
        ]
    return light


def _definitions(n_trials: int) -> dict[str, dict[str, Any]]:
    return {
        BAR: {
            "kind": "moving_bar",
            "section_kwargs": {"start_frame": 0, "trial_length_frame": 8 * SWEEP, "repeat": n_trials},
            "events": [
                {"onset": n * SWEEP, "offset": (n + 1) * SWEEP, "direction_deg": degrees}
                for n, degrees in enumerate(DIRECTIONS)
            ],
        },
        WAVE: {
            "kind": "frequency",
            "section_kwargs": {"start_frame": 0, "trial_length_frame": 5 * WAVE_FRAMES, "repeat": n_trials},
            "events": [
                {"onset": n * WAVE_FRAMES, "offset": (n + 1) * WAVE_FRAMES, "frequency_hz": frequency}
                for n, frequency in enumerate(FREQUENCIES)
            ],
        },
        STEP: {
            "kind": "step",
            "generate_kwargs": {f"intensity_{n + 1}": value for n, value in enumerate(INTENSITIES)},
            "section_kwargs": {
                "start_frame": 0,
                "trial_length_frame": STEP_FRAMES,
                "repeat": n_trials,
                "group_count": len(INTENSITIES),
            },
            "events": [{"onset": 60, "offset": 150}],
        },
    }


def _rate(bounds: dict[str, np.ndarray], n_frames: int) -> np.ndarray:
    """Rate of a unit in each frame, Hz."""
    rate = np.full(n_frames, 4.0)
    for start in bounds[BAR][:, 0] // FRAME:
        for n, degrees in enumerate(DIRECTIONS):
            peak = 60 * np.exp(2 * (np.cos(np.deg2rad(degrees - PREFERRED_DEG)) - 1))
            rate[start + n * SWEEP + 20 : start + n * SWEEP + 40] += peak
    for start in bounds[WAVE][:, 0] // FRAME:
        for n, frequency in enumerate(FREQUENCIES):
            time_s = (np.arange(WAVE_FRAMES) + 0.5) * FRAME / RATE_HZ
            depth = 20 / (1 + (frequency / 3) ** 4)
            first = start + n * WAVE_FRAMES
            rate[first : first + WAVE_FRAMES] = 21 + depth * np.sin(
                2 * np.pi * frequency * time_s - 0.3 * frequency
            )
    for number, start in enumerate(bounds[STEP][:, 0] // FRAME):
        strength = (0.0, 40.0, 120.0)[number // (len(bounds[STEP]) // 3)]
        rate[start + 64 : start + 80] += strength
        rate[start + 80 : start + 150] += 0.1 * strength
    return rate


def _unit(rng: np.random.Generator, rate: np.ndarray, bounds: dict[str, np.ndarray]) -> dict[str, Any]:
    counts = rng.poisson(rate * FRAME / RATE_HZ)
    frame = np.repeat(np.arange(rate.size), counts)
    spikes = np.unique(frame * FRAME + rng.integers(0, FRAME, frame.size))
    cut = {
        movie: {
            "trials_spike_times": {
                n: spikes[(spikes >= first) & (spikes < last)] for n, (first, last) in enumerate(one.tolist())
            },
            "trials_start_end": one,
            "_attrs": {"n_trials": len(one), "pad_margin": [0.0, 0.0]},
        }
        for movie, one in bounds.items()
    }
    return {"spike_times": spikes.astype(np.uint64), "spike_times_sectioned": cut}


@contextmanager
def other_feature(
    context: ViewContext, movie: str, data: dict[str, Any], metadata: dict[str, Any]
) -> Iterator[None]:
    """Show another feature of the first unit, and in the end the earlier one again."""
    changed = {"data": data, "metadata": metadata}
    context.model.apply(Update.of("x", {("units", "unit_001", "features", movie): changed}))
    try:
        yield
    finally:
        context.model.undo()


@contextmanager
def other_outputs(
    context: ViewContext, session: PipelineSession, movie: str, **outputs: Any
) -> Iterator[None]:
    """Show some other outputs of the first unit, and in the end the earlier ones again."""
    feature = session.units["unit_001"]["features"][movie]
    with other_feature(context, movie, feature["data"] | outputs, feature["metadata"]):
        yield
