"""The program on a real screen, kept in memory by Xvfb: what the platform without a screen cannot show."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtGui import QImage

from hdmea_gui.session import PipelineSession

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent.parent
WIDTH, HEIGHT = 1280, 800

USE = """
import asyncio, os, sys, traceback
from pathlib import Path
from PySide6.QtCore import QTimer
from PySide6.QtGui import QGuiApplication
from hdmea_gui import app
from hdmea_gui.models.session_model import SessionModel
from hdmea_gui.window.help_commands import make_and_run_sample
from hdmea_gui.window.main_window import MainWindow
from hdmea_gui.workers import launch

folder = Path(sys.argv[1])

async def use(window):
    try:
        assert await make_and_run_sample(window.workbench, folder / "sample")
        assert await window.workbench.files.save(folder / "saved.h5")
        while not window.fetcher.is_idle:
            await asyncio.sleep(0.05)
        await asyncio.sleep(0.5)
        screen = QGuiApplication.primaryScreen()
        assert screen.grabWindow(0).save(str(folder / "screen.png"))
        print(QGuiApplication.platformName(), window.isActiveWindow() or window.isVisible())
        window.close()
    except BaseException:
        traceback.print_exc()
        os._exit(3)  # rather than wait in front of a dialog

def make_window(faults, path):
    window = MainWindow(SessionModel(), faults)
    QTimer.singleShot(0, lambda: launch(use(window)))
    return window

sys.exit(app.main([], make_window))
"""


@pytest.fixture
def display() -> Iterator[str]:
    """Name of a screen of its own; the X server finds a free number itself."""
    server = shutil.which("Xvfb")
    if server is None:
        pytest.skip("Xvfb is not installed (Debian's package xvfb): no screen to try the window on")
    command = [server, "-displayfd", "1", "-screen", "0", f"{WIDTH}x{HEIGHT}x24", "-nolisten", "tcp"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        number = process.stdout.readline().strip()
        try:
            assert number, "Xvfb has not started"
            yield f":{number}"
        finally:
            process.terminate()


def test_the_window_works_on_a_screen(display: str, tmp_path: Path) -> None:
    hidden = {"QT_QPA_PLATFORM", "WAYLAND_DISPLAY"}
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    done = subprocess.run(
        [sys.executable, "-c", USE, str(tmp_path)],
        env=environment | {"DISPLAY": display, "PYTHONPATH": str(ROOT)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["xcb", "True"]
    assert PipelineSession.load(tmp_path / "saved.h5").unit_count == 12
    picture = QImage(str(tmp_path / "screen.png"))
    assert (picture.width(), picture.height()) == (WIDTH, HEIGHT)
    for part in (range(WIDTH // 4), range(WIDTH // 4, WIDTH // 2), range(WIDTH // 2, WIDTH)):
        colours = {picture.pixel(x, y) for x in part[::2] for y in range(0, HEIGHT, 2)}
        assert len(colours) > 20  # pipeline, table and views are all drawn
