"""Views of the session, one file each, and the ordered tuple of all of them."""

from __future__ import annotations

from hdmea_gui.views import (
    all_receptive_fields,
    chip,
    electrical_image,
    health,
    raster_psth,
    receptive_field,
    session_tree,
    spike_train,
    stimulus,
    tuning,
)
from hdmea_gui.views.view import ViewSpec

VIEWS: tuple[ViewSpec, ...] = (
    receptive_field.VIEW,
    all_receptive_fields.VIEW,
    electrical_image.VIEW,
    chip.VIEW,
    raster_psth.VIEW,
    tuning.VIEW,
    spike_train.VIEW,
    stimulus.VIEW,
    session_tree.VIEW,
    health.VIEW,
)

__all__ = ["VIEWS", "ViewSpec"]
