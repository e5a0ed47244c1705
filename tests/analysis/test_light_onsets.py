from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from hdmea_gui.analysis.envelope import Envelope, block_extremes
from hdmea_gui.analysis.light_onsets import LightOnsets, largest_onsets
from hdmea_gui.analysis.trials import analog_onsets

if TYPE_CHECKING:
    from numpy.typing import NDArray


def light(seed: int, n: int = 60_000, steps: int = 30) -> NDArray[np.float32]:
    rng = np.random.default_rng(seed)
    signal = np.rint(rng.normal(0, 3, n))
    for at in rng.integers(0, n, steps).tolist():
        signal[at : at + 500] += rng.integers(20, 90)
    return signal.astype(np.float32)


def onsets_of(signal: NDArray[np.float32], start: int = 0, n_onsets: int = 20_000) -> LightOnsets:
    envelope = Envelope(signal.size - 1, block_extremes(signal, difference=True))
    return largest_onsets(signal, envelope, start, n_onsets)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("start", [0, 12_345])
def test_onsets_are_those_of_the_whole_signal(seed: int, start: int) -> None:
    signal = light(seed)
    light_onsets = onsets_of(signal, start)
    found = 0
    for threshold in (9.0, 15.0, 22.0, 40.0, 200.0):
        for distance in (0, 7, 900):
            for limit in (None, 3):
                onsets = light_onsets.onsets(threshold, distance, from_start_sample=start > 0, limit=limit)
                assert onsets is not None
                assert onsets.tolist() == analog_onsets(signal, threshold, distance, start, limit).tolist()
                found += onsets.size
    assert found > 50


@pytest.mark.parametrize("start", range(8))
def test_a_search_may_begin_within_a_rise(start: int) -> None:
    signal = np.array([0, 0, 0, 10, 20, 30, 30, 30, 30, 45, 45, 45], np.float32)
    onsets = onsets_of(signal, start).onsets(5, from_start_sample=True)
    assert onsets is not None
    assert onsets.tolist() == analog_onsets(signal, 5, 0, start).tolist()


def test_what_is_too_much_for_trials_is_told() -> None:
    signal = light(9)
    few = onsets_of(signal, n_onsets=100)
    assert 100 <= few.samples.size < 2000
    assert not few.is_all
    assert few.onsets(few.lowest * 0.9) is None
    lowest = few.onsets(few.lowest)
    assert lowest is not None
    assert lowest.tolist() == analog_onsets(signal, few.lowest).tolist()
    assert onsets_of(signal).onsets(0.5) is None  # noise: thousands of upward steps
    assert onsets_of(signal).onsets(0.0) is None


def test_a_signal_without_onsets_has_none() -> None:
    for signal in (
        np.zeros(1000, np.float32),
        np.zeros(1, np.float32),
        np.arange(100, 0, -1, dtype=np.float32),
    ):
        light_onsets = onsets_of(signal)
        onsets = light_onsets.onsets(1.0)
        assert light_onsets.is_all
        assert onsets is not None
        assert not onsets.size


def test_a_threshold_that_is_not_positive_has_no_onsets_even_where_all_are_known() -> None:
    signal = np.zeros(2000, np.float32)
    signal[500:700], signal[900:1000] = 9, 5
    light_onsets = onsets_of(signal)
    assert light_onsets.is_all
    assert light_onsets.onsets(0.0) is None
    assert light_onsets.onsets(-0.5) is None
    onsets = light_onsets.onsets(1.0)
    assert onsets is not None
    assert onsets.tolist() == [499, 899]
