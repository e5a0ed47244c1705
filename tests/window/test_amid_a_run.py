"""While steps run: what is shown, what can be pressed, and what comes from outside."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QLineEdit, QTabBar

from hdmea_gui.pipeline.status import StatusKind
from hdmea_gui.views.step_row import BUSY
from hdmea_gui.window.dialogs.history import HistoryDialog
from hdmea_gui.window.help_commands import make_and_run_sample
from hdmea_gui.window.open_paths import open_path
from tests.views.seen import step_button
from tests.window.carrying_out import carry_out
from tests.window.waiting import until

if TYPE_CHECKING:
    from pathlib import Path

    from hdmea_gui.window.main_window import MainWindow
    from tests.window.conftest import Answers, Await


async def begin(window: MainWindow, key: str) -> None:
    """Start a step and wait until its row shows that it runs."""
    row = window.workbench.panels.pipeline.rows[key]
    row.run.click()
    await until(lambda: row.bar.isVisibleTo(row))


def takes(window: MainWindow, *urls: QUrl) -> bool:
    """Whether the window takes what is dragged over it."""
    data = QMimeData()
    data.setUrls(list(urls))
    action, button = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    event = QDragEnterEvent(QPoint(9, 9), action, data, button, Qt.KeyboardModifier.NoModifier)
    event.ignore()
    QApplication.sendEvent(window, event)
    return event.isAccepted()


def test_the_row_of_a_running_step_stays_so_while_units_are_labelled(
    opened: MainWindow, await_: Await
) -> None:
    async def label() -> None:
        await begin(opened, "rf_geometry")
        row = opened.workbench.panels.pipeline.rows["rf_geometry"]
        opened.workbench.model.edit(["unit_001"], "label", "good")
        assert opened.workbench.runner.is_running
        assert row.bar.isVisibleTo(row)
        assert row.mark.accessibleName() == StatusKind.RUNNING.value
        assert "%" in row.message.text()
        await until(lambda: bool(row.note.text()) or not opened.workbench.runner.is_running)
        if (
            opened.workbench.runner.is_running
        ):  # what the per cent are of stands below them, and in the status bar
            assert row.note.isVisibleTo(row)
            assert opened.workbench.panels.status.message.text() == f"Receptive fields · {row.note.text()}"
        await until(lambda: not opened.workbench.runner.is_running)
        assert not row.bar.isVisibleTo(row)
        assert row.mark.accessibleName() == StatusKind.DONE.value

    await_(label())


def test_two_quick_clicks_are_one_run(opened: MainWindow, await_: Await) -> None:
    escaped: list[Any] = []
    begun: list[None] = []
    opened.workbench.runner.started.connect(lambda: begun.append(None))

    async def click_twice() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _loop, context: escaped.append(context))
        for _ in range(2):
            opened.workbench.panels.pipeline.rows["rf_geometry"].run.click()
        opened.workbench.panels.pipeline.rows["rf_geometry"].run_from.click()
        carry_out(opened, "run_all")
        await until(lambda: opened.workbench.runner.is_running)
        await until(lambda: not opened.workbench.runner.is_running)

    await_(click_twice())
    assert (len(begun), escaped) == (1, [])


def test_nothing_starts_a_step_while_one_runs_and_all_say_why(opened: MainWindow, await_: Await) -> None:
    escaped: list[Any] = []
    opened.workbench.panels.docks.bring("stimulus")

    async def press() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _loop, context: escaped.append(context))
        await begin(opened, "rf_geometry")
        buttons = [step_button(view) for view in opened.workbench.panels.docks.views.values()]
        starters: list[QAbstractButton] = [*buttons, opened.workbench.panels.pipeline.rows["compute_sta"].run]
        for button in starters:
            assert button.toolTip() == BUSY
            button.click()
        assert not opened.workbench.panels.pipeline.chooser.isEnabled()
        assert opened.workbench.panels.pipeline.chooser.toolTip() == BUSY
        opened.workbench.runner.stop()
        await until(lambda: not opened.workbench.runner.is_running)
        assert all(button.isEnabled() and button.toolTip() != BUSY for button in buttons)
        assert opened.workbench.panels.pipeline.chooser.isEnabled()

    await_(press())
    assert escaped == []


def test_the_undo_list_follows_a_run_and_takes_nothing_back_under_it(
    opened: MainWindow, await_: Await
) -> None:
    opened.workbench.model.edit(["unit_001"], "label", "good")
    opened.workbench.model.edit(["unit_002"], "label", "noise")
    opened.workbench.model.undo()

    def label(unit_id: str) -> str:
        session = opened.workbench.model.session
        return str(session.units[unit_id].get("label", "")) if session is not None else ""

    async def go_back() -> None:
        carry_out(opened, "history")
        dialog = opened.findChildren(HistoryDialog)[-1]
        assert not dialog.go.isEnabled()  # now is where one is
        assert dialog.list.count() == 3
        dialog.list.setCurrentRow(2)
        assert dialog.go.isEnabled()
        await begin(opened, "rf_geometry")
        assert "Busy: steps are running." in dialog.go.toolTip()
        dialog.list.itemDoubleClicked.emit(dialog.list.item(2))
        assert label("unit_001") == "good"
        await until(lambda: not opened.workbench.runner.is_running)
        texts = [dialog.list.item(row).text() for row in range(dialog.list.count())]
        assert texts == ["Now", "Receptive fields", "Label of unit_001: good"]
        dialog.list.setCurrentRow(2)
        dialog.go.click()
        assert label("unit_001") == ""
        carry_out(opened, "history")
        dialog = opened.findChildren(HistoryDialog)[-1]
        dialog.list.setCurrentRow(1)
        assert dialog.go.text() == "Redo up to this"
        dialog.go.click()
        assert label("unit_001") == "good"
        assert opened.workbench.model.history.redo_names == ["Receptive fields"]

    await_(go_back())


def test_nothing_is_opened_over_a_running_step(
    opened: MainWindow, await_: Await, reference: Path, answers: Answers
) -> None:
    session, other = opened.workbench.model.session, reference / "lab_immediate.h5"
    opened.workbench.settings.remember(other)

    async def attempt() -> None:
        await begin(opened, "rf_geometry")
        open_path(opened.workbench, other)
        opened.menus.recent.aboutToShow.emit()
        entry = next(entry for entry in opened.menus.recent.actions() if entry.text() == str(other))
        assert not entry.isEnabled()
        assert entry.toolTip().endswith("or stop it.")
        assert not takes(opened, QUrl.fromLocalFile(str(other)))
        await asyncio.sleep(0.05)
        opened.workbench.runner.stop()
        await until(lambda: not opened.workbench.runner.is_running)
        opened.menus.recent.aboutToShow.emit()
        assert all(entry.isEnabled() for entry in opened.menus.recent.actions())

    await_(attempt())
    assert opened.workbench.model.session is session
    assert answers.asked == []
    assert (
        f"{other.name} was not opened. Busy: steps are running"
        in opened.workbench.panels.log.text.toPlainText()
    )


def test_a_save_amid_a_run_is_what_the_status_bar_tells_of(
    opened: MainWindow, await_: Await, answers: Answers, tmp_path: Path
) -> None:
    seen: list[str] = []

    async def save() -> None:
        await begin(opened, "rf_geometry")
        opened.workbench.files.begun.connect(
            lambda _words: opened.workbench.runner.step_changed.emit("rf_geometry")
        )
        opened.workbench.files.progressed.connect(
            lambda _report: seen.append(opened.workbench.panels.status.message.text())
        )
        assert await opened.workbench.files.save(tmp_path / "other.h5")
        assert set(seen) == {"Saving other.h5"}
        if opened.workbench.runner.is_running:
            assert opened.workbench.panels.status.message.text().startswith("Receptive fields")
            assert opened.workbench.panels.status.stop.isVisible()
        answers.agrees = True
        opened.workbench.panels.pipeline.stop.click()  # the pipeline's own button is about steps, whatever else goes on
        await until(lambda: not opened.workbench.runner.is_running)
        assert not opened.workbench.panels.status.stop.isVisible()

    await_(save())


def test_stop_stops_the_making_of_the_sample(window: MainWindow, await_: Await, tmp_path: Path) -> None:
    async def stop() -> bool:
        task = asyncio.ensure_future(make_and_run_sample(window.workbench, tmp_path))
        await until(window.workbench.panels.status.stop.isVisible)
        assert window.workbench.panels.status.message.text() == "Creating the sample recording"
        assert not window.menus.actions["new_recording"].isEnabled()
        window.workbench.panels.status.stop.click()
        return await task

    assert not await_(stop())
    assert window.workbench.model.session is None
    assert not window.workbench.panels.status.stop.isVisible()


def test_only_what_can_be_opened_is_taken_from_a_drag(window: MainWindow, tmp_path: Path) -> None:
    def file(name: str) -> QUrl:
        return QUrl.fromLocalFile(str(tmp_path / name))

    assert takes(window, file("rec.cmcr"))
    assert takes(window, file("rec-.CMTR"), file("rec.cmcr"))
    assert takes(window, file("rec.h5"))
    assert not takes(window, file("notes.txt"))
    assert not takes(window, QUrl("https://example.org/rec.h5"))
    assert not takes(window)


def test_every_button_that_cannot_be_pressed_says_why(opened: MainWindow, await_: Await) -> None:
    def silent() -> list[str]:
        """The buttons that cannot be pressed and say no more than what they are."""
        buttons = [button for button in opened.findChildren(QAbstractButton) if not button.isEnabled()]
        own = [button for button in buttons if not isinstance(button.parent(), (QLineEdit, QTabBar))]
        says_in_both = "Micrometres"  # what is missing, and where to set it
        others = [button for button in own if button.text() != says_in_both]
        return [button.text() for button in others if button.toolTip() in {"", button.whatsThis()}]

    async def use_it() -> None:
        await begin(opened, "rf_geometry")
        while_running = silent()
        opened.workbench.runner.stop()
        await until(lambda: not opened.workbench.runner.is_running)
        assert while_running == []

    assert silent() == []
    await_(use_it())
    opened.workbench.model.show(None)
    assert silent() == []
