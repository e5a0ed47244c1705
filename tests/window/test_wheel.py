"""The wheel turned over lists and numbers that do not have the keyboard."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QComboBox, QWidget

from hdmea_gui.settings import Settings
from hdmea_gui.window.dialogs.preferences import PreferencesDialog
from tests.window.typing_keys import turn_wheel

if TYPE_CHECKING:
    from hdmea_gui.window.main_window import MainWindow


def controls(shown: QWidget) -> list[QComboBox | QAbstractSpinBox]:
    """Every list and number in a window, hidden ones too."""
    return [*shown.findChildren(QComboBox), *shown.findChildren(QAbstractSpinBox)]


def value(control: Any) -> Any:
    return control.currentText() if isinstance(control, QComboBox) else control.value()


def settle_on_the_middle(control: Any) -> None:
    if isinstance(control, QComboBox):
        control.blockSignals(True)
        control.setCurrentIndex(control.count() // 2)
        control.blockSignals(False)


@pytest.mark.parametrize("notches", [-3, 3])
def test_the_wheel_changes_no_list_and_no_number_of_the_window(notches: int, opened: MainWindow) -> None:
    found = controls(opened)
    assert len(found) >= 10
    for row in opened.workbench.panels.pipeline.rows.values():
        row.title.setChecked(True)
    opened.workbench.panels.table.view.setFocus()
    for control in found:
        settle_on_the_middle(control)
        before = value(control)
        turn_wheel(control, notches)
        assert value(control) == before, control.accessibleName()
        assert not control.hasFocus()
        assert (
            not control.focusPolicy().value
            & Qt.FocusPolicy.WheelFocus.value
            & ~Qt.FocusPolicy.StrongFocus.value
        )


def test_the_wheel_changes_no_list_and_no_number_of_the_preferences(opened: MainWindow) -> None:
    dialog = PreferencesDialog(Settings(sensor_pitch_um=16.0), 0)
    opened.workbench.dialogs.open(dialog)
    dialog.playlist.line.setFocus()
    found = controls(dialog)
    assert len(found) == 3
    for control in found:
        before = value(control)
        turn_wheel(control)
        assert value(control) == before
    dialog.reject()


def test_the_wheel_over_the_flow_list_changes_nothing_even_with_the_keyboard(opened: MainWindow) -> None:
    panel = opened.workbench.panels.pipeline
    panel.chooser.setFocus()
    assert QApplication.focusWidget() is panel.chooser
    turn_wheel(panel.chooser)
    assert panel.flow_name == ""
    assert panel.chooser.currentText() == "All steps"
