"""What a run of all steps writes has the types that the file's schema declares."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
import pytest

from hdmea_gui.io.store.schema import FIELDS

if TYPE_CHECKING:
    from pathlib import Path

    from hdmea_gui.io.store.fields import Field
    from tests.pipeline.conftest import Processed

KINDS = {"int": "i", "float": "f", "str": "O"}


def stored(file: h5py.File, field: Field) -> list[Any]:
    """Every value of a field in a file, as an array."""
    groups: list[str] = []
    depth = field.owner.count("/")
    file.visititems(lambda name, node: groups.append(name) if isinstance(node, h5py.Group) else None)
    owners = [name for name in groups if name.count("/") == depth and fnmatchcase(name, field.owner)]
    found = []
    for owner in owners:
        if field.place == "attribute":
            node = file[owner].get(field.node) if field.node else file[owner]
            names = [field.name] if node is not None and field.name in node.attrs else []
            found += [node.attrs.get_id(name).dtype for name in names]
        elif field.name != "*" and isinstance(file[owner].get(field.name), h5py.Dataset):
            found.append(file[owner][field.name].dtype)
    return found


@pytest.fixture(scope="module")
def path(processed_reference: Processed, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return processed_reference.session.checkpoint(tmp_path_factory.mktemp("types") / "s.h5")


def test_every_declared_field_has_its_type(path: Path) -> None:
    seen: set[str] = set()
    with h5py.File(path) as file:
        for field in FIELDS:
            if field.kind in {"list", "one element"}:
                continue
            for dtype in stored(file, field):
                seen.add(f"{field.owner}/{field.name}")
                expected = KINDS.get(field.kind) or np.dtype(field.kind)
                assert expected in {dtype.kind, dtype}, (field.owner, field.name, dtype)
    assert {"units/*/spike_times", "units/*/features/*/spike_count", "units/*/features/*/polarity"} <= seen
    assert {"units/*/features/eimage_sta/geometry/area", "units/*/features/*/source"} <= seen
    assert len(seen) > 70
