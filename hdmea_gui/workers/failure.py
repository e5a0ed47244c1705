"""Errors as a message for the user and details for the developer."""

from __future__ import annotations

import logging
import traceback
from dataclasses import dataclass

from hdmea_gui.errors import words_of

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Failure:
    """Why work failed; as plain text, because a traceback would keep objects alive.

    Parameters
    ----------
    message : str
        What happened and what to do, for the user.
    details : str
        The traceback, to be copied into a bug report.
    """

    message: str
    details: str


def failure_of(error: BaseException, doing: str) -> Failure:
    """Explain an error and log it.

    Parameters
    ----------
    error : BaseException
        The error, with its traceback.
    doing : str
        What the program was doing, as text that completes "while ...".
    """
    message = words_of(error)
    if message is None:
        message = (
            f"Unexpected error while {doing}: {type(error).__name__}. Nothing was changed. "
            "Try again; if it happens again, please report it with the details."
        )
        logger.error("Unexpected error while %s", doing, exc_info=error)
    else:
        logger.info("Error while %s", doing, exc_info=error)
    return Failure(message, "".join(traceback.format_exception(error)))
