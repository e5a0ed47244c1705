"""Spikes after the end of the recording."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hdmea_gui.pipeline.health.check import Check, Finding
from hdmea_gui.session.recording import RecordingReader
from hdmea_gui.session.unit import spike_times_of

if TYPE_CHECKING:
    from hdmea_gui.session import Snapshot


def look(snapshot: Snapshot) -> Finding | None:
    """Count the spikes after the last sample of the light channels."""
    light = RecordingReader(snapshot).raw_light()
    if light is None or not snapshot.units:
        return None
    end = len(light)
    late = {
        unit_id: count
        for unit_id, unit in snapshot.units.items()
        if (count := int(np.count_nonzero(np.asarray(spike_times_of(unit)) >= end)))
    }
    if not late:
        return Finding("ok", "All spikes lie within the recording.")
    return Finding(
        "fault",
        f"{sum(late.values())} spikes of {len(late)} units come after the end of the recording: raw and sorted file "
        "may not belong together, or their clocks differ.",
        units=tuple(sorted(late, key=lambda unit_id: -late[unit_id])),
    )


CHECK = Check(
    key="spikes_outside",
    title="Spikes outside the recording",
    look=look,
    view="spike_train",
    advice="Check that raw and sorted file are of the same recording, and load it again.",
    parameter=("load_recording", "cmtr_path"),
)
