from __future__ import annotations

from typing import TYPE_CHECKING

from hdmea_gui.io.store import check_integrity, integrity, read_tree, write_nodes, write_tree

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_a_session_of_many_nodes_has_a_table_that_is_moved_beside_hdf5(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Of 16384 nodes on, the table of checksums is itself a large array; here "large" begins earlier.
    monkeypatch.setattr(write_nodes, "LEAST_BYTES", 4200)
    monkeypatch.setattr(integrity, "LEAST_BYTES", 4200)
    path, numbers = tmp_path / "session.h5", {f"n{i}": i for i in range(1200)}
    write_tree(path, {"dataset_id": "x", "metadata": {"many": numbers}})
    assert read_tree(path).tree["metadata"]["many"] == numbers
    assert check_integrity(path) == []
