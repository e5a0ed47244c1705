"""How a step stands: not run, ready, waiting, running, done, failed, left out, or out of date."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from hdmea_gui.pipeline.step import Outcome, is_done, is_out_of_date, missing_needs, rests_on_outdated
from hdmea_gui.pipeline.steps import STEPS_BY_KEY

if TYPE_CHECKING:
    from hdmea_gui.pipeline.step import Step
    from hdmea_gui.session import Snapshot


class Stand(Enum):
    """How a step stands."""

    NO_SESSION = "no session"
    WAITING = "waiting"
    READY = "ready"
    RUNNING = "running"
    DONE = "done"
    OUT_OF_DATE = "out of date"
    TO_BE_RECOMPUTED = "to be recomputed"
    LEFT_OUT = "left out"
    FAILED = "failed"
    CANCELLED = "stopped"


@dataclass(frozen=True)
class Standing:
    """How a step stands, and what the user reads about it.

    Parameters
    ----------
    stand : Stand
        How it stands.
    words : str
        What it waits for, why it failed, or how long it took.
    """

    stand: Stand
    words: str = ""


_ENDED = {Outcome.FAILED: Stand.FAILED, Outcome.CANCELLED: Stand.CANCELLED, Outcome.LEFT_OUT: Stand.LEFT_OUT}


def standing(
    step: Step, snapshot: Snapshot | None, ended: Outcome | None = None, words: str = ""
) -> Standing:
    """Tell how a step that does not run now stands.

    Parameters
    ----------
    step : Step
        The step.
    snapshot : Snapshot or None
        The session, if there is one.
    ended : Outcome or None
        How its last run ended, if it was run on this session.
    words : str
        What that run had to say.
    """
    if snapshot is None:
        return Standing(Stand.NO_SESSION, "waits for a recording")
    if ended in {Outcome.FAILED, Outcome.CANCELLED}:
        return Standing(_ENDED[ended], words)
    wrong = step.wrong(snapshot)
    if is_done(step, snapshot):
        return Standing(Stand.TO_BE_RECOMPUTED, wrong) if wrong else _done(step, snapshot)
    missing = missing_needs(step, snapshot, STEPS_BY_KEY)
    if missing:
        return Standing(Stand.WAITING, "waits for " + " or ".join(option.title for option in missing[0]))
    if ended is Outcome.LEFT_OUT:
        return Standing(Stand.LEFT_OUT, words)
    return Standing(Stand.TO_BE_RECOMPUTED, wrong) if wrong else Standing(Stand.READY)


def _done(step: Step, snapshot: Snapshot) -> Standing:
    if is_out_of_date(step, snapshot):
        return Standing(Stand.OUT_OF_DATE, "an earlier step was run again")
    if rests_on_outdated(step, snapshot, STEPS_BY_KEY):
        return Standing(Stand.OUT_OF_DATE, "an earlier step is out of date")
    return Standing(Stand.DONE, _when(step, snapshot))


def _when(step: Step, snapshot: Snapshot) -> str:
    """How long a step took."""
    record = snapshot.steps.get(step.key, {})
    seconds = record.get("duration_s")
    return duration_words(float(seconds)) if seconds is not None else ""


def duration_words(seconds: float) -> str:
    """A duration as people say it."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{int(seconds // 60)} min {int(seconds % 60):02d} s"
