"""The sample recording holds what its truth says, as plain readers and the vendor's reader find it."""

from __future__ import annotations

import ast
import csv
import json
import warnings
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
import pytest
from scipy.optimize import curve_fit
from scipy.signal import butter, find_peaks, sosfiltfilt

from hdmea_gui.analysis.sync_pulses import sync_pulses
from hdmea_gui.io.mcs import open_raw, open_sorted
from hdmea_gui.sample import PLAYLIST, Sample, UnitTruth, make_sample
from hdmea_gui.sources import dataset_id_of

if TYPE_CHECKING:
    from collections.abc import Iterator

NOISE = "dense_noise_15x15_sample"


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    return make_sample(tmp_path_factory.mktemp("sample"))


@pytest.fixture(scope="module")
def channels(sample: Sample) -> np.ndarray:
    with h5py.File(sample.cmcr_path) as file:
        return np.asarray(file["Acquisition/Analog Data/ChannelData 1"][:])


@pytest.fixture(scope="module")
def filtered(sample: Sample) -> np.ndarray:
    with h5py.File(sample.cmcr_path) as file:
        frames = file["Acquisition/Sensor Data/SensorData 1 1"][:].astype(float)
    sos = butter(2, 100, "highpass", fs=sample.truth.rate_hz, output="sos")
    return np.asarray(sosfiltfilt(sos, frames, axis=0))


def vendor(path: object) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from McsPy import McsCMOSMEA

        return McsCMOSMEA.McsCMOSMEAData(str(path))


def frames_of(sample: Sample, samples: np.ndarray) -> np.ndarray:
    """Display frame of each sample."""
    return np.searchsorted(sample.truth.frame_samples, samples, side="right") - 1


def trial_counts(sample: Sample, unit: UnitTruth, movie: str) -> np.ndarray:
    """Spikes in each display frame of each trial, [n_trials, n_frames]."""
    found = frames_of(sample, sample.truth.spikes[unit.unit_id])
    per_frame = np.bincount(found[found >= 0], minlength=sample.truth.frame_samples.size)
    bounds = np.searchsorted(sample.truth.frame_samples, sample.truth.trials[movie])
    return np.stack([per_frame[start:stop] for start, stop in bounds])


def test_frame_pulses_are_found_at_the_frames(sample: Sample, channels: np.ndarray) -> None:
    sync = channels[1] / np.percentile(channels[1], 99.9)
    peaks = find_peaks(np.diff(sync), height=0.1)[0]
    np.testing.assert_array_equal(peaks[:4], sample.truth.startup_samples)
    np.testing.assert_array_equal(peaks[4:], sample.truth.frame_samples)
    np.testing.assert_array_equal(sync_pulses(channels[1]).frames, sample.truth.frame_samples)
    intervals = np.diff(sample.truth.frame_samples)
    assert intervals.mean() * 59.94 == pytest.approx(5000, rel=1e-3)
    assert intervals.std() > 1


def test_the_lamp_alone_passes_the_threshold(sample: Sample, channels: np.ndarray) -> None:
    steps = np.diff(channels[0].astype(float))
    onsets = find_peaks(steps, height=sample.analog_threshold)[0]
    np.testing.assert_array_equal(onsets, sample.truth.lamp_samples)
    lower = find_peaks(steps, height=10_000)[0]
    last_frame = sample.truth.frame_samples[-1]
    assert lower.size > 3
    np.testing.assert_array_equal(lower[lower > last_frame], sample.truth.lamp_samples)
    spacing = np.diff([*onsets, sample.truth.n_samples]) / sample.truth.rate_hz
    assert (spacing > sample.analog_duration_s).all()


def test_channel_1_shows_the_step_in_its_trials(sample: Sample, channels: np.ndarray) -> None:
    frames = sample.truth.frame_samples
    for start, _ in np.searchsorted(frames, sample.truth.trials["step_up_5s_5i_b0_3x"]):
        for first, last, level in ((0, 60, 0), (60, 360, 25500), (360, 600, 0)):
            part = channels[0, frames[start + first] + 1 : frames[start + last] + 1]
            assert np.abs(part - level).max() < 20


def test_sections_and_trials_follow_from_the_files_in_the_labs_form(sample: Sample) -> None:
    with sample.playlist_path.open(newline="", encoding="utf-8") as file:
        playlists = {row["playlist_name"]: row["movie_names"] for row in csv.DictReader(file)}
    with sample.movie_lengths_path.open(newline="", encoding="utf-8") as file:
        lengths = {row["movie_name"]: int(row["movie_length"]) for row in csv.DictReader(file)}
    assert len(playlists) == 2
    names = [name.split(".")[0] for name in ast.literal_eval(playlists[sample.playlist_name])]
    assert names == list(PLAYLIST)
    frames, count = sample.truth.frame_samples, 0
    for name in names:
        section = [count + 180 - 60, count + 180 + lengths[name] + 1 + 120]
        np.testing.assert_array_equal(sample.truth.sections[name], [frames[section]])
        timing = json.loads((sample.stimuli_dir / f"{name}.json").read_text())["section_kwargs"]
        starts = [
            count + 180 + timing["start_frame"] + trial * timing["trial_length_frame"]
            for trial in range(timing["repeat"])
        ]
        expected = [[frames[start], frames[start + timing["trial_length_frame"]]] for start in starts]
        np.testing.assert_array_equal(sample.truth.trials[name], expected)
        assert sample.truth.first_frames[name].tolist() == [count + 180]
        count += 180 + lengths[name] + 1 + 180
    assert frames.size >= count


def test_the_stimuli_are_the_programs_own(sample: Sample) -> None:
    from hdmea_gui.io.resources import resources_dir

    for name in PLAYLIST[1:]:
        shown = json.loads((sample.stimuli_dir / f"{name}.json").read_text())
        own = json.loads((resources_dir() / "stimuli" / f"{name}.json").read_text())
        assert shown == own
    assert np.load(sample.stimuli_dir / f"{NOISE}.npy").shape == (5400, 15, 15)


def test_our_reader_gives_the_spikes_and_places(sample: Sample) -> None:
    truth = sample.truth
    assert dataset_id_of(sample.cmcr_path) == dataset_id_of(sample.cmtr_path)
    with open_raw(sample.cmcr_path) as raw:
        assert raw.rate_hz == truth.rate_hz
        assert raw.n_samples == truth.n_samples
        [region] = raw.regions
        assert (region.left, region.top, region.width, region.height) == (20, 31, 21, 16)
    with open_sorted(sample.cmtr_path) as srt:
        assert srt.unit_ids == tuple(unit.unit_id for unit in truth.units)
        for unit in truth.units:
            read = srt.read_unit(unit.unit_id)
            samples = np.rint(read.timestamps_us * truth.rate_hz / 1e6).astype(np.int64)
            np.testing.assert_array_equal(samples, truth.spikes[unit.unit_id])
            assert (read.row, read.column, read.sensor_id) == (unit.row, unit.column, unit.sensor_id)
            assert read.row == 31 + unit.soma_row
            assert read.column == 20 + unit.soma_col


@pytest.fixture(scope="module")
def vendors(sample: Sample) -> Iterator[tuple[Any, Any]]:
    raw, srt = vendor(sample.cmcr_path), vendor(sample.cmtr_path)
    yield raw, srt
    raw.h5_file.close()
    srt.h5_file.close()


def test_the_vendors_reader_opens_both(sample: Sample, vendors: tuple[Any, Any]) -> None:
    raw, srt = vendors
    assert raw.Acquisition.Sensor_Data.SensorData_1_1.shape == (50_000, 21, 16)
    assert raw.Acquisition.Analog_Data.ChannelData_1.shape == (2, sample.truth.n_samples)
    for number, unit in ((1, sample.truth.units[0]), (12, sample.truth.units[11])):
        entity = getattr(srt.Spike_Sorter, f"Unit_{number}")
        times = np.sort(np.asarray(entity.get_peaks_timestamps()))
        np.testing.assert_array_equal(times, sample.truth.spikes[unit.unit_id] * 200)
        peaks = entity.Peaks[:]
        left_out = peaks["Timestamp"][peaks["IncludePeak"] == 0]
        np.testing.assert_array_equal(left_out, sample.truth.left_out[unit.unit_id] * 200)
        amplitude = np.abs(peaks["PeakAmplitude"])
        assert amplitude[peaks["IncludePeak"] == 0].mean() < 0.5 * amplitude[peaks["IncludePeak"] == 1].mean()


def test_somas_stand_out_in_plain_electrical_images(sample: Sample, filtered: np.ndarray) -> None:
    for unit in sample.truth.units:
        spikes = sample.truth.spikes[unit.unit_id]
        inside = spikes[(spikes >= 10) & (spikes + 40 <= len(filtered))]
        assert inside.size == unit.n_spikes_in_sensor_data
        assert inside.size >= 20
        image = np.mean([filtered[spike - 10 : spike + 40] for spike in inside], axis=0)
        peak_to_peak = np.ptp(image, axis=0)
        column, row = np.unravel_index(peak_to_peak.argmax(), peak_to_peak.shape)
        assert (row, column) == (unit.soma_row, unit.soma_col)


def test_plain_averages_of_the_noise_find_the_fields(sample: Sample) -> None:
    movie = np.load(sample.stimuli_dir / f"{NOISE}.npy").astype(float)
    rows, columns = np.mgrid[:15, :15]

    def bump(place: Any, x: float, y: float, sigma: float, height: float, offset: float) -> np.ndarray:
        apart = (place[0] - x) ** 2 + (place[1] - y) ** 2
        return np.asarray(height * np.exp(-apart / (2 * sigma**2)) + offset)

    errors = []
    for unit in sample.truth.units:
        frame = frames_of(sample, sample.truth.spikes[unit.unit_id]) - sample.truth.first_frames[NOISE][0]
        frame = frame[(frame >= 60) & (frame <= len(movie))]
        average = np.mean([movie[last - 60 : last] for last in frame], axis=0)
        centred = average - average.mean(axis=0)
        left, _, right = np.linalg.svd(centred.reshape(60, -1), full_matrices=False)
        field, kernel = right[0].reshape(15, 15), left[:, 0]
        sign = np.sign(field.flat[np.abs(field).argmax()])
        field, kernel = sign * field, sign * kernel
        peak = int(np.abs(kernel).argmax())
        assert np.sign(kernel[peak]) == unit.polarity
        assert abs((60 - peak) - unit.sta_peak_lag_frames) <= 1
        assert abs((60 - peak) - unit.peak_lag_frames) <= 1.6
        row, column = np.unravel_index(field.argmax(), field.shape)
        guess = (column, row, 1.2, field.max(), 0.0)
        fit, _ = curve_fit(bump, (columns.ravel(), rows.ravel()), field.ravel(), p0=guess)
        errors.append(np.hypot(fit[0] - unit.rf_x, fit[1] - unit.rf_y))
    assert np.median(errors) < 0.25
    assert max(errors) < 0.5


def test_on_and_off_cells_answer_to_their_own_half_of_the_step(sample: Sample) -> None:
    for unit in sample.truth.units:
        mean = trial_counts(sample, unit, "step_up_5s_5i_b0_3x").mean(axis=0)
        to_light, to_dark = mean[62:90].sum(), mean[362:390].sum()
        assert np.sign(to_light - to_dark) == unit.polarity


def test_directional_cells_prefer_their_direction(sample: Sample) -> None:
    directional = 0
    for unit in sample.truth.units:
        counts = trial_counts(sample, unit, "moving_h_bar_s5_d8_3x")[:, 60:4460]
        rate = counts.reshape(-1, 8, 550).mean(axis=(0, 2))
        vector = (rate * np.exp(1j * np.deg2rad(45 * np.arange(8)))).sum() / rate.sum()
        if unit.direction_deg is None:
            assert abs(vector) < 0.15
            continue
        directional += 1
        apart = (np.rad2deg(np.angle(vector)) - unit.direction_deg + 180) % 360 - 180
        assert abs(apart) < 22.5
        assert abs(vector) > 0.4
    assert directional == 2


def test_colour_cells_answer_to_their_colour(sample: Sample) -> None:
    for unit in sample.truth.units:
        mean = trial_counts(sample, unit, "green_blue_3s_3i_3x").mean(axis=0)
        green, blue = mean[62:90].sum(), mean[422:450].sum()
        index = (green - blue) / (green + blue)
        if unit.colour is not None:
            assert index * {"green": 1, "blue": -1}[unit.colour] > 0.7
        elif unit.polarity > 0:
            assert abs(index) < 0.4
    assert [unit.colour for unit in sample.truth.units].count("green") == 2


def test_the_truth_is_written_beside_the_recording(sample: Sample) -> None:
    short = json.loads((sample.folder / "truth.json").read_text())
    assert short["n_frames"] == sample.truth.frame_samples.size
    assert [unit["unit_id"] for unit in short["units"]] == [unit.unit_id for unit in sample.truth.units]
    assert short["units"][2]["direction_deg"] == sample.truth.unit("unit_003").direction_deg
    with np.load(sample.folder / "truth.npz") as arrays:
        np.testing.assert_array_equal(arrays["frame_samples"], sample.truth.frame_samples)
        for kind in ("spikes", "left_out", "sections", "trials", "first_frames", "axons"):
            stored = {key.split("/", 1)[1]: arrays[key] for key in arrays.files if key.startswith(f"{kind}/")}
            expected = getattr(sample.truth, kind)
            assert stored.keys() == expected.keys()
            for name, values in expected.items():
                np.testing.assert_array_equal(stored[name], values)
