"""Where to save: endings, and nothing replaced unasked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication, QFileDialog, QMessageBox, QWidget

from hdmea_gui.window.ask import Ask, Unsaved
from hdmea_gui.workers.failure import Failure

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytestqt.qtbot import QtBot

H5 = "Sessions and checkpoints (*.h5 *.hdf5)"
SESSIONS = f"{H5};;All files (*)"
FIGURES = "PNG image (*.png);;SVG drawing (*.svg);;PDF document (*.pdf)"


class Careful(Ask):
    """Answers whether a file may be replaced."""

    def __init__(self, *, agrees: bool = True) -> None:
        self._parent = None  # type: ignore[assignment]
        self.agrees, self.asked = agrees, 0

    def may_replace(self, path: Path) -> bool:  # noqa: ARG002 - as in Ask
        self.asked += 1
        return self.agrees


@pytest.mark.parametrize(
    ("typed", "kind", "kinds", "suggested", "expected"),
    [
        ("2026.02.03-10.11.12-Rec", H5, SESSIONS, "x.h5", "2026.02.03-10.11.12-Rec.h5"),
        ("rec.HDF5", H5, SESSIONS, "x.h5", "rec.HDF5"),
        ("rec", "All files (*)", SESSIONS, "x.h5", "rec.h5"),
        ("rec field.png", "SVG drawing (*.svg)", FIGURES, "rec field.png", "rec field.svg"),
        ("rec field.svg", "PNG image (*.png)", FIGURES, "rec field.png", "rec field.svg"),
        ("rec 10.30.00 field", "PDF document (*.pdf)", FIGURES, "x.png", "rec 10.30.00 field.pdf"),
    ],
)
def test_a_file_gets_the_ending_that_was_meant(
    typed: str,
    kind: str,
    kinds: str,
    suggested: str,
    expected: str,
    qapp: QApplication,  # noqa: ARG001 - dialogs need one
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    chosen = str(tmp_path / typed)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_args: (chosen, kind))
    assert Careful().place_to_save("Save", tmp_path / suggested, kinds) == tmp_path / expected


@pytest.mark.parametrize("agrees", [True, False])
def test_a_file_that_the_ending_leads_to_is_not_replaced_unasked(
    agrees: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = tmp_path / "rec.h5"
    there.touch()
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_args: (str(tmp_path / "rec"), SESSIONS))
    ask = Careful(agrees=agrees)
    assert ask.place_to_save("Save", tmp_path / "x.h5", SESSIONS) == (there if agrees else None)
    assert ask.asked == 1


def test_a_file_that_the_dialog_has_asked_about_is_not_asked_about_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = tmp_path / "rec.h5"
    there.touch()
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_args: (str(there), SESSIONS))
    ask = Careful()
    assert ask.place_to_save("Save", tmp_path / "x.h5", SESSIONS) == there
    assert ask.asked == 0


def test_a_question_that_was_answered_is_gone(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    """And its answer is the button that was pressed."""
    pressed: list[str] = []

    def press(box: QMessageBox) -> None:
        button = next(button for button in box.buttons() if button.text().replace("&", "") == pressed[-1])
        button.click()

    monkeypatch.setattr(QMessageBox, "exec", press)
    window = QWidget()
    qtbot.addWidget(window)
    window.show()
    ask = Ask(window)
    questions: list[tuple[Callable[[], object], str, object]] = [
        (lambda: ask.may_replace(Path("a.h5")), "Replace", True),
        (lambda: ask.may_replace(Path("a.h5")), "Cancel", False),
        (lambda: ask.unsaved("rec"), "Save", Unsaved.SAVE),
        (lambda: ask.unsaved("rec"), "Discard", Unsaved.DISCARD),
        (lambda: ask.unsaved("rec"), "Cancel", Unsaved.CANCEL),
        (lambda: ask.may("Stop?", "", "Stop"), "Stop", True),
        (lambda: ask.may("Stop?", "", "Stop"), "Cancel", False),
        (lambda: ask.show_failure(Failure("It broke.", "details")), "Copy details", None),
    ]
    for question, button, answer in questions:
        pressed.append(button)
        assert question() == answer
    assert QApplication.clipboard().text() == "It broke.\n\ndetails"
    assert len(window.findChildren(QMessageBox)) == len(questions)
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert window.findChildren(QMessageBox) == []
