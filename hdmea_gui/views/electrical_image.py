"""Electrical image: the mean signal of the electrodes around a unit's spikes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QSpinBox

from hdmea_gui.pipeline.recency import is_current
from hdmea_gui.session.bad_lanes import bad_lanes_of
from hdmea_gui.session.recording import RecordingReader
from hdmea_gui.session.unit import image_of
from hdmea_gui.views.caption import Chooser
from hdmea_gui.views.chip_scale import ChipScaleBox
from hdmea_gui.views.colours import SIGNED, signed
from hdmea_gui.views.ei_figure import EIFigure
from hdmea_gui.views.ei_picture import EIPicture, numbers_of, picture_of
from hdmea_gui.views.explain import explain
from hdmea_gui.views.frames_view import FramesView
from hdmea_gui.views.sta_picture import spikes_of
from hdmea_gui.views.view import Empty, ViewSpec
from hdmea_gui.views.wheel import ignore_wheel

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget


_CONTRASTS = {"Full range": 1.0, "A third of it": 1 / 3, "A tenth of it": 0.1}


class ElectricalImageView(FramesView):
    """Electrical image of the current unit."""

    least_height = 350
    interests = (("units",), ("metadata",))

    def make_choosers(self) -> list[QWidget]:
        """Make the controls of colour map, colour limits, extent of the waveforms and scale."""
        self._picture: EIPicture | None = None
        self._colours = Chooser("Colour map of the frames", SIGNED)
        self._colours.currentIndexChanged.connect(self.refresh)
        self._contrast = Chooser("Colour limits: a part of the range makes axons visible", _CONTRASTS)
        self._contrast.currentIndexChanged.connect(self.refresh)
        self._reach = QSpinBox()
        ignore_wheel(self._reach, with_focus=False)
        self._reach.setRange(1, 15)
        self._reach.setValue(3)
        self._reach.setPrefix("± ")
        self._reach.setSuffix(" electrodes")
        explain(
            self._reach, "Number of electrodes on each side of the peak electrode whose waveforms are shown."
        )
        self._reach.setAccessibleName("Extent of the waveforms")
        self._reach.valueChanged.connect(self.refresh)
        self._scale = ChipScaleBox(self.context.scale)
        self.context.scale.changed.connect(self.refresh)
        return [self._colours, self._contrast, self._reach, self._scale]

    def make_plots(self) -> EIFigure:
        """Make the maps, waveforms and time course."""
        self._image_plots = EIFigure(self.context.theme, self.context.scale)
        return self._image_plots

    def choices(self) -> dict[str, QWidget]:
        """Return the controls of colours, limits, extent of the waveforms and scale."""
        return {
            "colours": self._colours,
            "contrast": self._contrast,
            "reach": self._reach,
            "micrometres": self._scale,
        }

    def empty(self) -> Empty | None:
        """Return the message for a missing or empty image."""
        session = self.context.model.session
        missing = self.no_unit()
        if missing is not None or session is None:
            return missing
        feature = image_of(self.unit())
        unit_id = self.context.selection.current
        if feature is None and any(map(image_of, session.units.values())):
            return Empty(f"{unit_id} has no electrical image.")
        if feature is None:
            return Empty(
                "No electrical images yet.",
                "compute_eimage_sta",
                "Compute electrical images",
            )
        data = self.context.arrays.get(feature["data"])
        contrast = _CONTRASTS[self._contrast.currentText()]
        recording = RecordingReader(session)
        rate_hz = recording.rate_hz if recording.has_rate else None
        lanes = bad_lanes_of(session.metadata)
        self._picture = None if data is None else picture_of(data, feature, rate_hz, contrast, lanes)
        if data is not None and self._picture is None:
            return Empty(
                f"The electrical image of {unit_id} is empty: no spike window fits into the analysed time range."
            )
        return None

    def draw(self) -> None:
        """Draw the image of the current unit, or wait until it has been read from disk."""
        feature, picture = image_of(self.unit()), self._picture
        if feature is None or picture is None:
            return
        index = self.use_lags(picture.frames.lags, picture.peak)
        theme = self.context.theme
        self._image_plots.set_colours(signed(self._colours.currentText(), theme), theme.sequential())
        self._image_plots.show_picture(picture, self._reach.value(), index)
        origin = "" if is_current(feature) else "computed by other scripts, to be recomputed"
        heading = (self.context.selection.current, spikes_of(feature), origin)
        self._numbers.show_lines(heading, numbers_of(picture, self.context.scale.um_per_electrode))


VIEW = ViewSpec(
    key="electrical_image",
    title="Electrical image",
    tip="Mean signal around a unit's spikes: frame by frame, as a peak-to-peak map and as waveforms.",
    area="upper",
    make=ElectricalImageView,
)
