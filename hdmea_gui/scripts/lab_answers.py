"""Functions under the lab's names that answer as the lab's did, where ours raise an error.

In the lab's package a few functions told of a failure by their return value: False for a file, or the session as it
was, with a warning. Scripts that import them by the lab's names rely on that. Each such failure is logged.
"""

from __future__ import annotations

import logging
from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from hdmea_gui import pipeline
from hdmea_gui.errors import (
    ConfigurationError,
    DataLoadError,
    HDMEAError,
    MissingInputError,
    NothingFoundError,
)
from hdmea_gui.pipeline.modes import tell

if TYPE_CHECKING:
    from collections.abc import Callable

logger = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")
Kinds = tuple[type[HDMEAError], ...]


def _answering(function: Callable[P, T], with_session: Kinds, with_file: Kinds = ()) -> Callable[P, T | bool]:
    """Return a function that answers instead of raising errors of the given kinds.

    Parameters
    ----------
    function
        The function.
    with_session
        Errors after which a session is returned as it was, with a warning.
    with_file
        Errors after which False is returned, when a file was to be changed.
    """

    @wraps(function)
    def answer(*args: P.args, **kwargs: P.kwargs) -> Any:
        session = kwargs.get("session")
        kinds = with_file if session is None else with_session
        try:
            return function(*args, **kwargs)
        except kinds as error:
            if isinstance(session, pipeline.PipelineSession):
                tell(session, str(error))
                return session
            logger.error("%s", error)  # noqa: TRY400 - told as an answer, not as a fault
            return False

    return answer


_NO_SECTIONS: Kinds = (ConfigurationError, DataLoadError, MissingInputError)

add_section_time = _answering(pipeline.add_section_time, _NO_SECTIONS, _NO_SECTIONS)
add_section_time_analog = _answering(
    pipeline.add_section_time_analog, (NothingFoundError,), (NothingFoundError,)
)
section_spike_times = _answering(pipeline.section_spike_times, (ConfigurationError, MissingInputError))
compute_sta = _answering(pipeline.compute_sta, (MissingInputError,))
