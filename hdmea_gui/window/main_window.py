"""Main window: makes models, workers and panels, and connects them."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QMainWindow

from hdmea_gui.models.arrays import Arrays
from hdmea_gui.models.selection import Selection
from hdmea_gui.models.unit_columns import UnitColumns
from hdmea_gui.models.user_settings import UserSettings
from hdmea_gui.settings import set_aside_window
from hdmea_gui.views.session_tree import SessionTreeView
from hdmea_gui.views.theme import Theme
from hdmea_gui.views.view import ViewContext
from hdmea_gui.window.ask import Ask
from hdmea_gui.window.closing import Closing
from hdmea_gui.window.dialogs.opening import Dialogs, close_menus
from hdmea_gui.window.disabled_reasons import disabled_reasons
from hdmea_gui.window.failures import Failures
from hdmea_gui.window.file_commands import new_recording
from hdmea_gui.window.files import Files
from hdmea_gui.window.flow_commands import choose_flow, offer_flows
from hdmea_gui.window.memory_meter import MemoryMeter
from hdmea_gui.window.menus import Menus
from hdmea_gui.window.open_paths import can_open, open_paths
from hdmea_gui.window.panels import Panels
from hdmea_gui.window.pipeline_commands import run_all, run_from, run_one, stop, stop_steps, take_offer
from hdmea_gui.window.playlist_names import PlaylistNames
from hdmea_gui.window.run_reporter import RunReporter
from hdmea_gui.window.start_guard import StartGuard
from hdmea_gui.window.style import stylesheet
from hdmea_gui.window.view_commands import open_file_view
from hdmea_gui.window.workbench import Workbench
from hdmea_gui.workers.fetcher import Fetcher
from hdmea_gui.workers.runner import Runner
from hdmea_gui.workers.tasks import launch

if TYPE_CHECKING:
    from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QShowEvent

    from hdmea_gui.models.session_model import SessionModel
    from hdmea_gui.workers.faults import Faults


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
        self.setAcceptDrops(True)
        self.setDockNestingEnabled(True)
        self.setStyleSheet(stylesheet())
        self._is_laid_out = False
        self._layout_before: dict[str, Any] = {}
        self._start_guard = StartGuard(self)
        self._start_guard.passed.connect(self._remember_layout)
        self.fetcher = Fetcher(self)
        self.memory_meter = MemoryMeter(model, self)
        self.workbench = self._make_workbench(model, ask or Ask(self))
        pipeline = self.workbench.panels.pipeline
        self.playlist_names = PlaylistNames(pipeline.rows["add_section_time"], self)
        offer_flows(self.workbench)
        self.menus = Menus(self, self.workbench)
        self._connect_models()
        self._connect_panels()
        self._connect_ending()
        faults.occurred.connect(self.workbench.failures.show)
        self._apply_settings()
        self.resize(self.sizeHint())
        self.refresh()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Size that fills most of a usual screen."""
        available = self.screen().availableSize()
        return QSize(min(1600, available.width()), min(960, available.height()))

    # Making

    def _make_workbench(self, model: SessionModel, ask: Ask) -> Workbench:
        context = self._make_context(model)
        runner, files, dialogs = Runner(model, self), Files(model, ask, self), Dialogs(self)
        panels = Panels.of(self, context)
        return Workbench(
            model=model,
            runner=runner,
            files=files,
            ask=ask,
            context=context,
            panels=panels,
            settings=UserSettings(self),
            failures=Failures(ask, panels.log, self),
            dialogs=dialogs,
            closing=Closing(runner, files, ask, dialogs, self),
        )

    def _make_context(self, model: SessionModel) -> ViewContext:
        arrays = Arrays(self)
        # before the columns and the views ask for what the new session holds
        model.replaced.connect(arrays.forget)
        model.replaced.connect(self.fetcher.forget)
        arrays.wanted.connect(self.fetcher.fetch)
        self.fetcher.fetched.connect(arrays.put)
        return ViewContext(model, Selection(self), arrays, Theme(self), UnitColumns(model, self))

    def _connect_models(self) -> None:
        bench, log = self.workbench, self.workbench.panels.log
        RunReporter(bench, self.fetcher, self)
        bench.model.replaced.connect(self._on_replaced)
        bench.model.noticed.connect(log.add_warning)
        bench.runner.applied.connect(self._on_step_applied)
        bench.files.opened.connect(bench.settings.remember)
        bench.settings.changed.connect(self._apply_settings)
        bench.settings.changed.connect(self.playlist_names.read)
        bench.settings.failed.connect(log.add_warning)
        bench.context.theme.changed.connect(self._on_theme)
        for something_read in (self.fetcher.fetched, bench.runner.finished, bench.files.ended):
            something_read.connect(bench.model.report_damage)
        for something_shown in (
            bench.model.safety_changed,
            bench.runner.started,
            bench.runner.finished,
            bench.files.begun,
            bench.files.ended,
            bench.panels.pipeline.flows_offered,
        ):
            something_shown.connect(self.refresh)

    def _connect_panels(self) -> None:
        bench, panels = self.workbench, self.workbench.panels
        panels.pipeline.run_requested.connect(partial(run_one, bench))
        panels.pipeline.run_from_requested.connect(partial(run_from, bench))
        panels.pipeline.offer_taken.connect(partial(take_offer, bench))
        panels.pipeline.run_all_requested.connect(partial(run_all, bench))
        panels.pipeline.stop_requested.connect(partial(stop_steps, bench))
        panels.pipeline.flow_chosen.connect(partial(choose_flow, bench))
        panels.pipeline.warned.connect(panels.log.add_warning)
        panels.table.open_requested.connect(partial(new_recording, bench))
        panels.table.undo_requested.connect(self.menus.actions["undo"].trigger)
        panels.table.other_label_requested.connect(self.menus.actions["label_other"].trigger)
        panels.table.refused.connect(panels.log.add_warning)
        panels.table.sample_requested.connect(self.menus.actions["open_sample"].trigger)
        panels.status.stop_requested.connect(partial(stop, bench))
        panels.log.counted.connect(self._on_counted)
        self.memory_meter.measured.connect(panels.status.show_memory)
        session_view = panels.docks.views["session_tree"]
        if isinstance(session_view, SessionTreeView):
            session_view.file_requested.connect(partial(open_file_view, bench))

    def _connect_ending(self) -> None:
        closing = self.workbench.closing
        closing.settled.connect(self._keep_layout)
        closing.granted.connect(self._start_guard.release)
        closing.granted.connect(self.memory_meter.stop)
        closing.granted.connect(self.close)

    # What is shown

    def refresh(self) -> None:
        """Update the title and the enabled state of all actions."""
        self.menus.refresh()
        model = self.workbench.model
        name = model.session.dataset_id if model.session is not None else "no recording"
        self.setWindowTitle(f"{name}[*] - HD-MEA")
        self.setWindowModified(model.is_unsaved)

    def _apply_settings(self) -> None:
        settings = self.workbench.settings.current
        self.workbench.model.limit_undo(round(settings.undo_memory_gb * 1e9))
        self.workbench.files.compresses = settings.compress_files
        self.workbench.context.scale.set_pitch(settings.sensor_pitch_um)

    def _on_replaced(self) -> None:
        close_menus()  # one opened over the units of before would act on those of now
        log, session = self.workbench.panels.log, self.workbench.model.session
        log.begin_anew()
        for warning in session.warnings if session is not None else ():
            log.add_warning(warning)
        self.playlist_names.read()

    def _on_step_applied(self, _key: str) -> None:
        if self.workbench.settings.current.checkpoint_after_steps:
            launch(self.workbench.files.checkpoint_automatically())

    def _on_counted(self, n_warnings: int) -> None:
        words = "" if not n_warnings else f"  {n_warnings} warning{'s' if n_warnings > 1 else ''}"
        self.workbench.panels.docks["log"].setWindowTitle(f"Log{words}")

    def _on_theme(self) -> None:
        if self.styleSheet() != (sheet := stylesheet()):  # a figure that is exported changes the plots only
            self.setStyleSheet(sheet)

    def _restore_layout(self) -> None:
        window, panels = self.workbench.settings.current.window, self.workbench.panels
        is_restored = panels.restore({} if self._start_guard.has_failed_before else window)
        self._remember_layout()
        if window and not is_restored:
            set_aside_window(window)
            self.workbench.settings.keep_window(window, self._layout_before)

    def _remember_layout(self) -> None:
        self._layout_before = self.workbench.panels.state()

    def _keep_layout(self) -> None:
        self.workbench.settings.keep_window(self._layout_before, self.workbench.panels.state())

    def end(self) -> None:
        """Close without questions, because the system or the terminal ends the program; unsaved work is kept."""
        self.workbench.closing.end()

    # Called by Qt

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        """Lay out the panels when the window gets its size for the first time."""
        super().showEvent(event)
        if not self._is_laid_out:
            self._is_laid_out = True
            self._restore_layout()

    def focusNextPrevChild(self, next: bool) -> bool:  # noqa: N802 - Qt's name
        """Move the keyboard focus to the next widget, skipping panels hidden behind others."""
        first = self.focusWidget()
        while super().focusNextPrevChild(next):
            widget = self.focusWidget()
            if widget is None or widget is first or self.workbench.panels.docks.is_seen(widget):
                return True
        return False

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802 - Qt's name
        """Accept recordings and sessions, unless the window is busy."""
        if _dropped(event) and not disabled_reasons(self.workbench)["idle"]:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802 - Qt's name
        """Open the dropped files, and report those that the program cannot open."""
        paths = _dropped(event)
        for url in event.mimeData().urls():
            if not url.isLocalFile() or Path(url.toLocalFile()) not in paths:
                name = url.fileName() or url.toString()
                self.workbench.panels.log.add_warning(
                    f"{name} was not opened: it is not a file of a recording."
                )
        if paths:
            open_paths(self.workbench, paths)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        """Close once everything is settled that must be."""
        closing = self.workbench.closing
        if closing.is_granted:
            event.accept()
        else:
            event.ignore()
            closing.request()


def _dropped(event: QDropEvent) -> list[Path]:
    """Files under the pointer whose names the program can open."""
    paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
    return [path for path in paths if can_open(path)]
