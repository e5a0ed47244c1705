from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
import pytest

from hdmea_gui.pipeline.plan import Plan
from hdmea_gui.pipeline.running import steps_of_run
from hdmea_gui.pipeline.status import StatusKind
from hdmea_gui.session import PipelineSession, Prepared, Update, create_session, differences
from hdmea_gui.workers import CallJob, Job, LoadJob, SaveJob, StepJob
from hdmea_gui.workers.job import Outcome
from tests.workers.conftest import Heard

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from hdmea_gui.session import Snapshot
    from hdmea_gui.workers import Failure
    from hdmea_gui.workers.jobs import Stepped


def result_of(qtbot: QtBot, job: Job) -> Any:
    with qtbot.waitSignal(job.succeeded) as caught:
        job.start()
    return caught.args[0]


def stepped_of(qtbot: QtBot, plan: Plan, snapshot: Snapshot) -> Stepped:
    """What the job of a plan's only step results in."""
    run = steps_of_run(plan)
    starting = next(run)
    assert starting.kind is StatusKind.RUNNING
    stepped: Stepped = result_of(qtbot, StepJob(run, starting.title, snapshot))
    return stepped


def failure_of(qtbot: QtBot, job: Job) -> Failure:
    with qtbot.waitSignal(job.failed) as caught:
        job.start()
    failure: Failure = caught.args[0]
    return failure


@pytest.fixture
def session(tmp_path: Path) -> PipelineSession:
    session = create_session("x", output_dir=tmp_path)
    session.add_units({"unit_001": {"row": 7, "spike_times": np.arange(100_000, dtype=np.uint64)}})
    return session


def test_a_snapshot_is_saved_with_progress_and_loaded_again(
    qtbot: QtBot, session: PipelineSession, tmp_path: Path
) -> None:
    path = tmp_path / "new folder" / "x.h5"
    job = SaveJob(session.snapshot(), path)
    heard = Heard(job)
    moment = result_of(qtbot, job)
    assert heard.reports[-1].done == heard.reports[-1].total
    loaded: PipelineSession = result_of(qtbot, LoadJob(path))
    assert loaded.saved_moment == moment
    assert loaded.hdf5_path == path
    assert loaded.units["unit_001"]["row"] == 7
    np.testing.assert_array_equal(loaded.units["unit_001"]["spike_times"], np.arange(100_000))


def test_a_loaded_session_belongs_to_this_thread(
    qtbot: QtBot, session: PipelineSession, tmp_path: Path
) -> None:
    path = session.save(tmp_path / "x.h5")
    loaded: PipelineSession = result_of(qtbot, LoadJob(path))
    assert loaded.is_saved
    loaded.apply(Update.of("Label", {("units", "unit_001", "label"): "good"}))
    assert not loaded.is_saved


def test_a_save_that_is_cancelled_leaves_nothing(
    qtbot: QtBot, session: PipelineSession, tmp_path: Path
) -> None:
    job = SaveJob(session.snapshot(), tmp_path / "x.h5")
    job.cancel()
    with qtbot.waitSignal(job.cancelled):
        job.start()
    assert list(tmp_path.iterdir()) == []


def test_a_save_is_cancelled_while_it_writes(
    qtbot: QtBot, session: PipelineSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entered, release = threading.Event(), threading.Event()
    make_file = h5py.File

    def slow(*arguments: Any, **options: Any) -> Any:
        """Make the file, on a disk that takes its time."""
        file = make_file(*arguments, **options)
        entered.set()
        release.wait()
        return file

    monkeypatch.setattr(h5py, "File", slow)
    job = SaveJob(session.snapshot(), tmp_path / "x.h5")
    job.start()
    qtbot.waitUntil(entered.is_set)
    assert list(tmp_path.iterdir())
    job.cancel()
    with qtbot.waitSignal(job.cancelled):
        release.set()
    assert list(tmp_path.iterdir()) == []


def test_existing_files_are_not_replaced_unasked(
    qtbot: QtBot, session: PipelineSession, tmp_path: Path
) -> None:
    path = tmp_path / "x.h5"
    path.write_text("mine")
    failure = failure_of(qtbot, SaveJob(session.snapshot(), path, overwrite=False))
    assert str(path) in failure.message
    assert path.read_text() == "mine"


def test_a_checkpoint_names_itself(qtbot: QtBot, session: PipelineSession, tmp_path: Path) -> None:
    path = tmp_path / "checkpoint.h5"
    job = SaveJob(session.snapshot(), path, kind="checkpoint", checkpoint_name="before STA", note="n")
    result_of(qtbot, job)
    assert PipelineSession.load(path).save_path != path
    session.units["unit_001"]["bad"] = object()
    job = SaveJob(session.snapshot(), path, kind="checkpoint")
    failure = failure_of(qtbot, job)
    assert failure.message.startswith("The checkpoint was not written.")
    assert "units/unit_001/bad" in failure.message


def test_a_file_that_is_not_there_is_explained(qtbot: QtBot, tmp_path: Path) -> None:
    failure = failure_of(qtbot, LoadJob(tmp_path / "nowhere.h5"))
    assert "nowhere.h5 does not exist" in failure.message


def test_a_step_gives_its_update_or_says_why_it_is_left_out(qtbot: QtBot, reference: Path) -> None:
    session = create_session(None, None, next(reference.glob("*.cmtr")))
    snapshot = session.snapshot()
    stepped = stepped_of(qtbot, Plan(("load_recording",)), snapshot)
    assert stepped.status.kind is StatusKind.DONE
    prepared = stepped.prepared
    assert isinstance(prepared, Prepared)
    assert prepared.base is snapshot
    assert session.unit_count == 0
    session.apply(prepared.update, prepared.copies)
    assert differences(session.snapshot(), prepared.following) == []
    assert session.unit_count > 0
    left_out = stepped_of(qtbot, Plan(("add_section_time",)), session.snapshot())
    assert left_out.prepared is None
    assert left_out.status.kind is StatusKind.LEFT_OUT
    assert left_out.status.message == "no playlist is given (choose one in the form, or with --playlist)"
    named = stepped_of(qtbot, Plan(("add_section_time",), named=True), session.snapshot())
    assert named.status.kind is StatusKind.FAILED
    assert "no playlist is given" in named.status.message
    assert "ConfigurationError" in named.status.details


def test_a_call_that_reports_can_be_stopped(qtbot: QtBot) -> None:
    def work(limit: int, *, progress: Callable[[int, int], None]) -> int:
        for number in range(limit):
            progress(number, limit)
        return limit

    assert result_of(qtbot, CallJob(work, 10, doing="counting", reports=True)) == 10
    job = CallJob(work, 10**10, doing="counting", reports=True)
    heard = Heard(job)
    job.start()
    qtbot.waitUntil(lambda: bool(heard.reports))
    with qtbot.waitSignal(job.cancelled):
        job.cancel()
    assert job.ending is not None
    assert job.ending.outcome is Outcome.CANCELLED
