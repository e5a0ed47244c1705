"""Shows the progress of steps and files in the step's row, in the status bar and in the log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from hdmea_gui.pipeline.status import StatusKind, StepStatus, duration_words
from hdmea_gui.views.step_row import BUSY
from hdmea_gui.workers.failure import Failure

if TYPE_CHECKING:
    from hdmea_gui.pipeline.progress import Report
    from hdmea_gui.window.workbench import Workbench
    from hdmea_gui.workers.fetcher import Fetcher


class RunReporter(QObject):
    """Shows the progress and outcome of steps and of work with files.

    Parameters
    ----------
    bench : Workbench
        The steps, the files and the panels.
    fetcher : Fetcher
        Reads arrays for the views.
    """

    def __init__(self, bench: Workbench, fetcher: Fetcher, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bench, self._panels = bench, bench.panels
        bench.runner.started.connect(self._on_run_started)
        bench.runner.finished.connect(self._on_run_finished)
        bench.runner.step_changed.connect(self._on_step_changed)
        bench.files.begun.connect(self._on_file_begun)
        bench.files.progressed.connect(self._on_file_progressed)
        bench.files.ended.connect(self._on_file_ended)
        bench.files.reported.connect(bench.panels.log.add)
        fetcher.failed.connect(self._on_fetch_failed)

    def _on_run_started(self) -> None:
        self._panels.set_disabled_reason(BUSY)

    def _on_run_finished(self) -> None:
        self._panels.set_disabled_reason("")
        if not self._bench.files.is_busy:
            self._panels.status.show_idle()

    def _on_step_changed(self, key: str) -> None:
        """Show the state of a step in its row and in the status bar."""
        status = self._bench.runner.state_of(key)
        if status is None:
            self._panels.pipeline.forget_ended(key)
        elif status.kind is StatusKind.RUNNING:
            self._panels.pipeline.show_running(status)
            if not self._bench.files.is_busy:  # the status bar shows what Stop would stop
                message = status.report.message if status.report is not None else ""
                doing = f"{status.title} · {message}" if message else status.title
                self._panels.status.show_work(doing, status.share_done, status.seconds_left)
        else:
            self._panels.pipeline.show_ended(status)
            self._log_ended(status)

    def _log_ended(self, status: StepStatus) -> None:
        panel = self._panels.log
        if status.kind is StatusKind.FAILED:
            failure = Failure(status.message, status.details)
            # many messages begin with the step
            names_it = status.message.startswith(status.title)
            self._bench.failures.note(
                failure, status.message if names_it else f"{status.title}: {status.message}"
            )
        elif status.kind is StatusKind.LEFT_OUT:
            panel.add(f"{status.title} was left out: {status.message}.")
        elif status.kind is StatusKind.STOPPED:
            panel.add(f"{status.title} was stopped. The session is as it was before this step.")
        else:
            panel.add(f"{status.title} done in {duration_words(status.duration_s)}.")
            for warning in status.warnings:
                panel.add_warning(f"{status.title}: {warning}")

    def _on_file_begun(self, words: str) -> None:
        self._panels.status.show_work(words, None)

    def _on_file_progressed(self, report: Report) -> None:
        part = report.done / report.total if report.total else None
        self._panels.status.show_work(self._panels.status.message.text(), part)

    def _on_file_ended(self) -> None:
        self._panels.status.show_idle()
        if self._bench.runner.current is not None:
            self._on_step_changed(self._bench.runner.current.key)

    def _on_fetch_failed(self, _array: object, failure: Failure) -> None:
        self._panels.log.add_warning(failure.message)
