from __future__ import annotations

import errno
import gc
import os
import shutil
import stat
import subprocess
import sys
import weakref
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
import pytest

from hdmea_gui.errors import SessionError
from hdmea_gui.io.store import (
    check_integrity,
    checksum_table,
    integrity,
    meter,
    read_tree,
    write_nodes,
    write_tree,
    writer,
)
from hdmea_gui.io.store.output_file import OutputFile
from tests.io.store.trees import differences, empty_tree, full_tree, type_versions

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def target(tmp_path: Path) -> Path:
    path = tmp_path / "session.h5"
    write_tree(path, empty_tree(metadata={"mine": "old"}))
    return path


def is_old(path: Path) -> bool:
    """Whether the target is as it was, and alone in its folder."""
    return read_tree(path).tree["metadata"] == {"mine": "old"} and list(path.parent.iterdir()) == [path]


def large_tree() -> dict[str, Any]:
    return empty_tree(metadata={"mine": "new", "large": np.arange(3_000_000, dtype=np.float64)})


def test_report_says_what_was_written(tmp_path: Path) -> None:
    report = write_tree(tmp_path / "s.h5", full_tree())
    assert report.path == (tmp_path / "s.h5").resolve()
    assert report.file_bytes == (tmp_path / "s.h5").stat().st_size
    assert 0 < report.data_bytes < report.file_bytes


def test_existing_file_is_left_when_it_may_not_be_replaced(target: Path) -> None:
    with pytest.raises(FileExistsError, match="already exists"):
        write_tree(target, large_tree(), overwrite=False)
    assert is_old(target)


def test_new_file_where_none_may_be_replaced(tmp_path: Path) -> None:
    write_tree(tmp_path / "s.h5", full_tree(), overwrite=False)
    assert check_integrity(tmp_path / "s.h5") == []


def test_symbolic_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    link, real = tmp_path / "link.h5", tmp_path / "elsewhere" / "real.h5"
    write_tree(real, empty_tree())
    link.symlink_to(real)
    write_tree(link, full_tree())
    assert link.is_symlink()
    assert differences(full_tree(), read_tree(real).tree) == []
    assert list(real.parent.iterdir()) == [real]


def test_access_rights_of_the_old_file_are_kept(target: Path) -> None:
    target.chmod(0o640)
    write_tree(target, full_tree())
    assert stat.S_IMODE(target.stat().st_mode) == 0o640


@pytest.mark.parametrize("name", ["x" * 240 + ".h5", "µ ° 網.h5", "with space .h5"])
def test_odd_file_names(tmp_path: Path, name: str) -> None:
    write_tree(tmp_path / name, full_tree())
    assert differences(full_tree(), read_tree(tmp_path / name).tree) == []


def test_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(SessionError, match="does not exist"):
        write_tree(tmp_path / "no" / "s.h5", full_tree())


def test_folder_as_target(tmp_path: Path) -> None:
    with pytest.raises(SessionError, match="is a folder"):
        write_tree(tmp_path, full_tree())


def test_read_only_folder(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)  # tests may run as root, who may write anywhere
    with pytest.raises(SessionError, match="no permission to write"):
        write_tree(target, large_tree())
    assert is_old(target)


def test_too_little_space_is_seen_before_writing(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(target.parent)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=10_000_000))
    with pytest.raises(SessionError, match=r"2\d(\.\d)? MB are needed .* 10 MB are free"):
        write_tree(target, large_tree())
    assert is_old(target)


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_disk_that_fills_up_while_writing(target: Path, code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: object, **_named: object) -> None:
        raise OSError(f"Can't write data (file write failed: error message = '{os.strerror(code)}')")

    monkeypatch.setattr(writer, "_write_verified", refuse)  # as h5py says it
    with pytest.raises(SessionError, match="cannot be saved: the disk is full"):
        write_tree(target, large_tree())
    assert is_old(target)


class CancelledError(Exception):
    pass


@pytest.mark.parametrize("part", [0.0, 0.3, 0.7])
def test_cancelling_leaves_the_old_file(target: Path, part: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(meter, "REPORT_S", 0.0)

    def progress(done: int, total: int) -> None:
        if done > part * total:
            raise CancelledError

    with pytest.raises(CancelledError):
        write_tree(target, large_tree(), progress=progress)
    assert is_old(target)


def test_progress_goes_up_to_its_total(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(meter, "REPORT_S", 0.0)
    calls: list[tuple[int, int]] = []
    report = write_tree(tmp_path / "s.h5", large_tree(), progress=lambda *call: calls.append(call))
    assert calls == sorted(calls)
    assert calls[-1][0] == calls[-1][1] >= 2 * 24_000_000
    assert report.data_bytes * 2 <= calls[-1][1]


def test_progress_of_small_arrays_goes_up_to_its_total(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(meter, "REPORT_S", 0.0)
    calls: list[tuple[int, int]] = []
    small = {f"n{i}": np.arange(300.0) for i in range(50)}
    write_tree(tmp_path / "s.h5", empty_tree(metadata=small), progress=lambda *call: calls.append(call))
    assert calls == sorted(calls)
    assert calls[-2][0] == calls[-2][1] == calls[-1][1]


PLACES = {
    "header": np.float64(1234.5).tobytes(),
    "medium": np.full(3, 1234.75).tobytes(),
    "large": np.float64(2_345_678).tobytes(),
    "text": b"unlikely text",
    "attribute": np.float64(9876.5).tobytes(),
    "attribute of a group": np.float64(5432.25).tobytes(),
    "text in an attribute": b"improbable words",
    "name of a link": b"unlikely_name",
}


@pytest.mark.parametrize("place", PLACES)
def test_a_bit_that_flips_on_the_disk_is_no_success(
    target: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    verify = writer._verify

    def flip_and_verify(path: Path, *rest: Any) -> list[str]:
        octets = bytearray(path.read_bytes())
        assert octets.count(PLACES[place]) == 1
        octets[octets.find(PLACES[place]) + 6] ^= 1
        path.write_bytes(octets)
        return verify(path, *rest)

    monkeypatch.setattr(writer, "_verify", flip_and_verify)
    values = {"header": np.array([1234.5]), "text": "unlikely text", "unlikely_name": 1}
    values["medium"] = np.concatenate([np.zeros(1000), np.full(3, 1234.75)])
    tree = large_tree()
    tree["metadata"] |= values
    tree["attributes"] = {
        "metadata/large": {"x": 9876.5},
        "metadata": {"y": 5432.25, "words": "improbable words"},
    }
    with pytest.raises(SessionError, match=r"differ from the session: .*(checksum|differ$|differ;|differ\.)"):
        write_tree(target, tree)
    assert is_old(target)


@pytest.mark.parametrize(
    ("name", "written", "found", "words"),
    [
        ("type", np.arange(2000), np.arange(2000, dtype=np.uint64), "different type or shape"),
        ("shape", np.arange(2000), np.arange(2000).reshape(40, 50), "different type or shape"),
        ("small", np.arange(3), None, "is not the dataset that was written"),
    ],
)
def test_a_dataset_of_another_type_or_shape_or_no_dataset_is_no_success(
    target: Path, monkeypatch: pytest.MonkeyPatch, name: str, written: Any, found: Any, words: str
) -> None:
    verify = writer._verify

    def swap_and_verify(path: Path, *rest: Any) -> list[str]:
        with h5py.File(path, "r+") as file:
            del file[f"metadata/{name}"]
            if found is None:
                file.create_group(f"metadata/{name}")
            else:
                file[f"metadata/{name}"] = found
        return verify(path, *rest)

    monkeypatch.setattr(writer, "_verify", swap_and_verify)
    with pytest.raises(SessionError, match=f"metadata/{name} .*{words}"):
        write_tree(target, empty_tree(metadata={name: written}))
    assert is_old(target)


def test_target_held_by_another_program(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def held(*_: Any) -> None:
        raise PermissionError(13, "held")

    monkeypatch.setattr(os, "replace", held)
    monkeypatch.setattr(writer, "RETRY_S", 0.3)
    with pytest.raises(SessionError, match="open in another program") as caught:
        write_tree(target, full_tree())
    (kept,) = (path for path in target.parent.iterdir() if path != target)
    assert str(kept) in str(caught.value)
    assert differences(full_tree(), read_tree(kept).tree) == []
    assert read_tree(target).tree["metadata"] == {"mine": "old"}


def test_target_held_for_a_moment(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []
    replace = os.replace

    def held_twice(*paths: Any) -> None:
        calls.append(1)
        if len(calls) < 3:
            raise PermissionError(13, "held")
        replace(*paths)

    monkeypatch.setattr(os, "replace", held_twice)
    write_tree(target, full_tree())
    assert differences(full_tree(), read_tree(target).tree) == []


def test_leftovers_of_dead_processes_are_removed_and_others_left(target: Path) -> None:
    from hdmea_gui import temporary_names as temporary

    child = subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"], check=True, capture_output=True
    )
    dead = target.with_name(f".session.h5.{int(child.stdout)}-{temporary.machine()}01234567.tmp")
    alive = target.with_name(f".session.h5.{os.getppid()}-{temporary.machine()}01234567.tmp")
    elsewhere = target.with_name(f".session.h5.{int(child.stdout)}-0000000001234567.tmp")
    other = target.with_name(f".other.h5.{int(child.stdout)}-{temporary.machine()}01234567.tmp")
    for path in (dead, alive, elsewhere, other):
        path.touch()
    write_tree(target, full_tree())
    assert set(target.parent.iterdir()) == {target, alive, elsewhere, other}


def test_packed_file_is_smaller_and_equal(tmp_path: Path) -> None:
    tree = large_tree()
    write_tree(tmp_path / "s.h5", tree, compression="gzip")
    assert (tmp_path / "s.h5").stat().st_size < 12_000_000
    assert check_integrity(tmp_path / "s.h5") == []
    assert differences(tree, read_tree(tmp_path / "s.h5").tree) == []
    write_tree(tmp_path / "t.h5", read_tree(tmp_path / "s.h5").tree)
    assert differences(tree, read_tree(tmp_path / "t.h5").tree) == []


def test_files_can_be_read_since_hdf5_1_10(tmp_path: Path) -> None:
    write_tree(tmp_path / "s.h5", full_tree())
    with h5py.File(tmp_path / "s.h5", "r", libver=("earliest", "v110")) as file:
        assert file.attrs["dataset_id"] == "recording"
    assert write_nodes.LIBRARY_VERSIONS[1] == h5py.h5f.LIBVER_V110
    assert max(type_versions(tmp_path / "s.h5")) <= 3


def damage(file: h5py.File, what: str) -> None:
    if what == "number":
        file["units/unit_001/waveform"][3] = 5
    elif what == "missing":
        del file["units/unit_001/waveform"]
    elif what == "group":
        del file["units/unit_002"]
    elif what == "added":
        file["units/unit_001/mine"] = 3
    elif what == "attribute":
        file["units/unit_001"].attrs["row"] = 1
    elif what == "text":
        file["pipeline/session_info/warnings"][0] = "no"
    elif what == "dtype":
        del file["units/unit_001/waveform"]
        file["units/unit_001/waveform"] = np.zeros(24)


@pytest.mark.parametrize(
    ("what", "sentence"),
    [
        ("number", "units/unit_001/waveform has changed"),
        ("missing", "units/unit_001/waveform is missing"),
        ("group", "units/unit_002/spike_times is missing"),
        ("added", "units/unit_001/mine was added"),
        ("attribute", "the attributes of units/unit_001 have changed"),
        ("text", "pipeline/session_info/warnings has changed"),
        ("dtype", "units/unit_001/waveform has changed"),
    ],
)
def test_integrity_names_what_changed(tmp_path: Path, what: str, sentence: str) -> None:
    path = tmp_path / "s.h5"
    write_tree(path, full_tree())
    with h5py.File(path, "r+") as file:
        damage(file, what)
    problems = check_integrity(path)
    assert any(problem.startswith(sentence) for problem in problems), problems
    assert what == "group" or len(problems) == 1


def test_integrity_sees_a_flipped_bit_on_the_disk(tmp_path: Path) -> None:
    path = tmp_path / "s.h5"
    write_tree(path, large_tree())
    with h5py.File(path) as file:
        offset = file["metadata/large"].id.get_offset() + 12_345_678
    with path.open("r+b") as raw:
        raw.seek(offset)
        byte = raw.read(1)[0]
        raw.seek(offset)
        raw.write(bytes([byte ^ 4]))
    assert check_integrity(path) == ["metadata/large has changed since the file was saved"]


def test_table_of_checksums_is_complete(tmp_path: Path) -> None:
    write_tree(tmp_path / "s.h5", full_tree())
    with h5py.File(tmp_path / "s.h5") as file:
        table = checksum_table.read_table(file) or {}
        found = [name for name, node in integrity._walk(file)]
    assert set(found) == set(table)


def test_each_array_is_written_once_and_let_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[int] = []
    put = OutputFile.put

    def counted(self: OutputFile, offset: int, parts: list[np.ndarray[Any, Any]]) -> None:
        written.extend(part.size for part in parts if part.size > 300_000)
        put(self, offset, parts)

    monkeypatch.setattr(OutputFile, "put", counted)
    array = np.arange(40_000)
    gone = weakref.ref(array)
    gc.disable()  # what has gone only when garbage is collected would be with the next recording in memory
    try:
        write_tree(tmp_path / "s.h5", empty_tree(metadata={"mine": array}))
        del array
        assert gone() is None
    finally:
        gc.enable()
    assert written.count(320_000) == 1
