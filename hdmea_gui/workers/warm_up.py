"""Imports the libraries of the steps in advance, so that the first step does not wait for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QTimer

from hdmea_gui.pipeline.libraries import import_unless_stopped
from hdmea_gui.pipeline.steps import STEPS
from hdmea_gui.workers.jobs import CallJob

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

_PAUSE_MS = 300
"""Delay after the first paint, for the other work at the start."""


class AfterFirstPaint(QObject):
    """Base of actions that start once a widget has been painted for the first time.

    Parameters
    ----------
    widget : QWidget
        The widget, not shown yet.
    """

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self._widget = widget
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Wait for the first paint."""
        if event.type() == QEvent.Type.Paint:
            self._widget.removeEventFilter(self)
            QTimer.singleShot(0, self, self.happen)  # a filter sees the event before the widget does
        return super().eventFilter(watched, event)

    def happen(self) -> None:
        """Do the work; called once after the first paint."""
        raise NotImplementedError


class WarmUp(AfterFirstPaint):
    """Imports the libraries of all steps in the background once the window is shown."""

    def happen(self) -> None:
        """Start the import after a short delay."""
        QTimer.singleShot(_PAUSE_MS, self, self._begin)

    def _begin(self) -> None:
        names = tuple(dict.fromkeys(name for step in STEPS for name in step.libraries))
        job = CallJob(import_unless_stopped, names, doing="importing libraries", reports=True)
        job.start()
