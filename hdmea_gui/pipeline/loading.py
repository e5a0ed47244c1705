"""Public functions that load a recording or a session."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Literal

from hdmea_gui.errors import ConfigurationError, DataLoadError, MismatchError
from hdmea_gui.paths import optional_path
from hdmea_gui.pipeline.load_config import note_config, was_loaded_with
from hdmea_gui.pipeline.modes import PathLike, as_names, run_on
from hdmea_gui.pipeline.parameters import parameters_of
from hdmea_gui.pipeline.results import LoadResult, LoadWithEImageSTAResult
from hdmea_gui.pipeline.step import is_done
from hdmea_gui.pipeline.steps import STEPS_BY_KEY
from hdmea_gui.session import PipelineSession, create_session, resident
from hdmea_gui.session.dataset_id import validated_dataset_id
from hdmea_gui.session.unit import features_of, image_of, n_spikes_used

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

logger = logging.getLogger(__name__)

LOAD = STEPS_BY_KEY["load_recording"]
EIMAGE = STEPS_BY_KEY["compute_eimage_sta"]
INTEGRATED = "load_recording_with_eimage_sta"


def load_recording(
    cmcr_path: PathLike | None = None,
    cmtr_path: PathLike | None = None,
    dataset_id: str | None = None,
    *,
    output_dir: PathLike = "artifacts",
    force: bool = False,
    allow_overwrite: bool = False,
    config: Mapping[str, Any] | None = None,
    session: PipelineSession | None = None,
    sorting_path: PathLike | None = None,
) -> LoadResult | PipelineSession:
    """Load the spikes, waveforms, light channels and frame times of a recording.

    Parameters
    ----------
    cmcr_path, cmtr_path
        Raw and sorted file; one of them is sufficient for the data it contains.
    sorting_path
        Folder or file of another spike sorter, such as Kilosort or phy, in place of ``cmtr_path``.
    dataset_id
        Name of the recording; by default the name of the raw file without trailing hyphens.
    output_dir
        Folder of the file that is written without a session.
    force, allow_overwrite
        Whether an existing file may be replaced; ``force`` also reloads a file that is up to date.
    config
        Parameters of the step, such as ``unit_meta``; all entries enter the file's parameter hash.
    session
        If given, it is modified and returned, and no file is written. Otherwise ``output_dir/<dataset_id>.h5`` is
        written; a complete file with the same ``config`` is left unchanged.

    Returns
    -------
    result
        Summary of the load, or the session if one was given. Spike times are uint64 (n_spikes,), samples.

    Raises
    ------
    ConfigurationError
        If neither file is given, and there is no existing file to use.
    DataLoadError
        If a file cannot be read.
    FileExistsError
        If the file exists with other parameters, and neither ``force`` nor ``allow_overwrite`` is set.
    MismatchError
        If the session belongs to another dataset.
    """
    settings = dict(config or {})
    values = _paths(cmcr_path, cmtr_path, sorting_path) | _known(settings)
    if session is not None:
        _check_id(session, dataset_id)
        run_on(session, LOAD, values)
        note_config(session, settings)
        return session
    made = create_session(dataset_id, cmcr_path, cmtr_path or sorting_path, output_dir)
    if made.save_path.exists() and not force:
        cached = _cached(made.save_path, settings)
        if cached is not None:
            return cached
        if not allow_overwrite:
            raise FileExistsError(
                f"{made.save_path} already exists and differs from what this call would write. Pass force=True to "
                "replace it."
            )
    if cmcr_path is None and cmtr_path is None and sorting_path is None:
        raise ConfigurationError("No recording is given. Pass cmcr_path, cmtr_path or both.")
    run_on(made, LOAD, values)
    note_config(made, settings)
    return LoadResult(
        made.save(), made.dataset_id, made.unit_count, stage1_completed=True, warnings=list(made.warnings)
    )


def load_recording_with_eimage_sta(
    cmcr_path: PathLike,
    cmtr_path: PathLike,
    dataset_id: str | None = None,
    *,
    output_dir: PathLike = "artifacts",
    force: bool = False,
    duration_s: float | None = 120.0,
    spike_limit: int = 10000,
    unit_ids: Iterable[str | int] | str | None = None,
    window_range: tuple[int, int] = (-10, 40),
    cutoff_hz: float = 100.0,
    filter_order: int = 2,
    skip_highpass: bool = False,
    chunk_duration_s: float = 10.0,  # noqa: ARG001 - the lab's scripts pass it; results never depend on it
    session: PipelineSession | None = None,
    load_unit_meta: bool | Literal["full"] = True,
    load_sys_meta: bool = True,
) -> LoadWithEImageSTAResult | PipelineSession:
    """Load a recording and compute its electrical images in one go.

    Parameters
    ----------
    cmcr_path, cmtr_path
        Raw and sorted file.
    dataset_id, output_dir
        See `load_recording`.
    force
        Whether an existing file may be replaced.
    duration_s
        Analysed duration from the start of the recording, s; None for all of it.
    spike_limit
        Maximum number of spikes per unit.
    unit_ids
        Units to image, as ``"unit_001"``, ``"1"`` or 1; by default all.
    window_range
        Window relative to a spike, samples. The end is exclusive.
    cutoff_hz, filter_order
        Cutoff (Hz) and order of the zero-phase Butterworth high-pass.
    skip_highpass
        Whether to subtract each electrode's mean instead of filtering.
    chunk_duration_s
        Accepted and ignored: the amount read at a time never changes results.
    session
        If given, it is modified and returned, and no file is written.
    load_unit_meta
        Whether to keep the sorter's quality measures; "full" also keeps every peak with its cutout.
    load_sys_meta
        Whether to keep the attributes of both files.

    Returns
    -------
    result
        Summary of the run, or the session if one was given. The image of a unit is float32
        (n_lags, n_axis_1, n_axis_2), raw counts, with axes 1 and 2 in the order of the sensor data.

    Raises
    ------
    DataLoadError
        If a file cannot be read.
    FileExistsError
        If the file exists and ``force`` is not set.
    """
    unit_meta = "full" if load_unit_meta == "full" else "yes" if load_unit_meta else "no"
    load_values = _paths(cmcr_path, cmtr_path) | {"unit_meta": unit_meta, "sys_meta": load_sys_meta}
    image_values = {
        "duration_s": duration_s,
        "spike_limit": spike_limit,
        "unit_ids": as_names(unit_ids),
        "window_range": (int(window_range[0]), int(window_range[1])),
        "cutoff_hz": cutoff_hz,
        "filter_order": filter_order,
        "skip_highpass": skip_highpass,
    }
    target = session or create_session(dataset_id, cmcr_path, cmtr_path, output_dir)
    _check_id(target, dataset_id)
    if session is None and target.save_path.exists() and not force:
        raise FileExistsError(f"{target.save_path} already exists. Pass force=True to replace it.")
    run_on(target, LOAD, load_values)
    run_on(target, EIMAGE, image_values)
    target.mark_step_complete(INTEGRATED)
    if session is not None:
        return session
    seconds = [float(target.steps[step.key]["duration_s"]) for step in (LOAD, EIMAGE)]
    return LoadWithEImageSTAResult(
        target.save(),
        target.dataset_id,
        target.unit_count,
        units_with_sta=_units_with_image(target),
        stage1_completed=True,
        elapsed_seconds=sum(seconds),
        filter_time_seconds=seconds[1],
        warnings=list(target.warnings),
    )


def _paths(
    cmcr_path: PathLike | None, cmtr_path: PathLike | None, sorting_path: PathLike | None = None
) -> dict[str, Any]:
    given = {"cmcr_path": cmcr_path, "cmtr_path": cmtr_path, "sorting_path": sorting_path}
    return {name: optional_path(path) for name, path in given.items()}


def _known(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Entries of a config that are parameters of the step; the others only enter the hash."""
    names = {item.name for item in parameters_of(LOAD.params)} - _paths(None, None).keys()
    return {name: value for name, value in settings.items() if name in names}


def _check_id(session: PipelineSession, dataset_id: str | None) -> None:
    if dataset_id is not None and validated_dataset_id(dataset_id) != session.dataset_id:
        raise MismatchError(
            f"The session belongs to '{session.dataset_id}', but the requested recording is '{dataset_id}'."
        )


def _cached(path: Path, settings: Mapping[str, Any]) -> LoadResult | None:
    """Result of an existing file, if it is complete and was written with the same settings."""
    try:
        held = PipelineSession.load(path)
    except DataLoadError:
        return None  # a damaged file is not used, but not replaced unasked either
    if not is_done(LOAD, held.snapshot()) or not was_loaded_with(held, settings, LOAD.params):
        return None
    message = f"{path} was written with the same parameters and is used unchanged (cached)."
    logger.warning(message)
    return LoadResult(path, held.dataset_id, held.unit_count, stage1_completed=True, warnings=[message])


def _units_with_image(session: PipelineSession) -> int:
    return sum(bool(n_spikes_used(image_of(unit) or {})) for unit in session.units.values())


def load_session_from_hdf5(
    hdf5_path: PathLike, *, dataset_id: str | None = None, load_features: Iterable[str] | str | None = None
) -> PipelineSession:
    """Load a file into a session that counts as unsaved, to continue from it.

    Parameters
    ----------
    hdf5_path
        Session, checkpoint, or file of the lab's scripts.
    dataset_id
        New name for the recording; by default that in the file, or else the name of the file.
    load_features
        Names of features to load into memory now. Other large arrays stay in the file until they are read, and
        nothing is lost at the next save.

    Returns
    -------
    session
        Deferred, with the file as its ``hdf5_path``.

    Raises
    ------
    MissingFileError
        If the file is missing.
    NotASessionError
        If the file is damaged or of another kind.
    """
    session = PipelineSession.load(hdf5_path, dataset_id=dataset_id)
    session.mark_step_complete("load_from_hdf5")
    wanted = set(as_names(load_features) or ())
    for unit in session.units.values():
        features = features_of(unit)
        features |= {name: resident(features[name]) for name in wanted & set(features)}
    session.mark_deferred()
    return session
