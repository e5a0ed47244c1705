"""The table of starts: the program started as a user starts it, on a screen, and inspected from outside.

Each row is a start, or two of them, as real processes under a screen in memory (Xvfb). What counts is what anybody
could see: the titles of the visible windows, the rows of the unit table in a picture of the screen, the log, what is
printed, the exit codes. Every row ends with a request to end (SIGTERM), whatever is open then.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import subprocess
import tempfile
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

PATIENCE_S = float(
    os.environ.get("STARTS_PATIENCE_S", "120")
)  # a busy machine takes many times as long as a quiet one
_LOOK_S = 0.1
_MISSED_S = 20.0
_WIDTH, _HEIGHT = 1600, 1000
_IDS = (slice(122, 820), slice(340, 400))
"""Rows and columns of the screen's pixels that show the ids of the unit table, at the window's first layout."""
_LINE_GAP = 6  # pixels; an underscore is nearer to its letters than one line to the next
_HEADER_BYTES, _XWD_FIELDS, _COLOUR_BYTES = 100, 25, 12

RECORDING = "2026.02.03-10.11.12-Rec"
EMPTY, WINDOW, NEW, BOX = "no recording - HD-MEA", f"{RECORDING} - HD-MEA", "New Recording", "HD-MEA"
RAW, SORTED = f"{RECORDING}.cmcr", f"{RECORDING}-.cmtr"
N_UNITS = 8
PREVIEWED = ("17 x 15", "8 units")


class StartError(Exception):
    """A start did not lead to what the table says."""


@dataclass(frozen=True)
class Start:
    """A row of the table.

    Parameters
    ----------
    name : str
        What is started.
    arguments : tuple of str
        Arguments of the start; names of files are those of `make_files`, ``{folder}`` is their folder.
    titles : tuple of str
        Beginnings of the titles of all visible windows, some time later.
    log : tuple of str
        What the log says by then.
    units : int
        Rows of the unit table on the screen.
    first : tuple of str or None
        Arguments of an earlier start that is still running; None if there is none.
    first_titles : tuple of str
        What must be seen before the start in question.
    first_keys : tuple of str
        Keys pressed before it.
    keys : tuple of str
        Keys pressed afterwards.
    then : tuple of str
        Titles after that.
    printed : str
        What the start prints on standard error.
    exit_code : int or None
        Exit code if the start ends by itself, before any request; None if it keeps running.
    desktop : bool
        Whether the command line is that of the desktop entry.
    """

    name: str
    arguments: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()
    log: tuple[str, ...] = ()
    units: int = 0
    first: tuple[str, ...] | None = None
    first_titles: tuple[str, ...] = (EMPTY,)
    first_keys: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    then: tuple[str, ...] | None = None
    printed: str = ""
    exit_code: int | None = None
    desktop: bool = False


def _opened(name: str, *arguments: str, **more: Any) -> Start:
    """A row whose file is open in the end."""
    return Start(name, arguments, (WINDOW,), ("Opened ",), N_UNITS, **more)


def _recording(name: str, *arguments: str, log: tuple[str, ...] = PREVIEWED) -> Start:
    """A row that leads to the dialog for a new recording, with its files looked into."""
    return Start(name, arguments, (EMPTY, NEW), log)


def _refused(name: str, argument: str, message: str) -> tuple[Start, Start]:
    """A row whose file cannot be opened: one message names it; and the same, closed as a user closes it."""
    row = Start(name, (argument,), (EMPTY, BOX), (Path(argument).name, message))
    closing = Start(
        f"{name}, closed", (argument,), (EMPTY, BOX), keys=("Escape", "ctrl+q"), then=(), exit_code=0
    )
    return row, closing


STARTS: tuple[Start, ...] = (
    Start("nothing", (), (EMPTY,), ("started",)),
    _opened("a session", "session.h5"),
    _opened("a checkpoint", "checkpoint.h5"),
    _opened("a file of the lab's scripts, deferred mode", "lab_deferred.h5"),
    _opened("a file of the lab's scripts, immediate mode", "lab_immediate.h5"),
    _recording("a raw file, which brings its sorted file", RAW),
    _recording("a sorted file, which brings its raw file", SORTED),
    _recording("both files", RAW, SORTED),
    _recording("both files, the sorted one first", SORTED, RAW),
    _recording(
        "files of different recordings",
        RAW,
        "2026.03.04-05.06.07-Rec-.cmtr",
        log=("do not match", *PREVIEWED),
    ),
    _recording("a folder of Kilosort or phy", "kilosort", log=("2 units, 5 spikes",)),
    _recording(
        "a raw file and a folder of Kilosort or phy", RAW, "kilosort/", log=("17 x 15", "2 units, 5 spikes")
    ),
    _recording("the file that stands for such a folder", "kilosort/params.py", log=("2 units, 5 spikes",)),
    *_refused("a file that does not exist", "missing.h5", "does not exist"),
    *_refused("an empty file", "empty.h5", "empty"),
    *_refused("a file that is not HDF5", "text.h5", "HDF5"),
    _recording("a raw file that is not HDF5", "text.cmcr", log=("text.cmcr", "HDF5")),
    _opened("a path with spaces and umlauts", "Prüfung 1, ß/eine Sitzung.h5"),
    _opened("a name with a leading dash", "-session.h5"),
    _opened("a name after the end of options", "--", "-session.h5"),
    _opened("an absolute path", "{folder}/session.h5"),
    _opened("an address", "file://{folder}/Pr%C3%BCfung%201%2C%20%C3%9F/eine%20Sitzung.h5"),
    Start("two sessions", ("session.h5", "checkpoint.h5"), (WINDOW, WINDOW), ("Opened ",)),
    _opened("a session, handed over to an idle window", "session.h5", first=(), exit_code=0),
    Start(
        "a recording, handed over to an idle window",
        (RAW, SORTED),
        (EMPTY, NEW),
        PREVIEWED,
        first=(),
        exit_code=0,
    ),
    _opened(
        "a session in place of another",
        "checkpoint.h5",
        first=("session.h5",),
        first_titles=(WINDOW,),
        exit_code=0,
    ),
    Start(
        "a session while a dialog is open",
        ("session.h5",),
        (EMPTY, NEW, BOX),
        first=(RAW,),
        first_titles=(EMPTY, NEW),
        printed="Busy: a dialog is open",
        keys=("Return",),
        then=(EMPTY, NEW, WINDOW),
    ),
    Start(
        "a session while a dialog is open, and no new window wanted",
        ("session.h5",),
        (EMPTY, NEW, BOX),
        first=(RAW,),
        first_titles=(EMPTY, NEW),
        keys=("Escape",),
        then=(EMPTY, NEW),
        exit_code=0,
    ),
    Start(
        "a session while a message is open",
        ("session.h5",),
        (EMPTY, BOX, BOX),
        first=("missing.h5",),
        first_titles=(EMPTY, BOX),
        printed="Busy: a dialog is open",
    ),
    Start(
        "a session while steps run",
        ("session.h5",),
        ("", BOX),
        first=(),
        first_keys=("alt+h", "s"),
        printed="Busy: ",
        keys=("Return",),
        then=("", WINDOW),
    ),
    Start("the demo", ("demo", "--output", "{folder}/demo"), ("",), ("Opened ",)),
    Start("a new instance", ("--new-instance",), (EMPTY, EMPTY), first=()),
    _opened("a new instance with a session", "--new-instance", "session.h5"),
    Start(
        "a new instance beside another, with a session",
        ("--new-instance", "session.h5"),
        (EMPTY, WINDOW),
        first=(),
    ),
    _opened("the desktop entry's command line", "Prüfung 1, ß/eine Sitzung.h5", desktop=True),
    _opened(
        "the desktop entry's command line, beside an idle window",
        "session.h5",
        desktop=True,
        first=(),
        exit_code=0,
    ),
    Start(
        "the desktop entry's command line with a recording",
        (RAW, SORTED),
        (EMPTY, NEW),
        PREVIEWED,
        desktop=True,
    ),
)


def make_files(folder: Path, reference: Path, run: Callable[[list[str]], object]) -> None:
    """Make the files that the table names.

    Parameters
    ----------
    folder : Path
        Where they go.
    reference : Path
        Folder of the reference recording and the files of the lab's scripts.
    run : callable
        Runs the program without a window, with these arguments.
    """
    for name in (RAW, SORTED, "lab_deferred.h5", "lab_immediate.h5"):
        shutil.copyfile(reference / name, folder / name)
    shutil.copyfile(reference / SORTED, folder / "2026.03.04-05.06.07-Rec-.cmtr")
    files = ["--cmcr", str(folder / RAW), "--cmtr", str(folder / SORTED), "--steps", "load_recording"]
    run(
        [
            "run",
            *files,
            "--output",
            str(folder / "session.h5"),
            "--checkpoint-dir",
            str(folder / "checkpoints"),
        ]
    )
    checkpoint = next((folder / "checkpoints").glob("*.h5"))
    checkpoint.replace(folder / "checkpoint.h5")
    (folder / "Prüfung 1, ß").mkdir()
    for name in ("-session.h5", "Prüfung 1, ß/eine Sitzung.h5"):
        shutil.copyfile(folder / "session.h5", folder / name)
    _make_sorting(folder / "kilosort")
    (folder / "empty.h5").touch()
    for name in ("text.h5", "text.cmcr"):
        (folder / name).write_text("This is not HDF5.\n" * 100, encoding="utf-8")


def _make_sorting(folder: Path) -> None:
    """Make a small folder as Kilosort and phy write it."""
    folder.mkdir()
    np.save(folder / "spike_times.npy", np.array([10, 20, 30, 40, 50], np.uint64))
    np.save(folder / "spike_clusters.npy", np.array([0, 0, 1, 0, 1], np.int32))
    (folder / "params.py").write_text("sample_rate = 2500.0\n", encoding="utf-8")


class Screen:
    """A screen in memory and what can be seen on it.

    Attributes
    ----------
    display : str
        Its name.
    """

    def __init__(self, display: str, pixels: Path) -> None:
        self.display = display
        self._pixels = pixels

    def titles(self) -> dict[str, str]:
        """Titles of the visible windows by their ids."""
        windows = self._xdotool("search", "--onlyvisible", "--name", ".").split()
        titles = {window: self._xdotool("getwindowname", window).strip() for window in windows}
        return {window: title for window, title in titles.items() if title}

    def process_of(self, window: str) -> int | None:
        """Process that a window belongs to."""
        number = self._xdotool("getwindowpid", window).strip()
        return int(number) if number else None

    def press(self, key: str) -> None:
        """Press a key, in the window that has the focus."""
        self._xdotool("key", "--clearmodifiers", key)

    def focus(self, window: str) -> None:
        """Focus a window, which no window manager does here."""
        self._xdotool("windowfocus", window)

    def picture(self) -> np.ndarray[Any, np.dtype[np.uint8]]:
        """Pixels of the screen, uint8 (height, width, 3)."""
        raw = self._pixels.read_bytes()
        header = np.frombuffer(raw[:_HEADER_BYTES], ">u4", _XWD_FIELDS)
        size, width, height, line, n_colours = (int(header[index]) for index in (0, 4, 5, 12, 19))
        start = size + n_colours * _COLOUR_BYTES
        rows = np.frombuffer(raw, np.uint8, height * line, start).reshape(height, line)
        return rows[:, : 4 * width].reshape(height, width, 4)[:, :, 2::-1]

    def table_rows(self) -> int:
        """Number of lines of text where the unit table shows its ids."""
        ids = self.picture()[_IDS].astype(np.int16)
        contrast = np.abs(ids - np.median(ids, axis=1, keepdims=True)).max(axis=(1, 2))
        has_text = np.flatnonzero(contrast > 80)  # black on white, or white on the blue of the selected row
        return int(has_text.size > 0) + int(np.count_nonzero(np.diff(has_text) > _LINE_GAP))

    def _xdotool(self, *words: str) -> str:
        done = subprocess.run(
            ["xdotool", *words],
            env={**os.environ, "DISPLAY": self.display},
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_S,
        )
        return done.stdout


@contextmanager
def screen() -> Iterator[Screen]:
    """A screen of its own; the X server finds a free number itself."""
    reading, writing = os.pipe()
    with tempfile.TemporaryDirectory(prefix="hdmea-screen-") as pixels:
        size = f"{_WIDTH}x{_HEIGHT}x24"
        words = [
            "Xvfb",
            "-displayfd",
            str(writing),
            "-screen",
            "0",
            size,
            "-nolisten",
            "tcp",
            "-fbdir",
            pixels,
            "-noreset",  # else it refuses connections for a moment whenever its last window closes
        ]
        server = subprocess.Popen(words, pass_fds=[writing], stderr=subprocess.DEVNULL)
        os.close(writing)
        try:
            with os.fdopen(reading) as stream:
                display = f":{stream.readline().strip()}"
            yield Screen(display, Path(pixels) / "Xvfb_screen0")
        finally:
            server.terminate()
            server.wait()


@dataclass
class Program:
    """How the program is started.

    Parameters
    ----------
    command : list of str
        Its command, without arguments.
    environment : dict
        Its environment, but for screen and settings.
    user : dict
        Arguments for `subprocess.Popen` that name the user.
    desktop_entry : Path
        The desktop entry that starts it.
    """

    command: list[str]
    environment: dict[str, str]
    desktop_entry: Path
    user: dict[str, Any] = field(default_factory=dict)

    def words(self, start: Start, folder: Path) -> list[str]:
        """The command line of a start."""
        arguments = [argument.replace("{folder}", str(folder)) for argument in start.arguments]
        if start.desktop:
            return self.desktop_words([folder / name for name in arguments])
        return [*self.command, *arguments]

    def desktop_words(self, paths: Sequence[Path]) -> list[str]:
        """Return the command line of the desktop entry, as a file manager fills it in."""
        entry = self.desktop_entry.read_text(encoding="utf-8")
        found = re.search(r"^Exec=(.*)$", entry, re.MULTILINE)
        if found is None:
            raise StartError(f"{self.desktop_entry} starts nothing")
        words = shlex.split(found[1])
        command = self.command if words[0] == "@PROGRAM@" else words[:1]
        return [
            *command,
            *(name for word in words[1:] for name in (map(str, paths) if word == "%F" else [word])),
        ]


class Trial:
    """One row of the table, carried out.

    Parameters
    ----------
    start : Start
        The row.
    program : Program
        What is started.
    screen : Screen
        Where it is seen.
    folder : Path
        The folder of the files, which is the working directory.
    settings : Path
        An empty folder for settings and log.
    """

    def __init__(self, start: Start, program: Program, screen: Screen, folder: Path, settings: Path) -> None:
        self._start, self._program, self._screen, self._folder = start, program, screen, folder
        self._log_file = settings / "log" / "hdmea-gui.log"
        hidden = {"QT_QPA_PLATFORM", "WAYLAND_DISPLAY"}
        kept = {name: value for name, value in program.environment.items() if name not in hidden}
        self._environment = kept | {"DISPLAY": screen.display, "HDMEA_CONFIG_DIR": str(settings)}
        self._processes: list[subprocess.Popen[bytes]] = []
        self._errors = settings / "errors.txt"

    def run(self, until: Callable[[], bool] | None = None) -> None:
        """Carry it out.

        Parameters
        ----------
        until : callable, optional
            Something more to wait for before the request to end.

        Raises
        ------
        StartError
            Something is not as the table says; the message tells what was seen instead.
        """
        try:
            self._carry_out()
            if until is not None:
                self._wait(until, "what the row is about")
            self._end()
        finally:
            for process in self._processes:
                process.kill()
                process.wait()

    def _carry_out(self) -> None:
        start = self._start
        if start.first is not None:
            self._run([*self._program.command, *start.first])
            self._wait_for_titles(start.first_titles)
            self._press(start.first_keys)
        process = self._run(self._program.words(start, self._folder))
        self._wait_for_titles(start.titles)
        for text in start.log:
            self._wait(partial(self._is_logged, text), f"the log to say {text!r}")
        if start.units:
            self._wait(
                lambda: self._screen.table_rows() == start.units, f"{start.units} rows in the unit table"
            )
        if start.printed not in self._errors.read_text(encoding="utf-8"):
            raise StartError(f"it does not print {start.printed!r}")
        before = self._screen.titles()
        self._press(start.keys)
        if start.then is not None:
            self._wait(
                partial(self._has_led_to, start, before, [time.monotonic()]),
                f"the windows {list(start.then)}",
            )
        if start.exit_code is not None:
            self._wait(partial(_has_ended, process), "the process to end")
            if process.returncode != start.exit_code:
                raise StartError(f"it ends with {process.returncode} instead of {start.exit_code}")

    def _run(self, words: Sequence[str]) -> subprocess.Popen[bytes]:
        with self._errors.open("ab") as errors:
            process = subprocess.Popen(
                words, env=self._environment, cwd=self._folder, stderr=errors, **self._program.user
            )
        self._processes.append(process)
        return process

    def _press(self, keys: Sequence[str]) -> None:
        for key in keys:
            windows = self._screen.titles()
            boxes = [window for window, title in windows.items() if title == BOX]
            # of one process the newest window has the largest id; of several processes any may have
            self._screen.focus(max(boxes or windows, key=int))
            self._screen.press(key)
            time.sleep(0.5)

    def _end(self) -> None:
        """Ask every process to end, those of further windows too; all must, and those of windows with exit code 0."""
        windows = self._screen.titles()
        numbers = {number for window in windows if (number := self._screen.process_of(window)) is not None}
        boxes = {self._screen.process_of(window) for window, title in windows.items() if title == BOX} - {
            self._screen.process_of(window) for window, title in windows.items() if title != BOX
        }
        for number in numbers:
            os.kill(number, signal.SIGTERM)
        self._wait(lambda: not self._screen.titles(), "every window to close on SIGTERM")
        for process in self._processes:
            self._wait(partial(_has_ended, process), "the process to end on SIGTERM")
            allowed = {0, -signal.SIGTERM} if process.pid in boxes else {0}
            if process.returncode not in allowed:
                raise StartError(f"asked to end, it ends with {process.returncode}")
        if "Traceback" in self._errors.read_text(encoding="utf-8"):
            raise StartError(f"it prints a traceback:\n{self._errors.read_text(encoding='utf-8')[-2000:]}")

    def _has_led_to(self, start: Start, before: dict[str, str], pressed: list[float]) -> bool:
        """Whether the keys have led to what the table says; a busy window may have missed them, so they come again."""
        titles = self._screen.titles()
        if titles == before and time.monotonic() > pressed[-1] + _MISSED_S:
            self._press(start.keys)
            pressed.append(time.monotonic())
        return _fit(list(titles.values()), start.then or ())

    def _wait_for_titles(self, expected: Sequence[str]) -> None:
        self._wait(
            lambda: _fit(list(self._screen.titles().values()), expected), f"the windows {list(expected)}"
        )

    def _wait(self, condition: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not condition():
            if time.monotonic() > deadline:
                seen = list(self._screen.titles().values())
                errors = self._errors.read_text(encoding="utf-8")[-2000:]
                raise StartError(
                    f"waited in vain for {what}.\nWindows: {seen}, {self._screen.table_rows()} rows in the table\n"
                    f"Log: {self._log()[-2000:]}\nPrinted: {errors}"
                )
            time.sleep(_LOOK_S)

    def _is_logged(self, text: str) -> bool:
        return text in self._log()

    def _log(self) -> str:
        return self._log_file.read_text(encoding="utf-8") if self._log_file.is_file() else ""


def _has_ended(process: subprocess.Popen[bytes]) -> bool:
    return process.poll() is not None


def _fit(titles: Sequence[str], expected: Sequence[str]) -> bool:
    """Whether there are as many titles as expected, and each begins with one of them."""
    left = Counter(expected)
    for title in sorted(titles, key=len, reverse=True):
        match = next(
            (text for text in sorted(left, key=len, reverse=True) if left[text] and title.startswith(text)),
            None,
        )
        if match is None:
            return False
        left[match] -= 1
    return not +left


def check_starts(
    program: Program, folder: Path, settings: Path, rows: Sequence[Start] = STARTS
) -> Iterator[tuple[Start, str]]:
    """Carry out rows of the table; each with what is wrong, empty if nothing is.

    Parameters
    ----------
    program : Program
        What is started.
    folder : Path
        Folder of the files, made by `make_files`.
    settings : Path
        Where each row gets a folder for its settings and log.
    rows : sequence of Start
        The rows; the whole table by default.
    """
    with screen() as display:
        for number, start in enumerate(rows):
            own = settings / str(number)
            own.mkdir(mode=0o777)
            own.chmod(0o777)
            try:
                Trial(start, program, display, folder, own).run()
            except StartError as error:
                yield start, str(error)
            else:
                yield start, ""
