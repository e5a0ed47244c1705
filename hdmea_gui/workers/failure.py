"""What went wrong, in words for the user and in details for whoever mends it."""

from __future__ import annotations

import logging
import traceback
from dataclasses import dataclass

from hdmea_gui.errors import words_of

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Failure:
    """Why work did not succeed; plain texts, so that no traceback keeps anything alive.

    Parameters
    ----------
    message : str
        What happened and what to do, for the user.
    details : str
        The traceback, to be copied into a report.
    is_fault : bool
        Whether the program itself is to blame; else the words say all that the user needs.
    """

    message: str
    details: str
    is_fault: bool


def failure_of(error: BaseException, doing: str) -> Failure:
    """Explain an error and log it.

    Parameters
    ----------
    error : BaseException
        The error, with its traceback.
    doing : str
        What the program was doing, in words that complete "while ...".
    """
    words = words_of(error)
    is_fault = words is None
    if words is None:
        words = (
            f"Something unexpected happened while {doing}: {type(error).__name__}. Nothing was changed. "
            "Try again; if it happens again, please report it with the details."
        )
        logger.error("Unexpected error while %s", doing, exc_info=error)
    else:
        logger.info("Error while %s", doing, exc_info=error)
    return Failure(words, "".join(traceback.format_exception(error)), is_fault)
