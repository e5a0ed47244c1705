"""Texts and numbers typed into dialogs and forms with real keys: what is typed is what counts, or is refused aloud."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import TYPE_CHECKING, TypeVar

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QDialogButtonBox, QToolTip, QWidget

from hdmea_gui.models.user_settings import UserSettings
from hdmea_gui.settings import load_settings
from hdmea_gui.views.threshold_picker import ThresholdPicker
from hdmea_gui.window.dialogs.figure import FigureDialog
from hdmea_gui.window.dialogs.preferences import PreferencesDialog
from hdmea_gui.window.dialogs.recording import RecordingDialog
from hdmea_gui.window.dialogs.threshold import ThresholdDialog
from tests.views.seen import texts
from tests.window.carrying_out import carry_out
from tests.window.typing_keys import CTRL, focused, press, turn_wheel, type_keys
from tests.window.waiting import until

if TYPE_CHECKING:
    from pathlib import Path

    from hdmea_gui.window.main_window import MainWindow
    from tests.window.conftest import Await

Key = Qt.Key
D = TypeVar("D", bound=QDialog)


def open_dialog(window: MainWindow, key: str, kind: type[D], await_: Await) -> D:
    carry_out(window, key)
    (dialog,) = (dialog for dialog in window.findChildren(kind) if dialog.isVisible())
    dialog.activateWindow()
    await_(until(lambda: QApplication.focusWidget() is not None and dialog.isAncestorOf(focused())))
    return dialog


def type_over(text: str) -> None:
    press(Key.Key_A, CTRL)
    type_keys(text)


def click(dialog: QDialog, role: QDialogButtonBox.ButtonRole) -> None:
    (box,) = dialog.findChildren(QDialogButtonBox)
    (button,) = (button for button in box.buttons() if box.buttonRole(button) == role)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def leave_by(key: Qt.Key | None, elsewhere: QWidget) -> None:
    """Leave a field by a key or by a click elsewhere."""
    if key is None:
        QTest.mouseClick(elsewhere, Qt.MouseButton.LeftButton)
    else:
        press(key)


@pytest.mark.parametrize("key", [Key.Key_Tab, None], ids=["Tab", "click"])
@pytest.mark.parametrize("typed", ["dorso", "Dorsal", "v", "N", "far periphery"])
def test_a_part_of_the_retina_is_not_completed(
    typed: str, key: Qt.Key | None, window: MainWindow, await_: Await
) -> None:
    dialog = open_dialog(window, "new_recording", RecordingDialog, await_)
    dialog.preparation.quadrant.setFocus()
    type_keys(typed)
    leave_by(key, dialog.raw.line)
    assert not dialog.preparation.quadrant.hasFocus()
    assert dialog.preparation.stated() == {"retinal_quadrant": typed}
    dialog.reject()


def test_the_wheel_changes_nothing_of_a_new_recording(window: MainWindow, await_: Await) -> None:
    dialog = open_dialog(window, "new_recording", RecordingDialog, await_)
    about = dialog.preparation
    about.eye.setCurrentText("left")
    about.quadrant.setCurrentText("ventral")
    about.pixel.setValue(4.0)
    before = about.stated()
    for control in (about.eye, about.quadrant, about.pixel):
        for notches in (-1, 1):
            turn_wheel(control, notches)
            assert about.stated() == before
    dialog.reject()


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("1,100", "Write 1.100 or 1100: the comma is ambiguous."),
        ("5", "Enter a number from 20 to 1200."),
        ("1.2.3", "Enter a number from 20 to 1200."),
    ],
)
@pytest.mark.parametrize("way", ["Return", "button", "Tab and Return"])
def test_a_number_that_cannot_be_taken_is_refused_aloud(
    way: str, typed: str, words: str, opened: MainWindow, await_: Await
) -> None:
    dialog = open_dialog(opened, "figure_size", FigureDialog, await_)
    assert dialog.width_mm.hasFocus()
    type_over(typed)
    if way.startswith("Tab"):
        press(Key.Key_Tab)
        assert not dialog.width_mm.hasFocus()
    if way == "button":
        click(dialog, QDialogButtonBox.ButtonRole.AcceptRole)
    else:
        press(Key.Key_Return)
    assert dialog.isVisible()
    assert QToolTip.text() == words
    assert dialog.width_mm.text() == f"{typed} mm"
    assert focused() is dialog.width_mm
    assert load_settings().figures == {}
    type_over("110,5")
    press(Key.Key_Return)
    assert load_settings().figures["width_mm"] == 110.5
    assert not dialog.isVisible()


def test_preferences_opened_before_another_program_changes_some_change_only_theirs(
    opened: MainWindow, await_: Await, tmp_path: Path
) -> None:
    open_dialog(opened, "preferences", PreferencesDialog, await_)
    other = UserSettings()
    other.keep(dataclasses.replace(other.current, sensor_pitch_um=32.0, time_zone="Europe/Berlin"))
    opened.workbench.settings.remember(tmp_path / "a.h5")  # a save that ends meanwhile
    type_over(str(tmp_path / "playlist.csv"))
    press(Key.Key_Return)
    saved = load_settings()
    assert saved.playlist_file == tmp_path / "playlist.csv"
    assert (saved.sensor_pitch_um, saved.time_zone) == (32.0, "Europe/Berlin")
    assert saved.recent_files[0] == str(tmp_path / "a.h5")
    assert opened.workbench.settings.current == saved


def test_a_suggested_threshold_does_not_replace_the_one_being_typed(
    opened: MainWindow, await_: Await
) -> None:
    dialog = open_dialog(opened, "pick_threshold", ThresholdDialog, await_)
    (picker,) = dialog.findChildren(ThresholdPicker)
    finding = "Finding light onsets..."
    assert finding in texts(picker)
    type_over("12")
    await_(until(lambda: finding not in texts(picker)))
    type_keys(".5")
    press(Key.Key_Tab)
    assert picker.values()["threshold"] == 12.5
    dialog.reject()


def test_a_threshold_typed_over_the_suggested_one_replaces_all_of_it(
    opened: MainWindow, await_: Await
) -> None:
    dialog = open_dialog(opened, "pick_threshold", ThresholdDialog, await_)
    (picker,) = dialog.findChildren(ThresholdPicker)
    await_(until(lambda: picker.n_onsets > 0))
    type_keys("12.5")
    press(Key.Key_Tab)
    assert picker.values()["threshold"] == 12.5
    dialog.reject()


@pytest.mark.parametrize("key", [Key.Key_Return, Key.Key_Tab], ids=lambda key: key.name)
@pytest.mark.parametrize("typed", ["set", "SET6A", "7"])
def test_the_name_of_a_playlist_is_not_completed(
    typed: str, key: Qt.Key, opened: MainWindow, await_: Await
) -> None:
    row = opened.workbench.panels.pipeline.rows["add_section_time"]
    QTest.mouseClick(row.title, Qt.MouseButton.LeftButton)
    await_(asyncio.sleep(0.1))
    opened.playlist_names.offered.offer(["set6a", "set7"])
    row.form.fields["playlist_name"].line().setFocus()
    type_over(typed)
    popup = QApplication.activePopupWidget()
    assert popup is not None  # the names that match, of which none is chosen
    QTest.keyClick(popup, key)
    assert row.form.texts()["playlist_name"] == typed
