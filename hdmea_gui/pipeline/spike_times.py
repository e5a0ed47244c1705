"""Spike times as every step takes them for granted; scripts may have put something else in their place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hdmea_gui.errors import ConfigurationError

if TYPE_CHECKING:
    from hdmea_gui.session import Snapshot


def check_spike_times(snapshot: Snapshot) -> None:
    """Refuse units whose spike times are no samples of the recording in a row; arrays of whole numbers are not read.

    Raises
    ------
    ConfigurationError
        The sentence names the first such unit.
    """
    for unit_id, unit in snapshot.units.items():
        fault = _fault(unit["spike_times"]) if "spike_times" in unit else ""
        if fault:
            raise ConfigurationError(
                f"The spike times of {unit_id} {fault}. They must be samples of the recording, as numbers in one row: "
                "correct the script that has set them, or run 'Load recording' again."
            )


def _fault(spike_times: Any) -> str:
    try:
        values = spike_times if hasattr(spike_times, "dtype") else np.asarray(spike_times)
    except ValueError:  # rows of different lengths
        return "are no array"
    if values.dtype.kind not in "iuf":
        return "are no numbers"
    if values.ndim != 1:
        return f"have {values.ndim} dimensions"
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        return "hold values that are no number (NaN) or infinite"
    return ""
