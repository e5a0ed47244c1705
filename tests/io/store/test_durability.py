"""A save that has ended survives a power cut: the new file is on the disk before it takes its place, then its name."""

from __future__ import annotations

import errno
import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from hdmea_gui.errors import SessionError
from hdmea_gui.io.store import read_tree, write_tree
from tests.io.store.trees import empty_tree

if TYPE_CHECKING:
    from collections.abc import Callable

# Every call is recorded and made: a process that saves is watched, not changed.
WATCHED = """
import json, os, stat, sys, zlib
from pathlib import Path
import numpy as np
from hdmea_gui.io.store import read_tree, write_tree
from tests.io.store.trees import empty_tree

events = []
fsync, replace = os.fsync, os.replace

def watched_fsync(descriptor):
    status = os.fstat(descriptor)
    event = {"call": "fsync", "inode": status.st_ino, "is_folder": stat.S_ISDIR(status.st_mode)}
    if not event["is_folder"]:
        with open(descriptor, "rb", closefd=False) as file:
            event["crc"] = zlib.crc32(file.read())
    fsync(descriptor)
    events.append(event)

def watched_replace(source, target):
    event = {"call": "replace", "inode": os.stat(source).st_ino, "target": str(target)}
    event["crc"] = zlib.crc32(Path(source).read_bytes())
    replace(source, target)
    events.append(event)

os.fsync, os.replace = watched_fsync, watched_replace
path, what = Path(sys.argv[1]), sys.argv[2]
if what == "again":
    tree = read_tree(path).tree
    tree["metadata"]["mine"] = "new"
else:
    tree = empty_tree(metadata={"mine": "new", "large": np.arange(300_000.0)})
write_tree(path, tree)
print(json.dumps(events))
"""


@pytest.fixture
def target(tmp_path: Path) -> Path:
    path = tmp_path / "session.h5"
    write_tree(path, empty_tree(metadata={"mine": "old", "large": np.arange(300_000.0)}))
    return path


@pytest.mark.parametrize("what", ["new", "replaced", "again"])
def test_the_file_is_synced_then_renamed_then_its_folder_is_synced(target: Path, what: str) -> None:
    if what == "new":
        target.unlink()
    answer = subprocess.run(
        [sys.executable, "-c", WATCHED, str(target), what],
        check=True,
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[3],
    )
    events: list[dict[str, Any]] = json.loads(answer.stdout)
    assert read_tree(target).tree["metadata"]["mine"] == "new"
    (renamed,) = (index for index, event in enumerate(events) if event["call"] == "replace")
    assert events[renamed]["target"] == str(target.resolve())
    synced = [event for event in events[:renamed] if event["inode"] == events[renamed]["inode"]]
    assert synced, "the new file took its place before it was on the disk"
    assert synced[-1]["crc"] == events[renamed]["crc"], "the new file was written to after it was synced"
    folder = target.resolve().parent.stat().st_ino
    if hasattr(os, "O_DIRECTORY"):
        assert any(event["inode"] == folder for event in events[renamed:]), (
            "the new name may not be on the disk"
        )


def fail_for(is_kind: Callable[[int], bool]) -> Callable[[int], None]:
    """Return an `os.fsync` that fails for files or folders, as a disk does that cannot write any more."""
    fsync = os.fsync

    def fail(descriptor: int) -> None:
        if is_kind(os.fstat(descriptor).st_mode):
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        fsync(descriptor)

    return fail


def test_a_file_that_cannot_be_synced_is_not_saved(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = target.read_bytes()
    monkeypatch.setattr(os, "fsync", fail_for(stat.S_ISREG))
    with pytest.raises(SessionError, match="cannot be saved"):
        write_tree(target, empty_tree())
    assert target.read_bytes() == before
    assert list(target.parent.iterdir()) == [target]


@pytest.mark.skipif(not hasattr(os, "O_DIRECTORY"), reason="this system cannot sync folders")
def test_a_folder_that_cannot_be_synced_does_not_undo_the_save(
    target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "fsync", fail_for(stat.S_ISDIR))
    write_tree(target, empty_tree(metadata={"mine": "new"}))
    assert read_tree(target).tree["metadata"] == {"mine": "new"}
