from __future__ import annotations

from typing import TYPE_CHECKING

from hdmea_gui.io.store import check_integrity, dataset_forms, read_tree, write_tree

if TYPE_CHECKING:
    from pathlib import Path


def test_a_session_of_many_nodes_has_a_table_that_no_header_holds(tmp_path: Path) -> None:
    path, numbers = tmp_path / "session.h5", {f"n{i}": i for i in range(1200)}
    assert 4 * len(numbers) > dataset_forms.COMPACT_BYTES  # uint32
    write_tree(path, {"dataset_id": "x", "metadata": {"many": numbers}})
    assert read_tree(path).tree["metadata"]["many"] == numbers
    assert check_integrity(path) == []
