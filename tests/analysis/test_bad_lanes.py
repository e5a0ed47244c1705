"""Bad lanes on simulated chips; the benchmark `lanes` measures the same on hundreds of them."""

from __future__ import annotations

import numpy as np
import pytest

from hdmea_gui.analysis.bad_lanes import find_bad_lanes
from tests.benchmarks.lanes import SIDE, Chip, blocks_of, make_chip

CASES = [
    ("common", 1.3),
    ("common", 100.0),
    ("independent", 3.0),
    ("dead", 0.0),
    ("saturated", 0.0),
    ("flickering", 3.0),
]


@pytest.mark.parametrize(("kind", "factor"), CASES)
def test_bad_lanes_and_their_axis_are_found_and_no_other(kind: str, factor: float) -> None:
    rng = np.random.default_rng(3)
    chip = make_chip(rng, kind, factor, 5)
    found = find_bad_lanes(blocks_of(chip, rng))
    assert found.axis == chip.axis
    assert tuple(found.kinds) == chip.lanes
    if kind in ("dead", "saturated", "flickering"):
        assert set(found.kinds.values()) == {kind}


def test_a_chip_without_bad_lanes_gives_none_although_single_electrodes_are_bad() -> None:
    rng = np.random.default_rng(4)
    found = find_bad_lanes(blocks_of(make_chip(rng, "dead", 0.0, 0), rng))
    assert found.axis is None
    assert not found.kinds
    assert [len(noise) for noise in found.noise] == [SIDE, SIDE]


def test_the_noise_of_a_line_is_relative_to_the_chip() -> None:
    rng = np.random.default_rng(5)
    own = np.full((SIDE, SIDE), 10, np.float32)
    found = find_bad_lanes(blocks_of(Chip(own, 1, (20,), "independent", 4.0), rng))
    assert found.noise[1][20] == pytest.approx(4.0, rel=0.1)
    assert np.median(found.noise[0]) == pytest.approx(1.0)


def test_silence_and_tiny_regions_are_no_bad_lanes() -> None:
    assert find_bad_lanes(np.zeros((8, 64, 10, 10), np.int16)).axis is None
    noise = np.random.default_rng(6).integers(-20, 20, (8, 64, 2, 3)).astype(np.int16)
    assert find_bad_lanes(noise).axis is None
