from __future__ import annotations

import asyncio
import dataclasses
import threading
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from hdmea_gui.errors import ConfigurationError, SessionError
from hdmea_gui.models.session_model import SessionModel
from hdmea_gui.pipeline import LoadResult, load_recording
from hdmea_gui.pipeline.plan import Plan, chosen_keys, planned_params
from hdmea_gui.pipeline.running import run_plan
from hdmea_gui.pipeline.status import StatusKind
from hdmea_gui.pipeline.step import never_skipped
from hdmea_gui.pipeline.steps import STEPS_BY_KEY
from hdmea_gui.session import Update, create_session, differences
from hdmea_gui.workers import Runner, jobs_alive
from tests.workers.conftest import Recorder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from hdmea_gui.pipeline.progress import Progress
    from hdmea_gui.session import PipelineSession, Snapshot

FIRST, SECOND, THIRD = "load_recording", "compute_eimage_sta", "soma_geometry"


@pytest.fixture
def model(qapp: object, tmp_path: Path) -> SessionModel:
    assert qapp is not None
    session = create_session("x", output_dir=tmp_path)
    session.add_units({"unit_001": {"label": "", "note": ""}, "unit_002": {"label": "", "note": ""}})
    model = SessionModel()
    model.show(session)
    return model


@pytest.fixture
def runner(model: SessionModel) -> Runner:
    return Runner(model)


@pytest.fixture
def replace(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Makes a step of the program do something else."""

    def put(key: str, run: Any, skip_reason: Any = never_skipped) -> None:
        step = dataclasses.replace(STEPS_BY_KEY[key], run=run, needs=(), skip_reason=skip_reason)
        monkeypatch.setitem(STEPS_BY_KEY, key, step)

    return put


def note(text: str) -> Any:
    def run(_snapshot: Snapshot, _params: Any, _progress: Progress) -> Update:
        return Update.of(text, {("metadata", text): True}, warnings=[f"{text} is done"])

    return run


def fail(_snapshot: Snapshot, _params: Any, _progress: Progress) -> Update:
    raise ConfigurationError("The playlist is not there. Choose another one.")


class Held:
    """A step that waits until it is let go, and listens to being stopped."""

    def __init__(self, update: Update) -> None:
        self.entered = threading.Event()
        self.release = threading.Event()
        self.update = update

    def __call__(self, _snapshot: Snapshot, _params: Any, progress: Progress) -> Update:
        self.entered.set()
        number = 0
        while not self.release.wait(0.01):
            number += 1
            progress(number, 1000, "Waiting")
        return self.update


async def until(condition: Callable[[], Any]) -> None:
    while not condition():
        await asyncio.sleep(0.01)


def outcomes(runner: Runner) -> list[StatusKind | None]:
    states = [runner.state_of(key) for key in (FIRST, SECOND, THIRD)]
    return [None if state is None else state.kind for state in states]


def test_steps_run_one_after_the_other(
    await_: Any, runner: Runner, model: SessionModel, replace: Callable[..., None]
) -> None:
    replace(FIRST, note("first"))
    replace(SECOND, note("second"), skip_reason=lambda _snapshot, _params: "no raw file is named")
    replace(THIRD, note("third"))
    applied, told = Recorder(), Recorder()
    runner.applied.connect(applied.take)
    runner.started.connect(told.take)
    runner.finished.connect(told.take)
    assert await_(runner.run((FIRST, SECOND, THIRD)))
    assert outcomes(runner) == [StatusKind.DONE, StatusKind.LEFT_OUT, StatusKind.DONE]
    skipped, done = runner.state_of(SECOND), runner.state_of(FIRST)
    assert skipped is not None
    assert skipped.message == "no raw file is named"
    assert done is not None
    assert done.warnings == ("first is done",)
    assert done.duration_s > 0
    assert applied.calls == [(FIRST,), (THIRD,)]
    assert len(told.calls) == 2
    assert model.session is not None
    assert set(model.session.metadata) == {"first", "third"}
    assert model.session.completed_steps == {FIRST, THIRD}
    assert len(model.history.undo_names) == 2


def test_a_failure_ends_the_run_and_leaves_what_was_done(
    await_: Any, runner: Runner, model: SessionModel, replace: Callable[..., None]
) -> None:
    replace(FIRST, note("first"))
    replace(SECOND, fail)
    replace(THIRD, note("third"))
    assert not await_(runner.run((FIRST, SECOND, THIRD)))
    assert outcomes(runner) == [StatusKind.DONE, StatusKind.FAILED, None]
    state = runner.state_of(SECOND)
    assert state is not None
    assert state.message == "The playlist is not there. Choose another one."
    assert "ConfigurationError" in state.details
    assert model.session is not None
    assert set(model.session.metadata) == {"first"}
    assert not runner.is_running


def test_a_named_step_that_cannot_be_run_fails_with_the_reason(
    await_: Any, runner: Runner, replace: Callable[..., None]
) -> None:
    replace(SECOND, note("second"), skip_reason=lambda _snapshot, _params: "no raw file is named")
    assert not await_(runner.run((SECOND,), named=True))
    state = runner.state_of(SECOND)
    assert state is not None
    assert "cannot be run: no raw file is named" in state.message


def test_stopped_it_leaves_no_trace(
    await_: Any, runner: Runner, model: SessionModel, replace: Callable[..., None]
) -> None:
    held = Held(Update.of("second", {("metadata", "second"): True}))
    replace(FIRST, note("first"))
    replace(SECOND, held)
    replace(THIRD, note("third"))
    before: list[Any] = []

    async def go() -> bool:
        task = asyncio.ensure_future(runner.run((FIRST, SECOND, THIRD)))
        await until(lambda: runner.current and runner.current.report)
        assert runner.current is not None
        assert runner.current.key == SECOND
        assert runner.current.kind is StatusKind.RUNNING
        before.append(model.snapshot())
        runner.stop()
        return await asyncio.wait_for(task, 60)

    assert not await_(go())
    assert outcomes(runner) == [StatusKind.DONE, StatusKind.STOPPED, None]
    assert model.snapshot() is before[0]


def test_it_tells_how_far_it_is_and_how_long_it_takes(
    await_: Any, runner: Runner, replace: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    now, shown = [100.0], [threading.Event() for _ in range(10)]
    clock = SimpleNamespace(monotonic=lambda: now[0], perf_counter=time.perf_counter)
    monkeypatch.setattr("hdmea_gui.workers.runner.time", clock)

    def run(_snapshot: Snapshot, _params: Any, progress: Progress) -> Update:
        for number in range(10):
            now[0] = 100.0 + 3.0 * number
            progress(number, 10, "Counting")
            assert shown[number].wait(60)
        return Update("counted")

    replace(FIRST, run)
    states = []

    def note_state(key: str) -> None:
        state = runner.state_of(key)
        states.append(state)
        if state is not None and state.report is not None:
            shown[state.report.done].set()

    runner.step_changed.connect(note_state)
    await_(runner.run((FIRST,)))
    running = [state for state in states if state is not None and state.report is not None]
    counting = [state for state in running if state.report and state.report.message == "Counting"]
    told = {state.report.done: state.seconds_left for state in counting if state.report}
    assert list(told) == list(range(10))
    assert told.pop(0) is None
    assert told == {number: pytest.approx(3.0 * (10 - number)) for number in range(1, 10)}
    assert states[-1] is not None
    assert states[-1].kind is StatusKind.DONE


def test_it_does_not_start_twice_nor_without_a_session(
    await_: Any, runner: Runner, model: SessionModel, replace: Callable[..., None]
) -> None:
    held = Held(Update("nothing"))
    replace(FIRST, held)

    async def go() -> None:
        task = asyncio.ensure_future(runner.run((FIRST,)))
        await until(held.entered.is_set)
        with pytest.raises(SessionError, match="already running"):
            await runner.run((SECOND,))
        held.release.set()
        assert await task

    await_(go())
    assert outcomes(runner) == [StatusKind.DONE, None, None]
    model.show(None)
    with pytest.raises(SessionError, match="No recording"):
        await_(runner.run((FIRST,)))
    assert not runner.is_running


def test_labels_written_meanwhile_stay(
    await_: Any, runner: Runner, model: SessionModel, replace: Callable[..., None]
) -> None:
    fresh = {name: {"label": "", "note": "", "row": 7} for name in ("unit_001", "unit_003")}
    held = Held(Update.of("Load", {("units",): fresh}))
    replace(FIRST, held)

    async def go() -> None:
        task = asyncio.ensure_future(runner.run((FIRST,)))
        await until(held.entered.is_set)
        model.edit(["unit_001", "unit_002"], "label", "good")
        held.release.set()
        await task

    model.edit(["unit_001"], "note", "old: the step knows it from its snapshot")
    await_(go())
    assert model.session is not None
    assert set(model.session.units) == {"unit_001", "unit_003"}
    assert model.session.units["unit_001"] == {"label": "good", "note": "", "row": 7}
    assert model.history.undo_names[0] == STEPS_BY_KEY[FIRST].title
    model.undo()
    assert model.session.units["unit_002"]["label"] == "good"


def test_another_session_ends_the_run(
    await_: Any, runner: Runner, model: SessionModel, replace: Callable[..., None]
) -> None:
    held = Held(Update.of("Load", {("metadata", "x"): 1}))
    replace(FIRST, held)
    other = create_session("other")

    async def go() -> bool:
        task = asyncio.ensure_future(runner.run((FIRST, SECOND)))
        await until(held.entered.is_set)
        model.show(other)
        return await task

    assert not await_(go())
    assert other.metadata == {}
    assert outcomes(runner) == [None, None, None]


def test_a_task_that_is_cancelled_stops_its_step(
    await_: Any, runner: Runner, replace: Callable[..., None]
) -> None:
    held = Held(Update("nothing"))
    replace(FIRST, held)

    async def go() -> None:
        task = asyncio.ensure_future(runner.run((FIRST,)))
        await until(held.entered.is_set)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await until(lambda: not jobs_alive())

    await_(go())
    assert not runner.is_running
    assert outcomes(runner) == [None, None, None]


def recording(reference: Path, folder: Path) -> PipelineSession:
    return create_session(None, next(reference.glob("*.cmcr")), next(reference.glob("*.cmtr")), folder)


def test_it_gives_what_a_run_without_a_window_gives(await_: Any, reference: Path, tmp_path: Path) -> None:
    expected = recording(reference, tmp_path)
    values: dict[str, dict[str, Any]] = {
        "add_section_time": {
            "playlist_name": "demo_set",
            "playlist_file": reference / "playlist.csv",
            "movie_length_file": reference / "movie_length.csv",
        },
        "section_spike_times": {"stimuli_dir": reference / "stimuli"},
        "compute_sta": {"stimuli_dir": reference / "stimuli"},
    }
    params = planned_params(expected.snapshot(), values, {})
    reports = run_plan(expected, Plan(chosen_keys(None), params))
    model = SessionModel()
    model.show(recording(reference, tmp_path))
    runner = Runner(model)
    steps_known: list[set[str]] = []

    def note_steps(_key: str) -> None:
        snapshot = model.snapshot()
        steps_known.append(set(snapshot.steps) if snapshot else set())

    runner.applied.connect(note_steps)
    assert await_(runner.run(chosen_keys(None), params))
    for report in reports:
        state = runner.state_of(report.key)
        assert state is not None
        assert (state.kind, state.message, state.warnings) == (
            report.kind,
            report.message,
            report.warnings,
        )
    snapshot = model.snapshot()
    assert snapshot is not None
    places = differences(expected.snapshot(), snapshot)
    times = ("started_at", "duration_s", "made", "inputs", "created_at", "extracted_at", "stage1_timestamp")
    assert [place for place in places if not any(name in place for name in times)] == []
    assert steps_known[0] >= {"load_recording", "add_section_time", "compute_sta"}
    while model.history.can_undo:
        model.undo()
    assert model.session is not None
    assert model.session.units == {}
    assert model.session.steps == {}
    assert model.session.holds(recording(reference, tmp_path).snapshot())


def test_a_script_uses_the_file_of_a_recording_that_was_loaded_in_the_window(
    await_: Any, reference: Path, tmp_path: Path
) -> None:
    model = SessionModel()
    model.show(recording(reference, tmp_path))
    assert await_(Runner(model).run((FIRST,), {FIRST: STEPS_BY_KEY[FIRST].params()}))
    assert model.session is not None
    model.session.save()
    for config in ({}, {"unit_meta": "yes"}, {"unit_meta": "yes", "sys_meta": True}):
        result = load_recording(dataset_id=model.session.dataset_id, output_dir=tmp_path, config=config)
        assert isinstance(result, LoadResult)
        assert "(cached)" in " ".join(result.warnings)
