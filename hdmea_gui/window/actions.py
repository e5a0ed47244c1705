"""Everything that a menu or a key can do: one record each; menus are lists of keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

SEPARATOR: Final = ""
"""A line between two entries of a menu."""


@dataclass(frozen=True)
class ActionSpec:
    """Something that the user can ask for.

    Parameters
    ----------
    key : str
        Its name; the window's method ``do_<key>`` carries it out.
    text : str
        Its entry in a menu; & marks the letter for the keyboard.
    tip : str
        What it does, in a sentence.
    shortcut : str
        Keys, as Qt writes them; empty for none.
    needs : str
        When it is possible: a key of `disabled_reasons`; empty for always.
    """

    key: str
    text: str
    tip: str
    shortcut: str = ""
    needs: str = ""


ACTIONS: Final[tuple[ActionSpec, ...]] = (
    ActionSpec("new_recording", "&New Recording...", "Choose a recording and load it.", "Ctrl+N", "idle"),
    ActionSpec(
        "open", "&Open Session or Checkpoint...", "Open a file that was saved before.", "Ctrl+O", "idle"
    ),
    ActionSpec("save", "&Save", "Write the session to its file.", "Ctrl+S", "session"),
    ActionSpec("save_as", "Save &As...", "Write the session to another file.", "Ctrl+Shift+S", "session"),
    ActionSpec(
        "save_checkpoint",
        "Save &Checkpoint...",
        "Write what there is to a file beside the session's own, with a name and a note.",
        "Ctrl+Shift+C",
        "session",
    ),
    ActionSpec("checkpoints", "Chec&kpoints...", "List, compare and open the checkpoints of a folder."),
    ActionSpec("revert", "&Revert", "Go back to what the session's file holds.", "", "revertible"),
    ActionSpec("export_table", "Unit &Table (CSV)...", "Write the unit table as text.", "", "session"),
    ActionSpec(
        "export_figure", "Current &Figure...", "Write the figure shown as PNG, SVG or PDF.", "", "session"
    ),
    ActionSpec("close", "&Close", "Close the session.", "Ctrl+W", "session and idle"),
    ActionSpec("quit", "&Quit", "Leave the program.", "Ctrl+Q"),
    ActionSpec("undo", "&Undo", "Take the last change back.", "Ctrl+Z", "undoable"),
    ActionSpec("redo", "&Redo", "Make the last undone change again.", "Ctrl+Y", "redoable"),
    ActionSpec("history", "Undo &List...", "Show all changes and go back to any of them.", "", "session"),
    ActionSpec("preferences", "&Preferences...", "Paths, checkpoints and limits.", "Ctrl+,"),
    ActionSpec("run_next", "Run &Next Step", "Run the step that comes next.", "Ctrl+R", "session and idle"),
    ActionSpec(
        "run_all", "Run &All", "Run every step that the recording allows.", "Ctrl+Shift+R", "session and idle"
    ),
    ActionSpec(
        "stop", "&Stop", "Stop the running step; the session stays as it was before it.", "Esc", "running"
    ),
    ActionSpec(
        "pick_threshold",
        "&Threshold for Light Trials...",
        "Find light-triggered trials by looking at channel 1.",
        "",
        "light",
    ),
    ActionSpec(
        "save_flow",
        "Save as &Flow...",
        "Keep the chosen steps and their parameters under a name; paths are not kept.",
    ),
    ActionSpec("open_flow", "&Open Flow File...", "Add a flow that was shared as a file, and choose it."),
    ActionSpec(
        "export_flow", "&Export Flow...", "Write the chosen steps and their parameters to a file, for others."
    ),
    ActionSpec(
        "delete_flow", "&Delete Flow...", "Delete the chosen flow, if it is your own.", "", "own flow"
    ),
    ActionSpec("filter", "&Filter Units", "Type a condition that units must meet.", "Ctrl+F"),
    ActionSpec("find_unit", "F&ind Unit", "Go to a unit by its id.", "/"),
    ActionSpec("next_unit", "Ne&xt Unit", "Go to the next unit of the table.", "Ctrl+Down", "session"),
    ActionSpec(
        "previous_unit", "&Previous Unit", "Go to the previous unit of the table.", "Ctrl+Up", "session"
    ),
    ActionSpec("reset_layout", "&Reset Layout", "Put all panels back where they were at first."),
    ActionSpec("full_screen", "F&ull Screen", "Use the whole screen, or no longer.", "F11"),
    ActionSpec(
        "open_file_view", "Look into a &File...", "Show the content of any HDF5 file, without changing it."
    ),
    ActionSpec("help", "&How It Works", "The steps, the time bases and saving, explained.", "F1"),
    ActionSpec("changes", "What Is &New", "What has changed from version to version."),
    ActionSpec(
        "open_sample",
        "Open &Sample Recording",
        "Make a recording on the spot and run every step.",
        "",
        "idle",
    ),
    ActionSpec("shortcuts", "&Keyboard Shortcuts", "All keys."),
    ActionSpec("whats_this", "&What is This?", "Click on something to learn what it is.", "Shift+F1"),
    ActionSpec(
        "copy_bug_report", "Copy &Bug Report", "Versions, the end of the log and the last error; no data."
    ),
    ActionSpec(
        "self_test",
        "Self-&Test...",
        "Try out in a process of its own whether every part works on this computer.",
    ),
    ActionSpec("about", "&About", "Versions."),
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
"""Entries of each menu; ``recent``, ``export`` and ``views`` are menus of their own."""

EXPORTS: Final = ("export_table", "export_figure")
