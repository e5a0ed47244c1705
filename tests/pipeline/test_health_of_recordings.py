"""Health of whole recordings: every fault of a sample raises its checks and no other; clean ones raise none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from hdmea_gui.pipeline import compute_eimage_sta, compute_soma_geometry
from hdmea_gui.sample import make_sample
from hdmea_gui.sample.stimuli import SAMPLE_NOISE
from tests.pipeline.placing import placed

if TYPE_CHECKING:
    from pathlib import Path

    from hdmea_gui.sample import Sample
    from tests.pipeline.placing import Align

STEP = "step_up_5s_5i_b0_3x"
PLAYLIST = (SAMPLE_NOISE, STEP)
FAULTS = {
    "sync_missing=3": {"display_frames": "check", "movie_light": "fault"},
    "sync_missing=200": {"display_frames": "fault", "movie_light": "fault", "playlist_length": "fault"},
    "sync_extra=3": {"display_frames": "check", "movie_light": "fault"},
    "sync_none": {"display_frames": "check"},
    "startup_missing=3": {"movie_light": "fault"},
    "start_missed=20": {"movie_light": "fault"},
    "frames_delayed=2": {"display_frames": "check"},  # late with its pulse, so that the count stays right
    "frames_skipped=15": {"movie_light": "fault"},
    "pause=2": {"display_frames": "check", "movie_light": "fault", "playlist_length": "fault"},
    "refresh=75": {"display_frames": "check"},
    "tick=0.75": {"rates": "check"},
    "tick=0.02": {"rates": "check"},
    "duration=20": {"rates": "check"},
    "duration=-20": {"rates": "check"},
    "light_saturated=5": {"movie_light": "check"},
    "contaminated=40": {"refractory": "check"},
    "lanes_noisy=4": {"bad_lanes": "check"},
    "lanes_common=2": {"bad_lanes": "check"},
    "lanes_flickering=10": {"bad_lanes": "check"},
    "lanes_dead": {"bad_lanes": "check"},
    "lanes_saturated": {"bad_lanes": "check"},
    # what disturbs no result raises no alarm
    "sync_ringing=10": {},
    "sync_inverted": {},
    "light_contrast=10": {},
    "light_inverted": {},
    "light_partial=10": {},
    "light_snr=1": {},
}


def states(sample: Sample, *, align: Align = "count", images: bool) -> dict[str, str]:
    """State of each check after loading, placing the movies, and perhaps locating somas in images."""
    session = placed(sample, align)
    if images:
        compute_eimage_sta(session=session, duration_s=10.0)
        compute_soma_geometry(session=session)
    return {key: found["state"] for key, found in session.health.items()}


@pytest.fixture(autouse=True)
def stimuli(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HDMEA_STIMULI", str(tmp_path / "stimuli"))


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_raises_its_checks_and_no_other(tmp_path: Path, fault: str) -> None:
    is_of_lanes, is_of_sorting = fault.startswith("lanes"), fault.startswith("contaminated")
    sample = make_sample(
        tmp_path,
        n_units=24 if is_of_sorting else 4,
        playlist=PLAYLIST,
        noise_frames=5400 if is_of_sorting else 1200,
        sweeps_s=((0.0, 5.0),) if is_of_lanes else (),
        faults=[fault],
        seed=4,
    )
    found = states(sample, align="light" if fault == "sync_none" else "count", images=is_of_lanes)
    alarms = {key: state for key, state in found.items() if state != "ok"}
    if is_of_lanes and alarms.get("bad_lanes") == "fault":  # a soma lies in three adjacent ones
        alarms["bad_lanes"] = "check"
    assert alarms == FAULTS[fault]


@pytest.mark.parametrize("seed", range(6))
def test_clean_recordings_raise_no_alarm(tmp_path: Path, seed: int) -> None:
    assert set(states(clean(tmp_path, seed), images=True).values()) == {"ok"}


def clean(folder: Path, seed: int) -> Sample:
    """Make a recording without faults, of a size and a playlist that depend on the seed."""
    rng = np.random.default_rng(seed)
    movies = [STEP, "green_blue_3s_3i_3x", "baseline_127"]
    return make_sample(
        folder,
        seed=seed,
        n_units=int(rng.integers(1, 16)),
        rate_hz=float(rng.choice([4000, 5000, 10_000])),
        playlist=(SAMPLE_NOISE, *rng.permutation(movies)[: int(rng.integers(1, 3))].tolist()),
        noise_frames=4 * int(rng.integers(225, 600)),
        axes=("col", "row") if rng.random() < 0.5 else ("row", "col"),
        sweeps_s=((0.0, 5.0),),
    )
