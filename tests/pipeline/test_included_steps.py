"""Features that repeat numbers of the receptive field run the step that measures it, where it is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from hdmea_gui.pipeline import compute_rf_geometry, extract_features
from hdmea_gui.pipeline.progress import Progress, Report
from hdmea_gui.pipeline.status import StatusKind, status_of
from hdmea_gui.pipeline.step import run_step
from hdmea_gui.pipeline.steps import STEPS_BY_KEY
from hdmea_gui.session import PipelineSession, Update, differences
from hdmea_gui.session.recording import RecordingReader

if TYPE_CHECKING:
    from hdmea_gui.session import Snapshot
    from tests.pipeline.conftest import Processed

NOISE = "dense_noise_15x15_demo"
STA = f"sta_{NOISE}"
FIELDS, FEATURES = STEPS_BY_KEY["rf_geometry"], STEPS_BY_KEY["extract_features"]


@pytest.fixture
def session(processed_reference: Processed) -> PipelineSession:
    """The reference recording with its STA, before receptive fields and features."""
    return without(processed_reference.session, "rf_geometry", "extract_features")


def without(processed: PipelineSession, *keys: str) -> PipelineSession:
    session = PipelineSession(processed.dataset_id)
    session.restore(processed.snapshot())
    gone: list[tuple[Any, ...]] = [("completed_steps", key) for key in keys] + [
        ("steps", key) for key in keys
    ]
    for unit_id, unit in session.units.items():
        gone += [("units", unit_id, "features", STA, "sta_geometry")]
        gone += [
            ("units", unit_id, "features", name)
            for name in unit["features"]
            if name not in {STA, "eimage_sta"}
        ]
    session.apply(Update.of("Take back", remove=gone))
    return session


def field_of(session: PipelineSession, unit_id: str) -> dict[str, Any]:
    geometry: dict[str, Any] = session.units[unit_id]["features"][STA]["sta_geometry"]
    return geometry


def test_features_bring_the_result_of_the_step_with_its_record(session: PipelineSession) -> None:
    expected = PipelineSession(session.dataset_id)
    expected.restore(session.snapshot())
    compute_rf_geometry(session=expected)
    before = session.snapshot()
    update = run_step(FEATURES, before, FEATURES.params(), STEPS_BY_KEY)
    inverse = session.apply(update)
    assert {"rf_geometry", "extract_features"} <= session.completed_steps
    record, other = session.steps["rf_geometry"], expected.steps["rf_geometry"]
    assert record.keys() == other.keys()
    assert (record["parameters"], record["outcome"], record["inputs"]) == (
        other["parameters"],
        "done",
        other["inputs"],
    )
    assert record["made"] == {NOISE: record["started_at"]}
    for unit_id, unit in session.units.items():
        assert unit["features"][NOISE]["data"]["sta_quality"] == field_of(session, unit_id)["snr"]
    places = differences(session.snapshot(), expected.snapshot())
    assert not [place for place in places if "sta_geometry" in place]
    for step in (FIELDS, FEATURES):
        assert status_of(step, session.snapshot()).kind is StatusKind.DONE
    session.apply(inverse)  # one update, so one undo
    assert session.holds(before)


def test_fields_that_are_there_are_not_measured_again(session: PipelineSession) -> None:
    compute_rf_geometry(session=session)
    before = session.snapshot()
    update = run_step(FEATURES, before, FEATURES.params(), STEPS_BY_KEY)
    assert not [
        change.path for change in update.changes if "rf_geometry" in change.path or STA in change.path
    ]


@pytest.mark.parametrize("features", [("frif",), ("baseline_127", "step_up_5s_5i_demo")])
def test_other_features_measure_no_fields(session: PipelineSession, features: tuple[str, ...]) -> None:
    extract_features(session=session, features=features)
    assert "rf_geometry" not in session.steps


def test_fields_of_another_movie_are_left_alone(session: PipelineSession) -> None:
    other = "sta_other_noise"
    put = {
        ("units", unit_id, "features", other): {**unit["features"][STA], "sta_geometry": {"kept": 1.0}}
        for unit_id, unit in session.units.items()
    }
    session.apply(Update.of("Another movie", put))
    extract_features(session=session)
    assert session.steps["rf_geometry"]["parameters"] == {"movie_name": NOISE}
    for unit in session.units.values():
        assert unit["features"][other]["sta_geometry"] == {"kept": 1.0}
        assert "snr" in unit["features"][STA]["sta_geometry"]


def outdated(session: PipelineSession) -> Snapshot:
    """The session after other trials have been cut, so that its STA is out of date."""
    bounds = np.asarray(RecordingReader(session).trials(NOISE)) + 1
    put = {
        ("units", unit, "spike_times_sectioned", NOISE, "trials_start_end"): bounds for unit in session.units
    }
    session.apply(Update.of("Cut again", put))
    return session.snapshot()


def test_an_sta_that_is_out_of_date_is_not_measured_and_the_feature_says_so(session: PipelineSession) -> None:
    update = run_step(FEATURES, outdated(session), FEATURES.params(), STEPS_BY_KEY)
    session.apply(update)
    assert "rf_geometry" not in session.steps
    for unit in session.units.values():
        feature = unit["features"][NOISE]
        assert feature["data"] == {}
        assert "'Receptive fields'" in feature["metadata"]["absent_reason"]
    assert "on_peak_value" in session.units["unit_001"]["features"]["step_up_5s_5i_demo"]["data"]


def test_the_progress_of_both_is_that_of_one_step(session: PipelineSession) -> None:
    reports: list[Report] = []
    run_step(FEATURES, session.snapshot(), FEATURES.params(), STEPS_BY_KEY, Progress(reports.append))
    shares = [report.done / report.total for report in reports]
    assert shares == sorted(shares)
    words = [report.message for report in reports]
    assert words.index("Fitting receptive fields") < words.index("Features: baseline_127")
