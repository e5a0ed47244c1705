"""Values that depend on the session only, worked out once for each of its states."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from hdmea_gui.models.session_model import SessionModel
    from hdmea_gui.session import PipelineSession

T = TypeVar("T")


class PerState(Generic[T]):
    """Gives a value of the session that is shown, and works it out anew only when the session has changed.

    Parameters
    ----------
    model : SessionModel
        The session that is shown.
    work_out : callable
        Gives the value of a session; None is for what is not known yet and is asked for again.
    """

    def __init__(self, model: SessionModel, work_out: Callable[[PipelineSession], T]) -> None:
        self._model, self._work_out = model, work_out
        self._held: tuple[PipelineSession, int, T] | None = None

    def get(self) -> T | None:
        """The value, or None where no session is shown."""
        session, state = self._model.session, self._model.state
        if session is None:
            self._held = None
            return None
        held = self._held
        if held is None or held[0] is not session or held[1] != state or held[2] is None:
            self._held = held = (session, state, self._work_out(session))
        return held[2]
