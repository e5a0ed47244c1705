"""Writes that the system refuses anywhere in the file: the old one is left, and the process goes on."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from hdmea_gui.io.store import check_integrity
from tests.refused_writes import needs_limits

ROOT = Path(__file__).parents[3]
PLACES = 20

# One process tries every place, so it goes on working after each failure; at the end it saves.
PROGRAM = """
import hashlib, os, resource, sys, tempfile
from pathlib import Path
import numpy as np
from hdmea_gui.errors import HDMEAError
from hdmea_gui.session import PipelineSession
from hdmea_gui.io.store import meter, read_tree
from tests.io.store.trees import unit

how, folder, places = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
meter.REPORT_S = 0.0
path, filler = folder / "s.h5", folder / "filler"
tempfile.tempdir = str(folder)

def session(number):
    made = PipelineSession("recording", output_dir=folder)
    made.units.update({f"unit_{i:03d}": unit(i) for i in range(1, 20)})
    made.metadata["large"] = np.full(300_000, float(number))
    made.metadata["small"] = {str(i): np.full(50, number) for i in range(500)}
    made.metadata["texts"] = ["long text " * 500 + str(i) for i in range(30)]
    return made

def digest():
    return hashlib.sha256(path.read_bytes()).hexdigest()

def once_full(part):
    def progress(done, total):
        if done >= part * total and not filler.exists():
            with filler.open("wb", buffering=0) as file:
                try:
                    while True:
                        file.write(bytes(1 << 16))
                except OSError:
                    pass
    return progress

session(1).save(path)
stored, before, size = PipelineSession.load(path), digest(), path.stat().st_size
stored.metadata["mine"] = 2
hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
for number in range(places):
    for made in (session(2), stored):
        for what in ("save", "compressed", "checkpoint"):
            part = (number + 0.5) / places
            progress = once_full(part / 2) if how == "full" else None
            limit = hard if how == "full" else int(size * part * (0.3 if what == "compressed" else 1))
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
            try:
                if what == "checkpoint" and how == "limit":
                    made.checkpoint(folder / "c.h5")
                else:
                    packing = "gzip" if what == "compressed" else None
                    made.save(path, compression=packing, progress=progress)
            except HDMEAError as error:
                sentence = str(error)
            else:
                sentence = "SAVED"
            finally:
                resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
                filler.unlink(missing_ok=True)
            leftovers = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".tmp"))
            print(what, number, digest() == before, leftovers == [], sentence.replace(chr(10), "|"), sep=chr(9))
            if sentence == "SAVED":
                sys.exit("it was saved although it could not be")
stored.save(path)
assert read_tree(path).tree["metadata"]["mine"] == 2
"""


def check(how: str, folder: Path, words: str) -> None:
    """Run the program and look at what it says of each place."""
    answer = subprocess.run(
        [sys.executable, "-c", PROGRAM, how, str(folder), str(PLACES)],
        check=False,
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    assert answer.returncode == 0, answer.stderr[-3000:]
    lines = [line for line in answer.stderr.splitlines() if "is gone with unsaved work" not in line]
    assert len(lines) <= 10
    rows = [line.split("\t") for line in answer.stdout.splitlines()]
    assert len(rows) == PLACES * 6
    assert [row for row in rows if row[2:4] != ["True", "True"] or words not in row[4] or "|" in row[4]] == []
    assert check_integrity(folder / "s.h5") == []


@needs_limits
def test_a_file_that_may_not_become_so_large(tmp_path: Path) -> None:
    check("limit", tmp_path, "the system does not allow files as large as this one")


KEEPS_THE_EXCEPTION = """
import ctypes, resource, sys
from pathlib import Path
import numpy as np
from hdmea_gui.errors import HDMEAError
from hdmea_gui.session import PipelineSession

session = PipelineSession("recording", output_dir=Path(sys.argv[1]))
session.metadata["large"] = np.zeros(300_000)
session.metadata["small"] = {str(i): np.zeros(50) for i in range(500)}
path = session.save(Path(sys.argv[1]) / "s.h5")
hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size - 100, hard))  # as the file is closed
try:
    session.save(path)
except HDMEAError as error:
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(error))  # as a library does that forgets to release it
    print(error)
"""


@needs_limits
def test_a_failure_that_is_never_forgotten_does_not_crash_the_end_of_the_process(tmp_path: Path) -> None:
    answer = subprocess.run(
        [sys.executable, "-c", KEEPS_THE_EXCEPTION, str(tmp_path)],
        check=False,
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    assert "as large as this one" in answer.stdout
    assert answer.returncode == 0, answer.stderr[-3000:]


def test_a_disk_that_fills_up_while_it_is_written(small_disk: Path) -> None:
    check("full", small_disk, "the disk is full")
