"""Saves that the system refuses: the window says so in one sentence and goes on; and compressed ones."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import h5py
import numpy as np
import pytest
from PySide6.QtWidgets import QDialogButtonBox

from hdmea_gui.session import PipelineSession
from hdmea_gui.window.dialogs.preferences import PreferencesDialog
from tests.refused_writes import full_but_for, largest_file, needs_limits

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from hdmea_gui.window.main_window import MainWindow
    from tests.window.conftest import Answers, Await

PLACES = 20
LEVELS = np.repeat(np.arange(200.0, dtype=np.float32), 1000)


@pytest.fixture
def saved(window: MainWindow, await_: Await, tmp_path: Path) -> Path:
    """The file of the session in the window."""
    opened_in(window, await_, tmp_path / "rec.h5")
    return tmp_path / "rec.h5"


def opened_in(window: MainWindow, await_: Await, path: Path) -> None:
    session = PipelineSession("rec", output_dir=path.parent)
    session.stimulus["light_reference"] = {"raw_ch1": LEVELS}
    session.metadata["small"] = {str(number): np.full(50, number) for number in range(300)}
    assert await_(window.workbench.files.open(session.save(path)))


@needs_limits
def test_after_each_save_of_a_file_that_may_not_be_so_large_the_window_goes_on(
    window: MainWindow, await_: Await, answers: Answers, saved: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    goes_on(window, await_, answers, saved, largest_file)
    assert all("does not allow files as large as this one" in failure.message for failure in answers.failures)
    assert capfd.readouterr().err.count("\n") <= 10


def test_after_each_save_to_a_full_disk_the_window_goes_on(
    window: MainWindow, await_: Await, answers: Answers, small_disk: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = small_disk / "rec.h5"
    opened_in(window, await_, path)
    goes_on(window, await_, answers, path, partial(full_but_for, disk=small_disk))
    assert all("the disk is full" in failure.message for failure in answers.failures)
    assert capfd.readouterr().err.count("\n") <= 10


def goes_on(
    window: MainWindow,
    await_: Await,
    answers: Answers,
    path: Path,
    with_room_for: Callable[[int], AbstractContextManager[None]],
) -> None:
    """Save with less room than the file needs, at many places, and in the end with enough."""
    before, files = path.read_bytes(), window.workbench.files
    for number in range(PLACES):
        with with_room_for(int(len(before) * (number + 0.5) / PLACES)):
            assert not await_(files.save())
            assert not await_(files.save_checkpoint(path.with_name("c.h5"), "c", ""))
        assert path.read_bytes() == before
        assert list(path.parent.iterdir()) == [path]
    assert len(answers.failures) == 2 * PLACES
    assert await_(files.save())
    assert not window.workbench.model.is_unsaved


def test_compression_is_a_preference_and_off_at_first(window: MainWindow, await_: Await, saved: Path) -> None:
    assert compression_of(saved) is None
    window.menus.actions["preferences"].trigger()
    dialog = next(dialog for dialog in window.findChildren(PreferencesDialog) if dialog.isVisible())
    dialog.compress.click()
    buttons = dialog.findChildren(QDialogButtonBox)[0].buttons()
    next(button for button in buttons if button.text() == "Save preferences").click()
    size = saved.stat().st_size
    assert await_(window.workbench.files.save())
    assert compression_of(saved) == "gzip"
    assert saved.stat().st_size < size / 2
    assert np.array_equal(PipelineSession.load(saved).stimulus["light_reference"]["raw_ch1"], LEVELS)


def compression_of(path: Path) -> str | None:
    with h5py.File(path) as file:
        found: str | None = file["stimulus/light_reference/raw_ch1"].compression
        return found
