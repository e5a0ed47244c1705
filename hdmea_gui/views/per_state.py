"""Values that depend on the session only, computed once per state of the session."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from hdmea_gui.models.session_model import SessionModel
    from hdmea_gui.session import PipelineSession

T = TypeVar("T")


class PerState(Generic[T]):
    """Value of the session, recomputed only when the session has changed.

    Parameters
    ----------
    model : SessionModel
        The model of the session.
    work_out : callable
        Function that computes the value from a session; None means not known yet, and it is called again.
    """

    def __init__(self, model: SessionModel, work_out: Callable[[PipelineSession], T]) -> None:
        self._model, self._work_out = model, work_out
        self._held: tuple[PipelineSession, int, T] | None = None

    def get(self) -> T | None:
        """Return the value, or None without a session."""
        session, state = self._model.session, self._model.state
        if session is None:
            self._held = None
            return None
        held = self._held
        if held is None or held[0] is not session or held[1] != state or held[2] is None:
            self._held = held = (session, state, self._work_out(session))
        return held[2]
