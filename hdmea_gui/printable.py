"""Text without the characters that a terminal would carry out, or a log would take for a new line."""

from __future__ import annotations

import logging
import re

_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def printable(text: str) -> str:
    r"""Return a text for a terminal: control characters, such as those of a file's name, as escapes (``\x1b``).

    Tabs and line feeds stay.
    """
    return _CONTROLS.sub(lambda found: repr(found[0])[1:-1], text)


class OneLine(logging.Formatter):
    """Format of records whose message is always one line; only a traceback has more."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        """Return the line of a record."""
        return printable(super().formatMessage(record)).replace("\n", "\\n")
