"""Scale of chip maps: electrodes or micrometres."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QCheckBox, QWidget

from hdmea_gui.views.explain import explain
from hdmea_gui.views.map_plot import MapPlot

if TYPE_CHECKING:
    from hdmea_gui.views.plots import Box

_UNKNOWN = "The electrode pitch is not known. Set it under Edit > Preferences."


class ChipScale(QObject):
    """Scale of the axes of chip maps, shared by all of them."""

    changed = Signal()
    """The labels of the axes need an update."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pitch_um: float | None = None
        self._in_um = False

    @property
    def pitch_um(self) -> float | None:
        """Distance between neighbouring electrodes in micrometres; None if unknown."""
        return self._pitch_um

    @property
    def um_per_electrode(self) -> float | None:
        """Micrometres per electrode if the axes show micrometres; None if they show electrodes."""
        return self._pitch_um if self._in_um else None

    @property
    def in_um(self) -> bool:
        """Whether the user has chosen micrometres."""
        return self._in_um

    def set_pitch(self, pitch_um: float | None) -> None:
        """Set the distance between neighbouring electrodes."""
        if pitch_um != self._pitch_um:
            self._pitch_um = pitch_um
            self.changed.emit()

    def use_um(self, in_um: bool) -> None:
        """Switch to micrometres, or back to electrodes."""
        if in_um != self._in_um:
            self._in_um = in_um
            self.changed.emit()


class ChipScaleBox(QCheckBox):
    """Check box that switches to micrometres; disabled, with the reason as tooltip, if the pitch is unknown."""

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
        known = f"Show micrometres (electrode pitch: {pitch_um:g} µm)." if pitch_um is not None else ""
        explain(self, known or _UNKNOWN)


class ChipMap(MapPlot):
    """A map whose pixels are electrodes, with axes in electrodes or in micrometres.

    Parameters
    ----------
    scale : ChipScale
        Scale of the axes.
    box : Box, optional
        Its view box.
    """

    def __init__(self, scale: ChipScale, box: Box | None = None) -> None:
        super().__init__("", "", box)
        self._scale = scale
        scale.changed.connect(self._show_scale)
        self._show_scale()

    def _show_scale(self) -> None:
        um = self._scale.um_per_electrode
        for side in ("bottom", "left"):
            self.getAxis(side).setScale(um or 1.0)  # the data stay in electrodes
        unit = "µm" if um else "electrode"
        self.set_labels(f"Column ({unit})", f"Row ({unit})")
