"""The self-test: it passes here, and names what is broken."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtGui import QColor, QImage

from hdmea_gui import selftest
from hdmea_gui.cli import main
from hdmea_gui.errors import DataLoadError
from hdmea_gui.io.hdf5_filters import check_filters
from hdmea_gui.pipeline.progress import Cancelled
from hdmea_gui.settings import load_settings
from hdmea_gui.workers.new_process import program_command
from hdmea_gui.workers.self_test import run_self_test

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parent.parent


def run_line(*words: str) -> int:
    return main(["selftest", *words], [selftest.add_command])


def start(*words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    names = {"DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"}
    environment = {name: value for name, value in os.environ.items() if name not in names} | variables
    command = [sys.executable, "-m", "hdmea_gui", "selftest", *words]
    return subprocess.run(
        command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300
    )


def test_all_is_well_here_without_a_screen(tmp_path: Path) -> None:
    done = start("--json", "--picture", str(tmp_path / "window.png"))
    report = json.loads(done.stdout)
    words = {check["name"]: check["words"] for check in report["checks"]}
    assert (done.returncode, report["ok"], report["exit_code"]) == (0, True, 0), words
    assert list(words) == [name for name, _check in selftest.CHECKS]
    if sys.platform == "linux":
        assert "no screen here" in words["Screen and fonts"]
    assert "gzip" in words["HDF5"]
    assert "identical when read back" in words["Sample recording"]
    assert QImage(str(tmp_path / "window.png")).size().width() == 1280
    assert load_settings().recent_files == ()  # it leaves no trace in the user's settings


@pytest.mark.skipif(sys.platform != "linux", reason="screens of X")
def test_a_screen_that_cannot_be_reached_is_told_and_not_fatal() -> None:
    code = "import sys; from hdmea_gui import selftest; print(selftest.check_screen(None))"
    names = {"WAYLAND_DISPLAY", "QT_QPA_PLATFORM"}
    environment = {name: value for name, value in os.environ.items() if name not in names}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment | {"DISPLAY": ":7391"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert "the screen cannot be reached" in done.stdout, done.stderr


def broken(_trial: object) -> str:
    raise selftest.CheckError("The chip is made of cheese.")


def odd(_trial: object) -> str:
    raise ZeroDivisionError("in a check")


def fine(_trial: object) -> str:
    return "as it should be"


@pytest.mark.parametrize(
    ("check", "words"), [(broken, "The chip is made of cheese."), (odd, "ZeroDivisionError: in a check")]
)
def test_what_is_wrong_is_named_and_the_rest_goes_on(
    check: Callable[[object], str],
    words: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(selftest, "CHECKS", (("First", check), ("Second", fine)))
    assert run_line() == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"NO  First: {words}"
    assert lines[1] == "ok  Second: as it should be"
    assert lines[-1] == "Not OK: First"
    assert run_line("--json") == 1
    report: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert (report["ok"], report["exit_code"], report["checks"][0]["words"]) == (False, 1, words)


def test_a_folder_that_cannot_be_written_to_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("HDMEA_CONFIG_DIR", str(tmp_path / "file"))
    monkeypatch.setattr(selftest, "CHECKS", (("Folders", selftest.check_folders),))
    assert run_line() == 1
    assert str(tmp_path / "file" / "data") in capsys.readouterr().out


def test_a_missing_filter_is_named() -> None:
    assert "shuffle" in check_filters()
    with pytest.raises(DataLoadError, match=r"szip-of-ours: .+install the program again"):
        check_filters({"gzip": {"compression": "gzip"}, "szip-of-ours": {"compression": 31999}})


def test_a_blank_picture_is_told_from_one_with_a_window() -> None:
    image = QImage(300, 300, QImage.Format.Format_RGB32)
    image.fill(QColor("white"))
    assert selftest.colours_of(image) == 1
    for x in range(300):
        for y in range(300):
            image.setPixelColor(x, y, QColor(x % 256, y % 256, 0))
    assert selftest.colours_of(image) > 1000


def say(text: str, code: int) -> list[str]:
    return [sys.executable, "-c", f"import sys; print({text!r}); sys.exit({code})"]


def test_the_window_runs_it_in_a_process_of_its_own() -> None:
    assert program_command() == [sys.executable, "-m", "hdmea_gui"]
    assert run_self_test(lambda _done, _total: None, say("OK", 0)) == run_self_test(
        lambda _done, _total: None, say("OK", 0)
    )
    good = run_self_test(lambda _done, _total: None, say("OK", 0))
    bad = run_self_test(lambda _done, _total: None, say("NO  HDF5", 1))
    lost = run_self_test(lambda _done, _total: None, say("begun", 139))
    assert (good.is_ok, good.text) == (True, "OK")
    assert (bad.is_ok, bad.text) == (False, "NO  HDF5")
    assert (lost.is_ok, lost.text) == (False, "begun\nNot OK: the self-test crashed (exit code 139).")


def test_it_can_be_stopped() -> None:
    command = [sys.executable, "-c", "import time; time.sleep(600)"]

    def stop(done: int, _total: int) -> None:
        if done:
            raise Cancelled

    with pytest.raises(Cancelled):
        run_self_test(stop, command)


def test_frozen_on_windows_the_twin_with_a_console_is_started(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "hdmea-gui.exe"))
    assert program_command(with_console=True) == [str(tmp_path / "hdmea-gui.exe")]
    (tmp_path / "hdmea-gui-cli.exe").write_text("")
    assert program_command(with_console=True) == [str(tmp_path / "hdmea-gui-cli.exe")]
    assert program_command() == [str(tmp_path / "hdmea-gui.exe")]
