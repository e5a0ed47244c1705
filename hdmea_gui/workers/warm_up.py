"""Imports what the steps will need, so that the first one does not wait for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QTimer

from hdmea_gui.pipeline.libraries import import_unless_stopped
from hdmea_gui.pipeline.steps import STEPS
from hdmea_gui.workers.jobs import CallJob

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

_PAUSE_MS = 300
"""From the first paint on, for what else happens at the start."""


class AfterFirstPaint(QObject):
    """Lets something happen as soon as a widget has been painted for the first time.

    Parameters
    ----------
    widget : QWidget
        The widget; it has not been shown yet.
    """

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self._widget = widget
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Wait for the first paint."""
        if event.type() == QEvent.Type.Paint:
            self._widget.removeEventFilter(self)
            QTimer.singleShot(0, self, self.happen)
        return super().eventFilter(watched, event)

    def happen(self) -> None:
        """Do it; the paint is done."""
        raise NotImplementedError


class WarmUp(AfterFirstPaint):
    """Imports the libraries of all steps in the background once the window stands."""

    def happen(self) -> None:
        """Begin a moment later."""
        QTimer.singleShot(_PAUSE_MS, self, self._begin)

    def _begin(self) -> None:
        names = tuple(dict.fromkeys(name for step in STEPS for name in step.libraries))
        job = CallJob(import_unless_stopped, names, doing="importing libraries", reports=True)
        job.start()
