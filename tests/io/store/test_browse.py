from __future__ import annotations

from typing import TYPE_CHECKING

import h5py
import numpy as np
import pytest

from hdmea_gui.errors import DataLoadError
from hdmea_gui.io.store import StoredArray
from hdmea_gui.io.store.browse import browse

if TYPE_CHECKING:
    from pathlib import Path


def test_a_file_of_another_program_is_a_plain_tree(tmp_path: Path) -> None:
    path = tmp_path / "other.h5"
    big = np.arange(300_000, dtype=np.float64).reshape(3, -1)
    with h5py.File(path, "w") as file:
        file.attrs["program"] = "other"
        file.attrs["code"] = np.bytes_(b"abc")
        group = file.create_group("a group/inner")
        group.attrs["n"] = np.array([3])
        group["small"] = np.arange(4, dtype=np.int16)
        group["small"].attrs["unit"] = "ms"
        group["number"] = 2.5
        group["text"] = "words"
        file["big"] = big
        file["table"] = np.array([(1, 2.0)], [("x", "i4"), ("y", "f8")])
        file["soft"] = h5py.SoftLink("/nowhere")
        file["outside"] = h5py.ExternalLink("gone.h5", "/x")
    before = path.read_bytes()
    found = browse(path)
    inner = found.tree["a group"]["inner"]
    assert inner["small"].tolist() == [0, 1, 2, 3]
    assert (inner["number"], inner["text"]) == (2.5, "words")
    assert isinstance(found.tree["big"], StoredArray)
    assert np.array_equal(np.asarray(found.tree["big"]), big)
    assert found.tree["table"]["y"].tolist() == [2.0]
    assert found.tree["soft"].target == "/nowhere"
    assert found.tree["outside"].file == "gone.h5"
    assert found.attributes[""] == {"program": "other", "code": "abc"}
    assert found.attributes["a group/inner/small"] == {"unit": "ms"}
    assert found.attributes["a group/inner"]["n"].tolist() == [3]
    assert path.read_bytes() == before


def test_recordings_are_files_too(reference: Path) -> None:
    for path in sorted(reference.glob("*.cm?r")):
        found = browse(path)
        assert found.tree
        assert found.attributes[""]["ID.Type"] == "MCS-CMOS-MEA"


def test_what_is_no_hdf5_file_is_told(tmp_path: Path) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("hello")
    with pytest.raises(DataLoadError, match="is not an HDF5 file"):
        browse(text)
    with pytest.raises(DataLoadError, match="does not exist or is a folder"):
        browse(tmp_path)


def test_a_damaged_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / "cut.h5"
    with h5py.File(path, "w") as file:
        file["x"] = np.arange(10_000)
    path.write_bytes(path.read_bytes()[:3000])
    with pytest.raises(DataLoadError, match="damaged, truncated"):
        browse(path)
