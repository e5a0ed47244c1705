"""Labels and notes typed on a screen with the keys of a real keyboard, by xdotool."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from typing import TYPE_CHECKING, Any

import pytest

from hdmea_gui.session import PipelineSession
from tests.test_starts import ENVIRONMENT, PROGRAM, display, files, starts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.skipif(
    not all(shutil.which(name) for name in ("Xvfb", "xdotool", "setxkbmap")),
    reason="Xvfb, xdotool or setxkbmap is not installed (Debian's packages xvfb, xdotool, x11-xkb-utils)",
)
__all__ = ["display", "files"]  # the fixtures

KEYCODE_N = "57"


def wait(condition: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + starts.PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.1)


class Running:
    """The program on the screen, with its main window in front."""

    def __init__(self, screen: Any, folder: Path, *arguments: str) -> None:
        hidden = {"QT_QPA_PLATFORM", "WAYLAND_DISPLAY"}
        kept = {name: value for name, value in ENVIRONMENT.items() if name not in hidden}
        self.errors = folder / "errors.txt"
        self._screen = screen
        with self.errors.open("wb") as errors:
            self.process = subprocess.Popen(
                [*PROGRAM, *arguments],
                env=kept | {"DISPLAY": screen.display, "HDMEA_CONFIG_DIR": str(folder / "settings")},
                stderr=errors,
            )

    def come_forward(self, title: str) -> None:
        wait(lambda: self._window(title), f"the window {title}")
        self._screen.focus(self._window(title))
        time.sleep(0.5)

    def _window(self, title: str) -> str:
        found = (window for window, seen in self._screen.titles().items() if seen.startswith(title))
        return next(found, "")

    def press(self, *keys: str) -> None:
        for key in keys:
            self._screen.press(key)
            time.sleep(0.15)

    def type(self, text: str) -> None:
        self._screen.type(text)
        time.sleep(0.15)


@pytest.fixture
def begin(display: Any, tmp_path: Path) -> Iterator[Callable[..., Running]]:
    started: list[Running] = []

    def run(*arguments: str) -> Running:
        started.append(Running(display, tmp_path, *arguments))
        return started[-1]

    yield run
    for running in started:
        if running.process.poll() is None:
            running.process.send_signal(signal.SIGKILL)
        running.process.wait()


def keyboard(screen: Any, layout: str) -> None:
    environment = os.environ | {"DISPLAY": screen.display}
    subprocess.run(["setxkbmap", "-layout", layout], env=environment, check=True, capture_output=True)
    time.sleep(0.5)


def opened_program(
    begin: Callable[..., Running], files: Path, display: Any, folder: Path
) -> tuple[Path, Running]:
    """A session of its own, and the program that shows it."""
    path = folder / "session.h5"
    shutil.copyfile(files / "session.h5", path)
    program = begin(str(path))
    program.come_forward(starts.WINDOW)
    wait(lambda: display.table_rows() == starts.N_UNITS, "the rows of the table")
    return path, program


def test_what_is_typed_on_a_screen_is_what_is_stored(
    begin: Callable[..., Running], files: Path, display: Any, tmp_path: Path
) -> None:
    path, program = opened_program(begin, files, display, tmp_path)

    program.press("ctrl+f")
    program.type('id != "unit_003"')
    program.press("Return", "ctrl+a", "g")  # all but the one that the filter hides
    program.press("ctrl+f", "Escape", "Escape")  # clears it, then goes back to the table

    program.press("slash")
    program.type("2")
    program.press("Escape", "Home", "Right", "Return")
    program.type("good ON alpha")
    program.press("Return")
    program.press("slash")
    program.type("3")
    program.press("Escape", "Home", "Right", "Return")
    program.type("good")  # a beginning of "good ON alpha"
    program.press("Tab")

    program.press("slash")
    program.type("4")
    program.press("Escape", "End", "Return")
    program.type("large n")
    program.press("ctrl+s")
    program.type("ucleus, no gum")
    program.press("Down", "Up")  # mean nothing in a note
    program.type("!")
    program.press("Return")

    program.press("slash")
    program.type("5")
    program.press("Escape")
    keyboard(display, "ru")
    program.press(KEYCODE_N)
    keyboard(display, "us")

    program.press("ctrl+s", "ctrl+q")
    wait(lambda: program.process.poll() is not None, "the program to end")
    assert program.process.returncode == 0
    units = PipelineSession.load(path).units
    labels = {unit: content.get("label", "") for unit, content in units.items()}
    special = {"unit_002": "good ON alpha", "unit_005": "noise"}
    assert labels == {unit: special.get(unit, "good") for unit in units}
    notes = {unit: content["note"] for unit, content in units.items() if content.get("note")}
    assert notes == {"unit_004": "large nucleus, no gum!"}
    printed = program.errors.read_text(encoding="utf-8")
    assert "editing failed" not in printed
    assert "Traceback" not in printed


def test_labels_and_notes_are_whole_though_a_step_ends_and_the_program_is_quit(
    begin: Callable[..., Running], files: Path, display: Any, tmp_path: Path
) -> None:
    path, program = opened_program(begin, files, display, tmp_path)

    typed = {"1": "ON alpha", "2": "OFF sustained", "3": "ON", "4": "OFF", "5": "un"}
    for number, label in typed.items():
        program.press("slash")
        program.type(number)
        program.press("Escape", "Home", "Right", "Return")
        program.type(label)
        program.press("Tab" if label == "OFF" else "Return")

    program.press("slash")
    program.type("6")
    program.press("Escape", "alt+u", "n")  # Units > Label as noise

    note = "no gum in here, " * 8
    program.press("slash")
    program.type("7")
    program.press("Escape", "ctrl+r", "End", "Return")  # a step runs and ends while the note is typed
    program.type(note + "mug")

    program.press("ctrl+q")
    program.come_forward(starts.BOX)
    program.press("Return")  # Save
    wait(lambda: program.process.poll() is not None, "the program to end")
    session = PipelineSession.load(path)
    assert "compute_eimage_sta" in session.completed_steps
    units = session.units
    expected = {f"unit_00{number}": label for number, label in typed.items()} | {"unit_006": "noise"}
    labels = {unit: content["label"] for unit, content in units.items() if content.get("label")}
    assert labels == expected
    assert {unit: content["note"] for unit, content in units.items() if content.get("note")} == {
        "unit_007": note + "mug"
    }
    assert "Traceback" not in program.errors.read_text(encoding="utf-8")


def test_a_new_recording_is_typed_on_a_screen(
    begin: Callable[..., Running], files: Path, display: Any
) -> None:
    program = begin()
    program.come_forward(starts.EMPTY)
    program.press("ctrl+n")
    program.come_forward(starts.NEW)
    program.type(str(files / starts.RAW))
    program.press("Return")
    wait(lambda: display.table_rows() == starts.N_UNITS, "the rows of the table")
    assert not [title for title in display.titles().values() if title == starts.NEW]
