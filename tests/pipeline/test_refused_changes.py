"""Changes of a file at once (immediate mode) that the system refuses anywhere in the file."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from hdmea_gui.io.store import check_integrity
from hdmea_gui.session import PipelineSession

if TYPE_CHECKING:
    from pathlib import Path

PLACES = 20

PROGRAM = """
import resource, sys
from pathlib import Path
from hdmea_gui.errors import HDMEAError
from hdmea_gui.pipeline import extract_features

path, places = Path(sys.argv[1]), int(sys.argv[2])
before = path.read_bytes()
hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
for number in range(places):
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(len(before) * (number + 0.5) / places), hard))
    try:
        extract_features(path, ["frif"], force=True)
    except HDMEAError as error:
        print(path.read_bytes() == before, list(path.parent.iterdir()) == [path], error)
resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
extract_features(path, ["frif"], force=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="limits of the file size are POSIX's")
def test_the_file_stays_as_it_was_and_the_script_goes_on(reference: Path, tmp_path: Path) -> None:
    path = PipelineSession.load(reference / "lab_deferred.h5").save(tmp_path / "s.h5")
    answer = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(path), str(PLACES)], check=False, capture_output=True, text=True
    )
    assert answer.returncode == 0, answer.stderr
    told = [line for line in answer.stderr.splitlines() if "is gone with unsaved work" not in line]
    assert len(told) <= 10
    lines = answer.stdout.splitlines()
    assert len(lines) == PLACES
    words = "does not allow files as large as this one"
    assert [line for line in lines if not line.startswith("True True ") or words not in line] == []
    assert check_integrity(path) == []
