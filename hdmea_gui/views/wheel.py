"""The mouse wheel over lists and numbers: it scrolls what is around them, rather than change them by accident."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QWidget


class _Guard(QObject):
    """Passes the wheel on to what is around a control."""

    def __init__(self, control: QWidget, *, with_focus: bool) -> None:
        super().__init__(control)
        self._with_focus = with_focus
        control.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Ignore the wheel; the event then goes to the parent."""
        if event.type() != QEvent.Type.Wheel or not isinstance(watched, QWidget):
            return False
        if watched.hasFocus() and not self._with_focus:
            return False
        event.ignore()
        return True


_BY_KEYBOARD_AND_CLICK = Qt.FocusPolicy.StrongFocus


def ignore_wheel(control: QWidget, *, with_focus: bool = True) -> None:
    """Let the wheel change nothing in a control.

    Parameters
    ----------
    control : QWidget
        A list, a number or a slider.
    with_focus : bool
        Whether this holds while it has the focus, too.
    """
    control.setFocusPolicy(_BY_KEYBOARD_AND_CLICK)  # by default, the wheel gives it the focus first
    _Guard(control, with_focus=with_focus)
