"""Public functions that compute electrical images, STAs, geometries and features."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from hdmea_gui.errors import ConfigurationError
from hdmea_gui.paths import optional_path
from hdmea_gui.pipeline.features import PLACEHOLDERS
from hdmea_gui.pipeline.features.tasks import definitions_of, tasks_of, unknown_names
from hdmea_gui.pipeline.modes import (
    Carried,
    PathLike,
    apply_and_tell,
    as_names,
    carry_out,
    carry_out_change,
    run_on,
)
from hdmea_gui.pipeline.results import EImageSTAResult, ExtractionResult, GeometryResult, STAResult
from hdmea_gui.pipeline.steps import STEPS_BY_KEY
from hdmea_gui.session import Update
from hdmea_gui.session.recording import RecordingReader
from hdmea_gui.session.unit import (
    ABSENT_REASON,
    IMAGE,
    SOMA_GEOMETRY,
    STA_GEOMETRY,
    feature_in,
    feature_of,
    features_of,
    movie_of_sta,
    n_spikes_used,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from hdmea_gui.session import PipelineSession, Snapshot


def _held(key: str) -> Callable[[Snapshot], str | None]:
    """Return a function that names a step's result if a snapshot already has it."""
    step = STEPS_BY_KEY[key]
    return lambda snapshot: step.gives if step.has_result(snapshot) else None


def _updated(done: Carried, name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Units and their feature of the given name, for all that a step added or extended."""
    units = {change.path[1] for change in done.update.changes if feature_in(change.path) == name}
    for unit_id in sorted(units):
        yield unit_id, features_of(done.session.units[unit_id])[name]


def compute_eimage_sta(
    hdf5_path: PathLike | None = None,
    cmcr_path: PathLike | None = None,
    *,
    cutoff_hz: float = 100.0,
    filter_order: int = 2,
    pre_samples: int = 10,
    post_samples: int = 40,
    spike_limit: int = 10000,
    duration_s: float | None = None,
    skip_highpass: bool = False,
    use_cache: bool = False,  # noqa: ARG001 - the lab's scripts pass it; nothing is cached
    cache_path: PathLike | None = None,  # noqa: ARG001 - the lab's scripts pass it; nothing is cached
    force: bool = False,
    session: PipelineSession | None = None,
    bad_lanes: Iterable[int] | None = None,
) -> EImageSTAResult | PipelineSession:
    """Compute the electrical images of a loaded recording.

    Parameters
    ----------
    hdf5_path
        HDF5 file of the recording; it is replaced as a whole or not at all.
    cmcr_path
        Raw file; by default the one from which the recording was loaded.
    cutoff_hz, filter_order
        Cutoff (Hz) and order of the zero-phase Butterworth high-pass.
    pre_samples, post_samples
        Window around a spike, samples.
    spike_limit
        Maximum number of spikes per unit.
    duration_s
        Analysed duration from the start of the recording, s; None for all of it.
    skip_highpass
        Whether to subtract each electrode's mean instead of filtering.
    use_cache, cache_path
        Accepted and ignored: nothing is cached.
    force
        Whether existing images in the file may be replaced.
    session
        If given, it is modified and returned; no file is written unless ``hdf5_path`` is the session's own file.
    bad_lanes
        1-based numbers of noisy or dead lines of electrodes. They are stored, together with those found in the
        sensor data; the images stay as measured. An empty list stores none.

    Returns
    -------
    result
        Summary of the run, or the session if one was given. The image of a unit is float32
        (n_lags, n_axis_1, n_axis_2), raw counts, with axes 1 and 2 in the order of the sensor data.

    Raises
    ------
    FileExistsError
        If the file already has images and ``force`` is not set.
    MissingInputError
        If no raw file is known, or it has no sensor data.
    """
    values = {
        "cmcr_path": optional_path(cmcr_path),
        "duration_s": duration_s,
        "window_range": (-pre_samples, post_samples),
        "spike_limit": spike_limit,
        "cutoff_hz": cutoff_hz,
        "filter_order": filter_order,
        "skip_highpass": skip_highpass,
        "bad_lanes": _lane_numbers(bad_lanes),
    }
    done = carry_out("compute_eimage_sta", values, hdf5_path, session, _held("compute_eimage_sta"), force)
    if session is not None or done.hdf5_path is None:
        return done.session
    made = {unit_id for unit_id, feature in _updated(done, IMAGE) if n_spikes_used(feature)}
    failed = [unit_id for unit_id in done.session.units if unit_id not in made]
    elapsed = done.elapsed_s("compute_eimage_sta")
    processed = done.session.unit_count - len(failed)
    return EImageSTAResult(done.hdf5_path, processed, len(failed), elapsed, elapsed, done.warnings, failed)


def _lane_numbers(bad_lanes: Iterable[int] | None) -> tuple[int, ...] | None:
    return None if bad_lanes is None else tuple(int(number) for number in bad_lanes)


def compute_sta(
    hdf5_path: PathLike | None = None,
    *,
    cover_range: tuple[int, int] = (-60, 0),
    use_multiprocessing: bool = True,  # noqa: ARG001 - the lab's scripts pass it; results never depend on it
    stimuli_dir: PathLike | None = None,
    force: bool = False,
    session: PipelineSession | None = None,
    movie_name: str | None = None,
) -> STAResult | PipelineSession:
    """Compute the stimulus STA: the mean noise movie before the spikes of a unit (Chichilnisky 2001).

    Parameters
    ----------
    hdf5_path
        File with sectioned spikes; it is replaced as a whole or not at all.
    cover_range
        Window relative to the spike's frame, display frames. The end is exclusive.
    use_multiprocessing
        Accepted and ignored: results do not depend on it.
    stimuli_dir
        Folder with the frames of the movie, ``<movie>.npy``; by default from the settings or HDMEA_STIMULI.
    force
        Whether an existing STA in the file may be replaced.
    session
        If given, it is modified and returned; no file is written unless ``hdf5_path`` is the session's own file.
    movie_name
        Noise movie to use if several were shown.

    Returns
    -------
    result
        Summary of the run, or the session if one was given. The STA of a unit is float32
        (n_lags, height, width), grey levels (0-255).

    Raises
    ------
    FileExistsError
        If the file already has an STA and ``force`` is not set.
    ConfigurationError
        If several noise movies were shown and none is chosen, or if the frames of the movie are missing or differ
        in number from the frames shown.
    MissingInputError
        If there are no sectioned spikes, or no noise movie.
    """
    key = "compute_sta"
    window = (int(cover_range[0]), int(cover_range[1]))
    values = {
        "cover_range": window,
        "stimuli_dir": optional_path(stimuli_dir),
        "movie_name": movie_name,
    }

    def held(snapshot: Snapshot) -> str | None:
        recording = RecordingReader(snapshot)
        movies = [movie_name] if movie_name is not None else recording.noise_movies
        clash = [movie for movie in movies if movie in recording.sta_movies]
        return f"a stimulus STA of {', '.join(clash)}" if clash else None

    done = carry_out(key, values, hdf5_path, session, held, force)
    if session is not None or done.hdf5_path is None:
        return done.session
    # the step may have chosen the movie itself, so its name is taken from the result
    name = next(filter(None, (feature_in(change.path) for change in done.update.changes)))
    features = dict(_updated(done, name))
    failed = [unit_id for unit_id, feature in features.items() if not n_spikes_used(feature)]
    return STAResult(
        done.hdf5_path,
        movie_of_sta(name) or name,
        len(features) - len(failed),
        len(failed),
        window,
        done.elapsed_s(key),
        done.warnings,
        failed,
    )


def compute_rf_geometry(
    hdf5_path: PathLike | None = None,
    *,
    force: bool = False,
    session: PipelineSession | None = None,
    movie_name: str | None = None,
) -> GeometryResult | PipelineSession:
    """Measure the receptive field in every stimulus STA.

    Parameters
    ----------
    hdf5_path
        File with stimulus STAs; it is replaced as a whole or not at all.
    force
        Whether existing geometries in the file may be replaced.
    session
        If given, it is modified and returned; no file is written unless ``hdf5_path`` is the session's own file.
    movie_name
        Movie whose STA to use; by default all of them.

    Returns
    -------
    result
        Summary of the run, or the session if one was given.

    Raises
    ------
    FileExistsError
        If the file already has the geometries and ``force`` is not set.
    MissingInputError
        If there is no STA.
    """
    return _geometry("rf_geometry", STA_GEOMETRY, {"movie_name": movie_name}, hdf5_path, session, force)


def compute_soma_geometry(
    hdf5_path: PathLike | None = None,
    *,
    force: bool = False,
    session: PipelineSession | None = None,
    frames_around: int = 5,
    bad_lanes: Iterable[int] | None = None,
) -> GeometryResult | PipelineSession:
    """Locate the soma in every electrical image.

    Parameters
    ----------
    hdf5_path
        File with electrical images; it is replaced as a whole or not at all.
    force
        Whether existing geometries in the file may be replaced.
    session
        If given, it is modified and returned; no file is written unless ``hdf5_path`` is the session's own file.
    frames_around
        Samples before and after the spike over which the extent of the soma is measured.
    bad_lanes
        1-based numbers of the lines of electrodes to leave out; an empty list leaves out none. By default those
        found in the sensor data and those named by the user.

    Returns
    -------
    result
        Summary of the run, or the session if one was given.

    Raises
    ------
    FileExistsError
        If the file already has the geometries and ``force`` is not set.
    MissingInputError
        If there are no electrical images.
    """
    values = {"frames_around": frames_around, "bad_lanes": _lane_numbers(bad_lanes)}
    return _geometry("soma_geometry", SOMA_GEOMETRY, values, hdf5_path, session, force)


def _geometry(
    key: str,
    part: str,
    values: Mapping[str, Any],
    hdf5_path: PathLike | None,
    session: PipelineSession | None,
    force: bool,
) -> GeometryResult | PipelineSession:
    done = carry_out(key, values, hdf5_path, session, _held(key), force)
    if session is not None or done.hdf5_path is None:
        return done.session
    made = [change for change in done.update.changes if change.path[-1] == part]
    found = {change.path[1] for change in made if ABSENT_REASON not in change.value}
    failed = {change.path[1] for change in made} - found  # a unit with several STAs fails only if all do
    return GeometryResult(done.hdf5_path, len(found), len(failed), done.elapsed_s(key), done.warnings)


def extract_features(
    hdf5_path: PathLike | None = None,
    features: Iterable[str] | str | None = None,
    *,
    force: bool = False,
    config_overrides: Mapping[str, Any] | None = None,
    session: PipelineSession | None = None,
) -> ExtractionResult | PipelineSession:
    """Compute features of every unit.

    Parameters
    ----------
    hdf5_path
        File with a loaded recording; it is replaced as a whole or not at all.
    features
        One or more registered names; by default every feature that the movies allow.
    force
        Whether to recompute existing features.
    config_overrides
        Parameters, by feature name or flat for all features.
    session
        If given, it is modified and returned; no file is written unless ``hdf5_path`` is the session's own file.

    Returns
    -------
    result
        Summary of the run, or the session if one was given.

    Raises
    ------
    ConfigurationError
        If a parameter is unknown or has an unsuitable value.

    Notes
    -----
    Unknown names are no error: they are among the result's ``features_failed``, with a warning.
    """
    asked = as_names(features)
    values = {"force": force, "overrides": _as_json(config_overrides or {})}

    def change(target: PipelineSession) -> Update:
        unknown = unknown_names(asked or (), definitions_of(target.snapshot()))
        known = None if asked is None else tuple(name for name in asked if name not in unknown)
        put: dict[tuple[str, ...], Any] = {("completed_steps", step.key): True} if unknown else {}
        update = apply_and_tell(target, Update.of("Features", put, warnings=unknown.values()))
        return (
            update if known == () else update.followed_by(run_on(target, step, values | {"features": known}))
        )

    step = STEPS_BY_KEY["extract_features"]
    done = carry_out_change(change, hdf5_path, session, lambda _: None, force)
    if session is not None or done.hdf5_path is None:
        return done.session
    return extraction_result(done.session, done.update, done.hdf5_path, asked)


def _as_json(overrides: Mapping[str, Any]) -> str:
    """Convert feature parameters to the text form used by the step; NumPy numbers are accepted."""
    try:
        return json.dumps(dict(overrides), default=_of_numpy)
    except (TypeError, ValueError) as error:
        raise ConfigurationError(f"The feature parameters cannot be used: {error}.") from error


def _of_numpy(value: Any) -> Any:
    if isinstance(value, (np.generic, np.ndarray)):
        return value.tolist()
    raise TypeError(f"{value!r} is neither a number nor text")


def extraction_result(
    session: PipelineSession, update: Update, path: Path, asked: tuple[str, ...] | None
) -> ExtractionResult:
    """Summarise the features: which were computed for at least one unit, already existed, or failed for all units.

    Parameters
    ----------
    session
        Session after the step.
    update
        Changes made by the step.
    path
        HDF5 file of the session.
    asked
        Names requested; None for all.

    Returns
    -------
    result
        Names of the features by outcome.
    """
    movies = definitions_of(session.snapshot())
    unknown = unknown_names(asked or (), movies)
    tasks, _ = tasks_of(
        None if asked is None else tuple(name for name in asked if name not in unknown), movies
    )
    paths = [change.path for change in update.changes]
    # four parts are a whole feature; longer paths are parts added to another one, such as an STA's geometry
    made = {feature_in(path) for path in paths if len(path) == 4}
    result = ExtractionResult(path, warnings=list(update.warnings))
    for name in dict.fromkeys(task.name for task in tasks):
        held = [feature_of(unit, name) for unit in session.units.values()]
        if not any(ABSENT_REASON not in feature["metadata"] for feature in held if feature is not None):
            result.features_failed.append(name)
        elif name in made:
            result.features_extracted.append(name)
        else:
            result.features_skipped.append(name)
    result.features_failed += [name for name in asked or () if name in unknown or name in PLACEHOLDERS]
    return result
