"""Faults of the sample recording: in the files, and in the truth about them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
import pytest

from hdmea_gui.errors import ConfigurationError
from hdmea_gui.io.mcs import open_raw, open_sorted
from hdmea_gui.sample import FAULTS, Sample, fault_lines, make_sample, parse_faults
from hdmea_gui.sample.lanes import lines_of
from hdmea_gui.sample.region import Region
from hdmea_gui.sample.stimuli import SAMPLE_NOISE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def made(folder: Path, *faults: str, **options: Any) -> Sample:
    defaults: dict[str, Any] = {"n_units": 4, "playlist": ("baseline_127",), "sweeps_s": ()}
    return make_sample(folder, **{**defaults, **options}, faults=faults)


def channels(sample: Sample) -> np.ndarray:
    with open_raw(sample.cmcr_path) as raw:
        return np.stack([raw.read_channel(number) for number in (1, 2)]).astype(float)


def rises(sync: np.ndarray) -> np.ndarray:
    """Every sample after which the channel rises by more than a fifth of a pulse."""
    return np.flatnonzero(np.diff(sync) > 20_000)


def test_every_fault_is_read_and_listed() -> None:
    assert parse_faults(kind.name for kind in FAULTS) == {kind.name: kind.default for kind in FAULTS}
    assert parse_faults(["refresh=120", "tick=-0.02"]) == {"refresh": 120.0, "tick": -0.02}
    assert len(fault_lines()) == len(FAULTS)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("none", "no fault 'none'"),
        ("refresh=fast", "from 20 to 500, not 'fast'"),
        ("startup_missing=5", "from 0 to 4"),
        ("refresh=nan", "from 20"),
    ],
)
def test_what_is_no_fault_is_refused(text: str, words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        parse_faults([text])


@pytest.mark.parametrize("kind", [kind.name for kind in FAULTS])
def test_every_fault_can_be_made(tmp_path: Path, kind: str) -> None:
    sample = made(tmp_path, kind, sweeps_s=((0.0, 0.2),))
    assert list(sample.truth.faults) == [kind]


def test_pulses_that_are_missing_or_too_many(tmp_path: Path) -> None:
    sample = made(tmp_path, "sync_missing=7", "sync_extra=3", "startup_missing=2")
    truth = sample.truth
    assert truth.startup_samples.size == 2
    assert truth.pulse_samples.size == truth.frame_samples.size - 7 + 3
    found = rises(channels(sample)[1])
    np.testing.assert_array_equal(found, np.concatenate([truth.startup_samples, truth.pulse_samples]))


def test_pulses_of_other_shapes(tmp_path: Path) -> None:
    plain = made(tmp_path / "a").truth
    assert (rises(-channels(made(tmp_path / "b", "sync_inverted"))[1]).size) == plain.pulse_samples.size + 4
    n_ringing = rises(channels(made(tmp_path / "c", "sync_ringing=100"))[1]).size
    assert n_ringing == 2 * (plain.pulse_samples.size + 4)
    narrow = made(tmp_path / "d", "sync_narrow=20")
    assert narrow.truth.n_samples == pytest.approx(20 * plain.n_samples, abs=20)
    assert np.mean(channels(narrow)[1] > 50_000) < 0.001
    assert not rises(channels(made(tmp_path / "e", "sync_none"))[1]).size


def test_frames_that_come_late_and_frames_that_never_come(tmp_path: Path) -> None:
    plain, late = made(tmp_path / "a").truth, made(tmp_path / "b", "frames_delayed=2").truth
    period = plain.rate_hz / 59.94
    delay = np.searchsorted(late.delayed_frames, np.arange(late.frame_samples.size), side="right")
    expected = 5000 + (np.arange(late.frame_samples.size) + delay) * period
    assert np.abs(late.frame_samples - expected).max() < 0.3 * period
    skipping = made(tmp_path / "c", "frames_skipped=12").truth
    first, last = skipping.skipped_frames[[0, -1]]
    assert last - first == 11
    assert (skipping.frame_samples[first : last + 1] == skipping.frame_samples[last + 1]).all()
    assert skipping.pulse_samples.size == plain.pulse_samples.size - 12
    assert np.diff(skipping.pulse_samples).max() < 1.5 * period


def test_a_pause_leaves_neither_samples_nor_spikes(tmp_path: Path) -> None:
    sample = made(tmp_path, "pause=1.5")
    start, stop = sample.truth.pause_samples
    assert stop - start == 7500
    with open_raw(sample.cmcr_path) as raw:
        assert raw.n_samples == sample.truth.n_samples
        assert raw.rate_hz == 5000
        assert any(f"no data from sample {start} to {stop}" in warning for warning in raw.warnings)
        assert not raw.read_channel(1, start, stop).any()
    for train in sample.truth.spikes.values():
        assert not ((train >= start) & (train < stop)).any()


@pytest.mark.parametrize("hz", [75, 120])
def test_a_display_of_another_rate(tmp_path: Path, hz: int) -> None:
    truth = made(tmp_path, f"refresh={hz}").truth
    assert np.diff(truth.frame_samples).mean() == pytest.approx(5000 / hz, rel=1e-3)


@pytest.mark.parametrize("percent", [-1, 0.02, 1])
def test_a_tick_and_a_length_that_are_wrong(tmp_path: Path, percent: float) -> None:
    sample = made(tmp_path, f"tick={percent}", f"duration={percent}")
    with h5py.File(sample.cmcr_path) as file:
        assert file["Acquisition/Analog Data/ChannelMeta"]["Tick"][0] == pytest.approx(
            200 * (1 + percent / 100)
        )
        stated = file.attrs["LB.RecordingDuration"][0] / 1e6
    assert stated == pytest.approx(sample.truth.n_samples / 5000 * (1 + percent / 100))


def test_a_photodiode_that_sees_the_light_otherwise(tmp_path: Path) -> None:
    step = {"playlist": ("step_up_5s_5i_b0_3x",)}
    first = made(tmp_path / "plain", **step)
    lit = slice(first.truth.frame_samples[500], first.truth.frame_samples[700])
    end = first.truth.frame_samples[-1]

    def seen(*faults: str) -> np.ndarray:
        return np.asarray(channels(made(tmp_path / "".join(faults), *faults, **step))[0][:end])

    plain = seen()
    assert np.ptp(seen("light_contrast=20")) == pytest.approx(0.2 * np.ptp(plain), rel=0.02)
    assert seen("light_saturated=50").max() == pytest.approx(12_750, abs=20)
    assert np.corrcoef(seen("light_inverted"), plain)[0, 1] < -0.99
    drifting = seen("light_drift=30")
    assert drifting.max() < 0.97 * plain.max()
    noisy = seen("light_snr=3")
    assert noisy[lit].std() == pytest.approx(25_500 / 3, rel=0.05)


def test_a_photodiode_that_sees_part_of_the_screen(tmp_path: Path) -> None:
    noise = {"playlist": (SAMPLE_NOISE,), "noise_frames": 240}
    whole, spot = (channels(made(tmp_path / name, *faults, **noise))[0] for name, faults in FIELDS)
    assert spot[20_000:39_000].std() > 4 * whole[20_000:39_000].std()


FIELDS: Sequence[tuple[str, tuple[str, ...]]] = (("whole", ()), ("spot", ("light_partial=10",)))


@pytest.mark.parametrize("rows", [(), ("lanes_rows",)])
@pytest.mark.parametrize("adjacent", [(), ("lanes_adjacent",)])
def test_bad_lanes(tmp_path: Path, rows: tuple[str, ...], adjacent: tuple[str, ...]) -> None:
    kinds = ("lanes_noisy=5", "lanes_dead", "lanes_saturated", "lanes_count=2")
    sample = made(tmp_path, *kinds, *rows, *adjacent, sweeps_s=((0.0, 0.3),))
    truth = sample.truth
    assert truth.bad_lanes.size == 6
    assert truth.lanes_axis == ("row" if rows else "col")
    assert not adjacent or (np.diff(truth.bad_lanes) == 1).all()
    with open_raw(sample.cmcr_path) as raw:
        [region] = raw.regions
        frames = region.sweeps[0].read(0, 1500).reshape(1500, -1)
        axis = 0 if truth.lanes_axis == "col" else 1
        n_lines = region.sweeps[0].shape[1 + axis]
        lines = (region.left if axis == 0 else region.top) + np.unravel_index(
            np.arange(frames.shape[1]), region.sweeps[0].shape[1:]
        )[axis]
    noise = np.diff(frames.astype(float), axis=0).std(axis=0) / np.sqrt(2)
    strength = np.array([np.median(noise[lines == line]) for line in np.unique(lines)])
    odd = np.unique(lines)[(strength < 5) | (strength > 30)]
    assert n_lines == np.unique(lines).size
    np.testing.assert_array_equal(odd, truth.bad_lanes)


def test_units_with_foreign_spikes_and_units_that_do_not_respond(tmp_path: Path) -> None:
    step = {"playlist": ("step_up_5s_5i_b0_3x",)}
    sample = made(tmp_path, "contaminated=30", "unresponsive=1", **step)
    truth = sample.truth
    foreign, all_spikes = truth.foreign["unit_001"], truth.spikes["unit_001"]
    assert foreign.size / all_spikes.size == pytest.approx(0.3, abs=0.02)
    assert np.isin(foreign, truth.spikes["unit_002"]).all()
    with open_sorted(sample.cmtr_path) as read:
        np.testing.assert_array_equal(read.read_unit("unit_001").timestamps_us // 200, all_spikes)
    assert truth.unresponsive == ("unit_004",)
    counts = np.histogram(truth.spikes["unit_004"], bins=10)[0]
    assert counts.max() < 2 * counts.min()


def test_lines_of_a_region_follow_its_axes() -> None:
    region = Region(left=20, top=31, width=3, height=2)
    assert lines_of(region, ("col", "row"), "col").tolist() == [20, 20, 21, 21, 22, 22]
    assert lines_of(region, ("row", "col"), "row").tolist() == [31, 31, 31, 32, 32, 32]
