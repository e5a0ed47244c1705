"""Faults that a sample recording can have, as real recordings have them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hdmea_gui.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True)
class FaultKind:
    """A kind of fault.

    Attributes
    ----------
    name
        Its name on the command line.
    default
        Value without one given.
    lowest, highest
        Limits of the value.
    words
        What it does, for the help; ``VALUE`` stands for the value.
    """

    name: str
    default: float
    lowest: float
    highest: float
    words: str


_MANY = 1e6

FAULTS = (
    FaultKind("sync_missing", 5, 0, _MANY, "VALUE sync pulses are missing"),
    FaultKind("sync_extra", 5, 0, _MANY, "VALUE sync pulses too many"),
    FaultKind("sync_ringing", 5, 0, 100, "VALUE percent of the sync pulses have two peaks"),
    FaultKind("sync_inverted", 1, 1, 1, "the sync pulses are negative"),
    FaultKind("sync_narrow", 15, 1, 100, "sync pulses of one sample in a recording VALUE times as long"),
    FaultKind("sync_none", 1, 1, 1, "no sync pulse is recorded"),
    FaultKind("startup_missing", 4, 0, 4, "VALUE of the 4 start-up pulses are not recorded"),
    FaultKind("start_missed", 10, 0, _MANY, "the pulses of the first VALUE display frames are not recorded"),
    FaultKind("frames_delayed", 3, 0, _MANY, "VALUE display frames come one refresh too late"),
    FaultKind(
        "frames_skipped", 10, 0, _MANY, "the display skips VALUE frames at one place; its pulses are regular"
    ),
    FaultKind("pause", 5, 0, 3600, "the recording is paused for VALUE seconds"),
    FaultKind("refresh", 75, 20, 500, "the display runs at VALUE Hz"),
    FaultKind("tick", 0.75, -5, 5, "the stated Tick is wrong by VALUE percent"),
    FaultKind("duration", 10, -99, _MANY, "the stated RecordingDuration is wrong by VALUE percent"),
    FaultKind("light_contrast", 10, 0, 100, "the photodiode has VALUE percent of its usual contrast"),
    FaultKind(
        "light_snr", 3, 0.01, _MANY, "the light channel has a signal-to-noise ratio of VALUE per sample"
    ),
    FaultKind("light_drift", 20, 0, 100, "the photodiode's signal falls by VALUE percent"),
    FaultKind("light_saturated", 50, 0, 100, "the photodiode saturates at VALUE percent of white"),
    FaultKind("light_inverted", 1, 1, 1, "the photodiode's signal is inverted"),
    FaultKind(
        "light_partial", 10, 1, 50, "the photodiode sees a spot of VALUE percent of the screen's width"
    ),
    FaultKind(
        "lanes_noisy", 3, 1, 1000, "bad lanes with VALUE times the noise, independent in each electrode"
    ),
    FaultKind(
        "lanes_common", 3, 1, 1000, "bad lanes with VALUE times the noise, common to all their electrodes"
    ),
    FaultKind(
        "lanes_flickering", 10, 1, 1000, "bad lanes with VALUE times the noise, in three of ten moments"
    ),
    FaultKind("lanes_dead", 1, 1, 1, "bad lanes without any signal"),
    FaultKind("lanes_saturated", 1, 1, 1, "bad lanes at the upper limit"),
    FaultKind("lanes_count", 3, 1, 65, "VALUE bad lanes of each kind asked for"),
    FaultKind("lanes_rows", 1, 1, 1, "bad lanes are rows, not columns"),
    FaultKind("lanes_adjacent", 1, 1, 1, "bad lanes lie side by side, not at random"),
    FaultKind("contaminated", 20, 0, 90, "a quarter of the units have VALUE percent of foreign spikes"),
    FaultKind("unresponsive", 3, 0, _MANY, "the last VALUE units respond to nothing"),
)

_BY_NAME = {kind.name: kind for kind in FAULTS}

Faults = dict[str, float]
"""Values of the faults of a recording, by name."""


def parse_faults(texts: Iterable[str]) -> Faults:
    """Return the faults named by texts such as ``sync_missing`` and ``refresh=120``.

    Raises
    ------
    ConfigurationError
        A fault or its value is not known.
    """
    return dict(map(_parsed, texts))


def _parsed(text: str) -> tuple[str, float]:
    name, has_value, written = text.partition("=")
    kind = _BY_NAME.get(name.strip())
    if kind is None:
        raise ConfigurationError(f"There is no fault '{name}'. Available: {', '.join(_BY_NAME)}.")
    if not has_value:
        return kind.name, kind.default
    try:
        value = float(written)
    except ValueError:
        value = float("nan")
    if not kind.lowest <= value <= kind.highest:
        raise ConfigurationError(
            f"The fault '{kind.name}' needs a number from {kind.lowest:g} to {kind.highest:g}, not '{written}'."
        )
    return kind.name, value


def fault_lines() -> list[str]:
    """Return a line per fault for the help, with its value if none is given."""
    widest = max(map(len, _BY_NAME))
    return [
        f"  {kind.name:<{widest}}  {kind.words}" + (f" ({kind.default:g})" if "VALUE" in kind.words else "")
        for kind in FAULTS
    ]
