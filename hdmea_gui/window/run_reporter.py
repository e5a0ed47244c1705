"""Shows the progress of steps and files in the step's row, in the status bar and in the log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from hdmea_gui.models.step_status import duration_words
from hdmea_gui.pipeline.step import Outcome
from hdmea_gui.views.step_row import BUSY

if TYPE_CHECKING:
    from hdmea_gui.pipeline.progress import Report
    from hdmea_gui.window.main_window import MainWindow
    from hdmea_gui.workers.failure import Failure
    from hdmea_gui.workers.runner import StepState


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
        state = self._window.runner.state_of(key)
        if state is None:
            self._window.pipeline.forget_ended(key)
        elif state.is_running:
            report = state.report
            part = report.done / report.total if report is not None and report.total else 0.0
            message = report.message if report is not None else ""
            self._window.pipeline.show_progress(key, part, message, state.seconds_left)
            if not self._window.files.is_busy:  # the status bar shows what Stop would stop
                doing = f"{state.title} · {message}" if message else state.title
                self._window.status.show_work(doing, part, state.seconds_left)
        elif state.outcome is not Outcome.PLANNED:
            details = state.failure.details if state.failure is not None else ""
            self._window.pipeline.show_ended(key, state.outcome, state.message, details)
            self._log_ended(state)

    def _log_ended(self, state: StepState) -> None:
        panel = self._window.log_panel
        if state.failure is not None:
            self._window.last_failure = state.failure
            panel.add_warning(f"{state.title}: {state.message}")
        elif state.outcome is Outcome.LEFT_OUT:
            panel.add(f"{state.title} was left out: {state.message}.")
        elif state.outcome is Outcome.CANCELLED:
            panel.add(f"{state.title} was stopped. The session is as it was before this step.")
        else:
            panel.add(f"{state.title} done in {duration_words(state.duration_s)}.")
            for warning in state.warnings:
                panel.add_warning(f"{state.title}: {warning}")

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
