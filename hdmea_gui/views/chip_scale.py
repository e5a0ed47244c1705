"""Electrodes or micrometres: in what maps of the chip are measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QCheckBox, QWidget

from hdmea_gui.views.explain import explain
from hdmea_gui.views.map_plot import MapPlot

if TYPE_CHECKING:
    from hdmea_gui.views.plots import Box

_UNKNOWN = "The distance of the sensors is not known. Choose it under Edit > Preferences."


class ChipScale(QObject):
    """What maps of the chip have at their axes; all of them share it."""

    changed = Signal()
    """Axes are to be labelled anew."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pitch_um: float | None = None
        self._in_um = False

    @property
    def pitch_um(self) -> float | None:
        """Distance of neighbouring sensors in micrometres; None where it is not known."""
        return self._pitch_um

    @property
    def um_per_electrode(self) -> float | None:
        """Micrometres of one electrode where micrometres are asked for and known; else None."""
        return self._pitch_um if self._in_um else None

    @property
    def in_um(self) -> bool:
        """Whether micrometres are asked for."""
        return self._in_um

    def set_pitch(self, pitch_um: float | None) -> None:
        """Say how far neighbouring sensors are apart."""
        if pitch_um != self._pitch_um:
            self._pitch_um = pitch_um
            self.changed.emit()

    def use_um(self, in_um: bool) -> None:
        """Ask for micrometres, or for electrodes."""
        if in_um != self._in_um:
            self._in_um = in_um
            self.changed.emit()


class ChipScaleBox(QCheckBox):
    """Asks for micrometres; it is grey, and says why, where the distance of the sensors is not known."""

    def __init__(self, scale: ChipScale, parent: QWidget | None = None) -> None:
        super().__init__("Micrometres", parent)
        self._scale = scale
        self.toggled.connect(scale.use_um)
        scale.changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        pitch_um = self._scale.pitch_um
        self.setChecked(self._scale.in_um)
        self.setEnabled(pitch_um is not None)
        known = f"Measure in micrometres: sensors are {pitch_um:g} µm apart." if pitch_um is not None else ""
        explain(self, known or _UNKNOWN)


class ChipMap(MapPlot):
    """A map whose pixels are electrodes; drawn in electrodes, its axes are in these or in micrometres.

    Parameters
    ----------
    scale : ChipScale
        In what the axes are.
    box : Box, optional
        Its inside.
    """

    def __init__(self, scale: ChipScale, box: Box | None = None) -> None:
        super().__init__("", "", box)
        self._scale = scale
        scale.changed.connect(self._show_scale)
        self._show_scale()

    def _show_scale(self) -> None:
        um = self._scale.um_per_electrode
        for side in ("bottom", "left"):
            self.getAxis(side).setScale(um or 1.0)
        unit = "µm" if um else "electrode"
        self.set_labels(f"Column ({unit})", f"Row ({unit})")
