from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from hdmea_gui.models.filter_expression import parse_filter
from hdmea_gui.pipeline.plan import Plan, chosen_keys, planned_params
from hdmea_gui.pipeline.running import run_plan
from hdmea_gui.sample import make_sample, sample_values
from hdmea_gui.session import PipelineSession, create_session
from hdmea_gui.session.columns import Columns, unit_columns
from hdmea_gui.session.recording import RecordingReader

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def processed(tmp_path_factory: pytest.TempPathFactory) -> PipelineSession:
    folder = tmp_path_factory.mktemp("recording")
    sample = make_sample(folder)
    session = create_session(None, sample.cmcr_path, sample.cmtr_path, folder)
    run_plan(session, Plan(chosen_keys(None), planned_params(session.snapshot(), sample_values(sample), {})))
    return session


def columns_of(session: PipelineSession) -> Columns:
    return unit_columns(session.units, RecordingReader(session).duration_s)


def test_every_step_gives_columns(processed: PipelineSession) -> None:
    columns = columns_of(processed)
    for name in (
        "id",
        "spikes",
        "rate",
        "row",
        "snr",
        "label",
        "rf.snr",
        "rf.area",
        "soma.area",
        "dsi",
        "osi",
    ):
        assert columns[name].name == name
    assert columns["step_up_5s_5i_b0_3x.on_peak_value"].key == "step_up_5s_5i_b0_3x.on_peak_value"
    assert columns["spike_count"].key == "spikes"
    duration_s = processed.metadata["cmcr_meta"]["recording_duration_s"]
    for place, unit in enumerate(processed.units.values()):
        assert columns["rate"].values[place] == len(unit["spike_times"]) / duration_s
        assert columns["snr"].values[place] == unit["unit_meta"]["snr"][0]
        geometry = unit["features"]["sta_dense_noise_15x15_sample"]["sta_geometry"]
        assert columns["rf.snr"].values[place] == geometry["snr"]
        assert columns["dsi"].values[place] == unit["features"]["moving_h_bar_s5_d8_3x"]["data"]["dsi"]


def test_each_name_means_one_column_and_filters_take_it(processed: PipelineSession) -> None:
    columns = columns_of(processed)
    assert len(set(columns.names)) == len(columns) > 100
    for column in columns:
        assert columns[column.name] == columns[column.key] == column
        assert parse_filter(f"`{column.name}` is missing", columns).mask().shape == (processed.unit_count,)


def test_a_saved_session_has_the_same_columns(processed: PipelineSession, tmp_path: Path) -> None:
    path = tmp_path / "session.h5"
    processed.save(path)
    before, after = columns_of(processed), columns_of(PipelineSession.load(path))
    assert set(after.names) == set(before.names)
    for name in before.names:
        assert after[name].kind == before[name].kind
        np.testing.assert_array_equal(after[name].values, before[name].values)


@pytest.mark.parametrize("name", ["lab_deferred.h5", "lab_immediate.h5", "lab_immediate_plain.h5"])
def test_files_of_the_lab_have_columns(name: str, reference: Path) -> None:
    columns = columns_of(PipelineSession.load(reference / name))
    assert columns["spikes"].values.sum() > 1000
    assert np.isfinite(columns["rate"].values).all()
    for column in columns:
        assert column.values.shape == (8,)
    assert {"row", "col", "label", "sta.n_spikes_used"} <= set(columns.names)
    assert ("snr" in columns) == ("plain" not in name)
