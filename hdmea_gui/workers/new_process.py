"""Starts this program again, in a separate process."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from PySide6.QtCore import QProcess, QProcessEnvironment


def program_command(*, with_console: bool = False) -> list[str]:
    """Command that starts this program again.

    Parameters
    ----------
    with_console : bool
        Whether it is to have standard streams; on Windows that is a program beside the one with the window.
    """
    if not getattr(sys, "frozen", False):
        return [sys.executable, "-m", "hdmea_gui"]
    program = Path(sys.executable)
    console = program.with_name(f"{program.stem}-cli{program.suffix}")
    return [str(console if with_console and console.is_file() else program)]


def environment_of_program() -> dict[str, str]:
    """Environment for `program_command`; a frozen program that starts itself must not share its unpacked files."""
    return {**os.environ, "PYINSTALLER_RESET_ENVIRONMENT": "1"}


def open_in_new_window(path: Path) -> bool:
    """Open a session in a new window, which stays when this one is closed; return whether it could be started."""
    program, *arguments = program_command()
    process = QProcess()
    process.setProgram(program)
    process.setArguments([*arguments, "--new-instance", "--", str(path.absolute())])
    environment = QProcessEnvironment()
    for name, value in environment_of_program().items():
        environment.insert(name, value)
    process.setProcessEnvironment(environment)
    return bool(process.startDetached())  # PySide returns no pid here, whatever its stubs say
