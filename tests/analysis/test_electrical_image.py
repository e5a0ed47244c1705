"""Electrical images against filtering the whole stretch and averaging its windows one by one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import butter, sosfiltfilt

from hdmea_gui.analysis.electrical_image import ElectricalImages, ImageSettings, Stretch, electrical_images
from hdmea_gui.errors import ValidationError

_SHAPE = (5, 7)
_RATE_HZ = 20_000.0


def _recording(n_frames: int, seed: int = 0, dtype: str = "int16") -> np.ndarray:
    """Noise on a slow wave and an offset, different on each electrode."""
    rng = np.random.default_rng(seed)
    wave = 300 * np.sin(np.arange(n_frames) / 900)[:, np.newaxis, np.newaxis] * rng.uniform(0.5, 2, _SHAPE)
    noise = rng.normal(size=(n_frames, *_SHAPE)) * 60
    return np.asarray((wave + noise + rng.uniform(0, 20_000, _SHAPE)).astype(dtype))


def _expected(parts: list[tuple[np.ndarray, list[np.ndarray]]], chosen: ImageSettings) -> np.ndarray:
    windows: list[list[np.ndarray]] = [[] for _ in parts[0][1]]
    for frames, spikes in parts:
        if chosen.skip_highpass:
            filtered = frames - frames.mean(axis=0, dtype=np.float64)
        else:
            sos = butter(chosen.filter_order, chosen.cutoff_hz, "highpass", fs=chosen.rate_hz, output="sos")
            filtered = sosfiltfilt(sos, frames.astype(np.float64), axis=0)
        for of_unit, train in zip(windows, spikes, strict=True):
            for spike in np.sort(train.astype(np.int64)):
                first, last = spike - chosen.pre_frames, spike + chosen.post_frames
                if first >= 0 and last <= len(frames):
                    of_unit.append(filtered[first:last])
    nothing = np.full((chosen.window, *_SHAPE), np.nan)
    limited = [of_unit[: chosen.spike_limit] for of_unit in windows]
    return np.array([np.mean(of_unit, axis=0) if of_unit else nothing for of_unit in limited])


def _compute(
    parts: list[tuple[np.ndarray, list[np.ndarray]]], chosen: ImageSettings, slab_frames: int | None = None
) -> ElectricalImages:
    stretches = [
        Stretch(lambda start, stop, frames=frames: frames[start:stop], len(frames), spikes)  # type: ignore[misc]
        for frames, spikes in parts
    ]
    return electrical_images(stretches, _SHAPE, chosen, slab_frames=slab_frames)


def _assert_close(found: np.ndarray, expected: np.ndarray, share: float = 2e-5) -> None:
    """Every unit's image within a share of its own peak."""
    assert found.dtype == np.float32
    assert found.shape == expected.shape
    for image, other in zip(found, expected, strict=True):
        assert np.abs(image - other).max() <= share * np.abs(other).max()


def _trains(n_frames: int, *counts: int) -> list[np.ndarray]:
    rng = np.random.default_rng(9)
    return [rng.integers(0, n_frames, count) for count in counts]


@pytest.mark.parametrize("slab_frames", [None, 1, 3, 49, 50, 51, 128, 1000, 1199, 1200, 10_000])
def test_the_slab_size_does_not_matter(slab_frames: int | None) -> None:
    frames = _recording(1200)
    spikes = [*_trains(1200, 1, 8, 60), np.array([10, 11, 600, 1159, 1160])]
    chosen = ImageSettings(_RATE_HZ)
    found = _compute([(frames, spikes)], chosen, slab_frames)
    _assert_close(found.images, _expected([(frames, spikes)], chosen))
    assert found.n_used[-1] == 5


@pytest.mark.parametrize("order", [1, 2, 3, 4, 8])
@pytest.mark.parametrize(
    ("cutoff_hz", "rate_hz"),
    [(100.0, 20_000.0), (100.0, 2500.0), (1000.0, 2500.0), (1.0, 20_000.0), (300.0, 10_000.0)],
)
def test_every_order_cutoff_and_rate(order: int, cutoff_hz: float, rate_hz: float) -> None:
    frames = _recording(1200)
    spikes = [*_trains(1200, 1, 30), np.array([10, 1160])]
    chosen = ImageSettings(rate_hz, cutoff_hz=cutoff_hz, filter_order=order)
    _assert_close(_compute([(frames, spikes)], chosen, 257).images, _expected([(frames, spikes)], chosen))


@pytest.mark.parametrize("spike", [10, 11, 500, 959, 960])
def test_a_single_spike_gives_that_window_of_the_filtered_stretch(spike: int) -> None:
    frames = _recording(1000)
    filtered = sosfiltfilt(
        butter(2, 100.0, "highpass", fs=_RATE_HZ, output="sos"), frames.astype(float), axis=0
    )
    found = _compute([(frames, [np.array([spike])])], ImageSettings(_RATE_HZ)).images[0]
    _assert_close(found[np.newaxis], filtered[np.newaxis, spike - 10 : spike + 40])


@pytest.mark.parametrize("dtype", ["int16", "uint16", "int32", "float32", "float64"])
def test_every_type_of_sample(dtype: str) -> None:
    frames = _recording(700, dtype=dtype)
    spikes = _trains(700, 20)
    chosen = ImageSettings(_RATE_HZ)
    _assert_close(_compute([(frames, spikes)], chosen).images, _expected([(frames, spikes)], chosen))


@pytest.mark.parametrize("window", [(0, 1), (10, 40), (-5, 20), (30, -10), (100, 300)])
def test_every_window(window: tuple[int, int]) -> None:
    frames = _recording(900)
    spikes = _trains(900, 1, 25)
    chosen = ImageSettings(_RATE_HZ, *window)
    _assert_close(_compute([(frames, spikes)], chosen, 64).images, _expected([(frames, spikes)], chosen))


def test_extreme_samples_and_many_spikes_stay_exact() -> None:
    frames = np.where(np.arange(2000)[:, np.newaxis, np.newaxis] % 97 < 40, 32_767, -32_768).astype(np.int16)
    frames = np.broadcast_to(frames, (2000, *_SHAPE))
    spikes = [np.tile(np.arange(10, 1960, 97), 400)]
    chosen = ImageSettings(_RATE_HZ, spike_limit=None)
    found = _compute([(frames, spikes)], chosen)
    assert found.n_used[0] == 400 * 21
    once = _expected([(frames, [np.arange(10, 1960, 97)])], chosen)
    _assert_close(found.images, once, share=1e-4)


def test_several_stretches_are_filtered_apart_and_averaged_together() -> None:
    parts = [(_recording(n, seed), _trains(n, 3, 0, 40)) for seed, n in enumerate((600, 60, 1100))]
    chosen = ImageSettings(_RATE_HZ)
    found = _compute(parts, chosen, 100)
    expected = _expected(parts, chosen)
    _assert_close(found.images[[0, 2]], expected[[0, 2]])
    assert np.isnan(found.images[1]).all()
    np.testing.assert_array_equal(found.n_used + found.n_excluded, [9, 0, 120])


def test_without_the_filter_the_mean_of_each_stretch_is_subtracted() -> None:
    parts = [(_recording(n, seed), _trains(n, 3, 40)) for seed, n in enumerate((600, 1100))]
    chosen = ImageSettings(_RATE_HZ, skip_highpass=True, cutoff_hz=-1)
    _assert_close(_compute(parts, chosen, 77).images, _expected(parts, chosen))


def test_the_limit_counts_the_first_spikes_whose_window_fits() -> None:
    parts = [(_recording(500, seed), [np.array([499, 300, 100, 200, 3]), np.array([60])]) for seed in (0, 1)]
    chosen = ImageSettings(_RATE_HZ, spike_limit=4)
    found = _compute(parts, chosen)
    np.testing.assert_array_equal(found.n_used, [4, 2])
    np.testing.assert_array_equal(found.n_excluded, [4, 0])
    _assert_close(found.images, _expected(parts, chosen))


def test_windows_must_lie_inside() -> None:
    frames = _recording(400)
    trains = [np.array([9, 361]), np.array([10]), np.array([360]), np.array([-1, 500], dtype=np.int64)]
    found = _compute([(frames, trains)], ImageSettings(_RATE_HZ))
    np.testing.assert_array_equal(found.n_used, [0, 1, 1, 0])
    np.testing.assert_array_equal(found.n_excluded, [2, 0, 0, 2])
    assert np.isnan(found.images[[0, 3]]).all()
    assert np.isfinite(found.images[[1, 2]]).all()


def test_a_stretch_without_a_used_spike_is_never_read() -> None:
    def unread(_start: int, _stop: int) -> np.ndarray:
        raise AssertionError

    found = electrical_images([Stretch(unread, 8, [np.array([4])])], _SHAPE, ImageSettings(_RATE_HZ))
    assert np.isnan(found.images).all()


def test_a_constant_gives_zero() -> None:
    frames = np.full((500, *_SHAPE), 12_345, np.int16)
    found = _compute([(frames, [np.array([10, 200, 460])])], ImageSettings(_RATE_HZ))
    np.testing.assert_array_equal(found.images, 0)


@pytest.mark.parametrize(("frequency_hz", "gain"), [(1000.0, 0.9999), (5.0, 0.00001)])
def test_what_lies_above_the_cutoff_passes_and_what_lies_below_does_not(
    frequency_hz: float, gain: float
) -> None:
    time_s = np.arange(20_000) / _RATE_HZ
    sine = np.broadcast_to(
        1000 * np.sin(2 * np.pi * frequency_hz * time_s)[:, np.newaxis, np.newaxis], (20_000, *_SHAPE)
    )
    found = _compute([(sine, [np.array([10_000])])], ImageSettings(_RATE_HZ)).images[0]
    np.testing.assert_allclose(found, gain * sine[9990:10_040], atol=0.05)


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_any_recording_any_spikes(data: st.DataObject) -> None:
    n_frames = data.draw(st.integers(60, 400))
    order = data.draw(st.integers(1, 4))
    trains = data.draw(
        st.lists(st.lists(st.integers(-50, n_frames + 50), max_size=12).map(np.array), min_size=1, max_size=3)
    )
    frames = _recording(n_frames, data.draw(st.integers(0, 99)))
    chosen = ImageSettings(_RATE_HZ, filter_order=order, spike_limit=data.draw(st.integers(1, 12)))
    found = _compute([(frames, trains)], chosen, data.draw(st.integers(1, 450)))
    expected = _expected([(frames, trains)], chosen)
    np.testing.assert_array_equal(np.isnan(found.images), np.isnan(expected))
    used = found.n_used > 0
    _assert_close(found.images[used], expected[used])


def test_images_are_linear_in_the_recording() -> None:
    first, second = _recording(600, 1, "float64"), _recording(600, 2, "float64")
    spikes, chosen = _trains(600, 9), ImageSettings(_RATE_HZ)
    both = _compute([(3 * first - second, spikes)], chosen).images
    apart = 3 * _compute([(first, spikes)], chosen).images - _compute([(second, spikes)], chosen).images
    _assert_close(both, apart.astype(np.float64))


def test_progress_reaches_the_end_and_can_cancel() -> None:
    frames, calls = _recording(1000), list[tuple[int, int]]()
    stretch = Stretch(lambda start, stop: frames[start:stop], 1000, _trains(1000, 5))
    chosen = ImageSettings(_RATE_HZ)
    electrical_images(
        [stretch, stretch],
        _SHAPE,
        chosen,
        slab_frames=100,
        progress=lambda done, total: calls.append((done, total)),
    )
    assert calls == sorted(calls)
    assert calls[-1] == (2000, 2000)
    assert len({done for done, _ in calls}) >= 20

    def cancel(done: int, _total: int) -> None:
        if done >= 500:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        electrical_images([stretch], _SHAPE, chosen, slab_frames=100, progress=cancel)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"pre_frames": -5, "post_frames": 5}, "window"),
        ({"cutoff_hz": 10_000.0}, "cutoff"),
        ({"filter_order": 0}, "order"),
        ({"filter_order": 20}, "frames long"),
    ],
)
def test_what_cannot_be_computed_is_refused_in_a_sentence(changes: dict[str, Any], told: str) -> None:
    stretch = Stretch(lambda start, stop: _recording(55)[start:stop], 55, [np.array([12])])
    with pytest.raises(ValidationError, match=told):
        electrical_images([stretch], _SHAPE, ImageSettings(_RATE_HZ, **changes))


def test_stretches_must_agree_on_the_units() -> None:
    stretches = [
        Stretch(lambda start, stop: _recording(60)[start:stop], 60, [np.array([12])] * n) for n in (1, 2)
    ]
    with pytest.raises(ValidationError, match="same units"):
        electrical_images(stretches, _SHAPE, ImageSettings(_RATE_HZ))
    with pytest.raises(ValidationError, match="at least one"):
        electrical_images([], _SHAPE, ImageSettings(_RATE_HZ))


@pytest.mark.parametrize("step", [3000, 20_000])
@pytest.mark.parametrize("skip_highpass", [False, True])
def test_many_spikes_keep_their_digits_after_a_step_of_the_offset(step: int, skip_highpass: bool) -> None:
    """float32 sums of thousands of counts would lose the signal, a small peak on a large offset."""
    n_frames = 40_000
    rng = np.random.default_rng(4)
    spikes = [np.sort(rng.choice(n_frames, 10_000, replace=False)), rng.integers(0, n_frames, 300)]
    frames = rng.integers(-40, 40, (n_frames, *_SHAPE), dtype=np.int16)
    for spike in spikes[0][spikes[0] < n_frames - 8]:
        frames[spike : spike + 8, 2, 3] -= 12
    frames[n_frames // 3 :] += np.int16(step)
    frames[::, 1, 1] += (np.arange(n_frames) // 40).astype(np.int16)
    chosen = ImageSettings(_RATE_HZ, skip_highpass=skip_highpass)
    found = _compute([(frames, spikes)], chosen).images
    _assert_close(found, _expected([(frames, spikes)], chosen), 1e-4)
