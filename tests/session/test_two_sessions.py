"""Two sessions, or two programs, on one file; and values that no file gives back as they were."""

from __future__ import annotations

import enum
import os
from collections import Counter, OrderedDict, defaultdict, namedtuple
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
import pytest

from hdmea_gui.errors import FileChangedError, ValidationError
from hdmea_gui.session import PipelineSession

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    session = PipelineSession("rec", output_dir=tmp_path)
    session.add_units({"unit_001": {"label": "old"}})
    return session.save()


def label_in(path: Path) -> Any:
    return PipelineSession.load(path).units["unit_001"]["label"]


def test_the_second_of_two_sessions_does_not_overwrite_the_first(path: Path) -> None:
    first, second = PipelineSession.load(path), PipelineSession.load(path)
    first.units["unit_001"]["label"] = "first"
    second.units["unit_001"]["label"] = "second"
    first.save()
    assert second.file_has_changed
    assert not first.file_has_changed
    with pytest.raises(FileChangedError, match=r"rec\.h5 was changed by another .* Save under another name"):
        second.save()
    with pytest.raises(FileChangedError):
        second.ensure_saved()
    assert label_in(path) == "first"
    second.save(path.with_name("other.h5"))
    assert label_in(path.with_name("other.h5")) == "second"


def test_a_file_that_is_named_is_replaced(path: Path) -> None:
    first, second = PipelineSession.load(path), PipelineSession.load(path)
    second.units["unit_001"]["label"] = "second"
    first.save()
    second.save(path)
    assert label_in(path) == "second"
    second.units["unit_001"]["label"] = "third"
    second.save()
    assert label_in(path) == "third"


def test_a_change_by_another_program_is_seen(path: Path) -> None:
    session = PipelineSession.load(path)
    with h5py.File(path, "r+") as file:
        file["units/unit_001/theirs"] = 1
    with pytest.raises(FileChangedError):
        session.save()
    with h5py.File(path) as file:
        assert file["units/unit_001/theirs"][()] == 1


def test_a_change_while_the_file_is_written_is_seen(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    session = PipelineSession.load(path)
    sync = os.fsync

    def change_and_sync(descriptor: int) -> None:
        os.utime(path, ns=(1, 1))  # as another program does while the new file goes to the disk
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", change_and_sync)
    with pytest.raises(FileChangedError):
        session.save()
    assert list(path.parent.iterdir()) == [path]


def test_a_file_that_is_gone_is_written_anew(path: Path) -> None:
    session = PipelineSession.load(path)
    path.unlink()
    assert not session.file_has_changed
    assert session.save() == path


SUBCLASSES = [
    OrderedDict(a=1, b=OrderedDict(c=np.arange(3))),
    defaultdict(list, {"x": [1]}),
    Counter("aab"),
    type("Items", (list,), {})([1, 2]),
    np.str_("text"),
    np.bool_(True),
    np.float64(2.5),
]


@pytest.mark.parametrize("value", SUBCLASSES, ids=lambda value: type(value).__name__)
def test_subclasses_that_are_equal_after_reload(tmp_path: Path, value: Any) -> None:
    session = PipelineSession("rec", output_dir=tmp_path)
    session.metadata["x"] = value
    session.add_units({"unit_001": {"mine": value}})
    session.save()
    assert session.is_saved
    found = PipelineSession.load(session.save_path).metadata["x"]
    np.testing.assert_equal(found, value)


Point = namedtuple("Point", "x y")


class Colour(enum.IntEnum):
    GREEN = 1


class Name(str):
    __slots__ = ()


REFUSED = [
    Point(1, 2),
    Colour.GREEN,
    Name("text"),
    np.ma.masked_array([1, 2], [False, True]),
    np.array([1, 2]).view(np.recarray),
    np.arange(3).view(np.memmap),
    {Colour.GREEN: 1},
    {np.str_("a"): 1},
    [Colour.GREEN],
]


@pytest.mark.parametrize("value", REFUSED, ids=lambda value: type(value).__name__)
def test_other_subclasses_are_refused_by_their_place(tmp_path: Path, value: Any) -> None:
    session = PipelineSession("rec", output_dir=tmp_path)
    session.metadata["mine"] = {"x": value}
    with pytest.raises(ValidationError, match=r"^metadata/mine/x.* cannot be stored"):
        session.save()
    assert list(tmp_path.iterdir()) == []


def touch(path: Path) -> None:
    os.utime(path, ns=(1, path.stat().st_mtime_ns + 5_000_000_000))


def test_a_file_that_was_only_touched_is_replaced(path: Path) -> None:
    session = PipelineSession.load(path)
    for label in ("new", "newer"):  # known from a load, then from a save
        touch(path)
        session.units["unit_001"]["label"] = label
        assert not session.file_has_changed
        assert session.save() == path
        assert label_in(path) == label


def test_a_number_that_was_changed_in_place_is_seen(path: Path) -> None:
    session = PipelineSession.load(path)
    size = path.stat().st_size
    with h5py.File(path, "r+") as file:
        file["units/unit_001"].attrs.modify("label", "odd")
    assert path.stat().st_size == size
    assert session.file_has_changed
    with pytest.raises(FileChangedError):
        session.save()
    assert label_in(path) == "odd"


def test_another_whole_file_in_the_same_place_is_seen(path: Path) -> None:
    session = PipelineSession.load(path)
    other = PipelineSession.load(path)
    other.units["unit_001"]["label"] = "odd"
    octets = other.save(path.with_name("other.h5")).read_bytes()
    assert len(octets) == path.stat().st_size
    inode = path.stat().st_ino
    path.write_bytes(octets)
    assert path.stat().st_ino == inode
    with pytest.raises(FileChangedError):
        session.save()
    assert label_in(path) == "odd"


def test_a_file_without_checksums_that_was_touched_counts_as_changed(path: Path) -> None:
    with h5py.File(path, "r+") as file:
        del file["pipeline/integrity"]
    session = PipelineSession.load(path)
    touch(path)
    assert session.file_has_changed


def test_a_checkpoint_over_the_sessions_own_file_is_no_change_by_others(path: Path) -> None:
    session = PipelineSession.load(path)
    session.checkpoint(path)
    assert not session.file_has_changed
    session.units["unit_001"]["label"] = "mine"
    session.save()
    assert label_in(path) == "mine"
