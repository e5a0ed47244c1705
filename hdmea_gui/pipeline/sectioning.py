"""Public functions that say when what was shown, and cut the spikes accordingly."""

from __future__ import annotations

import warnings as python_warnings
from typing import TYPE_CHECKING

from hdmea_gui.errors import ValidationError
from hdmea_gui.paths import optional_path
from hdmea_gui.pipeline.modes import PathLike, as_names, carry_out
from hdmea_gui.pipeline.results import SectionResult
from hdmea_gui.pipeline.sections import PAD_FRAMES, POST_MARGIN_FRAMES, PRE_MARGIN_FRAMES, sections_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hdmea_gui.session import PipelineSession, Snapshot

TRIAL_REPEATS = 3
"""Default of an argument that has no effect any more."""


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
) -> bool | PipelineSession:
    """Find out when each movie of a playlist was on screen, and its mean light time course.

    Parameters
    ----------
    hdf5_path : path, optional
        File of a loaded recording; it is replaced whole or not at all.
    playlist_name : str
        Name of the playlist that the projector showed.
    playlist_file_path, movie_length_file_path : path, optional
        The two tables; else from the settings, or from HDMEA_PLAYLIST and HDMEA_MOVIE_LENGTHS.
    repeats : int
        How often the whole playlist was shown.
    pad_frame, pre_margin_frame_num, post_margin_frame_num : int
        Display frames around every movie, and of a section before and after its movie.
    force : bool
        Whether sections in the file may be replaced.
    session : PipelineSession, optional
        With one, it is changed and given back, and no file is written unless ``hdf5_path`` names its own.

    Returns
    -------
    bool or PipelineSession
        True; the session if one was given.

    Raises
    ------
    FileExistsError
        The file has section times and ``force`` is not set.
    ConfigurationError
        The playlist or a movie's length is not known.
    """
    values = {
        "playlist_name": playlist_name,
        "playlist_file": optional_path(playlist_file_path),
        "movie_length_file": optional_path(movie_length_file_path),
        "repeats": repeats,
        "pad_frames": pad_frame,
        "pre_margin_frames": pre_margin_frame_num,
        "post_margin_frames": post_margin_frame_num,
    }
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
    hdf5_path : path, optional
        File of a loaded recording; it is replaced whole or not at all.
    threshold_value : float
        Smallest rise between two samples that counts as an onset, in raw counts; the lab uses 3e4 to 1e5.
    movie_name : str
        Name under which the trials are kept.
    plot_duration : float
        Length of a trial from its onset on, in seconds.
    repeat : int, optional
        Only the first so many onsets.
    force : bool
        Whether sections of that name in the file may be replaced.
    session : PipelineSession, optional
        With one, it is changed and given back, and no file is written unless ``hdf5_path`` names its own.
    min_distance_s : float
        Of two onsets closer together than this, in seconds, the larger one is kept.
    after_last_frame : bool
        Search only where the projector no longer shows frames.

    Returns
    -------
    bool or PipelineSession
        True; the session if one was given.

    Raises
    ------
    ValueError
        No threshold is given.
    FileExistsError
        The file has sections of that name and ``force`` is not set.
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
        return f"section times of '{movie_name}'" if movie_name in sections_of(snapshot) else None

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
    """Cut every unit's spikes by movie and trial.

    Parameters
    ----------
    hdf5_path : path, optional
        File with section times; it is replaced whole or not at all.
    movie_names : iterable of str or str, optional
        Only these movies, or this one; left out, all.
    trial_repeats : int
        Deprecated and ignored: the stimulus files tell how many trials there are.
    pad_margin : tuple of float
        Seconds before and after a trial whose spikes count with it. Light-triggered trials take 2 s before and none
        after, unless another margin is given here.
    force : bool
        Whether sectioned spikes in the file may be replaced, of the movies asked for and only these.
    config_dir : path, optional
        Folder of the stimulus files, one JSON a movie; else from the settings or HDMEA_STIMULI.
    session : PipelineSession, optional
        With one, it is changed and given back, and no file is written unless ``hdf5_path`` names its own.

    Returns
    -------
    SectionResult or PipelineSession
        The session if one was given.

    Raises
    ------
    FileExistsError
        The file has sectioned spikes of these movies and ``force`` is not set.
    ConfigurationError
        Movies have no stimulus file; all of them are named.
    MissingInputError
        There are no section times.
    """
    if trial_repeats != TRIAL_REPEATS:
        python_warnings.warn(
            "trial_repeats has no effect: the stimulus files tell how many trials there are.",
            DeprecationWarning,
            stacklevel=2,
        )
    margin = (float(pad_margin[0]), float(pad_margin[1]))
    names = as_names(movie_names)
    values = {
        "movie_names": names,
        "stimuli_dir": optional_path(config_dir),
        "pad_margin_s": margin,
    } | ({"analog_pad_margin_s": margin} if any(margin) else {})

    def held(snapshot: Snapshot) -> str | None:
        there = {movie for unit in snapshot.units.values() for movie in unit.get("spike_times_sectioned", {})}
        clash = sorted(there if names is None else there & set(names))
        return f"sectioned spikes of {', '.join(clash)}" if clash else None

    done = carry_out("section_spike_times", values, hdf5_path, session, held, force)
    if session is not None:
        return done.session
    rate_hz = float(done.session.metadata["acquisition_rate"])
    movies = sections_of(done.session.snapshot()) if names is None else names
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
    there = [movie for movie, section in sections_of(snapshot).items() if section.source == "playlist"]
    return f"section times of {', '.join(there)}" if there else None
