"""The self-test: checks that every part of the program works on this computer.

Each check imports what it needs, so that a broken library fails only the checks that use it.
"""

from __future__ import annotations

import logging
import os
import tempfile
import traceback
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hdmea_gui.cli.terminal import Terminal
from hdmea_gui.errors import HDMEAError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator

    from PySide6.QtGui import QImage

_FEWEST_COLOURS = 16
_PATIENCE_MS = 60_000


class CheckError(Exception):
    """A part does not work; the message says which, and what to do."""


@dataclass
class Trial:
    """State that the checks share.

    Parameters
    ----------
    folder : Path
        Folder for their files.
    terminal : Terminal
        Shows the progress.
    picture : Path or None
        Where to save the picture of the window.
    session_path : Path or None
        The saved session.
    """

    folder: Path
    terminal: Terminal
    picture: Path | None = None
    session_path: Path | None = None


@dataclass(frozen=True)
class Finding:
    """Result of a check.

    Parameters
    ----------
    name : str
        Name of the check.
    is_ok : bool
        Whether the part works.
    message : str
        What was found, or what is wrong.
    details : str
        The traceback of an unexpected error.
    """

    name: str
    is_ok: bool
    message: str
    details: str = field(default="", repr=False)

    def as_dict(self) -> dict[str, Any]:
        """Return the finding for JSON."""
        return {"name": self.name, "is_ok": self.is_ok, "words": self.message, "details": self.details}


def add_command(commands: Any) -> None:
    """Add the command ``selftest`` to the command line."""
    parser = commands.add_parser("selftest", help="check that every part works on this computer")
    parser.add_argument("--json", action="store_true", help="report as one JSON object on standard output")
    parser.add_argument("--picture", type=Path, metavar="FILE", help="save the picture of the window (.png)")
    parser.set_defaults(command=run)


def run(options: argparse.Namespace, terminal: Terminal) -> int:
    """Run the command ``selftest`` and return its exit code: 0 if everything works, else 1."""
    with (
        _only_errors_logged(),
        tempfile.TemporaryDirectory(prefix="hdmea-gui-", ignore_cleanup_errors=True) as name,
    ):
        trial = Trial(Path(name), terminal, options.picture)
        findings = [_find(title, check, trial) for title, check in CHECKS]
    wrong = [finding for finding in findings if not finding.is_ok]
    code = 1 if wrong else 0
    lines = [f"{'ok' if finding.is_ok else 'NO':<4}{finding.name}: {finding.message}" for finding in findings]
    lines += [finding.details for finding in wrong if finding.details]
    lines.append(f"Not OK: {', '.join(finding.name for finding in wrong)}" if wrong else "OK")
    result = {"ok": not wrong, "checks": [finding.as_dict() for finding in findings], "exit_code": code}
    terminal.finish(lines, result)
    return code


@contextmanager
def _only_errors_logged() -> Iterator[None]:
    """Keep warnings off the terminal; the findings report what is wrong."""
    levels = {handler: handler.level for handler in logging.getLogger().handlers}
    for handler in levels:
        handler.setLevel(logging.ERROR)
    try:
        yield
    finally:
        for handler, level in levels.items():
            handler.setLevel(level)


def _find(name: str, check: Callable[[Trial], str], trial: Trial) -> Finding:
    try:
        return Finding(name, is_ok=True, message=check(trial))
    except (CheckError, HDMEAError) as error:
        return Finding(name, is_ok=False, message=str(error))
    except OSError as error:
        message = f"{error.filename or 'A file'} cannot be used: {error.strerror or error}."
        return Finding(name, is_ok=False, message=message, details=traceback.format_exc())
    except Exception as error:  # noqa: BLE001 - a broken installation may raise anything
        message = f"{type(error).__name__}: {error}"
        return Finding(name, is_ok=False, message=message, details=traceback.format_exc())


def check_versions(_trial: Trial) -> str:
    """Check that the libraries are installed and their versions are known."""
    from hdmea_gui.components import libraries, versions_text

    if not libraries():
        raise CheckError("The program cannot find the versions of its libraries. Install the program again.")
    return versions_text().replace("\n", ", ")


def check_folders(_trial: Trial) -> str:
    """Check that the folders for settings, data, logs and cache are writable."""
    from hdmea_gui.settings import cache_dir, config_dir, data_dir, log_dir

    folders = {"settings": config_dir(), "data": data_dir(), "log": log_dir(), "cache": cache_dir()}
    faults = [f"{name}: {fault}" for name, folder in folders.items() if (fault := _write_fault(folder))]
    if faults:
        raise CheckError(f"{'; '.join(faults)}. Check that you have write permission there.")
    return ", ".join(f"{name} in {folder}" for name, folder in folders.items())


def _write_fault(folder: Path) -> str:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as stream:
            stream.write(b"x")
    except OSError as error:
        return f"cannot write to {folder} ({error.strerror or error})"
    return ""


def check_hdf5(_trial: Trial) -> str:
    """Check that the HDF5 library has its filters."""
    from hdmea_gui.io.hdf5_filters import check_filters

    return check_filters()


def check_resources(_trial: Trial) -> str:
    """Check that the program's own files are present."""
    from hdmea_gui.io.resources import resources_dir

    folder = resources_dir()
    needed = ("help/how-it-works.md", "icon/hdmea-gui.svg", "licences/LGPL-3.0.txt")
    missing = [name for name in needed if not (folder / name).is_file()]
    if missing:
        raise CheckError(f"Not found in {folder}: {', '.join(missing)}. Install the program again.")
    return str(folder)


def check_screen(_trial: Trial) -> str:
    """Check that Qt starts, and has a font with distinct letters."""
    from PySide6.QtCore import qVersion
    from PySide6.QtGui import QFontDatabase, QFontInfo, QGuiApplication

    from hdmea_gui import app

    note = ""
    if app.has_no_screen():  # Qt would abort the whole process
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
        note = "; there is no screen here, so windows are drawn in memory"
    application = app.make_application()
    if app.fell_back():
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
        note = "; the screen cannot be reached, so windows are drawn in memory"
    families = QFontDatabase.families()
    if not families or _drawn("i") == _drawn("W"):
        raise CheckError("No usable font was found. Install one; on Debian: fonts-dejavu-core")
    if application.windowIcon().pixmap(32, 32).isNull():
        raise CheckError("Qt cannot draw SVG pictures. Install the program again.")
    name = QFontInfo(application.font()).family()
    return f"Qt {qVersion()} on {QGuiApplication.platformName()}, {len(families)} fonts, {name}{note}"


def _drawn(letter: str) -> bytes:
    """Return a letter as pixels."""
    from PySide6.QtCore import Qt
    from PySide6.QtGui import QImage, QPainter

    image = QImage(32, 32, QImage.Format.Format_Grayscale8)
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    painter.drawText(image.rect(), Qt.AlignmentFlag.AlignCenter, letter)
    painter.end()
    return bytes(image.constBits())


def check_sample(trial: Trial) -> str:
    """Check that a sample recording goes through every step, is saved and reads back identical."""
    from hdmea_gui.cli.demo import run_demo
    from hdmea_gui.pipeline.status import StatusKind

    terminal = trial.terminal
    demo = run_demo(trial.folder, terminal.bar, terminal.progress_of, lambda _status: None)
    not_done = [
        f"{status.title}: {status.message or status.kind.value}"
        for status in demo.statuses
        if status.kind is not StatusKind.DONE
    ]
    if not_done or demo.differences:
        raise CheckError(
            "; ".join(not_done + [f"different when read back: {place}" for place in demo.differences])
        )
    trial.session_path = demo.output
    n_steps = len(demo.statuses)
    return f"{n_steps} steps on {demo.n_units} units, saved, identical when read back, {demo.elapsed_s:.1f} s"


def check_window(trial: Trial) -> str:
    """Check that the window opens, shows a session and is not blank."""
    from hdmea_gui.selftest_window import picture_of_window

    image, failures = picture_of_window(trial.session_path, _PATIENCE_MS)
    if failures:
        raise CheckError(" ".join(failures))
    if image is None:
        raise CheckError("The window was not drawn within a minute.")
    if trial.picture is not None and not image.save(str(trial.picture)):
        raise CheckError(f"The picture cannot be saved to {trial.picture}.")
    n_colours = colours_of(image)
    if n_colours < _FEWEST_COLOURS:
        raise CheckError(f"The window is blank: its picture has only {n_colours} colours.")
    return f"{image.width()} x {image.height()} pixels, {n_colours} colours"


def colours_of(image: QImage) -> int:
    """Return the number of colours in a picture, from every third pixel of every third line."""
    return len({image.pixel(x, y) for y in range(0, image.height(), 3) for x in range(0, image.width(), 3)})


CHECKS: tuple[tuple[str, Callable[[Trial], str]], ...] = (
    ("Versions", check_versions),
    ("Folders", check_folders),
    ("HDF5", check_hdf5),
    ("Files of the program", check_resources),
    ("Screen and fonts", check_screen),
    ("Sample recording", check_sample),
    ("Window", check_window),
)
"""The checks, in this order."""
