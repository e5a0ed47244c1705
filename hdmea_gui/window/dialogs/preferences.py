"""Settings that apply to all recordings."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QWidget,
)

from hdmea_gui.byte_sizes import size_text
from hdmea_gui.views.choice_box import ChoiceBox
from hdmea_gui.views.explain import explain
from hdmea_gui.views.numbers import NumberField
from hdmea_gui.window.dialogs.answers import Answers
from hdmea_gui.window.dialogs.path_edit import PathEdit

if TYPE_CHECKING:
    from hdmea_gui.settings import Settings


_COMPUTERS_ZONE = "of this computer"


class PreferencesDialog(QDialog):
    """Settings that apply to all recordings.

    Parameters
    ----------
    settings : Settings
        The settings to begin with; kept as `before`.
    undo_bytes : int
        Memory that the changes to undo take now.
    """

    def __init__(self, settings: Settings, undo_bytes: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Preferences")
        self.before = settings
        self.playlist = PathEdit("Playlist table", "Tables (*.csv);;All files (*)")
        self.lengths = PathEdit("Movie lengths", "Tables (*.csv);;All files (*)")
        self.stimuli = PathEdit("Stimuli folder")
        self.pitch = ChoiceBox(
            "Electrode pitch (µm)",
            "Distance between neighbouring electrodes of the chip. If known, maps can be shown in micrometres.",
            ["unknown", "16", "32"],  # the pitches of the chips
        )
        self.zone = ChoiceBox(
            "Time zone",
            "Time zone in which recordings state their date and time; files store the start of a recording with it.",
            [_COMPUTERS_ZONE, *_zones()],
        )
        self.checkpoints = QCheckBox("Write an automatic checkpoint after each step")
        self.compress = QCheckBox("Compress session files")
        self.undo = NumberField(decimals=1, minimum=0.1, maximum=64.0, singleStep=0.5, suffix=" GB")
        self.undo_used = QLabel(f"{size_text(undo_bytes)} in use")
        self._explain()
        self._show(settings)
        self._arrange()

    def _explain(self) -> None:
        explain(
            self.checkpoints,
            "After each step, save a copy of the session in the program's own folder; it is removed once you save.",
        )
        explain(
            self.compress,
            "Smaller files: light channels and stimuli shrink to about a third, images hardly. Saving such data takes "
            "about ten times as long, and each later look at them two to five times. Checkpoints are not compressed.",
        )
        self.undo.setAccessibleName("Memory for undo")
        explain(self.undo, "Memory for undo. Beyond this, the oldest changes can no longer be undone.")

    def _show(self, settings: Settings) -> None:
        self.playlist.set_path(settings.playlist_file)
        self.lengths.set_path(settings.movie_length_file)
        self.stimuli.set_path(settings.stimuli_dir)
        self.pitch.setCurrentText(
            "unknown" if settings.sensor_pitch_um is None else f"{settings.sensor_pitch_um:g}"
        )
        self.zone.setCurrentText(settings.time_zone or _COMPUTERS_ZONE)
        self.checkpoints.setChecked(settings.checkpoint_after_steps)
        self.compress.setChecked(settings.compress_files)
        self.undo.setValue(settings.undo_memory_gb)

    def _arrange(self) -> None:
        form = QFormLayout(self)
        form.addRow("Playlist table (playlist.csv)", self.playlist)
        form.addRow("Movie lengths (movie_length.csv)", self.lengths)
        form.addRow("Stimuli folder", self.stimuli)
        form.addRow("Electrode pitch (µm)", self.pitch)
        form.addRow("Time zone of recordings", self.zone)
        form.addRow("", self.checkpoints)
        form.addRow("", self.compress)
        row = QHBoxLayout()
        row.addWidget(self.undo)
        row.addWidget(self.undo_used, 1)
        form.addRow("Memory for undo", row)
        buttons = Answers(self)
        buttons.answer("Save preferences", "Use these settings for all recordings.")
        form.addRow(buttons)
        self.playlist.line.setFocus()

    def settings(self) -> Settings:
        """Return the settings as they are in the dialog."""
        pitch, zone = self.pitch.currentText(), self.zone.currentText()
        return dataclasses.replace(
            self.before,
            playlist_file=self.playlist.path(),
            movie_length_file=self.lengths.path(),
            stimuli_dir=self.stimuli.path(),
            sensor_pitch_um=None if pitch == "unknown" else float(pitch),
            time_zone="" if zone == _COMPUTERS_ZONE else zone,
            checkpoint_after_steps=self.checkpoints.isChecked(),
            compress_files=self.compress.isChecked(),
            undo_memory_gb=self.undo.value(),
        )


def _zones() -> list[str]:
    """Names of all time zones."""
    from zoneinfo import available_timezones  # here, to keep the start fast

    return sorted(available_timezones())
