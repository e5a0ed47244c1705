"""Files of the first version load as before, and are saved in the present format.

`tests/data/formats/1.h5` was written by version 0.1.0 from what `tree` returns; it is never written again.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np

from hdmea_gui.io.store import check_integrity, read_tree, write_tree
from tests.io.store.trees import differences, empty_tree

FILE = Path(__file__).parents[2] / "data" / "formats" / "1.h5"
IMAGE = "units/unit_001/features/eimage_sta"


def tree() -> dict[str, Any]:
    """Return what the archived file holds: every kind of value that is stored in another form since."""
    factors = np.linspace(1.0, 2.0, 12).reshape(4, 3)
    units = {}
    for name in ("unit_001", "unit_002"):
        metadata = {"n_spikes_used": 17, "skip_highpass": False, "conversion_factors": factors.copy()}
        image = {"data": np.arange(60, dtype=np.float32).reshape(5, 4, 3), "metadata": metadata}
        units[name] = {"row": 38, "unit_meta": {"tags": "axon"}, "features": {"eimage_sta": image}}
    return empty_tree(
        units=units,
        metadata={"dataset_id": "recording", "cmcr_meta": {"MeaName": "CMOS-µ"}},
        warnings=["few spikes"],
        extras={
            "lab": {
                "switches": np.array([True, False]),
                "list": [True, False],
                "one": np.bool_(True),
                "names": ["a", "ä"],
                "bytes": np.array([b"ab", b"c"]),
                "nothing": np.zeros((0, 2)),
            }
        },
        attributes={IMAGE: {"checked": True}},
    )


def test_the_archived_file_is_of_format_1() -> None:
    with h5py.File(FILE) as file:
        assert file.attrs["format_version"] == 1
        assert file[f"{IMAGE}/data"].attrs["conversion_factors"].shape == (4, 3)
        assert file["lab/switches"].dtype == bool
        assert file["metadata/dataset_id"].dtype == object


def test_it_loads_whole() -> None:
    loaded = read_tree(FILE)
    assert check_integrity(FILE) == loaded.damage == loaded.notes == []
    assert differences(tree(), loaded.tree) == []


def test_saved_again_it_is_the_same_in_the_present_format(tmp_path: Path) -> None:
    path = tmp_path / "s.h5"
    write_tree(path, read_tree(FILE).tree)
    assert check_integrity(path) == []
    assert differences(tree(), read_tree(path).tree) == []
    with h5py.File(path) as file:
        assert file.attrs["format_version"] == 2
        assert "conversion_factors" not in file[f"{IMAGE}/data"].attrs
        assert file[f"{IMAGE}/conversion_factors"] == file[f"{IMAGE.replace('1', '2')}/conversion_factors"], (
            "equal conversion factors are one dataset"
        )
