"""Every fault of a sample recording: is it reported and undone? Prints two tables, of the clock and of the lanes."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

import numpy as np
import pytest

from hdmea_gui.pipeline import compute_eimage_sta, compute_soma_geometry
from hdmea_gui.sample import make_sample
from hdmea_gui.sample.stimuli import SAMPLE_NOISE
from hdmea_gui.session.bad_lanes import bad_lanes_of
from hdmea_gui.session.recording import RecordingReader
from hdmea_gui.session.unit import image_of, soma_of
from tests.pipeline.placing import Align, loaded, sectioned

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
    for align in get_args(Align):
        session = sectioned(sample, align)
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


LANES = (
    ("lanes_noisy=3", "noisy"),
    ("lanes_noisy=30", "noisy"),
    ("lanes_common=1.3", "common noise"),
    ("lanes_common=10", "common noise"),
    ("lanes_common=100", "common noise"),
    ("lanes_dead", "dead"),
    ("lanes_saturated", "saturated"),
    ("lanes_flickering=10", "flickering"),
)


def somas_off(session: PipelineSession, sample: Sample) -> float:
    """Largest distance of a soma from the true one along an axis of the chip, electrodes."""
    off = []
    for unit, truth in zip(session.units.values(), sample.truth.units, strict=True):
        soma = soma_of(image_of(unit) or {})
        off += [abs(soma["peak_row"] - truth.soma_row), abs(soma["peak_col"] - truth.soma_col)]
    return float(max(off))


@pytest.mark.parametrize("rows", [False, True], ids=["columns", "rows"])
@pytest.mark.parametrize(("fault", "kind"), LANES)
def test_bad_lanes_are_found_and_somas_stay(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], fault: str, kind: str, rows: bool
) -> None:
    faults = [fault, *(["lanes_rows"] if rows else [])]
    sample = make_sample(
        tmp_path,
        n_units=12,
        playlist=("baseline_127",),
        regions=((20, 21, 31, 26),),
        sweeps_s=((0.0, 10.0),),
        faults=faults,
        seed=4,
    )
    session = loaded(sample)
    compute_eimage_sta(session=session, duration_s=10.0)
    lanes = bad_lanes_of(session.metadata)
    assert lanes is not None
    compute_soma_geometry(session=session, bad_lanes=())
    unmasked = somas_off(session, sample)
    compute_soma_geometry(session=session)
    masked = somas_off(session, sample)
    with capsys.disabled():
        print(  # noqa: T201 - the table that this test is for
            f"\n| {fault:<19} | {lanes.words():<22} | somas {unmasked:4.1f} electrodes off | with the mask "
            f"{masked:3.1f} | {session.health['bad_lanes']['state']:<5} |",
            end="",
        )
    assert lanes.axis == ("row" if rows else "col")
    np.testing.assert_array_equal(lanes.numbers, sample.truth.bad_lanes)
    assert {lane.kind for lane in lanes.lanes} == {kind}
    assert masked <= 1
    assert session.health["bad_lanes"]["state"] in {"check", "fault"}
