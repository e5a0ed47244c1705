"""Progress passes on what it is told and stops when asked to."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest

from hdmea_gui.errors import HDMEAError, ListenerError
from hdmea_gui.pipeline.libraries import import_ahead
from hdmea_gui.pipeline.progress import Cancelled, Progress, Report
from hdmea_gui.pipeline.step import run_step
from hdmea_gui.pipeline.steps import STEPS_BY_KEY
from hdmea_gui.session import create_session

if TYPE_CHECKING:
    from pathlib import Path


def test_reports_come_in_order_and_unchanged() -> None:
    reports: list[Report] = []
    progress = Progress(reports.append)
    progress(0, 10, "Reading")
    progress(10, 10)
    assert reports == [Report(0, 10, "Reading"), Report(10, 10, "")]
    with pytest.raises(dataclasses.FrozenInstanceError):
        reports[0].done = 1  # type: ignore[misc]


def test_a_progress_that_nobody_looks_at() -> None:
    Progress()(1, 2, "x")
    Progress(cancelled=lambda: False)(1, 2)
    Progress().named("x")(1, 2)


def test_parts_of_the_work_follow_each_other() -> None:
    reports: list[Report] = []
    progress = Progress(reports.append)
    first, second = progress.between(0.2, 1.0).parts(2)
    first(0, 4, "Reading")
    first(4, 4, "Reading")
    second.named("Counting")(1, 2)
    second(0, 0)
    assert [(report.done / report.total, report.message) for report in reports] == [
        (0.2, "Reading"),
        (0.6, "Reading"),
        (0.8, "Counting"),
        (0.6, ""),
    ]
    with pytest.raises(Cancelled):
        Progress(cancelled=lambda: True).between(0.0, 0.5)(1, 2)


def test_words_for_computations_that_know_none() -> None:
    reports: list[Report] = []
    progress = Progress(reports.append)
    first, second = progress.named("First"), progress.named("Second")
    first(1, 2)
    second(3, 4)
    first(2, 2)
    assert reports == [Report(1, 2, "First"), Report(3, 4, "Second"), Report(2, 2, "First")]


def test_a_wish_to_stop_is_asked_for_each_time_and_comes_before_the_report() -> None:
    reports: list[Report] = []
    answers = iter([False, False, True, True])
    progress = Progress(reports.append, lambda: next(answers))
    progress(1, 4)
    progress.named("x")(2, 4)
    with pytest.raises(Cancelled):
        progress(3, 4)
    with pytest.raises(Cancelled):
        progress.named("x")(4, 4)
    assert reports == [Report(1, 4, ""), Report(2, 4, "x")]


def test_being_stopped_is_no_error_to_explain_and_no_system_error() -> None:
    """Handlers of explained errors and of the file system must let it pass."""
    assert not issubclass(Cancelled, (HDMEAError, OSError, MemoryError))
    assert issubclass(Cancelled, Exception)


def test_what_the_listener_raises_reaches_the_computation() -> None:
    def full(_: Report) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Progress(full)(1, 2)


@pytest.mark.parametrize(
    "error", [OSError(5, "no console"), ValueError("closed"), KeyError("x"), MemoryError()]
)
def test_a_listener_that_fails_is_not_taken_for_a_damaged_file(
    reference: Path, tmp_path: Path, error: Exception
) -> None:
    def fail(*_: object) -> None:
        raise error

    recording = reference / "2026.02.03-10.11.12-Rec.cmcr"
    session = create_session(None, recording)
    load = STEPS_BY_KEY["load_recording"]
    import_ahead(load.libraries, Progress())
    with pytest.raises(ListenerError) as raised:
        run_step(load, session.snapshot(), load.params(cmcr_path=recording), STEPS_BY_KEY, Progress(fail))
    assert raised.value.__cause__ is error
    with pytest.raises(ListenerError):
        session.save(tmp_path / "s.h5", progress=fail)
    assert list(tmp_path.iterdir()) == []
