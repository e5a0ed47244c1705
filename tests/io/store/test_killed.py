from __future__ import annotations

import os
import random
import signal
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from hdmea_gui.io.store import check_integrity, read_tree, write_tree
from tests.io.store.trees import empty_tree

if TYPE_CHECKING:
    from pathlib import Path

KILLS, AT_LEAST_WHILE_WRITING, AT_MOST = 40, 6, 2000


def numbered_tree(number: int) -> dict[str, Any]:
    """Return a tree whose every part says which save it is of."""
    units = {f"unit_{i:03d}": {"waveform": np.full(24, number), "row": number} for i in range(30)}
    return empty_tree(units=units, metadata={"number": number, "large": np.full(300_000, number)})


def save_for_ever(path: Path, number: int) -> None:
    try:
        while True:
            number += 1
            write_tree(path, numbered_tree(number))
    finally:
        os._exit(1)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_killed_saves_leave_the_old_file_or_the_new_one(tmp_path: Path) -> None:
    path = tmp_path / "s.h5"
    window_s = 4 * write_tree(path, numbered_tree(0)).elapsed_s
    moments = random.Random(7)  # noqa: S311 - moments for a test
    numbers = [0]
    leftovers = 0
    # on a busy machine many are killed before they begin to write: these do not count
    while len(numbers) <= KILLS or leftovers < AT_LEAST_WHILE_WRITING or numbers[-1] == 0:
        assert len(numbers) < AT_MOST, "hardly any save was killed while it wrote: the test shows nothing"
        child = os.fork()
        if child == 0:
            save_for_ever(path, numbers[-1])
        time.sleep(moments.uniform(0.0, window_s))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        leftovers += any(entry.suffix == ".tmp" for entry in tmp_path.iterdir())
        assert check_integrity(path) == []
        tree = read_tree(path).tree
        number = tree["metadata"]["number"]
        assert number >= numbers[-1]
        assert np.all(np.asarray(tree["metadata"]["large"]) == number)
        assert all(
            unit["row"] == number and np.all(unit["waveform"] == number) for unit in tree["units"].values()
        )
        numbers.append(number)
        if numbers[-6:] == [number] * 6:  # the machine is busier than it was: nothing gets done in time
            window_s *= 2
    write_tree(path, numbered_tree(1))
    assert list(tmp_path.iterdir()) == [path]
