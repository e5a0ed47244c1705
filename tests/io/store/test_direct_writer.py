"""The file that is laid out byte by byte is the one that the library makes, and the library takes it as its own."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
import pytest

from hdmea_gui.io.store import check_integrity, direct_writer, read_tree, write_tree, writer
from hdmea_gui.io.store.codec import Encoder
from hdmea_gui.io.store.lookup3 import checksums, lookup3
from hdmea_gui.io.store.nodes import Group, Leaf, Link
from tests.io.store.trees import differences, empty_tree, full_tree

if TYPE_CHECKING:
    from pathlib import Path


TABLE = [
    f"pipeline/integrity/{name}" for name in ("paths", "crc32", "attributes_crc32", "flags")
]  # in another order


def test_checksum_is_the_published_one() -> None:
    """The values that the author of lookup3 gives for it."""
    assert lookup3(b"Four score and seven years ago") == 0x17770551


def test_checksum_is_that_of_the_library(tmp_path: Path) -> None:
    """Headers of all lengths, as the library has summed them up."""
    path = tmp_path / "x.h5"
    with h5py.File(path, "w", libver=("v108", "v110")) as file:
        for size in range(1, 300, 7):
            file.attrs[f"a{size}"] = np.arange(size, dtype=np.uint8)
            file.create_group("g" * size).attrs["x"] = np.arange(size, dtype=np.uint8)
    octets = path.read_bytes()
    assert lookup3(octets[:44]) == struct.unpack("<I", octets[44:48])[0]
    starts, lengths = _headers(octets)
    assert len(starts) > 40
    expected = [
        struct.unpack_from("<I", octets, start + n)[0] for start, n in zip(starts, lengths, strict=True)
    ]
    assert checksums(np.frombuffer(octets, np.uint8), starts, lengths).tolist() == expected
    for start, length, checksum in zip(starts[:5], lengths[:5], expected[:5], strict=True):
        assert lookup3(octets[start : start + length]) == checksum


def _headers(octets: bytes) -> tuple[list[int], list[int]]:
    """Find the object headers of a file: version 2, without phase change values."""
    starts, lengths = [], []
    at = octets.find(b"OHDR")
    while at >= 0:
        flags = octets[at + 5]
        size_at = at + 6 + (16 if flags & 32 else 0)
        width = 1 << (flags & 3)
        starts.append(at)
        lengths.append(size_at - at + width + int.from_bytes(octets[size_at : size_at + width], "little"))
        at = octets.find(b"OHDR", at + 1)
    return starts, lengths


def describe(file: h5py.File) -> dict[str, Any]:
    """Give everything that HDF5 tells of a file, by path."""
    found: dict[str, Any] = {}

    def look(name: str, node: Any) -> None:
        links = h5py.h5o.get_info(node.id).rc
        attrs = {key: (value.dtype, value.shape, repr(value.tolist())) for key, value in _attrs(node)}
        if isinstance(node, h5py.Dataset):
            text = node.dtype.hasobject
            numbers = repr(np.asarray(node[()], object if text else None).tolist())
            found[name] = (node.id.get_type(), node.shape, numbers, links, attrs)
        else:
            found[name] = (sorted(node), links, attrs)

    look("", file["/"])
    file.visititems(look)
    return found


def _attrs(node: Any) -> list[tuple[str, Any]]:
    return [(key, np.array(value)) for key, value in sorted(node.attrs.items())]


def unlike(tree: dict[str, Any]) -> dict[str, Any]:
    """Add what is at the bounds of the format to a tree."""
    tree["metadata"] |= {
        "many": {f"entry {i}": i for i in range(700)},
        "long name " + "µ" * 90: 1,
        "texts": [f"text {i}" * (i % 40) for i in range(3000)],
        "one text": "x" * 100_000,
        "medium": np.arange(5000.0),
        "no numbers": np.empty((0, 3), np.int16),
        "last within": np.arange(512, dtype=np.uint8),
        "first outside": np.arange(513, dtype=np.uint8),
        "not in order": np.asfortranarray(np.arange(600.0).reshape(20, 30)),
        "large and not in order": np.arange(40_000.0).reshape(200, 200).T,
        "big-endian": np.arange(10_000, dtype=">i4"),
        "records": np.zeros(9, dtype=[("a", "i4"), ("b", "f8", (2,))]),
        "flags": np.arange(5) > 2,
        "complex": np.arange(3) * 1j,
    }
    shared = np.arange(20_000.0)
    tree["extras"] = {"one": shared, "two": {"three": shared}}
    tree["attributes"] = {"metadata/medium": {f"a{i}": "t" * i for i in range(20)}}
    return tree


def test_both_writers_make_the_same_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tree = unlike(full_tree()) | {"saved_at": "2026-02-03T10:11:12+00:00"}
    monkeypatch.setattr("hdmea_gui.io.store.to_nodes.now", lambda: "2026-02-03T10:11:12+00:00")
    write_tree(tmp_path / "direct.h5", tree)
    monkeypatch.setattr(writer, "can_write", lambda _root: False)
    write_tree(tmp_path / "library.h5", tree)
    with h5py.File(tmp_path / "direct.h5") as one, h5py.File(tmp_path / "library.h5") as other:
        first, second = describe(one), describe(other)
        assert first.keys() == second.keys()
        assert {name for name in first if first[name] != second[name]} <= set(TABLE)
    assert check_integrity(tmp_path / "direct.h5") == []
    assert differences(tree, read_tree(tmp_path / "direct.h5").tree) == []


def test_ordinary_sessions_are_written_directly() -> None:
    encoder = Encoder()
    nodes = encoder.encode(full_tree()["units"], "units")
    assert isinstance(nodes, Group)
    assert direct_writer.can_write(nodes)


def test_what_is_too_large_for_a_header_goes_through_the_library() -> None:
    assert not direct_writer.can_write(Group(attrs={"x": np.zeros(20_000)}))
    assert not direct_writer.can_write(Group({"second": Link("hard", "units")}))
    assert not direct_writer.can_write(Group({str(i): Leaf(np.zeros(1)) for i in range(10_001)}))


@pytest.mark.parametrize("libver", ["earliest", ("v108", "v110"), "latest"])
def test_other_programs_may_change_the_file(tmp_path: Path, libver: Any) -> None:
    """The library finds room for attributes and links in headers that it has not made."""
    path = tmp_path / "s.h5"
    write_tree(path, unlike(full_tree()))
    with h5py.File(path, "r+", libver=libver) as file:
        for name in ("units/unit_001", "units/unit_001/waveform", "metadata/many", "metadata/many/entry 5"):
            for number in range(20):
                file[name].attrs[f"theirs {number}"] = f"text {number}" * number
        for number in range(30):
            file[f"units/unit_001/theirs {number}"] = np.arange(number)
            file[f"theirs {number}/deep"] = "text"
        del file["metadata/many/entry 7"]
        del file["extras_are_here" if "extras_are_here" in file else "one"]
        file["pipeline/session_info/warnings"][...] = "theirs"
        del file["metadata/texts"]
    with h5py.File(path) as file:
        assert len(file["units/unit_001"].attrs) >= 20
        assert file["units/unit_001/waveform"].attrs["theirs 19"] == "text 19" * 19
        assert len(file["metadata/many"]) == 699
        np.testing.assert_array_equal(file["units/unit_001/theirs 29"][()], np.arange(29))
        np.testing.assert_array_equal(file["two/three"][()], np.arange(20_000.0))
    tree = read_tree(path).tree
    assert tree["metadata"]["many"]["entry 699"] == 699
    assert len(tree["units"]["unit_001"]) >= 30


def test_links_of_other_programs(tmp_path: Path) -> None:
    path = tmp_path / "s.h5"
    links = {"soft": Link("soft", "/units"), "external": Link("external", "/x", "other µ.h5")}
    write_tree(path, empty_tree(extras={"theirs": links, "x" * 200: 1}))
    with h5py.File(path) as file:
        assert file["theirs"].get("soft", getlink=True).path == "/units"
        other = file["theirs"].get("external", getlink=True)
        assert (other.filename, other.path) == ("other µ.h5", "/x")
