"""The actions behind menus and shortcuts, one record each; menus are lists of action keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

SEPARATOR: Final = ""
"""A separator line in a menu."""


@dataclass(frozen=True)
class ActionSpec:
    """One action of the window.

    Parameters
    ----------
    key : str
        Name of the action; a command group's method ``do_<key>`` carries it out.
    text : str
        Menu entry; & marks the mnemonic letter.
    tip : str
        Status tip and What's This: what the action does, one sentence.
    shortcut : str
        Keys in Qt's notation; empty for none.
    needs : str
        Condition for the action: a key of `disabled_reasons`; empty for always.
    """

    key: str
    text: str
    tip: str
    shortcut: str = ""
    needs: str = ""


ACTIONS: Final[tuple[ActionSpec, ...]] = (
    ActionSpec("new_recording", "&New Recording...", "Choose a recording and load it.", "Ctrl+N", "idle"),
    ActionSpec(
        "open", "&Open Session or Checkpoint...", "Open a saved session or checkpoint.", "Ctrl+O", "idle"
    ),
    ActionSpec("save", "&Save", "Save the session to its file.", "Ctrl+S", "session"),
    ActionSpec("save_as", "Save &As...", "Save the session to another file.", "Ctrl+Shift+S", "session"),
    ActionSpec(
        "save_checkpoint",
        "Save &Checkpoint...",
        "Save a copy of the session beside its own file, with a name and a note.",
        "Ctrl+Shift+C",
        "session",
    ),
    ActionSpec("checkpoints", "Chec&kpoints...", "List, compare and open the checkpoints of a folder."),
    ActionSpec("revert", "&Revert", "Go back to the version in the session's file.", "", "revertible"),
    ActionSpec("export_table", "Unit &Table (CSV)...", "Save the unit table as a CSV file.", "", "session"),
    ActionSpec(
        "export_figure", "Current &Figure...", "Save the current figure as PNG, SVG or PDF.", "", "session"
    ),
    ActionSpec("close", "&Close", "Close the session.", "Ctrl+W", "session and idle"),
    ActionSpec("quit", "&Quit", "Quit the program.", "Ctrl+Q"),
    ActionSpec("undo", "&Undo", "Undo the last change.", "Ctrl+Z", "undoable"),
    ActionSpec("redo", "&Redo", "Redo the last undone change.", "Ctrl+Y", "redoable"),
    ActionSpec("history", "Undo &List...", "List all changes and go back to any of them.", "", "session"),
    ActionSpec("preferences", "&Preferences...", "Set paths, checkpoints and limits.", "Ctrl+,"),
    ActionSpec(
        "run_next", "Run &Next Step", "Run the next step of the pipeline.", "Ctrl+R", "session and idle"
    ),
    ActionSpec(
        "run_all", "Run &All", "Run every step the recording allows.", "Ctrl+Shift+R", "session and idle"
    ),
    ActionSpec(
        "stop",
        "&Stop",
        "Stop the running step; the session stays as it was before that step.",
        "Esc",
        "running",
    ),
    ActionSpec(
        "pick_threshold",
        "&Threshold for Light-Triggered Trials...",
        "Choose the threshold for light-triggered trials on channel 1.",
        "",
        "light",
    ),
    ActionSpec(
        "save_flow",
        "Save as &Flow...",
        "Save the chosen steps and their parameters under a name; paths are not saved.",
    ),
    ActionSpec("open_flow", "&Open Flow File...", "Add a flow from a file, and select it."),
    ActionSpec(
        "export_flow",
        "&Export Flow...",
        "Save the chosen steps and their parameters to a file, to share with others.",
    ),
    ActionSpec(
        "delete_flow",
        "&Delete Flow...",
        "Delete the selected flow, if it is one of your own.",
        "",
        "own flow",
    ),
    ActionSpec("filter", "&Filter Units", "Show only units that meet a condition.", "Ctrl+F"),
    ActionSpec("find_unit", "F&ind Unit", "Go to a unit by its id.", "/"),
    # with Ctrl, because Up and Down alone move the cursor in tables and input fields
    ActionSpec("next_unit", "Ne&xt Unit", "Go to the next unit in the table.", "Ctrl+Down", "session"),
    ActionSpec(
        "previous_unit", "&Previous Unit", "Go to the previous unit in the table.", "Ctrl+Up", "session"
    ),
    ActionSpec("reset_layout", "&Reset Layout", "Move all panels back to their default places."),
    ActionSpec("full_screen", "F&ull Screen", "Switch full screen on or off.", "F11"),
    ActionSpec(
        "open_file_view", "Browse a &File...", "Show the contents of any HDF5 file, without changing it."
    ),
    ActionSpec("help", "&How It Works", "Explain the steps, the time bases and saving.", "F1"),
    ActionSpec("changes", "What's &New", "List the changes in each version."),
    ActionSpec(
        "open_sample",
        "Open &Sample Recording",
        "Create a synthetic recording and run every step on it.",
        "",
        "idle",
    ),
    ActionSpec("shortcuts", "&Keyboard Shortcuts", "List all keyboard shortcuts."),
    ActionSpec("whats_this", "&What's This?", "Click on something to see what it is.", "Shift+F1"),
    ActionSpec(
        "copy_bug_report",
        "Copy &Bug Report",
        "Copy versions, the end of the log and the last error to the clipboard, without any recorded data.",
    ),
    ActionSpec(
        "self_test",
        "Self-&Test...",
        "Check in a separate process that every part works on this computer.",
    ),
    ActionSpec("about", "&About", "Show versions and licences."),
)

MENUS: Final[dict[str, tuple[str, ...]]] = {
    "&File": (
        "new_recording",
        "open",
        "recent",
        SEPARATOR,
        "save",
        "save_as",
        "save_checkpoint",
        "checkpoints",
        "revert",
        SEPARATOR,
        "export",
        SEPARATOR,
        "close",
        "quit",
    ),
    "&Edit": ("undo", "redo", "history", SEPARATOR, "filter", "find_unit", SEPARATOR, "preferences"),
    "&Pipeline": (
        "run_next",
        "run_all",
        "stop",
        SEPARATOR,
        "pick_threshold",
        SEPARATOR,
        "save_flow",
        "open_flow",
        "export_flow",
        "delete_flow",
    ),
    "&View": (
        "views",
        SEPARATOR,
        "next_unit",
        "previous_unit",
        SEPARATOR,
        "open_file_view",
        SEPARATOR,
        "full_screen",
        "reset_layout",
    ),
    "&Help": (
        "help",
        "changes",
        "open_sample",
        "shortcuts",
        "whats_this",
        SEPARATOR,
        "self_test",
        "copy_bug_report",
        "about",
    ),
}
"""Entries of each menu; ``recent``, ``export`` and ``views`` are submenus."""

EXPORTS: Final = ("export_table", "export_figure")
