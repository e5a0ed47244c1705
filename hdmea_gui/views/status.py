"""Status bar: the running task with its progress, the memory in use, and whether the work is saved."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QLabel, QProgressBar, QPushButton, QStatusBar

from hdmea_gui.byte_sizes import size_text
from hdmea_gui.models.session_model import Badge, Safety
from hdmea_gui.pipeline.health import State, worst
from hdmea_gui.pipeline.status import duration_words
from hdmea_gui.views.explain import explain

if TYPE_CHECKING:
    from hdmea_gui.models.changed import Changed
    from hdmea_gui.models.session_model import SessionModel

_HEALTH_WORDS: dict[State, str] = {"ok": "Health: OK", "check": "Health: check", "fault": "Health: FAULT"}
_SCALE = 1000  # a progress bar counts whole numbers only


def badge_words(badge: Badge) -> str:
    """Return the text of the badge."""
    if badge.safety is Safety.SAVED and badge.path is not None:
        return f"SAVED {badge.path.name}"
    if badge.safety is Safety.CHECKPOINTED and badge.moment is not None:
        return f"CHECKPOINTED {badge.moment.astimezone():%H:%M}"
    return "IN MEMORY ONLY" if badge.safety is Safety.IN_MEMORY else ""


class Status(QObject):
    """Contents of the status bar.

    Parameters
    ----------
    bar : QStatusBar
        The window's status bar.
    model : SessionModel
        The model of the session.
    """

    stop_requested = Signal()
    """The user wants to stop the running task."""

    health_requested = Signal()
    """The user wants to see the health of the recording."""

    def __init__(self, bar: QStatusBar, model: SessionModel) -> None:
        super().__init__(bar)
        self._model = model
        self.message = QLabel()
        self.progress = QProgressBar()
        self.left = QLabel()
        self.stop = QPushButton("Stop")
        self.health = QPushButton()
        self.memory = QLabel()
        self.badge = QLabel()
        self._arrange(bar)
        model.safety_changed.connect(self.refresh)
        model.changed.connect(self._on_changed)
        model.replaced.connect(self.show_health)
        self.show_idle()
        self.refresh()
        self.show_health()

    def _arrange(self, bar: QStatusBar) -> None:
        self.progress.setRange(0, _SCALE)
        self.progress.setTextVisible(False)
        self.progress.setFixedWidth(160)
        explain(
            self.stop,
            "Stop the running task. A stopped step leaves the session unchanged; a stopped save, the file.",
        )
        self.stop.clicked.connect(self.stop_requested)
        explain(self.memory, "Memory used by the session. Large arrays of an opened file stay on disk.")
        self.health.setFlat(True)
        explain(
            self.health, "The worst that the checks of the recording have found. Click to see all of them."
        )
        self.health.clicked.connect(self.health_requested)
        self.badge.setObjectName("badge")
        self.badge.setWhatsThis(
            "Whether your work is safe: in memory only, in a checkpoint, or in the session's own file."
        )
        self.badge.setAccessibleName("Save status")
        for widget in (self.message, self.progress, self.left, self.stop):
            bar.addWidget(widget)
        bar.addPermanentWidget(self.health)
        bar.addPermanentWidget(self.memory)
        bar.addPermanentWidget(self.badge)

    def show_work(self, words: str, part: float | None, seconds_left: float | None = None) -> None:
        """Show the running task and its progress.

        Parameters
        ----------
        words : str
            Description of the task.
        part : float or None
            Fraction done, 0 to 1; None if unknown.
        seconds_left : float or None
            Time left, if it can be estimated.
        """
        self.message.setText(words)
        self.progress.setRange(0, 0 if part is None else _SCALE)
        self.progress.setValue(round((part or 0) * _SCALE))
        left = f"{duration_words(seconds_left)} left" if seconds_left is not None else ""
        self.left.setText(" ".join(filter(None, ("" if part is None else f"{part:.0%}", left))))
        for widget in (self.progress, self.left, self.stop):
            widget.show()

    def show_idle(self, words: str = "") -> None:
        """Hide the progress; nothing is running."""
        self.message.setText(words)
        for widget in (self.progress, self.left, self.stop):
            widget.hide()

    def refresh(self) -> None:
        """Show whether the work is saved."""
        badge = self._model.badge
        self.badge.setText(badge_words(badge))
        self.badge.setVisible(badge.safety is not Safety.NOTHING)
        self.badge.setProperty("safety", badge.safety.value)
        self.badge.setToolTip(_badge_tip(badge))
        # the style sheet notices a changed property only when applied again
        self.badge.style().unpolish(self.badge)
        self.badge.style().polish(self.badge)

    def show_health(self) -> None:
        """Show the worst state that the checks of the recording have found."""
        session = self._model.session
        state = None if session is None else worst(session.health)
        self.health.setVisible(state is not None)
        self.health.setText("Health" if state is None else _HEALTH_WORDS[state])

    def _on_changed(self, changed: Changed) -> None:
        if changed.touches("health"):
            self.show_health()

    def show_memory(self, nbytes: int | None) -> None:
        """Show the memory held by the session, bytes; None without a session."""
        self.memory.setText(f"{size_text(nbytes)} in session" if nbytes is not None else "")


def _badge_tip(badge: Badge) -> str:
    tips = {
        Safety.IN_MEMORY: "The latest changes are not in any file. Save the session or a checkpoint.",
        Safety.CHECKPOINTED: f"All changes are in the checkpoint {badge.path}.",
        Safety.SAVED: f"All changes are saved in {badge.path}.",
    }
    return tips.get(badge.safety, "")
