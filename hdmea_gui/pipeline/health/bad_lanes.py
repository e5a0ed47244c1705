"""Lines of electrodes that are noisy or dead."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hdmea_gui.pipeline.health.check import Check, Finding
from hdmea_gui.session.bad_lanes import bad_lanes_of
from hdmea_gui.session.unit import image_of, soma_of

if TYPE_CHECKING:
    from hdmea_gui.session import Snapshot


def look(snapshot: Snapshot) -> Finding | None:
    """Name the bad lanes, and the units whose somas lie in several of them."""
    lanes = bad_lanes_of(snapshot.metadata)
    if lanes is None:
        return None
    if not lanes.lanes:
        return Finding("ok", "No bad lanes.")
    kinds = dict.fromkeys(lane.kind or "named by you" for lane in lanes.lanes)
    words = f"{len(lanes.lanes)} bad {lanes.words()} ({', '.join(kinds)})."
    lost = [
        unit_id
        for unit_id, unit in snapshot.units.items()
        if soma_of(image_of(unit) or {}).get("in_bad_lanes")
    ]
    if not lost:
        return Finding("check", words)
    return Finding("fault", f"{words} {len(lost)} somas lie in three or more adjacent ones: {_some(lost)}.")


def _some(names: list[str]) -> str:
    return ", ".join(names[:5]) + (" ..." if len(names) > 5 else "")


CHECK = Check(
    key="bad_lanes",
    title="Bad lanes",
    look=look,
    view="chip",
    advice="Choose 'Bad rows' or 'Bad columns' in the chip view and click to mark a lane as bad or good; then run "
    "'Soma geometry'.",
)
