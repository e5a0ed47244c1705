"""Electrical images: the mean of high-pass-filtered sensor frames around the spikes of each unit.

By definition, the whole analysed stretch is filtered with a zero-phase Butterworth high-pass, and the result is
averaged over every spike whose window lies within the stretch. Nothing is filtered here: zero_phase.py shows that the
mean filtered window follows from the mean raw window and the mean filter states before and after it. These are
accumulated in a single pass through the recording, slab by slab, for bands of channels on every core. The sizes of
slabs and bands affect only the last bits.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hdmea_gui.analysis.window_sums import (
    SlabWeights,
    UnitSums,
    WindowMeans,
    Windows,
    WindowStates,
    add_windows,
    bands,
)
from hdmea_gui.analysis.zero_phase import ZeroPhaseHighpass
from hdmea_gui.errors import ValidationError

if TYPE_CHECKING:
    Progress = Callable[[int, int], None]

_SLAB_SAMPLES = 1 << 23  # of all channels: as float32 about the size of the processor's cache
_SLAB_FRAMES = (64, 4096)  # lower and upper limit of the frames in a slab
_PIECES = 2  # parts in which a slab is read, so that a cancel need not wait for a slow drive
_BAND = 2200  # largest width of a band, channels
_LOOK_S = 0.05  # interval between two progress reports while a slab is added
_DRIFT = 128  # counts a channel may drift before the reference levels of all channels are renewed
_EVERY = 16  # every sixteenth frame is enough to estimate the level


@dataclass(frozen=True)
class ImageSettings:
    """Averaging window, filter and spike limit.

    Attributes
    ----------
    rate_hz
        Frame rate of the sensor data, Hz.
    pre_frames, post_frames
        Window of a spike at frame s: [s - pre_frames, s + post_frames), frames.
    cutoff_hz, filter_order
        Cutoff (Hz) and order of the Butterworth high-pass, run forward and backward.
    skip_highpass
        Whether to subtract each electrode's mean over the stretch instead of filtering.
    spike_limit
        Maximum number of spikes per unit: the first ones whose window fits. None for no limit.
    """

    rate_hz: float
    pre_frames: int = 10
    post_frames: int = 40
    cutoff_hz: float = 100.0
    filter_order: int = 2
    skip_highpass: bool = False
    spike_limit: int | None = 10000

    @property
    def window(self) -> int:
        """Length of a window, frames."""
        return self.pre_frames + self.post_frames


@dataclass(frozen=True)
class Stretch:
    """Contiguous sensor frames, and the spikes of every unit within them.

    Attributes
    ----------
    read
        ``read(start, stop)`` returns these frames, any integer or float (stop - start, n_axis_1, n_axis_2), raw
        counts.
    n_frames
        Number of frames to analyse, starting at frame 0.
    spikes
        One any integer (n_spikes,) per unit, frames. Relative to frame 0; spikes outside count as excluded.
    """

    read: Callable[[int, int], NDArray[Any]]
    n_frames: int
    spikes: Sequence[NDArray[np.integer[Any]]]


@dataclass(frozen=True)
class ElectricalImages:
    """Mean filtered windows.

    Attributes
    ----------
    images
        float32 (n_units, n_lags, n_axis_1, n_axis_2), raw counts. Axes 1 and 2 in the order of the sensor data; NaN
        for a unit without a used spike.
    n_used
        int64 (n_units,), spikes. Number averaged.
    n_excluded
        int64 (n_units,), spikes. Number whose window does not fit into the stretch, not counting those beyond the
        limit.
    """

    images: NDArray[np.float32]
    n_used: NDArray[np.int64]
    n_excluded: NDArray[np.int64]


def electrical_images(
    stretches: Sequence[Stretch],
    frame_shape: tuple[int, int],
    settings: ImageSettings,
    *,
    slab_frames: int | None = None,
    progress: Progress | None = None,
) -> ElectricalImages:
    """Compute the electrical image of every unit.

    Each stretch (sweep) is filtered separately; the mean is then taken over the spikes of all stretches.

    Parameters
    ----------
    stretches
        At least one, in the order of recording, all with the same units.
    frame_shape
        Number of electrodes along axis 1 and axis 2.
    settings
        Averaging window, filter and spike limit.
    slab_frames
        Number of frames read at a time; no effect on the result.
    progress
        Called as progress(done, total), in frames, several times per second; may raise to cancel.

    Returns
    -------
    images
        The images and their spike counts.

    Raises
    ------
    ValidationError
        If the settings are inconsistent, or a stretch with spikes is too short to be filtered.
    """
    _check(stretches, settings)
    highpass = _highpass(settings)
    n_channels = frame_shape[0] * frame_shape[1]
    windows, n_used, n_excluded = _choose_windows(stretches, settings)
    order = 0 if highpass is None else highpass.order
    parts = [
        _Part.empty(band, len(n_used), settings.window, order) for band in _bands(n_channels, _n_cores())
    ]
    total = sum(stretch.n_frames for stretch in stretches)
    done = 0
    for stretch, chosen in zip(stretches, windows, strict=True):
        report = _reporter(progress, done, total)
        _add_stretch(stretch, chosen, parts, highpass, slab_frames or _slab_frames(n_channels), report)
        done += stretch.n_frames
    images = _finish(parts, n_used, highpass, _reporter(progress, total, total))
    return ElectricalImages(images.reshape(*images.shape[:2], *frame_shape), n_used, n_excluded)


def _check(stretches: Sequence[Stretch], settings: ImageSettings) -> None:
    if settings.window < 1:
        raise ValidationError(
            f"The window around a spike, from {settings.pre_frames} frames before to {settings.post_frames} after it, "
            "is empty."
        )
    if len({len(stretch.spikes) for stretch in stretches}) != 1:
        raise ValidationError(
            "Electrical images need at least one stretch of sensor data, with the same units in each stretch."
        )


def _highpass(settings: ImageSettings) -> ZeroPhaseHighpass | None:
    if settings.skip_highpass:
        return None
    return ZeroPhaseHighpass(settings.cutoff_hz, settings.filter_order, settings.rate_hz)


def _slab_frames(n_channels: int) -> int:
    fewest, most = _SLAB_FRAMES
    return max(fewest, min(most, _SLAB_SAMPLES // max(n_channels, 1)))


def _reporter(progress: Progress | None, before: int, total: int) -> Callable[[int], None]:
    def report(frames: int) -> None:
        if progress is not None:
            progress(before + frames, total)

    return report


def _choose_windows(
    stretches: Sequence[Stretch], settings: ImageSettings
) -> tuple[list[Windows], NDArray[np.int64], NDArray[np.int64]]:
    """Return the windows of each stretch, and the numbers of used and excluded spikes of each unit."""
    n_used = np.zeros(len(stretches[0].spikes), np.int64)
    n_excluded = np.zeros_like(n_used)
    chosen = []
    for stretch in stretches:
        starts = []
        for unit, spikes in enumerate(stretch.spikes):
            # Sorted: the limit takes the first spikes in time, and scripts may set spikes in any order.
            first = np.sort(np.asarray(spikes).astype(np.int64).reshape(-1)) - settings.pre_frames
            fitting = first[(first >= 0) & (first + settings.window <= stretch.n_frames)]
            n_excluded[unit] += len(first) - len(fitting)
            if settings.spike_limit is not None:
                fitting = fitting[: max(0, settings.spike_limit - int(n_used[unit]))]
            n_used[unit] += len(fitting)
            starts.append(fitting)
        chosen.append(_in_order_of_time(starts, settings.window))
    return chosen, n_used, n_excluded


def _in_order_of_time(starts: list[NDArray[np.int64]], length: int) -> Windows:
    units = np.repeat(np.arange(len(starts)), [len(of_unit) for of_unit in starts])
    joined = np.concatenate([np.empty(0, np.int64), *starts])
    order = np.argsort(joined, kind="stable")
    return Windows(joined[order], units[order], length)


@dataclass(frozen=True)
class _Part:
    """Sums of a band of channels; in memory of their own, as strided ones take three times as long to add to."""

    band: slice
    sums: UnitSums

    @classmethod
    def empty(cls, band: slice, n_units: int, window: int, order: int) -> _Part:
        raw, left, right = (
            np.zeros((n_units, n_rows, band.stop - band.start), np.float32)
            for n_rows in (window, order, order)
        )
        return cls(band, UnitSums(raw, left, right))


def _add_stretch(
    stretch: Stretch,
    windows: Windows,
    parts: Sequence[_Part],
    highpass: ZeroPhaseHighpass | None,
    slab_frames: int,
    report: Callable[[int], None],
) -> None:
    """Read a stretch once, from its first frame to its last, and add its windows to the sums.

    Each slab is added on worker threads, band by band, while the next one is read.
    """
    report(0)
    if not len(windows.starts):  # without spikes, gigabytes need not be read
        return
    slab = _read_slab(stretch, 0, slab_frames, partial(report, 0))
    passage = _Passage(stretch, windows, parts, highpass, slab)
    with ThreadPoolExecutor(passage.buffers.qsize()) as workers:
        while slab.n_frames:
            works = passage.start(slab, workers)
            try:
                following = _read_slab(stretch, slab.stop, slab_frames, partial(report, slab.start))
                while wait(works, _LOOK_S).not_done:
                    report(slab.start)
            except BaseException:  # also a cancel: the workers would otherwise finish their slab first
                passage.stop()
                raise
            for work in works:
                work.result()
            report(slab.stop)
            slab = following
    passage.close()


@dataclass(frozen=True)
class _Slab:
    """Contiguous frames of a stretch, in pieces (n_frames, n_channels) as they were read."""

    start: int
    pieces: list[NDArray[Any]]

    @property
    def n_frames(self) -> int:
        return sum(map(len, self.pieces))

    @property
    def stop(self) -> int:
        return self.start + self.n_frames

    def level(self, band: slice) -> NDArray[np.float64]:
        """Return the mean of each channel of a band, rounded to whole counts."""
        some = np.concatenate([piece[::_EVERY, band] for piece in self.pieces])
        return np.asarray(np.rint(some.mean(axis=0, dtype=np.float64)))

    def copy_to(self, out: NDArray[np.float32], band: slice) -> None:
        first = 0
        for piece in self.pieces:
            out[first : first + len(piece)] = piece[:, band]
            first += len(piece)


def _read_slab(stretch: Stretch, start: int, slab_frames: int, look: Callable[[], None]) -> _Slab:
    stop = min(start + slab_frames, stretch.n_frames)
    slab = _Slab(start, [])
    piece_frames = -(-slab_frames // _PIECES)
    for first in range(start, stop, piece_frames):
        piece = stretch.read(first, min(first + piece_frames, stop))
        slab.pieces.append(piece.reshape(len(piece), -1))
        look()
    return slab


class _Stopped(Exception):  # noqa: N818 - not an error: raised only after a stop was requested
    """The slab is no longer needed."""


class _Passage:
    """A pass through the frames of a stretch, slab by slab, with all channels."""

    def __init__(
        self,
        stretch: Stretch,
        windows: Windows,
        parts: Sequence[_Part],
        highpass: ZeroPhaseHighpass | None,
        first: _Slab,
    ) -> None:
        self._windows, self._highpass = windows, highpass
        self._is_stopped = False
        ends = None if highpass is None else _ends(stretch, highpass)
        self._bands = [_Band(part, windows, highpass, ends, first, self._check_cancelled) for part in parts]
        self.buffers: SimpleQueue[NDArray[np.float32]] = SimpleQueue()
        widest = max(part.band.stop - part.band.start for part in parts)
        for _ in range(min(_n_cores(), len(parts))):
            self.buffers.put(np.empty((windows.length - 1 + first.n_frames) * widest, np.float32))

    def start(self, slab: _Slab, workers: ThreadPoolExecutor) -> list[Future[None]]:
        """Start to add the next frames."""
        weights = SlabWeights.of(self._windows, self._highpass, slab.start, slab.n_frames)
        return [workers.submit(self._add_slab, band, slab, weights) for band in self._bands]

    def _add_slab(self, band: _Band, slab: _Slab, weights: SlabWeights) -> None:
        buffer = self.buffers.get()
        try:
            band.add_slab(slab, weights, buffer)
        finally:
            self.buffers.put(buffer)

    def close(self) -> None:
        """Add the contribution from beyond the last frame, after all frames have been added."""
        for band in self._bands:
            band.close()

    def stop(self) -> None:
        """Abort the slab being added on other threads; the sums are invalid afterwards."""
        self._is_stopped = True

    def _check_cancelled(self) -> None:
        if self._is_stopped:
            raise _Stopped


def _n_cores() -> int:
    """Number of cores that this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)  # not on Windows or macOS
    return len(affinity(0)) if affinity is not None else os.cpu_count() or 1


def _bands(n_channels: int, n_cores: int) -> list[slice]:
    """Divide the channels into bands of about equal width, as many for each core."""
    n_rounds = -(-n_channels // (_BAND * n_cores))
    edges = np.linspace(0, n_channels, min(n_rounds * n_cores, n_channels) + 1).round().astype(int)
    return [slice(int(first), int(after)) for first, after in pairwise(edges)]


class _Band:
    """A pass through the frames of a stretch with a band of channels."""

    def __init__(
        self,
        part: _Part,
        windows: Windows,
        highpass: ZeroPhaseHighpass | None,
        ends: tuple[NDArray[np.float64], NDArray[np.float64]] | None,
        first: _Slab,
        check_cancelled: Callable[[], None],
    ) -> None:
        self._band, self._sums, self._check_cancelled = part.band, part.sums, check_cancelled
        self._level = level = first.level(part.band)
        # the frames before the slab that its windows reach; no window reaches before the first frame
        self._before = np.zeros((windows.length - 1, len(level)), np.float32)
        self._around: WindowMeans | WindowStates
        if highpass is None or ends is None:
            self._around = WindowMeans(self._sums, windows, level)
        else:
            head, tail = (frames[:, part.band] - level for frames in ends)
            self._around = WindowStates(highpass, self._sums, windows, head, tail, check_cancelled)

    def add_slab(self, slab: _Slab, weights: SlabWeights, buffer: NDArray[np.float32]) -> None:
        """Add the next frames; the buffer has space for them and for those before them."""
        self._check_cancelled()
        self._follow_level(slab)
        n_before, width = self._before.shape
        n_frames = n_before + slab.n_frames
        every = buffer[: n_frames * width].reshape(n_frames, width)
        frames = every[n_before:]
        every[:n_before] = self._before
        slab.copy_to(frames, self._band)
        frames -= self._level.astype(np.float32)
        self._check_cancelled()
        self._around.add_slab(frames, weights)
        self._check_cancelled()
        add_windows(self._sums.raw, weights, every, self._check_cancelled)
        self._before[:] = every[slab.n_frames :]

    def close(self) -> None:
        """Add the contribution from beyond the last frame, after all frames have been added."""
        self._around.close()

    def _follow_level(self, slab: _Slab) -> None:
        """Renew the reference levels from a slab, in whole counts, if a channel has drifted away."""
        # float32 sums of an offset after a jump would lose the digits of the signal
        level = slab.level(self._band)
        if np.abs(level - self._level).max(initial=0) <= _DRIFT:
            return
        change, self._level = self._level - level, level
        self._before += change.astype(np.float32)
        self._around.shift(change, slab.start)


def _frames(stretch: Stretch, start: int, stop: int) -> NDArray[np.float64]:
    return stretch.read(start, stop).reshape(stop - start, -1).astype(np.float64)


def _ends(stretch: Stretch, highpass: ZeroPhaseHighpass) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """First and last frames of a stretch, which the filter mirrors beyond its ends."""
    n_frames, n_ends = stretch.n_frames, highpass.padding + 1
    if n_frames < n_ends:
        raise ValidationError(
            f"The analysed sensor data are {n_frames} frames long; a high-pass of order {highpass.order} needs "
            f"at least {n_ends}. Choose a longer duration or a lower order, or skip the high-pass."
        )
    return _frames(stretch, 0, n_ends), _frames(stretch, n_frames - n_ends, n_frames)


def _finish(
    parts: list[_Part],
    n_used: NDArray[np.int64],
    highpass: ZeroPhaseHighpass | None,
    report: Callable[[int], None],
) -> NDArray[np.float32]:
    """Turn the sums into images, float32 (n_units, n_lags, n_channels); the sums are given up on the way."""
    n_units, window, _ = parts[0].sums.raw.shape
    matrix = None if highpass is None else highpass.window_matrix(window).astype(np.float32)
    images = np.empty((n_units, window, parts[-1].band.stop), np.float32)
    while parts:
        part = parts.pop()
        for unit, n_spikes in enumerate(n_used):
            report(0)
            image = images[unit, :, part.band]
            if n_spikes == 0:
                image[:] = np.nan  # an image of zeros would look like a measured one
                continue
            image[:] = part.sums.raw[unit] if matrix is None else _filtered(part.sums, unit, matrix)
            image /= n_spikes
    return images


def _filtered(sums: UnitSums, unit: int, matrix: NDArray[np.float32]) -> NDArray[np.float32]:
    summed = np.concatenate([sums.raw[unit], sums.left[unit], sums.right[unit]])
    filtered = np.empty((len(matrix), summed.shape[1]), np.float32)
    for band in bands(matrix, summed.shape[1]):
        np.matmul(matrix, summed[:, band], out=filtered[:, band])
    return filtered
