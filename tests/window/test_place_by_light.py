"""Movies that the light shows elsewhere than the count: the window offers to place them by the light."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from hdmea_gui.pipeline.status import StatusKind, status_of
from hdmea_gui.pipeline.steps import STEPS_BY_KEY
from hdmea_gui.sample import Sample, make_sample
from hdmea_gui.session import PipelineSession, create_session
from hdmea_gui.session.recording import RecordingReader
from hdmea_gui.window.pipeline_commands import run_steps
from tests.window.test_flows_in_window import type_in
from tests.window.waiting import until

if TYPE_CHECKING:
    from pathlib import Path

    from hdmea_gui.views.step_row import StepRow
    from hdmea_gui.window.main_window import MainWindow
    from tests.window.conftest import Await

KEY = "add_section_time"
STEP = "step_up_5s_5i_b0_3x"


@pytest.fixture
def recorded(window: MainWindow, await_: Await, tmp_path: Path, request: pytest.FixtureRequest) -> Sample:
    """A recording with the faults asked for, placed by count and cut."""
    sample = make_sample(tmp_path / "s", n_units=2, playlist=(STEP,), sweeps_s=(), faults=request.param)
    window.workbench.model.show(create_session(None, sample.cmcr_path, sample.cmtr_path, tmp_path))
    panel = window.workbench.panels.pipeline
    for name, value in (
        ("playlist_name", sample.playlist_name),
        ("playlist_file", sample.playlist_path),
        ("movie_length_file", sample.movie_lengths_path),
        ("stimuli_dir", sample.stimuli_dir),
    ):
        type_in(panel, KEY, name, str(value))
    type_in(panel, "section_spike_times", "stimuli_dir", str(sample.stimuli_dir))
    assert await_(run_steps(window.workbench, ("load_recording", KEY, "section_spike_times")))
    return sample


def row_of(window: MainWindow) -> StepRow:
    return window.workbench.panels.pipeline.rows[KEY]


async def click_better(window: MainWindow) -> None:
    runner = window.workbench.runner
    QTest.mouseClick(row_of(window).better, Qt.MouseButton.LeftButton)
    await until(lambda: runner.is_running)
    await runner.ended()


def off_frames(session: PipelineSession | None, sample: Sample) -> float:
    assert session is not None
    return float(
        np.abs(np.asarray(RecordingReader(session).trials(STEP)) - sample.truth.trials[STEP]).max()
        * 59.94
        / 2e4
    )


@pytest.mark.parametrize("recorded", [["start_missed=9"]], indirect=True)
def test_one_click_places_by_light_and_what_rests_on_it_is_out_of_date(
    window: MainWindow, await_: Await, recorded: Sample, tmp_path: Path
) -> None:
    bench, row = window.workbench, row_of(window)
    session = bench.model.session
    assert session is not None
    assert row.better.isVisible()
    assert row.better.text() == "Place by light"
    assert row.finding.isVisible()
    assert STEP in row.finding.text()
    assert "9 frames" in row.finding.text()
    path = session.save(tmp_path / "counted.h5")

    await_(click_better(window))
    state = bench.runner.state_of(KEY)
    assert state is not None
    assert state.kind is StatusKind.DONE
    assert bench.panels.pipeline.params()[KEY].align == "light"
    assert not row.better.isVisible()
    assert not row.finding.isVisible()
    snapshot = session.snapshot()
    assert RecordingReader(snapshot).is_placed_by_light
    assert snapshot.steps[KEY]["parameters"]["align"] == "light"
    assert status_of(STEPS_BY_KEY["section_spike_times"], snapshot).kind is StatusKind.OUT_OF_DATE
    assert await_(run_steps(bench, ("section_spike_times",)))
    assert off_frames(session, recorded) < 1

    # a file that was placed by count offers it as well
    assert await_(bench.files.open(path))
    assert row.better.isVisible()


@pytest.mark.parametrize("recorded", [[]], indirect=True)
def test_nothing_is_offered_where_light_and_count_agree(window: MainWindow, recorded: Sample) -> None:
    assert not row_of(window).better.isVisible()
    assert not row_of(window).finding.isVisible()
    assert off_frames(window.workbench.model.session, recorded) < 1
