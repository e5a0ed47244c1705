"""Shows the progress of steps and files in the step's row, in the status bar and in the log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from hdmea_gui.pipeline.status import StatusKind, StepStatus, duration_words
from hdmea_gui.views.step_row import BUSY
from hdmea_gui.workers.failure import Failure

if TYPE_CHECKING:
    from hdmea_gui.pipeline.progress import Report
    from hdmea_gui.window.main_window import MainWindow


class RunReporter(QObject):
    """Shows the progress and outcome of steps and of work with files.

    Parameters
    ----------
    window : MainWindow
        The window; its panels exist already.
    """

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        window.runner.started.connect(self._on_run_started)
        window.runner.finished.connect(self._on_run_finished)
        window.runner.step_changed.connect(self._on_step_changed)
        window.files.begun.connect(self._on_file_begun)
        window.files.progressed.connect(self._on_file_progressed)
        window.files.ended.connect(self._on_file_ended)
        window.files.reported.connect(window.log_panel.add)
        window.fetcher.failed.connect(self._on_fetch_failed)

    def _on_run_started(self) -> None:
        self._show_running(BUSY)

    def _on_run_finished(self) -> None:
        self._show_running("")
        if not self._window.files.is_busy:
            self._window.status.show_idle()

    def _show_running(self, why_not: str) -> None:
        """Disable everything that starts a step, with the reason; an empty reason enables it."""
        self._window.pipeline.set_running(bool(why_not))
        self._window.table.set_disabled_reason(why_not)
        for view in self._window.docks.views.values():
            view.set_disabled_reason(why_not)
        self._window.refresh()

    def _on_step_changed(self, key: str) -> None:
        """Show the state of a step in its row and in the status bar."""
        status = self._window.runner.state_of(key)
        if status is None:
            self._window.pipeline.forget_ended(key)
        elif status.kind is StatusKind.RUNNING:
            self._window.pipeline.show_running(status)
            if not self._window.files.is_busy:  # the status bar shows what Stop would stop
                message = status.report.message if status.report is not None else ""
                doing = f"{status.title} · {message}" if message else status.title
                self._window.status.show_work(doing, status.share_done, status.seconds_left)
        else:
            self._window.pipeline.show_ended(status)
            self._log_ended(status)

    def _log_ended(self, status: StepStatus) -> None:
        panel = self._window.log_panel
        if status.kind is StatusKind.FAILED:
            self._window.last_failure = Failure(status.message, status.details)
            panel.add_warning(f"{status.title}: {status.message}")
        elif status.kind is StatusKind.LEFT_OUT:
            panel.add(f"{status.title} was left out: {status.message}.")
        elif status.kind is StatusKind.STOPPED:
            panel.add(f"{status.title} was stopped. The session is as it was before this step.")
        else:
            panel.add(f"{status.title} done in {duration_words(status.duration_s)}.")
            for warning in status.warnings:
                panel.add_warning(f"{status.title}: {warning}")

    def _on_file_begun(self, words: str) -> None:
        self._window.status.show_work(words, None)
        self._window.refresh()

    def _on_file_progressed(self, report: Report) -> None:
        part = report.done / report.total if report.total else None
        self._window.status.show_work(self._window.status.message.text(), part)

    def _on_file_ended(self) -> None:
        self._window.status.show_idle()
        if self._window.runner.current is not None:
            self._on_step_changed(self._window.runner.current.key)
        self._window.refresh()

    def _on_fetch_failed(self, _array: object, failure: Failure) -> None:
        self._window.log_panel.add_warning(failure.message)
