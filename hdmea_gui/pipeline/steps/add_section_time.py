"""Section times of a playlist: when each movie was on screen, and its mean light time course."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from hdmea_gui.analysis.trials import section_bounds
from hdmea_gui.errors import ConfigurationError, MissingInputError
from hdmea_gui.io.playlist import lengths_of, playlist_movies, read_movie_lengths
from hdmea_gui.pipeline.declared_light import declared_light
from hdmea_gui.pipeline.frame_audit import count_warnings, display_warnings
from hdmea_gui.pipeline.light_check import (
    LightCheck,
    Shown,
    check_light,
    check_light_alone,
)
from hdmea_gui.pipeline.light_words import light_sentences, shift_words
from hdmea_gui.pipeline.parameters import parameter
from hdmea_gui.pipeline.sections import PAD_FRAMES, checked_movie_name, section_update
from hdmea_gui.pipeline.step import Offer, Step
from hdmea_gui.session.recording import (
    FRAME_TIMESTAMPS,
    RecordingReader,
    light_check_path,
    placed_frames_path,
)
from hdmea_gui.session.section import POST_MARGIN_FRAMES, PRE_MARGIN_FRAMES, Section
from hdmea_gui.session.tree import REMOVED
from hdmea_gui.settings import MOVIE_LENGTHS, PLAYLIST, require_path

if TYPE_CHECKING:
    from collections.abc import Callable

    from hdmea_gui.analysis.trials import Bounds
    from hdmea_gui.pipeline.progress import Progress
    from hdmea_gui.session import Snapshot, Update

_LEAST_FRAMES = 60
_PLACED_ALONE = (
    "The recording has no display frames, or too few: the movies are placed by the light alone, for a display of "
    "constant rate."
)


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
    align: Literal["count", "light"] = parameter(
        "count",
        "Place by",
        tip="'count' counts the frame pulses; 'light' corrects the count by the recorded light.",
    )
    stimuli_dir: Path | None = parameter(
        None, "Stimuli folder", tip="Folder of the stimulus files, which declare when the light changes."
    )


def run(snapshot: Snapshot, params: Params, progress: Progress) -> Update:
    """Count display frames through the playlist; the update replaces earlier sections of playlists."""
    if not params.playlist_name:
        raise ConfigurationError("No playlist is given. Choose the playlist shown by the projector.")
    frames = np.asarray(RecordingReader(snapshot).frames)
    if not frames.size and params.align == "count":
        raise MissingInputError(
            "The recording has no display frames (channel 2), so the movies cannot be located in it by count. Place "
            "them by light: click 'Place by light' at this step in the window, or run it with align=light "
            "(--set add_section_time.align=light).",
            missing_input=FRAME_TIMESTAMPS,
        )
    is_counted = params.align == "count" or frames.size >= _LEAST_FRAMES
    _check_sizes(params, frames.size if is_counted else 0)
    movies, lengths = _movies(params)
    for movie in set(movies):
        checked_movie_name(movie)
    progress(0, 1, "Locating the movies")
    needed = sum(lengths) + len(lengths) * (1 + 2 * params.pad_frames)
    comparing = progress.between(0.0, 0.8)
    check = _checked_by_light(
        snapshot, params, movies, lengths, frames, partial(comparing, 0, 1, "Comparing with the light")
    )
    placed = _placed(check, frames, params)
    bounds = section_bounds(
        lengths, placed, params.pad_frames, params.pre_margin_frames, params.post_margin_frames
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
    warnings = count_warnings(needed, len(frames)) if is_counted else [_PLACED_ALONE]
    warnings += _clipping_warnings(bounds)
    warnings += display_warnings(placed, RecordingReader(snapshot).rate_hz, movies)
    warnings += light_sentences(check, params.align) if check is not None else []
    update = section_update(STEP.title, snapshot, sections, replaced, warnings, progress.between(0.8, 1.0))
    return update.extended(
        {
            ("metadata", "section_time_playlist"): params.playlist_name,
            ("metadata", "section_time_repeats"): params.repeats,
            light_check_path(): check.stored() if check is not None else REMOVED,
            placed_frames_path(): placed if params.align == "light" else REMOVED,
        }
    )


def _check_sizes(params: Params, n_frames: int) -> None:
    """Refuse numbers of frames that do not go together."""
    if params.pad_frames < params.pre_margin_frames:
        raise ConfigurationError(
            f"The margin before a movie ({params.pre_margin_frames} frames) is longer than the padding "
            f"({params.pad_frames} frames), so the first section would begin before the recording. Choose a shorter "
            "margin."
        )
    if not n_frames:
        return
    if params.pad_frames >= n_frames:
        raise ConfigurationError(
            f"The padding ({params.pad_frames} frames) is as long as the recording ({n_frames} display frames) or "
            "longer, so no movie would begin within the recording. Choose a shorter padding."
        )
    if params.repeats > n_frames:  # a typing error would otherwise build a list of billions of movies
        raise ConfigurationError(
            f"The playlist cannot have been shown {params.repeats} times: the recording has only {n_frames} "
            "display frames. Choose fewer repeats."
        )


def _checked_by_light(
    snapshot: Snapshot,
    params: Params,
    movies: list[str],
    lengths: list[int],
    frames: np.ndarray,
    check_cancelled: Callable[[], None],
) -> LightCheck | None:
    """Check of the count against the recorded light; None without a light channel."""
    recording = RecordingReader(snapshot)
    light = recording.raw_light()
    if light is None or (frames.size < _LEAST_FRAMES and params.align == "count"):
        return None
    declared = {
        movie: declared_light(snapshot, movie, length, params.stimuli_dir)
        for movie, length in zip(movies, lengths, strict=True)
    }
    occupied = np.array(lengths) + 1 + 2 * params.pad_frames
    starts = np.cumsum(occupied) - occupied + params.pad_frames
    shown = [Shown(movie, int(start), declared[movie]) for movie, start in zip(movies, starts, strict=True)]
    rate_hz, values = recording.rate_hz, np.asarray(light)
    if frames.size < _LEAST_FRAMES:
        return check_light_alone(values, shown, params.pad_frames, rate_hz, check_cancelled)
    return check_light(values, frames, shown, params.pad_frames, rate_hz, check_cancelled)


def _placed(check: LightCheck | None, frames: np.ndarray, params: Params) -> np.ndarray:
    """Onsets of the frames of the playlist, by count or by light.

    Raises
    ------
    ConfigurationError
        If the light does not tell where any movie was shown.
    """
    if params.align == "count":
        return frames
    if check is None or check.placement is None:
        reasons = {each.movie: each.reason for each in check.presentations} if check is not None else {}
        listed = "; ".join(f"{movie}: {reason}" for movie, reason in reasons.items())
        raise ConfigurationError(
            "The movies cannot be placed by the light: it does not show when any of them was on"
            f"{f' ({listed})' if listed else ''}. Choose the stimuli folder of this recording, or place them by count."
        )
    return check.placement.frame_samples()


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


def offer(snapshot: Snapshot) -> Offer | None:
    """Return the offer to place movies by the light, if it shows them elsewhere than counted or nothing is counted."""
    recording = RecordingReader(snapshot)
    finding = shift_words(recording.light_check)
    if not finding and recording.raw_light() is not None and len(recording.frames) < _LEAST_FRAMES:
        finding = "There are no display frames to count, or too few."
    if recording.is_placed_by_light or not finding:
        return None
    return Offer(finding, "Place by light", {"align": "light"})


STEP = Step(
    key="add_section_time",
    title="Section times",
    gives="section times",
    params=Params,
    run=run,
    has_result=has_result,
    needs=(("load_recording",),),
    libraries=("scipy.signal",),
    skip_reason=skip_reason,
    recorded_params=recorded_params,
    offer=offer,
)
