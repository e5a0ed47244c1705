"""Shows the progress of steps and files in the step's row, in the status bar and in the log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from hdmea_gui.models.step_status import duration_words
from hdmea_gui.pipeline.step import Outcome
from hdmea_gui.views.step_row import BUSY

if TYPE_CHECKING:
    from hdmea_gui.pipeline.progress import Report
    from hdmea_gui.window.workbench import Workbench
    from hdmea_gui.workers.failure import Failure
    from hdmea_gui.workers.fetcher import Fetcher
    from hdmea_gui.workers.runner import StepState


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
        state = self._bench.runner.state_of(key)
        if state is None:
            self._panels.pipeline.forget_ended(key)
        elif state.is_running:
            report = state.report
            part = report.done / report.total if report is not None and report.total else 0.0
            message = report.message if report is not None else ""
            self._panels.pipeline.show_progress(key, part, message, state.seconds_left)
            if not self._bench.files.is_busy:  # the status bar shows what Stop would stop
                doing = f"{state.title} · {message}" if message else state.title
                self._panels.status.show_work(doing, part, state.seconds_left)
        elif state.outcome is not Outcome.PLANNED:
            details = state.failure.details if state.failure is not None else ""
            self._panels.pipeline.show_ended(key, state.outcome, state.message, details)
            self._log_ended(state)

    def _log_ended(self, state: StepState) -> None:
        log = self._panels.log
        if state.failure is not None:
            self._bench.failures.note(state.failure, f"{state.title}: {state.message}")
        elif state.outcome is Outcome.LEFT_OUT:
            log.add(f"{state.title} was left out: {state.message}.")
        elif state.outcome is Outcome.CANCELLED:
            log.add(f"{state.title} was stopped. The session is as it was before this step.")
        else:
            log.add(f"{state.title} done in {duration_words(state.duration_s)}.")
            for warning in state.warnings:
                log.add_warning(f"{state.title}: {warning}")

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
