"""Every fault of a sample recording's clock: is it reported, and does placing by light undo it? Prints one table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from hdmea_gui.pipeline import add_section_time, load_recording, section_spike_times
from hdmea_gui.sample import make_sample
from hdmea_gui.sample.stimuli import SAMPLE_NOISE
from hdmea_gui.session import create_session
from hdmea_gui.session.recording import RecordingReader

if TYPE_CHECKING:
    from pathlib import Path

    from hdmea_gui.sample import Sample
    from hdmea_gui.session import PipelineSession

PLAYLIST = (SAMPLE_NOISE, "step_up_5s_5i_b0_3x")
FAULTS = {
    "sync_missing=3": "too long",
    "sync_extra=3": "too short",
    "sync_ringing=10": "ring",
    "sync_inverted": "negative",
    "sync_narrow=15": "",
    "startup_missing=3": "movies are not where",
    "start_missed=20": "movies are not where",
    "frames_delayed=2": "too long",
    "frames_skipped=15": "movies are not where",
    "pause=2": "no data from sample",
    "refresh=75": "The display ran at",
    "tick=0.75": "ms at the end",
    "tick=0.02": "ms at the end",
    "duration=20": "states a length",
    "duration=-20": "states a length",
    "light_contrast=10": "",
    "light_drift=30": "",
    "light_saturated=60": "",
    "light_inverted": "",
    "light_partial=10": "",
    "light_snr=1": "",
}
"""Words of the report that each fault must have; none for those that disturb nothing."""


def off(session: PipelineSession, sample: Sample) -> float:
    """Largest distance of a trial's bound from the true one, display frames."""
    distances = [
        abs(RecordingReader(session).trials(movie) - truth).max()
        for movie, truth in sample.truth.trials.items()
    ]
    return float(max(distances)) / sample.truth.rate_hz * sample.truth.faults.get("refresh", 59.94)


@pytest.mark.parametrize("fault", FAULTS)
def test_faults_are_reported_and_undone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], fault: str
) -> None:
    monkeypatch.setenv("HDMEA_STIMULI", str(tmp_path / "stimuli"))
    sample = make_sample(
        tmp_path, n_units=1, playlist=PLAYLIST, noise_frames=1800, sweeps_s=(), faults=[fault], seed=4
    )
    found = {}
    for align in ("count", "light"):
        session = create_session(None, sample.cmcr_path, sample.cmtr_path)
        load_recording(sample.cmcr_path, sample.cmtr_path, session=session)
        add_section_time(
            playlist_name=sample.playlist_name,
            playlist_file_path=sample.playlist_path,
            movie_length_file_path=sample.movie_lengths_path,
            align=align,
            session=session,
        )
        section_spike_times(config_dir=sample.stimuli_dir, session=session)
        found[align] = off(session, sample)
    said = FAULTS[fault]
    reported = [text for text in session.warnings if said and said in text]
    with capsys.disabled():
        print(  # noqa: T201 - the table that this test is for
            f"\n| {fault:<18} | by count {found['count']:6.1f} frames off | by light {found['light']:4.2f} | "
            f"{'reported' if reported else 'disturbs nothing':<16} |",
            end="",
        )
    assert bool(reported) == bool(said), session.warnings
    assert said or not session.warnings
    assert found["light"] < 1.1
