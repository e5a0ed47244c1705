"""Stimulus STA: the mean movie before the spikes of a unit."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hdmea_gui.analysis.clocks import frame_of_sample
from hdmea_gui.analysis.noise_patterns import whiteness
from hdmea_gui.analysis.on_off_field import OnOffField, find_on_off_fields
from hdmea_gui.analysis.spike_triggered_average import spike_triggered_average
from hdmea_gui.analysis.trials import cut_trials
from hdmea_gui.errors import ConfigurationError, MissingInputError, MissingPathError
from hdmea_gui.io.stimuli import read_movie_frames
from hdmea_gui.pipeline.parameters import parameter
from hdmea_gui.pipeline.receptive_field import valid_stas_of
from hdmea_gui.pipeline.staleness import Source, bounds_content, section_content
from hdmea_gui.pipeline.step import Step
from hdmea_gui.pipeline.stimulus_folders import movie_file
from hdmea_gui.session import Snapshot, Update
from hdmea_gui.session.recording import RecordingReader
from hdmea_gui.session.unit import (
    COVER_RANGE,
    N_SPIKES_USED,
    ON_OFF_COL,
    ON_OFF_P,
    ON_OFF_ROW,
    cover_range_of,
    feature_path,
    n_spikes_used,
    spike_times_of,
    sta_name,
    trials_of,
)
from hdmea_gui.settings import STIMULI, require_path

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hdmea_gui.pipeline.progress import Progress
    from hdmea_gui.session.section import Section

_WORDS = "Averaging the movie"


@dataclass(frozen=True)
class Params:
    """Parameters of `compute_sta`."""

    movie_name: str | None = parameter(None, "Noise movie", tip="Leave empty if only one was shown.")
    cover_range: tuple[int, int] = parameter(
        (-60, 0), "Window", unit="frames", tip="Start and end (exclusive), relative to each spike's frame."
    )
    stimuli_dir: Path | None = parameter(
        None, "Stimuli folder", tip="Folder with the frames of the movie (.npy)."
    )


def run(snapshot: Snapshot, params: Params, progress: Progress) -> Update:
    """Average the movie; the update replaces earlier STAs of the movie."""
    movie = _movie(snapshot, params)
    if params.cover_range[1] <= params.cover_range[0]:
        raise ConfigurationError(
            f"The window {list(params.cover_range)} of the STA contains no frames. Its start must be before its end."
        )
    unit_ids = [unit_id for unit_id, unit in snapshot.units.items() if trials_of(unit, movie) is not None]
    if not unit_ids:
        raise MissingInputError(
            f"{STEP.title} needs spikes per trial of {movie}. Run 'Section spikes' first.",
            "section_spike_times",
        )
    section = RecordingReader(snapshot).sections[movie]
    folder = require_path(params.stimuli_dir, STIMULI)
    path = movie_file(movie, folder)
    if path is None:
        raise MissingPathError(
            f"The frames of the movie '{movie}' are not in {folder}: {movie}.npy is missing. Choose the folder that "
            "contains it.",
            folder / f"{movie}.npy",
        )
    frames = np.asarray(read_movie_frames(path))
    _check_length(frames, section, snapshot, path)
    spikes = []
    for number, unit_id in enumerate(unit_ids):
        progress.between(0.0, 0.1)(number, len(unit_ids), _WORDS)
        spikes.append(spike_frames(snapshot, unit_id, movie, section))
    averaging = progress.between(0.1, 0.8).named(_WORDS)
    result = spike_triggered_average(frames, spikes, params.cover_range, progress=averaging)
    white = whiteness(frames)
    testing = progress.between(0.8, 1.0).named("Looking for ON-OFF fields")
    on_off = find_on_off_fields(frames, spikes, testing)
    put: dict[tuple[str, ...], Any] = {}
    for number, unit_id in enumerate(unit_ids):
        metadata = {
            N_SPIKES_USED: int(result.n_used[number]),
            "n_spikes_excluded": int(result.n_excluded[number]),
            COVER_RANGE: list(params.cover_range),
            "movie_name": movie,
            "movie_correlation": white.largest,
            **_on_off_entries(on_off[number]),
        }
        feature = {"data": result.averages[number], "metadata": metadata}
        put[feature_path(unit_id, sta_name(movie))] = feature
    empty = [path[1] for path, feature in put.items() if not n_spikes_used(feature)]
    warnings = (
        [f"The STA of {', '.join(empty)} is empty (NaN): no spike has a complete window."] if empty else []
    )
    if not white.is_white:
        warnings.append(
            f"The movie {movie} is not white noise: neighbouring pixels are correlated by {white.along_x:.2f} along x "
            f"and {white.along_y:.2f} along y, successive patterns by {white.in_time:.2f}. The STAs are blurred by it, "
            "and whether there is a receptive field cannot be tested reliably."
        )
    return Update.of(STEP.title, put, warnings=warnings)


def _on_off_entries(field: OnOffField) -> dict[str, Any]:
    """Return the evidence of an ON-OFF field, and its place if there is one; nothing if it was not tested."""
    if np.isnan(field.p):
        return {}
    place = {ON_OFF_ROW: field.row, ON_OFF_COL: field.col} if field.is_significant else {}
    return {ON_OFF_P: field.p, **place}


def _movie(snapshot: Snapshot, params: Params) -> str:
    recording = RecordingReader(snapshot)
    movies = recording.noise_movies
    if params.movie_name is not None:
        if params.movie_name not in recording.section_bounds:
            raise ConfigurationError(
                f"There are no section times of '{params.movie_name}'. "
                f"Noise movies shown: {', '.join(movies) or 'none'}."
            )
        return params.movie_name
    if not movies:
        raise MissingInputError(
            "No noise movie was shown in this recording, so a stimulus STA cannot be computed.", "noise"
        )
    if len(movies) > 1:
        raise ConfigurationError(
            f"Several noise movies were shown: {', '.join(movies)}. Choose one (movie_name)."
        )
    return movies[0]


def _check_length(frames: NDArray[np.uint8], section: Section, snapshot: Snapshot, path: Path) -> None:
    """Refuse a movie whose length does not match its section."""
    stamps = np.asarray(RecordingReader(snapshot).movie_frames)
    first, last = (int(frame) for frame in frame_of_sample(section.bounds[0], stamps))
    if last >= len(stamps) - 1:
        return  # the section is clipped at the end of the recording, so its length is unknown
    # the section of a movie of length L is pre + L + 1 + post frames long (see `section_bounds`)
    expected = last - first - section.pre_margin_frames - 1 - section.post_margin_frames
    if len(frames) != expected:
        raise ConfigurationError(
            f"{path} has {len(frames)} frames, but the movie was shown for {expected} display frames. "
            "It must have one entry per display frame. Choose the stimuli folder of this recording."
        )


def spike_frames(snapshot: Snapshot, unit_id: str, movie: str, section: Section) -> NDArray[np.int64]:
    """Return the movie frame of each spike within the trials of a movie, excluding their margins.

    Parameters
    ----------
    snapshot
        The session.
    unit_id, movie
        Unit and movie.
    section
        Sections of the movie.

    Returns
    -------
    frames
        int64 (n_spikes,), movie frames. Relative to the start of the movie in the spike's own presentation.
    """
    stamps, unit = np.asarray(RecordingReader(snapshot).movie_frames), snapshot.units[unit_id]
    stored = trials_of(unit, movie)
    bounds = np.empty((0, 2), np.int64) if stored is None else np.asarray(stored.bounds).reshape(-1, 2)
    # cut again, as the stored trials include the spikes in their margins
    trials = cut_trials(np.asarray(spike_times_of(unit)), bounds)
    starts = frame_of_sample(section.bounds[:, 0], stamps) + section.pre_margin_frames
    # trials are ordered by presentation (see `trial_bounds`)
    per_presentation = max(len(bounds) // max(len(starts), 1), 1)
    return np.concatenate(
        [np.empty(0, np.int64)]
        + [
            frame_of_sample(spikes, stamps) - starts[min(number // per_presentation, len(starts) - 1)]
            for number, spikes in enumerate(trials)
        ]
    )


def has_result(snapshot: Snapshot) -> bool:
    """Whether a stimulus STA exists."""
    return any(valid_stas_of(unit) for unit in snapshot.units.values())


def parts(snapshot: Snapshot, params: Params) -> tuple[str, ...]:
    """Return the movie that a run averages."""
    return (_movie(snapshot, params),)


def held(snapshot: Snapshot) -> list[str]:
    """Return the movies that have an STA, except those that are no longer in the playlist."""
    return list({movie: None for unit in snapshot.units.values() for movie in valid_stas_of(unit)})


def sources(snapshot: Snapshot, movie: str) -> list[Source]:
    """Return what the STA of a movie is computed from: the spikes, and sections and trials without their margins."""
    content = section_content(snapshot, movie) + bounds_content(snapshot, movie)
    return [Source("load_recording"), Source("section_spike_times", movie, content)]


def recorded_params(snapshot: Snapshot) -> dict[str, Any]:
    """Return the window used by other scripts, if it is the same for all units."""
    stas = (sta for unit in snapshot.units.values() for sta in valid_stas_of(unit).values())
    windows = {window for sta in stas if (window := cover_range_of(sta)) is not None}
    return {COVER_RANGE: list(windows.pop())} if len(windows) == 1 else {}


def skip_reason(snapshot: Snapshot, params: Params) -> str | None:
    """Return why a run of all steps leaves this step out, or None."""
    recording = RecordingReader(snapshot)
    movies = [params.movie_name] if params.movie_name else recording.noise_movies
    sections = recording.section_bounds
    if params.movie_name and sections and params.movie_name not in sections:
        return None  # an unknown movie is an error, reported with the known ones when the step is run
    if not movies:
        return "no noise movie was shown"
    if len(movies) == 1 and movie_file(movies[0], params.stimuli_dir) is None:
        return f"the frames of {movies[0]} (.npy) were not found"
    return None


STEP = Step(
    key="compute_sta",
    title="Stimulus STA",
    gives="a stimulus STA",
    params=Params,
    run=run,
    has_result=has_result,
    needs=(("load_recording",), ("section_spike_times",)),
    libraries=("scipy.fft",),
    skip_reason=skip_reason,
    recorded_params=recorded_params,
    parts=parts,
    held=held,
    sources=sources,
)
