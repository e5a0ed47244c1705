"""Sample recordings with faults, placed by count and by light: against the truth about them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from hdmea_gui.errors import ConfigurationError, MissingInputError
from hdmea_gui.pipeline import compute_sta, extract_features
from hdmea_gui.sample import Sample, make_sample
from hdmea_gui.sample.stimuli import SAMPLE_NOISE
from hdmea_gui.session import PipelineSession
from hdmea_gui.session.recording import RecordingReader
from tests.pipeline.placing import sectioned

if TYPE_CHECKING:
    from pathlib import Path

STEP = "step_up_5s_5i_b0_3x"
PLAYLIST = (SAMPLE_NOISE, STEP)


@pytest.fixture(autouse=True)
def stimuli(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HDMEA_STIMULI", str(tmp_path / "stimuli"))


def recorded(folder: Path, *faults: str) -> Sample:
    return make_sample(folder, n_units=2, playlist=PLAYLIST, noise_frames=1800, sweeps_s=(), faults=faults)


def trials_off(session: PipelineSession, sample: Sample) -> float:
    """Largest distance of a trial's bound from the true one, display frames."""
    refresh_hz = sample.truth.faults.get("refresh", 59.94)
    apart = []
    for movie, truth in sample.truth.trials.items():
        found = RecordingReader(session).trials(movie)
        assert found is not None
        apart.append(np.abs(np.asarray(found) - truth).max())
    return float(max(apart) * refresh_hz / sample.truth.rate_hz)


@pytest.mark.parametrize(
    ("faults", "frames_off"),
    [
        ((), 0),
        (("start_missed=9",), 9),
        (("startup_missing=3",), 3),
        (("sync_missing=4",), (1, 4)),
        (("sync_extra=4",), (1, 4)),
        (("frames_delayed=2",), 0),
        (("start_missed=5", "light_inverted", "light_drift=30", "light_snr=3"), 5),
        (("start_missed=5", "light_saturated=60"), 5),
        (("start_missed=5", "light_partial=10"), 5),
        (("start_missed=5", "light_contrast=5", "light_snr=3"), 5),
        (("start_missed=5", "refresh=75"), 5),
        (("start_missed=5", "refresh=120"), 5),
        (("sync_ringing=10", "sync_missing=3"), (1, 3)),
        (("sync_inverted", "start_missed=4"), 4),
        (("pause=3",), 3 * 60),
    ],
    ids=str,
)
def test_the_light_places_what_the_count_does_not(
    tmp_path: Path, faults: tuple[str, ...], frames_off: int | tuple[int, int]
) -> None:
    sample = recorded(tmp_path, *faults)
    by_count, by_light = sectioned(sample, "count"), sectioned(sample, "light")
    assert trials_off(by_light, sample) < 1
    least, most = frames_off if isinstance(frames_off, tuple) else (frames_off, frames_off)
    assert least - 1 < trials_off(by_count, sample) < most + 1
    checks = by_count.stimulus["light_check"]
    assert {verdict for check in checks.values() for verdict in check["verdict"]} <= {"confirmed", "shifted"}
    said = any("movies are not where the frame count places them" in text for text in by_count.warnings)
    assert said == (most > 0)
    assert any("placed by the light" in text for text in by_light.warnings) == said


def test_frames_skipped_within_a_movie_move_its_later_trials_only(tmp_path: Path) -> None:
    sample = recorded(tmp_path, "frames_skipped=20")
    assert trials_off(sectioned(sample, "light"), sample) < 1
    assert trials_off(sectioned(sample, "count"), sample) == pytest.approx(20, abs=1)


def test_the_onsets_by_light_are_in_the_file_and_go_with_the_next_count(tmp_path: Path) -> None:
    sample = recorded(tmp_path, "start_missed=9")
    session = PipelineSession.load(sectioned(sample, "light").save(tmp_path / "s.h5"))
    onsets = np.asarray(RecordingReader(session).movie_frames)
    truth = sample.truth.frame_samples
    np.testing.assert_allclose(onsets[: truth.size].astype(float), truth, atol=40)
    assert session.stimulus["light_check"][STEP]["shift_frames"].tolist() == [[9, 9]]
    counted = sectioned(sample, "count")
    reader = RecordingReader(counted)
    np.testing.assert_array_equal(reader.movie_frames, reader.frames)


@pytest.mark.parametrize(
    ("faults", "most_frames"), [((), 0.2), (("light_snr=1",), 0.5), (("refresh=75",), 0.2)]
)
def test_without_pulses_the_light_alone_places_the_movies(
    tmp_path: Path, faults: tuple[str, ...], most_frames: float
) -> None:
    sample = recorded(tmp_path, "sync_none", *faults)
    with pytest.raises(MissingInputError, match="Place them by light"):
        sectioned(sample, "count")
    session = sectioned(sample, "light")
    assert trials_off(session, sample) < most_frames
    assert any("placed by the light alone" in text for text in session.warnings)
    assert session.stimulus["light_check"][STEP]["verdict"] == ["confirmed"]
    assert session.stimulus["light_check"][STEP]["confidence_nats"][0] > 20


def test_a_few_stray_pulses_are_no_count(tmp_path: Path) -> None:
    sample = recorded(tmp_path, "start_missed=100000")
    assert sample.truth.pulse_samples.size == 0
    session = sectioned(sample, "light")
    assert trials_off(session, sample) < 0.2
    assert any("placed by the light alone" in text for text in session.warnings)


@pytest.mark.parametrize("fault", ["start_missed=9", "sync_missing=4", "frames_delayed=2"])
def test_results_of_movies_placed_by_light_agree_with_the_clean_recordings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    monkeypatch.setenv("HDMEA_STIMULI", str(tmp_path / "clean" / "stimuli"))
    found = {}
    for name, faults, align in (("clean", (), "count"), ("faulty", (fault,), "light")):
        sample = make_sample(
            tmp_path / name, n_units=4, playlist=PLAYLIST, noise_frames=3600, sweeps_s=(), faults=faults
        )
        session = sectioned(sample, align)  # type: ignore[arg-type]  # one of the two words
        compute_sta(session=session, stimuli_dir=sample.stimuli_dir)
        extract_features(features=[STEP], session=session)
        found[name] = session
    for unit_id in found["clean"].units:
        clean, faulty = (found[name].units[unit_id]["features"] for name in ("clean", "faulty"))
        stas = [np.asarray(one[f"sta_{SAMPLE_NOISE}"]["data"], float).ravel() for one in (clean, faulty)]
        # late frames change the spikes themselves
        are_same = fault != "frames_delayed=2"
        assert np.corrcoef(stas)[0, 1] > (0.999 if are_same else 0.9)
        expected, data = clean[STEP]["data"], faulty[STEP]["data"]
        assert data["response_class"] == expected["response_class"]
        np.testing.assert_allclose(
            data["baseline_rate"], expected["baseline_rate"], atol=0.5 if are_same else 4
        )
        for side in ("on", "off"):
            low, high = np.asarray(expected[f"{side}_latency_ms_interval"], float)
            value = data[f"{side}_latency_ms"]
            assert np.isnan(low) == np.isnan(value)
            assert np.isnan(low) or low - 1 <= value <= high + 1


@pytest.mark.parametrize("hz", [75, 120])
def test_a_display_of_another_rate_is_named_with_its_movies(tmp_path: Path, hz: int) -> None:
    session = sectioned(recorded(tmp_path, f"refresh={hz}"), "count")
    [said] = [text for text in session.warnings if "The display ran at" in text]
    assert f"{hz}.0 Hz" in said
    assert STEP in said


def test_frequencies_are_those_that_the_display_showed(tmp_path: Path) -> None:
    found = {}
    for faults in ((), ("refresh=75",)):
        folder = tmp_path / "".join(faults)
        movie = "freq_step_5st_3x"
        sample = make_sample(folder, n_units=2, playlist=(movie,), sweeps_s=(), faults=faults)
        session = sectioned(sample, "count")
        extract_features(features=[movie], session=session)
        found[faults] = session.units["unit_001"]["features"][movie]["data"]
    plain, fast = found.values()
    np.testing.assert_allclose(plain["frequency_hz"], [0.5, 1, 2, 4, 10])
    np.testing.assert_allclose(fast["frequency_hz"], 1.25 * plain["frequency_hz"], rtol=1e-3)
    # the same cell follows both: its response is found at the frequency that was shown
    assert fast["r_squared"][:2].min() > 0.5


def test_light_that_shows_nothing_places_nothing(tmp_path: Path) -> None:
    sample = recorded(tmp_path, "light_contrast=0")
    with pytest.raises(ConfigurationError, match="cannot be placed by the light"):
        sectioned(sample, "light")


def test_a_delay_that_the_stimulus_files_state_tells_one_missed_pulse(tmp_path: Path) -> None:
    sample = recorded(tmp_path, "start_missed=1")
    assert trials_off(sectioned(sample, "light"), sample) == pytest.approx(1, abs=0.1)
    for path in sample.stimuli_dir.glob("*.json"):
        content = json.loads(path.read_text(encoding="utf-8"))
        path.write_text(json.dumps(content | {"display_latency_ms": 0.0}), encoding="utf-8")
    assert trials_off(sectioned(sample, "light"), sample) < 0.1


def test_a_saturated_movie_is_said_to_be(tmp_path: Path) -> None:
    session = sectioned(recorded(tmp_path, "light_saturated=20", "start_missed=5"), "count")
    check = session.stimulus["light_check"]
    assert check[SAMPLE_NOISE]["verdict"] == ["cannot tell"]
    assert "saturated" in check[SAMPLE_NOISE]["reason"][0]
    assert check[STEP]["shift_frames"].tolist() == [[5, 5]]


def test_a_pause_is_one_change(tmp_path: Path) -> None:
    session = sectioned(recorded(tmp_path, "pause=3"), "count")
    [said] = [text for text in session.warnings if "movies are not where" in text]
    assert said.count("frames ahead from") == 1
