"""The layout of the window from one start to the next: damaged, of another version, of two windows, after a crash."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from hdmea_gui.models.session_model import SessionModel
from hdmea_gui.settings import config_dir, load_settings, settings_file
from hdmea_gui.window.main_window import MainWindow
from hdmea_gui.workers.faults import Faults
from tests.window.waiting import until

if TYPE_CHECKING:
    from tests.window.conftest import Answers, Await

ROOT = Path(__file__).parent.parent.parent


def close(window: MainWindow, await_: Await) -> None:
    async def wait() -> None:
        window.close()
        await until(lambda: not window.isVisible())

    await_(wait())


def open_window(answers: Answers, await_: Await) -> MainWindow:
    made = MainWindow(SessionModel(), Faults(), answers)
    made.resize(1280, 720)
    made.show()
    await_(until(lambda: not (config_dir() / "starting.lock").exists()))
    return made


def stored_window() -> dict[str, Any]:
    window = json.loads(settings_file().read_text(encoding="utf-8"))["window"]
    assert isinstance(window, dict)
    return window


def write_window(window: dict[str, Any]) -> None:
    settings = json.loads(settings_file().read_text(encoding="utf-8"))
    settings_file().write_text(json.dumps(settings | {"window": window}), encoding="utf-8")


@pytest.mark.parametrize("name", ["geometry", "state"])
def test_one_wrong_letter_anywhere_sets_the_layout_aside(
    name: str, window: MainWindow, await_: Await
) -> None:
    docks = window.workbench.panels.docks
    good = docks.state()
    for place in range(0, len(good[name]), 7):
        letter = "A" if good[name][place] != "A" else "B"
        damaged = good | {name: good[name][:place] + letter + good[name][place + 1 :]}
        assert not docks.restore(damaged), place
    assert docks.restore(good)
    await_(until(window.isVisible))


@pytest.mark.parametrize("state", ["", "no base64", "AAAA", 7, None, ["x"]])
def test_a_damaged_layout_is_kept_beside_and_the_default_applies(
    state: object, window: MainWindow, answers: Answers, await_: Await, caplog: pytest.LogCaptureFixture
) -> None:
    window.workbench.panels.docks["log"].hide()
    close(window, await_)
    damaged = stored_window() | {"state": state}
    write_window(damaged)
    again = open_window(answers, await_)
    assert again.workbench.panels.docks["log"].isVisible()
    aside = config_dir() / "window.unreadable.json"
    assert json.loads(aside.read_text(encoding="utf-8")) == damaged
    assert str(aside) in caplog.text
    close(again, await_)
    assert stored_window()["state"] != state


def test_two_windows_keep_what_each_has_changed(window: MainWindow, answers: Answers, await_: Await) -> None:
    await_(until(lambda: not (config_dir() / "starting.lock").exists()))
    other = open_window(answers, await_)
    window.workbench.panels.docks["log"].hide()
    other.workbench.panels.table.table.show_columns(["id", "note"])
    close(window, await_)
    close(other, await_)
    again = open_window(answers, await_)
    assert not again.workbench.panels.docks["log"].isVisible()
    assert again.workbench.panels.table.table.wanted == ("id", "note")
    close(again, await_)


CRASH = """
import os, sys
from PySide6.QtWidgets import QApplication
application = QApplication([])
from hdmea_gui.models.session_model import SessionModel
from hdmea_gui.window import panels
from hdmea_gui.window.main_window import MainWindow
from hdmea_gui.workers.faults import Faults
panels.Panels.restore = lambda self, state: os.abort()  # as Qt on a layout that it cannot read
window = MainWindow(SessionModel(), Faults())
window.show()
"""


def test_after_a_start_that_broke_off_the_defaults_apply_once(
    window: MainWindow, answers: Answers, await_: Await, own_settings: Path
) -> None:
    window.workbench.panels.docks["log"].hide()
    close(window, await_)
    kept = stored_window()
    environment = os.environ | {"PYTHONPATH": str(ROOT), "HDMEA_CONFIG_DIR": str(own_settings)}
    done = subprocess.run([sys.executable, "-c", CRASH], env=environment, capture_output=True, check=False)
    assert done.returncode != 0
    assert load_settings().window == kept
    again = open_window(answers, await_)
    assert again.workbench.panels.docks["log"].isVisible()
    assert json.loads((config_dir() / "window.unreadable.json").read_text(encoding="utf-8")) == kept
    again.workbench.panels.docks["pipeline"].hide()
    close(again, await_)
    third = open_window(answers, await_)
    assert not third.workbench.panels.docks["pipeline"].isVisible()
    close(third, await_)
