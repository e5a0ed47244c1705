"""The count of frames against the recorded light."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
import pytest

from hdmea_gui.analysis.slot_grid import slot_grid
from hdmea_gui.pipeline.light_check import EDGE_SLOTS
from hdmea_gui.pipeline.light_words import light_sentences
from hdmea_gui.sample.stimuli import SAMPLE_NOISE
from tests.light_recordings import RATE_HZ, Recording, make_recording

if TYPE_CHECKING:
    from hdmea_gui.pipeline.light_check import LightCheck

SHORT = (SAMPLE_NOISE, "step_up_5s_5i_b0_3x", "green_blue_3s_3i_3x", "baseline_127")
TOLERANCE = RATE_HZ / 59.94 / 2


def short(*faults: str, seed: int = 0, snr: float = 3.0, latency_frames: float | None = None) -> Recording:
    return make_recording(
        faults, seed=seed, snr=snr, playlist=SHORT, noise_frames=1800, latency_frames=latency_frames
    )


def is_shifted(check: LightCheck) -> bool:
    return any(each.verdict == "shifted" for each in check.presentations)


def misplaced(recording: Recording) -> np.ndarray:
    """Frames of the movies that the light places elsewhere than they were, and not in a reported interval."""
    found = recording.check().placement
    assert found is not None
    placed = found.frame_samples().astype(float)
    movies = np.concatenate(
        [np.arange(each.first_frame, each.first_frame + each.n_frames) for each in recording.shown[:3]]
    )
    truth = recording.frame_samples[movies]
    wrong = np.abs(placed[movies] - truth) > TOLERANCE
    for change in found.changes:
        wrong &= (truth < change.low - 2 * TOLERANCE) | (truth > change.high + 2 * TOLERANCE)
    return np.asarray(movies[wrong])


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("snr", [1.0, 10.0])
def test_a_clean_recording_is_confirmed(seed: int, snr: float) -> None:
    check = short(seed=seed, snr=snr).check()
    assert [each.verdict for each in check.presentations] == ["confirmed"] * 3 + ["cannot tell"]
    assert check.presentations[3].reason == "its light does not change"
    assert not is_shifted(check)


@pytest.mark.parametrize("latency", [0.0, 0.4, 0.95, 1.3])
def test_a_delay_of_the_display_is_reported_and_not_corrected(latency: float) -> None:
    recording = short(latency_frames=latency)
    check = recording.check()
    assert not is_shifted(check)
    assert check.placement is not None
    assert check.placement.latency_frames == pytest.approx(latency, abs=0.05)
    assert not misplaced(recording).size


@pytest.mark.parametrize("missed", [2, 11, 60])
def test_pulses_missed_at_the_start_shift_everything(missed: int) -> None:
    recording = short(f"start_missed={missed}")
    check = recording.check()
    assert [each.shift for each in check.presentations[:3]] == [(missed, missed)] * 3
    assert not misplaced(recording).size


def test_one_missed_pulse_is_told_from_a_delay_where_the_delay_is_declared() -> None:
    recording = make_recording(
        ["start_missed=1"], playlist=SHORT, noise_frames=1800, latency_frames=0.5, declares_latency=True
    )
    assert recording.check().presentations[0].shift == (1, 1)
    undeclared = make_recording(["start_missed=1"], playlist=SHORT, noise_frames=1800, latency_frames=0.5)
    assert not is_shifted(undeclared.check())


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(
    "faults",
    [
        ("sync_missing=3",),
        ("sync_extra=3",),
        ("frames_delayed=1",),
        ("sync_missing=2", "sync_extra=2", "frames_delayed=1"),
    ],
)
def test_lost_additional_and_late_frames_are_placed_by_the_light(faults: tuple[str, ...], seed: int) -> None:
    assert not misplaced(short(*faults, seed=seed)).size


@pytest.mark.parametrize("seed", range(6))
def test_frames_skipped_without_a_trace_are_found_within_the_interval(seed: int) -> None:
    recording = make_recording(
        [f"frames_skipped={2 + 9 * seed}"],
        seed=seed,
        playlist=SHORT,
        noise_frames=1800,
        skip_within=(300, 1800),
    )
    placed = recording.check().placement
    assert placed is not None
    [change] = placed.changes
    assert change.after - change.before == recording.display.skipped.size
    first = recording.frame_samples[recording.display.skipped[0]]
    assert change.low - TOLERANCE <= first <= change.high + TOLERANCE
    assert (change.high - change.low) / RATE_HZ * 59.94 <= 32


@pytest.mark.parametrize("seed", [23, 27, 28, 41, 55])
def test_the_interval_holds_a_skip_also_beside_a_change_of_the_light_and_between_movies(seed: int) -> None:
    # noise that is correlated in time moved the interval by a few frames, and drift of the gain by hundreds
    recording = make_recording([f"frames_skipped={2 + seed}"], seed=seed, skip_within=(600, 15_500))
    placed = recording.check().placement
    assert placed is not None
    [change] = placed.changes
    first = recording.frame_samples[recording.display.skipped[0]]
    assert change.low - TOLERANCE <= first <= change.high + TOLERANCE


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("missed", [300, 900])
def test_many_pulses_missed_at_the_start_are_counted(missed: int, seed: int) -> None:
    recording = short(f"start_missed={missed}", seed=seed)
    check = recording.check()
    assert {each.shift for each in check.presentations[1:3]} == {(missed, missed)}
    assert (
        misplaced(recording).size < 60
    )  # of the noise movie a part has no slots when its pulses are missing


def test_a_movie_shown_twice_is_not_taken_for_itself() -> None:
    recording = make_recording(["start_missed=40"], playlist=("step_up_5s_5i_b0_3x",) * 3)
    assert {each.shift for each in recording.check().presentations} == {(40, 40)}


@pytest.mark.parametrize("seed", range(2))
def test_a_long_stall_of_the_display_is_found(seed: int) -> None:
    recording = make_recording(["frames_skipped=200"], seed=seed)
    placed = recording.check().placement
    assert placed is not None
    assert [(change.before, change.after) for change in placed.changes] == [(0, 200)]


def test_irregular_intervals_after_the_last_light_are_said_to_be_untold() -> None:
    recording = short()
    late = recording.grid.of_pulse[-1] - 60  # in the grey screen at the end
    pulses = np.rint(recording.grid.samples[recording.grid.of_pulse]).astype(np.int64)
    pulses = np.delete(pulses, late - recording.grid.of_pulse[0])
    n_samples = int(recording.grid.samples[-1])
    grid = slot_grid(pulses, n_samples, EDGE_SLOTS)
    light = np.repeat(recording.means, np.diff(np.rint(recording.grid.samples).astype(np.int64)))
    light = np.concatenate([np.zeros(int(recording.grid.samples[0])), light])
    check = dataclasses.replace(recording, grid=grid, means=grid.means(light)).check()
    assert check.placement is not None
    assert check.placement.untold.size == 1
    [said] = [text for text in light_sentences(check, "light") if "does not tell whether" in text]
    assert "misplaced by 1 frames" not in said
    assert not [text for text in light_sentences(recording.check(), "light") if "does not tell" in text]


def test_other_light_than_the_movies_is_no_lack_of_contrast() -> None:
    recording = short()
    other = np.random.default_rng(1).permutation(15_000)[: recording.means.size // 60 + 1]
    check = dataclasses.replace(recording, means=np.repeat(other, 60)[: recording.means.size] + 0.0).check()
    assert {each.verdict for each in check.presentations} == {"cannot tell"}
    assert check.presentations[0].reason == "the photodiode shows other light than this movie's"


def test_light_without_contrast_cannot_tell() -> None:
    recording = short()
    rng = np.random.default_rng(0)
    dark = dataclasses.replace(recording, means=rng.normal(0, 20, recording.means.size))
    check = dark.check()
    assert {each.verdict for each in check.presentations} == {"cannot tell"}
    assert check.presentations[0].reason == "the photodiode shows too little contrast"
    assert check.placement is None
