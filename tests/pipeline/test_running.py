"""The loop that runs steps: what it yields, and what its driver sends."""

from __future__ import annotations

import dataclasses
import threading
from typing import TYPE_CHECKING, Any

import pytest

from hdmea_gui.errors import ConfigurationError, SessionError
from hdmea_gui.pipeline.plan import Plan
from hdmea_gui.pipeline.progress import Progress, Report
from hdmea_gui.pipeline.running import Turn, run_on_session, run_plan, steps_of_run
from hdmea_gui.pipeline.status import StatusKind, status_of
from hdmea_gui.pipeline.step import never_skipped
from hdmea_gui.pipeline.steps import STEPS_BY_KEY
from hdmea_gui.session import PipelineSession, Update, create_session

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from hdmea_gui.session import Snapshot

KEYS = ("load_recording", "compute_eimage_sta", "soma_geometry")
DONE, LEFT_OUT, FAILED, STOPPED = (
    StatusKind.DONE,
    StatusKind.LEFT_OUT,
    StatusKind.FAILED,
    StatusKind.STOPPED,
)


@pytest.fixture
def session(tmp_path: Path) -> PipelineSession:
    return create_session("x", output_dir=tmp_path)


@pytest.fixture(autouse=True)
def replace(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Makes a step do something else; at first every step notes that it ran."""

    def put(key: str, run: Any, skip_reason: Any = never_skipped) -> None:
        step = dataclasses.replace(STEPS_BY_KEY[key], run=run, needs=(), skip_reason=skip_reason)
        monkeypatch.setitem(STEPS_BY_KEY, key, step)

    for key in KEYS:
        put(key, note(key))
    return put


def note(text: str) -> Any:
    def run(snapshot: Snapshot, _params: Any, progress: Progress) -> Update:
        progress(1, 2, threading.current_thread().name)
        return Update.of(text, {("metadata", text): len(snapshot.metadata)}, warnings=[f"{text} is done"])

    return run


def fail(_snapshot: Snapshot, _params: Any, _progress: Progress) -> Update:
    raise ConfigurationError("The playlist is not there. Choose another one.")


def go_wrong(_snapshot: Snapshot, _params: Any, _progress: Progress) -> Update:
    raise KeyError("a bug")


def test_each_step_is_yielded_as_it_starts_and_as_it_ended(
    session: PipelineSession, replace: Callable[..., None]
) -> None:
    replace(KEYS[1], note("second"), skip_reason=lambda _snapshot, _params: "no raw file")
    run = steps_of_run(Plan(KEYS))
    kinds = []
    for starting in run:
        assert starting.kind is StatusKind.RUNNING
        ended = run.send(Turn(session.snapshot(), session.apply))
        assert ended.key == starting.key
        kinds.append((ended.kind, ended.message, ended.warnings))
    assert kinds == [
        (DONE, "", (f"{KEYS[0]} is done",)),
        (LEFT_OUT, "no raw file", ()),
        (DONE, "", (f"{KEYS[2]} is done",)),
    ]
    assert session.metadata == {KEYS[0]: 0, KEYS[2]: 1}  # each has seen what was applied before


def test_a_step_runs_on_the_thread_that_sends_its_turn(session: PipelineSession) -> None:
    run = steps_of_run(Plan(KEYS[:1]))
    next(run)
    reports, updates = list[Report](), list[Update]()
    turn = Turn(session.snapshot(), updates.append, Progress(reports.append))
    thread = threading.Thread(target=lambda: run.send(turn), name="somewhere else")
    thread.start()
    thread.join()
    assert reports[0].message == "somewhere else"
    assert len(updates) == 1
    assert session.metadata == {}


@pytest.mark.parametrize(
    ("run", "kind", "words"),
    [(fail, FAILED, "The playlist is not there. Choose another one."), (note("x"), STOPPED, "")],
)
def test_what_failed_or_was_stopped_ends_the_run(
    session: PipelineSession, replace: Callable[..., None], run: Any, kind: StatusKind, words: str
) -> None:
    replace(KEYS[1], run)
    is_asked_to_stop = {KEYS[1]: kind is STOPPED}

    def progress_of(starting: Any) -> Progress:
        return Progress(cancelled=lambda: is_asked_to_stop.get(starting.key, False))

    statuses = run_plan(session, Plan(KEYS), progress_of=progress_of)
    assert [status.kind for status in statuses] == [DONE, kind]
    assert statuses[-1].message == words
    assert ("ConfigurationError" in statuses[-1].details) == (kind is FAILED)
    assert set(session.metadata) == {KEYS[0]}


def test_an_update_that_does_not_fit_is_a_failure(session: PipelineSession) -> None:
    def refuse(_update: Update) -> None:
        raise SessionError("It does not fit.")

    (status,) = run_on_session(session, Plan(KEYS), refuse)
    assert (status.kind, status.message) == (FAILED, "It does not fit.")


@pytest.mark.parametrize(("run", "error"), [(fail, ConfigurationError), (go_wrong, KeyError)])
def test_a_script_gets_the_error_itself(
    session: PipelineSession, replace: Callable[..., None], run: Any, error: type[Exception]
) -> None:
    replace(KEYS[0], run)
    with pytest.raises(error):
        list(run_on_session(session, Plan(KEYS), session.apply, raises=True))


def test_a_bug_does_not_look_like_a_failed_step(
    session: PipelineSession, replace: Callable[..., None]
) -> None:
    replace(KEYS[0], go_wrong)
    with pytest.raises(KeyError):
        run_plan(session, Plan(KEYS))


def test_a_call_is_run_in_any_case(session: PipelineSession, replace: Callable[..., None]) -> None:
    replace(KEYS[0], note("first"), skip_reason=lambda _snapshot, _params: "no raw file")
    (status,) = run_on_session(session, Plan(KEYS[:1], is_call=True), session.apply)
    assert status.kind is DONE


def test_steps_that_are_to_be_run_again_are_not_passed_over(processed_sample: Any) -> None:
    session = PipelineSession(processed_sample.session.dataset_id)
    session.restore(processed_sample.session.snapshot())
    step = STEPS_BY_KEY["rf_geometry"]
    for again, kind in ((frozenset[str](), LEFT_OUT), (frozenset({step.key}), DONE)):
        plan = Plan((step.key,), skip_done=True, again=again)
        (status,) = run_on_session(session, plan, session.apply)
        assert status.kind is kind


@pytest.mark.parametrize("kind", [FAILED, STOPPED, LEFT_OUT])
def test_how_a_run_ended_is_the_status_until_the_session_says_more(
    processed_sample: Any, session: PipelineSession, kind: StatusKind
) -> None:
    step = STEPS_BY_KEY["load_recording"]
    ended = dataclasses.replace(status_of(step, session.snapshot()), kind=kind, message="for a reason")
    assert status_of(step, None, ended).kind is StatusKind.NO_SESSION
    assert status_of(step, session.snapshot()).kind is StatusKind.READY
    assert status_of(step, session.snapshot(), ended) == ended
    done = status_of(step, processed_sample.session.snapshot(), ended)
    assert done.kind is (DONE if kind is LEFT_OUT else kind)
