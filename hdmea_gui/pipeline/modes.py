"""One implementation, three ways to run it: on a session, on a file, or on both."""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hdmea_gui.errors import ConfigurationError, SessionError
from hdmea_gui.paths import is_same_place, local_path
from hdmea_gui.pipeline.parameters import make_params
from hdmea_gui.pipeline.step import Step, run_step
from hdmea_gui.pipeline.steps import STEPS_BY_KEY
from hdmea_gui.session import PipelineSession, Snapshot, Update

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

logger = logging.getLogger(__name__)

PathLike = str | os.PathLike[str]


@dataclass(frozen=True)
class Carried:
    """A step that was carried out.

    Parameters
    ----------
    session : PipelineSession
        The session with the step's result.
    update : Update
        What the step changed.
    hdf5_path : Path or None
        The file that has it too; None for a session in memory only.
    """

    session: PipelineSession
    update: Update
    hdf5_path: Path | None

    @property
    def warnings(self) -> list[str]:
        """The step's remarks."""
        return list(self.update.warnings)

    def elapsed_s(self, key: str) -> float:
        """How long the step took."""
        return float(self.session.steps[key]["duration_s"])


def as_names(given: Iterable[str | int] | str | None) -> tuple[str, ...] | None:
    """Names that a script gives, as a tuple; a text is one name."""
    return (given,) if isinstance(given, str) else None if given is None else tuple(map(str, given))


def run_on(session: PipelineSession, step: Step, values: Mapping[str, Any]) -> Update:
    """Run a step on a session, apply its update, and give that update."""
    update = run_step(step, session.snapshot(), make_params(step.params, values, step.title), STEPS_BY_KEY)
    return apply_and_tell(session, update)


def apply_and_tell(session: PipelineSession, update: Update) -> Update:
    """Apply an update, log its warnings, and give it back."""
    session.apply(update)
    for warning in update.warnings:
        logger.warning("%s: %s", update.name, warning)
    return update


def carry_out(
    key: str,
    values: Mapping[str, Any],
    hdf5_path: PathLike | None,
    session: PipelineSession | None,
    existing: Callable[[Snapshot], str | None],
    force: bool,
) -> Carried:
    """Run a step on a session, a file, or a session and its file.

    Parameters
    ----------
    key : str
        Key of the step.
    values : mapping
        Its parameters by name.
    hdf5_path : path or None
        The file; it is replaced whole or not at all.
    session : PipelineSession or None
        The session.
    existing : callable
        Names what a file already holds of the result, or None; without ``force`` that is an error.
    force : bool
        Whether what a file already holds may be replaced.

    Raises
    ------
    FileExistsError
        The file already holds the result.
    ConfigurationError
        Neither a session nor a file is given.
    SessionError
        Session and file do not belong together.
    """
    step = STEPS_BY_KEY[key]
    return carry_out_change(lambda target: run_on(target, step, values), hdf5_path, session, existing, force)


def carry_out_change(
    change: Callable[[PipelineSession], Update],
    hdf5_path: PathLike | None,
    session: PipelineSession | None,
    existing: Callable[[Snapshot], str | None],
    force: bool,
) -> Carried:
    """Change a session, a file, or a session and its file; see `carry_out` for what is not said here.

    Parameters
    ----------
    change : callable
        Changes a session and gives the update that it has applied.
    """
    if hdf5_path is None:
        if session is None:
            raise ConfigurationError("Neither a session nor a file is given. Pass session= or hdf5_path=.")
        return Carried(session, change(session), None)
    path = local_path(hdf5_path)
    if session is not None:
        path = joined(session, path)
    elif isinstance(hdf5_path, PipelineSession):
        session = hdf5_path  # used as its file, so it has been saved there
    else:
        session = PipelineSession.load(path)
    held = None if force else existing(session.snapshot())
    if held is not None:
        raise FileExistsError(f"{path} already holds {held}. Pass force=True to replace it.")
    update = change(session)
    session.update_file()
    return Carried(session, update, path)


def joined(session: PipelineSession, path: Path) -> Path:
    """The file of a session that is used together with a path: the session is saved there with a warning.

    Raises
    ------
    SessionError
        The path is another file than the session's, or holds another recording.
    """
    own = session.hdf5_path
    if own is None and path.exists():
        held = PipelineSession.load(path).dataset_id
        if held != session.dataset_id:
            raise SessionError(
                f"{path} holds the recording {held}, and the session is of {session.dataset_id}. Pass one of the two, "
                "not both."
            )
    if own is not None and not is_same_place(own, path):
        raise SessionError(
            f"The session belongs to {own}, and the file asked for is {path}. Pass one of the two, not both."
        )
    logger.warning(
        "A session and a file were given: the session is saved to %s before and after the step.", path
    )
    return session.ensure_saved(path)
