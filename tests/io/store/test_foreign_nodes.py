"""What other people put into a session file is carried along, whatever HDF5 lets them put there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
import pytest

from hdmea_gui.io.store import check_integrity, read_tree, write_tree
from tests.io.store.trees import differences, full_tree

if TYPE_CHECKING:
    from pathlib import Path

UNIT = "units/unit_001"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    target = tmp_path / "s.h5"
    write_tree(target, full_tree())
    with h5py.File(target, "r+", libver=("v108", "v110")) as file:
        decorate(file)
    return target


def decorate(file: h5py.File) -> None:
    mine = file.create_group(f"{UNIT}/theirs")
    mine["soft"] = h5py.SoftLink("/metadata/frame_time")
    mine["dangling"] = h5py.SoftLink("/no/where")
    mine["external"] = h5py.ExternalLink("other.h5", "/x")
    mine["first"] = np.arange(4.0)
    mine["second"] = mine["first"]
    mine["up"] = file["metadata"]
    ragged = mine.create_dataset("ragged", (2,), h5py.vlen_dtype(np.int32))
    ragged[0], ragged[1] = [1, 2, 3], [4]
    mine["null"] = h5py.Empty("f4")
    mine["type"] = np.dtype("f8")
    mine["choice"] = np.array([0, 1], dtype=h5py.enum_dtype({"A": 0, "B": 1}, basetype="i1"))
    mine["single"] = np.float32(1.5)
    mine["fixed"] = np.bytes_(b"bytes")
    mine["latin"] = np.array([b"\xe9", b"ok"], dtype=object)
    mine["percent%i"] = 3
    mine["chosen"] = np.array(1, dtype=h5py.enum_dtype({"A": 0, "B": 1}, basetype="i1"))
    mine["unlimited"] = np.arange(6)
    mine.attrs["null"] = h5py.Empty("f4")
    mine.attrs["lists"] = np.array([np.arange(2), np.arange(3)], dtype=object).astype(
        h5py.vlen_dtype(np.int64)
    )
    mine.attrs["points_to"] = file[f"{UNIT}/waveform"].ref
    mine.attrs["choice"] = np.array(1, dtype=h5py.enum_dtype({"A": 0, "B": 1}, basetype="i1"))
    mine.attrs["float32"] = np.float32(0.1)
    mine.attrs["large"] = np.arange(20_000)
    mine.attrs["texts"] = ["a", "µ"]
    mine.attrs["ü/slash"] = 1
    file[f"{UNIT}/waveform"].attrs["note"] = "theirs"
    file["pipeline/their_log"] = "log"
    file["pipeline/session_info/their_log"] = np.arange(3)
    file["their_top"] = np.arange(3)
    file["their_group/inner"] = np.arange(3)
    file["their_group"].attrs["a"] = 1


def picture(path: Path) -> dict[str, Any]:
    """Return the decorated part of a file through h5py."""
    with h5py.File(path) as file:
        mine = file[f"{UNIT}/theirs"]
        links = {name: mine.get(name, getlink=True) for name in ("soft", "dangling", "external")}
        return {
            "links": {name: (type(link).__name__, link.path) for name, link in links.items()},
            "same": mine["first"] == mine["second"],
            "up": mine["up"] == file["metadata"],
            "ragged": [item.tolist() for item in mine["ragged"][:]],
            "null": str(mine["null"][()]),
            "type": str(mine["type"].dtype),
            "choice": (h5py.check_enum_dtype(mine["choice"].dtype), mine["choice"][:].tolist()),
            "chosen": (h5py.check_enum_dtype(mine["chosen"].dtype), int(mine["chosen"][()])),
            "single": (mine["single"].dtype.str, float(mine["single"][()])),
            "fixed": (mine["fixed"].dtype.str, mine["fixed"][()]),
            "latin": mine["latin"][:].tolist(),
            "names": sorted(mine),
            "attributes": sorted(mine.attrs),
            "null attribute": str(mine.attrs["null"]),
            "lists": [item.tolist() for item in mine.attrs["lists"]],
            "points_to": file[mine.attrs["points_to"]].name,
            "enum attribute": h5py.check_enum_dtype(mine.attrs.get_id("choice").dtype),
            "float32": mine.attrs.get_id("float32").dtype.str,
            "large": mine.attrs["large"].sum(),
            "texts": mine.attrs["texts"].tolist(),
            "note": file[f"{UNIT}/waveform"].attrs["note"],
            "log": file["pipeline/their_log"][()],
            "more": file["pipeline/session_info/their_log"][:].tolist(),
            "top": file["their_top"][:].tolist(),
            "group": (file["their_group/inner"][:].tolist(), file["their_group"].attrs["a"]),
        }


@pytest.mark.parametrize("same_file", [True, False])
def test_everything_is_carried_through_several_saves(path: Path, tmp_path: Path, *, same_file: bool) -> None:
    before = picture(path)
    target = path if same_file else tmp_path / "other.h5"
    for _ in range(3):
        loaded = read_tree(path)
        assert loaded.notes == []
        write_tree(target, loaded.tree)
        # who has added an attribute to one of ours cannot be told from who has changed it
        assert check_integrity(target) == [
            f"the attributes of {UNIT}/waveform were damaged, or changed by another program, before they were saved "
            "here"
        ]
        after = picture(target)
        assert "hdmea_attribute_types" in after["attributes"]
        after["attributes"].remove("hdmea_attribute_types")
        if "hdmea_attribute_types" in before["attributes"]:
            before["attributes"].remove("hdmea_attribute_types")
        assert {key: value for key, value in before.items() if value != after[key]} == {}
        path = target


def test_own_data_is_as_it_was(path: Path) -> None:
    tree = read_tree(path).tree
    tree["units"]["unit_001"].pop("theirs")
    assert differences(full_tree()["units"], tree["units"]) == []


def test_values_are_values(path: Path) -> None:
    theirs = read_tree(path).tree["units"]["unit_001"]["theirs"]
    assert type(theirs["single"]) is np.float32
    assert theirs["fixed"] == b"bytes"
    assert theirs["percent%i"] == 3
    assert theirs["first"] is theirs["second"]


def test_attributes_of_removed_nodes_go_with_them(path: Path) -> None:
    tree = read_tree(path).tree
    del tree["units"]["unit_001"]["theirs"]
    write_tree(path, tree)
    with h5py.File(path) as file:
        assert "theirs" not in file[UNIT]


def test_carried_nodes_survive_in_an_undo_list(path: Path) -> None:
    loaded = read_tree(path)
    ragged = loaded.tree["units"]["unit_001"]["theirs"]["ragged"]
    before = picture(path)["ragged"]
    write_tree(path, full_tree())
    tree = full_tree()
    tree["units"]["unit_001"]["theirs"] = {"ragged": ragged}
    write_tree(path, tree)
    with h5py.File(path) as file:
        assert [item.tolist() for item in file[f"{UNIT}/theirs/ragged"][:]] == before


@pytest.mark.parametrize("place", ["stimulus/frame_time", f"{UNIT}/features/flicker"])
def test_attributes_of_second_names_are_carried(tmp_path: Path, place: str) -> None:
    tree = full_tree()
    average = {"data": np.ones((2, 2, 2), np.float32), "metadata": {"movie_name": "flicker"}}
    tree["units"]["unit_001"]["features"]["sta_flicker"] = average
    write_tree(tmp_path / "s.h5", tree)
    with h5py.File(tmp_path / "s.h5", "r+", libver=("v108", "v110")) as file:
        file[place].attrs["theirs"] = 3
    write_tree(tmp_path / "again.h5", read_tree(tmp_path / "s.h5").tree)
    with h5py.File(tmp_path / "again.h5") as file:
        assert file[place].attrs["theirs"] == 3


def test_carried_nodes_are_equal_when_they_are_the_same_node_of_the_same_file(path: Path) -> None:
    first, second = (read_tree(path).tree["units"]["unit_001"]["theirs"] for _ in range(2))
    assert first["ragged"] is not second["ragged"]
    assert first["ragged"] == second["ragged"]
    assert first["ragged"] != second["latin"]
    assert first["ragged"] != 3
