from __future__ import annotations

import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import hdmea_gui

ROOT = Path(__file__).parent.parent
WINDOW_PACKAGES = {
    "__main__",
    "app",
    "handover",
    "program_log",
    "message_box",
    "selftest",
    "selftest_window",
    "window",
    "views",
    "workers",
    "models",
}
QT = {"PySide6", "shiboken6", "pyqtgraph", "qasync"}
SLOW_TO_IMPORT = {"scipy.signal", "scipy.stats", "scipy.optimize"}

IMPORT_ALL = """
import importlib, sys
blocked, names = sys.argv[1].split(), sys.argv[2].split()
for name in blocked:
    sys.modules[name] = None
for name in names:
    importlib.import_module(name)
print(*(name for name, module in sys.modules.items() if module is not None))
"""

EMIT_OFTEN = """
from PySide6.QtCore import QObject, Signal

class Sender(QObject):
    plain = Signal()
    flag = Signal(bool)
    thing = Signal(object)

heard = []
sender = Sender()
sender.flag.connect(heard.append)
for _ in range(20_000):
    sender.plain.emit()
    sender.flag.emit(True)
    sender.thing.emit(True)
assert len(heard) == 20_000
print("alive")
"""


def headless_modules() -> list[str]:
    found = pkgutil.walk_packages(hdmea_gui.__path__, "hdmea_gui.")
    return [module.name for module in found if module.name.split(".")[1] not in WINDOW_PACKAGES]


def imported_by(names: list[str], blocked: set[str]) -> set[str]:
    command = [sys.executable, "-W", "error", "-c", IMPORT_ALL, " ".join(blocked), " ".join(names)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


@pytest.mark.parametrize("blocked", [set(), QT], ids=["Qt there", "Qt not installed"])
def test_packages_without_a_window_import_no_qt(blocked: set[str]) -> None:
    names = headless_modules()
    assert {"hdmea_gui.settings", "hdmea_gui.errors"} <= set(names)
    imported = imported_by(names, blocked)
    assert set(names) <= imported
    assert not {name for name in imported if name.split(".")[0] in QT}


def test_pipeline_starts_without_the_slow_parts_of_scipy() -> None:
    assert not imported_by(["hdmea_gui.pipeline"], set()) & SLOW_TO_IMPORT


def test_qt_outlives_many_emitted_signals() -> None:
    # PySide6 6.12.0 on Python 3.11 drops a reference to True at each emit, and in the end aborts the process.
    command = [sys.executable, "-c", EMIT_OFTEN]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.stdout.strip() == "alive", done.stderr


FIRST_SCREEN = """
import os, sys
from pathlib import Path
from PySide6.QtCore import QEvent, QObject
from hdmea_gui import app

class Painted(QObject):
    def eventFilter(self, window, event):
        if event.type() == QEvent.Type.Paint and not seen:
            seen.extend(sys.modules)
            window.workbench.closing.close_at_once()
        return False

def make(faults, path):
    window = app.make_main_window(faults, path)
    painted.setParent(window)
    window.installEventFilter(painted)
    return window

seen, painted = [], Painted()
code = app.main([], make)
print(*seen)
sys.exit(code)
"""

NOT_ON_THE_FIRST_SCREEN = SLOW_TO_IMPORT | {
    "matplotlib",
    "IPython",
    "PIL",
    "hdmea_gui.sample.recording",
    "scipy.interpolate",
    "scipy.ndimage",
    "multiprocessing.pool",
    "importlib.metadata",
    "urllib.request",
    "http.client",
    "xml.sax",
    "zoneinfo",
    "PySide6.QtQml",
    "PySide6.QtPrintSupport",
    "pyqtgraph.opengl",
}


def test_the_first_screen_waits_for_nothing_that_it_does_not_show() -> None:
    command = [sys.executable, "-c", FIRST_SCREEN]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    imported = set(done.stdout.split())
    assert "hdmea_gui.window.main_window" in imported
    assert not imported & NOT_ON_THE_FIRST_SCREEN
