"""Public functions that list flows and run one on a recording."""

from __future__ import annotations

import dataclasses
import logging
from typing import TYPE_CHECKING, Any

from hdmea_gui.pipeline.computing import extraction_result
from hdmea_gui.pipeline.flow import available_flows, find_flow, path_names
from hdmea_gui.pipeline.modes import apply_and_tell
from hdmea_gui.pipeline.params_hash import params_hash
from hdmea_gui.pipeline.plan import LeftOut, Plan, run_planned
from hdmea_gui.pipeline.results import FlowResult, LoadResult
from hdmea_gui.pipeline.step import is_done
from hdmea_gui.pipeline.steps import STEPS_BY_KEY
from hdmea_gui.session import PipelineSession, Update, create_session

if TYPE_CHECKING:
    from pathlib import Path

    from hdmea_gui.pipeline.flow import Flow
    from hdmea_gui.pipeline.modes import PathLike

logger = logging.getLogger(__name__)

LOAD, EXTRACT = "load_recording", "extract_features"


def list_available_flows(config_dir: PathLike | None = None) -> list[str]:
    """Names of all flows, in alphabetical order.

    Parameters
    ----------
    config_dir : path, optional
        Parent of a folder ``flows``; its flows come before the user's own, and these before the program's.

    Raises
    ------
    ConfigurationError
        The folder is not there.
    """
    return list(available_flows(config_dir))


def get_flow_info(flow_name: str, config_dir: PathLike | None = None) -> dict[str, Any]:
    """What a flow does.

    Parameters
    ----------
    flow_name : str
        Its name, or its file.
    config_dir : path, optional
        See `list_available_flows`.

    Returns
    -------
    dict
        ``name``, ``description``, ``steps``, ``parameters`` (by step, where not as by default), ``playlist``,
        ``features`` (None for all that the movies shown allow) and ``path``.

    Raises
    ------
    ConfigurationError
        There is no such flow, or its file cannot be understood.
    """
    flow = find_flow(flow_name, config_dir)
    return {
        **flow.content(),
        "playlist": flow.params_of("add_section_time").playlist_name,
        "features": flow.params_of(EXTRACT).features,
        "path": flow.path,
    }


def run_flow(
    flow_name: str,
    cmcr_path: PathLike | None = None,
    cmtr_path: PathLike | None = None,
    dataset_id: str | None = None,
    *,
    output_dir: PathLike = "artifacts",
    config_dir: PathLike | None = None,
    force_load: bool = False,
    force_extract: bool = False,
) -> FlowResult:
    """Run the steps of a flow on a recording and write ``output_dir/<dataset_id>.h5`` once, at the end.

    A file that is there already is gone on from: what it holds as the flow wants it is not computed again. Steps that
    the recording does not allow are left out, with a line in the log. If a step fails, the file has what was done
    before it.

    Parameters
    ----------
    flow_name : str
        Name of the flow, or its file.
    cmcr_path, cmtr_path : path, optional
        Raw and sorted file; not needed where the file is there already.
    dataset_id : str, optional
        Name of the recording; left out, the raw file's name without trailing hyphens.
    output_dir : path
        Folder of the file.
    config_dir : path, optional
        Parent of a folder ``flows``.
    force_load, force_extract : bool
        Whether to load the recording, to compute the features again.

    Returns
    -------
    FlowResult
        Where the result is and how it went.

    Raises
    ------
    ConfigurationError
        There is no such flow, or it cannot be understood.
    FileExistsError
        The file exists, was loaded otherwise, and ``force_load`` is not set.
    HDMEAError
        A step failed.
    """
    flow = find_flow(flow_name, config_dir)
    made = create_session(dataset_id, cmcr_path, cmtr_path, output_dir)
    path = made.save_path
    held = None if force_load or not path.exists() else _held(path, flow)
    return _Run(flow, held or made, path, force_extract).result(is_cached=held is not None)


def _held(path: Path, flow: Flow) -> PipelineSession:
    """The session of an existing file, if the flow can go on from it."""
    session = PipelineSession.load(path)
    loaded = is_done(STEPS_BY_KEY[LOAD], session.snapshot())
    wanted = _load_hash(flow)
    if loaded and session.root.get("stage1_params_hash", wanted) == wanted:
        return session
    raise FileExistsError(
        f"{path} exists and is not what the flow '{flow.name}' would load. Pass force_load=True to replace it."
    )


def _load_hash(flow: Flow) -> str:
    values = flow.parameters.get(LOAD, {})
    return params_hash({name: value for name, value in values.items() if name not in path_names(LOAD)})


class _Run:
    """One run of a flow on a session."""

    def __init__(self, flow: Flow, session: PipelineSession, path: Path, force_extract: bool) -> None:
        self._flow, self._session, self._path = flow, session, path
        self._force_extract = force_extract
        self._features = Update("Features")

    def result(self, *, is_cached: bool) -> FlowResult:
        """Run the steps, save, and tell how it went."""
        keys = list(self._flow.steps)
        if is_cached and LOAD in keys:
            keys.remove(LOAD)
        try:
            for key in keys:
                self._run(key)
        finally:
            if is_cached and not self._session.is_saved:
                self._session.update_file()
            elif self._session.units and not self._session.is_saved:
                self._session.save(self._path)
        load = LoadResult(
            self._path, self._session.dataset_id, self._session.unit_count, bool(self._session.units)
        )
        load.warnings = [f"{self._path} was there already and is gone on from (cached)."] if is_cached else []
        load.warnings += self._session.steps.get(LOAD, {}).get("warnings", [])
        result = FlowResult(self._path, load, success=load.stage1_completed)
        if EXTRACT in self._flow.steps:
            asked = self._flow.params_of(EXTRACT).features
            result.extraction_result = extraction_result(self._session, self._features, self._path, asked)
            result.success = result.success and not result.extraction_result.features_failed
        return result

    def _run(self, key: str) -> None:
        step, params = STEPS_BY_KEY[key], self._flow.params_of(key)
        if key == EXTRACT:
            params = dataclasses.replace(params, force=self._force_extract)
        again = key == LOAD or (key == EXTRACT and self._force_extract)
        update = run_planned(step, self._session.snapshot(), Plan((key,), {key: params}, skip_done=not again))
        if isinstance(update, LeftOut):
            logger.warning("%s was left out: %s.", step.title, update.message)
            return
        apply_and_tell(self._session, update)
        if key == LOAD:
            self._session.root["stage1_params_hash"] = _load_hash(self._flow)
        if key == EXTRACT:
            self._features = update
