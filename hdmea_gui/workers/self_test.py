"""The self-test in a process of its own, so that nothing it meets can harm the session."""

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
_NO_WINDOW = 0x08000000  # Windows: a program with a console opens none of its own


@dataclass(frozen=True)
class SelfTest:
    """What the self-test found.

    Parameters
    ----------
    is_ok : bool
        Whether everything works.
    text : str
        A line for each check, and the verdict.
    """

    is_ok: bool
    text: str


def run_self_test(progress: Callable[[int, int], None], command: list[str] | None = None) -> SelfTest:
    """Start the self-test, wait for it, and give what it says.

    Parameters
    ----------
    progress : callable
        Told of each tenth of a second; may raise to end the self-test.
    command : list of str, optional
        What to start; left out, this program's own self-test.
    """
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(  # noqa: S603 - this very program
            command or [*program_command(with_console=True), "selftest"],
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            env={**environment_of_program(), "PYTHONUTF8": "1"},
            creationflags=_NO_WINDOW if sys.platform == "win32" else 0,
        )
        try:
            is_slow = not _wait(process, progress)
        finally:
            if process.poll() is None:
                process.kill()
            code = process.wait()
        said.seek(0)
        text = said.read().decode("utf-8", "replace").strip()
    if is_slow:
        text += f"\nNot OK: the self-test did not end within {_LONGEST_S:.0f} seconds."
    elif code not in {0, 1}:
        text += f"\nNot OK: the self-test broke off (exit code {code})."
    return SelfTest(code == 0, text.strip())


def _wait(process: subprocess.Popen[bytes], progress: Callable[[int, int], None]) -> bool:
    """Wait for a process; whether it has ended in time."""
    n_looks = round(_LONGEST_S / _LOOK_S)
    for look in range(n_looks):
        progress(look, n_looks)
        try:
            process.wait(_LOOK_S)
        except subprocess.TimeoutExpired:
            continue
        return True
    return False
