"""Phy folders for tests, written independently of the reader."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def write_phy(
    folder: Path,
    spikes: Mapping[int, np.ndarray],
    *,
    rate_hz: float = 20000.0,
    groups: Mapping[int, str] | None = None,
    main_channels: Mapping[int, int] | None = None,
    positions: np.ndarray | None = None,
    order_seed: int | None = None,
) -> Path:
    """Write spike samples by cluster as Kilosort and phy do."""
    folder.mkdir(parents=True, exist_ok=True)
    times = np.concatenate([np.asarray(values, np.int64) for values in spikes.values()])
    clusters = np.concatenate([np.full(len(values), cluster) for cluster, values in spikes.items()])
    order = np.argsort(times, kind="stable")
    if order_seed is not None:
        order = np.random.default_rng(order_seed).permutation(len(times))
    np.save(folder / "spike_times.npy", times[order].astype(np.uint64)[:, None])
    np.save(folder / "spike_clusters.npy", clusters[order].astype(np.int32))
    np.save(folder / "amplitudes.npy", np.linspace(1, 2, len(times))[:, None])
    (folder / "params.py").write_text(
        f"dat_path = r'raw.dat'\nn_channels_dat = 4\ndtype = 'int16'\noffset = 0\nsample_rate = {rate_hz}\n"
        "hp_filtered = False\n"
    )
    if groups is not None:
        lines = ["cluster_id\tgroup", *(f"{cluster}\t{group}" for cluster, group in groups.items())]
        (folder / "cluster_group.tsv").write_text("\n".join(lines) + "\n")
    if positions is not None:
        np.save(folder / "channel_positions.npy", positions)
    if main_channels is not None:
        n_channels = len(positions) if positions is not None else max(main_channels.values()) + 1
        templates = np.zeros((max(spikes) + 1, 20, n_channels), np.float32)
        for cluster, channel in main_channels.items():
            templates[cluster, :, channel] = -np.hanning(20) * (cluster + 1)
        np.save(folder / "templates.npy", templates)
        np.save(folder / "spike_templates.npy", clusters[order].astype(np.int32))
    return folder
