"""The dialogs that look into files: recordings and checkpoints."""

from __future__ import annotations

import asyncio
import shutil
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QDialogButtonBox

from hdmea_gui.session import PipelineSession
from hdmea_gui.window.dialogs.checkpoints import CheckpointDialog, CheckpointsDialog
from hdmea_gui.window.dialogs.opening import is_there
from hdmea_gui.window.dialogs.preferences import PreferencesDialog
from hdmea_gui.window.dialogs.recording import RecordingDialog
from hdmea_gui.window.help_commands import show_licences
from hdmea_gui.window.open_paths import open_paths
from hdmea_gui.window.pipeline_commands import run_steps
from hdmea_gui.window.previews import list_sessions
from hdmea_gui.workers.job import jobs_alive
from tests.views.seen import step_button
from tests.window.carrying_out import carry_out
from tests.window.test_explanations import DIALOGS
from tests.window.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable

    from hdmea_gui.window.main_window import MainWindow
    from tests.window.conftest import Answers, Await

D = TypeVar("D", bound=QDialog)

RAW, SORTED = "2026.02.03-10.11.12-Rec.cmcr", "2026.02.03-10.11.12-Rec-.cmtr"


def shown(window: MainWindow, kind: type[D]) -> D:
    """The dialog of a kind that stands open."""
    return next(dialog for dialog in window.findChildren(kind) if dialog.isVisible())


def test_the_partner_of_a_file_is_found_without_the_window_reading_a_folder(
    window: MainWindow, await_: Await, reference: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import threading

    on_gui: list[Path] = []
    usual = Path.iterdir

    def iterdir(path: Path) -> object:
        if threading.current_thread() is threading.main_thread():
            on_gui.append(path)
        return usual(path)

    monkeypatch.setattr(Path, "iterdir", iterdir)

    async def use_it() -> None:
        window.menus.actions["new_recording"].trigger()
        dialog = shown(window, RecordingDialog)
        assert dialog.load.toolTip() == "Choose a file first."
        dialog.sorted.line.setText(str(reference / SORTED))
        assert not dialog.load.isEnabled()
        assert dialog.load.toolTip() == "The files are being read."
        await until(dialog.load.isEnabled)
        assert dialog.raw.path() == reference / RAW
        assert RAW in dialog.preview.text()
        assert dialog.load.toolTip() == dialog.load.whatsThis()
        dialog.raw.line.clear()  # the sorted file alone is meant: its partner does not come back
        await until(dialog.load.isEnabled)
        assert dialog.raw.path() is None
        assert "Without a raw file" in dialog.preview.text()
        dialog.raw.line.setText(str(reference / "nowhere.cmcr"))
        await until(lambda: "does not exist" in dialog.preview.text())
        assert not dialog.load.isEnabled()
        assert dialog.load.toolTip().startswith("These files cannot be loaded.")
        dialog.reject()

    await_(use_it())
    assert on_gui == []


def test_a_checkpoint_whose_file_may_not_be_replaced_keeps_its_dialog(
    window: MainWindow, await_: Await, answers: Answers, reference: Path, tmp_path: Path
) -> None:
    await_(window.workbench.files.open(reference / "lab_deferred.h5"))
    there = tmp_path / "rec 19.02.h5"
    there.write_bytes(b"mine")

    async def save() -> None:
        window.menus.actions["save_checkpoint"].trigger()
        dialog = shown(window, CheckpointDialog)
        dialog.note.setPlainText("what was seen")
        dialog.path.line.setText("")
        assert not dialog.save.isEnabled()
        assert dialog.save.toolTip() == "Enter a file name first."
        dialog.path.line.setText(str(tmp_path / "rec 19.02"))
        answers.agrees = False
        dialog.save.click()
        assert answers.asked == ["replace"]
        assert dialog.isVisible()
        assert there.read_bytes() == b"mine"
        answers.agrees = True
        dialog.save.click()
        assert not dialog.isVisible()
        await until(lambda: there.read_bytes() != b"mine" and not window.workbench.files.is_busy)

    await_(save())


def test_checkpoints_say_why_nothing_is_listed_or_opened(
    window: MainWindow, await_: Await, reference: Path, tmp_path: Path
) -> None:
    for name in ("a.h5", "b.h5"):
        shutil.copy(reference / "lab_deferred.h5", tmp_path / name)

    async def use_it() -> None:
        window.menus.actions["checkpoints"].trigger()
        dialog = shown(window, CheckpointsDialog)
        dialog.folder.line.setText(str(tmp_path))
        await until(lambda: dialog.table.topLevelItemCount() == 2)
        assert dialog.open_button.toolTip() == "Select one file to open it."
        dialog.table.setCurrentIndex(dialog.table.model().index(0, 0))
        assert dialog.open_button.isEnabled()
        dialog.folder.line.setText(str(tmp_path / "nowhere"))
        await until(lambda: "does not exist" in dialog.comparison.text())
        assert dialog.table.topLevelItemCount() == 0
        assert not dialog.open_button.isEnabled()
        dialog.folder.line.setText(str(tmp_path))
        await until(lambda: dialog.table.topLevelItemCount() == 2)
        assert await window.workbench.files.open(tmp_path / "a.h5")
        window.workbench.panels.pipeline.rows["rf_geometry"].run.click()
        await until(lambda: window.workbench.runner.is_running)
        dialog.table.setCurrentIndex(dialog.table.model().index(1, 0))
        assert not dialog.open_button.isEnabled()
        assert "or stop it" in dialog.open_button.toolTip()
        dialog.table.itemDoubleClicked.emit(dialog.table.topLevelItem(1), 0)
        assert dialog.isVisible()
        window.workbench.runner.stop()
        await until(lambda: not window.workbench.runner.is_running)
        dialog.findChildren(QDialogButtonBox)[0].rejected.emit()
        await asyncio.sleep(0.05)

    await_(use_it())


ENDINGS: dict[str, Callable[[QDialog], object]] = {
    "closed": QDialog.close,
    "left": QDialog.reject,
    "answered": lambda dialog: dialog.done(QDialog.DialogCode.Accepted),
}


def test_return_loads_the_files_that_were_given(window: MainWindow, await_: Await, reference: Path) -> None:
    async def press_return() -> None:
        open_paths(window.workbench, [reference / RAW, reference / SORTED])
        dialog = shown(window, RecordingDialog)
        await until(dialog.load.isEnabled)
        focused = dialog.focusWidget()
        assert focused is not None
        QTest.keyClick(focused, Qt.Key.Key_Return)
        await until(
            lambda: (
                window.workbench.model.session is not None and window.workbench.model.session.unit_count == 8
            )
        )

    await_(press_return())


def test_what_is_stated_of_a_new_recording_is_in_its_metadata(
    window: MainWindow, await_: Await, reference: Path
) -> None:
    async def state_and_load() -> None:
        open_paths(window.workbench, [reference / RAW, reference / SORTED])
        dialog = shown(window, RecordingDialog)
        await until(dialog.load.isEnabled)
        dialog.preparation.subject.setText(" m1 ")
        dialog.preparation.eye.setCurrentText("left")
        dialog.preparation.pixel.lineEdit().setText("4,5 µm")
        dialog.load.click()
        await until(
            lambda: (
                window.workbench.model.session is not None and window.workbench.model.session.unit_count == 8
            )
        )

    await_(state_and_load())
    assert window.workbench.model.session is not None
    metadata = window.workbench.model.session.metadata
    assert (metadata["subject"], metadata["eye"], metadata["stimulus_pixel_um"]) == ("m1", "left", 4.5)
    assert "retinal_quadrant" not in metadata


def test_the_time_zone_of_recordings_is_a_preference(window: MainWindow) -> None:
    window.menus.actions["preferences"].trigger()
    dialog = shown(window, PreferencesDialog)
    assert dialog.settings().time_zone == ""
    dialog.zone.setCurrentText("Europe/Berlin")
    assert dialog.settings().time_zone == "Europe/Berlin"
    dialog.close()


@pytest.mark.parametrize("ending", ENDINGS)
def test_every_dialog_is_gone_once_it_is_ended(
    window: MainWindow, await_: Await, reference: Path, tmp_path: Path, ending: str
) -> None:
    """Also while what it has asked for is on its way; that comes too late then, and nobody minds."""
    for name in ("lab_deferred.h5", RAW, SORTED):  # checkpoints are written beside them
        shutil.copy(reference / name, tmp_path)
    await_(window.workbench.files.open(tmp_path / "lab_deferred.h5"))

    async def use_it() -> None:
        escaped: list[Any] = []
        asyncio.get_running_loop().set_exception_handler(lambda _loop, context: escaped.append(context))
        openers = [partial(carry_out, window, key) for key in (*DIALOGS, "self_test")]
        for open_it in (*openers, partial(show_licences, window.workbench)):
            open_it()
            await until(lambda: len(window.findChildren(QDialog)) == 1)
            (dialog,) = window.findChildren(QDialog)
            if isinstance(dialog, RecordingDialog):
                dialog.sorted.line.setText(str(tmp_path / SORTED))
            ENDINGS[ending](dialog)
            await until(lambda: not window.findChildren(QDialog))
            assert not is_there(dialog)
        await until(lambda: not jobs_alive())
        await asyncio.sleep(0.05)
        assert escaped == []

    await_(use_it())


def test_checkpoints_are_compared_by_what_differs_and_damaged_files_are_named(
    window: MainWindow, await_: Await, reference: Path, tmp_path: Path
) -> None:
    assert await_(window.workbench.files.open(reference / "lab_deferred.h5"))

    async def compare() -> str:
        window.workbench.model.edit(["unit_001", "unit_002"], "label", "good")
        assert await window.workbench.files.save_checkpoint(tmp_path / "first.h5", "first", "")
        assert await run_steps(window.workbench, ("rf_geometry",), named=True)
        window.workbench.model.edit(["unit_003"], "label", "noise")
        assert await window.workbench.files.save_checkpoint(tmp_path / "second.h5", "second", "")
        (tmp_path / "broken.h5").write_bytes((tmp_path / "first.h5").read_bytes()[:5000])
        dialog = CheckpointsDialog(tmp_path, lambda: "", window)
        dialog.show_rows(list_sessions(tmp_path))
        items = [dialog.table.itemFromIndex(dialog.table.model().index(row, 0)) for row in range(3)]
        kinds = {item.text(0): item.text(2) for item in items}
        assert kinds == {"first.h5": "checkpoint", "second.h5": "checkpoint", "broken.h5": "unreadable"}
        for item in items:
            item.setSelected(item.text(0) != "broken.h5")
        return dialog.comparison.text()

    lines = await_(compare()).split("\n")
    assert lines[1] == "Only second.h5 has: Receptive fields."
    assert lines[-2:] == ["Labels in second.h5: 2 good, 1 noise.", "Labels in first.h5: 2 good."]


def test_a_view_without_a_figure_exports_none_and_says_why(
    window: MainWindow, answers: Answers, tmp_path: Path
) -> None:
    window.workbench.files.show_new(tmp_path / "rec.cmcr", None)
    window.workbench.panels.docks.bring("stimulus")
    answers.place = tmp_path / "figure.png"
    carry_out(window, "export_figure")
    assert not answers.place.exists()
    assert answers.failures[-1].message == "Stimulus has no figure to export. No light channels yet."


def test_a_stopped_save_is_told_of(
    window: MainWindow, await_: Await, reference: Path, tmp_path: Path
) -> None:
    assert await_(window.workbench.files.open(reference / "lab_deferred.h5"))

    async def stop() -> bool:
        saving = asyncio.ensure_future(window.workbench.files.save(tmp_path / "other.h5"))
        await until(lambda: window.workbench.files.is_busy)
        carry_out(window, "stop")
        return await saving

    assert not await_(stop())
    assert not (tmp_path / "other.h5").exists()
    assert (
        "Saving other.h5 was stopped. Nothing was changed." in window.workbench.panels.log.text.toPlainText()
    )


def bare_session() -> PipelineSession:
    """A recording with spikes, and no step done but loading."""
    session = PipelineSession("rec")
    session.units["unit_001"] = {"spike_times": np.arange(5, dtype=np.uint64)}
    session.stimulus["frame_times"] = {"default": np.arange(9, dtype=np.uint64)}
    session.metadata["acquisition_rate"] = 20000.0
    session.completed_steps.add("load_recording")
    return session


def test_a_step_that_fails_by_name_shows_its_parameters(window: MainWindow, await_: Await) -> None:
    row = window.workbench.panels.pipeline.rows["add_section_time"]
    window.workbench.model.show(bare_session())

    async def run() -> None:
        window.workbench.panels.pipeline.run_requested.emit("add_section_time")
        await until(row.title.isChecked)

    await_(run())
    assert (
        row.trouble.text()
        == "Section times cannot be run: no playlist is given (choose one in the form, or with --playlist)."
    )


def test_an_empty_view_offers_what_can_be_run(window: MainWindow) -> None:
    window.workbench.model.show(bare_session())
    window.workbench.panels.docks.bring("receptive_field")
    view = window.workbench.panels.docks.views["receptive_field"]
    assert view.message == "No STAs yet. Run 'Section times' first."
    assert step_button(view).text() == "Run Section times"
    asked: list[str] = []
    view.step_requested.disconnect()
    view.step_requested.connect(asked.append)
    step_button(view).click()
    assert asked == ["add_section_time"]
