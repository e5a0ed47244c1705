"""Flows: presets of the pipeline as files, which say what to run and with which parameters."""

from __future__ import annotations

import dataclasses
import json
import logging
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, get_args

from hdmea_gui import settings
from hdmea_gui.errors import ConfigurationError, DataLoadError
from hdmea_gui.io.json_file import read_json
from hdmea_gui.io.resources import resources_dir
from hdmea_gui.paths import local_path
from hdmea_gui.pipeline.parameters import make_params, parameters_of, recorded
from hdmea_gui.pipeline.plan import chosen_keys
from hdmea_gui.pipeline.steps import STEPS_BY_KEY
from hdmea_gui.session.dataset_id import file_name_fault

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

logger = logging.getLogger(__name__)

FOLDER = "flows"
SUFFIX = ".json"

Values = dict[str, dict[str, Any]]
"""Parameters by step and name."""


@dataclass(frozen=True)
class Flow:
    """What to run, and how.

    Parameters
    ----------
    name : str
        What it goes by.
    steps : tuple of str
        Keys of its steps, in pipeline order.
    parameters : dict
        By step, those parameters that are not as by default.
    description : str
        What it is for.
    path : Path or None
        Its file, if it comes from one.
    """

    name: str
    steps: tuple[str, ...]
    parameters: Values = field(default_factory=dict)
    description: str = ""
    path: Path | None = None

    def params_of(self, key: str) -> Any:
        """Parameters of a step, an object of its own class."""
        step = STEPS_BY_KEY.get(key)
        if step is None:
            raise ConfigurationError(f"There is no step '{key}'. The steps are: {', '.join(STEPS_BY_KEY)}.")
        return make_params(step.params, self.parameters.get(key, {}), step.title)

    def content(self) -> dict[str, Any]:
        """What stands in its file."""
        return {
            "name": self.name,
            "description": self.description,
            "steps": list(self.steps),
            "parameters": self.parameters,
        }


def flow_of(
    name: str, steps: Iterable[str], params: Mapping[str, Any], description: str = "", *, paths: bool = False
) -> Flow:
    """Make a flow of steps and their parameters.

    Parameters
    ----------
    name, description : str
        What it goes by, and what it is for.
    steps : iterable of str
        Keys of the steps.
    params : mapping
        Objects of parameters by step; those of other steps and those as by default are left out.
    paths : bool
        Whether to keep paths, which other computers have not.
    """
    keys = chosen_keys(steps)
    values: Values = {}
    for key in keys:
        own, usual = (
            recorded(params.get(key, STEPS_BY_KEY[key].params())),
            recorded(STEPS_BY_KEY[key].params()),
        )
        without = set() if paths else path_names(key)
        changed = {name: own[name] for name in own if own[name] != usual[name] and name not in without}
        if changed:
            values[key] = changed
    return Flow(name, keys, values, description)


def path_names(key: str) -> set[str]:
    """Names of those parameters of a step that are paths."""
    items = parameters_of(STEPS_BY_KEY[key].params)
    return {item.name for item in items if item.type is Path or Path in get_args(item.type)}


# Where flows are


def flow_folders(config_dir: str | os.PathLike[str] | None = None) -> list[Path]:
    """Folders of flows, the first comes first: of a configuration, of the user, of the program.

    Raises
    ------
    ConfigurationError
        The configuration is no folder.
    """
    folders = [own_folder(), resources_dir() / FOLDER]
    if config_dir is None:
        return folders
    given = local_path(config_dir)
    if not given.is_dir():
        raise ConfigurationError(
            f"The folder of the configuration, {given}, is not there. Name the folder that holds '{FOLDER}'."
        )
    return [given / FOLDER, *folders]


def own_folder() -> Path:
    """Folder of the user's own flows, which need not exist yet."""
    return settings.config_dir() / FOLDER


def available_flows(config_dir: str | os.PathLike[str] | None = None) -> dict[str, Path]:
    """Files of all flows by name, in alphabetical order; of two with one name the first folder's counts.

    A folder that is there and cannot be looked through is told in the log.
    """
    found, faults = _looked_through(flow_folders(config_dir))
    for fault in faults:
        logger.warning("%s", fault)
    return found


def _looked_through(folders: Iterable[Path]) -> tuple[dict[str, Path], list[str]]:
    """Files of flows by name, and for each folder that cannot be looked through a sentence."""
    found: dict[str, Path] = {}
    faults = []
    for folder in folders:
        try:
            for path in folder.iterdir():
                if path.match(f"*{SUFFIX}"):
                    found.setdefault(path.stem, path)
        except FileNotFoundError:
            pass  # nobody need have flows of his own
        except OSError as error:
            faults.append(f"There are no flows to be had from {folder}: {_reason(error)}.")
    return dict(sorted(found.items())), faults


def find_flow(name: str | os.PathLike[str], config_dir: str | os.PathLike[str] | None = None) -> Flow:
    """Give the flow of a name, or that of a file.

    Raises
    ------
    ConfigurationError
        There is no such flow, or its file says what cannot be understood.
    """
    looked_in = flow_folders(config_dir)
    known, faults = _looked_through(looked_in)
    text = os.fspath(name)
    if text in known:
        return dataclasses.replace(read_flow(known[text]), name=text)
    if text.endswith(SUFFIX) and local_path(text).is_file():
        return read_flow(local_path(text))
    folders = ", ".join(map(str, looked_in))
    sentence = f"There is no flow '{text}'. There are: {', '.join(known)}. Looked in {folders}."
    raise ConfigurationError(" ".join([sentence, *faults]))


# Files


def read_flow(path: Path) -> Flow:
    """Read a flow of this program or of the lab.

    Raises
    ------
    ConfigurationError
        The file cannot be read or says what cannot be understood; the sentence names it.
    """
    try:
        content = read_json(path, "flow (JSON)")
    except DataLoadError as error:
        raise ConfigurationError(str(error)) from error
    if not isinstance(content, dict):
        _refuse(path, "it holds no table with 'steps'")
    texts = {key: content.get(key, usual) for key, usual in (("name", path.stem), ("description", ""))}
    for key, value in texts.items():
        if not isinstance(value, str):
            _refuse(path, f"its '{key}' is {value!r} and must be a text")
    steps, parameters = _labs(path, content) if "steps" not in content else _ours(path, content)
    try:
        flow = Flow(texts["name"], chosen_keys(steps), parameters, texts["description"], path)
        for key in parameters:
            flow.params_of(key)
    except ConfigurationError as error:
        raise ConfigurationError(f"The flow {path} cannot be used. {error}") from error
    if not flow.steps:
        _refuse(path, f"it names no steps. The steps are: {', '.join(STEPS_BY_KEY)}")
    return flow


def _ours(path: Path, content: dict[str, Any]) -> tuple[list[str], Values]:
    steps, parameters = content["steps"], content.get("parameters", {})
    if not isinstance(steps, list) or not all(isinstance(key, str) for key in steps):
        _refuse(path, "its 'steps' must be a list of names of steps")
    if not isinstance(parameters, dict) or not all(isinstance(part, dict) for part in parameters.values()):
        _refuse(path, "its 'parameters' must be tables by step, as in {\"compute_sta\": {...}}")
    return steps, parameters


def _labs(path: Path, content: dict[str, Any]) -> tuple[list[str], Values]:
    """Steps of a flow in the lab's form: stages to load and to extract features, or a bare list of features."""
    stages = content.get("stages", {"features": {"feature_sets": content.get("features")}})
    features = stages.get("features", {"enabled": False}) if isinstance(stages, dict) else None
    if isinstance(features, dict) and features.get("enabled", True) is False:
        return ["load_recording"], {}
    names = features.get("feature_sets") if isinstance(features, dict) else None
    if not names or not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        _refuse(
            path, "it has neither 'steps' nor, in the lab's form, 'feature_sets' under 'stages', 'features'"
        )
    return ["load_recording", "extract_features"], {"extract_features": {"features": names}}


def _refuse(path: Path, why: str) -> NoReturn:
    raise ConfigurationError(f"The flow {path} cannot be used: {why}.")


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).rstrip(".")


def write_flow(flow: Flow, path: Path) -> Flow:
    """Write a flow to a file, whole or not at all; gives the flow with that file.

    Raises
    ------
    ConfigurationError
        The file cannot be written.
    """
    text = json.dumps(flow.content(), indent=2, ensure_ascii=False) + "\n"
    try:
        settings.write_whole(path, text)
    except OSError as error:
        raise ConfigurationError(
            f"The flow cannot be written to {path}: {_reason(error)}. Choose another folder."
        ) from error
    return dataclasses.replace(flow, path=path)


def own_path(name: str) -> Path:
    """Place of a flow of the user's own.

    Raises
    ------
    ConfigurationError
        The name cannot be that of a file.
    """
    fault = file_name_fault(name)
    if fault:
        raise ConfigurationError(f"A flow cannot go by the name {name!r}: {fault}. Choose another name.")
    return own_folder() / f"{name}{SUFFIX}"
