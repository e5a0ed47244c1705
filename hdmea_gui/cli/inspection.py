"""Summary of a file in a few lines, and a check of its integrity."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hdmea_gui.byte_sizes import size_text
from hdmea_gui.errors import DataLoadError
from hdmea_gui.io.store import StoredArray, check_integrity
from hdmea_gui.pipeline.health import CHECKS_BY_KEY
from hdmea_gui.pipeline.status import status_of_result
from hdmea_gui.pipeline.steps import STEPS, STEPS_BY_KEY
from hdmea_gui.session import PipelineSession, Snapshot, leaves
from hdmea_gui.session.recording import RecordingReader
from hdmea_gui.session.unit import spike_times_of
from hdmea_gui.sources import SourceSummary, describe_source, role_of_offered

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hdmea_gui.pipeline.step import Step

INSPECTION_AS_JSON = (
    "With --json: steps by their keys (done, not done, out of date, to be recomputed), sizes in bytes, rates in Hz, "
    "times in ISO 8601; health by check (state ok, check or fault, and a sentence); unknown values are null."
)
"""Format of the JSON report, for the help text."""


@dataclass(frozen=True)
class Inspection:
    """Contents and problems of a file.

    Parameters
    ----------
    path : Path
        The file.
    facts : dict
        Contents, by name.
    problems : list of str
        Problems found.
    """

    path: Path
    facts: dict[str, Any]
    problems: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """Return the report for JSON."""
        return {"file": str(self.path), **self.facts, "problems": self.problems}

    def lines(self) -> list[str]:
        """Return the report as lines of text."""
        lines = [str(self.path)]
        for name, value in self.facts.items():
            lines += _lines_of(name, value)
        verdict = [f"problem: {problem}" for problem in self.problems] or ["no problems found"]
        return lines + verdict


def _lines_of(name: str, value: Any) -> list[str]:
    value = _SHOWN.get(name, lambda held: held)(value)
    title = name.removesuffix("_bytes").replace("_", " ")
    if isinstance(value, dict):
        return [f"{title}:"] + [f"  {key:<28}{item}" for key, item in value.items()]
    if value == []:
        return []
    if isinstance(value, list):
        return [f"{title}: {len(value)}"] + [f"  {item}" for item in value]
    return [f"{title}: {'unknown' if value is None else value}"]


def _region_text(region: Mapping[str, int]) -> str:
    return (
        "{width} x {height} from column {left}, row {top}: {n_frames} frames in {n_sweeps} sweeps"
    ).format_map(region)


_SHOWN: dict[str, Callable[[Any], Any]] = {
    "steps": lambda states: {STEPS_BY_KEY[key].title: state for key, state in states.items()},
    "sizes_bytes": lambda sizes: {part: size_text(n_bytes) for part, n_bytes in sizes.items()},
    "size_bytes": size_text,
    "health": lambda findings: {
        CHECKS_BY_KEY[key].title if key in CHECKS_BY_KEY else key: f"{found['state']}: {found['sentence']}"
        for key, found in findings.items()
    },
    "sensor_regions": lambda regions: [_region_text(region) for region in regions],
}
"""Formatting of facts that are not shown as they are in JSON."""


def inspect_file(path: Path) -> Inspection:
    """Summarise and check a session, a checkpoint, a file of the lab's scripts, or a recording.

    Raises
    ------
    DataLoadError
        The file cannot be read at all.
    """
    if role_of_offered(path) is not None:
        return Inspection(path, _recording_facts(describe_source(path)))
    session = PipelineSession.load(path)
    return Inspection(path, _session_facts(session), _problems(path))


def _problems(path: Path) -> list[str]:
    try:
        problems: list[str] = check_integrity(path)
    except DataLoadError as error:
        return [str(error)]
    return problems


def _recording_facts(summary: SourceSummary) -> dict[str, Any]:
    kind = {"raw": "raw recording", "sorting": "sorted recording"}[summary.role]
    facts: dict[str, Any] = {"kind": kind, "dataset": summary.dataset_id}
    if summary.role == "raw":
        facts |= {
            "duration_s": summary.duration_s,
            "rate_hz": summary.rate_hz,
            "channels": summary.n_channels,
        }
        facts["sensor_regions"] = [dataclasses.asdict(region) for region in summary.regions]
    else:
        facts |= {"units": summary.n_units, summary.counted: summary.n_counted}
    return facts | {"size_bytes": summary.size_bytes, "warnings": list(summary.warnings)}


def _session_facts(session: PipelineSession) -> dict[str, Any]:
    snapshot, recording = session.snapshot(), RecordingReader(session)
    spikes = sum(len(spike_times_of(unit)) for unit in session.units.values())
    return {
        "dataset": session.dataset_id,
        "saved_at": session.saved_moment.isoformat(timespec="seconds") if session.saved_moment else None,
        "units": session.unit_count,
        "spikes": spikes,
        "rate_hz": recording.rate_hz if recording.has_rate else None,
        "movies": sorted(recording.section_bounds),
        "steps": {step.key: _state(step, snapshot) for step in STEPS},
        "to_be_recomputed": [words for step in STEPS if (words := step.stale_reason(snapshot))],
        "health": {
            key: {"state": found.get("state"), "sentence": found.get("sentence")}
            for key, found in session.health.items()
        },
        # steps that only older files or the lab's scripts record
        "history": sorted(session.completed_steps - {step.key for step in STEPS}),
        "sizes_bytes": {name: _bytes(getattr(snapshot, name)) for name in ("units", "stimulus", "metadata")},
        "on_opening": list(session.opening_notes),
        "warnings": list(session.warnings),
    }


def _state(step: Step, snapshot: Snapshot) -> str:
    status = status_of_result(step, snapshot)
    return status.kind.value if status is not None else "not done"


def _bytes(tree: Mapping[str, Any]) -> int:
    return sum(value.nbytes for _, value in leaves(tree) if isinstance(value, (np.ndarray, StoredArray)))
