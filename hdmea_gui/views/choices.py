"""Settings of controls as plain values, so that they can be remembered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QCheckBox, QSpinBox

from hdmea_gui.views.caption import Chooser

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget


def choice_of(control: QWidget) -> Any:
    """What is chosen: a name, a number, or yes or no.

    Raises
    ------
    TypeError
        It is no control of these kinds.
    """
    if isinstance(control, Chooser):
        return control.wish
    if isinstance(control, QSpinBox):
        return control.value()
    if isinstance(control, QCheckBox):
        return control.isChecked()
    raise TypeError(f"{type(control).__name__} has no choice that can be remembered.")


def choose(control: QWidget, choice: Any) -> None:
    """Choose what `choice_of` gave; anything of another kind is passed over."""
    if isinstance(control, Chooser) and isinstance(choice, str):
        control.choose(choice)
    elif isinstance(control, QSpinBox) and type(choice) is int:
        control.setValue(choice)
    elif isinstance(control, QCheckBox) and isinstance(choice, bool):
        control.setChecked(choice)
