"""Output of a command: bars and lines of text, or one JSON object."""

from __future__ import annotations

import json
import math
import sys
import time
from collections.abc import Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn, TextIO

import numpy as np

from hdmea_gui.pipeline.progress import Progress, Report
from hdmea_gui.pipeline.status import StatusKind
from hdmea_gui.printable import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from hdmea_gui.pipeline.status import StepStatus

OK, FAILED, WRONG_USAGE, INTERRUPTED = 0, 1, 2, 130
"""Exit codes."""

_WIDTH = 24
_REFRESH_S = 0.1


class Terminal:
    """Output of a command's progress and result.

    Progress goes to standard error, as a bar if that is a terminal. The result goes to standard output, as lines of
    text or one JSON object.

    Parameters
    ----------
    as_json : bool
        Whether the result is one JSON object.

    Attributes
    ----------
    lost : str
        Why the result could not be written to standard output; empty if it was.
    """

    def __init__(self, *, as_json: bool = False) -> None:
        self._as_json = as_json
        self._last_drawn = -math.inf  # the first report is drawn at once
        self._drawn = False
        self._interrupted = False
        self.lost = ""

    def interrupt(self, *_signal: object) -> NoReturn:
        """Interrupt the running command; the signal handler.

        Where Python swallows the exception (as in callbacks of weak references), the next progress report raises it
        again.

        Raises
        ------
        KeyboardInterrupt
            Always.
        """
        self._interrupted = True
        raise KeyboardInterrupt

    @property
    def _draws(self) -> bool:
        return sys.stderr is not None and sys.stderr.isatty()

    def progress_of(self, step: StepStatus) -> Progress:
        """Return a `Progress` that draws the bar of a step."""
        return Progress(lambda report: self._draw(step.title, report))

    @contextmanager
    def bar(self, title: str) -> Iterator[Callable[[int, int], None]]:
        """Draw a bar for work that reports only numbers."""
        try:
            yield lambda done, total: self._draw(title, Report(done, total, ""))
        finally:
            self._erase()

    def _draw(self, title: str, report: Report) -> None:
        if self._interrupted:
            raise KeyboardInterrupt
        now = time.monotonic()
        if not self._draws or now - self._last_drawn < _REFRESH_S:
            return
        self._last_drawn = now
        part = min(max(report.done / report.total, 0.0), 1.0) if report.total else 0.0
        bar = "#" * round(part * _WIDTH)
        message = f"  {report.message}" if report.message else ""
        sys.stderr.write(f"\r\x1b[K{title:<26}{bar:-<{_WIDTH}} {part:4.0%}{message}")
        sys.stderr.flush()
        self._drawn = True

    def _erase(self) -> None:
        if self._drawn:
            sys.stderr.write("\r\x1b[K")
            self._drawn = False

    def show(self, status: StepStatus) -> None:
        """Print the outcome of a step and its warnings."""
        self._erase()
        seconds = f"{status.duration_s:8.2f} s" if status.kind is StatusKind.DONE else " " * 10
        # the message of a failure comes last, with what to do next
        message = f"  {status.message}" if status.message and status.kind is not StatusKind.FAILED else ""
        _try_to_write(sys.stderr, f"{status.title:<26}{status.kind.value:<9}{seconds}{message}".rstrip())
        for warning in status.warnings:
            _try_to_write(sys.stderr, f"  note: {warning}")

    def note(self, text: str) -> None:
        """Print a problem that does not stop the run."""
        self._erase()
        _try_to_write(sys.stderr, f"  note: {text}")

    def finish(self, lines: Sequence[str], result: Mapping[str, Any]) -> None:
        """Print the result."""
        self._erase()
        text = json.dumps(_plain(result), indent=2, default=str) if self._as_json else "\n".join(lines)
        error = _try_to_write(sys.stdout, text) if text else None
        if error is not None and not isinstance(error, BrokenPipeError):  # a reader that has seen enough
            self.lost = str(error.strerror)

    def fail(self, text: str, code: int, result: Mapping[str, Any] | None = None) -> int:
        """Print what went wrong and return the exit code."""
        self._erase()
        if self._as_json:
            self.finish([], {**(result or {}), "error": text, "exit_code": code})
        _try_to_write(sys.stderr, text)
        return code


def _plain(value: Any) -> Any:
    """Return a value for JSON: NumPy values as plain numbers and lists, NaN and infinity as None."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, (np.generic, np.ndarray)):
        return _plain(value.tolist())
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _try_to_write(stream: TextIO | None, line: str) -> OSError | None:
    """Write a line and return why it could not be written; a closed pipe or a full disk must not stop the run."""
    try:
        _write(stream, line)
    except OSError as error:
        return error
    return None


def _write(stream: TextIO | None, line: str) -> None:
    """Write a line; a program without a console has no streams, and some streams cannot encode every character."""
    if stream is None:
        return
    line = printable(line)
    try:
        stream.write(line + "\n")
    except UnicodeEncodeError:
        encoding = stream.encoding or "ascii"
        stream.write(line.encode(encoding, "backslashreplace").decode(encoding) + "\n")
    stream.flush()
