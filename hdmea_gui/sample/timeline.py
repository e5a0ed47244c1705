"""Times at which each movie of the playlist is on the screen, counted in display frames."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hdmea_gui.sample.stimuli import Movie

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


# Pauses and margins of the lab's playlists; add_section_time has the same defaults.
PAD_FRAMES = 180
PRE_MARGIN_FRAMES = 60
POST_MARGIN_FRAMES = 120
TAIL_FRAMES = 30
"""Number of frames shown after the pause of the last movie."""


@dataclass(frozen=True)
class Presentation:
    """One presentation of a movie.

    Attributes
    ----------
    movie
        The movie.
    first_frame
        Display frame of the movie's first frame.
    """

    movie: Movie
    first_frame: int

    @property
    def section_frames(self) -> tuple[int, int]:
        """First and last display frame of its section, margins included."""
        return (
            self.first_frame - PRE_MARGIN_FRAMES,
            self.first_frame + self.movie.n_frames + 1 + POST_MARGIN_FRAMES,
        )

    def trial_frames(self) -> np.ndarray:
        """Return the first and last display frame of each trial, int64 (n_trials, 2)."""
        timing = self.movie.description["section_kwargs"]
        repeat, length = timing["repeat"], timing["trial_length_frame"]
        trial = np.arange(repeat * timing.get("group_count", 1))
        starts = timing["start_frame"] + trial * length + trial // repeat * timing.get("group_gap", 0)
        return self.first_frame + np.stack([starts, starts + length], axis=1)


@dataclass(frozen=True)
class Timeline:
    """All presentations in order.

    Attributes
    ----------
    presentations
        One per presentation.
    n_frames
        Total number of display frames.
    """

    presentations: tuple[Presentation, ...]
    n_frames: int

    def sections(self) -> dict[str, np.ndarray]:
        """Return the frames of each movie's sections, int64 (n_presentations, 2)."""
        return self._by_movie([np.array([shown.section_frames]) for shown in self.presentations])

    def trials(self) -> dict[str, np.ndarray]:
        """Return the frames of each movie's trials over all its presentations, int64 (n_trials, 2)."""
        return self._by_movie([shown.trial_frames() for shown in self.presentations])

    def first_frames(self) -> dict[str, np.ndarray]:
        """Return the first content frame of each presentation, by movie, int64 (n_presentations,)."""
        return self._by_movie([np.array([shown.first_frame]) for shown in self.presentations])

    def _by_movie(self, values: Sequence[np.ndarray]) -> dict[str, np.ndarray]:
        names = [shown.movie.name for shown in self.presentations]
        return {
            name: np.concatenate([value for value, owner in zip(values, names, strict=True) if owner == name])
            for name in dict.fromkeys(names)
        }

    def light(self, spot_percent: float | None = None) -> np.ndarray:
        """Return the signal of a photodiode in each display frame, float32 (n_frames,), 0 to 255.

        It sees the whole screen, or a spot of so many percent of its width.
        """
        level = np.zeros(self.n_frames, dtype=np.float32)
        for start, stop, shown in self.spans():
            level[start:stop] = shown.movie.background
            level[shown.first_frame : shown.first_frame + shown.movie.n_frames] = shown.movie.light_in(
                spot_percent
            )
        return level

    def spans(self) -> Iterator[tuple[int, int, Presentation]]:
        """Yield each presentation with its first and last (exclusive) frame, pauses included."""
        for shown in self.presentations:
            start = shown.first_frame - PAD_FRAMES
            yield start, start + _occupied(shown.movie), shown


def make_timeline(movies: Sequence[Movie]) -> Timeline:
    """Arrange movies one after another, each with its pauses.

    Parameters
    ----------
    movies
        In the order shown; a movie may occur more than once.

    Returns
    -------
    Timeline
        Counted from display frame 0: a pause, the movie, one frame, a pause, and so on.
    """
    ends = np.cumsum([_occupied(movie) for movie in movies])
    presentations = tuple(
        Presentation(movie, int(end) - _occupied(movie) + PAD_FRAMES)
        for movie, end in zip(movies, ends, strict=True)
    )
    return Timeline(presentations, int(ends[-1]) + TAIL_FRAMES)


def _occupied(movie: Movie) -> int:
    # One frame more than the movie, as add_section_time counts it.
    return PAD_FRAMES + movie.n_frames + 1 + PAD_FRAMES
