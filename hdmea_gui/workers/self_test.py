"""The self-test in a separate process, so that a crash in it cannot harm the session."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hdmea_gui.workers.new_process import environment_of_program, program_command

if TYPE_CHECKING:
    from collections.abc import Callable

_LOOK_S = 0.1
_LONGEST_S = 300.0
_NO_WINDOW = 0x08000000  # Windows: the console program opens no console window


@dataclass(frozen=True)
class SelfTest:
    """Result of the self-test.

    Parameters
    ----------
    is_ok : bool
        Whether everything works.
    text : str
        One line per check, and the verdict.
    """

    is_ok: bool
    text: str


def run_self_test(progress: Callable[[int, int], None], command: list[str] | None = None) -> SelfTest:
    """Run the self-test in another process and return its result.

    Parameters
    ----------
    progress : callable
        Called ten times a second; may raise to end the self-test.
    command : list of str, optional
        Command to start; this program's own self-test by default.
    """
    with tempfile.TemporaryFile() as output:  # a pipe that nobody reads would fill up and block the process
        process = subprocess.Popen(  # noqa: S603 - this very program
            command or [*program_command(with_console=True), "selftest"],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**environment_of_program(), "PYTHONUTF8": "1"},  # the output is decoded as UTF-8 below
            creationflags=_NO_WINDOW if sys.platform == "win32" else 0,
        )
        try:
            is_slow = not _wait(process, progress)
        finally:
            if process.poll() is None:
                process.kill()
            code = process.wait()
        output.seek(0)
        text = output.read().decode("utf-8", "replace").strip()
    if is_slow:
        text += f"\nNot OK: the self-test did not finish within {_LONGEST_S:.0f} seconds."
    elif code not in {0, 1}:
        text += f"\nNot OK: the self-test crashed (exit code {code})."
    return SelfTest(code == 0, text.strip())


def _wait(process: subprocess.Popen[bytes], progress: Callable[[int, int], None]) -> bool:
    """Wait for a process; return whether it has ended in time."""
    n_looks = round(_LONGEST_S / _LOOK_S)
    for look in range(n_looks):
        progress(look, n_looks)
        try:
            process.wait(_LOOK_S)
        except subprocess.TimeoutExpired:
            continue
        return True
    return False
