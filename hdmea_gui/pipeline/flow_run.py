"""Public functions that list flows and run a flow on a recording."""

from __future__ import annotations

import dataclasses
import logging
from typing import TYPE_CHECKING, Any

from hdmea_gui.pipeline.computing import extraction_result
from hdmea_gui.pipeline.flow import available_flows, find_flow
from hdmea_gui.pipeline.load_config import HASH, note_config, was_loaded_with
from hdmea_gui.pipeline.modes import run_and_tell
from hdmea_gui.pipeline.parameters import path_names
from hdmea_gui.pipeline.plan import Plan
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
    """List the names of all flows in alphabetical order.

    Parameters
    ----------
    config_dir
        Parent of a folder ``flows``, which takes precedence over the user's own flows and the program's.

    Returns
    -------
    names
        Names of the flows.

    Raises
    ------
    ConfigurationError
        If the folder does not exist.
    """
    return list(available_flows(config_dir))


def get_flow_info(flow_name: str, config_dir: PathLike | None = None) -> dict[str, Any]:
    """Return a description of a flow.

    Parameters
    ----------
    flow_name
        Name or file of the flow.
    config_dir
        See `list_available_flows`.

    Returns
    -------
    info
        ``name``, ``description``, ``steps``, ``parameters`` (by step, if different from the defaults), ``playlist``,
        ``features`` (None for all that the movies allow) and ``path``.

    Raises
    ------
    ConfigurationError
        If there is no such flow, or its file is not a valid flow.
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

    An existing file is continued: results that match the flow are not recomputed. Steps that are not possible with the
    recording are left out, with a line in the log. If a step fails, the file contains the results of the steps before
    it.

    Parameters
    ----------
    flow_name
        Name or file of the flow.
    cmcr_path, cmtr_path
        Raw and sorted file; not needed if the output file already exists.
    dataset_id
        Name of the recording; by default the name of the raw file without trailing hyphens.
    output_dir
        Folder of the output file.
    config_dir
        Parent of a folder ``flows``.
    force_load, force_extract
        Whether to reload the recording, and whether to recompute the features.

    Returns
    -------
    result
        Output file and outcome of the run.

    Raises
    ------
    ConfigurationError
        If there is no such flow, or its file is not a valid flow.
    FileExistsError
        If the file exists, was loaded with other parameters, and ``force_load`` is not set.
    HDMEAError
        If a step failed.
    """
    flow = find_flow(flow_name, config_dir)
    made = create_session(dataset_id, cmcr_path, cmtr_path, output_dir)
    path = made.save_path
    held = None if force_load or not path.exists() else _held(path, flow)
    return _Run(flow, held or made, path, force_extract).result(is_cached=held is not None)


def _held(path: Path, flow: Flow) -> PipelineSession:
    """Session of an existing file, if the flow can continue from it."""
    session = PipelineSession.load(path)
    step = STEPS_BY_KEY[LOAD]
    # a file without a hash is accepted: the lab's scripts write none in session mode
    is_same = HASH not in session.root or was_loaded_with(session, _load_config(flow), step.params)
    if is_done(step, session.snapshot()) and is_same:
        return session
    raise FileExistsError(
        f"{path} already exists and differs from what the flow '{flow.name}' would load. Pass force_load=True to "
        "replace it."
    )


def _load_config(flow: Flow) -> dict[str, Any]:
    """Load parameters of a flow without the paths: a recording may have moved to another folder."""
    without = path_names(STEPS_BY_KEY[LOAD].params)
    return {name: value for name, value in flow.parameters.get(LOAD, {}).items() if name not in without}


class _Run:
    """One run of a flow on a session."""

    def __init__(self, flow: Flow, session: PipelineSession, path: Path, force_extract: bool) -> None:
        self._flow, self._session, self._path = flow, session, path
        self._force_extract = force_extract
        self._features = Update("Features")

    def result(self, *, is_cached: bool) -> FlowResult:
        """Run the steps, save, and return the outcome."""
        try:
            self._run_steps(without={LOAD} if is_cached else set())
        finally:  # also after a failed step: the results before it are kept
            if is_cached and not self._session.is_saved:
                self._session.update_file()
            elif self._session.units and not self._session.is_saved:
                self._session.save(self._path)
        load = LoadResult(
            self._path, self._session.dataset_id, self._session.unit_count, bool(self._session.units)
        )
        load.warnings = (
            [f"{self._path} already exists; the run continued from it (cached)."] if is_cached else []
        )
        load.warnings += self._session.steps.get(LOAD, {}).get("warnings", [])
        result = FlowResult(self._path, load, success=load.stage1_completed)
        if EXTRACT in self._flow.steps:
            asked = self._flow.params_of(EXTRACT).features
            result.extraction_result = extraction_result(self._session, self._features, self._path, asked)
            result.success = result.success and not result.extraction_result.features_failed
        return result

    def _run_steps(self, without: set[str]) -> None:
        keys = tuple(key for key in self._flow.steps if key not in without)
        params = {key: self._flow.params_of(key) for key in keys}
        if EXTRACT in params:
            params[EXTRACT] = dataclasses.replace(params[EXTRACT], force=self._force_extract)
        again = frozenset({EXTRACT} if self._force_extract else ())
        plan = Plan(keys, params, skip_done=True, again=again)
        for status, update in run_and_tell(self._session, plan):
            if update is None:
                logger.warning("%s was left out: %s.", status.title, status.message)
            elif status.key == LOAD:
                note_config(self._session, _load_config(self._flow))
            elif status.key == EXTRACT:
                self._features = update
