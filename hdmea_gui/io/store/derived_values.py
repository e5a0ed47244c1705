"""Attributes of a session file that are computed at each save, for readers of the file."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from hdmea_gui.analysis.frame_intervals import frame_intervals

DONE_KEY = "load_recording"


def now(_tree: object = None) -> str:
    """Return the current time in UTC as ISO 8601."""
    return datetime.now(UTC).isoformat()


def is_loaded(tree: dict[Any, Any]) -> bool:
    """Whether the recording is loaded."""
    return DONE_KEY in (tree.get("completed_steps") or [])


def loaded_at(tree: dict[Any, Any]) -> Any:
    """Return the time at which the recording was loaded, the time of the save if it is unknown, None if it is not."""
    return tree.get("root", {}).get("stage1_timestamp", tree.get("saved_at")) if is_loaded(tree) else None


def frame_rate_hz(metadata: dict[Any, Any]) -> float | None:
    """Return the mean rate of the display frames without dropped ones, Hz; None if it is not known."""
    rate_hz, frames = metadata.get("acquisition_rate"), metadata.get("frame_timestamps")
    if not isinstance(rate_hz, float) or len(getattr(frames, "shape", ())) != 1:
        return None
    frame_s = frame_intervals(np.asarray(frames), rate_hz).mean_s
    return 1 / frame_s if frame_s > 0 else None


_README = """\
One recording of retinal ganglion cells, saved by hdmea-gui. Every place, with its type, unit, axes and meaning, is a \
line of the dataset /schema.

Clock: times of spikes, trials, sections and display frames are sample indices from 0; divide by \
/metadata/acquisition_rate (Hz) for seconds. A lag or latency before a spike is negative.
Axes: the attribute axes of a large array names its axes in the order of C and Python (h5py, R's dim() and MATLAB's \
size() may show them reversed); their values are in /axes, in a group named after the feature or array.
Counting: row, col and global_id of a unit are the sorter's and begin at 1, as does axes/eimage_sta; positions in STAs \
and in electrical images (center_row, center_col, ...) begin at 0.
Units: /units_table has one 1-D column each for id, label, position, spikes, rate and the main results of all units, \
in one order. Labels are the attribute label of each unit and the column units_table/label.
Trials: /stimulus/trials/<movie> has start and end of every trial.

Python: h5py.File(path)["units/UNIT/spike_times"][:] / h5py.File(path)["metadata/acquisition_rate"][0]
MATLAB: double(h5read(path, '/units/UNIT/spike_times')) / h5read(path, '/metadata/acquisition_rate')
R: f <- hdf5r::H5File$new(path, "r"); f[["units/UNIT/spike_times"]][] / f[["metadata/acquisition_rate"]][]
"""


def readme(tree: dict[Any, Any]) -> str:
    """Return how to read the file, with examples for one of its units."""
    units = tree.get("units")
    return _README.replace(
        "UNIT", next(map(str, units), "unit_001") if isinstance(units, dict) else "unit_001"
    )


def feature_names(tree: dict[Any, Any]) -> str:
    """Return the extracted features (outputs, not electrical images and STAs) that any unit has, as JSON."""
    names: set[str] = set()
    for unit in tree.get("units", {}).values():
        features = unit.get("features") if type(unit) is dict else None
        for name, feature in features.items() if type(features) is dict else ():
            if isinstance(name, str) and type(feature) is dict and type(feature.get("data")) is dict:
                metadata = feature.get("metadata")
                if not (type(metadata) is dict and metadata.get("absent_reason")):
                    names.add(name)
    return json.dumps(sorted(names))


def source_files(tree: dict[Any, Any]) -> str:
    """Return the paths of the recording, and whether the files exist, as JSON."""
    files = tree.get("source_files", {})
    usual = ("cmcr_path", "cmtr_path")  # readers of the lab's files expect both
    paths = {name: files.get(name) for name in dict.fromkeys((*usual, *files))}
    texts = {name: None if path is None else str(path) for name, path in paths.items()}
    exists = {
        name.replace("_path", "_exists"): bool(text) and Path(text or "").exists()
        for name, text in texts.items()
    }
    return json.dumps({**texts, **exists})
