"""How the program ends: with nothing left of its window, and nothing to say."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

PROGRAM = """
import sys
from pathlib import Path
import shiboken6
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QGraphicsView
from hdmea_gui import app
from hdmea_gui.models.session_model import SessionModel
from hdmea_gui.views import VIEWS
from hdmea_gui.window.ask import Unsaved
from hdmea_gui.window.help_commands import how_it_works
from hdmea_gui.window.main_window import MainWindow
from hdmea_gui.window.pipeline_commands import pick_threshold, run_steps
from hdmea_gui.window.screenshots import Nobody
from hdmea_gui.workers.tasks import launch
from hdmea_gui.workers.warm_up import WarmUp

def make(faults, _path):
    window = MainWindow(SessionModel(), faults, Nobody())
    window.workbench.ask.unsaved = lambda _name: Unsaved.DISCARD
    WarmUp(window)
    QTimer.singleShot(0, window, lambda: launch(use(window)))
    return window

async def use(window):
    assert await window.workbench.files.open(Path(sys.argv[1]))
    window.workbench.context.selection.select(("unit_001", "unit_002"), "unit_001")
    for spec in VIEWS:
        window.workbench.panels.docks.bring(spec.key)
    window.workbench.panels.docks["chip"].setFloating(True)
    assert await run_steps(window.workbench, ("rf_geometry",), named=True)
    pick_threshold(window.workbench)
    how_it_works(window.workbench)
    window.close()

made = []
assert app.main([], lambda *given: made.append(make(*given)) or made[0]) == 0
assert not shiboken6.isValid(made[0])
assert not [left for left in QApplication.allWidgets() if isinstance(left, QGraphicsView)]
"""


AS_AN_OPENING_FAILS = """
from pathlib import Path
from PySide6.QtCore import QTimer
from hdmea_gui import app
from hdmea_gui.models.session_model import SessionModel
from hdmea_gui.window.main_window import MainWindow
from hdmea_gui.workers.tasks import launch

def make(faults, _path):
    window = MainWindow(SessionModel(), faults)
    QTimer.singleShot(0, window, lambda: launch(use(window)))
    return window

async def use(window):
    window.workbench.files.ended.connect(window.close)
    await window.workbench.files.open(Path("nowhere.h5"))

made = []
assert app.main([], lambda *given: made.append(make(*given)) or made[0]) == 0
"""


def test_the_program_ends_in_order_after_work(reference: Path, tmp_path: Path) -> None:
    path = reference / "lab_deferred.h5"
    result = run(PROGRAM, tmp_path, str(path))
    # what the file says
    said = [line for line in result.stderr.splitlines() if not line.startswith(str(path))]
    assert (said, result.stdout, result.returncode) == ([], "", 0)


def test_a_file_that_cannot_be_opened_does_not_keep_a_closed_program_running(tmp_path: Path) -> None:
    result = run(AS_AN_OPENING_FAILS, tmp_path)
    assert (result.stdout, result.returncode) == ("", 0)


def run(program: str, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program, *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "HDMEA_CONFIG_DIR": str(folder)},
    )
