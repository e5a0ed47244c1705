"""Verdicts of the light on the frame count, on simulated recordings of eight minutes: shares, not times.

Ours is the share found, the reference 1; one row is a time. Movies: dense noise, light steps, green and blue,
frequency steps, moving bars and a grey screen, seen as a whole, with drift, an offset that walks, ripple, gamma,
clipping in a quarter, either sign, and a latency below 0.7 frames.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from hdmea_gui.analysis.slot_grid import slot_grid
from hdmea_gui.pipeline.light_check import EDGE_SLOTS, check_light
from hdmea_gui.sample.stimuli import SAMPLE_NOISE
from hdmea_gui.sample.timeline import PAD_FRAMES
from tests.light_recordings import RATE_HZ, REFRESH_HZ, Recording, make_recording

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hdmea_gui.analysis.light_placement import Placement
    from hdmea_gui.pipeline.light_check import LightCheck, Shown

N_CLEAN, N_FAULTY = 600, 200
_NOISE_GAP = 30  # frames
_SKIPPED_WITHIN = (600, 15_500)  # frames: from the first movie to the last one whose light changes
_PERIOD = RATE_HZ / REFRESH_HZ


@dataclass(frozen=True)
class _Outcome:
    """What was found in one recording.

    Attributes
    ----------
    is_quiet
        Whether no movie is said to be shifted.
    told
        Whether each movie with contrast is told.
    exact
        Whether each told movie is placed to the frame, outside reported intervals.
    bounds
        Whether each bound of a trial of these movies is placed within one frame, outside reported intervals.
    """

    is_quiet: bool
    told: list[bool]
    exact: list[bool]
    bounds: list[bool]


def run(*, quick: bool = False) -> list[dict[str, Any]]:
    """Measure all shares, and the time of one long recording."""
    n_clean, n_faulty = (4, 2) if quick else (N_CLEAN, N_FAULTY)
    clean = [_outcome(seed, snr) for seed, snr in _seeds(n_clean, (1.0, 3.0, 10.0))]
    rows = [
        _row("clean: recordings without a false alarm", (each.is_quiet for each in clean), 0.995),
        _row("clean: movies with contrast that are told", _flat(each.told for each in clean), 0.95),
    ]
    bounds: list[bool] = []
    for snr, target in ((3.0, 0.99), (1.0, 0.98)):
        late = [_outcome(seed, snr, f"start_missed={2 + seed % 59}") for seed in range(n_faulty)]
        one = [_outcome(seed, snr, "start_missed=1", declares_latency=True) for seed in range(n_faulty)]
        exact = [_flat(each.exact for each in found) for found in (late, one)]
        rows.append(_row(f"2 to 60 missed at the start, SNR {snr:g}: movies exact", exact[0], target))
        rows.append(_row(f"1 missed, latency declared, SNR {snr:g}: movies exact", exact[1], target))
        bounds += _flat(each.bounds for each in late + one)
    for faults in (
        ("sync_missing=3",),
        ("sync_extra=3",),
        ("frames_delayed=2",),
        ("sync_missing=2", "sync_extra=2", "frames_delayed=1"),
    ):
        found = [_outcome(seed, 3.0, *faults) for seed in range(n_faulty)]
        words = ", ".join(faults)
        rows.append(_row(f"{words}: recordings exact", (all(each.exact) for each in found), 0.95))
        bounds += _flat(each.bounds for each in found)
    skips = (_is_skip_found(seed) for seed in range(n_faulty))
    rows.append(_row("silent skip in noise: place within 30 frames", skips, 0.95))
    anywhere = [_skip_anywhere(seed) for seed in range(n_faulty)]
    rows.append(
        _row(
            "silent skip anywhere: place within the gap of the light",
            (is_found for is_found, _ in anywhere),
            0.95,
        )
    )
    bounds += _flat(within for _, within in anywhere)
    rows.append(_row("after placing by light: bounds of trials within a frame", bounds, 0.99))
    return [*rows, _cost(minutes=2 if quick else 20)]


def _seeds(count: int, snrs: tuple[float, ...]) -> list[tuple[int, float]]:
    return [(seed, snrs[seed % len(snrs)]) for seed in range(count)]


def _outcome(seed: int, snr: float, *faults: str, declares_latency: bool = False) -> _Outcome:
    recording = make_recording(faults, seed=seed, snr=snr, declares_latency=declares_latency)
    check = recording.check()
    pairs = list(zip(recording.shown, check.presentations, strict=True))
    return _Outcome(
        all(each.verdict != "shifted" for each in check.presentations),
        [each.verdict != "cannot tell" for shown, each in pairs if not shown.declared.reason],
        [
            _is_exact(recording, check.placement, shown)
            for shown, each in pairs
            if each.verdict != "cannot tell" and check.placement is not None
        ],
        _bounds(recording, check),
    )


def _is_exact(recording: Recording, placed: Placement, shown: Shown) -> bool:
    """Whether a movie is placed to the frame, outside reported intervals."""
    frames = np.arange(shown.first_frame, shown.first_frame + shown.n_frames)
    return not _misplaced(recording, placed, frames, _PERIOD / 2).any()


def _misplaced(recording: Recording, placed: Placement, frames: np.ndarray, tolerance: float) -> np.ndarray:
    """Whether each frame is farther from its place than so many samples, outside reported intervals."""
    onsets = placed.frame_samples().astype(float)
    frames = frames[frames < len(onsets)]
    truth = recording.frame_samples[frames]
    wrong = np.abs(onsets[frames] - truth) > tolerance
    for change in placed.changes:
        wrong &= (truth < change.low - _PERIOD) | (truth > change.high + _PERIOD)
    if placed.untold.size:  # said to be unknown from there on
        wrong &= truth < placed.untold[0] - _PERIOD
    return np.asarray(wrong)


def _bounds(recording: Recording, check: LightCheck) -> list[bool]:
    """Whether each bound of a trial of a movie that is told lies within one frame of its place."""
    if check.placement is None:
        return []
    told = [each.verdict != "cannot tell" for each in check.presentations]
    found = [
        _misplaced(recording, check.placement, presentation.trial_frames().ravel(), _PERIOD)
        for presentation, is_told in zip(recording.timeline.presentations, told, strict=True)
        if is_told
    ]
    return [not wrong for each in found for wrong in each.tolist()]


def _skip_anywhere(seed: int) -> tuple[bool, list[bool]]:
    """Whether the interval of a silent skip is right in any movie, and whether trials are placed well.

    It is right if it contains the place and is not longer than the gap between the light changes around the skip.
    """
    recording = make_recording([f"frames_skipped={2 + seed % 59}"], seed=seed, skip_within=_SKIPPED_WITHIN)
    check = recording.check()
    bounds = _bounds(recording, check)
    if check.placement is None or len(check.placement.changes) != 1:
        return False, bounds
    [change] = check.placement.changes
    skipped = recording.display.skipped
    first = recording.frame_samples[skipped[0]]
    changes = _declared_changes(recording)
    gap = int(changes[changes > skipped[-1]].min() - changes[changes <= skipped[0]].max())
    is_inside = change.low - _PERIOD / 2 <= first <= change.high + _PERIOD / 2
    return bool(is_inside and (change.high - change.low) / _PERIOD <= max(gap, _NOISE_GAP) + 2), bounds


def _is_skip_found(seed: int) -> bool:
    """Whether the only change reported contains the place of a silent skip in a noise movie, and is short."""
    recording = make_recording(
        [f"frames_skipped={2 + seed % 59}"],
        seed=seed,
        playlist=(SAMPLE_NOISE, "step_up_5s_5i_b0_3x"),
        skip_within=(480, 5000),
    )
    placed = recording.check().placement
    if placed is None or len(placed.changes) != 1:
        return False
    [change] = placed.changes
    first = recording.frame_samples[recording.display.skipped[0]]
    is_inside = change.low - _PERIOD / 2 <= first <= change.high + _PERIOD / 2
    # the samples reach one slot beyond the interval on either side
    return bool(is_inside and (change.high - change.low) / _PERIOD <= _NOISE_GAP + 2)


def _declared_changes(recording: Recording) -> np.ndarray:
    """Frames at which the light of a movie changes; of a sine, where it begins and ends: its periods are alike."""
    level = recording.timeline.light()
    found = []
    for each in recording.timeline.presentations:
        frames = np.arange(each.first_frame, each.first_frame + each.movie.n_frames + 1)
        changes = frames[level[frames] != level[frames - 1]]
        if each.movie.description["kind"] == "frequency":
            is_end = (np.diff(changes, prepend=-2) > 2) | (np.diff(changes, append=level.size + 2) > 2)
            changes = changes[is_end]
        found.append(changes)
    return np.concatenate(found)


def _flat(lists: Iterable[list[bool]]) -> list[bool]:
    return [each for found in lists for each in found]


def _row(what: str, found: Iterable[bool], target: float) -> dict[str, Any]:
    values = list(found)
    share = float(np.mean(values)) if values else 0.0
    note = f"{sum(values)} of {len(values)}"
    return {"what": what, "reference_s": 1.0, "ours_s": share, "ratio": share, "target": target, "note": note}


def _cost(minutes: int) -> dict[str, Any]:
    """Time of the check on a recording of so many minutes at 20 kHz, in seconds of 2."""
    playlist = (SAMPLE_NOISE, "step_up_5s_5i_b0_3x", "green_blue_3s_3i_3x", "freq_step_5st_3x")
    repeats = max(1, round(minutes * 60 * 60 / 16_000))
    recording = make_recording(playlist=playlist * repeats)
    pulses = np.rint(recording.grid.samples[recording.grid.of_pulse]).astype(np.int64)
    light = np.repeat(recording.means, np.diff(np.rint(recording.grid.samples).astype(np.int64)))
    light = np.concatenate([np.zeros(int(recording.grid.samples[0])), light]).astype(np.float32)
    slot_grid(pulses, len(light), EDGE_SLOTS)  # so that the libraries are imported
    started = time.perf_counter()
    check_light(light, pulses, recording.shown, PAD_FRAMES, RATE_HZ, lambda: None)
    took = time.perf_counter() - started
    length = len(light) / RATE_HZ / 60
    return {
        "what": f"check of {length:.0f} minutes at 20 kHz",
        "reference_s": 2.0,
        "ours_s": took,
        "ratio": took / 2.0,
        "target": 1.0,
        "at_most": True,
        "note": "a time, against 2 s",
    }
