"""How long a verified save takes, against writing the same bytes to a plain file, syncing it and replacing the old one.

Both sides write beside their old file and replace it. Pages that the system takes for the first time are several times
slower than those it used before, and a side that first removed its old file would always get the latter.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np

from hdmea_gui.io.store import read_tree, write_tree
from tests.benchmarks.timing import at_most

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_TARGETS = {30: 1.8, 100: 2.0, 300: 2.5}
"""Largest ratio, by the number of units in 1 GB."""
_AGAIN = 2.0
_RUNS = 9
_SLAB = 8 << 20
_SMALL_BYTES = 4096
_MOST_CPU_S = 2.0
_MOST_ADDED_MB = 400.0

Cost = tuple[float, float]
"""Seconds, and seconds of the processor."""


def run(quick: bool = False) -> list[dict[str, object]]:
    """Return rows for new sessions of 1 GB with few and with many units, for one saved again, and for memory.

    Parameters
    ----------
    quick : bool
        Whether to measure a tenth of it.
    """
    scale = 0.1 if quick else 1.0
    return [
        *(_new_row(n, scale) for n in _TARGETS),
        *_again_rows(int(scale * 100), scale),
        _structure_row(int(scale * 300), scale),
        *_memory_rows(int(scale * 100), scale),
    ]


def _new_row(n_units: int, scale: float) -> dict[str, object]:
    tree = make_tree(int(scale * n_units), scale)
    with tempfile.TemporaryDirectory() as folder:
        path, plain = Path(folder) / "session.h5", Path(folder) / "plain.bin"
        reference, ours = _medians(lambda: _write_plain(plain, tree), lambda: write_tree(path, tree))
    return _row(_new(tree), reference, ours, _TARGETS[n_units])


def _again_rows(n_units: int, scale: float) -> list[dict[str, object]]:
    """Return rows for a session loaded and saved again, and for loading it."""
    tree = make_tree(n_units, scale)
    with tempfile.TemporaryDirectory() as folder:
        path, plain = Path(folder) / "session.h5", Path(folder) / "plain.bin"
        write_tree(path, tree)
        loaded = read_tree(path).tree
        reference, again, load = _medians(
            lambda: _write_plain(plain, tree), lambda: write_tree(path, loaded), lambda: read_tree(path)
        )
    return [
        _row(f"save it again from its own file, {_size(tree)}, {n_units} units", reference, again, _AGAIN),
        _alone(f"load it ({_count(tree)} values)", load[0]),
    ]


def _structure_row(n_units: int, scale: float) -> dict[str, object]:
    """Return a row for the processor's time of a session without its larger arrays."""
    tree = _without_large(make_tree(n_units, scale))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "session.h5"
        ((_, cpu_s),) = _medians(lambda: write_tree(path, tree))
    what = f"processor's time for {n_units} units without arrays above 4 kB, {_count(tree)} values"
    return at_most(what, _MOST_CPU_S, cpu_s, 1.0, "CPU seconds, against those allowed")


def _without_large(tree: Any) -> Any:
    if not isinstance(tree, dict):
        return tree
    return {
        key: _without_large(value)
        for key, value in tree.items()
        if getattr(value, "nbytes", 0) <= _SMALL_BYTES
    }


def _row(what: str, reference: Cost, ours: Cost, target: float) -> dict[str, object]:
    note = f"medians of {_RUNS} pairs; CPU {reference[1]:.2f} and {ours[1]:.2f} s"
    return at_most(what, reference[0], ours[0], target, note)


def _size(tree: dict[str, Any]) -> str:
    return f"{sum(array.nbytes for array in _arrays(tree)) / 1e9:.2f} GB"


def _new(tree: dict[str, Any]) -> str:
    return f"save a new session of {_size(tree)}, {len(tree['units'])} units, {_count(tree)} values"


def make_tree(n_units: int, scale: float = 1.0) -> dict[str, Any]:
    """Make a session tree of 1 GB times `scale` in the shape that the steps give it.

    With few units the peaks' cutouts are the bulk of it, with many the images, light channels and sections.
    """
    random = np.random.default_rng(0)
    light = {f"raw_ch{i}": random.random(int(18e6 * scale), dtype=np.float32) for i in (1, 2)}
    rest = 1060e6 * scale - sum(array.nbytes for array in light.values())
    cutouts = max(0, int((rest / n_units - 1.3e6) / 400))
    return {
        "dataset_id": "benchmark",
        "units": {f"unit_{i:03d}": _make_unit(random, cutouts) for i in range(1, n_units + 1)},
        "metadata": {"acquisition_rate": 20000.0},
        "stimulus": {"light_reference": light},
        "completed_steps": ["load_recording"],
    }


def _make_unit(random: np.random.Generator, cutouts: int) -> dict[str, Any]:
    image = random.random((50, 65, 65), dtype=np.float32)
    section = {
        "full_spike_times": np.arange(900),
        "trials_spike_times": {trial: np.arange(300) for trial in range(3)},
        "trials_start_end": np.zeros((3, 2), dtype=np.int64),
        "_attrs": {"n_trials": 3, "pad_margin": [0.0, 0.0], "pre_samples": 0, "post_samples": 0},
    }
    numbers = (
        "n_spikes_used",
        "n_spikes_excluded",
        "pre_samples",
        "post_samples",
        "filter_order",
        "spike_limit",
    )
    geometry = dict.fromkeys(
        ("center_row", "center_col", "size_x", "size_y", "area", "equivalent_diameter"), 1.5
    )
    meta: dict[str, Any] = {f"field_{i}": np.array([1.5]) for i in range(15)}
    meta["cutouts"] = random.random((cutouts, 100), dtype=np.float32)
    return {
        "row": 38,
        "col": 27,
        "global_id": 1728,
        "label": "good",
        "spike_times": np.arange(2000, dtype=np.uint64),
        "waveform": np.zeros(40, np.float32),
        "firing_rate_10hz": np.zeros(9000, np.float32),
        "unit_meta": meta,
        "spike_times_sectioned": {"noise": section, "step_up": dict(section)},
        "features": {
            "eimage_sta": {"data": image, "metadata": dict.fromkeys(numbers, 10), "geometry": geometry},
            "sta_noise": {
                "data": random.random((60, 15, 15), dtype=np.float32),
                "metadata": {"n_spikes_used": 900, "cover_range": [-60, 0]},
                "sta_geometry": geometry,
            },
            "frif": {"data": {"FRIF": np.zeros(50_000, np.float32)}, "metadata": {}},
        },
    }


def _arrays(tree: object) -> Iterator[np.ndarray[Any, Any]]:
    if isinstance(tree, dict):
        for value in tree.values():
            yield from _arrays(value)
    elif isinstance(tree, np.ndarray):
        yield tree


def _count(tree: object) -> int:
    return sum(map(_count, tree.values())) if isinstance(tree, dict) else 1


def _write_plain(path: Path, tree: dict[str, Any]) -> None:
    """Write every array's bytes to one new file, in order, sync it and replace the old one."""
    temporary = path.with_suffix(".tmp")
    with temporary.open("wb", buffering=0) as file:
        for array in _arrays(tree):
            octets = np.ascontiguousarray(array).reshape(-1).view(np.uint8).data
            for start in range(0, len(octets), _SLAB):
                file.write(octets[start : start + _SLAB])
        os.fsync(file.fileno())
    temporary.replace(path)


def _medians(*works: Callable[[], object]) -> list[Cost]:
    """Return the median cost of each; they take turns, so that other load falls on all. A first turn does not count."""
    costs: list[list[Cost]] = [[] for _ in works]
    for turn in range(_RUNS + 1):
        for work, own in zip(works, costs, strict=True):
            cost = _cost(work)
            if turn:
                own.append(cost)
    return [(median(cost[0] for cost in own), median(cost[1] for cost in own)) for own in costs]


def _cost(work: Callable[[], object]) -> Cost:
    started, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - started, time.process_time() - cpu


def _alone(what: str, ours_s: float) -> dict[str, object]:
    return {"what": what, "reference_s": None, "ours_s": ours_s, "ratio": None, "target": None}


_MEMORY = """
import json, sys
from pathlib import Path
from hdmea_gui.io.store import write_tree
from tests.benchmarks.save import make_tree

def peak_kb():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))

tree = make_tree(int(sys.argv[2]), float(sys.argv[3]))
write_tree(Path(sys.argv[1]).with_name("first.h5"), make_tree(1, 0.001))
Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
before = peak_kb()
write_tree(sys.argv[1], tree)
print(json.dumps([before * 1024, peak_kb() * 1024]))
"""


def _memory_rows(n_units: int, scale: float) -> list[dict[str, object]]:
    """Return a row for the memory that a process needs more while it saves."""
    if not Path("/proc/self/clear_refs").exists():
        return []
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-c", _MEMORY, str(Path(folder) / "s.h5"), str(n_units), str(scale)]
        answer = subprocess.run(command, check=True, capture_output=True, text=True)
    before, after = json.loads(answer.stdout)
    note = "MB in place of seconds, against those allowed"
    return [at_most("memory that the save adds", _MOST_ADDED_MB, (after - before) / 1e6, 1.0, note)]
