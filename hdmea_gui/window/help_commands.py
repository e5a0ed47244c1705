"""Commands of the Help menu: how it works, sample recording, versions, bug report, self-test."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWhatsThis

from hdmea_gui.io.resources import resources_dir
from hdmea_gui.pipeline.plan import chosen_keys, planned_params
from hdmea_gui.settings import data_dir, log_file
from hdmea_gui.window.dialogs.opening import is_there
from hdmea_gui.window.dialogs.text import TextDialog
from hdmea_gui.window.disabled_reasons import disabled_reasons
from hdmea_gui.window.pipeline_commands import run_steps
from hdmea_gui.workers.job import Outcome
from hdmea_gui.workers.jobs import CallJob
from hdmea_gui.workers.self_test import SelfTest, run_self_test
from hdmea_gui.workers.tasks import launch

if TYPE_CHECKING:
    from pathlib import Path

    from hdmea_gui.sample import Sample
    from hdmea_gui.window.workbench import Workbench
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


def how_it_works(bench: Workbench) -> None:
    """Explain the steps, the time bases and saving."""
    _show_file(bench, "How It Works", "how-it-works.md")


def changes(bench: Workbench) -> None:
    """List the changes in each version."""
    _show_file(bench, "What's New", "changelog.md")


def _show_file(bench: Workbench, title: str, name: str) -> None:
    folder = resources_dir() / "help"
    text = (folder / name).read_text(encoding="utf-8")
    bench.dialogs.open(TextDialog(title, text, folder))


def open_sample(bench: Workbench) -> None:
    """Create a synthetic recording and run every step on it."""
    launch(make_and_run_sample(bench))


async def make_and_run_sample(bench: Workbench, folder: Path | None = None) -> bool:
    """Create the sample recording, load it and run every step; return whether that worked.

    A second request before the first has started, as from a double click, is ignored.
    """
    from hdmea_gui.sample import make_sample, sample_values  # here, to keep the start fast

    if not await bench.files.may_leave() or disabled_reasons(bench)["idle"]:
        return False
    job = CallJob(
        make_sample, folder or data_dir() / "sample", doing="creating the sample recording", reports=True
    )
    ending = await bench.files.do_and_leave(job, "Creating the sample recording")
    if ending is None:
        return False
    sample: Sample = ending.value
    bench.files.show_new(sample.cmcr_path, sample.cmtr_path)
    snapshot = bench.model.snapshot()
    if snapshot is None:
        return False
    bench.panels.pipeline.set_params(planned_params(snapshot, sample_values(sample), {}))
    return await run_steps(bench, chosen_keys(None))


def whats_this(bench: Workbench) -> None:
    """Start the mode in which a click explains a control."""
    bench.panels.docks.explain_tabs()
    QWhatsThis.enterWhatsThisMode()


def copy_bug_report(bench: Workbench) -> None:
    """Copy versions, the end of the log and the last error to the clipboard."""
    QGuiApplication.clipboard().setText(bug_report(bench.failures.last))
    bench.panels.log.add("Copied the bug report to the clipboard.")


def about(bench: Workbench) -> None:
    """Show versions and licences."""
    from hdmea_gui.components import versions_text  # here, to keep the start fast

    head = ("# HD-MEA", "From a retina recording to one HDF5 file. MIT licence.")
    text = "\n\n".join([*head, *versions_text().split("\n")])
    dialog = TextDialog("About", text)
    copy = dialog.buttons.command("Copy", "Copy the text to the clipboard.")
    copy.clicked.connect(partial(QGuiApplication.clipboard().setText, versions_text()))
    licences = dialog.buttons.command("Licences", "Show the licences of the program and its libraries.")
    licences.clicked.connect(partial(show_licences, bench))
    bench.dialogs.open(dialog)


def show_licences(bench: Workbench) -> None:
    """Show the licences of the program and its libraries."""
    dialog = TextDialog("Licences", "Reading the licences...")
    bench.dialogs.open(dialog)
    launch(_fill_licences(dialog))


async def _fill_licences(dialog: TextDialog) -> None:
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


def self_test(bench: Workbench) -> None:
    """Check in a separate process that every part works on this computer."""
    launch(show_self_test(bench))


async def show_self_test(bench: Workbench) -> bool:
    """Run the self-test and show its findings; return whether everything works."""
    dialog = TextDialog("Self-Test", "Testing every part of the program. This takes about 20 seconds.")
    copy = dialog.buttons.command("Copy", "Copy the text to the clipboard.")
    copy.clicked.connect(partial(_copy_text, dialog))
    job = CallJob(run_self_test, doing="testing the program", reports=True)
    dialog.finished.connect(job.cancel)
    bench.dialogs.open(dialog)
    job.start()
    ending = await job.outcome()
    if ending.outcome is Outcome.CANCELLED or not is_there(dialog):
        return False
    result: SelfTest | None = ending.value
    dialog.browser.setPlainText(
        result.text if result is not None else ending.failure.message if ending.failure is not None else ""
    )
    return result is not None and result.is_ok


def _copy_text(dialog: TextDialog) -> None:
    QGuiApplication.clipboard().setText(dialog.browser.toPlainText())
