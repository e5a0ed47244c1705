"""A check of the recording's health: what it looks at, and what it found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Mapping

from hdmea_gui.session import Snapshot

State = Literal["ok", "check", "fault"]
STATES: tuple[State, ...] = ("ok", "check", "fault")
"""States of a check, from the best to the worst."""


@dataclass(frozen=True)
class Finding:
    """Result of a check.

    Attributes
    ----------
    state
        "ok", "check" if the user should look, "fault" if results are wrong or missing because of it.
    sentence
        The evidence, in a sentence.
    x, y
        float64 (n_points,). Curve that shows the evidence, with the labels of the check; None without one.
    units
        Units that it concerns, the worst first; empty if it concerns the whole recording.
    """

    state: State
    sentence: str
    x: NDArray[Any] | None = None
    y: NDArray[Any] | None = None
    units: tuple[str, ...] = ()

    def as_stored(self) -> dict[str, Any]:
        """Return what a session holds of the finding."""
        curve = {} if self.x is None or self.y is None else {"data": {"x": self.x, "y": self.y}}
        units = {"units": list(self.units)} if self.units else {}
        return {"state": self.state, "sentence": self.sentence, **units, **curve}


@dataclass(frozen=True)
class Check:
    """One check of the recording's health.

    Attributes
    ----------
    key
        Name in the file.
    title
        Name shown to the user.
    look
        Function of a snapshot that returns the finding; None as long as there is nothing to look at.
    view
        Key of the view that shows the place.
    advice
        What the user can do about it.
    parameter
        Key of the step and name of the parameter that may mend it; None if no parameter does.
    labels
        Labels of the axes of the curve: x and y.
    """

    key: str
    title: str
    look: Callable[[Snapshot], Finding | None]
    view: str
    advice: str
    parameter: tuple[str, str] | None = None
    labels: tuple[str, str] = ("", "")


def worst(findings: Mapping[str, Mapping[str, Any]]) -> State | None:
    """Return the worst state of stored findings; None if there are none."""
    states = [state for found in findings.values() for state in STATES if found.get("state") == state]
    return max(states, key=STATES.index, default=None)
