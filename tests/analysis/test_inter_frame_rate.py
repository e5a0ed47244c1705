from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from hdmea_gui.analysis import CannotCompute
from hdmea_gui.analysis.inter_frame_rate import inter_frame_rate

if TYPE_CHECKING:
    from numpy.typing import NDArray


@given(
    hnp.arrays(np.uint64, st.integers(0, 40), elements=st.integers(0, 500)),
    st.lists(st.integers(0, 500), min_size=2, max_size=20, unique=True),
)
def test_each_interval_has_its_count_over_its_duration(spikes: NDArray[np.uint64], frames: list[int]) -> None:
    stamps = sorted(frames)
    found = inter_frame_rate(spikes, np.array(stamps, np.uint64), 50.0)
    assert found.rate_hz.dtype == np.float32
    assert found.start_s.dtype == np.float64
    for k, (a, b) in enumerate(itertools.pairwise(stamps)):
        count = sum(a <= t < b for t in spikes.tolist())
        assert found.rate_hz[k] == pytest.approx(count / ((b - a) / 50.0))
        assert found.start_s[k] == a / 50.0


def test_one_frame_has_no_interval() -> None:
    with pytest.raises(CannotCompute, match="fewer than two"):
        inter_frame_rate(np.array([1, 2]), np.array([5], np.uint64), 50.0)
