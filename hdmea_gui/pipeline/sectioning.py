"""Public functions that locate movies and trials in a recording, and cut the spikes accordingly."""

from __future__ import annotations

import warnings as python_warnings
from typing import TYPE_CHECKING, Literal

from hdmea_gui.errors import ValidationError
from hdmea_gui.paths import optional_path
from hdmea_gui.pipeline.modes import PathLike, as_names, carry_out, tell
from hdmea_gui.pipeline.results import SectionResult
from hdmea_gui.pipeline.sections import PAD_FRAMES
from hdmea_gui.session.recording import RecordingReader
from hdmea_gui.session.section import POST_MARGIN_FRAMES, PRE_MARGIN_FRAMES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hdmea_gui.session import PipelineSession, Snapshot

TRIAL_REPEATS = 3
"""Default of an argument that no longer has any effect."""


def add_section_time(
    hdf5_path: PathLike | None = None,
    playlist_name: str | None = None,
    *,
    playlist_file_path: PathLike | None = None,
    movie_length_file_path: PathLike | None = None,
    repeats: int = 1,
    pad_frame: int = PAD_FRAMES,
    pre_margin_frame_num: int = PRE_MARGIN_FRAMES,
    post_margin_frame_num: int = POST_MARGIN_FRAMES,
    force: bool = False,
    session: PipelineSession | None = None,
    align: Literal["count", "light"] = "count",
) -> bool | PipelineSession:
    """Determine when each movie of a playlist was shown, and its mean light time course.

    Parameters
    ----------
    hdf5_path
        File of a loaded recording; it is replaced as a whole or not at all.
    playlist_name
        Name of the playlist shown by the projector.
    playlist_file_path, movie_length_file_path
        The two tables; by default from the settings, or from HDMEA_PLAYLIST and HDMEA_MOVIE_LENGTHS.
    repeats
        Number of times the whole playlist was shown.
    pad_frame
        Blank frames before and after every movie, display frames.
    pre_margin_frame_num, post_margin_frame_num
        Margins of a section before and after its movie, display frames.
    force
        Whether existing sections may be replaced. Without it, those in a session are kept, with a warning.
    session
        If given, it is modified and returned; no file is written unless ``hdf5_path`` is the session's own file.
    align
        ``"count"`` places the movies by counting the frame pulses, as the lab does, and compares that with the recorded
        light; ``"light"`` corrects the count by the light. The stimulus files, which declare when the light changes,
        are found by the settings or HDMEA_STIMULI.

    Returns
    -------
    result
        True, or the session if one was given. Section times of a movie are int64 (n_presentations, 2), samples.

    Raises
    ------
    FileExistsError
        If the file already has section times and ``force`` is not set.
    ConfigurationError
        If the playlist or the length of a movie is unknown, or the light does not show when any movie was on.
    """
    values = {
        "playlist_name": playlist_name,
        "playlist_file": optional_path(playlist_file_path),
        "movie_length_file": optional_path(movie_length_file_path),
        "repeats": repeats,
        "pad_frames": pad_frame,
        "pre_margin_frames": pre_margin_frame_num,
        "post_margin_frames": post_margin_frame_num,
        "align": align,
    }
    kept = (
        _held_playlist(session.snapshot())
        if session is not None and hdf5_path is None and not force
        else None
    )
    if session is not None and kept is not None:
        tell(session, f"The session already has {kept}; they are kept. Pass force=True to replace them.")
        return session
    done = carry_out("add_section_time", values, hdf5_path, session, _held_playlist, force)
    return True if session is None else done.session


def add_section_time_analog(
    hdf5_path: PathLike | None = None,
    threshold_value: float | None = None,
    *,
    movie_name: str = "iprgc_test",
    plot_duration: float = 120.0,
    repeat: int | None = None,
    force: bool = False,
    session: PipelineSession | None = None,
    min_distance_s: float = 0.0,
    after_last_frame: bool = False,
) -> bool | PipelineSession:
    """Find trials that begin at light onsets (channel 1).

    Parameters
    ----------
    hdf5_path
        File of a loaded recording; it is replaced as a whole or not at all.
    threshold_value
        Smallest rise between two samples that counts as an onset, raw counts; the lab uses 3e4 to 1e5.
    movie_name
        Name under which the trials are stored.
    plot_duration
        Length of a trial from its onset, s.
    repeat
        Maximum number of onsets; the first ones are used.
    force
        Whether existing sections of that name in the file may be replaced.
    session
        If given, it is modified and returned; no file is written unless ``hdf5_path`` is the session's own file.
    min_distance_s
        Of two onsets closer together than this, s, the larger one is kept.
    after_last_frame
        Whether to search only after the last display frame.

    Returns
    -------
    result
        True, or the session if one was given. Section times are int64 (n_presentations, 2), samples.

    Raises
    ------
    ValueError
        If no threshold is given.
    FileExistsError
        If the file already has sections of that name and ``force`` is not set.
    """
    if threshold_value is None:
        raise ValidationError("No threshold is given. Pass threshold_value, in raw counts of channel 1.")
    values = {
        "threshold": float(threshold_value),
        "movie_name": movie_name,
        "duration_s": float(plot_duration),
        "limit": repeat,
        "min_distance_s": float(min_distance_s),
        "after_last_frame": after_last_frame,
    }

    def held(snapshot: Snapshot) -> str | None:
        return (
            f"section times of '{movie_name}'"
            if movie_name in RecordingReader(snapshot).section_bounds
            else None
        )

    done = carry_out("add_section_time_analog", values, hdf5_path, session, held, force)
    return True if session is None else done.session


def section_spike_times(
    hdf5_path: PathLike | None = None,
    *,
    movie_names: Iterable[str] | str | None = None,
    trial_repeats: int = TRIAL_REPEATS,
    pad_margin: tuple[float, float] = (0.0, 0.0),
    force: bool = False,
    config_dir: PathLike | None = None,
    session: PipelineSession | None = None,
) -> SectionResult | PipelineSession:
    """Cut the spikes of every unit by movie and trial.

    Parameters
    ----------
    hdf5_path
        File with section times; it is replaced as a whole or not at all.
    movie_names
        One or more movies; by default all.
    trial_repeats
        Deprecated and ignored: the stimulus files define the number of trials.
    pad_margin
        Margins before and after a trial whose spikes are included, s. For light-triggered trials the default is 2 s
        before and none after.
    force
        Whether existing sectioned spikes in the file may be replaced, for the requested movies only.
    config_dir
        Folder of the stimulus files, one JSON file per movie; by default from the settings or HDMEA_STIMULI.
    session
        If given, it is modified and returned; no file is written unless ``hdf5_path`` is the session's own file.

    Returns
    -------
    result
        Summary of the run, or the session if one was given. The spikes of a trial are int64 (n_spikes,), samples.

    Raises
    ------
    FileExistsError
        If the file already has sectioned spikes of these movies and ``force`` is not set.
    ConfigurationError
        If movies have no stimulus file; the message names all of them.
    MissingInputError
        If there are no section times.
    """
    if trial_repeats != TRIAL_REPEATS:
        python_warnings.warn(
            "trial_repeats has no effect: the stimulus files define the number of trials.",
            DeprecationWarning,
            stacklevel=2,
        )
    margin = (float(pad_margin[0]), float(pad_margin[1]))
    names = as_names(movie_names)
    values = {
        "movie_names": names,
        "stimuli_dir": optional_path(config_dir),
        "pad_margin_s": margin,
    } | ({"analog_pad_margin_s": margin} if any(margin) else {})  # the default of 0 keeps the lab's 2 s

    def held(snapshot: Snapshot) -> str | None:
        there = set(RecordingReader(snapshot).sectioned_movies)
        clash = sorted(there if names is None else there & set(names))
        return f"sectioned spikes of {', '.join(clash)}" if clash else None

    done = carry_out("section_spike_times", values, hdf5_path, session, held, force)
    if session is not None:
        return done.session
    recording = RecordingReader(done.session)
    rate_hz = recording.rate_hz
    movies = recording.section_bounds if names is None else names
    return SectionResult(
        success=True,
        units_processed=done.session.unit_count,
        movies_processed=len(movies),
        trial_repeats=trial_repeats,
        pad_margin=margin,
        pre_samples=round(margin[0] * rate_hz),
        post_samples=round(margin[1] * rate_hz),
        warnings=done.warnings,
    )


def _held_playlist(snapshot: Snapshot) -> str | None:
    sections = RecordingReader(snapshot).sections.items()
    there = [movie for movie, section in sections if section.source == "playlist"]
    return f"section times of {', '.join(there)}" if there else None
