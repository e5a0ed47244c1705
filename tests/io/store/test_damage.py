"""Numbers that are not those that were saved are never taken for them, and stay known as such."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hdmea_gui.errors import DataLoadError, SessionError, ValidationError
from hdmea_gui.io.store import StoredArray, check_integrity, read_tree, write_tree
from hdmea_gui.io.store.arrays import identity_of
from hdmea_gui.io.store.known import KnownFile, has_changed
from hdmea_gui.session import PipelineSession, create_session, leaves
from tests.io.store.trees import empty_tree, full_tree

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SMALL = np.arange(1000.0) + 0.25
LARGE = np.arange(300_000.0) + 0.25


@pytest.fixture
def path(tmp_path: Path) -> Path:
    target = tmp_path / "s.h5"
    write_tree(target, empty_tree(metadata={"small": SMALL, "large": LARGE, "text": "unlikely text"}))
    return target


def flip(path: Path, name: str) -> None:
    """Change the number in the middle of a dataset on the disk."""
    with h5py.File(path) as file:
        dataset = file[name]
        place = dataset.id.get_offset() + dataset.id.get_storage_size() // 2
    octets = bytearray(path.read_bytes())
    octets[place] ^= 1
    path.write_bytes(octets)


def test_small_array_is_named_when_it_is_loaded(path: Path) -> None:
    flip(path, "metadata/small")
    loaded = read_tree(path)
    (sentence,) = loaded.damage
    assert sentence.startswith("metadata/small does not contain the values that were saved")
    assert np.count_nonzero(loaded.tree["metadata"]["small"] != SMALL) == 1
    assert np.array_equal(loaded.tree["metadata"]["large"], LARGE)


def test_text_is_named_when_it_is_loaded(path: Path) -> None:
    octets = path.read_bytes()
    assert octets.count(b"unlikely text") == 1
    path.write_bytes(octets.replace(b"unlikely text", b"unlikely test"))
    assert [sentence.split()[0] for sentence in read_tree(path).damage] == ["metadata/text"]


def test_session_tells_of_damage_and_goes_on_telling(path: Path) -> None:
    flip(path, "metadata/small")
    session = PipelineSession.load(path)
    assert [sentence for sentence in session.warnings if "metadata/small" in sentence]
    again = session.save(path.with_name("again.h5"))
    assert [problem for problem in check_integrity(again) if problem.startswith("metadata/small was damaged")]
    assert [sentence for sentence in PipelineSession.load(again).warnings if "metadata/small" in sentence]
    session.metadata["small"] = SMALL.copy()
    session.save(path.with_name("mended.h5"))
    assert check_integrity(path.with_name("mended.h5")) == []
    mended = PipelineSession.load(path.with_name("mended.h5"))
    assert mended.attributes.get("metadata/small", {}) == {}


def test_large_array_keeps_its_checksum_when_it_is_copied(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    flip(path, "metadata/large")
    again = path.with_name("again.h5")
    write_tree(again, read_tree(path).tree)
    assert "metadata/large" in caplog.text
    assert check_integrity(again) == ["metadata/large has changed since the file was saved"]
    write_tree(again, read_tree(again).tree)
    assert check_integrity(again) == ["metadata/large has changed since the file was saved"]


def test_large_array_is_named_when_it_is_read(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    flip(path, "metadata/large")
    large = read_tree(path).tree["metadata"]["large"]
    assert isinstance(large, StoredArray)
    assert caplog.text == ""
    np.asarray(large)
    np.asarray(large)
    assert caplog.text.count("metadata/large") == 1


@pytest.mark.parametrize("read_part", [np.asarray, lambda array: array[:3]])
def test_damage_of_a_large_array_is_a_warning_of_the_session(
    path: Path, read_part: Callable[[Any], Any]
) -> None:
    flip(path, "metadata/large")
    session = PipelineSession.load(path)
    assert session.warnings == []
    read_part(session.metadata["large"])
    (sentence,) = session.warnings
    assert sentence.startswith(f"metadata/large in {path} does not contain the values that were saved")
    assert sentence.endswith("Compute it again, or use a backup of the file.")
    assert session.is_saved  # to look at the file is no change
    assert session.snapshot().warnings == (sentence,)
    session.warnings = []
    assert session.warnings == [sentence]
    again = session.save(path.with_name("again.h5"))
    assert PipelineSession.load(again).warnings == [sentence]


def test_part_of_an_array_too_large_to_check_is_read_alone(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hdmea_gui.io.store.arrays.MOST_CHECKED_BYTES", LARGE.nbytes - 1)
    flip(path, "metadata/large")
    session = PipelineSession.load(path)
    assert session.metadata["large"][5] == LARGE[5]
    assert session.warnings == []


def test_saving_tells_of_damage_in_an_array_that_nobody_has_looked_at(path: Path) -> None:
    flip(path, "metadata/large")
    session = PipelineSession.load(path)
    session.save(path.with_name("again.h5"))
    assert [sentence.split()[0] for sentence in session.warnings] == ["metadata/large"]


@pytest.mark.parametrize(("place", "name"), [("metadata", "remark"), ("units/unit_001", "note")])
def test_changed_attributes_stay_known_until_they_are_others(path: Path, place: str, name: str) -> None:
    units = {"unit_001": {"row": 3, "note": "left", "spike_times": np.arange(4, dtype=np.uint64)}}
    tree = empty_tree(units=units, attributes={"metadata": {"remark": "left"}})
    write_tree(path, tree)
    with h5py.File(path, "r+") as file:
        file[place].attrs[name] = "right"
    session = PipelineSession.load(path)
    assert session.warnings[0].startswith(f"{place} does not contain the attributes that were saved")
    again = session.save(path.with_name("again.h5"))
    for _save in range(2):
        assert check_integrity(again) == [
            f"the attributes of {place} were damaged, or changed by another program, before they were saved here"
        ]
        session = PipelineSession.load(again)
        again = session.save()
    session.units["unit_001"]["note"] = "mended"
    session.attributes["metadata"]["remark"] = "mended"
    session.save()
    assert check_integrity(again) == []
    PipelineSession.load(again).save()
    with h5py.File(again) as file:
        assert "hdmea_damaged_attributes" not in file[place].attrs


def test_node_that_cannot_be_read_does_not_cost_the_rest(path: Path) -> None:
    octets = path.read_bytes()
    with h5py.File(path) as file:
        place = h5py.h5o.get_info(file["metadata/small"].id).addr
    path.write_bytes(octets[: place + 8] + b"\xff" + octets[place + 9 :])
    loaded = read_tree(path)
    assert set(loaded.tree["metadata"]) == {"large", "text"}
    assert loaded.damage[0].startswith("metadata/small is damaged and was left out")


def touch(path: Path) -> None:
    os.utime(path, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns + 5_000_000_000))


def test_a_file_that_was_only_touched_is_still_the_one(path: Path) -> None:
    tree = read_tree(path).tree
    touch(path)
    assert np.array_equal(tree["metadata"]["large"][3:5], LARGE[3:5])
    touch(path)
    write_tree(path.with_name("again.h5"), tree)
    assert check_integrity(path.with_name("again.h5")) == []


def test_a_file_that_was_changed_in_place_is_not(path: Path) -> None:
    large = read_tree(path).tree["metadata"]["large"]
    flip(path, "metadata/large")
    touch(path)
    with pytest.raises(SessionError, match=r"s\.h5 is not the file .* metadata/large had not been read"):
        large[0]


def test_a_file_that_was_overwritten_with_zeros_has_changed(path: Path) -> None:
    known = KnownFile(identity_of(path), "2026-02-03T11:00:00+00:00")
    touch(path)
    assert not has_changed(path, known)
    with path.open("r+b") as file:
        file.write(bytes(path.stat().st_size))
    touch(path)
    assert has_changed(path, known)


def test_array_whose_file_is_gone_is_named_and_comes_back_with_it(path: Path) -> None:
    tree = read_tree(path).tree
    hidden = path.rename(path.with_name("hidden.h5"))
    with pytest.raises(SessionError, match=r"s\.h5 no longer exists, and metadata/large .* Restore the file"):
        write_tree(path.with_name("again.h5"), tree)
    hidden.rename(path)
    write_tree(path.with_name("again.h5"), tree)
    assert check_integrity(path.with_name("again.h5")) == []


def numbers(tree: Any) -> dict[tuple[Any, ...], np.ndarray[Any, Any]]:
    """Return every array above 64 bytes, by place."""
    return {
        place: np.asarray(value)
        for place, value in leaves(tree)
        if isinstance(value, (np.ndarray, StoredArray)) and value.dtype.kind != "O" and value.nbytes > 64
    }


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, bytes, dict[Any, Any]]:
    path = tmp_path_factory.mktemp("fuzz") / "s.h5"
    tree = full_tree()
    tree["metadata"]["large"] = LARGE[:140_000]
    write_tree(path, tree)
    return path, path.read_bytes(), numbers(read_tree(path).tree)


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_flipped_bytes_give_the_right_numbers_or_a_sentence(
    saved: tuple[Path, bytes, dict[Any, Any]], caplog: pytest.LogCaptureFixture, data: st.DataObject
) -> None:
    path, octets, expected = saved
    n_bytes = len(octets)
    headers = st.integers(n_bytes - 60_000, n_bytes - 1) | st.integers(0, 47)
    places = data.draw(st.lists(headers | st.integers(0, n_bytes - 1), min_size=1, max_size=6))
    damaged = bytearray(octets)
    for place in places:
        damaged[place] ^= data.draw(st.integers(1, 255))
    path.write_bytes(damaged)
    caplog.clear()
    try:
        loaded = read_tree(path)
        found = numbers(loaded.tree)
    except (DataLoadError, SessionError) as error:
        assert str(path) in str(error)  # noqa: PT017 - an error is one of the right answers
        return
    told = " ".join(loaded.damage) + caplog.text
    for place, array in expected.items():
        if place not in found or found[place].tobytes() != array.tobytes():
            assert told, place


def test_names_that_are_no_text_are_refused_in_words(tmp_path: Path) -> None:
    strange = tmp_path / os.fsdecode(b"b\xe9d.h5")
    with pytest.raises(SessionError, match=r"not valid UTF-8\. Choose another name"):
        write_tree(strange, empty_tree())
    with pytest.raises(DataLoadError, match=r"not UTF-8 text\. Rename"):
        read_tree(strange)
    with pytest.raises(ValidationError, match=r"not UTF-8 text\. Rename"):
        create_session("recording", strange.with_suffix(".cmcr"))
    with pytest.raises(ValidationError, match=r"source_files/cmcr_path cannot be stored: .* surrogates"):
        write_tree(tmp_path / "s.h5", empty_tree(source_files={"cmcr_path": str(strange)}))
    with pytest.raises(ValidationError, match=r"metadata/x cannot be stored: .* surrogates"):
        write_tree(tmp_path / "s.h5", empty_tree(metadata={"x": "\udce9"}))
    assert list(tmp_path.iterdir()) == []
