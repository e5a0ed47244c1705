"""Attributes of a session file that are computed at each save, for readers of the file."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

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
