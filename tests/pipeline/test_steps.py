"""What holds for every step."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import pytest

from hdmea_gui.errors import HDMEAError, MissingInputError
from hdmea_gui.pipeline.parameters import checked, parameters_of, recorded, restored
from hdmea_gui.pipeline.plan import planned_params
from hdmea_gui.pipeline.progress import Cancelled, Progress, Report
from hdmea_gui.pipeline.staleness import stale_parts
from hdmea_gui.pipeline.step import Step, is_done, run_step
from hdmea_gui.pipeline.steps import STEPS, STEPS_BY_KEY
from hdmea_gui.session import PipelineSession, differences

if TYPE_CHECKING:
    from tests.pipeline.conftest import Processed

KEYS = [
    "load_recording",
    "compute_eimage_sta",
    "add_section_time",
    "add_section_time_analog",
    "section_spike_times",
    "compute_sta",
    "rf_geometry",
    "soma_geometry",
    "extract_features",
]
each_step = pytest.mark.parametrize("step", STEPS, ids=lambda step: step.key)


def params_of(step: Step, processed: Processed, values: dict[str, dict[str, Any]]) -> Any:
    return planned_params(processed.session.snapshot(), values, {})[step.key]


def test_the_steps_and_their_order() -> None:
    assert [step.key for step in STEPS] == KEYS
    assert list(STEPS_BY_KEY) == KEYS


@each_step
def test_parameters_have_words_and_fit(step: Step) -> None:
    default = checked(step.params(), step.title)
    for item in parameters_of(step.params):
        assert item.described.label[0].isupper()
        assert not item.described.label.endswith(".")
        assert item.described.tip == "" or item.described.tip.endswith((".", "}.", "..."))
    assert restored(step.params(), recorded(default)) == default
    with pytest.raises(dataclasses.FrozenInstanceError):
        default.nothing = 1


@each_step
def test_needs_are_steps_before_it(step: Step) -> None:
    before = KEYS[: KEYS.index(step.key)]
    assert {key for need in step.needs for key in need} <= set(before)


@each_step
def test_without_its_needs_a_step_names_the_one_that_gives_them(step: Step) -> None:
    empty = PipelineSession("x").snapshot()
    if not step.needs:
        with pytest.raises(HDMEAError, match="recording"):
            run_step(step, empty, step.params(), STEPS_BY_KEY)
        return
    with pytest.raises(MissingInputError, match="Load recording") as caught:
        run_step(step, empty, step.params(), STEPS_BY_KEY)
    assert caught.value.missing_input == "load_recording"


@each_step
def test_every_step_is_given_and_done_after_it(step: Step, processed_sample: Processed) -> None:
    snapshot = processed_sample.session.snapshot()
    assert step.has_result(snapshot)
    assert is_done(step, snapshot)
    assert stale_parts(step, snapshot, STEPS_BY_KEY) == {}
    assert step.lacks(snapshot) == ""
    record = snapshot.steps[step.key]
    assert record["outcome"] == "done"
    assert record["duration_s"] > 0
    assert set(record["made"]) == set(record["inputs"]) == set(step.held(snapshot))
    assert set(record["parameters"]) == {item.name for item in parameters_of(step.params)}


@each_step
def test_running_again_gives_the_same(
    step: Step, processed_sample: Processed, sample_values: dict[str, dict[str, Any]]
) -> None:
    """A step does not depend on the results that it replaces."""
    if step.key == "load_recording":
        pytest.skip("loading begins anew; its result is compared with the truth elsewhere")
    session = processed_sample.session
    before = session.snapshot()
    update = run_step(step, before, params_of(step, processed_sample, sample_values), STEPS_BY_KEY)
    inverse = session.apply(update)
    stamps = ("created_at", "extracted_at", "started_at", "duration_s")
    changed = [
        place
        for place in differences(before, session.snapshot())
        if place.rsplit("/", 1)[-1] not in stamps and "/made" not in place
    ]
    session.apply(inverse)
    assert session.holds(before)
    gone_with_the_image = {"compute_sta": "/sta_geometry", "compute_eimage_sta": "/geometry"}.get(
        step.key, "nothing"
    )
    assert [place for place in changed if gone_with_the_image not in place] == []


@each_step
def test_cancelling_leaves_everything(
    step: Step, processed_sample: Processed, sample_values: dict[str, dict[str, Any]]
) -> None:
    """Every step looks at the stop button."""
    session = processed_sample.session
    before = session.snapshot()
    params = params_of(step, processed_sample, sample_values)
    with pytest.raises(Cancelled):
        run_step(step, before, params, STEPS_BY_KEY, Progress(cancelled=lambda: True))
    assert session.holds(before)


@each_step
def test_progress_has_words_and_grows(
    step: Step, processed_sample: Processed, sample_values: dict[str, dict[str, Any]]
) -> None:
    reports: list[Report] = []
    params = params_of(step, processed_sample, sample_values)
    run_step(step, processed_sample.session.snapshot(), params, STEPS_BY_KEY, Progress(reports.append))
    assert reports
    assert all(0 <= report.done <= report.total for report in reports)
    assert all(report.message for report in reports)
    parts = [report.done / report.total for report in reports]
    assert parts == sorted(parts)  # never anew: who waits believes it
