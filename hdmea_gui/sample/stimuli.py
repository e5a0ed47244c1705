"""Movies of the sample recording, generated from their JSON files."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from hdmea_gui.analysis.bar_path import FIELD, Bars, bar_light, bar_overlap, bars_of
from hdmea_gui.errors import ConfigurationError
from hdmea_gui.io.resources import resources_dir

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


DISPLAY_HZ = 60
"""Display frames per second for which the movies were designed."""
SAMPLE_NOISE = "dense_noise_15x15_sample"
SPOT = (0.21, -0.13)
"""Centre of what a photodiode sees that does not see the whole screen: x and y, in screen widths from the middle."""
GREEN_SHARE = 0.7
"""Fraction of the photodiode's signal that comes from green light; blue contributes the rest."""


@dataclass(frozen=True)
class Movie:
    """A movie on the projector, one entry per display frame.

    Attributes
    ----------
    name
        Its name in playlists.
    description
        Content of its JSON file.
    background
        Level (0 to 255) of the screen in the pauses before and after it.
    green, blue
        float32 (n_frames,), 0 to 255. Level of a uniform screen; for bars and noise the mean over the field.
    pixels
        uint8 (n_frames, height, width). The noise.
    bars
        Path of the moving bars.
    """

    name: str
    description: dict[str, Any]
    background: int
    green: np.ndarray
    blue: np.ndarray
    pixels: np.ndarray | None = None
    bars: Bars | None = None

    @property
    def n_frames(self) -> int:
        """Length in display frames."""
        return len(self.green)

    @property
    def light(self) -> np.ndarray:
        """Signal of a photodiode that sees the whole screen, float32 (n_frames,), 0 to 255."""
        return GREEN_SHARE * self.green + (1 - GREEN_SHARE) * self.blue

    def light_in(self, spot_percent: float | None) -> np.ndarray:
        """Return the signal of a photodiode that sees a Gaussian spot, float32 (n_frames,), 0 to 255.

        Its width (two standard deviations) is so many percent of the screen's; None is the whole screen.
        """
        if spot_percent is None or (self.pixels is None and self.bars is None):
            return self.light
        sigma = spot_percent / 200
        if self.bars is not None:
            x, y, width = (np.array([value * FIELD]) for value in (*SPOT, sigma))
            covered = bar_overlap(self.bars, x, y, width)[0]
            return np.asarray(255 * covered, np.float32)
        assert self.pixels is not None  # noqa: S101 - see the first line
        height, width = self.pixels.shape[1:]
        rows, columns = (np.arange(size) / max(size - 1, 1) - 0.5 for size in (height, width))
        spot = np.exp(-0.5 * (((rows - SPOT[1]) ** 2)[:, None] + (columns - SPOT[0]) ** 2) / sigma**2)
        weights = (spot / spot.sum()).astype(np.float32).ravel()
        return np.asarray(self.pixels.reshape(self.n_frames, -1) @ weights)


def make_movie(name: str, *, noise_frames: int, seed: int) -> Movie:
    """Generate the movie of a name.

    Parameters
    ----------
    name
        ``dense_noise_15x15_sample`` or one of the movies described in ``resources/stimuli``.
    noise_frames
        Length of ``dense_noise_15x15_sample`` in display frames.
    seed
        Seed of that movie's noise; the others have their own.

    Returns
    -------
    Movie
        Its content and description.

    Raises
    ------
    ConfigurationError
        There is no movie of this name.
    """
    description = _sample_noise(noise_frames, seed) if name == SAMPLE_NOISE else _described(name)
    movie = _MAKERS[description["kind"]](description)
    return replace(movie, name=name)


def _described(name: str) -> dict[str, Any]:
    folder = resources_dir() / "stimuli"
    path = folder / f"{name}.json"
    if not path.is_file():
        known = ", ".join(sorted([SAMPLE_NOISE, *(file.stem for file in folder.glob("*.json"))]))
        raise ConfigurationError(f"The sample recording cannot show '{name}'. Available movies: {known}.")
    description: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return description


def _sample_noise(n_frames: int, seed: int) -> dict[str, Any]:
    """Description of the noise movie that exists only in the sample."""
    hold = DISPLAY_HZ // 15
    if n_frames <= 0 or n_frames % hold:
        raise ConfigurationError(
            f"The noise movie's length must be a positive multiple of {hold} frames, not {n_frames}."
        )
    return {
        "name": SAMPLE_NOISE,
        "kind": "noise",
        "generate_kwargs": {
            "duration": n_frames / DISPLAY_HZ,
            "col": 15,
            "row": 15,
            "seed": seed,
            "movie_frame_rate": 15,
        },
        "section_kwargs": {"start_frame": 0, "trial_length_frame": n_frames, "repeat": 1},
        "events": [],
    }


def _uniform(description: dict[str, Any], background: int, green: np.ndarray, blue: np.ndarray) -> Movie:
    return Movie("", description, background, green.astype(np.float32), blue.astype(np.float32))


def _baseline(description: dict[str, Any]) -> Movie:
    kwargs = description["generate_kwargs"]
    grey = np.full(kwargs["frames"], kwargs["intensity"])
    return _uniform(description, kwargs["intensity"], grey, grey)


def _step(description: dict[str, Any]) -> Movie:
    kwargs = description["generate_kwargs"]
    gap, lit, repeat = kwargs["gap_frame"], kwargs["frames"], kwargs["repeat"]
    level = np.full(gap + repeat * (lit + gap), kwargs["baseline"])
    level[gap:].reshape(repeat, lit + gap)[:, :lit] = kwargs["intensity"]
    return _uniform(description, kwargs["baseline"], level, level)


def _chromatic(description: dict[str, Any]) -> Movie:
    kwargs, sections = description["generate_kwargs"], description["section_kwargs"]
    gap, lit, repeat = kwargs["gap_frame"], kwargs["stim_frame"], kwargs["repeat"]
    groups = sections.get("group_count", 1)
    shape = (groups, repeat, 2, lit + gap)
    levels = {}
    for position, colour in enumerate(("green", "blue")):
        cycles = np.zeros(shape)
        cycles[:, :, position, :lit] = _intensities(kwargs, colour, groups)[:, None, None]
        level = np.zeros((groups, gap + repeat * 2 * (lit + gap)))
        level[:, gap:] = cycles.reshape(groups, -1)
        levels[colour] = level.ravel()
    return _uniform(description, 0, levels["green"], levels["blue"])


def _intensities(kwargs: Mapping[str, Any], colour: str, groups: int) -> np.ndarray:
    """Level of a colour in each group of trials."""
    return np.array(
        [kwargs.get(f"{colour}_intensity_{group + 1}", kwargs.get("intensity")) for group in range(groups)]
    )


def _frequency(description: dict[str, Any]) -> Movie:
    kwargs = description["generate_kwargs"]
    grey, frames = kwargs["break_intensity"], np.arange(kwargs["frame_duration"] * DISPLAY_HZ)
    pause = np.full(kwargs["break_duration"] * DISPLAY_HZ, grey)
    trial = [
        part
        for hz in kwargs["freq_list"]
        for part in (grey + grey * np.sin(2 * np.pi * hz * frames / DISPLAY_HZ), pause)
    ]
    level = np.concatenate([pause, *(trial * kwargs["repeat"])])
    return _uniform(description, grey, level, level)


def _moving_bar(description: dict[str, Any]) -> Movie:
    bars = bars_of(description)
    light = bar_light(bars)
    return replace(_uniform(description, 0, light, light), bars=bars)


def _noise(description: dict[str, Any]) -> Movie:
    kwargs = description["generate_kwargs"]
    hold = DISPLAY_HZ // kwargs["movie_frame_rate"]
    shape = (round(kwargs["duration"] * kwargs["movie_frame_rate"]), kwargs["row"], kwargs["col"])
    rng = np.random.default_rng(kwargs["seed"])
    pixels = np.repeat(rng.integers(0, 2, shape, dtype=np.uint8) * np.uint8(255), hold, axis=0)
    mean = pixels.mean(axis=(1, 2), dtype=np.float32)
    return replace(_uniform(description, 127, mean, mean), pixels=pixels)


_MAKERS: dict[str, Callable[[dict[str, Any]], Movie]] = {
    "baseline": _baseline,
    "step": _step,
    "chromatic": _chromatic,
    "frequency": _frequency,
    "moving_bar": _moving_bar,
    "noise": _noise,
}
