"""Contradictions between what the raw file states about its clock and how long its data last."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hdmea_gui.analysis.clocks import lengths_agree
from hdmea_gui.pipeline.health.check import Check, Finding
from hdmea_gui.session.clock import RAW_CLOCK, positive
from hdmea_gui.session.recording import RecordingReader

if TYPE_CHECKING:
    from hdmea_gui.session import Snapshot


def look(snapshot: Snapshot) -> Finding | None:
    """Compare stated rate, rate of the data, stated length and length of the data."""
    recording, said = RecordingReader(snapshot), snapshot.metadata.get(RAW_CLOCK)
    length_s = recording.duration_s
    if not isinstance(said, dict) or not recording.has_rate or length_s is None:
        return None
    stated, measured, stated_s = (
        positive(said.get(name)) for name in ("stated_rate_hz", "measured_rate_hz", "stated_duration_s")
    )
    if stated is None:
        return Finding("check", _without_rate(recording.rate_hz, measured))
    if measured is not None and not lengths_agree(measured * length_s, stated * length_s):
        return _other_rate(recording.rate_hz, stated, measured, length_s)
    if stated_s is not None and not lengths_agree(length_s * stated, stated_s * stated):
        return Finding(
            "check",
            f"The raw file states a length of {stated_s:g} s, but its data last {length_s:g} s, which is used.",
        )
    return Finding(
        "ok", f"Rate ({stated:g} Hz) and length ({length_s:.1f} s) are as the raw file states them."
    )


def _without_rate(used: float, measured: float | None) -> str:
    origin = (
        "it is derived from the data"
        if measured is not None
        else "that is a guess, so all times may be wrong"
    )
    return f"The raw file does not state its acquisition rate: {used:g} Hz are used; {origin}."


def _other_rate(used: float, stated: float, measured: float, length_s: float) -> Finding:
    """Contradiction between the rates, with the error that the stated one would make in the course of the recording."""
    late_ms = length_s * (measured / stated - 1) * 1e3
    words = (
        f"The raw file states {stated:g} Hz, but its data were recorded at {measured:g} Hz: {abs(late_ms):.0f} ms "
        f"apart at the end. {used:g} Hz are used"
    )
    is_resolved = used != stated
    why = "" if is_resolved else ", as parts of the recording contradict each other; times may be wrong"
    curve = (np.array([0.0, length_s]), np.array([0.0, late_ms]))
    return Finding("check" if is_resolved else "fault", f"{words}{why}.", *curve)


CHECK = Check(
    key="rates",
    title="Rate and length",
    look=look,
    view="session_tree",
    advice="The session view shows the acquisition rate under 'metadata', and what the file says under 'raw_clock'. "
    "Compare the times of a known event, such as the last display frame.",
    labels=("Time in recording (s)", "Error (ms)"),
)
