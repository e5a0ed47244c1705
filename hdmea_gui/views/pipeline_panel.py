"""Pipeline panel: one row per step with its status, its parameters and the buttons that run it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from hdmea_gui.pipeline.flow import Flow, flow_of
from hdmea_gui.pipeline.parameters import path_names, restored, unfit_words
from hdmea_gui.pipeline.plan import record_of
from hdmea_gui.pipeline.status import StatusKind, StepStatus, status_of
from hdmea_gui.pipeline.step import is_done
from hdmea_gui.pipeline.steps import STEPS
from hdmea_gui.views.explain import explain
from hdmea_gui.views.flow_chooser import ALL_STEPS, FlowChooser, flow_note
from hdmea_gui.views.parameter_form import texts_of
from hdmea_gui.views.step_row import BUSY, StepRow

if TYPE_CHECKING:
    from hdmea_gui.models.session_model import SessionModel
    from hdmea_gui.pipeline.step import Offer, Step
    from hdmea_gui.session import Snapshot

_SHARED = "stimuli_dir"
_NEXT = {
    StatusKind.READY,
    StatusKind.OUT_OF_DATE,
    StatusKind.TO_BE_RECOMPUTED,
    StatusKind.STOPPED,
    StatusKind.FAILED,
}


@dataclass(frozen=True)
class _Shown:
    """Steps and parameters that the panel shows."""

    flow: Flow
    included: tuple[str, ...]
    texts: Mapping[str, Mapping[str, str]]
    displaced: Mapping[str, dict[str, str]]
    replaced_by: str
    state: int


class PipelinePanel(QWidget):
    """All steps in pipeline order.

    Parameters
    ----------
    model : SessionModel
        The model of the session that the steps work on.
    """

    run_requested = Signal(str)
    """Key of the step that the user wants to run."""

    run_from_requested = Signal(str)
    """Key of the first step to run; all later ones follow."""

    offer_taken = Signal(str)
    """Key of the step that the user wants to run again in the way that its result suggests."""

    run_all_requested = Signal()
    stop_requested = Signal()

    flow_chosen = Signal(str)
    """Name of the flow the user has chosen; empty for every step with its default parameters."""

    flows_offered = Signal()
    """The flows on offer, or the chosen one, may be others."""

    warned = Signal(str)
    """Warning about parameters recorded in a file."""

    def __init__(self, model: SessionModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._is_running = False
        self._current = ""
        self._following: str | None = None
        self._ended: dict[str, StepStatus] = {}
        self._flow = _all_steps()
        self._displaced: dict[str, dict[str, str]] = {}
        self._folders: dict[str, str] = {}
        self._before_flow: _Shown | None = None
        self.flows: Mapping[str, str] = {}
        self.chooser = FlowChooser()
        self.flow_note = flow_note()
        self.run_all = QPushButton("Run all")
        self.stop = QPushButton("Stop")
        self.rows = {step.key: StepRow(step) for step in STEPS}
        self._arrange()
        model.replaced.connect(self._on_replaced)
        model.changed.connect(self.refresh)
        self.refresh()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Return a size wide enough for a form."""
        return QSize(320, 600)

    def _arrange(self) -> None:
        head = QHBoxLayout()
        head.setContentsMargins(8, 8, 8, 4)
        head.setSpacing(8)
        head.addWidget(self.chooser, 1)
        head.addWidget(self.stop)
        head.addWidget(self.run_all)
        self.chooser.chosen.connect(self.flow_chosen)
        self.run_all.clicked.connect(self.run_all_requested)
        self.run_all.setWhatsThis(
            "Run every included step that the recording allows and that is not done yet."
        )
        explain(self.stop, "Stop the running step. Its result is discarded; earlier results are kept.")
        self.stop.clicked.connect(self.stop_requested)
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for row in self.rows.values():
            column.addWidget(row)
            row.run_requested.connect(self.run_requested)
            row.run_from_requested.connect(self.run_from_requested)
            row.offer_taken.connect(self.offer_taken)
            row.inclusion_changed.connect(self._on_inclusion_changed)
            row.edited.connect(self._on_edited)
        column.addStretch()
        scroll = self._scroll = QScrollArea()
        scroll.setWidget(inner)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the keyboard goes to the rows
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        bar = scroll.verticalScrollBar().sizeHint().width()
        scroll.setMinimumWidth(inner.minimumSizeHint().width() + bar)  # no button is ever cut off
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(head)
        layout.addWidget(self.flow_note)
        layout.addWidget(scroll)

    def set_running(self, running: bool) -> None:
        """Switch between running and idle."""
        self._is_running, self._current = running, ""
        self.chooser.set_disabled_reason(BUSY if running else "")
        self.refresh()

    def show_running(self, status: StepStatus) -> None:
        """Show the progress of the running step; its row ignores other changes until it ends."""
        self._current = status.key
        self.rows[status.key].show_running(status)

    def show_ended(self, status: StepStatus) -> None:
        """Show how a step's run ended."""
        self._ended[status.key] = status
        self._current = ""
        self.refresh()

    def forget_ended(self, key: str) -> None:
        """Forget how a step's run ended."""
        self._ended.pop(key, None)
        self.refresh()

    @property
    def following(self) -> str | None:
        """Key of the next step to run, whose button is filled; None if no step is left."""
        return self._following

    def open(self, key: str, parameter: str = "") -> None:
        """Open the parameters of a step, at one of them if it is named."""
        row = self.rows[key]
        row.title.setChecked(True)
        field = row.form.fields.get(parameter, row.form)
        field.setFocus(Qt.FocusReason.OtherFocusReason)
        QTimer.singleShot(0, partial(self._scroll.ensureWidgetVisible, field))  # the form has to unfold first

    def offer_of(self, key: str) -> Offer | None:
        """Return how a step would better be run again, if its result suggests anything."""
        return _offer_of(self.rows[key].step, self._model.snapshot())

    def params(self) -> dict[str, Any]:
        """Return the parameters of all steps whose fields are valid, by step key."""
        found = {key: row.form.params() for key, row in self.rows.items()}
        return {key: params for key, params in found.items() if params is not None}

    def misfits(self) -> list[str]:
        """Return the keys of steps with a field that is not valid."""
        return [key for key, row in self.rows.items() if row.form.params() is None]

    def set_params(self, params: Mapping[str, Any]) -> None:
        """Show parameters of this session; the forms' previous values come back with the next session."""
        for key, value in params.items():
            form = self.rows[key].form
            self._displaced.setdefault(key, form.texts())
            form.set_params(value)
        self._show_flow_changes()

    def show_recorded(self) -> None:
        """Show the parameters that the session's steps were run with; other steps keep theirs."""
        for key, texts in self._displaced.items():
            self.rows[key].form.set_texts(texts)
        self._displaced = {}
        snapshot = self._model.snapshot()
        records = {} if snapshot is None else {step.key: record_of(step, snapshot) for step in STEPS}
        held = {key: record for key, record in records.items() if record}
        self.set_params({key: restored(self._flow.params_of(key), record) for key, record in held.items()})
        for key, record in held.items():
            for words in unfit_words(self._flow.params_of(key), record, self.rows[key].step.title):
                self.warned.emit(words)

    # The flow

    @property
    def included(self) -> tuple[str, ...]:
        """Keys of the steps that 'Run all' runs, in pipeline order."""
        return tuple(key for key, row in self.rows.items() if row.included.isChecked())

    @property
    def flow_name(self) -> str:
        """Name of the chosen flow; empty for none."""
        return self._flow.name

    def flow(self, name: str) -> Flow:
        """Return the steps and parameters shown as a flow, without paths, which differ between computers."""
        return flow_of(name, self.included, self.params())

    def offer_flows(self, flows: Mapping[str, str]) -> None:
        """Offer flows: descriptions by name."""
        self.flows = flows
        self.chooser.show_flows(flows, self._flow.name)
        self.flows_offered.emit()

    def show_flow(self, flow: Flow | None) -> None:
        """Set the included steps and the forms to a flow, or to the defaults; paths are kept.

        What was shown before comes back with `undo_flow`.
        """
        before = self._shown(flow.name if flow is not None else ALL_STEPS)
        self._flow = flow or _all_steps()
        for key, row in self.rows.items():
            _include(row, key in self._flow.steps)
            row.form.set_params(_with_paths(self._flow.params_of(key), row.form.params()))
            if key in self._displaced:
                paths = {name: self._displaced[key][name] for name in path_names(row.step.params)}
                self._displaced[key] = texts_of(self._flow.params_of(key)) | paths
        self.refresh()
        self._show_flow_changes()
        self._before_flow = before

    def _shown(self, replaced_by: str) -> _Shown:
        texts = {key: row.form.texts() for key, row in self.rows.items()}
        displaced = {key: dict(kept) for key, kept in self._displaced.items()}
        return _Shown(self._flow, self.included, texts, displaced, replaced_by, self._model.state)

    @property
    def flow_to_undo(self) -> str:
        """Name of the flow that was chosen last; empty if anything has been changed since."""
        before = self._before_flow
        return before.replaced_by if before is not None and before.state == self._model.state else ""

    def undo_flow(self) -> None:
        """Show the steps and parameters of before a flow was chosen."""
        before, self._before_flow = self._before_flow, None
        if before is None:
            return
        self._flow, self._displaced = before.flow, dict(before.displaced)
        for key, row in self.rows.items():
            _include(row, key in before.included)
            row.form.set_texts(before.texts[key])
        self.refresh()
        self._show_flow_changes()
        self.offer_flows(self.flows)

    def _forget_undo(self) -> None:
        if self._before_flow is not None:
            self._before_flow = None
            self.flows_offered.emit()

    def forget_flow(self) -> None:
        """Deselect the flow; included steps and forms are kept."""
        self._flow = _all_steps()
        self._show_flow_changes()

    def _show_flow_changes(self) -> None:
        """Show whether steps or parameters differ from the chosen flow."""
        self._folders = {key: row.form.texts().get(_SHARED, "") for key, row in self.rows.items()}
        self.flow_note.setText(f"{self._flow.name}, changed")
        self.flow_note.setToolTip("Use Pipeline > Save as Flow to keep the changes.")
        self.flow_note.setVisible(self.is_changed and bool(self._flow.name))

    @property
    def is_changed(self) -> bool:
        """Whether steps or parameters differ from the chosen flow, or from the defaults."""
        known = {key: self._flow.params_of(key) for key in self._flow.steps}
        usual = flow_of("", self._flow.steps, known)  # as a flow, like what is shown: paths are no changes
        misfits = set(self.misfits()) & set(self.included)
        shown = flow_of("", self.included, self.params())
        return bool(misfits) or (shown.steps, shown.parameters) != (usual.steps, usual.parameters)

    def _on_inclusion_changed(self) -> None:
        self._forget_undo()
        self.refresh()
        self._show_flow_changes()

    def _on_edited(self, key: str) -> None:
        self._forget_undo()
        self._share_folder(key)
        self._show_flow_changes()

    def _share_folder(self, key: str) -> None:
        """Copy an edited stimulus folder to the other steps that had the same folder."""
        edited = self.rows[key].form.texts().get(_SHARED, "")
        forms = [row.form for other, row in self.rows.items() if other != key and _SHARED in row.form.fields]
        for form in forms if edited else ():
            if form.texts()[_SHARED] == self._folders.get(key, ""):
                form.set_texts({_SHARED: edited})

    def refresh(self) -> None:
        """Show the status of every step."""
        snapshot = self._model.snapshot()
        statuses = {step.key: status_of(step, snapshot, self._ended.get(step.key)) for step in STEPS}
        included = self.included
        due = (step.key for step in STEPS if _is_due(step, statuses[step.key].kind, snapshot))
        following = next((key for key in due if key in included), None)
        self._following = following
        for key, status in statuses.items():
            may_run = not self._is_running
            if key != self._current:
                self.rows[key].show_status(status, may_run=may_run, is_next=key == following)
                self.rows[key].show_offer(_offer_of(self.rows[key].step, snapshot), may_run=may_run)
        self.run_all.setEnabled(snapshot is not None and not self._is_running and bool(included))
        why_not = BUSY if self._is_running else "" if included else "No step is included in Run all."
        why_not = why_not if snapshot is not None else "Waiting for a recording."
        self.run_all.setToolTip(why_not or self.run_all.whatsThis())
        self.stop.setVisible(self._is_running)

    def _on_replaced(self) -> None:
        self._ended.clear()
        self._forget_undo()
        self.show_recorded()
        self.refresh()


def _offer_of(step: Step, snapshot: Snapshot | None) -> Offer | None:
    return step.offer(snapshot) if snapshot is not None else None


def _is_due(step: Step, kind: StatusKind, snapshot: Snapshot | None) -> bool:
    """Whether a step can be the next one; a step of which only a part needs recomputing is left to the user."""
    is_part = kind is StatusKind.TO_BE_RECOMPUTED and snapshot is not None and is_done(step, snapshot)
    return kind in _NEXT and not is_part


def _include(row: StepRow, is_included: bool) -> None:
    """Tick a step without a signal: one refresh follows for all steps."""
    row.included.blockSignals(True)
    row.included.setChecked(is_included)
    row.included.blockSignals(False)


def _all_steps() -> Flow:
    """Return the flow without a name: every step with its default parameters."""
    return Flow("", tuple(step.key for step in STEPS))


def _with_paths(params: Any, shown: Any | None) -> Any:
    """Return the parameters of a flow with the paths that a form shows."""
    if shown is None:
        return params
    return dataclasses.replace(params, **{name: getattr(shown, name) for name in path_names(params)})
