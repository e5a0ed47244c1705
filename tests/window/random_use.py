"""Random clicks and keys in the real window; labels and notes must be what was typed.

Run it with ``python -m tests.window.random_use --minutes 20 --seed 1``. What a user would expect is kept apart from the
program: a table of labels and notes with its own undo list, changed only by what is typed and where the keyboard is.
The file that is saved in the end is compared with it.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QFocusEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QComboBox, QGraphicsView, QSlider, QWidget

from hdmea_gui.models.session_model import SessionModel
from hdmea_gui.session import PipelineSession, Update
from hdmea_gui.views.unit_keys import LABEL_KEYS
from hdmea_gui.window.ask import Unsaved
from hdmea_gui.window.main_window import MainWindow
from hdmea_gui.window.open_paths import open_path
from hdmea_gui.workers.faults import Faults
from hdmea_gui.workers.job import end_all_jobs
from tests.window.conftest import Answers
from tests.window.typing_keys import CTRL, edit_cell, focused, press, turn_wheel, type_keys
from tests.window.waiting import until

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

RECORDING = Path(__file__).parent.parent / "data" / "reference" / "lab_deferred.h5"
LABELS = (
    "ON",
    "on",
    "ON alpha",
    "OFF",
    "OFF sustained",
    "un",
    "unlabelle",
    "good",
    "g",
    "MUA",
    "m",
    "mua",
    "Noise",
    "ON & OFF",
    "?",
)
WORDS = ("no", "noise", "gum", "large", "unit", "mug", "ON", "/", "5,000", "= x", "ä", "&", "num", "GUN")
FILTERS = (
    'label == "good"',
    'label != "noise"',
    "label is missing",
    'id in ("unit_002", "unit_005")',
    "row > 37",
    "spikes > 1,250",
    "nonsense",
    'note contains "no"',
    'label == "nobody"',
)
Fields = dict[str, dict[str, str]]


class Expected:
    """Labels and notes as typed, with what undo and redo lead to."""

    def __init__(self, fields: Fields) -> None:
        self.fields = fields
        self.undone: list[Fields] = []
        self.done: list[Fields] = []

    def note_change(self) -> None:
        """Note that something is about to be changed."""
        self.done.append({unit: dict(texts) for unit, texts in self.fields.items()})
        self.undone.clear()

    def set(self, units: tuple[str, ...], field: str, text: str) -> None:
        """Set a label or note of units, as one change if it is one."""
        text = text.strip()
        if any(self.fields[unit][field] != text for unit in units):
            self.note_change()
            for unit in units:
                self.fields[unit][field] = text

    def undo(self) -> None:
        """Go back by one change."""
        if self.done:
            self.undone.append(self.fields)
            self.fields = self.done.pop()

    def redo(self) -> None:
        """Go forward by one change."""
        if self.undone:
            self.done.append(self.fields)
            self.fields = self.undone.pop()


def fields_of(session: PipelineSession) -> Fields:
    """Labels and notes of a session."""
    return {
        unit: {field: str(content.get(field, "")) for field in ("label", "note")}
        for unit, content in session.units.items()
    }


class RandomUser:
    """Somebody who does this and that.

    Parameters
    ----------
    window : MainWindow
        The window, with a session open.
    answers : Answers
        What it is answered.
    chance : random.Random
        Decides everything.
    folder : Path
        Where further recordings go.
    """

    def __init__(self, window: MainWindow, answers: Answers, chance: random.Random, folder: Path) -> None:
        self._window, self._answers, self._chance, self._folder = window, answers, chance, folder
        self._bench = window.workbench
        self._table = window.workbench.panels.table
        self.expected = Expected(fields_of(self._session))
        self.counts: Counter[str] = Counter()
        self.checked: Counter[str] = Counter()
        self._n_files = 0
        self._is_amid_a_step = False
        self.history: list[str] = []

    @property
    def _session(self) -> PipelineSession:
        session = self._bench.model.session
        assert session is not None
        return session

    async def act(self) -> None:
        """Do one thing, then compare."""
        action: Callable[[], Awaitable[None]] = self._chance.choices(*zip(*self._actions(), strict=True))[0]
        self._note(action.__name__)
        while (popup := QApplication.activePopupWidget()) is not None:
            popup.close()  # as the first click elsewhere does
        await action()
        if self._chance.random() < 0.3:
            await asyncio.sleep(self._chance.choice((0, 0.01, 0.2)))
        self.compare()

    def _actions(self) -> tuple[tuple[Callable[[], Awaitable[None]], int], ...]:
        return (
            (self.label_by_key, 10),
            (self.label_by_typing, 8),
            (self.write_a_note, 10),
            (self.move, 8),
            (self.select, 6),
            (self.filter, 4),
            (self.sort, 3),
            (self.undo_or_redo, 4),
            (self.turn_the_wheel, 4),
            (self.go_elsewhere, 4),
            (self.press_anything, 8),
            (self.save, 2),
            (self.end_a_step, 2),
            (self.run_a_step, 1),
            (self.open_another, 1),
        )

    def _note(self, what: str) -> None:
        self.history.append(what)
        self.counts[what] += 1

    def compare(self) -> None:
        """Compare the session with what was typed.

        Raises
        ------
        AssertionError
            A label or a note is another one.
        """
        seen = fields_of(self._session)
        differing = {
            unit: (seen[unit], texts) for unit, texts in self.expected.fields.items() if seen[unit] != texts
        }
        assert not differing, f"(stored, typed): {differing}"
        history = self._bench.model.history
        lengths = len(history.undo_names), len(history.redo_names)
        expected = len(self.expected.done), len(self.expected.undone)
        assert self._is_amid_a_step or lengths == expected, (
            f"changes to undo and redo: {lengths}, but made: {expected}"
        )

    # What a user does

    async def label_by_key(self) -> None:
        """Press a label key in the table."""
        self._table.view.setFocus()
        self._press_letter(self._chance.choice("gmnu"))

    async def label_by_typing(self) -> None:
        """Type a label into a cell."""
        await self._type_into_a_cell("label", self._chance.choice(LABELS))

    async def write_a_note(self) -> None:
        """Type a note into a cell."""
        await self._type_into_a_cell(
            "note", " ".join(self._chance.choices(WORDS, k=self._chance.randint(1, 5)))
        )

    async def move(self) -> None:
        """Walk through the table."""
        self._table.view.setFocus()
        keys = (
            Qt.Key.Key_Down,
            Qt.Key.Key_Down,
            Qt.Key.Key_Up,
            Qt.Key.Key_Right,
            Qt.Key.Key_End,
            Qt.Key.Key_PageUp,
        )
        for _ in range(self._chance.randint(1, 4)):
            press(self._chance.choice(keys))

    async def select(self) -> None:
        """Click on rows."""
        view, n_rows = self._table.view, self._table.table.rowCount()
        modifiers = (Qt.KeyboardModifier.NoModifier, CTRL, Qt.KeyboardModifier.ShiftModifier)
        for _ in range(self._chance.randint(1, 3) if n_rows else 0):
            row = self._chance.randrange(n_rows)
            place = view.visualRect(self._table.table.index(row, 0)).center()
            QTest.mouseClick(
                view.viewport(), Qt.MouseButton.LeftButton, self._chance.choice(modifiers), place
            )
        if self._chance.random() < 0.2:
            view.setFocus()
            press(Qt.Key.Key_A, CTRL)

    async def filter(self) -> None:
        """Type a filter, or clear it."""
        QTest.keyClick(self._window, Qt.Key.Key_F, CTRL)
        if self._chance.random() < 0.5:
            press(Qt.Key.Key_Escape)
        else:
            type_keys(self._chance.choice(FILTERS))
        if self._chance.random() < 0.7 and focused() is not self._table.view:  # there, Return begins to edit
            press(Qt.Key.Key_Return)

    async def sort(self) -> None:
        """Click on the title of a column."""
        header = self._table.view.horizontalHeader()
        place = QPoint(
            header.sectionViewportPosition(self._chance.randrange(header.count())) + 8, header.height() // 2
        )
        if header.viewport().rect().contains(place):
            QTest.mouseClick(
                header.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place
            )

    async def undo_or_redo(self) -> None:
        """Press Ctrl+Z or Ctrl+Y in the table."""
        self._table.view.setFocus()
        if (
            QApplication.focusWidget() is not self._table.view
        ):  # no unit passes the filter: the table is not there
            return
        for _ in range(self._chance.randint(1, 3)):
            is_undo = self._chance.random() < 0.6
            is_of_flow = is_undo and bool(self._bench.panels.pipeline.flow_to_undo)
            press(Qt.Key.Key_Z if is_undo else Qt.Key.Key_Y, CTRL)
            if is_undo and not is_of_flow:
                self.expected.undo()
            elif not is_undo:
                self.expected.redo()

    async def turn_the_wheel(self) -> None:
        """Turn the wheel over a control or a plot."""
        kinds = (QComboBox, QAbstractSpinBox, QSlider, QGraphicsView)
        shown = [w for kind in kinds for w in self._window.findChildren(kind) if w.isVisible()]
        turned = self._chance.choice(shown)
        before = self._bench.panels.pipeline.flow_name
        turn_wheel(turned, self._chance.choice((-2, -1, 1, 2)))
        assert self._bench.panels.pipeline.flow_name == before

    async def go_elsewhere(self) -> None:
        """Bring a view to the front, and perhaps click into one of its plots."""
        views = self._bench.panels.docks.views
        key = self._chance.choice(list(views))
        self._bench.panels.docks.bring(key)
        await asyncio.sleep(0)
        plots = [plot for plot in views[key].findChildren(QGraphicsView) if plot.isVisible()]
        if plots and self._chance.random() < 0.7:
            plot = self._chance.choice(plots)
            size = plot.viewport().size()
            place = QPoint(self._chance.randrange(size.width()), self._chance.randrange(size.height()))
            QTest.mouseClick(
                plot.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place
            )
            if QApplication.focusWidget() is not None:
                self._press_letter(self._chance.choice("gmnu"))

    async def press_anything(self) -> None:
        """Press letters and keys wherever the keyboard is."""
        if QApplication.focusWidget() is None:
            self._window.setFocus()
            return
        for _ in range(self._chance.randint(1, 4)):
            if self._chance.random() < 0.6:
                self._press_letter(self._chance.choice("gmnuxk"))
            else:
                press(self._chance.choice((Qt.Key.Key_Tab, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Home)))

    async def save(self) -> None:
        """Press Ctrl+S."""
        self._table.view.setFocus()
        press(Qt.Key.Key_S, CTRL)
        await self._idle()
        self._compare_file()

    async def end_a_step(self) -> None:
        """Change what a step would change."""
        self.expected.note_change()
        self._bench.model.apply(self._results())

    async def run_a_step(self) -> None:
        """Start a real step; it goes on while other things are done."""
        self._is_amid_a_step = True
        self._bench.panels.pipeline.rows["rf_geometry"].run.click()
        for _ in range(self._chance.randint(1, 5)):
            await self._chance.choice((self.write_a_note, self.label_by_typing, self.label_by_key))()
            await asyncio.sleep(0.01)
        await self._idle()
        self._is_amid_a_step = False
        self.forget_undo()

    def forget_undo(self) -> None:
        """Begin a new undo list in the program and here: when the step's own change came is not known."""
        self.expected.done.clear()
        self.expected.note_change()
        self._bench.model.apply(self._results())
        history = self._bench.model.history
        history.budget_bytes, before = 0, history.budget_bytes  # which leaves the last change
        history.budget_bytes = before

    async def open_another(self) -> None:
        """Open another recording, perhaps while a note is being typed."""
        self._n_files += 1
        path = self._folder / f"recording {self._n_files}.h5"
        shutil.copyfile(RECORDING, path)
        before = self._session
        if self._chance.random() < 0.5 and self._table.table.rowCount():
            await self._leave_an_editor_open()
        open_path(self._bench, path)
        await until(lambda: self._session is not before)
        await self._idle()
        assert before.hdf5_path is not None
        self._compare_file(before.hdf5_path)
        self.expected = Expected(fields_of(self._session))
        assert not any(text for texts in self.expected.fields.values() for text in texts.values())

    async def _leave_an_editor_open(self) -> None:
        unit = self._chance.choice(self._table.table.unit_ids)
        edit_cell(self._table, unit, "note")
        text = self._chance.choice(WORDS)
        type_keys(text)
        self.expected.set((unit,), "note", text)

    # How it does so

    def _press_letter(self, letter: str) -> None:
        """Press a letter; it labels if the keyboard is in the table or in a plot."""
        widget = focused()
        view = self._table.view
        in_view = next((v for v in self._bench.panels.docks.views.values() if v.isAncestorOf(widget)), None)
        is_plot = in_view is not None and (
            isinstance(widget, QGraphicsView) or widget.metaObject().className() == "QWidget"
        )
        units = view.selected_ids()
        QTest.keyClicks(widget, letter)
        if (widget is view and not view.is_editing) or is_plot:
            label = LABEL_KEYS.get(letter.upper())
            if label is not None:
                self.checked["label keys"] += 1
                self.expected.set(units, "label", label)

    async def _type_into_a_cell(self, field: str, text: str) -> None:
        if not self._table.table.rowCount():
            return
        unit = self._chance.choice(self._table.table.unit_ids)
        editor = edit_cell(self._table, unit, field)
        for letter in text:
            type_keys(letter)
            if self._chance.random() < 0.08:
                await self._interrupt(editor, unit, field)
        assert QApplication.focusWidget() is not None
        assert focused() is editor, f"the keyboard has gone from the editor to {focused()}"
        self._leave(unit, field, text)

    async def _interrupt(self, editor: QWidget, unit: str, field: str) -> None:
        """Let something happen while a text is being typed."""
        kind = self._chance.choice(("save", "step", "values", "away", "wheel", "wait"))
        self._note(f"{kind} while typing")
        line = editor.lineEdit() if isinstance(editor, QComboBox) else editor
        so_far: str = line.text()  # type: ignore[union-attr]  # a line in both cases
        if kind in {"save", "away"}:
            self.expected.set((unit,), field, "" if (field, so_far) == ("label", "unlabelled") else so_far)
        if kind == "save":
            press(Qt.Key.Key_S, CTRL)
            await self._idle_files()
        elif kind == "step":
            self.expected.note_change()
            self._bench.model.apply(self._results())
        elif kind == "values":
            other = self._chance.choice([name for name in self.expected.fields if name != unit])
            self.expected.set((other,), "note", "by a script")
            self._bench.panels.table.table.edit((other,), "note", "by a script")
        elif kind == "away":
            for what in (QEvent.Type.FocusOut, QEvent.Type.FocusIn):
                QApplication.sendEvent(editor, QFocusEvent(what, Qt.FocusReason.ActiveWindowFocusReason))
        elif kind == "wheel":
            turn_wheel(editor, self._chance.choice((-1, 1)))
        else:
            await asyncio.sleep(0.02)
        self.compare()

    def _leave(self, unit: str, field: str, text: str) -> None:
        """Leave an editor; all ways but Esc store the text."""
        way = self._chance.choice(("Return", "Tab", "Escape", "click", "Down and Return"))
        self._note(f"{way} after typing")
        if way == "Escape":
            press(Qt.Key.Key_Escape)
            return
        self.checked[f"{field}s"] += 1
        self.expected.set((unit,), field, text)
        if way == "click":
            self._table.view.setFocus()
        elif way == "Down and Return" and field == "note":
            press(Qt.Key.Key_Down)
            press(Qt.Key.Key_Return)
        else:
            press(Qt.Key.Key_Tab if way == "Tab" else Qt.Key.Key_Return)
        if QApplication.focusWidget() is not self._table.view:
            self._table.view.setFocus()  # Tab may have opened the next cell

    def _results(self) -> Update:
        number = self._chance.random()
        name = self._chance.choice(("bars", "gratings", "steps"))
        result = {"data": {self._chance.choice(("dsi", "osi", "peak")): number}, "metadata": {}}
        return Update.of(
            "Features", {("units", unit, "features", name): result for unit in self.expected.fields}
        )

    async def _idle_files(self) -> None:
        await asyncio.sleep(0)
        await until(lambda: not self._bench.files.is_busy)

    async def _idle(self) -> None:
        await self._idle_files()
        await until(lambda: not self._bench.runner.is_running)

    def _compare_file(self, path: Path | None = None) -> None:
        path = path or self._session.hdf5_path
        assert path is not None
        self.checked["files"] += 1
        stored = fields_of(PipelineSession.load(path))
        assert stored == self.expected.fields, (stored, self.expected.fields)

    async def finish(self) -> None:
        """Save and compare the file with all that was typed."""
        await self._idle()
        await self.save()


async def use(
    window: MainWindow, answers: Answers, folder: Path, seed: int, *, n_actions: int = 0, minutes: float = 0.0
) -> RandomUser:
    """Use a window at random for some actions, or some minutes; raise AssertionError if anything is not as typed."""
    path = folder / "recording 0.h5"
    shutil.copyfile(RECORDING, path)
    assert await window.workbench.files.open(path)
    window.activateWindow()
    await until(window.isActiveWindow)
    answers.on_unsaved = Unsaved.SAVE
    user = RandomUser(window, answers, random.Random(seed), folder)  # noqa: S311 - to be repeatable
    end = time.monotonic() + 60 * minutes
    while sum(user.counts.values()) < n_actions or time.monotonic() < end:
        try:
            await user.act()
        except AssertionError as error:
            error.add_note(f"Done last: {user.history[-12:]}, {len(user.history)} in all")
            raise
    await user.finish()
    assert answers.failures == []
    return user


def main() -> int:
    """Use a window of its own for some minutes, and print what was done."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["HDMEA_CONFIG_DIR"] = str(Path(folder) / "settings")
        user: Any = _in_a_loop(arguments.seed, arguments.minutes, Path(folder))
    for title, counts in (("Done", user.counts), ("Compared", user.checked)):
        words = ", ".join(f"{count} {name}" for name, count in sorted(counts.items()))
        sys.stdout.write(f"{title}: {words}\n")
    return 0


def _in_a_loop(seed: int, minutes: float, folder: Path) -> RandomUser:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = QApplication([])
    import qasync  # after PySide6: it takes the Qt that is there

    loop = qasync.QEventLoop(application)
    asyncio.set_event_loop(loop)
    answers = Answers()
    window = MainWindow(SessionModel(), Faults(), answers)
    window.resize(1280, 720)
    window.show()
    try:
        user: RandomUser = loop.run_until_complete(use(window, answers, folder, seed, minutes=minutes))
        return user
    finally:
        window.workbench.closing.close_at_once()
        end_all_jobs()


if __name__ == "__main__":
    sys.exit(main())
