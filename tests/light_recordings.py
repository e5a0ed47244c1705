"""Simulated light and sync pulses of a playlist, averaged over the display's refreshes, with known truth."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from hdmea_gui.analysis.slot_grid import SlotGrid, slot_grid
from hdmea_gui.pipeline.declared_light import DeclaredLight, light_of_content, light_of_pixels
from hdmea_gui.pipeline.light_check import EDGE_SLOTS, LightCheck, Shown, check_means
from hdmea_gui.sample import parse_faults
from hdmea_gui.sample.display import Display, make_display, recorded_pulses
from hdmea_gui.sample.stimuli import SAMPLE_NOISE, make_movie
from hdmea_gui.sample.timeline import PAD_FRAMES, Timeline, make_timeline

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hdmea_gui.sample.stimuli import Movie

RATE_HZ = 20_000.0
REFRESH_HZ = 59.94
WHITE = 25_500.0
PLAYLIST = (
    SAMPLE_NOISE,
    "step_up_5s_5i_b0_3x",
    "green_blue_3s_3i_3x",
    "freq_step_5st_3x",
    "moving_h_bar_s5_d8_3x",
    "baseline_127",
)


@dataclass(frozen=True)
class Recording:
    """A simulated recording.

    Attributes
    ----------
    grid, means
        Slots recovered from the recorded pulses, and the light in each.
    shown
        The presentations.
    display
        What the display did.
    frame_samples
        float64 (n_frames,), samples. True onset of every frame of the playlist.
    timeline
        The playlist.
    """

    grid: SlotGrid
    means: np.ndarray
    shown: tuple[Shown, ...]
    display: Display
    frame_samples: np.ndarray
    timeline: Timeline

    def check(self) -> LightCheck:
        """Compare the count with the light."""
        return check_means(self.means, self.grid, self.shown, PAD_FRAMES, RATE_HZ)


@cache
def movie_of(name: str, noise_frames: int) -> Movie:
    """Return a movie of the sample recording."""
    return make_movie(name, noise_frames=noise_frames, seed=1)


@cache
def declared(name: str, noise_frames: int, latency_ms: float | None = None) -> DeclaredLight:
    """Return what the stimulus files of a movie declare."""
    movie = movie_of(name, noise_frames)
    if movie.pixels is not None:
        found = light_of_pixels(movie.pixels, movie.n_frames)
    else:
        found = light_of_content(movie.description["kind"], movie.description, movie.n_frames)
    return DeclaredLight(found.columns, found.pixels, found.reason, latency_ms)


def make_recording(
    faults: Sequence[str] = (),
    *,
    seed: int = 0,
    snr: float = 3.0,
    playlist: Sequence[str] = PLAYLIST,
    noise_frames: int = 5400,
    latency_frames: float | None = None,
    declares_latency: bool = False,
    skip_within: tuple[int, int] | None = None,
) -> Recording:
    """Simulate a recording with drift, an offset that walks, ripple, gamma, clipping, either sign and a latency.

    Parameters
    ----------
    faults
        Faults of display and pulses, as of the sample recording.
    seed
        Seed of everything.
    snr
        Contrast of the whole light over the standard deviation of the noise of one sample.
    playlist, noise_frames
        The movies, and the length of the noise.
    latency_frames
        Delay of the light, display frames; random below 0.7 if None.
    declares_latency
        Whether the stimulus files declare it.
    skip_within
        Frames of the playlist within which frames are skipped, if any are.
    """
    rng = np.random.default_rng((seed, 7))
    values = parse_faults(faults)
    movies = [movie_of(name, noise_frames) for name in playlist]
    timeline = make_timeline(movies)
    display = make_display(timeline.n_frames, REFRESH_HZ, values, rng)
    if skip_within is not None:
        display = _skipping(timeline.n_frames, int(values["frames_skipped"]), skip_within, rng)
    period = RATE_HZ / (REFRESH_HZ * (1 + rng.uniform(-200e-6, 200e-6)))
    jitter = np.clip(rng.normal(0, 6, display.content.size), -80, 80)
    refreshes = np.rint(RATE_HZ + period * np.arange(display.content.size) + jitter)
    is_new = np.diff(display.content, prepend=-1) > 0
    pulses = recorded_pulses(refreshes[is_new].astype(np.int64), values, rng)
    n_samples = int(refreshes[-1] + 2 * RATE_HZ)
    delay = rng.uniform(0, 0.7) if latency_frames is None else latency_frames
    grid = slot_grid(pulses, n_samples, EDGE_SLOTS)
    level = _levels(timeline, rng)[display.content]
    means = _recorded(level, refreshes + delay * period, grid, n_samples, snr, rng)
    latency_ms = delay * period / RATE_HZ * 1e3 if declares_latency else None
    shown = tuple(
        Shown(each.movie.name, each.first_frame, declared(each.movie.name, noise_frames, latency_ms))
        for each in timeline.presentations
    )
    return Recording(grid, means, shown, display, refreshes[display.first_refresh()], timeline)


def _skipping(n_frames: int, n_skipped: int, within: tuple[int, int], rng: np.random.Generator) -> Display:
    first = int(rng.integers(within[0], within[1] - n_skipped))
    skipped = np.arange(first, first + n_skipped)
    return Display(np.delete(np.arange(n_frames), skipped), REFRESH_HZ, np.empty(0, np.int64), skipped)


def _levels(timeline: Timeline, rng: np.random.Generator) -> np.ndarray:
    """Light of every frame of the playlist, 0 to 1; that of uniform screens with a gamma."""
    level = timeline.light() / 255.0
    gamma = rng.uniform(0.7, 1.6)
    for each in timeline.presentations:
        if each.movie.pixels is None and each.movie.bars is None:
            part = slice(each.first_frame, each.first_frame + each.movie.n_frames)
            level[part] = level[part] ** gamma
    return level


def _recorded(
    level: np.ndarray,
    edges: np.ndarray,
    grid: SlotGrid,
    n_samples: int,
    snr: float,
    rng: np.random.Generator,
) -> np.ndarray:
    """Mean of the photodiode's signal in each slot, raw counts."""
    starts, ends = grid.samples[:-1] + 1, grid.samples[1:] + 1
    means = _integral(level, edges, ends) - _integral(level, edges, starts)
    means /= ends - starts
    place = (starts + ends) / (2 * n_samples)
    means *= 1 + rng.uniform(0, 0.2) * np.sin(2 * np.pi * rng.uniform(0.3, 1.5) * place + rng.uniform(0, 6))
    walk = np.cumsum(rng.normal(size=400))
    means += rng.uniform(0, 0.05) / np.ptp(walk) * np.interp(place, np.linspace(0, 1, 400), walk)
    if rng.random() < 0.25:
        means = np.minimum(means, rng.uniform(0.6, 0.95))
    means += rng.uniform(0, 0.02) * np.sin(2 * np.pi * 100 * place * n_samples / RATE_HZ)
    means += rng.normal(0, 1, means.size) / (snr * np.sqrt(RATE_HZ / REFRESH_HZ))
    return np.asarray(means * WHITE * (-1 if rng.random() < 0.25 else 1))


def _integral(level: np.ndarray, edges: np.ndarray, moments: np.ndarray) -> np.ndarray:
    """Integral of a light that is constant from each edge on."""
    before = np.concatenate([[0.0], np.cumsum(level[:-1] * np.diff(edges))])
    place = np.clip(np.searchsorted(edges, moments, side="right") - 1, 0, level.size - 1)
    return np.asarray(before[place] + level[place] * (moments - edges[place]))
