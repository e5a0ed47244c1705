from __future__ import annotations

import copy
import gc
import os
import shutil
import threading
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from hdmea_gui.errors import SessionError
from hdmea_gui.io.store import StoredArray, arrays, check_integrity, datasets, read_tree, write_tree
from hdmea_gui.io.store.slabs import SLAB_BYTES, iterate_slabs
from tests.io.store.trees import empty_tree, same

CUBE = np.arange(60 * 70 * 80, dtype=np.float64).reshape(60, 70, 80)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    target = tmp_path / "s.h5"
    write_tree(target, empty_tree(metadata={"cube": CUBE, "small": np.arange(5)}))
    return target


def cube_of(path: Path) -> StoredArray:
    cube = read_tree(path).tree["metadata"]["cube"]
    assert isinstance(cube, StoredArray)
    return cube


def test_only_large_arrays_stay_in_the_file(path: Path) -> None:
    metadata = read_tree(path).tree["metadata"]
    assert isinstance(metadata["cube"], StoredArray)
    assert type(metadata["small"]) is np.ndarray


def test_it_has_what_an_array_has(path: Path) -> None:
    cube = cube_of(path)
    assert (cube.shape, cube.dtype, cube.ndim, cube.size) == (CUBE.shape, CUBE.dtype, 3, CUBE.size)
    assert (cube.nbytes, len(cube)) == (CUBE.nbytes, 60)
    assert repr(cube) == "<StoredArray float64 (60, 70, 80), metadata/cube in s.h5>"
    assert np.array_equal(cube, CUBE)
    assert np.asarray(cube, dtype=np.float32).dtype == np.float32
    assert np.array_equal([cube[i][0, 0] for i in range(len(cube))], CUBE[:, 0, 0])
    assert copy.deepcopy({"a": cube})["a"] is cube
    with pytest.raises(ValueError, match="copy=False"):
        cube.__array__(copy=False)


KEYS: list[Any] = [
    0,
    -1,
    np.int64(3),
    slice(None),
    slice(2, 5),
    slice(-5, None, 2),
    slice(5, 2),
    slice(None, None, -1),
    slice(10_000, 20_000),
    Ellipsis,
    (),
    (1, 2, 3),
    (1, slice(None), 3),
    (Ellipsis, 3),
    (slice(1, 9, 3), Ellipsis, slice(0, 7, 2)),
    (slice(None), 4, slice(70, None)),
    [1, 5, 5],
    np.array([True] * 60),
    (None, 0),
    (slice(None), [0, 2]),
    (slice(0, 0), 1),
]


@pytest.mark.parametrize("key", KEYS, ids=str)
def test_indexing_is_numpys(path: Path, key: Any) -> None:
    expected, found = CUBE[key], cube_of(path)[key]
    assert same(np.asarray(expected), np.asarray(found))
    assert type(expected) is type(found)


@pytest.mark.parametrize("key", [60, -61, (0, 70), (0, 0, 0, 0), "x", 1.5, (Ellipsis, Ellipsis)], ids=str)
def test_wrong_indices_are_numpys_errors(path: Path, key: Any) -> None:
    with pytest.raises(IndexError):
        CUBE[key]
    with pytest.raises(IndexError):
        cube_of(path)[key]


@pytest.fixture
def read_bytes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Bytes that each call reads."""
    calls: list[int] = []
    read_into = datasets.read_into

    def counted(*arguments: Any) -> None:
        calls.append(arguments[3].nbytes)
        read_into(*arguments)

    for module in (arrays, datasets):
        monkeypatch.setattr(module, "read_into", counted)
    return calls


def test_a_slice_reads_only_its_part(path: Path, read_bytes: list[int]) -> None:
    cube = cube_of(path)
    assert np.array_equal(cube[3, 4:6], CUBE[3, 4:6])
    assert read_bytes[0] == 2 * 80 * 8
    assert sum(read_bytes[1:]) == CUBE.nbytes  # the whole is compared with its checksum, once
    read_bytes.clear()
    assert np.array_equal(cube[3, 4:6], CUBE[3, 4:6])
    assert read_bytes == [2 * 80 * 8]


@pytest.mark.parametrize("key", [(), Ellipsis, slice(None), (slice(0, 60), slice(None, 70, 1))], ids=str)
def test_a_slice_of_everything_is_read_once(path: Path, read_bytes: list[int], key: Any) -> None:
    assert np.array_equal(cube_of(path)[key], CUBE)
    assert sum(read_bytes) == CUBE.nbytes


def test_no_call_moves_more_than_a_slab(tmp_path: Path, read_bytes: list[int]) -> None:
    big = np.arange(3 << 20, dtype=np.float64).reshape(3, -1)
    write_tree(tmp_path / "s.h5", empty_tree(metadata={"cube": big}))
    assert np.array_equal(cube_of(tmp_path / "s.h5"), big)
    assert sum(read_bytes) == big.nbytes
    assert max(read_bytes) <= SLAB_BYTES


@pytest.mark.parametrize(
    "shape", [(), (0,), (5,), (3, 4), (2, 3, 4), (1, 1, 100), (100, 1), (7, 0, 3), (3, 50, 2)]
)
@pytest.mark.parametrize("limit", [1, 16, 64, 1000])
def test_slabs_cover_an_array_once_in_order(shape: tuple[int, ...], limit: int) -> None:
    whole = np.arange(int(np.prod(shape))).reshape(shape)
    parts = [whole[slab] for slab in iterate_slabs(shape, 8, limit)]
    assert np.array_equal(np.concatenate([part.ravel() for part in parts]), whole.ravel())
    assert all(part.nbytes <= max(limit, 8) for part in parts)


def test_packed_chunks_of_the_lab_are_read(tmp_path: Path) -> None:
    path = tmp_path / "lab.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("units/unit_001/images", data=CUBE, chunks=CUBE.shape, compression="gzip")
    images = read_tree(path).tree["units"]["unit_001"]["images"]
    assert isinstance(images, StoredArray)
    assert np.array_equal(images[5], CUBE[5])
    write_tree(path, read_tree(path).tree)
    assert np.array_equal(images[::7], CUBE[::7])


def test_file_is_not_held_open(path: Path) -> None:
    cube = cube_of(path)
    cube[0]
    with h5py.File(path, "r+") as file:
        assert "metadata/cube" in file


@pytest.mark.parametrize("what", ["changed", "replaced", "gone"])
def test_another_file_is_refused(path: Path, what: str) -> None:
    cube = cube_of(path)
    if what == "changed":
        with h5py.File(path, "r+") as file:
            file["metadata/cube"][0] = 0
            file["metadata/more"] = 1
    elif what == "replaced":
        other = Path(shutil.copy(path, path.with_name("other.h5")))
        os.replace(other, path)  # noqa: PTH105 - what another program does
    else:
        path.unlink()
    with pytest.raises(SessionError, match=r"s\.h5 (is not the file|no longer exists)"):
        cube[0]
    with pytest.raises(SessionError, match=r"s\.h5 (is not the file|no longer exists)"):
        write_tree(path.with_name("new.h5"), empty_tree(metadata={"cube": cube}))
    assert not path.with_name("new.h5").exists()


def test_arrays_go_along_when_their_file_is_replaced(path: Path) -> None:
    first, second = read_tree(path), read_tree(path)
    write_tree(path, first.tree)
    for loaded in (first, second):
        cube = loaded.tree["metadata"]["cube"]
        assert cube.location.path == path.resolve()
        assert np.array_equal(cube[7], CUBE[7])
    write_tree(path, second.tree)
    assert np.array_equal(first.tree["metadata"]["cube"], CUBE)


def test_arrays_under_another_name_go_along(path: Path) -> None:
    cube = cube_of(path)
    write_tree(path, empty_tree(units={"unit_001": {"moved": cube}}))
    assert cube.location.name == "units/unit_001/moved"
    assert np.array_equal(cube, CUBE)


def test_arrays_that_are_not_saved_again_go_to_scratch(path: Path) -> None:
    """An undo list holds what the session does not."""
    undone = cube_of(path)
    write_tree(path, empty_tree())
    assert undone.location.path != path.resolve()
    assert np.array_equal(undone, CUBE)
    write_tree(path, empty_tree(metadata={"cube": undone}))
    assert check_integrity(path) == []
    assert np.array_equal(cube_of(path), CUBE)


def test_forgotten_arrays_are_not_copied(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from hdmea_gui.io.store import writer

    cube_of(path)
    gc.collect()
    monkeypatch.setattr(writer, "new_scratch_file", lambda: pytest.fail("nothing holds the array any more"))
    write_tree(path, empty_tree())


def test_arrays_survive_a_save_to_another_file(path: Path) -> None:
    cube = cube_of(path)
    write_tree(path.with_name("other.h5"), empty_tree(metadata={"cube": cube}))
    assert cube.location.path == path.resolve()
    assert np.array_equal(cube_of(path.with_name("other.h5")), CUBE)


def test_a_failed_save_leaves_the_arrays_where_they_were(path: Path) -> None:
    loaded = read_tree(path)

    def stop(done: int, total: int) -> None:
        if done == total:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_tree(path, loaded.tree, progress=stop)
    assert loaded.tree["metadata"]["cube"].location.path == path.resolve()
    assert np.array_equal(loaded.tree["metadata"]["cube"], CUBE)


def test_link_to_the_file_is_the_same_file(path: Path) -> None:
    link = path.with_name("link.h5")
    link.symlink_to(path)
    cube = cube_of(link)
    write_tree(path, empty_tree(metadata={"cube": cube}))
    assert np.array_equal(cube, CUBE)


def test_reading_while_the_file_is_replaced(path: Path) -> None:
    """Threads read while the main thread saves: every read is whole and right."""
    loaded = read_tree(path)
    held = [loaded.tree["metadata"]["cube"], cube_of(path)]
    stop = threading.Event()
    failures: list[object] = []

    def check_cancelled() -> None:
        random = np.random.default_rng()
        while not stop.is_set():
            cube, plane = held[random.integers(2)], random.integers(60)
            try:
                if not np.array_equal(cube[plane], CUBE[plane]):
                    failures.append(plane)
            except (SessionError, OSError, KeyError) as error:
                failures.append(error)

    threads = [threading.Thread(target=check_cancelled) for _ in range(2)]
    for thread in threads:
        thread.start()
    for turn in range(8):
        tree = loaded.tree if turn % 2 else empty_tree(metadata={"other": held[1]})
        write_tree(path, tree)
    stop.set()
    for thread in threads:
        thread.join()
    assert failures == []
