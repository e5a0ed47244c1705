"""Templates of a phy folder: mean waveforms on all channels, from which units get a waveform and a main channel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hdmea_gui.errors import DataLoadError
from hdmea_gui.sources.phy.tables import read_array

if TYPE_CHECKING:
    from pathlib import Path

_TEMPLATES = "templates.npy"
# Kilosort and SpikeInterface name this file differently.
_CHANNELS = ("templates_ind.npy", "template_ind.npy")


@dataclass(frozen=True)
class UnitTemplate:
    """Mean waveform of a unit on its main channel.

    Parameters
    ----------
    channel
        Index of the channel with the largest peak-to-peak amplitude.
    waveform
        float32 (n_samples,), in the sorter's unit.
    """

    channel: int
    waveform: np.ndarray


class Templates:
    """Templates, and which of them each spike was found with.

    Parameters
    ----------
    waveforms
        float (n_templates, n_samples, n_channels), in the sorter's unit.
    channels
        Index of the channel of each entry, (n_templates, n_channels), -1 for none; None if all channels are in order.
    spike_templates
        Template of each spike, (n_spikes,); None if clusters have the numbers of their templates.
    """

    def __init__(
        self, waveforms: np.ndarray, channels: np.ndarray | None, spike_templates: np.ndarray | None
    ) -> None:
        self._waveforms, self._channels, self._spike_templates = waveforms, channels, spike_templates

    def of(self, cluster: int, places: np.ndarray) -> UnitTemplate | None:
        """Return the template of a cluster: the mean of those that its spikes were found with.

        Parameters
        ----------
        cluster
            Its number.
        places
            Any integer (n_spikes,). Places of its spikes in the folder's arrays.
        """
        used = np.array([cluster]) if self._spike_templates is None else self._spike_templates[places]
        numbers, counts = np.unique(used.astype(np.int64), return_counts=True)
        is_known = (numbers >= 0) & (numbers < len(self._waveforms))
        if not is_known.any():
            return None
        main = numbers[is_known][np.argmax(counts[is_known])]
        entry = int(np.argmax(np.ptp(np.asarray(self._waveforms[main]), axis=0)))
        channel = entry if self._channels is None else int(self._channels[main, entry])
        if channel < 0:
            return None
        waveforms = [self._on_channel(number, channel) for number in numbers[is_known]]
        mean = np.average(np.array(waveforms, np.float64), axis=0, weights=counts[is_known])
        return UnitTemplate(channel, mean.astype(np.float32))

    def _on_channel(self, number: int, channel: int) -> np.ndarray:
        """Waveform of a template on a channel; zero where the template is not stored."""
        entries = (
            np.array([channel])
            if self._channels is None
            else np.flatnonzero(self._channels[number] == channel)
        )
        if not len(entries):
            return np.zeros(self._waveforms.shape[1])
        return np.asarray(self._waveforms[number, :, entries[0]], np.float64)


def read_templates(folder: Path, spike_templates: np.ndarray | None) -> Templates | None:
    """Read the templates of a folder; None if it has none.

    Raises
    ------
    DataLoadError
        A file is damaged, or the files do not belong together.
    """
    path = folder / _TEMPLATES
    if not path.exists():
        return None
    waveforms = read_array(path, 3)
    if 0 in waveforms.shape[1:]:
        raise DataLoadError(f"{path} has empty templates. Export it again.", path)
    listed = next((folder / name for name in _CHANNELS if (folder / name).exists()), None)
    channels = read_array(listed, 2) if listed is not None else None
    if listed is not None and channels is not None and channels.shape != (len(waveforms), waveforms.shape[2]):
        raise DataLoadError(
            f"{listed} does not match {_TEMPLATES}: the files do not belong together. Export them again.",
            listed,
        )
    return Templates(waveforms, channels, spike_templates)
