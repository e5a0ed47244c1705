"""Section times of a playlist: when each movie was on screen, and its mean light time course."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hdmea_gui.analysis.trials import section_bounds
from hdmea_gui.errors import ConfigurationError, MissingInputError
from hdmea_gui.io.playlist import lengths_of, playlist_movies, read_movie_lengths
from hdmea_gui.pipeline.frame_audit import count_warnings
from hdmea_gui.pipeline.parameters import parameter
from hdmea_gui.pipeline.sections import PAD_FRAMES, checked_movie_name, section_update
from hdmea_gui.pipeline.step import Step
from hdmea_gui.session.recording import FRAME_TIMESTAMPS, RecordingReader
from hdmea_gui.session.section import POST_MARGIN_FRAMES, PRE_MARGIN_FRAMES, Section
from hdmea_gui.settings import MOVIE_LENGTHS, PLAYLIST, require_path

if TYPE_CHECKING:
    from hdmea_gui.analysis.trials import Bounds
    from hdmea_gui.pipeline.progress import Progress
    from hdmea_gui.session import Snapshot, Update


@dataclass(frozen=True)
class Params:
    """Parameters of `add_section_time`."""

    playlist_name: str | None = parameter(
        None, "Playlist", tip="Name of the playlist shown by the projector."
    )
    playlist_file: Path | None = parameter(
        None, "Playlist table", tip="Table of the movies in each playlist (playlist.csv)."
    )
    movie_length_file: Path | None = parameter(
        None, "Movie lengths", tip="Table of movie lengths in display frames (movie_length.csv)."
    )
    repeats: int = parameter(1, "Repeats", tip="Number of times the whole playlist was shown.", minimum=1)
    pad_frames: int = parameter(
        PAD_FRAMES,
        "Padding",
        unit="frames",
        tip="Blank display frames before and after each movie.",
        minimum=0,
    )
    pre_margin_frames: int = parameter(
        PRE_MARGIN_FRAMES,
        "Margin before",
        unit="frames",
        tip="Display frames included in a section before its movie.",
        minimum=0,
    )
    post_margin_frames: int = parameter(
        POST_MARGIN_FRAMES,
        "Margin after",
        unit="frames",
        tip="Display frames included in a section after its movie.",
        minimum=0,
    )


def run(snapshot: Snapshot, params: Params, progress: Progress) -> Update:
    """Count display frames through the playlist; the update replaces earlier sections of playlists."""
    if not params.playlist_name:
        raise ConfigurationError("No playlist is given. Choose the playlist shown by the projector.")
    frames = np.asarray(RecordingReader(snapshot).frames)
    if not frames.size:
        raise MissingInputError(
            "The recording has no display frames (channel 2), so the movies cannot be located in it.",
            missing_input=FRAME_TIMESTAMPS,
        )
    if params.pad_frames < params.pre_margin_frames:
        raise ConfigurationError(
            f"The margin before a movie ({params.pre_margin_frames} frames) is longer than the padding "
            f"({params.pad_frames} frames), so the first section would begin before the recording. Choose a shorter "
            "margin."
        )
    if params.pad_frames >= frames.size:
        raise ConfigurationError(
            f"The padding ({params.pad_frames} frames) is as long as the recording ({frames.size} display frames) or "
            "longer, so no movie would begin within the recording. Choose a shorter padding."
        )
    if params.repeats > frames.size:  # a typing error would otherwise build a list of billions of movies
        raise ConfigurationError(
            f"The playlist cannot have been shown {params.repeats} times: the recording has only {frames.size} "
            "display frames. Choose fewer repeats."
        )
    movies, lengths = _movies(params)
    for movie in set(movies):
        checked_movie_name(movie)
    progress(0, 1, "Locating the movies")
    bounds = section_bounds(
        lengths, frames, params.pad_frames, params.pre_margin_frames, params.post_margin_frames
    )
    sections = {
        movie: Section(
            bounds.samples[[name == movie for name in movies]],
            "playlist",
            params.pre_margin_frames,
            params.post_margin_frames,
            length,
        )
        for movie, length in dict(zip(movies, lengths, strict=True)).items()
    }
    replaced = {
        movie for movie, old in RecordingReader(snapshot).sections.items() if old.source == "playlist"
    }
    needed = sum(lengths) + len(lengths) * (1 + 2 * params.pad_frames)
    warnings = count_warnings(needed, len(frames)) + _clipping_warnings(bounds)
    update = section_update(STEP.title, snapshot, sections, replaced, warnings, progress.between(0.1, 1.0))
    return update.extended(
        {
            ("metadata", "section_time_playlist"): params.playlist_name,
            ("metadata", "section_time_repeats"): params.repeats,
        }
    )


def _movies(params: Params) -> tuple[list[str], list[int]]:
    """Movies shown, in order, and their lengths in display frames."""
    playlists = require_path(params.playlist_file, PLAYLIST)
    table = require_path(params.movie_length_file, MOVIE_LENGTHS)
    movies = playlist_movies(playlists, str(params.playlist_name)) * params.repeats
    return movies, lengths_of(movies, read_movie_lengths(table), table)


def _clipping_warnings(bounds: Bounds) -> list[str]:
    if not bounds.n_clipped:
        return []
    return [f"{bounds.n_clipped} of {len(bounds.samples)} sections are clipped at the last display frame."]


def has_result(snapshot: Snapshot) -> bool:
    """Whether sections of a playlist exist."""
    return any(section.source == "playlist" for section in RecordingReader(snapshot).sections.values())


def recorded_params(snapshot: Snapshot) -> dict[str, Any]:
    """Return the playlist recorded by other scripts."""
    noted = {
        "playlist_name": snapshot.metadata.get("section_time_playlist"),
        "repeats": snapshot.metadata.get("section_time_repeats"),
    }
    return {name: value for name, value in noted.items() if value is not None}


def skip_reason(_snapshot: Snapshot, params: Params) -> str | None:
    """Return why a run of all steps leaves this step out, or None."""
    return (
        None if params.playlist_name else "no playlist is given (choose one in the form, or with --playlist)"
    )


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
