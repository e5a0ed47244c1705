"""Commands of the Edit and Units menus: undo, finding and labelling units, preferences."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from hdmea_gui.window.dialogs.history import HistoryDialog
from hdmea_gui.window.dialogs.preferences import PreferencesDialog
from hdmea_gui.window.disabled_reasons import disabled_reasons

if TYPE_CHECKING:
    from hdmea_gui.window.workbench import Workbench


def undo(bench: Workbench) -> None:
    """Undo the last change."""
    if bench.panels.pipeline.flow_to_undo:
        bench.panels.pipeline.undo_flow()
        return
    bench.panels.table.view.finish_editing()  # else the editor would store its text again
    bench.model.undo()


def redo(bench: Workbench) -> None:
    """Redo the last undone change."""
    bench.panels.table.view.finish_editing()
    bench.model.redo()


def history(bench: Workbench) -> None:
    """List all changes and go back to any of them."""
    dialog = HistoryDialog(bench.model, lambda: disabled_reasons(bench)["no step"])
    bench.runner.started.connect(dialog.refresh)
    bench.runner.finished.connect(dialog.refresh)
    dialog.steps_back.connect(partial(_go_back, bench))
    bench.dialogs.open(dialog)


def _go_back(bench: Workbench, steps: int) -> None:
    bench.panels.table.view.finish_editing()
    move = bench.model.undo if steps > 0 else bench.model.redo
    for _ in range(abs(steps)):
        move()


def preferences(bench: Workbench) -> None:
    """Set paths, checkpoints and limits."""
    dialog = PreferencesDialog(bench.settings.current, bench.model.history.nbytes)
    dialog.accepted.connect(partial(_take_preferences, bench, dialog))
    bench.dialogs.open(dialog)


def _take_preferences(bench: Workbench, dialog: PreferencesDialog) -> None:
    bench.settings.keep(dialog.settings(), since=dialog.before)


def filter_units(bench: Workbench) -> None:
    """Move the focus to the filter of the unit table."""
    bench.panels.table.focus_filter()


def find_unit(bench: Workbench) -> None:
    """Go to a unit by its id."""
    bench.panels.table.find_unit()


def label_units(label: str, bench: Workbench) -> None:
    """Label the selected units; an empty label removes theirs."""
    bench.panels.table.label_selected(label)


def label_otherwise(bench: Workbench) -> None:
    """Ask for a label for the selected units; without one, they keep theirs."""
    label = bench.ask.text("Label", "Label of the selected units:")
    if label is not None and label.strip():
        bench.panels.table.label_selected(label)
