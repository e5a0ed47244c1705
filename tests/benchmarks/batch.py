"""A batch of recordings in memory with one save each, against the same steps file by file."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hdmea_gui.pipeline import (
    add_section_time,
    compute_rf_geometry,
    compute_soma_geometry,
    compute_sta,
    create_session,
    extract_features,
    load_recording_with_eimage_sta,
    section_spike_times,
)
from hdmea_gui.sample import Sample, make_sample
from tests.benchmarks.timing import at_most

if TYPE_CHECKING:
    from tests.benchmarks.timing import Row

_TARGET = 0.8


def run(quick: bool = False) -> list[Row]:
    """Return one row: all recordings in deferred mode against immediate mode.

    Parameters
    ----------
    quick : bool
        Whether to take two recordings of few units instead of ten.
    """
    n_recordings, n_units = (2, 3) if quick else (10, 24)
    seconds = {"immediate": 0.0, "deferred": 0.0}
    ways = {"immediate": _immediate, "deferred": _deferred}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        movies = ("dense_noise_15x15_sample", "step_up_5s_5i_b0_3x", "green_blue_3s_3i_3x")
        sample = make_sample(folder / "sample", n_units=n_units, playlist=movies)
        _deferred(sample, folder / "first")  # what is imported late is there for both
        for number in range(n_recordings):
            for way in sorted(ways, reverse=bool(number % 2)):  # in turns, so that other load falls on both
                started = time.perf_counter()
                ways[way](sample, folder / f"{way}_{number}")
                seconds[way] += time.perf_counter() - started
    what = f"{n_recordings} recordings of {n_units} units, every step, deferred: the same in immediate mode"
    return [at_most(what, seconds["immediate"], seconds["deferred"], _TARGET)]


def _deferred(sample: Sample, folder: Path) -> None:
    session = create_session(cmcr_path=sample.cmcr_path, cmtr_path=sample.cmtr_path, output_dir=folder)
    load_recording_with_eimage_sta(sample.cmcr_path, sample.cmtr_path, session=session)
    _steps(sample, {"session": session})
    session.save()


def _immediate(sample: Sample, folder: Path) -> None:
    result: Any = load_recording_with_eimage_sta(sample.cmcr_path, sample.cmtr_path, output_dir=folder)
    _steps(sample, {"hdf5_path": result.hdf5_path})


def _steps(sample: Sample, where: dict[str, Any]) -> None:
    add_section_time(
        playlist_name=sample.playlist_name,
        playlist_file_path=sample.playlist_path,
        movie_length_file_path=sample.movie_lengths_path,
        **where,
    )
    section_spike_times(config_dir=sample.stimuli_dir, **where)
    compute_sta(stimuli_dir=sample.stimuli_dir, **where)
    compute_rf_geometry(**where)
    compute_soma_geometry(**where)
    extract_features(**where)
