"""The pipeline: one row a step with its state, its parameters, and the buttons that run it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from hdmea_gui.models.standing import Stand, Standing, duration_words, standing
from hdmea_gui.pipeline.steps import STEPS
from hdmea_gui.views.parameter_form import ParameterForm

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hdmea_gui.models.session_model import SessionModel
    from hdmea_gui.pipeline.step import Outcome, Step

_MARKS = {
    Stand.NO_SESSION: "○",
    Stand.WAITING: "○",
    Stand.READY: "○",
    Stand.RUNNING: "▸",
    Stand.DONE: "✓",
    Stand.OUT_OF_DATE: "↻",
    Stand.LEFT_OUT: "–",
    Stand.FAILED: "✕",
    Stand.CANCELLED: "○",
}
_CAN_RUN = {Stand.READY, Stand.DONE, Stand.OUT_OF_DATE, Stand.LEFT_OUT, Stand.FAILED, Stand.CANCELLED}
_NEXT = {Stand.READY, Stand.OUT_OF_DATE, Stand.CANCELLED, Stand.FAILED}
_WITH_REASON = {Stand.WAITING, Stand.NO_SESSION, Stand.OUT_OF_DATE, Stand.LEFT_OUT, Stand.CANCELLED}
_SCALE = 1000


class StepRow(QFrame):
    """One step: its mark, title and state, a button, and below them what is opened or happens.

    Parameters
    ----------
    step : Step
        The step.
    """

    run_requested = Signal(str)
    run_from_requested = Signal(str)
    edited = Signal(str)

    def __init__(self, step: Step, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.step = step
        self._details = ""
        self.mark = QLabel("○")
        self.title = QToolButton()
        self.words = QLabel()
        self.note = QLabel()
        self.run = QPushButton("Run")
        self.run_from = QPushButton("Run from here")
        self.bar = QProgressBar()
        self.trouble = QLabel()
        self.copy = QPushButton("Copy details")
        self.form = ParameterForm(step.params, step.title)
        self._dress()
        self._arrange()
        self.show_standing(Standing(Stand.NO_SESSION), may_run=False, is_next=False)

    def _dress(self) -> None:
        self.mark.setFixedWidth(16)
        self.mark.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.title.setText(self.step.title)
        self.title.setAutoRaise(True)
        self.title.setCheckable(True)
        self.title.setToolTip("Show or hide the parameters of this step.")
        self.title.setWhatsThis(f"{self.step.title} gives {self.step.gives}. A click shows its parameters.")
        self.title.toggled.connect(self._on_toggled)
        self.words.setObjectName("quiet")
        self.note.setObjectName("quiet")
        self.note.setWordWrap(True)
        self.words.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.run.setAccessibleName(f"Run {self.step.title}")
        self.run.clicked.connect(self._on_run)
        self.run_from.setToolTip("Run this step and all that come after it.")
        self.run_from.clicked.connect(self._on_run_from)
        self.bar.setRange(0, _SCALE)
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(6)
        self.trouble.setObjectName("complaint")
        self.trouble.setWordWrap(True)
        self.trouble.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.copy.clicked.connect(self._on_copy)
        self.form.edited.connect(self._on_edited)

    def _arrange(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(4)
        for widget, stretch in ((self.mark, 0), (self.title, 0), (self.words, 1), (self.run, 0)):
            head.addWidget(widget, stretch)
        self.body = QWidget()
        body = QVBoxLayout(self.body)
        body.setContentsMargins(24, 4, 0, 8)
        body.addWidget(self.form)
        body.addWidget(self.run_from, alignment=Qt.AlignmentFlag.AlignLeft)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 2, 8, 2)
        layout.setSpacing(2)
        layout.addLayout(head)
        trouble = QGridLayout()
        trouble.setContentsMargins(24, 0, 0, 4)
        below: tuple[QWidget, ...] = (self.bar, self.note, self.trouble)
        for place, part in enumerate(below):
            trouble.addWidget(part, place, 0, 1, 2)
        trouble.addWidget(self.copy, 3, 0)
        trouble.setColumnStretch(1, 1)
        layout.addLayout(trouble)
        layout.addWidget(self.body)
        self.body.hide()

    def show_standing(self, stand: Standing, *, may_run: bool, is_next: bool, details: str = "") -> None:
        """Show how the step stands.

        Parameters
        ----------
        stand : Standing
            How it stands.
        may_run : bool
            Whether steps may be started at all now.
        is_next : bool
            Whether this is what the user would do next.
        details : str
            What can be copied after a failure.
        """
        self._details = details
        self.mark.setText(_MARKS[stand.stand])
        self.mark.setAccessibleName(stand.stand.value)
        self.mark.setToolTip(stand.stand.value.capitalize())
        is_trouble = stand.stand is Stand.FAILED
        self.words.setText(_short_words(stand))
        self.words.setToolTip("")
        is_remark = stand.stand in _WITH_REASON and bool(stand.words)
        self.note.setText(stand.words if is_remark else "")
        self.note.setVisible(is_remark)
        self.trouble.setText(stand.words if is_trouble else "")
        self.trouble.setVisible(is_trouble)
        self.copy.setVisible(is_trouble and bool(details))
        self.bar.hide()
        can_run = may_run and stand.stand in _CAN_RUN
        for button in (self.run, self.run_from):
            button.setEnabled(can_run)
        again = "Run this step again." if stand.stand in {Stand.DONE, Stand.OUT_OF_DATE} else ""
        self.run.setToolTip(again if can_run else _why_not(stand, may_run=may_run))
        self.run.setDefault(is_next and can_run)
        self.run.setProperty("next", is_next and can_run)
        self.run.style().unpolish(self.run)
        self.run.style().polish(self.run)

    def show_progress(self, part: float, words: str, seconds_left: float | None) -> None:
        """Show how far the step is while it runs."""
        self.mark.setText(_MARKS[Stand.RUNNING])
        self.mark.setAccessibleName(Stand.RUNNING.value)
        left = f", {duration_words(seconds_left)} left" if seconds_left is not None else ""
        self.words.setText(f"{part:.0%}{left}")
        self.words.setToolTip(words)
        self.bar.setValue(round(part * _SCALE))
        self.bar.show()
        self.note.hide()
        self.trouble.hide()
        self.copy.hide()
        for button in (self.run, self.run_from):
            button.setEnabled(False)

    def _on_toggled(self, shown: bool) -> None:
        self.body.setVisible(shown)

    def _on_run(self) -> None:
        self.run_requested.emit(self.step.key)

    def _on_run_from(self) -> None:
        self.run_from_requested.emit(self.step.key)

    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setText(self._details)

    def _on_edited(self) -> None:
        self.edited.emit(self.step.key)


def _short_words(stand: Standing) -> str:
    if stand.stand is Stand.DONE:
        return stand.words
    return "" if stand.stand in {Stand.WAITING, Stand.NO_SESSION} else stand.stand.value


def _why_not(stand: Standing, *, may_run: bool) -> str:
    if stand.stand in {Stand.WAITING, Stand.NO_SESSION}:
        return stand.words.capitalize() + "."
    return "" if may_run else "Steps are running. Wait until they are done, or stop them."


class PipelinePanel(QWidget):
    """All steps, in order.

    Parameters
    ----------
    model : SessionModel
        The session that they work on.
    """

    run_requested = Signal(str)
    """The user asks for the step of that key."""

    run_from_requested = Signal(str)
    """The user asks for the step of that key and all later ones."""

    run_all_requested = Signal()
    stop_requested = Signal()

    def __init__(self, model: SessionModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._is_running = False
        self._following: str | None = None
        self._ended: dict[str, tuple[Outcome, str, str]] = {}
        self.run_all = QPushButton("Run all")
        self.stop = QPushButton("Stop")
        self.rows = {step.key: StepRow(step) for step in STEPS}
        self._arrange()
        model.replaced.connect(self._on_replaced)
        model.changed.connect(self.refresh)
        self.refresh()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Wide enough for a form."""
        return QSize(320, 600)

    def _arrange(self) -> None:
        head = QHBoxLayout()
        head.setContentsMargins(8, 8, 8, 4)
        head.addStretch()
        head.addWidget(self.stop)
        head.addWidget(self.run_all)
        self.run_all.clicked.connect(self.run_all_requested)
        self.stop.clicked.connect(self.stop_requested)
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for row in self.rows.values():
            column.addWidget(row)
            row.run_requested.connect(self.run_requested)
            row.run_from_requested.connect(self.run_from_requested)
        column.addStretch()
        scroll = QScrollArea()
        scroll.setWidget(inner)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(head)
        layout.addWidget(scroll)

    def set_running(self, running: bool) -> None:
        """Say whether a run goes on."""
        self._is_running = running
        self.refresh()

    def show_progress(self, key: str, part: float, words: str, seconds_left: float | None) -> None:
        """Show how far a step is while it runs."""
        self.rows[key].show_progress(part, words, seconds_left)

    def show_ended(self, key: str, outcome: Outcome, words: str = "", details: str = "") -> None:
        """Note how a step's run ended."""
        self._ended[key] = (outcome, words, details)
        self.refresh()

    def forget_ended(self, key: str) -> None:
        """Forget how a step's run ended."""
        self._ended.pop(key, None)
        self.refresh()

    @property
    def following(self) -> str | None:
        """Key of the step that comes next, the one whose button is filled; None if nothing is left."""
        return self._following

    def open(self, key: str) -> None:
        """Show the parameters of a step."""
        self.rows[key].title.setChecked(True)
        self.rows[key].form.setFocus()

    def params(self) -> dict[str, Any]:
        """Parameters of all steps whose fields fit."""
        found = {key: row.form.params() for key, row in self.rows.items()}
        return {key: params for key, params in found.items() if params is not None}

    def misfits(self) -> list[str]:
        """Keys of the steps that have a field which does not fit."""
        return [key for key, row in self.rows.items() if row.form.params() is None]

    def set_params(self, params: Mapping[str, Any]) -> None:
        """Show parameters of steps."""
        for key, value in params.items():
            self.rows[key].form.set_params(value)

    def refresh(self) -> None:
        """Show how every step stands."""
        snapshot = self._model.snapshot()
        standings = {}
        for step in STEPS:
            outcome, words, details = self._ended.get(step.key, (None, "", ""))
            standings[step.key] = (standing(step, snapshot, outcome, words), details)
        following = next((key for key, (stand, _) in standings.items() if stand.stand in _NEXT), None)
        self._following = following
        for key, (stand, details) in standings.items():
            may_run = not self._is_running
            self.rows[key].show_standing(stand, may_run=may_run, is_next=key == following, details=details)
        self.run_all.setEnabled(snapshot is not None and not self._is_running)
        self.run_all.setToolTip("" if snapshot is not None else "Waits for a recording.")
        self.stop.setVisible(self._is_running)

    def _on_replaced(self) -> None:
        self._ended.clear()
        self.refresh()
