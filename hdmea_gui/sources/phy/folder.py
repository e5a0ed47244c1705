"""A folder of Kilosort or phy as a sorting source."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from hdmea_gui.errors import DataLoadError
from hdmea_gui.sources.format import SourceFormat
from hdmea_gui.sources.phy.params import read_params
from hdmea_gui.sources.phy.tables import read_array, read_clusters, read_whole_numbers
from hdmea_gui.sources.phy.templates import Templates, read_templates
from hdmea_gui.sources.probe import grid_of
from hdmea_gui.sources.source import SourceUnit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from hdmea_gui.sources.source import Progress

_PARAMS, _TIMES, _CLUSTERS, _SPIKE_TEMPLATES, _AMPLITUDES, _POSITIONS, _CHANNEL_MAP = (
    "params.py",
    "spike_times.npy",
    "spike_clusters.npy",
    "spike_templates.npy",
    "amplitudes.npy",
    "channel_positions.npy",
    "channel_map.npy",
)
_MOST_SAMPLES = 1 << 36  # 26 days at 30 kHz
_NOISE = "noise"
_LABELS = {"unsorted": "", "mua": "MUA"}  # where phy's word for a group is not ours
_NOT_QUALITY = frozenset({"n_spikes", "ch"})  # stored elsewhere


@dataclass(frozen=True)
class _Spikes:
    """Spikes of all clusters, grouped by cluster and in order of time in each.

    Parameters
    ----------
    times
        int64 (n_spikes,), samples.
    order
        int64 (n_spikes,). Places of these spikes in the folder's arrays.
    bounds
        First spike, and spike after the last, of each cluster.
    """

    times: np.ndarray
    order: np.ndarray
    bounds: dict[int, tuple[int, int]]

    def places_of(self, cluster: int) -> np.ndarray:
        """Return the places of a cluster's spikes in the folder's arrays, int64 (n_spikes,), in order of time."""
        start, stop = self.bounds[cluster]
        return self.order[start:stop]

    def times_of(self, cluster: int) -> np.ndarray:
        """Return the spike times of a cluster, int64 (n_spikes,), samples, ascending."""
        start, stop = self.bounds[cluster]
        return self.times[start:stop]


class PhySorting:
    """A folder of Kilosort or phy as a `SortingSource`.

    Clusters that a person has labelled as noise are left out. Row 1, column 1 of the grid is the electrode at x = 0,
    y = 0 in ``channel_positions.npy``.
    """

    counted: Literal["spikes"] = "spikes"
    date_time = ""

    def __init__(self, folder: Path) -> None:
        self.path = folder
        self.warnings: list[str] = []
        params = read_params(folder / _PARAMS)
        if params.has_code:
            self.warnings.append(
                f"{folder / _PARAMS} contains program code, which was not run; only its plain values were read."
            )
        self.rate_hz = params.sample_rate_hz
        self.metadata: Mapping[str, Any] = params.values
        self._spikes = _read_spikes(folder)
        self._amplitudes = _beside_spikes(folder / _AMPLITUDES, len(self._spikes.times))
        self._values = read_clusters(folder)
        self._positions = _optional(folder / _POSITIONS, 2)
        self.probe = grid_of(self._positions) if self._positions is not None else None
        self._channel_map = _optional(folder / _CHANNEL_MAP, 1)
        spike_templates = _beside_spikes(folder / _SPIKE_TEMPLATES, len(self._spikes.times))
        self._templates: Templates | None = read_templates(folder, spike_templates)
        self._clusters = self._named_clusters()
        self.unit_ids = tuple(self._clusters)
        self._warn()

    def count(self, _progress: Progress | None = None) -> int:
        """Return the number of spikes of all units."""
        return sum(len(self._spikes.times_of(cluster)) for cluster in self._clusters.values())

    def read_unit(
        self,
        unit_id: str,
        rate_hz: float,  # noqa: ARG002 - spike times are counted in samples of the sorted recording
        *,
        full: bool = False,  # noqa: ARG002 - there are no peaks below threshold
        check_cancelled: Callable[[], None] | None = None,
    ) -> SourceUnit:
        """Read a unit; its spike times are samples of the recording that was sorted."""
        if check_cancelled is not None:
            check_cancelled()
        if unit_id not in self._clusters:
            raise DataLoadError(
                f"{self.path} has no {unit_id}: it has {len(self.unit_ids)} units.", self.path
            )
        cluster = self._clusters[unit_id]
        places, values = self._spikes.places_of(cluster), self._values.get(cluster, {})
        template = self._templates.of(cluster, places) if self._templates is not None else None
        channel = template.channel if template is not None else self._stated_channel(values)
        x_um, y_um = self._position(channel)
        electrode = (
            None
            if self.probe is None or x_um is None or y_um is None
            else self.probe.electrode_at(x_um, y_um)
        )
        row, column = electrode or (None, None)
        quality = _quality(values)
        if self._amplitudes is not None:
            quality["peak_amplitudes"] = self._amplitudes[places].astype(np.float32)
        group = values.get("group", "")
        return SourceUnit(
            name=f"cluster {cluster}",
            number=cluster,
            spike_times=self._spikes.times_of(cluster).astype(np.uint64),
            waveform=template.waveform if template is not None else None,
            row=row,
            column=column,
            x_um=x_um,
            y_um=y_um,
            label=_LABELS.get(group, group),
            quality=quality,
        )

    def _named_clusters(self) -> dict[str, int]:
        is_noise = {
            cluster: self._values.get(cluster, {}).get("group") == _NOISE for cluster in self._spikes.bounds
        }
        return {f"unit_{cluster:03d}": cluster for cluster in sorted(is_noise) if not is_noise[cluster]}

    def _stated_channel(self, values: Mapping[str, str]) -> int | None:
        """Index of the main channel according to phy's summary, which states the channel's number."""
        if not (stated := values.get("ch", "")).isdecimal():
            return None
        if self._channel_map is None:
            return int(stated)
        found = np.flatnonzero(self._channel_map == int(stated))
        return int(found[0]) if len(found) else None

    def _position(self, channel: int | None) -> tuple[float | None, float | None]:
        if self._positions is None or channel is None or channel >= len(self._positions):
            return None, None
        x_um, y_um = self._positions[channel, :2].tolist()
        return float(x_um), float(y_um)

    def _warn(self) -> None:
        name = self.path.name
        n_noise = len(self._spikes.bounds) - len(self._clusters)
        if n_noise:
            clusters = (
                "1 cluster labelled as noise is"
                if n_noise == 1
                else f"{n_noise} clusters labelled as noise are"
            )
            self.warnings.append(f"{name}: {clusters} left out.")
        if not self._clusters:
            self.warnings.append(
                f"{name} has no units: it has no spikes, or all clusters are labelled as noise."
            )
        labelled = (cluster for cluster, values in self._values.items() if "group" in values)
        if unknown := sorted(set(labelled) - self._spikes.bounds.keys()):
            self.warnings.append(
                f"{name}: the cluster tables label clusters without spikes, which are ignored: "
                f"{', '.join(map(str, unknown[:10]))}{' and more' if len(unknown) > 10 else ''}."
            )
        if self._templates is None:
            self.warnings.append(f"{name} has no templates.npy, so its units have no mean waveform.")
        if self._positions is None:
            self.warnings.append(f"{name} has no {_POSITIONS}, so the position of its units is not known.")
        elif self.probe is None:
            self.warnings.append(
                f"{name}: the electrodes in {_POSITIONS} do not lie on a grid, so its units have no row and column."
            )


def _read_spikes(folder: Path) -> _Spikes:
    times = read_whole_numbers(folder / _TIMES)
    if times.size and times.max() > _MOST_SAMPLES:
        raise DataLoadError(
            f"{folder / _TIMES} has spike times that no recording reaches, up to sample {times.max()}. "
            "Export it again.",
            folder / _TIMES,
        )
    # Before a first session of phy, Kilosort's templates are the clusters.
    path = folder / _CLUSTERS if (folder / _CLUSTERS).exists() else folder / _SPIKE_TEMPLATES
    if not path.exists():
        path = folder / _CLUSTERS
    clusters = read_whole_numbers(path)
    _check_length(path, len(clusters), len(times))
    order = np.lexsort((times, clusters))
    numbers, starts = np.unique(clusters[order], return_index=True)
    stops = np.append(starts[1:], len(order))
    bounds = {int(n): (int(start), int(stop)) for n, start, stop in zip(numbers, starts, stops, strict=True)}
    return _Spikes(times[order], order, bounds)


def _check_length(path: Path, length: int, expected: int) -> None:
    if length != expected:
        raise DataLoadError(
            f"{path} has {length} entries, but {_TIMES} has {expected} spikes: the files do not belong together. "
            "Export them again.",
            path,
        )


def _beside_spikes(path: Path, n_spikes: int) -> np.ndarray | None:
    """One number per spike, if the folder has this file."""
    array = _optional(path, 1)
    if array is not None:
        _check_length(path, len(array), n_spikes)
    return array


def _optional(path: Path, ndim: int) -> np.ndarray | None:
    return read_array(path, ndim) if path.exists() else None


def _quality(values: Mapping[str, str]) -> dict[str, Any]:
    """Values of a cluster as in the session file: numbers as arrays (1,), texts as they are."""
    found: dict[str, Any] = {}
    for name, text in values.items():
        if name in _NOT_QUALITY:
            continue
        try:
            found[name.lower()] = np.array([float(text)])
        except ValueError:
            found[name.lower()] = text
    return found


def _holds(path: Path) -> bool:
    """Whether a folder has results of Kilosort or phy, complete or not."""
    return path.is_dir() and any((path / name).exists() for name in (_TIMES, _CLUSTERS))


def _protects(path: Path) -> bool:
    """Whether a file belongs to such a folder."""
    is_table = path.suffix.lower() in {".npy", ".tsv"} or path.name == _PARAMS
    return is_table and path.is_file() and _holds(path.parent)


@contextmanager
def _opened(path: Path, _progress: Progress | None) -> Iterator[PhySorting]:
    yield PhySorting(path)


PHY = SourceFormat(
    key="phy",
    title="folder of Kilosort or phy",
    role="sorting",
    patterns=(_PARAMS,),
    holds=_holds,
    opened=_opened,
    is_folder=True,
    protects=_protects,
)
