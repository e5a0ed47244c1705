"""Every step on the reference recording, compared with its truth and with independent computations."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
import pytest
from scipy.signal import butter, sosfiltfilt

from hdmea_gui.pipeline.status import StatusKind

if TYPE_CHECKING:
    from pathlib import Path

    from tests.pipeline.conftest import Processed

NOISE, STEPS = "dense_noise_15x15_demo", "step_up_5s_5i_demo"


@pytest.fixture(scope="module")
def truth(reference: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((reference / "truth.json").read_text())
    return content


def test_outcomes(processed_reference: Processed) -> None:
    outcomes = {report.key: report.kind for report in processed_reference.reports}
    assert outcomes.pop("add_section_time_analog") is StatusKind.LEFT_OUT
    assert set(outcomes.values()) == {StatusKind.DONE}


def test_spikes_and_frames_are_exact(
    processed_reference: Processed, reference: Path, truth: dict[str, Any]
) -> None:
    session = processed_reference.session
    samples = np.load(reference / "truth.npz")
    np.testing.assert_array_equal(session.metadata["frame_timestamps"], samples["frame_sample"])
    for unit in truth["units"]:
        np.testing.assert_array_equal(session.units[unit["unit"]]["spike_times"], samples[unit["unit"]])


def test_sections_follow_from_the_first_frames_of_the_movies(
    processed_reference: Processed, reference: Path, truth: dict[str, Any]
) -> None:
    frames = np.load(reference / "truth.npz")["frame_sample"].astype(int)
    for movie, length in ((NOISE, truth["n_noise"]), (STEPS, truth["n_steps"])):
        first = truth["movie_start_frame"][movie]
        expected = [[frames[first - 60], frames[first + length + 1 + 120]]]
        assert processed_reference.session.stimulus["section_time"][movie].tolist() == expected


def test_units_have_the_vendors_places(processed_reference: Processed, truth: dict[str, Any]) -> None:
    for unit in truth["units"]:
        held = processed_reference.session.units[unit["unit"]]
        assert (held["row"], held["col"], held["global_id"]) == (unit["row"], unit["col"], unit["sensor_id"])


def test_receptive_fields(processed_reference: Processed, truth: dict[str, Any]) -> None:
    misses = []
    for unit in truth["units"]:
        geometry = processed_reference.session.units[unit["unit"]]["features"][f"sta_{NOISE}"]["sta_geometry"]
        fit = geometry["gaussian_fit"]
        misses.append(np.hypot(fit["center_x"] - unit["rf_x"], fit["center_y"] - unit["rf_y"]))
        assert geometry["polarity"] == unit["polarity"]
        assert abs(60 - geometry["peak_frame"] - unit["peak_lag_frames"]) < 2
    assert np.median(misses) < 0.5


def test_somas(processed_reference: Processed, truth: dict[str, Any]) -> None:
    found = 0
    for unit in truth["units"]:
        image = processed_reference.session.units[unit["unit"]]["features"]["eimage_sta"]
        if not image["metadata"]["n_spikes_used"]:
            assert np.isnan(image["data"]).all()
            assert "absent_reason" in image["geometry"]
            continue
        found += 1
        assert (image["geometry"]["peak_row"], image["geometry"]["peak_col"]) == (
            unit["soma_row"],
            unit["soma_col"],
        )
    assert found == 7


def test_stimulus_sta_equals_the_plain_mean_of_windows(
    processed_reference: Processed, reference: Path, truth: dict[str, Any]
) -> None:
    samples = np.load(reference / "truth.npz")
    frames = samples["frame_sample"].astype(int)
    movie = np.load(reference / "stimuli" / f"{NOISE}.npy").astype(float)
    first = truth["movie_start_frame"][NOISE]
    for unit in truth["units"]:
        windows = []
        for spike in samples[unit["unit"]].astype(int):
            if not frames[first] <= spike < frames[first + 3600]:
                continue
            frame = np.flatnonzero(frames <= spike)[-1] - first
            if frame >= 60:
                windows.append(movie[frame - 60 : frame])
        held = processed_reference.session.units[unit["unit"]]["features"][f"sta_{NOISE}"]
        assert held["metadata"]["n_spikes_used"] == len(windows)
        assert held["data"].dtype == np.float32
        np.testing.assert_allclose(held["data"], np.mean(windows, axis=0), rtol=0, atol=1e-4)


def test_electrical_images_equal_the_whole_stretch_filtered(
    processed_reference: Processed, reference: Path, truth: dict[str, Any]
) -> None:
    with h5py.File(reference / "2026.02.03-10.11.12-Rec.cmcr") as file:
        frames = file["Acquisition/Sensor Data/SensorData 1 1"][()].astype(float)
    filtered = sosfiltfilt(butter(2, 100, "highpass", fs=2500, output="sos"), frames, axis=0)
    samples = np.load(reference / "truth.npz")
    for unit in truth["units"]:
        spikes = samples[unit["unit"]].astype(int)
        windows = [filtered[s - 10 : s + 40] for s in spikes if s >= 10 and s + 40 <= len(frames)]
        held = processed_reference.session.units[unit["unit"]]["features"]["eimage_sta"]
        assert held["metadata"]["n_spikes_used"] == len(windows)
        if windows:
            expected = np.mean(windows, axis=0)
            np.testing.assert_allclose(held["data"], expected, rtol=0, atol=1e-3 * np.abs(expected).max())


def test_the_parts_that_the_labs_scripts_get_right_are_the_same(
    processed_reference: Processed, reference: Path
) -> None:
    session = processed_reference.session
    with h5py.File(reference / "lab_deferred.h5") as lab:
        for unit_id, unit in session.units.items():
            old = lab[f"units/{unit_id}"]
            np.testing.assert_array_equal(unit["spike_times"], old["spike_times"][()])
            np.testing.assert_allclose(unit["waveform"], old["waveform"][()], rtol=1e-3, atol=1e-3)
            for movie in (NOISE, STEPS):
                for name in ("full_spike_times", "trials_start_end"):
                    path = f"spike_times_sectioned/{movie}/{name}"
                    np.testing.assert_array_equal(unit["spike_times_sectioned"][movie][name], old[path][()])
            averages = unit["features"][f"sta_{NOISE}"]["data"]
            np.testing.assert_array_equal(averages, old[f"features/sta_{NOISE}/data"][()])
        for name, values in session.stimulus["light_reference"].items():
            np.testing.assert_allclose(
                values, lab[f"stimulus/light_reference/{name}"][()], rtol=1e-4, atol=1e-2
            )
        for movie in (NOISE, STEPS):
            template = lab[f"stimulus/light_template/{movie}"][()]
            np.testing.assert_allclose(session.stimulus["light_template"][movie], template, rtol=1e-6)
