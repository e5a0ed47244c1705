"""Commands of the Help menu: how it works, sample recording, shortcuts, versions, bug report, self-test."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale
from PySide6.QtGui import QGuiApplication, QKeySequence
from PySide6.QtWidgets import QWhatsThis

from hdmea_gui.io.resources import resources_dir
from hdmea_gui.pipeline.plan import chosen_keys, planned_params
from hdmea_gui.settings import data_dir, log_file
from hdmea_gui.window.actions import ACTIONS
from hdmea_gui.window.command import Commands
from hdmea_gui.window.dialogs.opening import is_there, open_dialog
from hdmea_gui.window.dialogs.text import TextDialog
from hdmea_gui.window.disabled_reasons import disabled_reasons
from hdmea_gui.workers.job import Outcome
from hdmea_gui.workers.jobs import CallJob
from hdmea_gui.workers.self_test import SelfTest, run_self_test
from hdmea_gui.workers.tasks import launch

if TYPE_CHECKING:
    from pathlib import Path

    from hdmea_gui.sample import Sample
    from hdmea_gui.workers.failure import Failure

_LOG_LINES = 60


def bug_report(failure: Failure | None) -> str:
    """Return versions, the last error and the end of the log, without data of the recording.

    Parameters
    ----------
    failure : Failure or None
        The last error.
    """
    from hdmea_gui.components import versions_text  # here, to keep the start fast

    path = log_file()
    log = (
        path.read_text(encoding="utf-8", errors="replace").splitlines()[-_LOG_LINES:] if path.exists() else []
    )
    parts = [
        versions_text(),
        f"Screen: {QGuiApplication.platformName()}, language: {QLocale.system().name()}",
    ]
    if failure is not None:
        parts.append(f"Last error: {failure.message}\n{failure.details}")
    return "\n\n".join([*parts, "End of the log:\n" + "\n".join(log)])


def shortcuts_table() -> str:
    """Return all keyboard shortcuts as a Markdown table."""
    rows = [
        f"| {spec.text.replace('&', '').rstrip('.')} | {QKeySequence(spec.shortcut).toString()} | {spec.tip} |"
        for spec in ACTIONS
        if spec.shortcut
    ]
    more = (
        "| Next or previous unit | Up, Down | In the table and in every plot. |",
        "| Label as good, MUA, noise, unlabelled | G, M, N, U | While the table or a plot has the focus. |",
        "| Show a view | Alt+1 to Alt+8 | Bring the view to the front. |",
    )
    return "\n".join(["| Action | Keys | Description |", "|---|---|---|", *rows, *more])


class HelpCommands(Commands):
    """Commands of the Help menu."""

    def do_help(self) -> None:
        """Explain the steps, the time bases and saving."""
        self._show_file("How It Works", "how-it-works.md")

    def do_changes(self) -> None:
        """List the changes in each version."""
        self._show_file("What's New", "changelog.md")

    def _show_file(self, title: str, name: str) -> None:
        folder = resources_dir() / "help"
        text = (folder / name).read_text(encoding="utf-8")
        open_dialog(TextDialog(title, text, folder, self.window))

    def do_open_sample(self) -> None:
        """Create a synthetic recording and run every step on it."""
        launch(self.open_sample())

    async def open_sample(self, folder: Path | None = None) -> bool:
        """Create the sample recording, load it and run every step; return whether that worked.

        A second request before the first has started, as from a double click, is ignored.
        """
        from hdmea_gui.sample import make_sample, sample_values  # here, to keep the start fast

        window = self.window
        if not await window.files.may_leave() or disabled_reasons(window)["idle"]:
            return False
        job = CallJob(
            make_sample, folder or data_dir() / "sample", doing="creating the sample recording", reports=True
        )
        ending = await window.files.do(job, "Creating the sample recording")
        if ending.outcome is not Outcome.DONE:
            return False
        sample: Sample = ending.value
        window.files.show_new(sample.cmcr_path, sample.cmtr_path)
        snapshot = window.model.snapshot()
        if snapshot is None:
            return False
        window.pipeline.set_params(planned_params(snapshot, sample_values(sample), {}))
        return await window.run_steps(chosen_keys(None))

    def do_shortcuts(self) -> None:
        """List all keyboard shortcuts."""
        open_dialog(TextDialog("Keyboard Shortcuts", shortcuts_table(), parent=self.window))

    def do_whats_this(self) -> None:
        """Start the mode in which a click explains a control."""
        self.window.docks.explain_tabs()
        QWhatsThis.enterWhatsThisMode()

    def do_copy_bug_report(self) -> None:
        """Copy versions, the end of the log and the last error to the clipboard."""
        QGuiApplication.clipboard().setText(bug_report(self.window.last_failure))
        self.window.log_panel.add("Copied the bug report to the clipboard.")

    def do_about(self) -> None:
        """Show versions and licences."""
        from hdmea_gui.components import versions_text  # here, to keep the start fast

        head = ("# HD-MEA", "From a retina recording to one HDF5 file. MIT licence.")
        text = "\n\n".join([*head, *versions_text().split("\n")])
        dialog = TextDialog("About", text, parent=self.window)
        copy = dialog.buttons.command("Copy", "Copy the text to the clipboard.")
        copy.clicked.connect(partial(QGuiApplication.clipboard().setText, versions_text()))
        licences = dialog.buttons.command("Licences", "Show the licences of the program and its libraries.")
        licences.clicked.connect(self.show_licences)
        open_dialog(dialog)

    def show_licences(self) -> None:
        """Show the licences of the program and its libraries."""
        dialog = TextDialog("Licences", "Reading the licences...", parent=self.window)
        open_dialog(dialog)
        launch(self._fill_licences(dialog))

    async def _fill_licences(self, dialog: TextDialog) -> None:
        from hdmea_gui.components import licences_text  # here, to keep the start fast

        job = CallJob(licences_text, resources_dir() / "licences", doing="reading the licences")
        job.start()
        ending = await job.outcome()
        if not is_there(dialog):
            return
        if ending.outcome is Outcome.DONE:
            dialog.browser.setPlainText(ending.value)
        elif ending.failure is not None:
            dialog.browser.setPlainText(ending.failure.message)

    def do_self_test(self) -> None:
        """Check in a separate process that every part works on this computer."""
        launch(self.self_test())

    async def self_test(self) -> bool:
        """Run the self-test and show its findings; return whether everything works."""
        dialog = TextDialog("Self-Test", "Testing every part of the program. This takes about 20 seconds.")
        dialog.setParent(self.window, dialog.windowFlags())
        copy = dialog.buttons.command("Copy", "Copy the text to the clipboard.")
        copy.clicked.connect(partial(self._copy_text, dialog))
        job = CallJob(run_self_test, doing="testing the program", reports=True)
        dialog.finished.connect(job.cancel)
        open_dialog(dialog)
        job.start()
        ending = await job.outcome()
        if ending.outcome is Outcome.CANCELLED or not is_there(dialog):
            return False
        result: SelfTest | None = ending.value
        dialog.browser.setPlainText(
            result.text
            if result is not None
            else ending.failure.message
            if ending.failure is not None
            else ""
        )
        return result is not None and result.is_ok

    def _copy_text(self, dialog: TextDialog) -> None:
        QGuiApplication.clipboard().setText(dialog.browser.toPlainText())
