"""Execution of steps in three modes: on a session, on a file, or on both."""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hdmea_gui.errors import ConfigurationError, SessionError
from hdmea_gui.paths import is_same_place, local_path
from hdmea_gui.pipeline.parameters import make_params
from hdmea_gui.pipeline.plan import Plan
from hdmea_gui.pipeline.running import run_on_session
from hdmea_gui.pipeline.steps import STEPS_BY_KEY
from hdmea_gui.session import LoggedWarning, PipelineSession, Snapshot, Update
from hdmea_gui.session.update import gained

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from hdmea_gui.pipeline.status import StepStatus
    from hdmea_gui.pipeline.step import Step

logger = logging.getLogger(__name__)

PathLike = str | os.PathLike[str]


@dataclass(frozen=True)
class Carried:
    """A completed step.

    Attributes
    ----------
    session
        Session with the result of the step.
    update
        Changes made by the step.
    hdf5_path
        File that also has the result; None for a session in memory only.
    """

    session: PipelineSession
    update: Update
    hdf5_path: Path | None

    @property
    def warnings(self) -> list[str]:
        """Warnings of the step."""
        return list(self.update.warnings)

    def elapsed_s(self, key: str) -> float:
        """Return the duration of the step, s."""
        return float(self.session.steps[key]["duration_s"])


def as_names(given: Iterable[str | int] | str | None) -> tuple[str, ...] | None:
    """Return the names passed by a script as a tuple; a string is a single name."""
    return (given,) if isinstance(given, str) else None if given is None else tuple(map(str, given))


def run_on(session: PipelineSession, step: Step, values: Mapping[str, Any]) -> Update:
    """Run a step on a session, apply its update, and return it."""
    plan = Plan((step.key,), {step.key: make_params(step.params, values, step.title)}, is_call=True)
    ((_, update),) = run_and_tell(session, plan)
    assert update is not None  # noqa: S101 - a step that a script calls is not left out
    return update


def run_and_tell(session: PipelineSession, plan: Plan) -> Iterator[tuple[StepStatus, Update | None]]:
    """Run the steps of a plan for a script: log their warnings and raise their errors.

    Parameters
    ----------
    session
        Receives the result of each step as soon as it is done.
    plan
        Steps to run.

    Yields
    ------
    ended
        How a step ended, and the update that was applied; None for a step that was left out.
    """
    updates: list[Update] = []
    for status in run_on_session(session, plan, updates.append, raises=True):
        yield status, apply_and_tell(session, updates.pop()) if updates else None


def apply_and_tell(session: PipelineSession, update: Update) -> Update:
    """Apply an update to a session, log its warnings if that has not been done, and return it."""
    session.apply(update)
    for warning in update.warnings:
        if not isinstance(warning, LoggedWarning):
            logger.warning("%s: %s", update.name, warning)
    return update


def tell(session: PipelineSession, warning: str) -> None:
    """Log a warning and add it to those of a session."""
    logger.warning(warning)
    session.warnings = gained(session.warnings, [warning])


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
    key
        Key of the step.
    values
        Parameters of the step by name.
    hdf5_path
        File to change; it is replaced as a whole or not at all.
    session
        Session to change.
    existing
        Function of a snapshot that names the existing result, or returns None. An existing result is an error
        without ``force``.
    force
        Whether an existing result in the file may be replaced.

    Returns
    -------
    done
        The session and the changes made.

    Raises
    ------
    FileExistsError
        If the file already has the result.
    ConfigurationError
        If neither a session nor a file is given.
    SessionError
        If the session and the file do not belong together.
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
    """Change a session, a file, or a session and its file.

    Parameters
    ----------
    change
        Function that changes a session and returns the update it has applied.
    hdf5_path, session, existing, force
        See `carry_out`.

    Returns
    -------
    done
        The session and the changes made.
    """
    if hdf5_path is None:
        if session is None:
            raise ConfigurationError("Neither a session nor a file is given. Pass session= or hdf5_path=.")
        return Carried(session, change(session), None)
    path = local_path(hdf5_path)
    if session is not None:
        path = joined(session, path)
    elif isinstance(hdf5_path, PipelineSession):
        session = hdf5_path  # the lab's scripts pass a session in place of its file; it has been saved there
    else:
        session = PipelineSession.load(path)
    held = None if force else existing(session.snapshot())
    if held is not None:
        raise FileExistsError(f"{path} already has {held}. Pass force=True to replace it.")
    update = change(session)
    session.update_file()
    return Carried(session, update, path)


def joined(session: PipelineSession, path: Path) -> Path:
    """Save a session that is used together with a path to that file, with a warning, and return the file.

    Raises
    ------
    SessionError
        If the path is not the session's file, or contains another recording.
    """
    own = session.hdf5_path
    if own is None and path.exists():
        held = PipelineSession.load(path).dataset_id
        if held != session.dataset_id:
            raise SessionError(
                f"{path} contains the recording {held}, but the session belongs to {session.dataset_id}. Pass one of "
                "the two, not both."
            )
    if own is not None and not is_same_place(own, path):
        raise SessionError(
            f"The session belongs to {own}, but the requested file is {path}. Pass one of the two, not both."
        )
    logger.warning(
        "Both a session and a file were given: the session is saved to %s before and after the step.", path
    )
    return session.ensure_saved(path)
