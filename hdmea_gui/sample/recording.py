"""Generation and writing of a sample recording."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from hdmea_gui.io.mcs import RegionData, SweepData, write_raw, write_sorted
from hdmea_gui.sample.array import SensorSweep
from hdmea_gui.sample.faults import parse_faults
from hdmea_gui.sample.light import LAMP_SECTION_S, LAMP_THRESHOLD, analog_channels
from hdmea_gui.sample.model import make_model, truth_of
from hdmea_gui.sample.plan import Plan
from hdmea_gui.sample.playlists import PLAYLIST_NAME, write_movie_lengths, write_playlists, write_stimuli
from hdmea_gui.sample.region import Region
from hdmea_gui.sample.sorting import sorted_unit
from hdmea_gui.sample.stimuli import SAMPLE_NOISE
from hdmea_gui.sample.truth import SampleTruth, write_truth

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from hdmea_gui.sample.model import Model
    from hdmea_gui.sample.plan import Stretch
    from hdmea_gui.sample.region import Axes

DATASET_ID = "2026.01.15-10.30.00-Rec"
RECORDED, SORTED = "15.01.2026 10:30:00", "16.01.2026 09:00:00"
PLAYLIST = (
    SAMPLE_NOISE,
    "step_up_5s_5i_b0_3x",
    "green_blue_3s_3i_3x",
    "freq_step_5st_3x",
    "moving_h_bar_s5_d8_3x",
    "baseline_127",
)
SLAB_BYTES = 4_000_000
"""Sensor data generated at a time: a fraction of a second's work, so that progress is reported often."""


@dataclass(frozen=True)
class Sample:
    """Paths and ground truth of a sample recording.

    Attributes
    ----------
    folder
        Folder of all files.
    cmcr_path, cmtr_path
        Raw and sorted file.
    playlist_path, movie_lengths_path, stimuli_dir
        Stimuli that were shown, in the lab's form.
    playlist_name
        The playlist that was shown.
    repeats
        How often it was shown.
    analog_threshold, analog_duration_s
        Step of channel 1 (raw counts) that starts a light-triggered trial, and the duration of its section (s).
    truth
        Ground truth; also in ``truth.json`` and ``truth.npz``.
    """

    folder: Path
    cmcr_path: Path
    cmtr_path: Path
    playlist_path: Path
    movie_lengths_path: Path
    stimuli_dir: Path
    playlist_name: str
    repeats: int
    analog_threshold: float
    analog_duration_s: float
    truth: SampleTruth


def make_sample(
    folder: str | Path,
    *,
    seed: int = 1,
    n_units: int = 12,
    rate_hz: float = 5000.0,
    playlist: Sequence[str] = PLAYLIST,
    repeats: int = 1,
    noise_frames: int = 5400,
    regions: Sequence[tuple[int, int, int, int]] = ((20, 31, 21, 16),),
    sweeps_s: Sequence[tuple[float, float]] = ((0.0, 10.0),),
    axes: Axes = ("col", "row"),
    text: Literal["bytes", "str"] = "bytes",
    extra_streams: bool = False,
    faults: Sequence[str] = (),
    dataset_id: str = DATASET_ID,
    progress: Callable[[int, int], None] | None = None,
) -> Sample:
    """Write a raw and a sorted file in which every spike is known, with playlist and stimuli.

    Parameters
    ----------
    folder
        Folder for the files; created if missing. Files of the same name are replaced.
    seed
        The same seed and sizes produce the same recording.
    n_units
        Number of ganglion cells.
    rate_hz
        Samples per second, at least 1000.
    playlist
        Movies in the order shown; names of ``resources/stimuli`` and ``dense_noise_15x15_sample``.
    repeats
        How often the whole playlist is shown.
    noise_frames
        Length of ``dense_noise_15x15_sample`` in display frames.
    regions
        Left, top (1-based, on the chip), width and height of each sensor region.
    sweeps_s
        Start and duration (s) of each sweep; without sweeps the recording has no sensor data.
    axes
        Order of the sensor data's axes after the frame axis.
    text
        Text attributes of fixed (``bytes``) or variable length (``str``).
    extra_streams
        Whether the raw file also contains streams that a reader must ignore.
    faults
        Faults of the recording, such as ``sync_missing=3``; see `FAULTS`.
    dataset_id
        Stem of the file names.
    progress
        Called as progress(done, total) during the work; may raise an exception to stop it.

    Returns
    -------
    Sample
        Paths and ground truth.

    Raises
    ------
    ConfigurationError
        The sizes or options are not possible.
    """
    plan = Plan(
        seed=seed,
        n_units=n_units,
        rate_hz=float(rate_hz),
        playlist=tuple(playlist),
        repeats=repeats,
        noise_frames=noise_frames,
        regions=tuple(Region(*region) for region in regions),
        sweeps_s=tuple(sweeps_s),
        axes=axes,
        text=text,
        extra_streams=extra_streams,
        faults=parse_faults(faults),
    )
    tick = _ticker(progress, 2 * n_units + _n_slabs(plan))
    model = make_model(plan, tick)
    sample = _sample(Path(folder), dataset_id, repeats, truth_of(plan, model))
    _write(sample, plan, model, tick)
    return sample


def _sample(folder: Path, dataset_id: str, repeats: int, truth: SampleTruth) -> Sample:
    return Sample(
        folder=folder,
        cmcr_path=folder / f"{dataset_id}.cmcr",
        cmtr_path=folder / f"{dataset_id}-.cmtr",  # names of sorted files end in a hyphen
        playlist_path=folder / "playlist.csv",
        movie_lengths_path=folder / "movie_length.csv",
        stimuli_dir=folder / "stimuli",
        playlist_name=PLAYLIST_NAME,
        repeats=repeats,
        analog_threshold=LAMP_THRESHOLD,
        analog_duration_s=LAMP_SECTION_S,
        truth=truth,
    )


def _write(sample: Sample, plan: Plan, model: Model, tick: Callable[[], None]) -> None:
    """Write all files; those of the recording first, as they take the longest."""
    sample.folder.mkdir(parents=True, exist_ok=True)
    regions = range(len(plan.regions)) if model.stretches else ()
    analog = analog_channels(model.clock, model.timeline, plan.rng("channels"), plan.faults)
    before, after = model.pause or (analog.shape[1], analog.shape[1])
    later = [analog[:, after:]] if model.pause else []
    write_raw(
        sample.cmcr_path,
        rate_hz=plan.rate_hz,
        analog=analog[:, :before],
        more_analog=later,
        more_analog_start=[after] * len(later),
        regions=[_region_data(plan, model, number, tick) for number in regions],
        date_time=RECORDED,
        text=plan.text,
        extra_streams=plan.extra_streams,
        stated_rate_hz=plan.rate_hz / (1 + plan.faults.get("tick", 0) / 100),
        attributes=_stated_duration(plan, analog.shape[1]),
    )
    _write_sorted(sample, plan, model, tick)
    write_playlists(sample.playlist_path, plan.playlist)
    write_movie_lengths(sample.movie_lengths_path, model.movies)
    write_stimuli(sample.stimuli_dir, model.movies)
    write_truth(sample.folder, sample.truth)


def _stated_duration(plan: Plan, n_samples: int) -> dict[str, object]:
    """RecordingDuration that is wrong, if it is to be."""
    if "duration" not in plan.faults:
        return {}
    stated_us = n_samples * 1e6 / plan.rate_hz * (1 + plan.faults["duration"] / 100)
    return {"LB.RecordingDuration": np.array([round(stated_us)], np.int64)}


def _write_sorted(sample: Sample, plan: Plan, model: Model, tick: Callable[[], None]) -> None:
    units = []
    for index, unit in enumerate(sample.truth.units):
        peaks = model.sorted_spikes(index), model.left_out[index]
        rng = plan.rng("sorting", index)
        units.append(sorted_unit(unit, index + 1, model.footprints[index], *peaks, plan.rate_hz, rng))
        tick()
    write_sorted(
        sample.cmtr_path, units=units, raw_name=sample.cmcr_path.name, text=plan.text, date_time=SORTED
    )


def _region_data(plan: Plan, model: Model, number: int, tick: Callable[[], None]) -> RegionData:
    region = plan.regions[number]
    factors = plan.rng("factors", number).normal(1.0, 0.03, region.width * region.height)
    return RegionData(
        region_id=number + 1,
        left=region.left,
        top=region.top,
        right=region.left + region.width - 1,
        bottom=region.top + region.height - 1,
        sweeps=[
            SweepData(
                start_us=round(stretch.first_sample * 1e6 / plan.rate_hz),
                n_frames=stretch.n_samples,
                frames=_slabs(_sensor_sweep(plan, model, number, sweep), region, stretch, tick),
            )
            for sweep, stretch in enumerate(model.stretches)
        ],
        axes=plan.axes,
        conversion_factors=np.round(factors, 4),
    )


def _sensor_sweep(plan: Plan, model: Model, number: int, sweep: int) -> SensorSweep:
    mine = np.flatnonzero(model.region_of == number)
    return SensorSweep(
        plan.regions[number],
        plan.axes,
        model.stretches[sweep].first_sample,
        plan.rate_hz,
        [model.footprints[unit] for unit in mine],
        [model.spikes[unit] for unit in mine],
        plan.seeds("sensors", number, sweep),
        model.lanes,
    )


def _slabs(
    frames: SensorSweep, region: Region, stretch: Stretch, tick: Callable[[], None]
) -> Iterator[np.ndarray]:
    step = _slab_frames(region)
    for start in range(0, stretch.n_samples, step):
        yield frames(start, min(start + step, stretch.n_samples))
        tick()


def _slab_frames(region: Region) -> int:
    return max(1, SLAB_BYTES // (2 * region.width * region.height))


def _n_slabs(plan: Plan) -> int:
    return sum(
        -(-round(length_s * plan.rate_hz) // _slab_frames(region))
        for _, length_s in plan.sweeps_s
        for region in plan.regions
    )


def _ticker(progress: Callable[[int, int], None] | None, total: int) -> Callable[[], None]:
    """Return a function that reports one more part as done."""
    done = 0

    def tick() -> None:
        nonlocal done
        done += 1
        if progress is not None:
            progress(done, total)

    return tick


def sample_values(sample: Sample) -> dict[str, dict[str, Any]]:
    """Return the parameters of the steps that process a sample recording."""
    return {
        "add_section_time": {
            "playlist_name": sample.playlist_name,
            "playlist_file": sample.playlist_path,
            "movie_length_file": sample.movie_lengths_path,
            "repeats": sample.repeats,
            "stimuli_dir": sample.stimuli_dir,
        },
        "add_section_time_analog": {
            "threshold": sample.analog_threshold,
            "duration_s": sample.analog_duration_s,
            "after_last_frame": True,
        },
        "section_spike_times": {"stimuli_dir": sample.stimuli_dir},
        "compute_sta": {"stimuli_dir": sample.stimuli_dir},
    }
