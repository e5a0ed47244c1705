from __future__ import annotations

import os
import stat
import sys
from typing import TYPE_CHECKING

import pytest

from hdmea_gui.file_replacement import replacing, write_text
from hdmea_gui.temporary_names import machine

if TYPE_CHECKING:
    from pathlib import Path


def test_a_file_is_made_with_its_folder(tmp_path: Path) -> None:
    path = tmp_path / "new" / "a.json"
    write_text(path, "µ")
    assert path.read_bytes() == "µ".encode()
    assert list(path.parent.iterdir()) == [path]


def fail_amid(path: Path) -> None:
    with replacing(path) as temporary:
        temporary.write_text("half of the n")
        assert (temporary.parent, path.read_text()) == (path.parent, "old")
        raise ValueError("amid the writing")


def test_a_block_that_fails_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(ValueError, match="amid"):
        fail_amid(path)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_target_that_cannot_be_replaced_leaves_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "a.txt"
    folder.mkdir()
    with pytest.raises(OSError, match=r"a\.txt"):
        write_text(folder, "new")
    assert list(tmp_path.iterdir()) == [folder]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other permissions")
def test_permissions_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    path.chmod(0o640)
    write_text(path, "new")
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


@pytest.mark.skipif(sys.platform == "win32", reason="Windows needs a right to make links")
def test_a_link_stays_one(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    target, link = tmp_path / "there" / "a.txt", tmp_path / "a.txt"
    target.write_text("old")
    link.symlink_to(target)
    write_text(link, "new")
    assert link.is_symlink()
    assert target.read_text() == "new"


def test_the_leftover_of_a_killed_process_is_removed(tmp_path: Path) -> None:
    leftover = (
        tmp_path / f".a.txt.{os.getpid()}-{machine()}01234567.tmp"
    )  # of an earlier process of this number
    leftover.write_text("half")
    write_text(tmp_path / "a.txt", "new")
    assert list(tmp_path.iterdir()) == [tmp_path / "a.txt"]


@pytest.mark.skipif(sys.platform == "win32", reason="folders cannot be synced on Windows")
def test_the_file_is_synced_before_it_takes_its_place_and_the_folder_afterwards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, seen, sync = tmp_path / "a.txt", [], os.fsync

    def noted(descriptor: int) -> None:
        seen.append((stat.S_ISDIR(os.fstat(descriptor).st_mode), path.exists()))
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", noted)
    write_text(path, "new")
    assert seen == [(False, False), (True, True)]
