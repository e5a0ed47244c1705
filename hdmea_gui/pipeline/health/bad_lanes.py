"""Lines of electrodes that are noisy or dead."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hdmea_gui.pipeline.health.check import Check, Finding
from hdmea_gui.session.bad_lanes import bad_lanes_of, lane_noise_of
from hdmea_gui.session.unit import image_of, soma_of

if TYPE_CHECKING:
    from hdmea_gui.session import Snapshot

_MOST_NAMED = 5


def look(snapshot: Snapshot) -> Finding | None:
    """Name the bad lanes, and the units whose somas lie in several of them."""
    lanes = bad_lanes_of(snapshot.metadata)
    if lanes is None:
        return None
    held = lane_noise_of(snapshot.metadata, lanes.axis)
    noise = None if held is None else held.copy()  # else the file holds both under one node
    numbers = None if noise is None else np.arange(1.0, len(noise) + 1)
    if not lanes.lanes and lanes.cleared and noise is None:
        return None  # loaded again: they are remembered, but nothing has been looked at yet
    if not lanes.lanes:
        return Finding("ok", "No bad lanes.", numbers, noise)
    kinds = dict.fromkeys(lane.kind or "named by you" for lane in lanes.lanes)
    words = f"{len(lanes.lanes)} bad {lanes.words()} ({', '.join(kinds)})."
    lost = [
        unit_id
        for unit_id, unit in snapshot.units.items()
        if soma_of(image_of(unit) or {}).get("in_bad_lanes")
    ]
    if not lost:
        return Finding("check", words, numbers, noise)
    named = ", ".join(lost[:_MOST_NAMED]) + (" ..." if len(lost) > _MOST_NAMED else "")
    sentence = f"{words} {len(lost)} somas lie in three or more adjacent ones: {named}."
    return Finding("fault", sentence, numbers, noise, units=tuple(lost))


CHECK = Check(
    key="bad_lanes",
    title="Bad lanes",
    look=look,
    view="chip",
    advice="Choose 'Bad rows' or 'Bad columns' in the chip view and click to mark a lane as bad or good; then run "
    "'Soma geometry'.",
    parameter=("compute_eimage_sta", "bad_lanes"),
    labels=("Row or column of the chip", "Noise / median"),
)
