"""Every option of the sample recording gives a recording that readers understand."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
import pytest

from hdmea_gui.analysis.sync_pulses import sync_pulses
from hdmea_gui.errors import ConfigurationError
from hdmea_gui.io.mcs import open_raw, open_sorted
from hdmea_gui.sample import Sample, make_sample

if TYPE_CHECKING:
    from pathlib import Path

    from hdmea_gui.sample.region import Axes

STEP = "step_up_5s_5i_b0_3x"


def small(folder: Path, **options: Any) -> Sample:
    return make_sample(
        folder, **{"n_units": 3, "playlist": ("baseline_127",), "sweeps_s": ((0.0, 3.0),), **options}
    )


def digests(sample: Sample) -> dict[str, str]:
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sample.folder.rglob("*")
        if path.is_file()
    }


def image_of(sample: Sample, frames: np.ndarray, first_sample: int, unit_id: str) -> np.ndarray:
    """Plain mean of the frames around a unit's spikes, less the pause before them."""
    spikes = sample.truth.spikes[unit_id] - first_sample
    inside = spikes[(spikes >= 10) & (spikes + 40 <= len(frames))]
    images = [frames[spike - 10 : spike + 40] - frames[spike - 10 : spike].mean(axis=0) for spike in inside]
    return np.asarray(np.mean(images, axis=0))


def test_the_same_seed_gives_the_same_files_and_another_seed_does_not(tmp_path: Path) -> None:
    first = digests(small(tmp_path / "a"))
    assert first == digests(small(tmp_path / "b"))
    other = digests(small(tmp_path / "c", seed=2))
    assert {name for name in first if first[name] != other[name]} >= {"truth.npz", "truth.json"}


@pytest.mark.parametrize("axes", [("col", "row"), ("row", "col")])
@pytest.mark.parametrize("region", [(20, 31, 12, 9), (1, 1, 10, 10), (60, 50, 6, 16)])
def test_either_axis_order_and_any_region(
    tmp_path: Path, axes: Axes, region: tuple[int, int, int, int]
) -> None:
    left, top, width, height = region
    sample = small(tmp_path, axes=axes, regions=(region,), sweeps_s=((1.0, 6.0),))
    with open_raw(sample.cmcr_path) as raw:
        [read] = raw.regions
        assert (read.left, read.top, read.width, read.height) == region
        assert read.file_axes == (axes if width != height else None)
        frames = read.sweeps[0].read(0, read.sweeps[0].n_frames).astype(float)
    assert frames.shape[1:] == ((width, height) if axes == ("col", "row") else (height, width))
    for unit in sample.truth.units:
        peak_to_peak = np.ptp(image_of(sample, frames, 5000, unit.unit_id), axis=0)
        place = dict(zip(axes, np.unravel_index(peak_to_peak.argmax(), peak_to_peak.shape), strict=True))
        assert (place["row"], place["col"]) == (unit.soma_row, unit.soma_col)
        assert (unit.row, unit.column) == (top + unit.soma_row, left + unit.soma_col)
        assert unit.sensor_id == 65 * (unit.column - 1) + unit.row


def test_two_regions_and_two_sweeps(tmp_path: Path) -> None:
    regions, sweeps = ((2, 3, 9, 8), (40, 50, 10, 12)), ((0.5, 2.0), (4.0, 3.0))
    sample = small(tmp_path, n_units=4, regions=regions, sweeps_s=sweeps)
    assert [unit.region_id for unit in sample.truth.units] == [1, 2, 1, 2]
    with open_raw(sample.cmcr_path) as raw:
        assert [(r.left, r.top, r.width, r.height) for r in raw.regions] == list(regions)
        for region in raw.regions:
            assert [(s.start_sample, s.n_frames) for s in region.sweeps] == [(2500, 10_000), (20_000, 15_000)]
            frames = region.sweeps[1].read(0, 15_000).astype(float)
            mine = [unit for unit in sample.truth.units if unit.region_id == region.region_id]
            for unit in mine:
                peak_to_peak = np.ptp(image_of(sample, frames, 20_000, unit.unit_id), axis=0)
                column, row = np.unravel_index(peak_to_peak.argmax(), peak_to_peak.shape)
                assert (row, column) == (unit.soma_row, unit.soma_col)
    for unit in sample.truth.units:
        spikes = sample.truth.spikes[unit.unit_id]
        counted = sum(
            ((spikes - 10 >= first) & (spikes + 40 <= last)).sum()
            for first, last in ((2500, 12_500), (20_000, 35_000))
        )
        assert unit.n_spikes_in_sensor_data == counted


def test_a_recording_without_sensor_data(tmp_path: Path) -> None:
    sample = small(tmp_path, sweeps_s=())
    with open_raw(sample.cmcr_path) as raw:
        assert raw.regions == ()
    assert all(unit.n_spikes_in_sensor_data == 0 for unit in sample.truth.units)


def test_texts_of_variable_length_and_streams_to_pass_by(tmp_path: Path) -> None:
    sample = small(tmp_path, text="str", extra_streams=True)
    with h5py.File(sample.cmcr_path) as file:
        assert isinstance(file.attrs["ID.TypeID"], str)
        assert {"Digital Data", "STG Waveform"} <= set(file["Acquisition"])
    with open_raw(sample.cmcr_path) as raw, open_sorted(sample.cmtr_path) as srt:
        np.testing.assert_array_equal(sync_pulses(raw.read_channel(2)).frames, sample.truth.frame_samples)
        assert len(srt.unit_ids) == 3


def test_repeats_show_every_movie_again(tmp_path: Path) -> None:
    sample = small(tmp_path, playlist=("baseline_127", STEP), repeats=2, rate_hz=2500)
    first = sample.truth.first_frames
    whole = (180 + 361) + (2100 + 361)
    assert first["baseline_127"].tolist() == [180, 180 + whole]
    assert first[STEP].tolist() == [541 + 180, 541 + 180 + whole]
    assert sample.truth.sections[STEP].shape == (2, 2)
    assert sample.truth.trials[STEP].shape == (6, 2)
    on_cell = sample.truth.spikes["unit_001"]
    for start, _ in sample.truth.trials[STEP]:
        onset = start + 2500
        lit = ((on_cell >= onset) & (on_cell < onset + 2500)).sum()
        dark = ((on_cell >= onset - 2500) & (on_cell < onset)).sum()
        assert lit > dark + 5


@pytest.mark.parametrize("rate_hz", [1000, 2500, 12500, 20000])
def test_any_rate_keeps_spikes_and_frames_exact(tmp_path: Path, rate_hz: float) -> None:
    sample = small(tmp_path, rate_hz=rate_hz, sweeps_s=((0.0, 0.5),))
    with open_raw(sample.cmcr_path) as raw, open_sorted(sample.cmtr_path) as srt:
        assert raw.rate_hz == rate_hz
        np.testing.assert_array_equal(sync_pulses(raw.read_channel(2)).frames, sample.truth.frame_samples)
        for unit_id, spikes in sample.truth.spikes.items():
            times = srt.read_unit(unit_id).timestamps_us
            np.testing.assert_array_equal([round(t * rate_hz / 1e6) for t in times.tolist()], spikes)


def test_progress_comes_to_its_end(tmp_path: Path) -> None:
    heard: list[tuple[int, int]] = []
    small(tmp_path, progress=lambda done, total: heard.append((done, total)))
    assert [done for done, _ in heard] == list(range(1, len(heard) + 1))
    assert {total for _, total in heard} == {len(heard)}


def test_progress_may_end_the_work(tmp_path: Path) -> None:
    def stop(done: int, total: int) -> None:
        if done == total // 2 + 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        small(tmp_path / "stopped", progress=stop)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"n_units": 0}, "at least one unit"),
        ({"rate_hz": 500}, "1000 samples"),
        ({"playlist": ()}, "at least one movie"),
        ({"repeats": 0}, "at least once"),
        ({"regions": ((60, 1, 10, 5),)}, "65 x 65"),
        ({"regions": ((0, 1, 10, 5),)}, "65 x 65"),
        ({"regions": ()}, "sensor region"),
        ({"axes": ("row", "row")}, "sensor axes"),
        ({"sweeps_s": ((0.0, 900.0),)}, "within the recording"),
        ({"sweeps_s": ((-1.0, 2.0),)}, "within the recording"),
    ],
)
def test_impossible_sizes_are_refused_in_words(tmp_path: Path, options: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        small(tmp_path / "none", **options)
    assert not (tmp_path / "none").exists()
