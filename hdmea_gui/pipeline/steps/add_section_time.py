"""Section times of a playlist: when each movie was on screen, and its mean light time course."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hdmea_gui.analysis.trials import section_bounds
from hdmea_gui.errors import ConfigurationError, MissingInputError
from hdmea_gui.io.playlist import lengths_of, playlist_movies, read_movie_lengths
from hdmea_gui.pipeline.parameters import parameter
from hdmea_gui.pipeline.sections import (
    PAD_FRAMES,
    POST_MARGIN_FRAMES,
    PRE_MARGIN_FRAMES,
    Section,
    checked_movie_name,
    frame_timestamps,
    section_update,
    sections_of,
)
from hdmea_gui.pipeline.step import Step
from hdmea_gui.settings import MOVIE_LENGTHS, PLAYLIST, require_path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hdmea_gui.analysis.trials import Bounds
    from hdmea_gui.pipeline.progress import Progress
    from hdmea_gui.session import Snapshot


@dataclass(frozen=True)
class Params:
    """Parameters of `add_section_time`."""

    playlist_name: str | None = parameter(
        None, "Playlist", tip="Name of the playlist that the projector showed."
    )
    playlist_file: Path | None = parameter(None, "Playlist file", tip="Table of playlists (playlist.csv).")
    movie_length_file: Path | None = parameter(
        None, "Movie lengths", tip="Table of movie lengths in display frames (movie_length.csv)."
    )
    repeats: int = parameter(1, "Repeats", tip="How often the whole playlist was shown.", minimum=1)
    pad_frames: int = parameter(
        PAD_FRAMES,
        "Padding",
        unit="frames",
        tip="Blank display frames before and after every movie.",
        minimum=0,
    )
    pre_margin_frames: int = parameter(
        PRE_MARGIN_FRAMES,
        "Margin before",
        unit="frames",
        tip="Frames of a section before its movie begins.",
        minimum=0,
    )
    post_margin_frames: int = parameter(
        POST_MARGIN_FRAMES,
        "Margin after",
        unit="frames",
        tip="Frames of a section after its movie has ended.",
        minimum=0,
    )


def run(snapshot: Snapshot, params: Params, progress: Progress) -> Iterator[object]:
    """Count display frames through the playlist; the update replaces earlier sections of playlists."""
    if not params.playlist_name:
        raise ConfigurationError("No playlist is named. Choose the playlist that the projector showed.")
    frames = frame_timestamps(snapshot)
    if not frames.size:
        raise MissingInputError(
            "The recording has no display frames (channel 2), so the playlist cannot be placed in it.",
            missing_input="frame_timestamps",
        )
    if params.pad_frames < params.pre_margin_frames:
        raise ConfigurationError(
            f"The margin before a movie ({params.pre_margin_frames} frames) is longer than the padding "
            f"({params.pad_frames} frames). The first section would begin before the recording."
        )
    if params.pad_frames >= frames.size:
        raise ConfigurationError(
            f"The padding ({params.pad_frames} frames) is as long as the recording ({frames.size} display frames) or "
            "longer: no movie would begin within it."
        )
    if params.repeats > frames.size:
        raise ConfigurationError(
            f"The playlist cannot have been shown {params.repeats} times in this recording."
        )
    movies, lengths = _movies(params)
    for movie in set(movies):
        checked_movie_name(movie)
    progress(0, 1, "Placing the movies")
    bounds = section_bounds(
        lengths, frames, params.pad_frames, params.pre_margin_frames, params.post_margin_frames
    )
    sections = {
        movie: Section(
            bounds.samples[[name == movie for name in movies]],
            "playlist",
            params.pre_margin_frames,
            params.post_margin_frames,
        )
        for movie in dict.fromkeys(movies)
    }
    replaced = {movie for movie, old in sections_of(snapshot).items() if old.source == "playlist"}
    remarks = _remarks(bounds, len(frames))
    update = section_update(STEP.title, snapshot, sections, replaced, remarks, progress.between(0.1, 1.0))
    yield update.extended(
        {
            ("metadata", "section_time_playlist"): params.playlist_name,
            ("metadata", "section_time_repeats"): params.repeats,
        }
    )


def _movies(params: Params) -> tuple[list[str], list[int]]:
    """Every movie that was shown, in order, and its length in frames."""
    playlists = require_path(params.playlist_file, PLAYLIST)
    table = require_path(params.movie_length_file, MOVIE_LENGTHS)
    movies = playlist_movies(playlists, str(params.playlist_name)) * params.repeats
    return movies, lengths_of(movies, read_movie_lengths(table), table)


def _remarks(bounds: Bounds, n_frames: int) -> list[str]:
    if not bounds.n_clipped:
        return []
    return [
        f"The playlist needs more display frames than were recorded ({n_frames}): {bounds.n_clipped} of "
        f"{len(bounds.samples)} sections are cut at the last frame. Is it the right playlist?"
    ]


def has_result(snapshot: Snapshot) -> bool:
    """Whether sections of a playlist are there."""
    return any(section.source == "playlist" for section in sections_of(snapshot).values())


def recorded_params(snapshot: Snapshot) -> dict[str, Any]:
    """The playlist that other scripts have placed, as they noted it."""
    noted = {
        "playlist_name": snapshot.metadata.get("section_time_playlist"),
        "repeats": snapshot.metadata.get("section_time_repeats"),
    }
    return {name: value for name, value in noted.items() if value is not None}


def skip_reason(_snapshot: Snapshot, params: Params) -> str | None:
    """Why a run of all steps leaves this one out."""
    return None if params.playlist_name else "no playlist is named (name it in the form, or by --playlist)"


STEP = Step(
    key="add_section_time",
    title="Section times",
    gives="section times",
    params=Params,
    run=run,
    has_result=has_result,
    needs=(("load_recording",),),
    skip_reason=skip_reason,
    recorded_params=recorded_params,
)
