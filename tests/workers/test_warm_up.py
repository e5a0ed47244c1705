from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

WINDOW = """
import sys
import threading
from importlib.abc import MetaPathFinder
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from hdmea_gui.pipeline.steps import STEPS
from hdmea_gui.workers import end_all_jobs, jobs_alive
from hdmea_gui.workers.warm_up import WarmUp

application = QApplication([])
window = QWidget()
WarmUp(window)
wanted = {name for step in STEPS for name in step.libraries}
assert not wanted & set(sys.modules)
stopped = threading.Event()

# holds the first library that comes until the import has been told to stop
class Gate(MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name in wanted:
            assert stopped.wait(60)

if sys.argv[1] == "stop":
    sys.meta_path.insert(0, Gate())
window.show()
while not jobs_alive():
    QTest.qWait(1)
if sys.argv[1] == "wait":
    while jobs_alive():
        QTest.qWait(10)
for job in jobs_alive():
    job.cancel()
stopped.set()
end_all_jobs()
print(len(wanted - set(sys.modules)), len(wanted))
"""


@pytest.mark.parametrize("way", ["wait", "stop"])
def test_the_libraries_of_the_steps_come_after_the_first_paint_and_do_not_delay_the_end(
    way: str, tmp_path: Path
) -> None:
    result = subprocess.run(
        [sys.executable, "-c", WINDOW, way],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert (result.returncode, result.stderr) == (0, "")
    n_missing, n_wanted = map(int, result.stdout.split())
    assert n_wanted > 0
    assert n_missing == 0 if way == "wait" else n_missing > 0
