"""Validation of spike times, which scripts may have replaced."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hdmea_gui.errors import ConfigurationError
from hdmea_gui.session.unit import spike_times_of

if TYPE_CHECKING:
    from hdmea_gui.session import Snapshot


def check_spike_times(snapshot: Snapshot) -> None:
    """Check that the spike times of all units are one-dimensional arrays of finite numbers.

    Arrays of integers are valid by their type and are not read from the file.

    Raises
    ------
    ConfigurationError
        If they are not; the message names the first such unit.
    """
    for unit_id, unit in snapshot.units.items():
        fault = _fault(spike_times_of(unit))
        if fault:
            raise ConfigurationError(
                f"The spike times of {unit_id} {fault}. They must be a one-dimensional array of sample numbers. "
                "Correct the script that set them, or run 'Load recording' again."
            )


def _fault(spike_times: Any) -> str:
    try:
        values = spike_times if hasattr(spike_times, "dtype") else np.asarray(spike_times)
    except ValueError:  # rows of different lengths
        return "are not an array"
    if values.dtype.kind not in "iuf":
        return "are not numbers"
    if values.ndim != 1:
        return f"have {values.ndim} dimensions"
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        return "contain NaN or infinite values"
    return ""
