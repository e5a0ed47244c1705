"""Every step on the sample recording, compared with what is known of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from hdmea_gui.pipeline.status import StatusKind
from hdmea_gui.sample import make_sample
from hdmea_gui.session import create_session
from hdmea_gui.session.columns import unit_columns
from tests.pipeline.conftest import process

if TYPE_CHECKING:
    from pathlib import Path

    from hdmea_gui.sample import Sample
    from tests.pipeline.conftest import Processed

NOISE = "sta_dense_noise_15x15_sample"


def feature(processed: Processed, unit_id: str, name: str) -> dict[str, Any]:
    found: dict[str, Any] = processed.session.units[unit_id]["features"][name]
    return found


def test_every_step_is_done(processed_sample: Processed) -> None:
    assert [report.kind for report in processed_sample.reports] == [StatusKind.DONE] * 9


def test_spikes_and_frames_are_exact(processed_sample: Processed, sample: Sample) -> None:
    session = processed_sample.session
    assert session.metadata["acquisition_rate"] == sample.truth.rate_hz
    np.testing.assert_array_equal(session.metadata["frame_timestamps"], sample.truth.frame_samples)
    assert list(session.units) == [unit.unit_id for unit in sample.truth.units]
    for unit_id, samples in sample.truth.spikes.items():
        spikes = session.units[unit_id]["spike_times"]
        assert spikes.dtype == np.uint64
        np.testing.assert_array_equal(spikes, samples)


def test_sections_and_trials_are_exact(processed_sample: Processed, sample: Sample) -> None:
    session = processed_sample.session
    for movie, bounds in sample.truth.sections.items():
        np.testing.assert_array_equal(session.stimulus["section_time"][movie], bounds)
    for movie, bounds in sample.truth.trials.items():
        for unit in session.units.values():
            np.testing.assert_array_equal(unit["spike_times_sectioned"][movie]["trials_start_end"], bounds)
    np.testing.assert_array_equal(
        session.stimulus["section_time"]["iprgc_test"][:, 0], sample.truth.lamp_samples
    )


def test_trials_hold_just_the_spikes_between_their_bounds(
    processed_sample: Processed, sample: Sample
) -> None:
    for unit_id, samples in sample.truth.spikes.items():
        for movie, bounds in sample.truth.trials.items():
            cut = processed_sample.session.units[unit_id]["spike_times_sectioned"][movie]
            expected = [[s for s in samples.tolist() if start <= s < end] for start, end in bounds.tolist()]
            assert [cut["trials_spike_times"][n].tolist() for n in range(len(bounds))] == expected
            assert cut["full_spike_times"].tolist() == sorted({s for trial in expected for s in trial})


def test_light_triggered_trials_take_two_seconds_before(processed_sample: Processed, sample: Sample) -> None:
    for unit_id, samples in sample.truth.spikes.items():
        cut = processed_sample.session.units[unit_id]["spike_times_sectioned"]["iprgc_test"]
        start, end = cut["trials_start_end"][0]
        before = start - round(2 * sample.truth.rate_hz)
        assert cut["trials_spike_times"][0].tolist() == [s for s in samples.tolist() if before <= s < end]
        assert cut["_attrs"]["pad_margin"] == [2.0, 0.0]


def test_receptive_fields_lie_where_they_are(processed_sample: Processed, sample: Sample) -> None:
    errors = []
    for unit in sample.truth.units:
        geometry = feature(processed_sample, unit.unit_id, NOISE)["sta_geometry"]
        fit = geometry["gaussian_fit"]
        errors.append(np.hypot(fit["center_x"] - unit.rf_x, fit["center_y"] - unit.rf_y))
        assert geometry["polarity"] == unit.polarity
        assert abs(geometry["peak_frame"] - 60 + unit.sta_peak_lag_frames) <= 1
    assert np.median(errors) < 0.2
    assert np.max(errors) < 0.5


def test_somas_are_exact(processed_sample: Processed, sample: Sample) -> None:
    enough = [unit for unit in sample.truth.units if unit.n_spikes_in_sensor_data >= 20]
    assert len(enough) >= 10
    for unit in enough:
        geometry = feature(processed_sample, unit.unit_id, "eimage_sta")["geometry"]
        assert (geometry["peak_row"], geometry["peak_col"]) == (unit.soma_row, unit.soma_col)


def test_directions_and_colours_are_found(processed_sample: Processed, sample: Sample) -> None:
    selective = [unit for unit in sample.truth.units if unit.direction_deg is not None]
    coloured = [unit for unit in sample.truth.units if unit.colour is not None]
    assert selective
    assert coloured
    for unit in sample.truth.units:
        tuning = feature(processed_sample, unit.unit_id, "moving_h_bar_s5_d8_3x")["data"]
        if unit.direction_deg is None:
            assert tuning["dsi"] < 0.2
        else:
            miss = (tuning["preferred_direction"] - unit.direction_deg + 180) % 360 - 180
            assert abs(miss) < 22.5
            assert tuning["dsi"] > 0.4
            assert tuning["dsi_p_value"] < 0.05
    for unit in coloured:
        data = feature(processed_sample, unit.unit_id, "green_blue_3s_3i_3x")["data"]
        assert data["preferred_color"] == unit.colour


def test_steps_separate_on_and_off_cells(processed_sample: Processed, sample: Sample) -> None:
    for unit in sample.truth.units:
        data = feature(processed_sample, unit.unit_id, "step_up_5s_5i_b0_3x")["data"]
        assert data["on_off_ratio"] * unit.polarity > 0


@pytest.mark.parametrize(
    ("options", "axes"),
    [
        ({"axes": ("row", "col")}, ["lag", "row", "col"]),
        ({"axes": ("row", "col"), "regions": ((10, 40, 18, 18),)}, ["lag", "row", "col"]),
        ({"axes": ("col", "row"), "regions": ((10, 40, 18, 18),), "text": "str"}, ["lag", "col", "row"]),
        (
            {"regions": ((3, 5, 14, 12), (40, 30, 14, 12)), "sweeps_s": ((2.0, 5.0), (9.0, 5.0))},
            ["lag", "col", "row"],
        ),
    ],
)
def test_axes_regions_and_sweeps(tmp_path: Path, options: dict[str, Any], axes: list[str]) -> None:
    """The order of the axes is found, also on a square region, and every unit is looked for in its own region."""
    sample = make_sample(tmp_path, playlist=("baseline_127",), n_units=8, **options)
    session = create_session(None, sample.cmcr_path, sample.cmtr_path)
    processed = process(session, {})
    units = [unit for unit in sample.truth.units if unit.n_spikes_in_sensor_data >= 20]
    assert len(units) >= 3
    for unit in units:
        image = feature(processed, unit.unit_id, "eimage_sta")
        assert image["metadata"]["axes"] == axes
        assert image["metadata"]["region_id"] == unit.region_id
        assert image["metadata"]["n_spikes_used"] == unit.n_spikes_in_sensor_data
        geometry = image["geometry"]
        assert (geometry["peak_row"], geometry["peak_col"]) == (unit.soma_row, unit.soma_col)


def test_every_presentation_contributes_its_trials(tmp_path: Path) -> None:
    sample = make_sample(tmp_path, playlist=("step_up_5s_5i_b0_3x",), n_units=2, repeats=2, sweeps_s=())
    session = create_session(None, sample.cmcr_path, sample.cmtr_path)
    values = {
        "add_section_time": {
            "playlist_name": sample.playlist_name,
            "playlist_file": sample.playlist_path,
            "movie_length_file": sample.movie_lengths_path,
            "repeats": 2,
        }
    }
    processed = process(session, values)
    outcomes = {report.key: report.kind for report in processed.reports}
    assert outcomes["compute_eimage_sta"] is StatusKind.LEFT_OUT
    assert outcomes["section_spike_times"] is StatusKind.DONE
    movie = "step_up_5s_5i_b0_3x"
    np.testing.assert_array_equal(session.stimulus["section_time"][movie], sample.truth.sections[movie])
    cut = session.units["unit_001"]["spike_times_sectioned"][movie]
    np.testing.assert_array_equal(cut["trials_start_end"], sample.truth.trials[movie])
    assert cut["_attrs"]["n_trials"] == 6


def test_units_of_the_sample_are_clean(processed_sample: Processed, sample: Sample) -> None:
    for unit in sample.truth.units:
        quality = processed_sample.session.units[unit.unit_id]["quality"]
        assert quality["isi_violation_1ms"] <= quality["isi_violation_2ms"] < 0.02
        assert 0 < quality["presence_ratio"] <= 1
    columns = unit_columns(processed_sample.session.units)
    assert columns["presence_ratio"].place == ("quality", "presence_ratio")


def test_responses_of_the_sample_have_their_evidence(processed_sample: Processed, sample: Sample) -> None:
    found = {
        unit.unit_id: feature(processed_sample, unit.unit_id, "step_up_5s_5i_b0_3x")["data"]
        for unit in sample.truth.units
    }
    wanted = {1: {"on", "on_off"}, -1: {"off", "on_off"}}
    for unit in sample.truth.units:
        data = found[unit.unit_id]
        if data["response_class"] not in {"none", "not_tested"}:
            assert data["response_class"] in wanted[unit.polarity] | {"suppressed"}
    lit = [feature(processed_sample, unit.unit_id, "iprgc_test")["data"] for unit in sample.truth.units]
    assert all(0 < data["response_value_p"] <= 1 for data in lit)
