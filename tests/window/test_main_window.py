"""The window, used as a user uses it."""

from __future__ import annotations

import asyncio
import dataclasses
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pyqtgraph as pg
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QGraphicsView, QMenu

from hdmea_gui import exports
from hdmea_gui.exports import DataExport, UnitExcerpt
from hdmea_gui.models.session_model import Safety, SessionModel
from hdmea_gui.pipeline.steps import STEPS
from hdmea_gui.session import PipelineSession, Snapshot, create_session, differences
from hdmea_gui.views import VIEWS
from hdmea_gui.views.caption import Caption
from hdmea_gui.window.actions import ACTIONS, shortcuts_table
from hdmea_gui.window.ask import Unsaved
from hdmea_gui.window.automatic import rotating_checkpoint
from hdmea_gui.window.disabled_reasons import disabled_reasons
from hdmea_gui.window.help_commands import bug_report, make_and_run_sample
from hdmea_gui.window.main_window import MainWindow
from hdmea_gui.window.menus import MENUS, SEPARATOR
from hdmea_gui.window.pipeline_commands import run_steps
from hdmea_gui.workers.faults import Faults
from hdmea_gui.workers.job import jobs_alive
from hdmea_gui.workers.jobs import CallJob
from hdmea_gui.workers.tasks import launch
from tests.views.seen import items_of, plots
from tests.window.carrying_out import carry_out
from tests.window.waiting import until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.window.conftest import Answers, Await


async def settled(window: MainWindow, key: str) -> None:
    """Wait until a view is in front and nothing that it has asked for is on its way."""
    view = window.workbench.panels.docks.views[key]
    await until(lambda: view.is_seen and window.fetcher.is_idle and not jobs_alive())
    await asyncio.sleep(0.1)  # what has arrived is drawn


def test_every_action_can_be_carried_out_and_is_in_a_menu(window: MainWindow) -> None:
    in_menus = {key for keys in MENUS.values() for key in keys} | exported(window)
    for spec in window.menus.specs:
        assert spec.key in in_menus
        assert spec.needs in disabled_reasons(window.workbench)
        assert spec.tip.endswith(".")
    assert in_menus - window.menus.actions.keys() == {SEPARATOR, "recent", "export", "views"}


def exported(window: MainWindow) -> set[str]:
    """Keys of the actions of the Export menu."""
    [menu] = [menu for menu in window.findChildren(QMenu) if menu.title() == "&Export"]
    keys = {action: key for key, action in window.menus.actions.items()}
    return {keys[action] for action in menu.actions()}


def test_every_entry_of_the_table_of_exports_is_in_the_menu(
    await_: Await, answers: Answers, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def write(path: Path, snapshot: Snapshot, excerpt: UnitExcerpt) -> None:
        path.write_text(f"{snapshot.dataset_id}: {len(excerpt.vectors[0])} units")

    invented = DataExport("count", "Count", "Write the number of units.", (".txt",), write)
    monkeypatch.setattr(exports, "EXPORTS", (*exports.EXPORTS, invented))
    window = MainWindow(SessionModel(), Faults(), answers)
    session = create_session("x")
    session.units |= {"unit_001": {"row": 1}, "unit_002": {"row": 2}}
    window.workbench.model.show(session)
    assert exported(window) == {"export_table", "export_count", "export_figure"}
    answers.place = tmp_path / "out.txt"

    async def export() -> None:
        window.menus.actions["export_count"].trigger()
        await until((tmp_path / "out.txt").exists)

    await_(export())
    assert (tmp_path / "out.txt").read_text() == "x: 2 units"
    window.workbench.closing.close_at_once()
    window.deleteLater()


def test_no_key_means_two_things() -> None:
    keys = [QKeySequence(spec.shortcut).toString() for spec in ACTIONS if spec.shortcut]
    assert len(set(keys)) == len(keys)


def test_without_a_recording_only_what_makes_sense_is_possible(window: MainWindow) -> None:
    possible = {key for key, action in window.menus.actions.items() if action.isEnabled()}
    assert {"new_recording", "open", "open_sample", "help", "quit"} <= possible
    assert not possible & {"save", "save_checkpoint", "run_all", "run_next", "undo", "revert", "export_table"}
    for key, view in window.workbench.panels.docks.views.items():
        assert view.empty() is not None or key == "session_tree"  # which can look into any file


def test_the_sample_goes_through_every_step_and_every_view_shows_it(
    window: MainWindow, await_: Await, answers: Answers, tmp_path: Path
) -> None:
    async def open_twice() -> list[bool]:
        return await asyncio.gather(*(make_and_run_sample(window.workbench, tmp_path) for _ in range(2)))

    assert await_(open_twice()) == [True, False], "asked for twice, as by two quick clicks, it is made once"
    assert answers.failures == []
    session = window.workbench.model.session
    assert session is not None
    assert {step.key for step in STEPS} <= session.completed_steps
    assert session.unit_count == 12
    window.workbench.context.selection.select(("unit_003",), "unit_003")
    for spec in VIEWS:
        window.workbench.panels.docks.bring(spec.key)
        assert window.workbench.panels.docks.views[spec.key].empty() is None, spec.key
    await_(until(lambda: window.workbench.model.badge.safety is Safety.CHECKPOINTED))
    assert rotating_checkpoint(session.dataset_id).exists()

    # Label, undo, redo
    window.workbench.model.edit(["unit_001", "unit_002"], "label", "good")
    assert session.units["unit_002"]["label"] == "good"
    assert [window.workbench.model.badge.safety] == [Safety.IN_MEMORY]
    assert window.menus.actions["undo"].text() == "&Undo Label of 2 units: good"
    window.menus.actions["undo"].trigger()
    assert session.units["unit_002"]["label"] == ""
    assert [window.workbench.model.badge.safety] == [Safety.CHECKPOINTED]
    window.menus.actions["redo"].trigger()
    assert session.units["unit_002"]["label"] == "good"

    # Save, go on, come back
    path = tmp_path / "saved.h5"
    assert await_(window.workbench.files.save(path))
    assert window.workbench.model.badge.safety is Safety.SAVED
    assert not window.isWindowModified()
    assert not rotating_checkpoint(session.dataset_id).exists()
    assert differences(session.snapshot(), PipelineSession.load(path).snapshot()) == []
    window.workbench.model.edit(["unit_001"], "note", "a note")
    assert window.isWindowModified()
    assert await_(window.workbench.files.revert())
    assert "a note" not in session.units["unit_001"].get("note", "")
    assert window.workbench.model.badge.safety is Safety.SAVED


def test_a_step_that_is_stopped_leaves_the_session_untouched(
    window: MainWindow, await_: Await, tmp_path: Path
) -> None:
    assert await_(make_and_run_sample(window.workbench, tmp_path))
    session = window.workbench.model.session
    assert session is not None
    before = session.snapshot()

    async def run_and_stop() -> bool:
        task = launch(run_steps(window.workbench, ("load_recording",), named=True))
        await until(lambda: window.workbench.runner.current is not None)
        window.workbench.runner.stop()
        finished: bool = await task
        return finished

    assert not await_(run_and_stop())
    assert session.holds(before)


def test_a_step_that_fails_says_why_in_its_row(window: MainWindow, await_: Await, tmp_path: Path) -> None:
    window.workbench.files.show_new(tmp_path / "nowhere.cmcr", tmp_path / "nowhere.cmtr")
    assert not await_(run_steps(window.workbench, ("load_recording",), named=True))
    row = window.workbench.panels.pipeline.rows["load_recording"]
    assert row.trouble.isVisibleTo(row)
    assert "nowhere.cmcr" in row.trouble.text()
    assert "nowhere.cmcr" in bug_report(window.workbench.failures.last)


def test_a_field_that_does_not_fit_is_shown_instead_of_run(
    window: MainWindow, await_: Await, reference: Path
) -> None:
    await_(window.workbench.files.open(reference / "lab_deferred.h5"))
    field = window.workbench.panels.pipeline.rows["add_section_time"].form.fields["repeats"]
    field.set_text("often")
    assert not await_(run_steps(window.workbench, ("add_section_time",), named=True))
    assert window.workbench.panels.pipeline.rows["add_section_time"].title.isChecked()


@pytest.mark.parametrize(
    ("answer", "closes", "saves"),
    [(Unsaved.CANCEL, False, False), (Unsaved.DISCARD, True, False), (Unsaved.SAVE, True, True)],
)
def test_closing_with_unsaved_work_asks(
    answer: Unsaved,
    closes: bool,
    saves: bool,
    window: MainWindow,
    await_: Await,
    answers: Answers,
    reference: Path,
    tmp_path: Path,
) -> None:
    path = tmp_path / "copy.h5"
    path.write_bytes((reference / "lab_deferred.h5").read_bytes())
    await_(window.workbench.files.open(path))
    window.workbench.model.edit(["unit_001"], "label", "good")
    answers.on_unsaved = answer

    async def close() -> None:
        window.close()
        await until(lambda: "unsaved" in answers.asked)
        await (until(lambda: not window.isVisible()) if closes else asyncio.sleep(0.1))

    await_(close())
    assert window.isVisible() is not closes
    assert (PipelineSession.load(path).units["unit_001"].get("label", "") == "good") is saves


def test_a_file_that_another_program_has_changed_is_replaced_only_when_asked(
    window: MainWindow, await_: Await, answers: Answers, tmp_path: Path
) -> None:
    path = tmp_path / "rec.h5"
    session = PipelineSession("rec", output_dir=tmp_path)
    session.add_units({"unit_001": {"label": "old", "spike_times": np.arange(5, dtype=np.uint64)}})
    session.add_metadata({"acquisition_rate": 20000.0})
    session.save(path)
    assert await_(window.workbench.files.open(path))
    session.units["unit_001"]["label"] = "theirs"
    session.save()
    answers.agrees = False
    assert not await_(window.workbench.files.save())
    assert answers.asked == ["rec.h5 was changed by another program or window."]
    assert PipelineSession.load(path).units["unit_001"]["label"] == "theirs"
    answers.agrees = True
    assert await_(window.workbench.files.save())
    assert PipelineSession.load(path).units["unit_001"]["label"] == "old"
    assert await_(window.workbench.files.save())
    assert len(answers.asked) == 2
    assert answers.failures == []


def test_a_save_asked_for_again_while_one_is_under_way_knows_its_file(
    window: MainWindow, await_: Await, answers: Answers, reference: Path, tmp_path: Path
) -> None:
    path = tmp_path / "rec.h5"
    path.write_bytes((reference / "lab_deferred.h5").read_bytes())
    assert await_(window.workbench.files.open(path))
    window.workbench.model.edit(["unit_001"], "label", "first")

    async def save_thrice() -> list[bool]:
        saves = [asyncio.ensure_future(window.workbench.files.save())]
        await until(lambda: window.workbench.files.is_busy)
        window.workbench.model.edit(["unit_001"], "label", "second")
        saves += [asyncio.ensure_future(window.workbench.files.save()) for _ in range(2)]
        return await asyncio.gather(*saves)

    assert await_(save_thrice()) == [True, True, True]
    assert (answers.failures, answers.asked) == ([], [])
    assert not window.workbench.model.is_unsaved
    assert PipelineSession.load(path).units["unit_001"]["label"] == "second"


def test_pieces_of_work_with_files_follow_one_another(window: MainWindow, await_: Await) -> None:
    at_once, most = [0], [0]

    def work() -> None:
        at_once[0] += 1
        most[0] = max(most[0], at_once[0])
        time.sleep(0.05)
        at_once[0] -= 1

    async def do_all() -> None:
        await asyncio.gather(*(window.workbench.files.do(CallJob(work, doing="x"), "X") for _ in range(4)))

    await_(do_all())
    assert most == [1]


def test_an_opened_checkpoint_is_saved_elsewhere(
    window: MainWindow, await_: Await, answers: Answers, reference: Path, tmp_path: Path
) -> None:
    checkpoint = PipelineSession.load(reference / "lab_deferred.h5").checkpoint(tmp_path / "c.h5")
    before = checkpoint.read_bytes()
    await_(window.workbench.files.open(checkpoint))
    answers.place = tmp_path / "mine.h5"
    window.workbench.model.edit(["unit_001"], "label", "good")
    assert await_(window.workbench.files.save())
    assert checkpoint.read_bytes() == before
    assert answers.place.exists()


def test_the_layout_is_kept_and_put_back(window: MainWindow) -> None:
    window.workbench.panels.docks["chip"].setFloating(True)
    window.workbench.panels.docks["log"].hide()
    state = window.workbench.panels.docks.state()
    carry_out(window, "reset_layout")
    assert not window.workbench.panels.docks["chip"].isFloating()
    assert window.workbench.panels.docks["log"].isVisible()
    assert window.workbench.panels.docks.restore(state)
    assert window.workbench.panels.docks["chip"].isFloating()
    assert not window.workbench.panels.docks["log"].isVisible()
    assert not window.workbench.panels.docks.restore({"geometry": "nonsense", "state": 7})


def test_help_comes_from_the_tables_and_files(window: MainWindow) -> None:
    assert all(spec.tip in shortcuts_table() for spec in ACTIONS if spec.shortcut)
    for key in ("help", "changes", "shortcuts", "about", "copy_bug_report"):
        carry_out(window, key)
    texts: list[Any] = [child for child in window.children() if child.__class__.__name__ == "TextDialog"]
    assert len(texts) == 4
    assert any("Three clocks" in dialog.browser.toPlainText() for dialog in texts)
    for dialog in texts:
        dialog.close()


def test_choices_in_views_outlive_the_window(
    window: MainWindow, await_: Await, reference: Path, answers: Answers
) -> None:
    await_(window.workbench.files.open(reference / "lab_deferred.h5"))
    window.workbench.settings.keep(
        dataclasses.replace(window.workbench.settings.current, sensor_pitch_um=16.0)
    )
    window.workbench.panels.docks.views["chip"].restore({"tool": "Rectangle", "micrometres": True})
    window.workbench.panels.docks.views["spike_train"].restore({"lags": "Lags to 1 s", "log_intervals": True})

    async def close() -> None:
        window.close()
        await until(lambda: not window.isVisible())

    await_(close())
    other = MainWindow(SessionModel(), Faults(), answers)
    other.show()
    assert other.workbench.panels.docks.views["chip"].state()["tool"] == "Rectangle"
    assert other.workbench.context.scale.um_per_electrode == 16.0
    assert other.workbench.panels.docks.views["spike_train"].state() == {
        "lags": "Lags to 1 s",
        "log_intervals": True,
    }
    other.workbench.closing.close_at_once()
    other.deleteLater()


def test_a_letter_in_a_plot_labels_the_selected_units(
    window: MainWindow, await_: Await, reference: Path
) -> None:
    await_(window.workbench.files.open(reference / "lab_deferred.h5"))
    session = window.workbench.model.session
    assert session is not None
    window.workbench.context.selection.select(("unit_001", "unit_002"), "unit_001")
    window.workbench.panels.docks.bring("chip")
    QTest.keyClick(window.workbench.panels.docks.views["chip"].findChildren(QGraphicsView)[0], Qt.Key.Key_M)
    assert [session.units[name]["label"] for name in ("unit_001", "unit_002")] == ["MUA", "MUA"]
    assert window.workbench.model.history.undo_names == ["Label of 2 units: MUA"]


def test_a_figure_that_cannot_be_written_says_why(
    window: MainWindow, await_: Await, answers: Answers, reference: Path, tmp_path: Path
) -> None:
    await_(window.workbench.files.open(reference / "lab_deferred.h5"))
    window.workbench.panels.docks.bring("chip")
    answers.place = tmp_path / "nowhere" / "figure.png"
    carry_out(window, "export_figure")
    assert ["figure.png" in failure.message for failure in answers.failures] == [True]
    assert answers.suggested.endswith(" Chip unit_001.png")
    answers.place = tmp_path / "figure.pdf"
    carry_out(window, "export_figure")
    assert [failure.message for failure in answers.failures[1:]] == []
    assert answers.place.read_bytes().startswith(b"%PDF")


def test_a_view_is_drawn_once_for_one_change(
    window: MainWindow, await_: Await, reference: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[str] = []
    for key, view in window.workbench.panels.docks.views.items():
        refresh = view.refresh

        def noted(key: str = key, view: Any = view, refresh: Any = refresh) -> None:
            if view.is_seen:
                drawn.append(key)
            refresh()

        monkeypatch.setattr(view, "refresh", noted)
    await_(window.workbench.files.open(reference / "lab_deferred.h5"))
    for key in ("raster_psth", "chip"):
        window.workbench.panels.docks.bring(key)
        await_(settled(window, key))
        drawn.clear()
        window.workbench.context.selection.step(1)
        assert drawn.count(key) == 1
    drawn.clear()
    window.workbench.model.edit(["unit_001"], "label", "good")
    assert drawn.count("chip") == 1
    drawn.clear()
    await_(window.workbench.files.open(reference / "lab_deferred.h5"))
    n_arrived = window.workbench.context.arrays.n_arrived
    assert drawn.count("chip") <= 2 + n_arrived


def dots_on_chip(window: MainWindow) -> list[Any]:
    """Dots and rings of the chip by their size: those of the units come second, the current unit's ring last."""
    (chip,) = plots(window.workbench.panels.docks.views["chip"])
    return sorted(items_of(chip, pg.ScatterPlotItem), key=lambda item: item.opts["size"])


def ringed(window: MainWindow) -> str:
    """The unit that the chip shows as the current one."""
    units, ring = dots_on_chip(window)[1], dots_on_chip(window)[-1]
    place = ring.points()[0].pos()
    unit_id: str = next(dot.data() for dot in units.points() if dot.pos() == place)
    return unit_id


def test_a_view_behind_another_is_drawn_when_it_comes_to_the_front(
    window: MainWindow, await_: Await, reference: Path
) -> None:
    await_(window.workbench.files.open(reference / "lab_deferred.h5"))
    chip = window.workbench.panels.docks.views["chip"]
    window.workbench.panels.docks.bring("chip")
    await_(until(lambda: chip.is_seen))
    selection = window.workbench.context.selection
    assert ringed(window) == selection.current == "unit_001"
    window.workbench.panels.docks.bring("receptive_field")
    await_(until(lambda: not chip.is_seen))
    selection.step(1)
    assert ringed(window) == "unit_001" != selection.current
    window.workbench.panels.docks.bring("chip")
    await_(until(lambda: chip.is_seen and ringed(window) == selection.current))
    window.workbench.panels.docks.bring("receptive_field")
    await_(until(lambda: not chip.is_seen))
    selection.step(-1)
    assert ringed(window) != selection.current
    window.workbench.panels.docks["chip"].setFloating(True)
    window.workbench.panels.docks["chip"].show()
    await_(until(lambda: ringed(window) == selection.current))


def test_a_view_in_front_gets_the_arrays_of_the_session_that_is_opened(
    window: MainWindow, await_: Await, tmp_path: Path
) -> None:
    n_frames = 400_000  # arrays of 1 MB and more stay in the file until somebody looks at them
    session = PipelineSession("opened", output_dir=tmp_path)
    session.metadata.update(
        {"acquisition_rate": 5000.0, "frame_timestamps": np.arange(n_frames, dtype=np.uint64)}
    )
    session.stimulus["light_reference"] = {"raw_ch1": np.arange(1000, dtype=np.int32)}
    session.save(tmp_path / "opened.h5")
    window.workbench.panels.docks.bring("stimulus")
    await_(until(lambda: window.workbench.panels.docks.views["stimulus"].is_seen))
    assert await_(window.workbench.files.open(tmp_path / "opened.h5"))
    numbers = window.workbench.panels.docks.views["stimulus"].findChildren(Caption)[0]
    await_(until(lambda: numbers.text().startswith(f"{n_frames} display frames")))
