"""What an automatic checkpoint is when it is opened after a crash: work that has no file yet."""

from __future__ import annotations

import asyncio
import errno
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest

from hdmea_gui.models.session_model import Safety, SessionModel
from hdmea_gui.session import PipelineSession
from hdmea_gui.window.ask import Unsaved
from hdmea_gui.window.automatic import AutomaticCheckpoint, rotating_checkpoint
from hdmea_gui.window.files import Files
from tests.window.waiting import until

if TYPE_CHECKING:
    from pathlib import Path

    from hdmea_gui.window.main_window import MainWindow
    from tests.window.conftest import Answers, Await


@pytest.fixture
def left(reference: Path, tmp_path: Path) -> Path:
    """The automatic checkpoint that a crash has left."""
    session = PipelineSession.load(reference / "lab_deferred.h5")
    session.source_files["cmcr_path"] = str(tmp_path / "rec.cmcr")
    path = rotating_checkpoint(session.dataset_id)
    return session.checkpoint(path, checkpoint_name="automatic")


def test_it_counts_as_unsaved_and_a_save_goes_to_the_recording(
    window: MainWindow, await_: Await, answers: Answers, left: Path, tmp_path: Path
) -> None:
    assert await_(window.workbench.files.open(left))
    assert window.workbench.model.badge.safety is Safety.CHECKPOINTED
    assert window.workbench.model.is_unsaved
    session = window.workbench.model.session
    assert session is not None
    assert session.save_path == tmp_path / left.name
    window.workbench.model.edit(["unit_001"], "label", "good")
    await_(window.workbench.files.checkpoint_automatically())
    answers.place = tmp_path / "saved.h5"
    assert await_(window.workbench.files.save())
    assert (answers.asked, answers.suggested) == (["Save Session"], left.name)
    assert answers.failures == []
    window.workbench.model.edit(["unit_002"], "label", "good")
    assert await_(window.workbench.files.save()), "arrays that were still in the checkpoint are lost"
    units = PipelineSession.load(tmp_path / "saved.h5").units
    assert [units[name]["label"] for name in ("unit_001", "unit_002")] == ["good", "good"]


def test_nothing_is_saved_where_it_would_be_removed(
    window: MainWindow, await_: Await, answers: Answers, left: Path
) -> None:
    assert await_(window.workbench.files.open(left))
    window.workbench.model.edit(["unit_001"], "label", "good")
    answers.place = left
    assert not await_(window.workbench.files.save())
    assert "automatic checkpoints" in answers.failures[0].message
    assert PipelineSession.load(left).units["unit_001"].get("label", "") == ""


def test_going_back_to_a_checkpoint_does_not_make_it_the_sessions_file(
    window: MainWindow, await_: Await, answers: Answers, left: Path, tmp_path: Path
) -> None:
    checkpoint = tmp_path / "checkpoint.h5"
    shutil.copy(left, checkpoint)
    assert await_(window.workbench.files.open(checkpoint))
    assert window.workbench.model.badge.safety is Safety.SAVED
    window.workbench.model.edit(["unit_001"], "label", "good")
    assert await_(window.workbench.files.revert())
    assert window.workbench.model.badge.safety is Safety.SAVED
    window.workbench.model.edit(["unit_001"], "label", "bad")
    before = checkpoint.read_bytes()
    assert not await_(window.workbench.files.save())
    assert answers.asked == ["Save Session"]
    assert checkpoint.read_bytes() == before


def test_going_back_to_an_automatic_checkpoint_leaves_the_work_unsaved(
    window: MainWindow, await_: Await, left: Path
) -> None:
    assert await_(window.workbench.files.open(left))
    window.workbench.model.edit(["unit_001"], "label", "good")
    assert await_(window.workbench.files.revert())
    assert window.workbench.model.badge.safety is Safety.CHECKPOINTED
    assert window.workbench.model.is_unsaved


def test_what_a_crash_has_left_is_told_of_and_not_written_over(
    window: MainWindow, await_: Await, left: Path, reference: Path, tmp_path: Path
) -> None:
    session = PipelineSession.load(left)
    session.units["unit_001"]["label"] = "lost?"
    session.checkpoint(left)
    own = PipelineSession.load(reference / "lab_deferred.h5")
    own.saved_at = None
    told: list[str] = []
    window.workbench.files.reported.connect(told.append)
    window.workbench.files.show_new(tmp_path / f"{session.dataset_id}.cmcr", None)
    assert [str(left) in text for text in told] == [True]
    window.workbench.model.show(own)
    window.workbench.model.edit(["unit_001"], "label", "other")
    for label in ("other", "one more"):
        window.workbench.model.edit(["unit_001"], "label", label)
        await_(window.workbench.files.checkpoint_automatically())
    kept = left.with_name(f"{left.stem}.before.h5")
    assert PipelineSession.load(kept).units["unit_001"]["label"] == "lost?"
    assert PipelineSession.load(left).units["unit_001"]["label"] == "one more"
    assert str(kept) in told[-1]


@pytest.mark.parametrize("is_in_use", [False, True])
def test_where_there_are_no_hard_links_nothing_is_written_over_either(
    window: MainWindow,
    await_: Await,
    left: Path,
    reference: Path,
    monkeypatch: pytest.MonkeyPatch,
    is_in_use: bool,
) -> None:
    def refuse(*_arguments: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(type(left), "hardlink_to", refuse)
    session = PipelineSession.load(reference / "lab_deferred.h5")
    session.metadata["long"] = np.zeros(200_000)  # arrays of 1 MB and more stay in the file
    session.checkpoint(left, checkpoint_name="automatic")
    before = left.read_bytes()
    held = PipelineSession.load(left) if is_in_use else None
    own = PipelineSession.load(reference / "lab_deferred.h5")
    window.workbench.model.show(own)
    window.workbench.model.edit(["unit_001"], "label", "other")
    await_(window.workbench.files.checkpoint_automatically())
    further = rotating_checkpoint(own.dataset_id, 2)
    kept, written = (left, further) if is_in_use else (left.with_name(f"{left.stem}.before.h5"), left)
    assert kept.read_bytes() == before
    assert PipelineSession.load(written).units["unit_001"]["label"] == "other"
    assert held is None or np.asarray(held.metadata["long"]).size == 200_000


def test_two_windows_on_a_recording_have_checkpoints_of_their_own(
    window: MainWindow, await_: Await, answers: Answers, reference: Path, tmp_path: Path
) -> None:
    model_of_other = SessionModel()
    other = Files(model_of_other, answers)
    both = [(window.workbench.files, window.workbench.model), (other, model_of_other)]
    for number, (files, model) in enumerate(both):
        path = tmp_path / f"{number}.h5"
        shutil.copy(reference / "lab_deferred.h5", path)
        assert await_(files.open(path))
        for label in ("first", str(number)):
            model.edit(["unit_001"], "label", label)
            await_(files.checkpoint_automatically())
    session = window.workbench.model.session
    assert session is not None
    places = [rotating_checkpoint(session.dataset_id, number) for number in (1, 2)]
    labels = [PipelineSession.load(place).units["unit_001"]["label"] for place in places]
    assert labels == ["0", "1"]
    assert await_(window.workbench.files.save())
    assert [place.exists() for place in places] == [False, True]
    other.release()  # as a window that is closed without a save
    told: list[str] = []
    window.workbench.files.reported.connect(told.append)
    window.workbench.files.show_new(tmp_path / f"{session.dataset_id}.cmcr", None)
    assert [str(places[1]) in text for text in told] == [True]
    answers.place = tmp_path / "saved.h5"
    assert await_(window.workbench.files.open(places[1]))
    assert await_(window.workbench.files.save())
    assert PipelineSession.load(answers.place).units["unit_001"]["label"] == "1"
    told.clear()
    assert await_(window.workbench.files.open(answers.place))
    assert told == ["Opened saved.h5."]


def test_the_checkpoint_of_another_window_is_no_leftover(
    window: MainWindow, await_: Await, answers: Answers, reference: Path, tmp_path: Path
) -> None:
    model_of_other = SessionModel()
    other = Files(model_of_other, answers)
    assert await_(other.open(reference / "lab_deferred.h5"))
    model_of_other.edit(["unit_001"], "label", "good")
    await_(other.checkpoint_automatically())
    name = PipelineSession.load(reference / "lab_deferred.h5").dataset_id
    told: list[str] = []
    window.workbench.files.reported.connect(told.append)
    window.workbench.files.show_new(tmp_path / f"{name}.cmcr", None)
    assert told == []
    assert await_(window.workbench.files.open(rotating_checkpoint(name)))
    assert "of another open window" in told[0]
    answers.place = tmp_path / "saved.h5"
    assert await_(window.workbench.files.save())
    assert rotating_checkpoint(name).exists()


LEAVE = """
import os, sys
from pathlib import Path
from hdmea_gui.session import PipelineSession
from hdmea_gui.window.automatic import AutomaticCheckpoint
session = PipelineSession.load(sys.argv[1])
mine = AutomaticCheckpoint()
session.checkpoint(mine.take(session)[0])
print("taken", flush=True)
sys.stdin.readline()
os._exit(1)
"""


def test_a_process_that_is_killed_holds_no_checkpoint_any_more(reference: Path) -> None:
    path = reference / "lab_deferred.h5"
    session, mine = PipelineSession.load(path), AutomaticCheckpoint()
    first, second = (rotating_checkpoint(session.dataset_id, number) for number in (1, 2))
    with subprocess.Popen(
        [sys.executable, "-c", LEAVE, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "taken\n"
        assert first.exists()
        assert mine.is_elsewhere(first)
        assert mine.take(session) == (second, None)
        other.communicate("\n")
    assert not mine.is_elsewhere(first)
    assert mine.take(session) == (first, first.with_name(f"{first.stem}.before.h5"))
    mine.release()


def test_closing_twice_asks_and_saves_once(
    window: MainWindow, await_: Await, answers: Answers, reference: Path, tmp_path: Path
) -> None:
    path = tmp_path / "own.h5"
    shutil.copy(reference / "lab_deferred.h5", path)
    assert await_(window.workbench.files.open(path))
    window.workbench.model.edit(["unit_001"], "label", "good")
    answers.on_unsaved = Unsaved.SAVE

    async def close_impatiently() -> None:
        window.close()
        window.close()
        await asyncio.sleep(0)
        window.close()
        await until(lambda: not window.isVisible())

    await_(close_impatiently())
    assert answers.asked == ["unsaved"]
    assert answers.failures == []
    assert PipelineSession.load(path).units["unit_001"]["label"] == "good"
