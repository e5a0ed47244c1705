"""Electrical images: the mean of high-pass-filtered sensor frames around the spikes of each unit.

The definition is the zero-phase Butterworth high-pass over the whole analysed stretch, then the mean over every
spike whose window lies in it. Nothing is filtered here: zero_phase.py shows that the mean filtered window follows
from the mean raw window and the mean sums of what came before and after it, and these are gathered in one pass
through the recording, slab by slab. The slab size changes nothing but the last bits.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hdmea_gui.analysis.window_sums import UnitSums, WindowMeans, Windows, WindowStates, add_windows, bands
from hdmea_gui.analysis.zero_phase import ZeroPhaseHighpass
from hdmea_gui.errors import ValidationError

if TYPE_CHECKING:
    Progress = Callable[[int, int], None]

_SLAB_BYTES = 1 << 25  # float32 bytes of a slab: what the processor's cache holds, or a little more
_SLAB_FRAMES = (64, 4096)  # and never fewer or more frames than these
_LOOK_S = 0.05  # between two reports while a slab is taken in
_DRIFT = 128  # counts by which a channel may leave its level before all are counted from new ones
_EVERY = 16  # of so many frames one is looked at to tell the level


@dataclass(frozen=True)
class ImageSettings:
    """What is averaged, and how it is filtered.

    Attributes
    ----------
    rate_hz
        Frames a second.
    pre_frames, post_frames
        The window of a spike at frame s is [s - pre_frames, s + post_frames).
    cutoff_hz, filter_order
        Butterworth high-pass, run forward and backward.
    skip_highpass
        Subtract each electrode's mean over the stretch instead of filtering.
    spike_limit
        Only the first so many spikes of a unit whose window fits; None takes all.
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
        """Frames in a window."""
        return self.pre_frames + self.post_frames


@dataclass(frozen=True)
class Stretch:
    """Sensor frames without a gap, and the spikes of every unit in them.

    Attributes
    ----------
    read
        ``read(start, stop)`` gives those frames, shape (stop - start, axis 1, axis 2), any real dtype.
    n_frames
        Frames to analyse, from frame 0 on.
    spikes
        For each unit the frame of every spike, relative to frame 0; those outside are counted as excluded.
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
        float32 (units, lags, axis 1, axis 2), in the data's units; NaN for a unit without a used spike.
    n_used
        int64 (units,), spikes averaged.
    n_excluded
        int64 (units,), spikes whose window does not fit in the stretch (those beyond the limit are not among them).
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
    """Give the electrical image of every unit.

    Each stretch (sweep) is filtered by itself; then the mean is taken over the spikes of all of them.

    Parameters
    ----------
    stretches
        At least one, in the order in which they were recorded, all with the same units.
    frame_shape
        Length of axis 1 and axis 2.
    settings
        What is averaged, and how it is filtered.
    slab_frames
        Frames read at once; no effect on the result.
    progress
        Called as progress(done, total) several times a second, in frames. May raise to cancel.

    Raises
    ------
    ValidationError
        When the parameters make no sense, or a stretch with spikes is too short to be filtered.
    """
    _check(stretches, settings)
    highpass = _highpass(settings)
    n_channels = frame_shape[0] * frame_shape[1]
    windows, n_used, n_excluded = _choose_windows(stretches, settings)
    sums = _empty_sums(len(n_used), n_channels, settings.window, 0 if highpass is None else highpass.order)
    total = sum(stretch.n_frames for stretch in stretches)
    done = 0
    for stretch, chosen in zip(stretches, windows, strict=True):
        report = _reporter(progress, done, total)
        _add_stretch(stretch, chosen, sums, highpass, slab_frames or _slab_frames(n_channels), report)
        done += stretch.n_frames
    _finish(sums, n_used, highpass, _reporter(progress, total, total))
    return ElectricalImages(sums.raw.reshape(*sums.raw.shape[:2], *frame_shape), n_used, n_excluded)


def _check(stretches: Sequence[Stretch], settings: ImageSettings) -> None:
    if settings.window < 1:
        raise ValidationError(
            f"The window around a spike, {settings.pre_frames} frames before to {settings.post_frames} after it, "
            "is empty."
        )
    if len({len(stretch.spikes) for stretch in stretches}) != 1:
        raise ValidationError(
            "Electrical images need at least one stretch of sensor data, and the same units in each."
        )


def _highpass(settings: ImageSettings) -> ZeroPhaseHighpass | None:
    if settings.skip_highpass:
        return None
    return ZeroPhaseHighpass(settings.cutoff_hz, settings.filter_order, settings.rate_hz)


def _slab_frames(n_channels: int) -> int:
    fewest, most = _SLAB_FRAMES
    return max(fewest, min(most, _SLAB_BYTES // (4 * max(n_channels, 1))))


def _reporter(progress: Progress | None, before: int, total: int) -> Callable[[int], None]:
    def report(frames: int) -> None:
        if progress is not None:
            progress(before + frames, total)

    return report


def _choose_windows(
    stretches: Sequence[Stretch], settings: ImageSettings
) -> tuple[list[Windows], NDArray[np.int64], NDArray[np.int64]]:
    """Give the windows of each stretch, and how many spikes of each unit are used and do not fit."""
    n_used = np.zeros(len(stretches[0].spikes), np.int64)
    n_excluded = np.zeros_like(n_used)
    chosen = []
    for stretch in stretches:
        starts = []
        for unit, spikes in enumerate(stretch.spikes):
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


def _empty_sums(n_units: int, n_channels: int, window: int, order: int) -> UnitSums:
    return UnitSums(
        np.zeros((n_units, window, n_channels), np.float32),
        np.zeros((n_units, order, n_channels), np.float32),
        np.zeros((n_units, order, n_channels), np.float32),
    )


def _add_stretch(
    stretch: Stretch,
    windows: Windows,
    sums: UnitSums,
    highpass: ZeroPhaseHighpass | None,
    slab_frames: int,
    report: Callable[[int], None],
) -> None:
    """Read a stretch once from its first frame to its last, and add its windows to the sums.

    While one slab is taken in, on a thread of its own, the next is read.
    """
    report(0)
    if not len(windows.starts):
        return
    raw = _slab(stretch, 0, slab_frames)
    passage = _Passage(stretch, windows, sums, highpass, raw)
    with ThreadPoolExecutor(1) as worker:
        for start in range(0, stretch.n_frames, slab_frames):
            stop = start + len(raw)
            work = worker.submit(passage.add_slab, raw, start)
            try:
                following = _slab(stretch, stop, slab_frames)
                while wait([work], _LOOK_S).not_done:
                    report(start)
            except BaseException:
                passage.stop()
                raise
            work.result()
            report(stop)
            raw = following
    passage.close()


def _slab(stretch: Stretch, start: int, slab_frames: int) -> NDArray[Any]:
    stop = min(start + slab_frames, stretch.n_frames)
    return stretch.read(start, stop).reshape(stop - start, -1) if stop > start else np.empty((0, 0))


class _Stopped(Exception):  # noqa: N818 - whoever stopped it knows why
    """A slab is not wanted any more."""


class _Passage:
    """The way through the frames of a stretch, slab by slab."""

    def __init__(
        self,
        stretch: Stretch,
        windows: Windows,
        sums: UnitSums,
        highpass: ZeroPhaseHighpass | None,
        first: NDArray[Any],
    ) -> None:
        self._windows, self._sums = windows, sums
        self._level = _level(first)
        self._carried = windows.length - 1
        self._buffer = np.empty((self._carried + len(first), first.shape[1]), np.float32)
        self._buffer[: self._carried] = 0  # no window reaches before the first frame
        self._is_stopped = False
        self._around: WindowMeans | WindowStates
        if highpass is None:
            self._around = WindowMeans(sums, windows, self._level)
        else:
            head, tail = (frames - self._level for frames in _ends(stretch, highpass))
            self._around = WindowStates(highpass, sums, windows, head, tail, self._check_cancelled)

    def add_slab(self, raw: NDArray[Any], start: int) -> None:
        """Take in the next frames, raw counts (frames, channels)."""
        self._follow_level(raw, start)
        n_frames, carried = len(raw), self._carried
        frames = self._buffer[carried : carried + n_frames]
        level = self._level.astype(np.float32)
        self._around.add_slab(frames, start, partial(_centre, raw, level, frames))
        add_windows(
            self._sums.raw, self._windows, self._buffer, start, start + n_frames, self._check_cancelled
        )
        self._buffer[:carried] = self._buffer[n_frames : n_frames + carried].copy()

    def close(self) -> None:
        """Add what lies beyond the last frame, once all frames are in."""
        self._around.close()

    def stop(self) -> None:
        """End a slab that is being taken in on another thread; all that was summed is worth nothing then."""
        self._is_stopped = True

    def _check_cancelled(self) -> None:
        if self._is_stopped:
            raise _Stopped

    def _follow_level(self, raw: NDArray[Any], start: int) -> None:
        """Count the channels from their levels in a slab, in whole counts, if they have moved away."""
        level = _level(raw)
        if np.abs(level - self._level).max(initial=0) <= _DRIFT:
            return
        change, self._level = self._level - level, level
        self._buffer[: self._carried] += change.astype(np.float32)
        self._around.shift(change, start)


def _level(raw: NDArray[Any]) -> NDArray[np.float64]:
    """Give the mean of each channel in some frames, in whole counts."""
    return np.asarray(np.rint(raw[::_EVERY].mean(axis=0, dtype=np.float64)))


def _centre(raw: NDArray[Any], level: NDArray[np.float32], out: NDArray[np.float32], run: slice) -> None:
    out[run] = raw[run]
    out[run] -= level


def _frames(stretch: Stretch, start: int, stop: int) -> NDArray[np.float64]:
    return stretch.read(start, stop).reshape(stop - start, -1).astype(np.float64)


def _ends(stretch: Stretch, highpass: ZeroPhaseHighpass) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The first and last frames of a stretch, which the filter mirrors beyond its ends."""
    n_frames, n_ends = stretch.n_frames, highpass.padding + 1
    if n_frames < n_ends:
        raise ValidationError(
            f"The sensor data to analyse is {n_frames} frames long; a high-pass of order {highpass.order} needs "
            f"at least {n_ends}. Choose a longer duration or a lower order, or skip the high-pass."
        )
    return _frames(stretch, 0, n_ends), _frames(stretch, n_frames - n_ends, n_frames)


def _finish(
    sums: UnitSums,
    n_used: NDArray[np.int64],
    highpass: ZeroPhaseHighpass | None,
    report: Callable[[int], None],
) -> None:
    """Turn the raw sums into images, in place."""
    window = sums.raw.shape[1]
    matrix = None if highpass is None else highpass.window_matrix(window).astype(np.float32)
    for unit, n_spikes in enumerate(n_used):
        report(0)
        if n_spikes == 0:
            sums.raw[unit] = np.nan
            continue
        if matrix is not None:
            summed = np.concatenate([sums.raw[unit], sums.left[unit], sums.right[unit]])
            for band in bands(matrix, summed.shape[1]):
                np.matmul(matrix, summed[:, band], out=sums.raw[unit, :, band])
        sums.raw[unit] /= n_spikes
