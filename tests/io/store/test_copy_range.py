"""Arrays that a save takes over unchanged are copied by the kernel, which shares them where the file system can."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
import pytest

from hdmea_gui.errors import SessionError
from hdmea_gui.io.store import check_integrity, copy_range, meter, read_tree, write_tree, writer
from hdmea_gui.io.store.slabs import SLAB_BYTES
from tests.io.store.trees import empty_tree

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux copies inside the kernel")

SIZES = (1_000_003, 131_072, 40_000, 20_001, 3)
STORED_BYTES = 8 * (1_000_003 + 131_072)  # the others are read when the file is loaded

copy_file_range: Callable[..., int] = getattr(os, "copy_file_range", lambda *_: 0)


@pytest.fixture
def values() -> dict[str, Any]:
    """Arrays of odd sizes, large and small."""
    random = np.random.default_rng(0)
    return {f"s{n}": random.random(n) for n in SIZES}


@pytest.fixture
def saved(tmp_path: Path, values: dict[str, Any]) -> Path:
    """A file with these arrays."""
    path = tmp_path / "session.h5"
    write_tree(path, empty_tree(stimulus={"light_reference": values}))
    return path


def again(path: Path, progress: Callable[[int, int], None] | None = None) -> None:
    """Change something small and save the file in its own place."""
    tree = read_tree(path).tree
    tree["metadata"] = {"experimenter": "me"}
    write_tree(path, tree, progress=progress)


def holds(path: Path, values: dict[str, Any]) -> bool:
    """Return whether a file is whole, changed, and holds these arrays."""
    tree = read_tree(path).tree
    found = tree["stimulus"]["light_reference"]
    return (
        check_integrity(path) == []
        and tree["metadata"] == {"experimenter": "me"}
        and all(np.array_equal(found[name], expected) for name, expected in values.items())
    )


def test_large_arrays_begin_where_they_can_be_shared(saved: Path) -> None:
    with h5py.File(saved) as file:
        offsets = {name: node.id.get_offset() for name, node in file["stimulus/light_reference"].items()}
    assert offsets["s1000003"] % copy_range.BLOCK_BYTES == 0
    assert offsets["s131072"] % copy_range.BLOCK_BYTES == 0


def test_stored_arrays_are_copied_by_the_kernel(
    saved: Path, values: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    copied: list[int] = []

    def copy(source: int, target: int, count: int, start: int, offset: int) -> int:
        assert not start % copy_range.BLOCK_BYTES
        assert not offset % copy_range.BLOCK_BYTES
        copied.append(copy_file_range(source, target, count, start, offset))
        return copied[-1]

    monkeypatch.setattr(os, "copy_file_range", copy)
    again(saved)
    assert sum(copied) == STORED_BYTES
    assert holds(saved, values)


def refuse(*_: int) -> int:
    raise OSError(18, "Invalid cross-device link")


def copy_little(source: int, target: int, count: int, start: int, offset: int) -> int:
    return copy_file_range(source, target, min(count, 300_001), start, offset)


def stop_early(source: int, target: int, _count: int, start: int, offset: int) -> int:
    return copy_file_range(source, target, 4096, start, offset) if start % 3 else 0


def copy_nothing(_source: int, _target: int, count: int, *_: int) -> int:
    return count


def copy_to_another_place(source: int, target: int, count: int, start: int, offset: int) -> int:
    return copy_file_range(source, target, count, max(0, start - 8), offset)


@pytest.mark.parametrize("copy", [refuse, copy_little, stop_early, copy_nothing, copy_to_another_place])
def test_copies_that_fail_stop_or_are_wrong(
    saved: Path, values: dict[str, Any], copy: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "copy_file_range", copy)
    again(saved)
    assert holds(saved, values)


def test_a_disk_that_changes_what_was_copied_and_what_was_written(
    saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    verify, before = writer._verify, saved.read_bytes()
    tries: list[Path] = []

    def damage_and_verify(path: Path, *rest: Any) -> list[str]:
        with h5py.File(path, "r+") as file:
            file["stimulus/light_reference/s1000003"][500] = -1
        tries.append(path)
        return verify(path, *rest)

    monkeypatch.setattr(writer, "_verify", damage_and_verify)
    with pytest.raises(SessionError, match="read back"):
        again(saved)
    assert len(tries) == 2
    assert saved.read_bytes() == before
    assert list(saved.parent.iterdir()) == [saved]


class CancelledError(Exception):
    pass


@pytest.mark.parametrize("part", [0.0, 0.2, 0.4, 0.8])
def test_cancelling_a_copy_leaves_the_old_file(
    saved: Path, part: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(meter, "REPORT_S", 0.0)
    monkeypatch.setattr(copy_range, "SLAB_BYTES", 1 << 20)
    before, calls = saved.read_bytes(), []

    def progress(done: int, total: int) -> None:
        calls.append(done)
        if done > part * total:
            raise CancelledError

    with pytest.raises(CancelledError):
        again(saved, progress)
    assert max(np.diff(calls)) <= SLAB_BYTES
    assert saved.read_bytes() == before
    assert list(saved.parent.iterdir()) == [saved]
