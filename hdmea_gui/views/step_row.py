"""One step in the pipeline panel: its status, its parameters and the buttons that run it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QCheckBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from hdmea_gui.pipeline.status import StatusKind, StepStatus, duration_words
from hdmea_gui.views.caption import ElidedLabel
from hdmea_gui.views.explain import explain
from hdmea_gui.views.parameter_form import ParameterForm

if TYPE_CHECKING:
    from hdmea_gui.pipeline.step import Offer, Step

_MARKS = {
    StatusKind.NO_SESSION: "○",
    StatusKind.WAITING: "○",
    StatusKind.READY: "○",
    StatusKind.RUNNING: "▸",
    StatusKind.DONE: "✓",
    StatusKind.OUT_OF_DATE: "↻",
    StatusKind.TO_BE_RECOMPUTED: "↻",
    StatusKind.LEFT_OUT: "–",
    StatusKind.FAILED: "✕",
    StatusKind.STOPPED: "○",
}
_CAN_RUN = {
    StatusKind.READY,
    StatusKind.DONE,
    StatusKind.OUT_OF_DATE,
    StatusKind.TO_BE_RECOMPUTED,
    StatusKind.LEFT_OUT,
    StatusKind.FAILED,
    StatusKind.STOPPED,
}
_THERE = {StatusKind.DONE, StatusKind.OUT_OF_DATE, StatusKind.TO_BE_RECOMPUTED}
_WITH_REASON = {
    StatusKind.WAITING,
    StatusKind.OUT_OF_DATE,
    StatusKind.TO_BE_RECOMPUTED,
    StatusKind.LEFT_OUT,
    StatusKind.STOPPED,
}
_NOT_YET = {StatusKind.NO_SESSION, StatusKind.WAITING, StatusKind.READY, StatusKind.LEFT_OUT}
BUSY = "Steps are running. Wait until they are done, or stop them."
"""Why no step can be started while others run."""

_SCALE = 1000  # a progress bar counts whole numbers only
_SHORT = 56
"""Width of a short word, in pixels."""


class StepRow(QFrame):
    """One step: mark, title, status and Run button; below them progress, messages and the parameters.

    Parameters
    ----------
    step : Step
        The step.
    """

    run_requested = Signal(str)
    run_from_requested = Signal(str)
    edited = Signal(str)
    offer_taken = Signal(str)

    inclusion_changed = Signal()
    """The user has included the step in 'Run all', or excluded it."""

    def __init__(self, step: Step, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.step = step
        self._details = ""
        self.mark = QLabel("○")
        self.title = QToolButton()
        self.message = ElidedLabel()
        self.note = QLabel()
        self.finding = QLabel()
        self.better = QPushButton()
        self.run = QPushButton("Run")
        self.run_from = QPushButton("Run from here")
        self.included = QCheckBox("Include in Run all")
        self.bar = QProgressBar()
        self.trouble = QLabel()
        self.copy = QPushButton("Copy details")
        self.form = ParameterForm(step.params, step.title)
        self._apply_theme()
        self._arrange()
        self.show_status(StepStatus.of(step, StatusKind.NO_SESSION), may_run=False, is_next=False)
        self.show_offer(None, may_run=False)

    def _apply_theme(self) -> None:
        self.mark.setFixedWidth(max(16, self.fontMetrics().horizontalAdvance("↻") + 2))
        self.mark.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.title.setText(self.step.title)
        self.title.setAutoRaise(True)
        self.title.setCheckable(True)
        self.title.setToolTip("Show or hide the parameters of this step.")
        self.title.setWhatsThis(
            f"This step produces {self.step.gives}. Click to show or hide its parameters."
        )
        self.title.toggled.connect(self._on_toggled)
        self.message.setObjectName("quiet")
        self.note.setObjectName("quiet")
        self.note.setWordWrap(True)
        self.finding.setWordWrap(True)
        self.better.clicked.connect(self._on_better)
        self.message.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.message.setMinimumWidth(_SHORT)  # a long message is shortened rather than a button
        self.run.setFixedWidth(self.run.fontMetrics().horizontalAdvance("Run") + _SHORT // 2)
        self.run.setAccessibleName(f"Run {self.step.title}")
        self.run.setWhatsThis(f"Run '{self.step.title}' with the parameters shown below it.")
        self.run.clicked.connect(self._on_run)
        self.run_from.setWhatsThis("Run this step and all later ones.")
        self.run_from.clicked.connect(self._on_run_from)
        self.included.setChecked(True)
        explain(
            self.better,
            "Run this step again as its finding suggests. What depends on it becomes out of date.",
        )
        explain(self.included, "Whether 'Run all' runs this step. A flow stores this choice.")
        self.included.toggled.connect(self.inclusion_changed)
        self.bar.setRange(0, _SCALE)
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(6)
        self.trouble.setObjectName("complaint")
        self.trouble.setWordWrap(True)
        self.trouble.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        explain(
            self.copy, "Copy the error with all details to the clipboard, to send it to someone who can help."
        )
        self.copy.clicked.connect(self._on_copy)
        self.form.edited.connect(self._on_edited)

    def _arrange(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(4)
        for widget, stretch in ((self.mark, 0), (self.title, 0), (self.message, 1), (self.run, 0)):
            head.addWidget(widget, stretch)
        self.body = QWidget()
        body = QVBoxLayout(self.body)
        body.setContentsMargins(24, 4, 0, 8)
        body.addWidget(self.form)
        below_form = QHBoxLayout()
        below_form.addWidget(self.run_from)
        below_form.addWidget(self.included)
        below_form.addStretch()
        body.addLayout(below_form)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 2, 8, 2)
        layout.setSpacing(2)
        layout.addLayout(head)
        trouble = QGridLayout()
        trouble.setContentsMargins(24, 0, 0, 4)
        below: tuple[QWidget, ...] = (self.bar, self.note, self.trouble, self.finding)
        for place, part in enumerate(below):
            trouble.addWidget(part, place, 0, 1, 2)
        trouble.addWidget(self.copy, len(below), 0)
        trouble.addWidget(self.better, len(below) + 1, 0)
        trouble.setColumnStretch(1, 1)
        layout.addLayout(trouble)
        layout.addWidget(self.body)
        self.body.hide()

    def show_status(self, status: StepStatus, *, may_run: bool, is_next: bool) -> None:
        """Show the status of the step.

        Parameters
        ----------
        status : StepStatus
            The status.
        may_run : bool
            Whether any step can be started now.
        is_next : bool
            Whether this is the next step to run.
        """
        self._details = status.details
        self.mark.setText(_MARKS[status.kind])
        self.mark.setAccessibleName(status.kind.value)
        self.mark.setToolTip(status.kind.value.capitalize())
        is_trouble = status.kind is StatusKind.FAILED
        is_skipped = not self.included.isChecked() and status.kind in _NOT_YET
        self.message.setText("skipped" if is_skipped else _short_text(status))
        self.message.setToolTip("Run all skips this step: it is not included." if is_skipped else "")
        has_note = status.kind in _WITH_REASON and bool(status.message) and not is_skipped
        self.note.setText(status.message if has_note else "")
        self.note.setVisible(has_note)
        self.trouble.setText(status.message if is_trouble else "")
        self.trouble.setVisible(is_trouble)
        self.copy.setVisible(is_trouble and bool(status.details))
        self.bar.hide()
        can_run = may_run and status.kind in _CAN_RUN
        for button in (self.run, self.run_from):
            button.setEnabled(can_run)
        again = "Run this step again." if status.kind in _THERE else ""
        why_not = _why_not(status, may_run=may_run)
        self.run.setToolTip(again if can_run else why_not)
        self.run_from.setToolTip(self.run_from.whatsThis() if can_run else why_not)
        self.run.setFlat(status.kind is StatusKind.DONE)  # a finished step need not be run again
        self.run.setDefault(is_next and can_run)
        self.run.setProperty("next", is_next and can_run)
        # the style sheet notices a changed property only when applied again
        self.run.style().unpolish(self.run)
        self.run.style().polish(self.run)

    def show_offer(self, offer: Offer | None, *, may_run: bool) -> None:
        """Show how the step would better be run again; None for no such offer."""
        self.finding.setText(offer.finding if offer is not None else "")
        self.finding.setVisible(offer is not None)
        self.better.setText(offer.verb if offer is not None else "Run again")
        self.better.setVisible(offer is not None)
        self.better.setEnabled(may_run)
        self.better.setToolTip(f"Run '{self.step.title}' again in this way." if may_run else BUSY)

    def show_running(self, status: StepStatus) -> None:
        """Show the progress of the running step."""
        words = status.report.message if status.report is not None else ""
        self.mark.setText(_MARKS[StatusKind.RUNNING])
        self.mark.setAccessibleName(StatusKind.RUNNING.value)
        left = f", {duration_words(status.seconds_left)} left" if status.seconds_left is not None else ""
        self.message.setText(f"{status.share_done:.0%}{left}")
        self.message.setToolTip("")
        self.bar.setValue(round(status.share_done * _SCALE))
        self.bar.show()
        self.note.setText(words)
        self.note.setVisible(bool(words))
        self.trouble.hide()
        self.copy.hide()
        for button in (self.run, self.run_from, self.better):
            button.setEnabled(False)
            button.setToolTip(BUSY)

    def _on_toggled(self, shown: bool) -> None:
        self.body.setVisible(shown)

    def _on_run(self) -> None:
        self.run_requested.emit(self.step.key)

    def _on_better(self) -> None:
        self.offer_taken.emit(self.step.key)

    def _on_run_from(self) -> None:
        self.run_from_requested.emit(self.step.key)

    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setText(self._details)

    def _on_edited(self) -> None:
        self.edited.emit(self.step.key)


def _short_text(status: StepStatus) -> str:
    if status.kind is StatusKind.DONE:
        return status.message
    return "" if status.kind in {StatusKind.WAITING, StatusKind.NO_SESSION} else status.kind.value


def _why_not(status: StepStatus, *, may_run: bool) -> str:
    if status.kind in {StatusKind.WAITING, StatusKind.NO_SESSION}:
        return status.message.capitalize() + "."
    return "" if may_run else BUSY
