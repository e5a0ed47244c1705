"""Picker for the threshold of light-triggered sections, with the light onsets of channel 1."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QCheckBox,
    QGridLayout,
    QLabel,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from hdmea_gui.analysis.light_onsets import MOST_ONSETS, LightOnsets, largest_onsets
from hdmea_gui.session.recording import RecordingReader
from hdmea_gui.views.computed import Computed, result_of
from hdmea_gui.views.explain import explain
from hdmea_gui.views.numbers import NumberField
from hdmea_gui.views.signal_curve import LongSignal
from hdmea_gui.views.text_size import with_text
from hdmea_gui.views.threshold_figure import ThresholdFigure
from hdmea_gui.views.wheel import ignore_wheel

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray
    from PySide6.QtGui import QShowEvent

    from hdmea_gui.views.view import ViewContext


class ThresholdPicker(QWidget):
    """Panel that shows where trials would begin while the user drags the threshold.

    `values` are parameters of the step 'Light-triggered trials', under their names there.
    """

    changed = Signal()
    """The parameters, or the onsets that follow from them, have changed."""

    def __init__(self, context: ViewContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._rate_hz = 1.0
        self._found: LightOnsets | None = None
        self._onsets: NDArray[np.int64] | None = np.empty(0, np.int64)
        self._is_chosen = False
        self._plots = ThresholdFigure(context.theme)
        self._plots.setAccessibleName("Light and its changes")
        self._plots.setWhatsThis(
            "Top: the light with the trials that begin at its onsets. Bottom: the change of channel 1 per sample, "
            "with the onsets found. Drag the line to set the threshold. Use the wheel to zoom, drag to pan."
        )
        self._plots.threshold_dragged.connect(self._on_dragged)
        self._words = QLabel()
        self._words.setWordWrap(True)
        layout = QVBoxLayout(self)
        layout.addWidget(self._plots, stretch=1)
        layout.addWidget(self._words)
        layout.addLayout(self._make_fields())
        self.setFocusProxy(self._threshold)
        self._take_recording()
        context.arrays.arrived.connect(self.refresh)

    def _make_fields(self) -> QGridLayout:
        self._threshold = _number(
            " counts",
            "Smallest rise between two samples that counts as a light onset, in raw counts.",
        )
        self._duration = _number(" s", "Length of a trial, from its onset.", 120.0)
        self._apart = _number(" s", "If two light onsets are closer together, only the larger one is kept.")
        self._limit = QSpinBox(minimum=0, maximum=100_000)
        ignore_wheel(self._limit, with_focus=False)
        self._limit.setSpecialValueText("all")
        self._limit.setAlignment(Qt.AlignmentFlag.AlignRight)
        explain(self._limit, "Use only this many light onsets, starting with the first.")
        self._late = QCheckBox("Only after the last frame")
        explain(self._late, "Search only after the last display frame.")
        self._threshold.valueChanged.connect(self._on_threshold_chosen)
        # at the first letter: a suggestion that comes now must not replace what is being typed
        self._threshold.lineEdit().textEdited.connect(self._keep_threshold)
        self._duration.valueChanged.connect(self._find)
        self._apart.valueChanged.connect(self._find)
        self._limit.valueChanged.connect(self._find)
        self._late.toggled.connect(self._find)
        grid = QGridLayout()
        fields: tuple[tuple[str, QAbstractSpinBox], ...] = (
            ("Threshold", self._threshold),
            ("Duration", self._duration),
            ("Minimum interval", self._apart),
            ("Max. trials", self._limit),
        )
        for number, (words, field) in enumerate(fields):
            row, column = divmod(number, 2)
            label = QLabel(words)
            label.setBuddy(field)
            grid.addWidget(label, row, 2 * column)
            grid.addWidget(field, row, 2 * column + 1)
        grid.addWidget(self._late, 1, 4)
        grid.setColumnStretch(5, 1)
        return grid

    def _take_recording(self) -> None:
        """Take channel 1 of the session; it is read and searched on other threads."""
        session, arrays = self._context.model.session, self._context.arrays
        recording = None if session is None else RecordingReader(session)
        self._channel = None if recording is None else recording.raw_light()
        self._finding: Computed | None = None
        if recording is None or self._channel is None:
            return
        self._rate_hz, self._frames = recording.rate_hz, recording.frames
        self._light = LongSignal(arrays, self._channel)
        self._differences = LongSignal(arrays, self._channel, difference=True)

    def values(self) -> dict[str, Any]:
        """Return the parameters as they are now."""
        return {
            "threshold": self._threshold.value() if self._is_chosen else None,
            "duration_s": self._duration.value(),
            "min_distance_s": self._apart.value(),
            "after_last_frame": self._late.isChecked(),
            "limit": self._limit.value() or None,
        }

    def set_values(self, values: Mapping[str, Any]) -> None:
        """Set parameters; those not named keep their values."""
        self.blockSignals(True)
        if values.get("threshold") is not None:
            self._is_chosen = True
            self._threshold.setValue(float(values["threshold"]))
        self._duration.setValue(float(values.get("duration_s", self._duration.value())))
        self._apart.setValue(float(values.get("min_distance_s", self._apart.value())))
        self._late.setChecked(bool(values.get("after_last_frame", self._late.isChecked())))
        self._limit.setValue(int(values.get("limit", self._limit.value()) or 0))
        self.blockSignals(False)
        self._find()

    @property
    def n_onsets(self) -> int:
        """Number of trials; 0 while it is unknown or too large."""
        return 0 if self._onsets is None else int(self._onsets.size)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        """Start finding light onsets."""
        super().showEvent(event)
        self.refresh()

    def refresh(self) -> None:
        """Draw the data available, and request the rest."""
        if self._channel is None:
            self._words.setText("The recording has no light channel (channel 1) to search for light onsets.")
            self.setEnabled(False)
            return
        if not self.isVisible():
            return
        self._plots.show_signals(self._light, self._differences, self._rate_hz)
        if self._found is None:
            self._found = self._found_onsets()
            if self._found is not None and not self._is_chosen:
                self._suggest(self._found)
        self._find()

    def _found_onsets(self) -> LightOnsets | None:
        """Return the light onsets, or None while they are being searched."""
        frames = self._context.arrays.get(self._frames)
        envelope = self._differences.envelope
        if frames is None or envelope is None:
            return None
        if self._finding is None:
            last_frame = int(frames[-1]) if frames.size else 0
            self._finding = Computed(largest_onsets, self._channel, envelope, last_frame)
        found: LightOnsets | None = result_of(self._finding, self._context.arrays)
        return found

    def _suggest(self, found: LightOnsets) -> None:
        """Set the threshold to half of the largest onset, rounded; what is typed next replaces it."""
        self._is_chosen = True
        self._threshold.setValue(float(f"{found.sizes.max(initial=2.0) / 2:.2g}"))
        self._threshold.selectAll()

    def _on_dragged(self, threshold: float) -> None:
        self._is_chosen = True
        self._threshold.setValue(max(threshold, 0.0))

    def _keep_threshold(self) -> None:
        self._is_chosen = True

    def _on_threshold_chosen(self) -> None:
        self._keep_threshold()
        self._find()

    def _find(self) -> None:
        """Find the onsets above the threshold, and mark and count them."""
        self._plots.show_threshold(self._threshold.value())
        if self._found is None:
            self._words.setText("Finding light onsets...")
            return
        found = self._found
        self._onsets = found.onsets(
            self._threshold.value(),
            round(self._apart.value() * self._rate_hz),
            from_start_sample=self._late.isChecked(),
            limit=self._limit.value() or None,
        )
        shown = np.empty(0, np.int64) if self._onsets is None else self._onsets
        sizes = found.sizes[np.searchsorted(found.samples, shown)]
        self._plots.show_onsets(shown / self._rate_hz, sizes, self._duration.value(), self._apart.value())
        self._words.setText(self._summary())
        self.changed.emit()

    def _summary(self) -> str:
        if self._onsets is None:
            return f"More than {MOST_ONSETS} light onsets reach this threshold: it is within the noise. Raise it."
        if not self._onsets.size:
            return "No light onset reaches this threshold. Lower it."
        end = self._onsets + self._duration.value() * self._rate_hz
        # sections are clipped to the last sample
        n_cut = int(np.count_nonzero(end > self._light.n_samples - 1))
        n_overlapping = int(np.count_nonzero(self._onsets[1:] < end[:-1]))
        words = "1 onset" if self._onsets.size == 1 else f"{self._onsets.size} onsets"
        if n_overlapping:
            trials = "1 trial begins" if n_overlapping == 1 else f"{n_overlapping} trials begin"
            words += f"; {trials} before the previous one ends"
        if n_cut:
            words += f"; {n_cut} clipped at the end of the recording"
        return f"{words}."


def _number(unit: str, tip: str, value: float = 0.0) -> NumberField:
    field = NumberField(minimum=0.0, maximum=1e12, decimals=2, suffix=unit)
    field.setValue(value)
    explain(field, tip)
    field.setAlignment(Qt.AlignmentFlag.AlignRight)
    field.setMinimumWidth(with_text(136))
    field.setKeyboardTracking(False)  # onsets are searched once the number is complete
    field.setStepType(QAbstractSpinBox.StepType.AdaptiveDecimalStepType)
    return field
