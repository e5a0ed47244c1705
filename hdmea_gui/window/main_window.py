"""Main window: makes the panels and connects models, views and workers."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import logging
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QApplication, QDialog, QMainWindow, QVBoxLayout, QWidget

from hdmea_gui.errors import ConfigurationError
from hdmea_gui.models.arrays import Arrays
from hdmea_gui.models.selection import Selection
from hdmea_gui.models.unit_columns import UnitColumns
from hdmea_gui.settings import Settings, load_settings, save_settings
from hdmea_gui.views.log_panel import LogPanel
from hdmea_gui.views.pipeline_panel import PipelinePanel
from hdmea_gui.views.session_tree import SessionTreeView
from hdmea_gui.views.status import Status
from hdmea_gui.views.theme import Theme
from hdmea_gui.views.unit_table import UnitTable
from hdmea_gui.views.view import ViewContext
from hdmea_gui.window.ask import Ask
from hdmea_gui.window.disabled_reasons import disabled_reasons, opening_blocked_by
from hdmea_gui.window.docks import Docks
from hdmea_gui.window.file_commands import FileCommands
from hdmea_gui.window.files import Files
from hdmea_gui.window.flow_commands import FlowCommands
from hdmea_gui.window.help_commands import HelpCommands
from hdmea_gui.window.memory_meter import MemoryMeter
from hdmea_gui.window.menus import Menus
from hdmea_gui.window.pipeline_commands import PipelineCommands
from hdmea_gui.window.playlist_names import PlaylistNames
from hdmea_gui.window.previews import RAW, SESSION_SUFFIXES, SORTED
from hdmea_gui.window.run_reporter import RunReporter
from hdmea_gui.window.style import stylesheet
from hdmea_gui.window.view_commands import ViewCommands
from hdmea_gui.workers.fetcher import Fetcher
from hdmea_gui.workers.new_process import open_in_new_window
from hdmea_gui.workers.runner import Runner
from hdmea_gui.workers.tasks import launch, outside

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QShowEvent

    from hdmea_gui.models.session_model import SessionModel
    from hdmea_gui.workers.failure import Failure
    from hdmea_gui.workers.faults import Faults

logger = logging.getLogger(__name__)

_RECORDING = RAW | SORTED
_N_RECENT = 10
_LAST_STEP_S = 5.0


class MainWindow(QMainWindow):
    """Main window of the program.

    Parameters
    ----------
    model : SessionModel
        Owner of the session shown.
    faults : Faults
        Receiver of uncaught errors.
    ask : Ask, optional
        Source of the user's answers; dialogs by default.
    """

    def __init__(self, model: SessionModel, faults: Faults, ask: Ask | None = None) -> None:
        super().__init__()
        self.model = model
        self.settings = load_settings()
        self.ask = ask or Ask(self)
        arrays = Arrays(self)
        self.fetcher = Fetcher(self)
        # before the columns and the views ask for what the new session holds
        model.replaced.connect(arrays.forget)
        model.replaced.connect(self.fetcher.forget)
        self.context = ViewContext(model, Selection(self), arrays, Theme(self), UnitColumns(model, self))
        self.runner = Runner(model, self)
        self.files = Files(model, self.ask, self)
        self.memory_meter = MemoryMeter(model, self)
        self.last_failure: Failure | None = None
        self._closing = False
        self._is_settling = False
        self._is_ending = False
        self._is_laid_out = False
        self._make_panels()
        self.commands = (
            FileCommands(self),
            PipelineCommands(self),
            FlowCommands(self),
            ViewCommands(self),
            HelpCommands(self),
        )
        self.menus = Menus(self)
        self._connect(faults)
        self.apply_settings(self.settings)
        self.resize(self.sizeHint())
        self.refresh()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Size that fills most of a usual screen."""
        available = self.screen().availableSize()
        return QSize(min(1600, available.width()), min(960, available.height()))

    # Making

    def _make_panels(self) -> None:
        self.setAcceptDrops(True)
        self.setDockNestingEnabled(True)
        self.setStyleSheet(stylesheet())
        self.pipeline = PipelinePanel(self.model)
        self.log_panel = LogPanel()
        self.status = Status(self.statusBar(), self.model)
        self.table = UnitTable(self.context)
        centre = QWidget()
        column = QVBoxLayout(centre)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.table)
        self.setCentralWidget(centre)
        self.playlist_names = PlaylistNames(self.pipeline.rows["add_section_time"], self)
        self.docks = Docks(self, self.context, self.pipeline, self.log_panel)

    def command(self, key: str) -> Callable[[], None]:
        """Return the function that carries out an action."""
        name = f"do_{key}"
        found: Callable[[], None] = next(getattr(part, name) for part in self.commands if hasattr(part, name))
        return found

    def _connect(self, faults: Faults) -> None:
        self.model.replaced.connect(self._on_replaced)
        self.model.safety_changed.connect(self.refresh)
        RunReporter(self)
        self.runner.applied.connect(self._on_step_applied)
        self.context.arrays.wanted.connect(self.fetcher.fetch)
        self.fetcher.fetched.connect(self.context.arrays.put)
        for something_read in (self.fetcher.fetched, self.runner.finished, self.files.ended):
            something_read.connect(self.model.report_damage)
        self.model.noticed.connect(self.log_panel.add_warning)
        self.files.opened.connect(self.remember)
        self.pipeline.warned.connect(self.log_panel.add_warning)
        self.memory_meter.measured.connect(self.status.show_memory)
        self.status.stop_requested.connect(self.command("stop"))
        self.log_panel.counted.connect(self._on_counted)
        self.context.theme.changed.connect(self._on_theme)
        for view in self.docks.views.values():
            view.step_requested.connect(self.pipeline.run_requested)
            view.label_requested.connect(self.table.label_selected)
        self.table.step_requested.connect(self.pipeline.run_requested)
        self.table.open_requested.connect(self.command("new_recording"))
        self.table.sample_requested.connect(self.menus.actions["open_sample"].trigger)
        session_view = self.docks.views["session_tree"]
        if isinstance(session_view, SessionTreeView):
            session_view.file_requested.connect(self.command("open_file_view"))
        faults.occurred.connect(self.show_failure)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        """Lay out the panels when the window gets its size for the first time."""
        super().showEvent(event)
        if not self._is_laid_out:
            self._is_laid_out = True
            self._restore()

    def focusNextPrevChild(self, next: bool) -> bool:  # noqa: N802 - Qt's name
        """Move the keyboard focus to the next widget, skipping panels hidden behind others."""
        first = self.focusWidget()
        while super().focusNextPrevChild(next):
            widget = self.focusWidget()
            if widget is None or widget is first or self.docks.is_seen(widget):
                return True
        return False

    # What is shown

    def apply_settings(self, settings: Settings) -> None:
        """Apply settings to the window."""
        self.settings = settings
        self.model.limit_undo(round(settings.undo_memory_gb * 1e9))
        self.context.scale.set_pitch(settings.sensor_pitch_um)

    def keep_settings(self, settings: Settings) -> None:
        """Apply settings and save them; a failure is reported in the log."""
        self.apply_settings(settings)
        try:
            save_settings(settings)
        except ConfigurationError as error:
            self.log_panel.add_warning(str(error))
        self.playlist_names.read()

    def remember(self, path: Path) -> None:
        """Put a file at the top of the list of recent files."""
        others = [name for name in self.settings.recent_files if name != str(path.absolute())]
        recent = (str(path.absolute()), *others)[:_N_RECENT]
        self.keep_settings(dataclasses.replace(self.settings, recent_files=recent))

    def refresh(self) -> None:
        """Update the title and the enabled state of all actions."""
        self.menus.refresh()
        session = self.model.session
        name = session.dataset_id if session is not None else "no recording"
        self.setWindowTitle(f"{name}[*] - HD-MEA")
        self.setWindowModified(self.model.is_unsaved)

    def show_failure(self, failure: Failure) -> None:
        """Report an uncaught error; the session stays as it is."""
        self.last_failure = failure
        self.log_panel.add_warning(failure.message)
        self.ask.show_failure(failure)

    # Files

    def open_path(self, path: Path) -> None:
        """Open a session, or start with a recording, unless the window is busy."""
        self.open_paths([path])

    def open_paths(self, paths: Sequence[Path]) -> None:
        """Open a session, or start with a recording, unless the window is busy.

        Further sessions open in new windows.

        Parameters
        ----------
        paths : sequence of Path
            Sessions, or the raw and the sorted file of one recording.
        """
        if reason := opening_blocked_by(self):
            self.log_panel.add(f"{_listed(paths)} was not opened. Busy: {reason}. Open it again afterwards.")
            return
        recordings = [path for path in paths if path.suffix.lower() in _RECORDING]
        sessions = [path for path in paths if path not in recordings]
        pair = [
            next((path for path in recordings if path.suffix.lower() in kind), None) for kind in (RAW, SORTED)
        ]
        if recordings:
            self._file_commands.offer_recording(*pair)
        else:
            launch(self._file_commands.open(sessions.pop(0)))
        for path in sessions:
            is_started = open_in_new_window(path)
            self.log_panel.add(f"{path.name} {'opens in a new window' if is_started else 'was not opened'}.")
        if further := [path for path in recordings if path not in pair]:
            self.log_panel.add(f"{_listed(further)} was not opened: open one recording at a time.")

    @property
    def _file_commands(self) -> FileCommands:
        commands = self.commands[0]
        assert isinstance(commands, FileCommands)  # noqa: S101 - it is made so
        return commands

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802 - Qt's name
        """Accept recordings and sessions, unless the window is busy."""
        if _dropped(event) and not disabled_reasons(self)["idle"]:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802 - Qt's name
        """Open the dropped files."""
        if paths := _dropped(event):
            self.open_paths(paths)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        """Ask about unsaved work and wait for running work, then close."""
        if self._closing:
            event.accept()
            return
        event.ignore()
        if not self._is_settling:  # closed a second time, while the first waits for a save
            self._is_settling = True
            launch(self._close())

    async def _close(self) -> None:
        try:
            await self._settle_and_close()
        finally:
            self._is_settling = False

    async def _settle_and_close(self) -> None:
        if self.runner.is_running:
            words = "Its result is discarded; earlier results are kept."
            if not await outside(self.ask.may, "Stop the running step and close?", words, "Stop and close"):
                return
            self.runner.stop()
            await self.runner.ended()
        if self.files.is_busy:
            await self.files.finish()
        if not await self.files.may_leave():
            return
        await self.files.finish()
        self._keep_layout_and_leave()

    def end(self) -> None:
        """Close without questions, because the system or the terminal ends the program; unsaved work is kept.

        A second call closes the window at once.
        """
        if self._is_ending:
            self.leave_at_once()
        else:
            self._is_ending = True
            launch(self._end())

    async def _end(self) -> None:
        self._dismiss_dialogs()
        self.runner.stop()
        # a drive that does not answer must not keep the work from being kept
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.runner.ended(), _LAST_STEP_S)
        await self.files.wind_up()
        self._keep_layout_and_leave()

    def _keep_layout_and_leave(self) -> None:
        self.keep_settings(dataclasses.replace(self.settings, window=self._state()))
        self.leave_at_once()

    def _dismiss_dialogs(self) -> None:
        """Cancel every open dialog and menu: one left waiting would keep the program running."""
        while (popup := QApplication.activePopupWidget()) is not None:
            popup.close()
        for widget in QApplication.topLevelWidgets():
            if isinstance(widget, QDialog) and widget.isVisible():
                widget.reject()

    def leave_at_once(self) -> None:
        """Close without asking or waiting, because the program itself is ending."""
        self._closing = True
        self.memory_meter.stop()
        self.files.release()
        self._dismiss_dialogs()
        self.close()

    def _state(self) -> dict[str, object]:
        views = {key: view.state() for key, view in self.docks.views.items()}
        kept = {"table": self.table.state(), "flow": self.pipeline.flow_name, "views": views}
        return {**self.docks.state(), **kept}

    def _restore(self) -> None:
        if not self.docks.restore(self.settings.window):
            self.docks.reset()
        table, views = (self.settings.window.get(name) for name in ("table", "views"))
        if isinstance(table, dict):
            self.table.restore(table)
        flow = self.settings.window.get("flow")
        if isinstance(flow, str) and flow in self.pipeline.flows:
            self.pipeline.flow_chosen.emit(flow)
        for key, view in self.docks.views.items():
            kept = views.get(key) if isinstance(views, dict) else None
            if isinstance(kept, dict):
                view.restore(kept)

    # Steps

    async def run_steps(self, keys: tuple[str, ...], *, named: bool = False, skip_done: bool = False) -> bool:
        """Run steps with the parameters of their forms; return whether all are done or left out.

        What was asked for twice before the first run could begin, as by two quick clicks, is done once.
        """
        if self.runner.is_running:
            return False
        misfits = [key for key in self.pipeline.misfits() if key in keys]
        if misfits:
            self.pipeline.open(misfits[0])
            return False
        return await self.runner.run(keys, self.pipeline.params(), named=named, skip_done=skip_done)

    # What has happened

    def _on_replaced(self) -> None:
        self.log_panel.begin_anew()
        session = self.model.session
        if session is not None:
            for warning in session.warnings:
                self.log_panel.add_warning(warning)
        self.apply_settings(self.settings)
        self.playlist_names.read()
        self.refresh()

    def _on_step_applied(self, _key: str) -> None:
        if self.settings.checkpoint_after_steps:
            launch(self.files.checkpoint_automatically())

    def _on_counted(self, n_warnings: int) -> None:
        words = "" if not n_warnings else f"  {n_warnings} warning{'s' if n_warnings > 1 else ''}"
        self.docks["log"].setWindowTitle(f"Log{words}")

    def _on_theme(self) -> None:
        if self.styleSheet() != (sheet := stylesheet()):  # a figure that is exported changes the plots only
            self.setStyleSheet(sheet)


def _listed(paths: Sequence[Path]) -> str:
    """Names of files for a message."""
    return ", ".join(path.name for path in paths)


def _dropped(event: QDropEvent) -> list[Path]:
    """Files under the pointer whose names the program can open."""
    paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
    return [path for path in paths if path.suffix.lower() in _RECORDING | SESSION_SUFFIXES]
