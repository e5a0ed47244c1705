"""The self-test: whether every part of the program works on this computer, or exactly what does not."""

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
    """A part does not work; the text says what and what to do."""


@dataclass
class Trial:
    """What the checks hand on to each other.

    Parameters
    ----------
    folder : Path
        Where they may write.
    terminal : Terminal
        Where progress is shown.
    picture : Path or None
        Where the picture of the window goes.
    session_path : Path or None
        The session that was saved.
    """

    folder: Path
    terminal: Terminal
    picture: Path | None = None
    session_path: Path | None = None


@dataclass(frozen=True)
class Finding:
    """How a check ended.

    Parameters
    ----------
    name : str
        What was checked.
    is_ok : bool
        Whether it works.
    message : str
        What was found.
    details : str
        The traceback of what nobody has foreseen.
    """

    name: str
    is_ok: bool
    message: str
    details: str = field(default="", repr=False)

    def as_dict(self) -> dict[str, Any]:
        """The finding in a report for programs."""
        return {"name": self.name, "is_ok": self.is_ok, "words": self.message, "details": self.details}


def add_command(commands: Any) -> None:
    """Add the command ``selftest`` to those of the command line."""
    parser = commands.add_parser("selftest", help="try out whether every part works on this computer")
    parser.add_argument("--json", action="store_true", help="report as one JSON object on standard output")
    parser.add_argument("--picture", type=Path, metavar="FILE", help="keep the picture of the window (.png)")
    parser.set_defaults(command=run)


def run(options: argparse.Namespace, terminal: Terminal) -> int:
    """Carry out the command ``selftest`` and give its exit code: 0 when all is well, else 1."""
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
    """Keep warnings from the terminal: what is wrong is in the findings."""
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
        words = f"{error.filename or 'A file'} cannot be used: {error.strerror or error}."
        return Finding(name, is_ok=False, message=words, details=traceback.format_exc())
    except Exception as error:  # noqa: BLE001 - whatever a broken installation raises is a finding
        words = f"{type(error).__name__}: {error}"
        return Finding(name, is_ok=False, message=words, details=traceback.format_exc())


def check_versions(_trial: Trial) -> str:
    """The libraries are there, in versions that are known."""
    from hdmea_gui.components import libraries, versions_text

    if not libraries():
        raise CheckError("The program does not know its own libraries. Install it again.")
    return versions_text().replace("\n", ", ")


def check_folders(_trial: Trial) -> str:
    """The folders of settings, data, logs and cache can be written to."""
    from hdmea_gui.settings import cache_dir, config_dir, data_dir, log_dir

    folders = {"settings": config_dir(), "data": data_dir(), "log": log_dir(), "cache": cache_dir()}
    faults = [f"{name}: {fault}" for name, folder in folders.items() if (fault := _write_fault(folder))]
    if faults:
        raise CheckError(f"{'; '.join(faults)}. Give yourself the right to write there.")
    return ", ".join(f"{name} in {folder}" for name, folder in folders.items())


def _write_fault(folder: Path) -> str:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as stream:
            stream.write(b"x")
    except OSError as error:
        return f"{folder} cannot be written to ({error.strerror or error})"
    return ""


def check_hdf5(_trial: Trial) -> str:
    """The HDF5 library has its filters."""
    from hdmea_gui.io.hdf5_filters import check_filters

    return check_filters()


def check_resources(_trial: Trial) -> str:
    """The files that travel with the program are there."""
    from hdmea_gui.io.resources import resources_dir

    folder = resources_dir()
    wanted = ("help/how-it-works.md", "icon/hdmea-gui.svg", "licences/LGPL-3.0.txt")
    missing = [name for name in wanted if not (folder / name).is_file()]
    if missing:
        raise CheckError(f"{', '.join(missing)} is not in {folder}. Install the program again.")
    return str(folder)


def check_screen(_trial: Trial) -> str:
    """Qt starts, and has a font whose letters can be told apart."""
    from PySide6.QtCore import qVersion
    from PySide6.QtGui import QFontDatabase, QFontInfo, QGuiApplication

    from hdmea_gui import app

    remark = ""
    if app.has_no_screen():
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
        remark = "; there is no screen here, so windows are drawn in memory"
    application = app.make_application()
    if app.fell_back():
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
        remark = "; the screen cannot be reached, so windows are drawn in memory"
    families = QFontDatabase.families()
    if not families or _drawn("i") == _drawn("W"):
        raise CheckError("There is no font to write with. Install one, on Debian: fonts-dejavu-core")
    if application.windowIcon().pixmap(32, 32).isNull():
        raise CheckError("Qt cannot draw SVG pictures. Install the program again.")
    name = QFontInfo(application.font()).family()
    return f"Qt {qVersion()} on {QGuiApplication.platformName()}, {len(families)} fonts, {name}{remark}"


def _drawn(letter: str) -> bytes:
    """The picture of a letter."""
    from PySide6.QtCore import Qt
    from PySide6.QtGui import QImage, QPainter

    image = QImage(32, 32, QImage.Format.Format_Grayscale8)
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    painter.drawText(image.rect(), Qt.AlignmentFlag.AlignCenter, letter)
    painter.end()
    return bytes(image.constBits())


def check_sample(trial: Trial) -> str:
    """A sample recording goes through every step, is saved, and comes back equal."""
    from hdmea_gui.cli.demo import run_demo
    from hdmea_gui.pipeline.step import Outcome

    terminal = trial.terminal
    demo = run_demo(trial.folder, terminal.bar, terminal.progress_of, lambda _report: None)
    not_done = [
        f"{report.title}: {report.message or report.outcome.value}"
        for report in demo.reports
        if report.outcome is not Outcome.DONE
    ]
    if not_done or demo.differences:
        raise CheckError(
            "; ".join(not_done + [f"read back different: {place}" for place in demo.differences])
        )
    trial.session_path = demo.output
    return (
        f"{len(demo.reports)} steps on {demo.n_units} units, saved, read back equal, {demo.elapsed_s:.1f} s"
    )


def check_window(trial: Trial) -> str:
    """The window opens, shows a session, and is not blank."""
    from hdmea_gui.selftest_window import picture_of_window

    image, failures = picture_of_window(trial.session_path, _PATIENCE_MS)
    if failures:
        raise CheckError(" ".join(failures))
    if image is None:
        raise CheckError("The window was not drawn within a minute.")
    if trial.picture is not None and not image.save(str(trial.picture)):
        raise CheckError(f"The picture cannot be written to {trial.picture}.")
    n_colours = colours_of(image)
    if n_colours < _FEWEST_COLOURS:
        raise CheckError(f"The window is blank: its picture has {n_colours} colours.")
    return f"{image.width()} x {image.height()} pixels, {n_colours} colours"


def colours_of(image: QImage) -> int:
    """How many colours a picture has; every third pixel of every third line is looked at."""
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
"""What is checked, in this order."""
