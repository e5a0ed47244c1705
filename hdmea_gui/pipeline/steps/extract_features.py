"""Features of every unit, family by family and movie by movie."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hdmea_gui.analysis import CannotCompute
from hdmea_gui.analysis.triggered_response import light_duration_s
from hdmea_gui.errors import ConfigurationError
from hdmea_gui.pipeline.features import FAMILIES, PLACEHOLDERS
from hdmea_gui.pipeline.features.conditions import conditions_of
from hdmea_gui.pipeline.features.events import events_of
from hdmea_gui.pipeline.features.family import Recording, Shown, UnitData
from hdmea_gui.pipeline.features.tasks import Movies, Task, definitions_of, family_named, tasks_of
from hdmea_gui.pipeline.parameters import make_params, parameter, recorded, with_floats
from hdmea_gui.pipeline.params_hash import params_hash
from hdmea_gui.pipeline.recency import (
    FEATURE_VERSION,
    is_current,
    is_of_earlier_version,
    is_of_other_scripts,
    is_out_of_date,
)
from hdmea_gui.pipeline.receptive_field import is_tested, valid_stas_of
from hdmea_gui.pipeline.staleness import Source, bounds_content, is_stale, section_content
from hdmea_gui.pipeline.step import Step
from hdmea_gui.session import Snapshot, Update
from hdmea_gui.session.recording import NOISE, RecordingReader, definition_path
from hdmea_gui.session.unit import (
    ABSENT_REASON,
    STA_GEOMETRY,
    feature_of,
    feature_path,
    features_of,
    spike_times_of,
    trials_of,
)

if TYPE_CHECKING:
    from hdmea_gui.pipeline.progress import Progress


@dataclass(frozen=True)
class Params:
    """Parameters of `extract_features`."""

    features: tuple[str, ...] | None = parameter(
        None, "Features", tip="Names of features; leave empty for every feature that the movies allow."
    )
    force: bool = parameter(True, "Recompute", tip="Also recompute features that already exist.")
    overrides: str = parameter(
        "{}",
        "Feature parameters",
        tip='As JSON, by feature or for all: {"cutoff_hz": 5} or {"step_up_5s_5i_b0_3x": ...}.',
    )
    stimuli_dir: Path | None = parameter(
        None,
        "Stimuli folder",
        tip="Folder of the stimulus files, for movies whose stimulus files are not yet stored in the session.",
    )


@dataclass
class _Results:
    put: dict[tuple[str, ...], Any] = field(default_factory=dict)
    reasons: dict[str, dict[str, int]] = field(default_factory=dict)

    def note_absent(self, name: str, reason: str) -> None:
        counts = self.reasons.setdefault(name, {})
        counts[reason] = counts.get(reason, 0) + 1


def run(snapshot: Snapshot, params: Params, progress: Progress) -> Update:
    """Compute the features; each replaces an earlier feature of the same name, and nothing else."""
    definitions = definitions_of(snapshot, params.stimuli_dir)
    tasks, warnings = tasks_of(params.features, definitions)
    recording = recording_of(snapshot)
    overrides = _overrides(params.overrides, definitions)
    results = _Results(_not_held(definitions, snapshot))
    total = len(tasks) * len(snapshot.units)
    done = 0
    for task in tasks:
        family_params, shown = _family_params(task, overrides), _shown(task, snapshot, definitions)
        is_anew = params.force or is_stale(STEP, task.name, snapshot)
        for unit_id, unit in snapshot.units.items():
            progress(done, total, f"Features: {task.name}")
            done += 1
            if not is_anew and _is_there(unit, task.name):
                continue
            _one(task, shown, unit_id, unit, recording, family_params, results)
    warnings += _absence_warnings(results, len(snapshot.units))
    return Update.of(STEP.title, results.put, warnings=warnings)


def _is_there(unit: dict[str, Any], name: str) -> bool:
    """Whether a unit has a feature; an absent one is computed again, as it may now be possible."""
    feature = feature_of(unit, name)
    return is_current(feature) and ABSENT_REASON not in feature["metadata"]


def _not_held(definitions: Movies, snapshot: Snapshot) -> dict[tuple[str, ...], Any]:
    """Stimulus definitions that the session lacks, so that it documents what its features are based on."""
    held = RecordingReader(snapshot).definitions
    return {
        definition_path(movie): content
        for movie, content in definitions.items()
        if content and movie not in held and not RecordingReader(snapshot).is_timed_by_light(movie)
    }


def _shown(task: Task, snapshot: Snapshot, definitions: Movies) -> Shown | None:
    """Movie of a task, and its light events."""
    if task.movie is None:
        return None
    template, n_frames = _trial_light(snapshot, task.movie)
    events, source = events_of(task.family.kind, definitions[task.movie], template, n_frames)
    content = definitions[task.movie]
    return Shown(task.movie, events, source, conditions_of(content), _light_s(task, snapshot))


def _light_s(task: Task, snapshot: Snapshot) -> float | None:
    """Duration of the light that begins the trials of a movie that is timed by light; None if unknown."""
    recording = RecordingReader(snapshot)
    template = recording.light_template(task.movie or "")
    if template is None or not recording.is_timed_by_light(task.movie or ""):
        return None
    return light_duration_s(np.asarray(template), recording.rate_hz)


def _trial_light(snapshot: Snapshot, movie: str) -> tuple[Any, int]:
    """Light time course of the movie's first trial, and its length in display frames."""
    recording = RecordingReader(snapshot)
    template, trials = recording.light_template(movie), recording.trials(movie)
    section, frames = recording.section_bounds.get(movie), np.asarray(recording.movie_frames)
    if template is None or section is None or trials is None or not len(trials) or not frames.size:
        return None, 0
    first = np.asarray(trials)[0]
    start, stop = (first - np.asarray(section)[0, 0]).tolist()
    n_frames = int(np.diff(np.searchsorted(frames, first.astype(np.uint64)))[0])
    return np.asarray(template[start:stop]), n_frames


def recording_of(snapshot: Snapshot) -> Recording:
    """Return the properties shared by all units of the session."""
    held = RecordingReader(snapshot)
    n_samples = round((held.duration_s or 0.0) * held.rate_hz)
    return Recording(held.rate_hz, np.asarray(held.movie_frames), n_samples)


def _overrides(text: str, definitions: Movies) -> dict[str, Any]:
    """Parameters by feature or for all, also of features not computed now, so that typing errors are reported."""
    try:
        overrides = json.loads(text)
    except (ValueError, RecursionError):
        overrides = None
    if not isinstance(overrides, dict):
        raise ConfigurationError(f"The feature parameters are '{text}'. They must be a JSON object: {{...}}.")
    known = {item.name for family in FAMILIES for item in dataclasses.fields(family.params)}
    unknown = [name for name, value in overrides.items() if name not in known and not isinstance(value, dict)]
    if unknown:
        raise ConfigurationError(
            f"No feature has a parameter '{unknown[0]}'. Available: {', '.join(sorted(known))}."
        )
    for name in set(overrides) - known - set(PLACEHOLDERS):
        make_params(family_named(name, definitions).params, overrides[name], f"Feature {name}")
    return overrides


def _family_params(task: Task, overrides: dict[str, Any]) -> Any:
    """Parameters of a family: flat ones that it has, overridden by those for the feature by name."""
    names = {item.name for item in dataclasses.fields(task.family.params)}
    flat = {name: value for name, value in overrides.items() if name in names}
    own: dict[str, Any] = next(
        (overrides[name] for name in (task.name, *task.family.names) if name in overrides), {}
    )
    return make_params(task.family.params, flat | own, f"Feature {task.name}")


def _one(
    task: Task,
    shown: Shown | None,
    unit_id: str,
    unit: dict[str, Any],
    recording: Recording,
    params: Any,
    results: _Results,
) -> None:
    metadata = _metadata(task, shown, params)
    data: dict[str, Any] = {}
    reason = task.absent_reason
    try:
        if not reason:
            data = task.family.compute(_unit_data(unit, shown), shown, recording, params)
    except CannotCompute as absent:
        reason = absent.reason
        if shown is not None and not shown.events and task.family.timed:  # say why the timing is unknown
            reason += f" ({shown.events_source})"
    if reason:
        metadata[ABSENT_REASON] = reason
        results.note_absent(task.name, reason)
    results.put[feature_path(unit_id, task.name)] = {"data": data, "metadata": metadata}


def _unit_data(unit: dict[str, Any], shown: Shown | None) -> UnitData:
    spikes, features = np.asarray(spike_times_of(unit)), features_of(unit)
    trials = None if shown is None else trials_of(unit, shown.movie)
    if trials is None:
        return UnitData(spikes, features=features)
    return UnitData(spikes, list(map(np.asarray, trials.spikes)), np.asarray(trials.bounds), features)


def _metadata(task: Task, shown: Shown | None, params: Any) -> dict[str, Any]:
    values = recorded(with_floats(params))
    metadata: dict[str, Any] = {
        # the registered name, also for a movie of another name
        "feature_name": next(iter({task.name} & {*task.family.names} or task.family.names), task.name),
        "extractor_version": FEATURE_VERSION,
        "params_hash": params_hash(values),
        "parameters": values,
        "extracted_at": datetime.now(UTC).isoformat(),
    }
    if shown is not None:
        metadata["movie_name"] = shown.movie
        if shown.events:
            metadata["events_source"] = shown.events_source
    return metadata


def _absence_warnings(results: _Results, n_units: int) -> list[str]:
    return [
        f"Feature {name}: absent for {count} of {n_units} units: {reason}."
        for name, counts in results.reasons.items()
        for reason, count in counts.items()
    ]


def has_result(snapshot: Snapshot) -> bool:
    """Whether every feature that the movies allow exists, as computed by this program."""
    tasks, _ = tasks_of(None, definitions_of(snapshot))
    return bool(snapshot.units) and all(
        is_current(feature_of(unit, task.name)) for task in tasks for unit in snapshot.units.values()
    )


def parts(snapshot: Snapshot, params: Params) -> list[str]:
    """Return the names of the features that a run computes."""
    tasks, _ = tasks_of(params.features, definitions_of(snapshot, params.stimuli_dir))
    return [
        task.name
        for task in tasks
        if params.force
        or is_stale(STEP, task.name, snapshot)
        or not all(_is_there(unit, task.name) for unit in snapshot.units.values())
    ]


def held(snapshot: Snapshot) -> list[str]:
    """Return the names of the features, except those of movies that are no longer in the playlist."""
    features = (item for unit in snapshot.units.values() for item in features_of(unit).items())
    return list(
        {
            name: None
            for name, feature in features
            if isinstance(feature.get("data"), dict) and not is_out_of_date(feature)
        }
    )


def sources(snapshot: Snapshot, name: str) -> list[Source]:
    """Return what a feature is computed from: spikes, and trials and stimulus or receptive fields of its movie."""
    tasks, _ = tasks_of(None, definitions_of(snapshot))
    task = next((task for task in tasks if task.name == name and task.movie), None)
    if task is None or task.movie is None:
        return [Source("load_recording")]
    if task.family.kind == "noise":
        return [Source("load_recording"), Source("rf_geometry", task.movie)]
    return [
        Source("load_recording"),
        Source("section_spike_times", task.movie, _shown_content(snapshot, task.movie)),
    ]


def _shown_content(snapshot: Snapshot, movie: str) -> str:
    """Sections, trials with their margins and stimulus definition of a movie, as text."""
    stored = (trials_of(unit, movie) for unit in snapshot.units.values())
    margin_s = next((trials.margin_s for trials in stored if trials is not None), None)
    definition = json.dumps(RecordingReader(snapshot).definitions.get(movie), sort_keys=True, default=str)
    return f"{section_content(snapshot, movie)}{bounds_content(snapshot, movie)}{margin_s}{definition}"


def includes(snapshot: Snapshot, params: Params) -> list[tuple[str, dict[str, Any]]]:
    """Return the measurement of receptive fields, for the noise movies whose features repeat missing ones."""
    tasks, _ = tasks_of(params.features, definitions_of(snapshot, params.stimuli_dir))
    noise = [task for task in tasks if task.family.kind == NOISE]
    movies = [task.movie for task in noise if _lacks_fields(task, snapshot, params)]
    held = {movie for unit in snapshot.units.values() for movie in valid_stas_of(unit)}
    if movies and set(movies) == held:
        return [("rf_geometry", {})]
    return [("rf_geometry", {"movie_name": movie}) for movie in movies]


def _lacks_fields(task: Task, snapshot: Snapshot, params: Params) -> bool:
    """Whether a unit whose feature is to be computed has an STA of the movie without a receptive field."""
    units = (unit for unit in snapshot.units.values() if params.force or not _is_there(unit, task.name))
    stas = (valid_stas_of(unit).get(task.movie or "") for unit in units)
    return any(sta is not None and not is_tested(sta.get(STA_GEOMETRY, {})) for sta in stas)


def stale_reason(snapshot: Snapshot) -> str:
    """Return which results of this step were computed incorrectly by other scripts; empty if none."""
    held = [
        (name, feature)
        for unit in snapshot.units.values()
        for name, feature in features_of(unit).items()
        if isinstance(feature.get("data"), dict)
    ]
    wrong = sorted({name for name, feature in held if is_of_other_scripts(feature)})
    if wrong:
        return f"other scripts computed {', '.join(wrong)} incorrectly"
    older = sorted({name for name, feature in held if is_of_earlier_version(feature)})
    return f"an earlier version of the program computed {', '.join(older)}" if older else ""


STEP = Step(
    key="extract_features",
    title="Features",
    gives="features",
    params=Params,
    run=run,
    has_result=has_result,
    needs=(("load_recording",),),
    stale_reason=stale_reason,
    reads=("section_spike_times", "compute_sta", "rf_geometry"),
    libraries=("scipy.signal", "scipy.special"),
    includes=includes,
    parts=parts,
    held=held,
    sources=sources,
)
