from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from hdmea_gui.analysis.envelope import Envelope, block_extremes, fine_trace

if TYPE_CHECKING:
    from numpy.typing import NDArray


def noise(n: int, seed: int = 1) -> NDArray[np.float32]:
    return np.random.default_rng(seed).normal(size=n).astype(np.float32)


class OnlySlices:
    """A signal that is never there as a whole."""

    def __init__(self, values: NDArray[Any]) -> None:
        self.values = values
        self.longest = 0

    def __len__(self) -> int:
        return int(self.values.shape[0])

    def __getitem__(self, key: slice) -> NDArray[Any]:
        piece: NDArray[Any] = self.values[key]
        self.longest = max(self.longest, len(piece))
        return piece


@pytest.mark.parametrize("n", [0, 1, 15, 16, 17, 1000, 4096, 70_001])
@pytest.mark.parametrize("difference", [False, True])
def test_every_block_holds_the_extremes_of_its_samples(n: int, difference: bool) -> None:
    signal = noise(n)
    values = np.diff(signal.astype(np.float64)).astype(np.float32) if difference else signal
    extremes = block_extremes(signal, difference=difference)
    at, size = 0, 16
    while at < extremes.shape[1]:
        pieces = [values[i : i + size] for i in range(0, values.size, size)]
        expected = [(piece.min(), piece.max()) for piece in pieces]
        assert [tuple(pair) for pair in extremes[:, at : at + len(pieces)].T.tolist()] == expected
        at, size = at + len(pieces), size * 4
    assert at == extremes.shape[1]


@pytest.mark.parametrize(
    ("start", "stop", "n_columns"), [(0, 200_000, 300), (70_123, 199_999, 100), (5, 90_000, 64)]
)
def test_a_trace_covers_its_stretch_and_no_extreme_is_lost(start: int, stop: int, n_columns: int) -> None:
    signal = noise(200_000)
    trace = Envelope(signal.size, block_extremes(signal)).between(start, stop, n_columns)
    width = (stop - start) / n_columns
    assert 2 * n_columns <= trace.samples.size <= 4 * n_columns + 8
    assert (np.diff(trace.samples) > 0).all()
    assert trace.samples[0] <= start + width
    assert trace.samples[-1] >= stop - width
    inside = signal[start:stop]
    assert trace.values.min() <= inside.min()
    assert trace.values.max() >= inside.max()
    wider = signal[max(start - int(width), 0) : stop + int(width)]
    assert trace.values.min() >= wider.min()
    assert trace.values.max() <= wider.max()


def test_a_single_spike_is_seen_at_every_zoom() -> None:
    signal = np.zeros(1_000_000, np.float32)
    signal[654_321] = 7
    envelope = Envelope(signal.size, block_extremes(signal))
    for n_columns in (10, 100, 1000, 10_000):
        trace = envelope.between(0, signal.size, n_columns)
        seen = trace.samples[trace.values == 7]
        assert seen.size == 1
        assert abs(seen[0] - 654_321) <= signal.size / n_columns


def test_groups_stand_still_while_the_stretch_moves() -> None:
    envelope = Envelope(200_000, block_extremes(noise(200_000)))
    one, other = envelope.between(10_000, 110_000, 300), envelope.between(10_100, 110_100, 300)
    shared = np.intersect1d(one.samples, other.samples)
    assert shared.size > 0.95 * one.samples.size
    assert (
        one.values[np.isin(one.samples, shared)].tolist()
        == other.values[np.isin(other.samples, shared)].tolist()
    )


def test_a_long_signal_is_read_in_slabs_and_can_be_given_up() -> None:
    signal = OnlySlices(np.arange(3_000_000, dtype=np.int32))
    told: list[tuple[int, int]] = []
    extremes = block_extremes(signal, progress=lambda *step: told.append(step))
    assert signal.longest <= 1 << 20
    assert told[-1] == (3_000_000, 3_000_000)
    assert Envelope(3_000_000, extremes).limits == (0.0, 2_999_999.0)

    def give_up(_done: int, _total: int) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        block_extremes(signal, progress=give_up)


def test_not_a_number_is_passed_over() -> None:
    signal = noise(1000)
    signal[100:110] = np.nan
    assert Envelope(1000, block_extremes(signal)).limits == (
        float(np.nanmin(signal)),
        float(np.nanmax(signal)),
    )


def test_a_short_stretch_is_its_samples_and_a_longer_one_its_extremes() -> None:
    piece = noise(4000)
    exact = fine_trace(piece, 100, 1000)
    assert exact.samples.tolist() == list(range(100, 4100))
    assert exact.values.tolist() == piece.tolist()
    coarse = fine_trace(piece, 100, 50)
    assert 100 <= coarse.samples.size <= 204
    assert (coarse.values.min(), coarse.values.max()) == (piece.min(), piece.max())


def test_nothing_has_no_extremes() -> None:
    envelope = Envelope(0, block_extremes(np.empty(0, np.float32)))
    assert envelope.limits == (0.0, 0.0)
    assert envelope.between(0, 0, 100).values.size == 0


def test_a_trace_does_not_flicker_as_the_view_moves() -> None:
    signal = noise(400_000)
    envelope = Envelope(signal.size, block_extremes(signal))
    drawn = [envelope.between(start, start + 200_000, 65) for start in (70_000, 70_700, 71_777, 73_100)]
    inner = [set(zip(trace.samples.tolist(), trace.values.tolist(), strict=True)) for trace in drawn]
    inner = [{pair for pair in pairs if 90_000 <= pair[0] <= 250_000} for pairs in inner]
    assert len(inner[0]) > 50
    assert all(pairs == inner[0] for pairs in inner)
