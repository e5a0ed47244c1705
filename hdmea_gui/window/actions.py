"""The actions behind menus and shortcuts, one record each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

from PySide6.QtGui import QKeySequence

from hdmea_gui import exports
from hdmea_gui.views.unit_keys import LABEL_KEYS
from hdmea_gui.window.checkpoint_commands import checkpoints, save_checkpoint
from hdmea_gui.window.dialogs.text import TextDialog
from hdmea_gui.window.edit_commands import (
    filter_units,
    find_unit,
    history,
    label_otherwise,
    label_units,
    preferences,
    redo,
    undo,
)
from hdmea_gui.window.export_commands import export_data, export_figure, figure_size
from hdmea_gui.window.file_commands import (
    choose_session,
    close,
    new_recording,
    quit_program,
    revert,
    save,
    save_as,
)
from hdmea_gui.window.flow_commands import delete_flow, export_flow, open_flow, save_flow
from hdmea_gui.window.help_commands import (
    about,
    changes,
    copy_bug_report,
    how_it_works,
    open_sample,
    self_test,
    whats_this,
)
from hdmea_gui.window.label_commands import import_labels
from hdmea_gui.window.pipeline_commands import pick_threshold, run_all, run_next, stop
from hdmea_gui.window.view_commands import full_screen, next_unit, open_file_view, previous_unit, reset_layout
from hdmea_gui.window.workbench import Workbench


@dataclass(frozen=True)
class ActionSpec:
    """One action of the window.

    Parameters
    ----------
    key : str
        Name of the action in menus.
    text : str
        Menu entry; & marks the mnemonic letter.
    tip : str
        Status tip and What's This: what the action does, one sentence.
    run : callable
        Carries it out.
    shortcut : str
        Keys in Qt's notation; empty for none.
    needs : str
        Condition for the action: a key of `disabled_reasons`; empty for always.
    keys : str
        Keys that do the same in the table and in plots only; shown in the menu.
    """

    key: str
    text: str
    tip: str
    run: Callable[[Workbench], None]
    shortcut: str = ""
    needs: str = ""
    keys: str = ""


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
        "| Show a view | Alt+1 to Alt+9, Alt+0 | Bring the view to the front. |",
    )
    return "\n".join(["| Action | Keys | Description |", "|---|---|---|", *rows, *more])


def show_shortcuts(bench: Workbench) -> None:
    """List all keyboard shortcuts."""
    bench.dialogs.open(TextDialog("Keyboard Shortcuts", shortcuts_table()))


ACTIONS: Final[tuple[ActionSpec, ...]] = (
    ActionSpec(
        "new_recording",
        "&New Recording...",
        "Choose a recording and load it.",
        new_recording,
        "Ctrl+N",
        "idle",
    ),
    ActionSpec(
        "open",
        "&Open Session or Checkpoint...",
        "Open a saved session or checkpoint.",
        choose_session,
        "Ctrl+O",
        "idle",
    ),
    ActionSpec("save", "&Save", "Save the session to its file.", save, "Ctrl+S", "session"),
    ActionSpec(
        "save_as", "Save &As...", "Save the session to another file.", save_as, "Ctrl+Shift+S", "session"
    ),
    ActionSpec(
        "save_checkpoint",
        "Save &Checkpoint...",
        "Save a copy of the session beside its own file, with a name and a note.",
        save_checkpoint,
        "Ctrl+Shift+C",
        "session",
    ),
    ActionSpec(
        "checkpoints", "Chec&kpoints...", "List, compare and open the checkpoints of a folder.", checkpoints
    ),
    ActionSpec(
        "revert", "&Revert", "Go back to the version in the session's file.", revert, "", "revertible"
    ),
    ActionSpec(
        "export_figure",
        "Current &Figure...",
        "Save the current figure as PNG, SVG or PDF.",
        export_figure,
        "",
        "session",
    ),
    ActionSpec(
        "import_labels",
        "&Import Labels...",
        "Read labels and notes from a CSV file, as the export of the unit table writes it.",
        import_labels,
        "",
        "session",
    ),
    ActionSpec(
        "figure_size",
        "Figure Si&ze...",
        "Choose width, height, text size and resolution of exported figures.",
        figure_size,
    ),
    ActionSpec("close", "&Close", "Close the session.", close, "Ctrl+W", "session and idle"),
    ActionSpec("quit", "&Quit", "Quit the program.", quit_program, "Ctrl+Q"),
    ActionSpec("undo", "&Undo", "Undo the last change.", undo, "Ctrl+Z", "undoable"),
    ActionSpec("redo", "&Redo", "Redo the last undone change.", redo, "Ctrl+Y", "redoable"),
    ActionSpec(
        "history", "Undo &List...", "List all changes and go back to any of them.", history, "", "session"
    ),
    ActionSpec("preferences", "&Preferences...", "Set paths, checkpoints and limits.", preferences, "Ctrl+,"),
    ActionSpec(
        "run_next",
        "Run &Next Step",
        "Run the next step of the pipeline.",
        run_next,
        "Ctrl+R",
        "session and idle",
    ),
    ActionSpec(
        "run_all",
        "Run &All",
        "Run every step the recording allows.",
        run_all,
        "Ctrl+Shift+R",
        "session and idle",
    ),
    ActionSpec(
        "stop",
        "&Stop",
        "Stop the running step; the session stays as it was before that step.",
        stop,
        "Esc",
        "running",
    ),
    ActionSpec(
        "pick_threshold",
        "&Threshold for Light-Triggered Trials...",
        "Choose the threshold for light-triggered trials on channel 1.",
        pick_threshold,
        "",
        "light",
    ),
    ActionSpec(
        "save_flow",
        "Save as &Flow...",
        "Save the chosen steps and their parameters under a name; paths are not saved.",
        save_flow,
    ),
    ActionSpec("open_flow", "&Open Flow File...", "Add a flow from a file, and select it.", open_flow),
    ActionSpec(
        "export_flow",
        "&Export Flow...",
        "Save the chosen steps and their parameters to a file, to share with others.",
        export_flow,
    ),
    ActionSpec(
        "delete_flow",
        "&Delete Flow...",
        "Delete the selected flow, if it is one of your own.",
        delete_flow,
        "",
        "own flow",
    ),
    ActionSpec("filter", "&Filter Units", "Show only units that meet a condition.", filter_units, "Ctrl+F"),
    ActionSpec("find_unit", "F&ind Unit", "Go to a unit by its id.", find_unit, "/"),
    *(
        ActionSpec(
            f"label_{label.lower() or 'none'}",
            f"Label as &{label}" if label else "Re&move Label",
            f"Label the selected units {label}." if label else "Remove the label of the selected units.",
            partial(label_units, label),
            needs="session",
            keys=key,
        )
        for key, label in LABEL_KEYS.items()
    ),
    ActionSpec(
        "label_other",
        "&Other Label...",
        "Type a label for the selected units.",
        label_otherwise,
        "",
        "session",
    ),
    # with Ctrl, because Up and Down alone move the cursor in tables and input fields
    ActionSpec(
        "next_unit", "Ne&xt Unit", "Go to the next unit in the table.", next_unit, "Ctrl+Down", "session"
    ),
    ActionSpec(
        "previous_unit",
        "&Previous Unit",
        "Go to the previous unit in the table.",
        previous_unit,
        "Ctrl+Up",
        "session",
    ),
    ActionSpec(
        "reset_layout", "&Reset Layout", "Move all panels back to their default places.", reset_layout
    ),
    ActionSpec("full_screen", "F&ull Screen", "Switch full screen on or off.", full_screen, "F11"),
    ActionSpec(
        "open_file_view",
        "Browse a &File...",
        "Show the contents of any HDF5 file, without changing it.",
        open_file_view,
    ),
    ActionSpec("help", "&How It Works", "Explain the steps, the time bases and saving.", how_it_works, "F1"),
    ActionSpec("changes", "What's &New", "List the changes in each version.", changes),
    ActionSpec(
        "open_sample",
        "Open &Sample Recording",
        "Create a synthetic recording and run every step on it.",
        open_sample,
        "",
        "idle",
    ),
    ActionSpec("shortcuts", "&Keyboard Shortcuts", "List all keyboard shortcuts.", show_shortcuts),
    ActionSpec(
        "whats_this", "&What's This?", "Click on something to see what it is.", whats_this, "Shift+F1"
    ),
    ActionSpec(
        "copy_bug_report",
        "Copy &Bug Report",
        "Copy versions, the end of the log and the last error to the clipboard, without any recorded data.",
        copy_bug_report,
    ),
    ActionSpec(
        "self_test",
        "Self-&Test...",
        "Check in a separate process that every part works on this computer.",
        self_test,
    ),
    ActionSpec("about", "&About", "Show versions and licences.", about),
)


def export_actions() -> tuple[ActionSpec, ...]:
    """Return an action for each entry of the table of exports."""
    return tuple(
        ActionSpec(
            f"export_{entry.key}",
            f"&{entry.title}...",
            entry.tip,
            partial(export_data, entry),
            needs="session",
        )
        for entry in exports.EXPORTS
    )
