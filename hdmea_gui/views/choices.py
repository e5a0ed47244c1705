"""Settings of controls as plain values, so that they can be stored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QCheckBox, QSpinBox

from hdmea_gui.views.caption import Chooser

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget


def choice_of(control: QWidget) -> Any:
    """Return the setting of a control: a name, a number or a truth value.

    Raises
    ------
    TypeError
        The control is of another kind.
    """
    if isinstance(control, Chooser):
        return control.wish
    if isinstance(control, QSpinBox):
        return control.value()
    if isinstance(control, QCheckBox):
        return control.isChecked()
    raise TypeError(f"{type(control).__name__} has no setting that can be stored.")


def choose(control: QWidget, choice: Any) -> None:
    """Restore a setting returned by `choice_of`; a value of another kind is ignored."""
    if isinstance(control, Chooser) and isinstance(choice, str):
        control.choose(choice)
    elif isinstance(control, QSpinBox) and type(choice) is int:
        control.setValue(choice)
    elif isinstance(control, QCheckBox) and isinstance(choice, bool):
        control.setChecked(choice)
