"""Arrays that a save takes over unchanged are shared with the old file where the file system can."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
import pytest

from hdmea_gui.errors import SessionError
from hdmea_gui.io.store import check_integrity, lanes, read_tree, write_tree

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux clones parts of files")

Clones = list[tuple[int, int, int]]


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """A file with arrays of odd sizes, large and small."""
    random = np.random.default_rng(0)
    stimulus = {f"s{n}": random.random(n) for n in (1_000_003, 131_072, 40_000, 20_001, 3)}
    path = tmp_path / "session.h5"
    write_tree(path, {"dataset_id": "x", "stimulus": {"light_reference": stimulus}})
    return path


def again(path: Path) -> None:
    """Change something small and save the file in its own place."""
    tree = read_tree(path).tree
    tree["metadata"] = {"experimenter": "me"}
    write_tree(path, tree)


def test_large_arrays_begin_where_they_can_be_shared(saved: Path) -> None:
    with h5py.File(saved) as file:
        offsets = {name: node.id.get_offset() for name, node in file["stimulus/light_reference"].items()}
    assert offsets["s1000003"] % lanes.BLOCK_BYTES == 0
    assert offsets["s131072"] % lanes.BLOCK_BYTES == 0


def test_they_are_shared_and_the_rest_is_written(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cloned: Clones = []

    def clone(source: int, start: int, n_bytes: int, target: int, offset: int) -> None:
        assert not any(number % lanes.BLOCK_BYTES for number in (start, n_bytes, offset))
        os.pwrite(target, os.pread(source, n_bytes, start), offset)
        cloned.append((start, n_bytes, offset))

    before = read_tree(saved).tree["stimulus"]["light_reference"]
    values = {name: np.asarray(array) for name, array in before.items()}
    monkeypatch.setattr(lanes, "_clone_range", clone)
    again(saved)
    assert sum(n_bytes for _, n_bytes, _ in cloned) >= 8 * 1_131_075 - 2 * lanes.BLOCK_BYTES
    assert check_integrity(saved) == []
    tree = read_tree(saved).tree
    assert tree["metadata"] == {"experimenter": "me"}
    for name, expected in values.items():
        np.testing.assert_array_equal(tree["stimulus"]["light_reference"][name], expected)


def test_a_file_system_that_cannot_is_asked_once_a_lane(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def refuse(*arguments: Any) -> None:
        asked.append(arguments)
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(lanes, "_clone_range", refuse)
    again(saved)
    assert 1 <= len(asked) <= lanes.N_THREADS
    assert check_integrity(saved) == []


def test_a_file_system_that_shares_wrongly_is_found_out(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes, "_clone_range", lambda *_: None)
    before = saved.read_bytes()
    with pytest.raises(SessionError, match="read back"):
        again(saved)
    assert saved.read_bytes() == before
    assert list(saved.parent.iterdir()) == [saved]
