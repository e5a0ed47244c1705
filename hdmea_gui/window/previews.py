"""Summaries of recordings and sessions, as text and table rows; plain functions for worker threads."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hdmea_gui.byte_sizes import size_text
from hdmea_gui.errors import DataLoadError
from hdmea_gui.io.store import read_tree
from hdmea_gui.pipeline.steps import STEPS
from hdmea_gui.session import SESSION_SUFFIXES
from hdmea_gui.sources import dataset_id_of, describe_source, role_of_offered, session_bytes_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hdmea_gui.sources import SourceSummary
    from hdmea_gui.sources.source import Role


@dataclass(frozen=True)
class Preview:
    """Summary of the files of a recording.

    Parameters
    ----------
    text : str
        The summary, for the user.
    may_load : bool
        Whether the files can be loaded.
    raw, sorted_file : Path or None
        The files, including a partner that was found.
    """

    text: str
    may_load: bool
    raw: Path | None = None
    sorted_file: Path | None = None


def preview_recording(raw: Path | None, sorted_file: Path | None, *, seeks_partner: bool = False) -> Preview:
    """Summarise a raw and a sorted file without reading their data.

    Parameters
    ----------
    raw, sorted_file : Path or None
        The chosen files; None for one that is not chosen.
    seeks_partner : bool
        Whether to look for the other file if only one is chosen.
    """
    if seeks_partner and raw is not None and sorted_file is None:
        sorted_file = partner_of(raw, "sorting")
    elif seeks_partner and raw is None and sorted_file is not None:
        raw = partner_of(sorted_file, "raw")
    text, may_load = _described(raw, sorted_file)
    return Preview(text, may_load, raw, sorted_file)


def partner_of(path: Path, role: Role) -> Path | None:
    """Return the other source of a recording in the same folder, matched by dataset id; None if there is none."""
    if not path.parent.is_dir():
        return None
    dataset_id = dataset_id_of(path)
    alike = [other for other in sorted(path.parent.iterdir()) if dataset_id_of(other) == dataset_id]
    return next((other for other in alike if role_of_offered(other) == role), None)


def _described(raw: Path | None, sorted_file: Path | None) -> tuple[str, bool]:
    """Summarise the sources of a recording; also return whether they can be loaded."""
    if raw is None and sorted_file is None:
        return "Choose a raw file, a sorted file, or both.", False
    given: dict[Role, Path | None] = {"raw": raw, "sorting": sorted_file}
    lines: list[str] = []
    summaries: dict[Role, SourceSummary] = {}
    for role, path in given.items():
        if path is None:
            continue
        try:
            summaries[role] = describe_source(path, role)
            lines.append(_words(summaries[role]))
        except DataLoadError as error:
            lines.append(str(error))
    may_load = len(summaries) == len([path for path in given.values() if path is not None])
    first, second = summaries.get("raw"), summaries.get("sorting")
    if may_load:
        lines.append(f"Memory needed: about {size_text(session_bytes_of(first, second))}.")
    # the name of a folder is often that of a program
    if first and second and second.path.is_file() and first.dataset_id != second.dataset_id:
        lines.append("The file names do not match. Check that the files belong to the same recording.")
    if may_load and second is None:
        lines.append("Without a sorted file there are no units.")
    if may_load and first is None:
        lines.append("Without a raw file there are no light channels, frame times or electrical images.")
    return "\n".join(lines), may_load


def _words(summary: SourceSummary) -> str:
    size = size_text(summary.size_bytes)
    if summary.role == "sorting":
        return f"{summary.path.name}: {summary.n_units} units, {summary.n_counted} {summary.counted}, {size}."
    seconds = summary.duration_s or 0.0
    regions = "; ".join(
        f"{region.width} x {region.height} electrodes, {region.n_frames} frames" for region in summary.regions
    )
    return (
        f"{summary.path.name}: {int(seconds // 60)} min {seconds % 60:.0f} s at {summary.rate_hz:g} Hz, "
        f"{regions or 'no sensor data'}, {size}."
    )


def list_sessions(folder: Path) -> list[dict[str, Any]]:
    """Summarise the sessions and checkpoints of a folder, newest first; for other files, say why they cannot be read.

    Raises
    ------
    DataLoadError
        The folder does not exist.
    """
    if not folder.is_dir():
        raise DataLoadError(
            "The folder does not exist. Check its name, and that its drive is connected.", file_path=folder
        )
    rows: list[dict[str, Any]] = []
    files = [path for path in folder.iterdir() if path.suffix.lower() in SESSION_SUFFIXES and path.is_file()]
    for path in sorted(files, key=lambda file: file.stat().st_mtime, reverse=True):
        try:
            loaded = read_tree(path)
        except DataLoadError as error:
            rows.append({"path": path, "file": path.name, "kind": "unreadable", "note": str(error)})
            continue
        tree = loaded.tree
        done = [step.title for step in STEPS if step.key in tree["completed_steps"]]
        rows.append(
            {
                "path": path,
                "file": path.name,
                "name": loaded.checkpoint_name or "",
                "note": loaded.note or "",
                "kind": loaded.kind,
                "saved": str(tree.get("saved_at") or "")[:16].replace("T", " "),
                "units": len(tree["units"]),
                "done": len(done),
                "contents": tuple(done),
                "runs": {
                    step.title: str(tree["steps"].get(step.key, {}).get("started_at")) for step in STEPS
                },
                "labels": _labels(tree["units"]),
            }
        )
    return rows


def _labels(units: Mapping[str, Any]) -> str:
    """Return the number of units with each label, as text."""
    counts = Counter(str(unit.get("label") or "") for unit in units.values())
    counts.pop("", None)
    return ", ".join(f"{count} {label}" for label, count in sorted(counts.items())) or "none"
