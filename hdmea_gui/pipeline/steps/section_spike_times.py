"""Spikes per movie and trial."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hdmea_gui.analysis.clocks import frame_of_sample
from hdmea_gui.analysis.trials import (
    counted_twice,
    cut_trials,
    merge_trials,
    overlaps,
    trial_bounds,
)
from hdmea_gui.errors import ConfigurationError
from hdmea_gui.io.stimuli import read_stimuli
from hdmea_gui.pipeline.parameters import parameter
from hdmea_gui.pipeline.staleness import Source, section_content
from hdmea_gui.pipeline.step import Step
from hdmea_gui.pipeline.stimulus_folders import stimulus_folders
from hdmea_gui.session import Snapshot, Update
from hdmea_gui.session.recording import RecordingReader, definition_path
from hdmea_gui.session.unit import (
    ATTRIBUTES,
    TRIAL_BOUNDS,
    TRIAL_SPIKES,
    sectioned_movies_of,
    sectioned_path,
    spike_times_of,
    trials_of,
)

if TYPE_CHECKING:
    from hdmea_gui.io.stimuli import Stimulus, TrialTiming
    from hdmea_gui.pipeline.progress import Progress
    from hdmea_gui.session.section import Section


@dataclass(frozen=True)
class Params:
    """Parameters of `section_spike_times`."""

    movie_names: tuple[str, ...] | None = parameter(
        None, "Movies", tip="Only these movies; leave empty for all."
    )
    stimuli_dir: Path | None = parameter(
        None, "Stimuli folder", tip="Folder with one JSON file per movie, which defines its trials."
    )
    pad_margin_s: tuple[float, float] = parameter(
        (0.0, 0.0),
        "Margins",
        unit="s",
        tip="Time before and after each trial from which spikes are included.",
        minimum=0,
    )
    analog_pad_margin_s: tuple[float, float] = parameter(  # the lab's margins of these trials
        (2.0, 0.0),
        "Margins, light-triggered",
        unit="s",
        tip="The same for light-triggered trials.",
        minimum=0,
    )


@dataclass(frozen=True)
class Trials:
    """Trials of one movie, and the margins for cutting spikes.

    Attributes
    ----------
    bounds
        int64 (n_trials, 2), samples. Start and end of each trial without its margins.
    per_presentation
        Number of trials in each presentation.
    margin_s
        Margins before and after each trial, s.
    """

    bounds: NDArray[np.int64]
    per_presentation: int
    margin_s: tuple[float, float]


def run(snapshot: Snapshot, params: Params, progress: Progress) -> Update:
    """Cut the spikes of every unit; the update replaces the requested movies, or all."""
    sections = _chosen(snapshot, params)
    timed = [movie for movie, section in sections.items() if section.source == "playlist"]
    stimuli = read_stimuli(timed, stimulus_folders(params.stimuli_dir))
    warnings: list[str] = []
    trials = {
        movie: _trials(movie, section, stimuli.get(movie), snapshot, params, warnings)
        for movie, section in sections.items()
    }
    rate_hz = RecordingReader(snapshot).rate_hz
    put: dict[tuple[str, ...], Any] = {
        definition_path(movie): stimulus.content for movie, stimulus in stimuli.items()
    }
    for number, (unit_id, unit) in enumerate(snapshot.units.items()):
        progress(number, len(snapshot.units), "Cutting spikes into trials")
        spikes = np.asarray(spike_times_of(unit))
        sectioned = {movie: _sectioned(spikes, cut, rate_hz) for movie, cut in trials.items()}
        if params.movie_names is not None and sectioned_movies_of(unit):
            put |= {sectioned_path(unit_id, movie): cut for movie, cut in sectioned.items()}
        else:  # one change per unit, not per movie: the time of an undo grows with their number
            put[sectioned_path(unit_id)] = sectioned
    return Update.of(STEP.title, put, warnings=warnings)


def _chosen(snapshot: Snapshot, params: Params) -> dict[str, Section]:
    sections = RecordingReader(snapshot).sections
    if params.movie_names is None:
        return sections
    unknown = [name for name in params.movie_names if name not in sections]
    if unknown:
        raise ConfigurationError(
            f"There are no section times of: {', '.join(unknown)}. Available: {', '.join(sections)}."
        )
    return {name: sections[name] for name in params.movie_names}


def _trials(
    movie: str,
    section: Section,
    stimulus: Stimulus | None,
    snapshot: Snapshot,
    params: Params,
    warnings: list[str],
) -> Trials:
    if stimulus is None:
        trials = Trials(section.bounds, 1, params.analog_pad_margin_s)
        warnings += _overlap_warnings(movie, trials, snapshot)
        return trials
    frames = np.asarray(RecordingReader(snapshot).movie_frames)
    timing = stimulus.timing
    # checked first: a typing error in the file would otherwise build huge arrays
    if timing.repeat * timing.group_count > len(frames):
        raise ConfigurationError(
            f"The stimulus file of {movie} defines {timing.repeat * timing.group_count} trials, more than the "
            f"recording has display frames ({len(frames)}). Correct the stimulus file."
        )
    _check_end(movie, section, timing)
    bounds = trial_bounds(
        frame_of_sample(section.bounds[:, 0], frames),
        pre_margin=section.pre_margin_frames,
        start_frame=timing.start_frame,
        trial_length=timing.trial_length_frame,
        repeat=timing.repeat,
        group_count=timing.group_count,
        group_gap=timing.group_gap,
        frame_timestamps=frames,
    )
    if bounds.n_clipped:
        warnings.append(
            f"{movie}: {bounds.n_clipped} of {len(bounds.samples)} trials extend beyond the last display frame."
        )
    return Trials(bounds.samples, timing.repeat * timing.group_count, params.pad_margin_s)


def _check_end(movie: str, section: Section, timing: TrialTiming) -> None:
    """Refuse trials that run past the end of their movie."""
    if section.movie_frames is None:
        return
    # the lab's trials of moving bars begin in the middle of the pause before the bars, so the last one ends in the
    # middle of the pause after the movie
    blank = min(timing.start_frame, section.post_margin_frames)
    if timing.end_frame > section.movie_frames + blank:
        raise ConfigurationError(
            f"The stimulus file of {movie} defines trials up to frame {timing.end_frame}, but the movie has "
            f"{section.movie_frames} frames (movie lengths), so its last trials would run into what was shown "
            "afterwards. Correct the stimulus file or the movie length."
        )


def _overlap_warnings(movie: str, trials: Trials, snapshot: Snapshot) -> list[str]:
    """Warn about light-triggered trials that overlap, with the number of spikes counted twice."""
    pre, post = (round(margin * RecordingReader(snapshot).rate_hz) for margin in trials.margin_s)
    n_overlaps = overlaps(trials.bounds, pre, post)
    if not n_overlaps:
        return []
    n_twice = sum(
        counted_twice(np.asarray(spike_times_of(unit)), trials.bounds, pre, post)
        for unit in snapshot.units.values()
    )
    return [
        f"{movie}: {n_overlaps} of {len(trials.bounds)} light-triggered trials, with their margins, begin before the "
        f"one before has ended: {n_twice} spikes are counted twice. Choose shorter trials or margins, or a longer "
        "minimum distance."
    ]


def _sectioned(spikes: NDArray[np.uint64], trials: Trials, rate_hz: float) -> dict[str, Any]:
    pre, post = (round(margin * rate_hz) for margin in trials.margin_s)
    cut = cut_trials(spikes, trials.bounds, pre, post)
    return {
        "full_spike_times": merge_trials(cut),
        TRIAL_SPIKES: dict(enumerate(cut)),
        TRIAL_BOUNDS: trials.bounds,
        ATTRIBUTES: {
            "n_trials": len(cut),
            "trial_repeats": trials.per_presentation,
            "pad_margin": [float(margin) for margin in trials.margin_s],
            "pre_samples": pre,
            "post_samples": post,
            "created_at": datetime.now(UTC).isoformat(),
        },
    }


def has_result(snapshot: Snapshot) -> bool:
    """Whether sectioned spikes exist."""
    return bool(RecordingReader(snapshot).sectioned_movies)


def parts(snapshot: Snapshot, params: Params) -> list[str]:
    """Return the movies whose spikes a run cuts."""
    return list(_chosen(snapshot, params))


def held(snapshot: Snapshot) -> list[str]:
    """Return the movies whose spikes have been cut."""
    return RecordingReader(snapshot).sectioned_movies


def sources(snapshot: Snapshot, movie: str) -> list[Source]:
    """Return what the trials of a movie are cut from: the spikes, and its sections as they are."""
    content = section_content(snapshot, movie)
    is_analog = RecordingReader(snapshot).is_timed_by_light(movie)
    section = (
        Source("add_section_time_analog", movie, content)
        if is_analog
        else Source("add_section_time", content=content)
    )
    return [Source("load_recording"), section]


def lacks(snapshot: Snapshot) -> str:
    """Return which movies have sections but no trials, unless only chosen movies were cut."""
    if snapshot.steps.get(STEP.key, {}).get("parameters", {}).get("movie_names") is not None:
        return ""
    recording = RecordingReader(snapshot)
    new = [movie for movie in recording.section_bounds if movie not in recording.sectioned_movies]
    return f"the spikes of {', '.join(new)} have not been cut yet" if new else ""


def recorded_params(snapshot: Snapshot) -> dict[str, Any]:
    """Return the margins used by other scripts for the movies of the playlist, if they agree."""
    unit: dict[str, Any] = next(iter(snapshot.units.values()), {})
    sections = RecordingReader(snapshot).sections.items()
    timed = (trials_of(unit, movie) for movie, section in sections if section.source == "playlist")
    margins = {trials.margin_s for trials in timed if trials is not None and trials.margin_s is not None}
    return {"pad_margin_s": list(margins.pop())} if len(margins) == 1 else {}


def skip_reason(snapshot: Snapshot, _params: Params) -> str | None:
    """Return why a run of all steps leaves this step out, or None."""
    return None if RecordingReader(snapshot).section_bounds else "there are no section times"


STEP = Step(
    key="section_spike_times",
    title="Section spikes",
    gives="spikes per trial",
    params=Params,
    run=run,
    has_result=has_result,
    needs=(("load_recording",), ("add_section_time", "add_section_time_analog")),
    skip_reason=skip_reason,
    recorded_params=recorded_params,
    parts=parts,
    held=held,
    sources=sources,
    lacks=lacks,
)
