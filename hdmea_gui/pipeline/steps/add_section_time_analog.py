"""Section times from the light signal: trials that begin at light onsets on channel 1."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hdmea_gui.analysis.light_onsets import MOST_ONSETS
from hdmea_gui.analysis.trials import analog_onsets, counted_twice, onset_bounds, overlaps
from hdmea_gui.errors import ConfigurationError, MissingInputError, NothingFoundError, ValidationError
from hdmea_gui.pipeline.parameters import parameter
from hdmea_gui.pipeline.sections import checked_movie_name, section_update
from hdmea_gui.pipeline.step import Step
from hdmea_gui.session.recording import RecordingReader
from hdmea_gui.session.section import Section
from hdmea_gui.session.unit import spike_times_of

if TYPE_CHECKING:
    from hdmea_gui.pipeline.progress import Progress
    from hdmea_gui.session import Snapshot, Update


@dataclass(frozen=True)
class Params:
    """Parameters of `add_section_time_analog`."""

    threshold: float | None = parameter(
        None,
        "Threshold",
        unit="counts",
        tip="Smallest rise between two samples that counts as a light onset, in raw counts.",
        minimum=0,
    )
    movie_name: str = parameter("iprgc_test", "Name", tip="Name under which the trials are stored.")
    duration_s: float = parameter(
        120.0, "Duration", unit="s", tip="Length of each trial, from its light onset.", minimum=0
    )
    limit: int | None = parameter(
        None, "Max. trials", tip="Only the first light onsets are used; leave empty for all.", minimum=1
    )
    min_distance_s: float = parameter(
        0.0,
        "Minimum interval",
        unit="s",
        tip="Of two light onsets closer together than this, the larger one is kept.",
        minimum=0,
    )
    after_last_frame: bool = parameter(
        False, "Only after the last frame", tip="Search for light onsets only after the last display frame."
    )


def run(snapshot: Snapshot, params: Params, progress: Progress) -> Update:
    """Find the onsets; the update replaces the sections of the same name."""
    if params.threshold is None:
        raise ValidationError(
            "No threshold is given. Choose a value between the noise and the light onsets on channel 1."
        )
    if params.duration_s <= 0:
        raise ConfigurationError(f"The duration of a trial is {params.duration_s:g} s. Choose a longer one.")
    recording = RecordingReader(snapshot)
    channel = recording.raw_light()
    if channel is None:
        raise MissingInputError("The recording has no light channel (channel 1).", missing_input="raw_ch1")
    old = recording.sections.get(checked_movie_name(params.movie_name))
    if old is not None and old.source == "playlist":
        raise ConfigurationError(
            f"'{params.movie_name}' is already the name of a movie in the playlist. Choose another name."
        )
    rate_hz, frames = recording.rate_hz, np.asarray(recording.frames)
    onsets = analog_onsets(
        channel,
        params.threshold,
        round(params.min_distance_s * rate_hz),
        int(frames[-1]) if params.after_last_frame and frames.size else 0,
        params.limit,
        progress.between(0.0, 0.8).named("Searching for light onsets"),
    )
    if not onsets.size:
        raise NothingFoundError(
            f"Channel 1 never rises by {params.threshold:g} counts between two samples, so there are no trials. "
            "Choose a lower threshold."
        )
    if params.limit is None and onsets.size > MOST_ONSETS:
        raise ConfigurationError(
            f"Channel 1 rises by {params.threshold:g} counts {onsets.size} times, so the threshold is within its "
            "noise. Choose a higher threshold, or a maximum number of trials."
        )
    bounds = onset_bounds(onsets, round(params.duration_s * rate_hz), channel.shape[0])
    section = Section(bounds.samples, "analog", 0, 0)
    warnings = (
        [
            f"{bounds.n_clipped} of {len(onsets)} light-triggered trials are clipped at the end of the recording."
        ]
        if bounds.n_clipped
        else []
    )
    n_overlaps = overlaps(bounds.samples)
    if n_overlaps:
        n_twice = sum(
            counted_twice(np.asarray(spike_times_of(unit)), bounds.samples)
            for unit in snapshot.units.values()
        )
        warnings.append(
            f"{n_overlaps} of {len(onsets)} light-triggered trials begin before the one before has ended: {n_twice} "
            "spikes are counted twice. Choose shorter trials or a longer minimum distance."
        )
    update = section_update(
        STEP.title, snapshot, {params.movie_name: section}, set(), warnings, progress.between(0.8, 1.0)
    )
    # under the argument names of the public function, as in the lab's files
    record = {
        "threshold_value": params.threshold,
        "plot_duration": params.duration_s,
        "repeat": params.limit,
        "min_distance_s": params.min_distance_s,
        "after_last_frame": params.after_last_frame,
        "n_onsets": len(onsets),
    }
    return update.extended({("root", f"section_time_analog_{params.movie_name}"): record})


def has_result(snapshot: Snapshot) -> bool:
    """Whether light-triggered sections exist."""
    return bool(held(snapshot))


def parts(_snapshot: Snapshot, params: Params) -> tuple[str, ...]:
    """Return the name of the trials that a run replaces."""
    return (params.movie_name,)


def held(snapshot: Snapshot) -> list[str]:
    """Return the names of all light-triggered trials."""
    sections = RecordingReader(snapshot).sections
    return [movie for movie, section in sections.items() if section.source == "analog"]


def skip_reason(_snapshot: Snapshot, params: Params) -> str | None:
    """Return why a run of all steps leaves this step out, or None."""
    return "no threshold is given" if params.threshold is None else None


STEP = Step(
    key="add_section_time_analog",
    title="Light-triggered trials",
    gives="section times",
    params=Params,
    run=run,
    has_result=has_result,
    needs=(("load_recording",),),
    libraries=("scipy.signal",),
    skip_reason=skip_reason,
    parts=parts,
    held=held,
)
