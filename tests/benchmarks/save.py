"""How long a verified save takes, against writing the same bytes to a plain file and syncing it."""

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

_TARGET = 2.0
_RUNS = 5
_SLAB = 8 << 20
_NOTE = "median of 5; plain write and fsync"


def run(quick: bool = False) -> list[dict[str, object]]:
    """Return rows for new sessions of 1 GB with few and with many units, for one saved again, and for memory.

    Parameters
    ----------
    quick : bool
        Whether to measure a tenth of it.
    """
    scale = 0.1 if quick else 1.0
    return [*_again_rows(int(scale * 100), scale), *(_new_row(int(scale * n), scale) for n in (30, 300)),
            *_memory_rows(int(scale * 100), scale)]  # fmt: skip


def _again_rows(n_units: int, scale: float) -> list[dict[str, object]]:
    """Return rows for a new session, and for the same one loaded and saved again."""
    tree = make_tree(n_units, scale)
    with tempfile.TemporaryDirectory() as folder:
        path, plain = Path(folder) / "session.h5", Path(folder) / "plain.bin"
        write_tree(path, tree)
        loaded = read_tree(path).tree
        reference_s, new_s, again_s, load_s = _medians(
            lambda: _write_plain(plain, tree),
            lambda: write_tree(path.with_name("new.h5"), tree),
            lambda: write_tree(path, loaded),
            lambda: read_tree(path),
        )
    return [
        at_most(_new(tree), reference_s, new_s, _TARGET, _NOTE),
        at_most(f"save it again from its own file, {_size(tree)}", reference_s, again_s, _TARGET, _NOTE),
        _alone(f"load it ({_count(tree)} values)", load_s),
    ]


def _new_row(n_units: int, scale: float) -> dict[str, object]:
    tree = make_tree(n_units, scale)
    with tempfile.TemporaryDirectory() as folder:
        path, plain = Path(folder) / "session.h5", Path(folder) / "plain.bin"
        reference_s, new_s = _medians(lambda: _write_plain(plain, tree), lambda: write_tree(path, tree))
    return at_most(_new(tree), reference_s, new_s, _TARGET, _NOTE)


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
    """Write every array's bytes to one new file, in order, and sync it."""
    path.unlink(missing_ok=True)
    with path.open("wb", buffering=0) as file:
        for array in _arrays(tree):
            octets = np.ascontiguousarray(array).reshape(-1).view(np.uint8).data
            for start in range(0, len(octets), _SLAB):
                file.write(octets[start : start + _SLAB])
        os.fsync(file.fileno())


def _medians(*works: Callable[[], object]) -> list[float]:
    """Return each one's median duration; they take turns, so that other load falls on all."""
    seconds: list[list[float]] = [[] for _ in works]
    for _ in range(_RUNS):
        for work, durations in zip(works, seconds, strict=True):
            started = time.perf_counter()
            work()
            durations.append(time.perf_counter() - started)
    return [median(durations) for durations in seconds]


def _alone(what: str, ours_s: float) -> dict[str, object]:
    return {"what": what, "reference_s": None, "ours_s": ours_s, "ratio": None, "target": None}


_MEMORY = """
import json, sys
from pathlib import Path
from hdmea_gui.io.store import write_tree
from tests.benchmarks.save import make_tree, _arrays

def peak_kb():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))

tree = make_tree(int(sys.argv[2]), float(sys.argv[3]))
write_tree(Path(sys.argv[1]).with_name("first.h5"), make_tree(1, 0.001))
Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
before = peak_kb()
write_tree(sys.argv[1], tree)
print(json.dumps([before * 1024, peak_kb() * 1024, sum(array.nbytes for array in _arrays(tree))]))
"""


def _memory_rows(n_units: int, scale: float) -> list[dict[str, object]]:
    """Return the largest memory of a process that saves, in GB, against 1.2 times the session and 200 MB."""
    if not Path("/proc/self/clear_refs").exists():
        return []
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-c", _MEMORY, str(Path(folder) / "s.h5"), str(n_units), str(scale)]
        answer = subprocess.run(command, check=True, capture_output=True, text=True)
    before, after, size = json.loads(answer.stdout)
    allowed_mb, added_mb = (0.2 * size + 200e6) / 1e6, (after - before) / 1e6
    return [at_most("memory that the save adds", allowed_mb, added_mb, 1.0, "MB in place of seconds")]
