"""What a command shows: bars and lines for people, one JSON object for programs."""

from __future__ import annotations

import json
import math
import sys
import time
from collections.abc import Mapping
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, NoReturn, TextIO

import numpy as np

from hdmea_gui.pipeline.progress import Progress, Report
from hdmea_gui.pipeline.step import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from hdmea_gui.pipeline.plan import StepReport
    from hdmea_gui.pipeline.step import Step

OK, FAILED, WRONG_USAGE, INTERRUPTED = 0, 1, 2, 130
"""Exit codes."""

_WIDTH = 24
_REFRESH_S = 0.1


class Terminal:
    """Where a command's progress and result go.

    Progress goes to standard error, drawn as a bar where that is a terminal. The result goes to standard
    output: lines, or one JSON object.

    Parameters
    ----------
    as_json : bool
        Whether the result is one JSON object.
    """

    def __init__(self, *, as_json: bool = False) -> None:
        self._as_json = as_json
        self._last_drawn = -math.inf
        self._drawn = False
        self._interrupted = False

    def interrupt(self, *_signal: object) -> NoReturn:
        """Break off what runs: the handler of signals.

        Where Python swallows the exception (it does so in the callbacks of weak references), the next word of
        progress breaks off instead.

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

    def progress_of(self, step: Step) -> Progress:
        """A progress that draws a step's bar."""
        return Progress(lambda report: self._draw(step.title, report))

    @contextmanager
    def bar(self, title: str) -> Iterator[Callable[[int, int], None]]:
        """Draw a bar for work that reports numbers alone."""
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
        words = f"  {report.message}" if report.message else ""
        sys.stderr.write(f"\r\x1b[K{title:<26}{bar:-<{_WIDTH}} {part:4.0%}{words}")
        sys.stderr.flush()
        self._drawn = True

    def _erase(self) -> None:
        if self._drawn:
            sys.stderr.write("\r\x1b[K")
            self._drawn = False

    def show(self, report: StepReport) -> None:
        """Tell how a step went, with its remarks."""
        self._erase()
        seconds = f"{report.duration_s:8.2f} s" if report.outcome is Outcome.DONE else " " * 10
        words = f"  {report.message}" if report.message and report.outcome is not Outcome.FAILED else ""
        _write(sys.stderr, f"{report.title:<26}{report.outcome.value:<9}{seconds}{words}".rstrip())
        for warning in report.warnings:
            _write(sys.stderr, f"  note: {warning}")

    def remark(self, text: str) -> None:
        """Tell something that the work goes on in spite of."""
        self._erase()
        _write(sys.stderr, f"  note: {text}")

    def finish(self, lines: Sequence[str], result: Mapping[str, Any]) -> None:
        """Give the result."""
        self._erase()
        if self._as_json:
            _write(sys.stdout, json.dumps(_plain(result), indent=2, default=str))
        else:
            for line in lines:
                _write(sys.stdout, line)

    def fail(self, text: str, code: int, result: Mapping[str, Any] | None = None) -> int:
        """Say what went wrong and give the exit code back."""
        self._erase()
        if self._as_json:
            self.finish([], {**(result or {}), "error": text, "exit_code": code})
        _write(sys.stderr, text)
        return code


def _plain(value: Any) -> Any:
    """A value as JSON has it: numbers of NumPy as numbers, and nothing where a number is none."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, (np.generic, np.ndarray)):
        return _plain(value.tolist())
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _write(stream: TextIO | None, line: str) -> None:
    """Write a line; a program without a console has no streams, and some streams lack letters."""
    if stream is None:
        return
    with suppress(OSError):  # whoever read it has gone; the work goes on
        try:
            stream.write(line + "\n")
        except UnicodeEncodeError:
            encoding = stream.encoding or "ascii"
            stream.write(line.encode(encoding, "backslashreplace").decode(encoding) + "\n")
        stream.flush()
