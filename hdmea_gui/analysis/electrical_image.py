"""Electrical images: the mean of high-pass-filtered sensor frames around the spikes of each unit.

By definition, the whole analysed stretch is filtered with a zero-phase Butterworth high-pass, and the result is
averaged over every spike whose window lies within the stretch. Nothing is filtered here: zero_phase.py shows that the
mean filtered window follows from the mean raw window and the mean filter states before and after it. These are
accumulated in a single pass through the recording, slab by slab. The slab size affects only the last bits.
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

_SLAB_BYTES = 1 << 25  # float32 bytes of a slab: the size of the processor's cache, or slightly more
_SLAB_FRAMES = (64, 4096)  # lower and upper limit of the frames in a slab
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
    return max(fewest, min(most, _SLAB_BYTES // (4 * max(n_channels, 1))))


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
    """Read a stretch once, from its first frame to its last, and add its windows to the sums.

    Each slab is added on a worker thread while the next one is read.
    """
    report(0)
    if not len(windows.starts):  # without spikes, gigabytes need not be read
        return
    raw = _slab(stretch, 0, slab_frames)
    passage = _Passage(stretch, windows, sums, highpass, raw)
    with ThreadPoolExecutor(1) as worker:  # one: each slab needs the filter state that the last one left
        for start in range(0, stretch.n_frames, slab_frames):
            stop = start + len(raw)
            work = worker.submit(passage.add_slab, raw, start)
            try:
                following = _slab(stretch, stop, slab_frames)
                while wait([work], _LOOK_S).not_done:
                    report(start)
            except BaseException:  # also a cancel: the worker would otherwise finish its slab first
                passage.stop()
                raise
            work.result()
            report(stop)
            raw = following
    passage.close()


def _slab(stretch: Stretch, start: int, slab_frames: int) -> NDArray[Any]:
    stop = min(start + slab_frames, stretch.n_frames)
    return stretch.read(start, stop).reshape(stop - start, -1) if stop > start else np.empty((0, 0))


class _Stopped(Exception):  # noqa: N818 - not an error: raised only after a stop was requested
    """The slab is no longer needed."""


class _Passage:
    """A pass through the frames of a stretch, slab by slab."""

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
        """Add the next frames, (n_frames, n_channels), raw counts."""
        self._follow_level(raw, start)
        n_frames, carried = len(raw), self._carried
        frames = self._buffer[carried : carried + n_frames]
        level = self._level.astype(np.float32)
        self._around.add_slab(frames, start, partial(_centre, raw, level, frames))
        add_windows(
            self._sums.raw, self._windows, self._buffer, start, start + n_frames, self._check_cancelled
        )
        # Windows that end in the next slab begin in this one; a short slab makes the two ranges overlap.
        self._buffer[:carried] = self._buffer[n_frames : n_frames + carried].copy()

    def close(self) -> None:
        """Add the contribution from beyond the last frame, after all frames have been added."""
        self._around.close()

    def stop(self) -> None:
        """Abort the slab being added on another thread; the sums are invalid afterwards."""
        self._is_stopped = True

    def _check_cancelled(self) -> None:
        if self._is_stopped:
            raise _Stopped

    def _follow_level(self, raw: NDArray[Any], start: int) -> None:
        """Renew the reference levels from a slab, in whole counts, if a channel has drifted away."""
        # float32 sums of an offset after a jump would lose the digits of the signal
        level = _level(raw)
        if np.abs(level - self._level).max(initial=0) <= _DRIFT:
            return
        change, self._level = self._level - level, level
        self._buffer[: self._carried] += change.astype(np.float32)
        self._around.shift(change, start)


def _level(raw: NDArray[Any]) -> NDArray[np.float64]:
    """Return the mean of each channel over some frames, rounded to whole counts."""
    return np.asarray(np.rint(raw[::_EVERY].mean(axis=0, dtype=np.float64)))


def _centre(raw: NDArray[Any], level: NDArray[np.float32], out: NDArray[np.float32], run: slice) -> None:
    out[run] = raw[run]
    out[run] -= level


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
            sums.raw[unit] = np.nan  # an image of zeros would look like a measured one
            continue
        if matrix is not None:
            summed = np.concatenate([sums.raw[unit], sums.left[unit], sums.right[unit]])
            for band in bands(matrix, summed.shape[1]):
                np.matmul(matrix, summed[:, band], out=sums.raw[unit, :, band])
        sums.raw[unit] /= n_spikes
