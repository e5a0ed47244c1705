"""What scripts read from files by themselves and put into a session, brought into the session's form.

In files a trial's number is a text, and a scalar of the recording an array of one element, a scalar of NumPy or bytes;
scripts that read files with h5py keep them so.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

_SCALARS: Final = (
    "acquisition_rate",
    "sample_interval",
    "dataset_id",
    "section_time_playlist",
    "section_time_repeats",
)


def take(units: Mapping[Any, Any], metadata: dict[Any, Any]) -> None:
    """Number the trials of every unit by integers, and make scalars of the recording plain; both in place."""
    _make_plain(metadata, _SCALARS)
    for name in ("cmcr_meta", "cmtr_meta"):
        if isinstance(metadata.get(name), dict):
            _make_plain(metadata[name], ("recording_duration_s",))
    for unit in units.values():
        movies = unit.get("spike_times_sectioned") if isinstance(unit, dict) else None
        for cut in movies.values() if isinstance(movies, dict) else ():
            trials = cut.get("trials_spike_times") if isinstance(cut, dict) else None
            if isinstance(trials, dict) and any(map(_is_number, trials)):
                cut["trials_spike_times"] = _numbered(trials)


def _make_plain(branch: dict[Any, Any], names: tuple[str, ...]) -> None:
    for name in names:
        value: Any = branch.get(name)
        if isinstance(value, np.generic) or (isinstance(value, np.ndarray) and value.shape == (1,)):
            value = value.item()
        with suppress(UnicodeDecodeError):  # what is no text stays as it is
            value = value.decode() if isinstance(value, bytes) else value
            if value is not None:
                branch[name] = value


def _numbered(trials: dict[Any, Any]) -> dict[Any, Any]:
    numbered = {int(key) if _is_number(key) else key: spikes for key, spikes in trials.items()}
    is_there_twice = len(numbered) < len(trials)  # which no file can hold: saving says so
    return trials if is_there_twice else numbered


def _is_number(key: object) -> bool:
    """Whether a key is a text that stands for a trial."""
    return isinstance(key, str) and key.isascii() and key.isdigit() and key == str(int(key))
