"""What every test runs under: no screen, no user's settings, no thread left behind."""

from __future__ import annotations

import gc
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings
from pytestqt.qtbot import QtBot

if TYPE_CHECKING:
    from collections.abc import Iterator

# Before anything loads Qt, which aborts the process where there is no screen.
os.environ["QT_QPA_PLATFORM"] = "offscreen"

# The same examples in every run, however slow the machine is: a test that fails once fails always.
settings.register_profile(
    "steady", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("steady")

# A wait that succeeds early costs nothing; the limit is for what never happens, not for a machine that is busy.
HANG_S = 60
for _wait in (QtBot.waitSignal, QtBot.waitSignals, QtBot.waitUntil, QtBot.waitCallback):
    _wait.__kwdefaults__ = {**(_wait.__kwdefaults__ or {}), "timeout": 1000 * HANG_S}


@pytest.fixture(autouse=True)
def own_settings(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Provide each test with an empty settings folder and none of the user's variables."""
    for name in [name for name in os.environ if name.startswith("HDMEA_")]:
        monkeypatch.delenv(name)
    folder = tmp_path_factory.mktemp("settings")
    monkeypatch.setenv("HDMEA_CONFIG_DIR", str(folder))
    return folder


@pytest.fixture(autouse=True)
def garbage_on_this_thread(request: pytest.FixtureRequest) -> Iterator[None]:
    """Collect garbage on this thread only, as the program does: Qt's objects must not go on a worker's."""
    gc.disable()
    yield
    gc.collect(2 if "qapp" in request.fixturenames else 1)


@pytest.fixture(autouse=True)
def no_thread_left() -> Iterator[None]:
    """Fail a test that leaves a thread alive."""
    before = set(threading.enumerate())
    yield
    # Threads that Python did not start (Qt's) stay in its list for good once they have run Python code, as "Dummy-1".
    started = [
        thread
        for thread in threading.enumerate()
        if thread not in before and not thread.name.startswith("Dummy-")
    ]
    for thread in started:
        thread.join(timeout=HANG_S)
    left = [thread.name for thread in started if thread.is_alive()]
    assert not left, f"threads left alive: {left}"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own, which only root can make."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = shutil.which("mount")
    if sys.platform != "linux" or mount is None or os.geteuid() != 0:
        pytest.skip("only root can make a disk")
    if subprocess.run([mount, "-t", "tmpfs", "-o", "size=64m", "tmpfs", folder], check=False).returncode:
        pytest.skip("no disk can be made here")
    yield folder
    subprocess.run(["umount", folder], check=True)


@pytest.fixture(scope="session")
def reference() -> Path:
    """Folder of the reference recording pair, its truth and the lab's files."""
    return Path(__file__).parent / "data" / "reference"
