from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from typing import TYPE_CHECKING

from hdmea_gui.io.store import scratch
from hdmea_gui.temporary_names import machine

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_folders_of_killed_programs_are_removed_and_others_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    child = subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"], check=True, capture_output=True
    )
    dead = tmp_path / f"hdmea-gui-{int(child.stdout)}-{machine()}-abc"
    alive = tmp_path / f"hdmea-gui-{os.getppid()}-{machine()}-abc"
    elsewhere = tmp_path / f"hdmea-gui-{int(child.stdout)}-00000000x-abc"
    other = tmp_path / "hdmea-gui-notes"
    for folder in (dead, alive, elsewhere, other):
        folder.mkdir()
        (folder / "1.h5").touch()
    scratch.remove_stale.cache_clear()
    scratch.remove_stale()
    assert set(tmp_path.iterdir()) == {alive, elsewhere, other}


KILLED = """
import os, signal, sys
import numpy as np
from hdmea_gui.io.store import read_tree, write_tree
from tests.io.store.trees import empty_tree
path = sys.argv[1]
write_tree(path, empty_tree(metadata={"large": np.ones(300_000)}))
held = read_tree(path).tree
write_tree(path, empty_tree())
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_the_next_program_removes_what_a_killed_one_has_left(tmp_path: Path) -> None:
    folder, environment = tmp_path / "temporary", dict(os.environ)
    folder.mkdir()
    environment["TMPDIR"] = environment["TEMP"] = environment["TMP"] = str(folder)
    subprocess.run([sys.executable, "-c", KILLED, str(tmp_path / "s.h5")], check=False, env=environment)
    assert len(list(folder.glob("hdmea-gui-*/*.h5"))) == 1
    again = KILLED.replace("os.kill(os.getpid(), signal.SIGKILL)", "")
    subprocess.run([sys.executable, "-c", again, str(tmp_path / "s.h5")], check=True, env=environment)
    assert list(folder.glob("hdmea-gui-*")) == []
