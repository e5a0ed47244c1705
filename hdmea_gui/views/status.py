"""The status bar: what goes on and how long it takes, how much memory is used, and whether the work is safe."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QLabel, QProgressBar, QPushButton, QStatusBar

from hdmea_gui.models.session_model import Badge, Safety
from hdmea_gui.models.step_status import duration_words
from hdmea_gui.views.explain import explain

if TYPE_CHECKING:
    from hdmea_gui.models.session_model import SessionModel

_SCALE = 1000


def badge_words(badge: Badge) -> str:
    """What the badge says."""
    if badge.safety is Safety.SAVED and badge.path is not None:
        return f"SAVED {badge.path.name}"
    if badge.safety is Safety.CHECKPOINTED and badge.moment is not None:
        return f"CHECKPOINTED {badge.moment.astimezone():%H:%M}"
    return "IN MEMORY ONLY" if badge.safety is Safety.IN_MEMORY else ""


def memory_words(size_gb: float) -> str:
    """How much memory a session holds."""
    size = f"{size_gb:.1f} GB" if size_gb >= 1 else f"{math.ceil(size_gb * 1000)} MB"
    return f"{size} in session"


class Status(QObject):
    """What stands in the status bar.

    Parameters
    ----------
    bar : QStatusBar
        The window's status bar.
    model : SessionModel
        The session.
    """

    stop_requested = Signal()
    """The user wants what goes on to stop."""

    def __init__(self, bar: QStatusBar, model: SessionModel) -> None:
        super().__init__(bar)
        self._model = model
        self.message = QLabel()
        self.progress = QProgressBar()
        self.left = QLabel()
        self.stop = QPushButton("Stop")
        self.memory = QLabel()
        self.badge = QLabel()
        self._arrange(bar)
        model.safety_changed.connect(self.refresh)
        self.show_idle()
        self.refresh()

    def _arrange(self, bar: QStatusBar) -> None:
        self.progress.setRange(0, _SCALE)
        self.progress.setTextVisible(False)
        self.progress.setFixedWidth(160)
        explain(
            self.stop,
            "Stop what goes on. A stopped step leaves no trace in the session, nor a stopped save on the disk.",
        )
        self.stop.clicked.connect(self.stop_requested)
        explain(self.memory, "Memory that the session holds. Large arrays of an opened file stay on disk.")
        self.badge.setObjectName("badge")
        self.badge.setWhatsThis(
            "Whether your work is safe: in memory only, in a checkpoint, or in the session's own file."
        )
        self.badge.setAccessibleName("Safety of the work")
        for widget in (self.message, self.progress, self.left, self.stop):
            bar.addWidget(widget)
        bar.addPermanentWidget(self.memory)
        bar.addPermanentWidget(self.badge)

    def show_work(self, words: str, part: float | None, seconds_left: float | None = None) -> None:
        """Show what goes on and how far it is.

        Parameters
        ----------
        words : str
            What it is.
        part : float or None
            Part done, 0 to 1; None where that is not known.
        seconds_left : float or None
            Time left, where that can be told.
        """
        self.message.setText(words)
        self.progress.setRange(0, 0 if part is None else _SCALE)
        self.progress.setValue(round((part or 0) * _SCALE))
        left = f"{duration_words(seconds_left)} left" if seconds_left is not None else ""
        self.left.setText(" ".join(filter(None, ("" if part is None else f"{part:.0%}", left))))
        for widget in (self.progress, self.left, self.stop):
            widget.show()

    def show_idle(self, words: str = "") -> None:
        """Show that nothing goes on."""
        self.message.setText(words)
        for widget in (self.progress, self.left, self.stop):
            widget.hide()

    def refresh(self) -> None:
        """Show how safe the work is."""
        badge = self._model.badge
        self.badge.setText(badge_words(badge))
        self.badge.setVisible(badge.safety is not Safety.NOTHING)
        self.badge.setProperty("safety", badge.safety.value)
        self.badge.setToolTip(_badge_tip(badge))
        self.badge.style().unpolish(self.badge)
        self.badge.style().polish(self.badge)

    def show_memory(self, nbytes: int | None) -> None:
        """Show how much memory the session holds, in bytes; None without a session."""
        self.memory.setText(memory_words(nbytes / 1e9) if nbytes is not None else "")


def _badge_tip(badge: Badge) -> str:
    tips = {
        Safety.IN_MEMORY: "The last changes are in no file yet. Save, or save a checkpoint.",
        Safety.CHECKPOINTED: f"The checkpoint {badge.path} holds everything.",
        Safety.SAVED: f"{badge.path} holds everything.",
    }
    return tips.get(badge.safety, "")
