"""Conversion of values that scripts read with h5py and put into a session to the session's own form.

In files the number of a trial is text, and a scalar of the recording is a one-element array, a NumPy scalar or bytes;
scripts that read files with h5py keep these forms.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from hdmea_gui.session.clock import ACQUISITION_RATE, DURATION_S, RAW_DURATION_S
from hdmea_gui.session.unit import SECTIONED, TRIAL_SPIKES
from hdmea_gui.sources import metadata_names

if TYPE_CHECKING:
    from collections.abc import Mapping

_SCALARS: Final = (
    ACQUISITION_RATE,
    DURATION_S,
    "sample_interval",
    "dataset_id",
    "section_time_playlist",
    "section_time_repeats",
)


def take(units: Mapping[Any, Any], metadata: dict[Any, Any]) -> None:
    """Convert trial numbers to int and the recording's scalars to Python values, both in place."""
    _make_plain(metadata, _SCALARS)
    for name in (*metadata_names("raw"), *metadata_names("sorting")):
        if isinstance(metadata.get(name), dict):
            _make_plain(metadata[name], (RAW_DURATION_S,))
    for unit in units.values():
        movies = unit.get(SECTIONED) if isinstance(unit, dict) else None
        for cut in movies.values() if isinstance(movies, dict) else ():
            trials = cut.get(TRIAL_SPIKES) if isinstance(cut, dict) else None
            if isinstance(trials, dict) and any(map(_is_number, trials)):
                cut[TRIAL_SPIKES] = _numbered(trials)


def _make_plain(branch: dict[Any, Any], names: tuple[str, ...]) -> None:
    for name in names:
        value: Any = branch.get(name)
        if isinstance(value, np.generic) or (isinstance(value, np.ndarray) and value.shape == (1,)):
            value = value.item()
        with suppress(UnicodeDecodeError):  # bytes that are not text stay as they are
            value = value.decode() if isinstance(value, bytes) else value
            if value is not None:
                branch[name] = value


def _numbered(trials: dict[Any, Any]) -> dict[Any, Any]:
    numbered = {int(key) if _is_number(key) else key: spikes for key, spikes in trials.items()}
    is_ambiguous = len(numbered) < len(trials)  # both 0 and "0": refused when the session is saved
    return trials if is_ambiguous else numbered


def _is_number(key: object) -> bool:
    """Whether a key is the number of a trial as text."""
    return isinstance(key, str) and key.isascii() and key.isdigit() and key == str(int(key))
