"""Public functions that compute images, averages and features."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from hdmea_gui.errors import ConfigurationError
from hdmea_gui.paths import optional_path
from hdmea_gui.pipeline.features import PLACEHOLDERS
from hdmea_gui.pipeline.features.tasks import definitions_of, tasks_of
from hdmea_gui.pipeline.modes import Carried, PathLike, as_names, carry_out
from hdmea_gui.pipeline.results import EImageSTAResult, ExtractionResult, GeometryResult, STAResult
from hdmea_gui.pipeline.steps import STEPS_BY_KEY
from hdmea_gui.pipeline.steps.compute_sta import noise_movies

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from hdmea_gui.session import PipelineSession, Snapshot, Update


def _held(key: str) -> Callable[[Snapshot], str | None]:
    """A function that names a step's result where a file has it already."""
    step = STEPS_BY_KEY[key]
    return lambda snapshot: step.gives if step.has_result(snapshot) else None


def _updated(done: Carried, name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The units and features of one name that a step has put, or into which it has put something."""
    units = {
        change.path[1] for change in done.update.changes if change.path[0] == "units" and name in change.path
    }
    for unit_id in sorted(units):
        yield unit_id, done.session.units[unit_id]["features"][name]


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
) -> EImageSTAResult | PipelineSession:
    """Compute the electrical images of a loaded recording.

    Parameters
    ----------
    hdf5_path : path, optional
        The recording's HDF5 file; it is replaced whole or not at all.
    cmcr_path : path, optional
        Raw file; left out, the one that the recording was loaded from.
    cutoff_hz, filter_order, skip_highpass
        Butterworth high-pass of zero phase, or none.
    pre_samples, post_samples : int
        Window around a spike.
    spike_limit : int
        At most so many spikes of a unit.
    duration_s : float or None
        Analysed stretch from the recording's start, in seconds; None takes all of it.
    use_cache, cache_path
        Accepted and ignored: nothing is cached.
    force : bool
        Whether images in the file may be replaced.
    session : PipelineSession, optional
        With one, it is changed and given back, and no file is written unless ``hdf5_path`` names its own.

    Raises
    ------
    FileExistsError
        The file has images and ``force`` is not set.
    MissingInputError
        No raw file is known, or it holds no sensor data.
    """
    values = {
        "cmcr_path": optional_path(cmcr_path),
        "duration_s": duration_s,
        "window_range": (-pre_samples, post_samples),
        "spike_limit": spike_limit,
        "cutoff_hz": cutoff_hz,
        "filter_order": filter_order,
        "skip_highpass": skip_highpass,
    }
    done = carry_out("compute_eimage_sta", values, hdf5_path, session, _held("compute_eimage_sta"), force)
    if session is not None or done.hdf5_path is None:
        return done.session
    made = {
        unit_id for unit_id, feature in _updated(done, "eimage_sta") if feature["metadata"]["n_spikes_used"]
    }
    failed = [unit_id for unit_id in done.session.units if unit_id not in made]
    elapsed = done.elapsed_s("compute_eimage_sta")
    processed = done.session.unit_count - len(failed)
    return EImageSTAResult(done.hdf5_path, processed, len(failed), elapsed, elapsed, done.warnings, failed)


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
    """Compute the stimulus STA: the mean of the noise movie before a unit's spikes (Chichilnisky 2001).

    Parameters
    ----------
    hdf5_path : path, optional
        File with sectioned spikes; it is replaced whole or not at all.
    cover_range : tuple of int
        Window in display frames relative to the spike's frame, the second one exclusive.
    use_multiprocessing : bool
        Accepted and ignored: the computation is one matrix product.
    stimuli_dir : path, optional
        Folder with the movie's frames, ``<movie>.npy``; else from the settings or HDMEA_STIMULI.
    force : bool
        Whether an STA in the file may be replaced.
    session : PipelineSession, optional
        With one, it is changed and given back, and no file is written unless ``hdf5_path`` names its own.
    movie_name : str, optional
        The noise movie, where several were shown.

    Returns
    -------
    STAResult or PipelineSession
        The session if one was given. The STA of a unit is float32 (n_lags, height, width), in the movie's 0-255.

    Raises
    ------
    FileExistsError
        The file has an STA and ``force`` is not set.
    ConfigurationError
        Several noise movies and none chosen, or the movie's frames are missing or of another length.
    MissingInputError
        There are no sectioned spikes, or no noise movie.
    """
    key = "compute_sta"
    window = (int(cover_range[0]), int(cover_range[1]))
    values = {
        "cover_range": window,
        "stimuli_dir": optional_path(stimuli_dir),
        "movie_name": movie_name,
    }

    def held(snapshot: Snapshot) -> str | None:
        movies = [movie_name] if movie_name is not None else noise_movies(snapshot)
        there = {name for unit in snapshot.units.values() for name in unit.get("features", {})}
        clash = [movie for movie in movies if f"sta_{movie}" in there]
        return f"a stimulus STA of {', '.join(clash)}" if clash else None

    done = carry_out(key, values, hdf5_path, session, held, force)
    if session is not None or done.hdf5_path is None:
        return done.session
    name = next(change.path[3] for change in done.update.changes if change.path[0] == "units")
    features = dict(_updated(done, name))
    failed = [unit_id for unit_id, feature in features.items() if not feature["metadata"]["n_spikes_used"]]
    return STAResult(
        done.hdf5_path,
        name.removeprefix("sta_"),
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
    """Describe the receptive field in every stimulus STA.

    Parameters
    ----------
    hdf5_path : path, optional
        File with stimulus STAs; it is replaced whole or not at all.
    force : bool
        Whether geometries in the file may be replaced.
    session : PipelineSession, optional
        With one, it is changed and given back, and no file is written unless ``hdf5_path`` names its own.
    movie_name : str, optional
        Only the STA of this movie.

    Raises
    ------
    FileExistsError
        The file has the geometries and ``force`` is not set.
    MissingInputError
        There is no STA.
    """
    return _geometry("rf_geometry", "sta_geometry", {"movie_name": movie_name}, hdf5_path, session, force)


def compute_soma_geometry(
    hdf5_path: PathLike | None = None,
    *,
    force: bool = False,
    session: PipelineSession | None = None,
    frames_around: int = 5,
) -> GeometryResult | PipelineSession:
    """Find the soma in every electrical image.

    Parameters
    ----------
    hdf5_path : path, optional
        File with electrical images; it is replaced whole or not at all.
    force : bool
        Whether geometries in the file may be replaced.
    session : PipelineSession, optional
        With one, it is changed and given back, and no file is written unless ``hdf5_path`` names its own.
    frames_around : int
        Samples on either side of the spike that count for the soma's extent.

    Raises
    ------
    FileExistsError
        The file has the geometries and ``force`` is not set.
    MissingInputError
        There are no electrical images.
    """
    values = {"frames_around": frames_around}
    return _geometry("soma_geometry", "geometry", values, hdf5_path, session, force)


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
    found = {change.path[1] for change in made if "absent_reason" not in change.value}
    failed = {change.path[1] for change in made} - found
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
    hdf5_path : path, optional
        File with a loaded recording; it is replaced whole or not at all.
    features : iterable of str or str, optional
        Registered names, or one; left out, every feature that the movies shown allow.
    force : bool
        Whether to compute again what is there already.
    config_overrides : mapping, optional
        Parameters, by feature name or flat for all.
    session : PipelineSession, optional
        With one, it is changed and given back, and no file is written unless ``hdf5_path`` names its own.

    Returns
    -------
    ExtractionResult or PipelineSession
        The session if one was given.

    Raises
    ------
    FeatureExtractionError
        A name is unknown.
    ConfigurationError
        A parameter is unknown or does not fit.
    """
    asked = as_names(features)
    values = {"features": asked, "force": force, "overrides": _as_json(config_overrides or {})}
    done = carry_out("extract_features", values, hdf5_path, session, lambda _: None, force)
    if session is not None or done.hdf5_path is None:
        return done.session
    return extraction_result(done.session, done.update, done.hdf5_path, asked)


def _as_json(overrides: Mapping[str, Any]) -> str:
    """Parameters of features as the step takes them; numbers of NumPy count as numbers."""
    try:
        return json.dumps(dict(overrides), default=_of_numpy)
    except (TypeError, ValueError) as error:
        raise ConfigurationError(f"The parameters of the features cannot be used: {error}.") from error


def _of_numpy(value: Any) -> Any:
    if isinstance(value, (np.generic, np.ndarray)):
        return value.tolist()
    raise TypeError(f"{value!r} is neither a number nor a text")


def extraction_result(
    session: PipelineSession, update: Update, path: Path, asked: tuple[str, ...] | None
) -> ExtractionResult:
    """Tell by task: what at least one unit has now, what was there already, what no unit has."""
    tasks, _ = tasks_of(asked, definitions_of(session.snapshot()))
    paths = [change.path for change in update.changes]
    made = {path[3] for path in paths if path[0] == "units" and len(path) == 4}
    features = [unit.get("features", {}) for unit in session.units.values()]
    result = ExtractionResult(path, warnings=list(update.warnings))
    for name in dict.fromkeys(task.name for task in tasks):
        if not any("absent_reason" not in held[name]["metadata"] for held in features if name in held):
            result.features_failed.append(name)
        elif name in made:
            result.features_extracted.append(name)
        else:
            result.features_skipped.append(name)
    result.features_failed += [name for name in asked or () if name in PLACEHOLDERS]
    return result
