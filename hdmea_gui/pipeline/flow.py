"""Flows: pipeline presets stored as files, with the steps to run and their parameters."""

from __future__ import annotations

import dataclasses
import json
import logging
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from hdmea_gui import settings
from hdmea_gui.errors import ConfigurationError, DataLoadError
from hdmea_gui.file_replacement import write_text
from hdmea_gui.io.json_file import read_json
from hdmea_gui.io.resources import resources_dir
from hdmea_gui.paths import local_path
from hdmea_gui.pipeline.parameters import make_params, non_default
from hdmea_gui.pipeline.plan import chosen_keys
from hdmea_gui.pipeline.steps import STEPS_BY_KEY
from hdmea_gui.session.dataset_id import file_name_fault
from hdmea_gui.sources import refuse_recording

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

logger = logging.getLogger(__name__)

FOLDER = "flows"
SUFFIX = ".json"

Values = dict[str, dict[str, Any]]
"""Parameters by step and name."""


@dataclass(frozen=True)
class Flow:
    """Steps to run, and their parameters.

    Attributes
    ----------
    name
        Name of the flow.
    steps
        Keys of its steps, in pipeline order.
    parameters
        Parameters that differ from the defaults, by step.
    description
        Purpose of the flow.
    path
        File of the flow, if it has one.
    """

    name: str
    steps: tuple[str, ...]
    parameters: Values = field(default_factory=dict)
    description: str = ""
    path: Path | None = None

    def params_of(self, key: str) -> Any:
        """Return the parameters of a step, as an object of the step's parameter class."""
        step = STEPS_BY_KEY.get(key)
        if step is None:
            raise ConfigurationError(f"There is no step '{key}'. The steps are: {', '.join(STEPS_BY_KEY)}.")
        return make_params(step.params, self.parameters.get(key, {}), step.title)

    def content(self) -> dict[str, Any]:
        """Return the content of the flow's file."""
        return {
            "name": self.name,
            "description": self.description,
            "steps": list(self.steps),
            "parameters": self.parameters,
        }


def flow_of(
    name: str, steps: Iterable[str], params: Mapping[str, Any], description: str = "", *, paths: bool = False
) -> Flow:
    """Create a flow from steps and their parameters.

    Parameters
    ----------
    name, description
        Name and purpose of the flow.
    steps
        Keys of the steps.
    params
        Parameter objects by step. Those of other steps are ignored, and default values are not stored.
    paths
        Whether to keep paths, which are not valid on other computers.

    Returns
    -------
    flow
        The flow, without a file.
    """
    keys = chosen_keys(steps)
    values: Values = {}
    for key in keys:
        changed = non_default(params.get(key, STEPS_BY_KEY[key].params()), paths=paths)
        if changed:
            values[key] = changed
    return Flow(name, keys, values, description)


# Where flows are


def flow_folders(config_dir: str | os.PathLike[str] | None = None) -> list[Path]:
    """Return the folders of flows in order of precedence: the given configuration's, the user's, the program's.

    Raises
    ------
    ConfigurationError
        If the configuration is not a folder.
    """
    folders = [own_folder(), resources_dir() / FOLDER]
    if config_dir is None:
        return folders
    given = local_path(config_dir)
    if not given.is_dir():
        raise ConfigurationError(
            f"The configuration folder {given} does not exist. Choose the folder that contains '{FOLDER}'."
        )
    return [given / FOLDER, *folders]


def own_folder() -> Path:
    """Return the folder of the user's own flows, which need not exist yet."""
    return settings.config_dir() / FOLDER


def available_flows(config_dir: str | os.PathLike[str] | None = None) -> dict[str, Path]:
    """Return the files of all flows by name, in alphabetical order; the first folder takes precedence.

    A folder that exists but cannot be read is reported in the log.
    """
    found, faults = _looked_through(flow_folders(config_dir))
    for fault in faults:
        logger.warning("%s", fault)
    return found


def _looked_through(folders: Iterable[Path]) -> tuple[dict[str, Path], list[str]]:
    """Files of flows by name, and one message for each folder that cannot be read."""
    found: dict[str, Path] = {}
    faults = []
    for folder in folders:
        try:
            for path in folder.iterdir():
                if path.match(f"*{SUFFIX}"):
                    found.setdefault(path.stem, path)
        except FileNotFoundError:
            pass  # a user without flows of their own has no such folder
        except OSError as error:
            faults.append(f"The flows in {folder} cannot be read: {_reason(error)}.")
    return dict(sorted(found.items())), faults


def find_flow(name: str | os.PathLike[str], config_dir: str | os.PathLike[str] | None = None) -> Flow:
    """Return the flow with a given name or file.

    Raises
    ------
    ConfigurationError
        If there is no such flow, or its file is not a valid flow.
    """
    looked_in = flow_folders(config_dir)
    known, faults = _looked_through(looked_in)
    text = os.fspath(name)
    if text in known:
        # the file's name counts: a copied file still has the old name inside
        return dataclasses.replace(read_flow(known[text]), name=text)
    if text.endswith(SUFFIX) and local_path(text).is_file():
        return read_flow(local_path(text))
    folders = ", ".join(map(str, looked_in))
    message = f"There is no flow '{text}'. Available: {', '.join(known)}. Searched in {folders}."
    raise ConfigurationError(" ".join([message, *faults]))


# Files


def read_flow(path: Path) -> Flow:
    """Read a flow in the format of this program or of the lab.

    Raises
    ------
    ConfigurationError
        If the file cannot be read or is not a valid flow; the message names it.
    """
    try:
        content = read_json(path, "flow (JSON)")
    except DataLoadError as error:
        raise ConfigurationError(str(error)) from error
    if not isinstance(content, dict):
        _refuse(path, "it has no table with 'steps'")
    texts = {key: content.get(key, usual) for key, usual in (("name", path.stem), ("description", ""))}
    for key, value in texts.items():
        if not isinstance(value, str):
            _refuse(path, f"its '{key}' is {value!r} and must be text")
    steps, parameters = _labs(path, content) if "steps" not in content else _ours(path, content)
    try:
        flow = Flow(texts["name"], chosen_keys(steps), parameters, texts["description"], path)
        for key in parameters:
            flow.params_of(key)  # parameters of steps that the flow does not run are checked too
    except ConfigurationError as error:
        raise ConfigurationError(f"The flow {path} cannot be used. {error}") from error
    if not flow.steps:
        _refuse(path, f"it names no steps. The steps are: {', '.join(STEPS_BY_KEY)}")
    return flow


def _ours(path: Path, content: dict[str, Any]) -> tuple[list[str], Values]:
    steps, parameters = content["steps"], content.get("parameters", {})
    if not isinstance(steps, list) or not all(isinstance(key, str) for key in steps):
        _refuse(path, "its 'steps' must be a list of step names")
    if not isinstance(parameters, dict) or not all(isinstance(part, dict) for part in parameters.values()):
        _refuse(path, "its 'parameters' must be one table per step, as in {\"compute_sta\": {...}}")
    return steps, parameters


def _labs(path: Path, content: dict[str, Any]) -> tuple[list[str], Values]:
    """Steps of a flow in the lab's format: stages for loading and for features, or a plain list of features."""
    stages = content.get("stages", {"features": {"feature_sets": content.get("features")}})
    features = stages.get("features", {"enabled": False}) if isinstance(stages, dict) else None
    if isinstance(features, dict) and features.get("enabled", True) is False:
        return ["load_recording"], {}
    names = features.get("feature_sets") if isinstance(features, dict) else None
    if not names or not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        _refuse(
            path, "it has neither 'steps' nor, in the lab's format, 'feature_sets' under 'stages', 'features'"
        )
    return ["load_recording", "extract_features"], {"extract_features": {"features": names}}


def _refuse(path: Path, why: str) -> NoReturn:
    raise ConfigurationError(f"The flow {path} cannot be used: {why}.")


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).rstrip(".")


def write_flow(flow: Flow, path: Path) -> Flow:
    """Write a flow to a file, completely or not at all, and return the flow with that file.

    Raises
    ------
    ConfigurationError
        If the file cannot be written.
    SessionError
        If the file belongs to a recording.
    """
    refuse_recording(path)
    text = json.dumps(flow.content(), indent=2, ensure_ascii=False) + "\n"
    try:
        write_text(path, text)
    except OSError as error:
        raise ConfigurationError(
            f"The flow cannot be written to {path}: {_reason(error)}. Choose another folder."
        ) from error
    return dataclasses.replace(flow, path=path)


def own_path(name: str) -> Path:
    """Return the path of a flow in the user's own folder.

    Raises
    ------
    ConfigurationError
        If the name is not a valid file name.
    """
    fault = file_name_fault(name)
    if fault:
        raise ConfigurationError(f"A flow cannot be named {name!r}: {fault}. Choose another name.")
    return own_folder() / f"{name}{SUFFIX}"
