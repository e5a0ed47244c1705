"""Sections and trials of a recording, and the spikes that belong to them.

Sections and trials are half-open intervals of acquisition samples; their edges are the onsets of
display frames, or light onsets on the analog channel.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hdmea_gui.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


_SLAB = 1 << 20  # samples processed at a time, so that a long light channel is never copied whole


@dataclass(frozen=True)
class Bounds:
    """Intervals of the recording.

    Attributes
    ----------
    samples
        int64 (n_intervals, 2), samples. First sample, and the one after the last.
    n_clipped
        Number of intervals that extend beyond the recording and were clipped.
    """

    samples: NDArray[np.int64]
    n_clipped: int


def section_bounds(
    movie_lengths: Sequence[int],
    frame_timestamps: NDArray[np.integer[Any]],
    pad: int = 180,
    pre: int = 60,
    post: int = 120,
) -> Bounds:
    """Compute the section of every movie of a playlist, one row per presentation.

    Each movie of length L occupies pad + L + 1 + pad frames; its section starts `pre` frames before
    its first frame and ends `post` frames after its last.

    Parameters
    ----------
    movie_lengths
        Length of each movie in the order shown, display frames.
    frame_timestamps
        Any integer (n_frames,), samples. Onset of each display frame, ascending.
    pad
        Blank frames before and after each movie, display frames.
    pre, post
        Margins of a section before and after its movie, display frames.

    Returns
    -------
    bounds
        One section per presentation.

    Raises
    ------
    ConfigurationError
        If the recording has no display frames.
    """
    lengths = np.asarray(movie_lengths, dtype=np.int64).reshape(-1)
    # L + 1: the lab counts one display frame more than a movie's length
    occupied = lengths + 1 + 2 * pad
    first_frame = np.cumsum(occupied) - occupied + pad
    return _frames_to_bounds(first_frame - pre, first_frame + lengths + 1 + post, frame_timestamps)


def trial_bounds(
    section_start_frames: Sequence[int] | NDArray[np.integer[Any]],
    *,
    pre_margin: int,
    start_frame: int,
    trial_length: int,
    repeat: int,
    frame_timestamps: NDArray[np.integer[Any]],
    group_count: int = 1,
    group_gap: int = 0,
) -> Bounds:
    """Compute the trials of a movie: those of its first presentation, then those of the next.

    Trial n of a presentation starts at frame section start + pre_margin + start_frame
    + n * trial_length + (n // repeat) * group_gap and lasts `trial_length` frames.

    Parameters
    ----------
    section_start_frames
        Any integer (n_presentations,), display frames. Start of each section.
    pre_margin
        Margin of the section before its movie, display frames.
    start_frame
        Start of the first trial within the movie, display frames.
    trial_length
        Length of a trial, display frames.
    repeat
        Number of trials in a group.
    frame_timestamps
        Any integer (n_frames,), samples. Onset of each display frame, ascending.
    group_count
        Number of groups in a presentation.
    group_gap
        Gap between two groups, display frames.

    Returns
    -------
    bounds
        One interval per trial.

    Raises
    ------
    ConfigurationError
        If a length or a count is not positive, or the recording has no display frames.
    """
    _need_positive(trial_length=trial_length, repeat=repeat, group_count=group_count)
    n = np.arange(group_count * repeat, dtype=np.int64)
    within = pre_margin + start_frame + n * trial_length + (n // repeat) * group_gap
    sections = np.asarray(section_start_frames, dtype=np.int64).reshape(-1, 1)
    start = (sections + within).reshape(-1)
    return _frames_to_bounds(start, start + trial_length, frame_timestamps)


def _need_positive(**values: int) -> None:
    for name, value in values.items():
        if value < 1:
            raise ConfigurationError(f"The stimulus file has {name} = {value}; it must be at least 1.")


def _frames_to_bounds(
    start: NDArray[np.int64], end: NDArray[np.int64], frame_timestamps: NDArray[np.integer[Any]]
) -> Bounds:
    if frame_timestamps.size == 0:
        raise ConfigurationError("The recording has no display frames, so no movie can be located in it.")
    frames = np.stack([start, end], axis=1)
    clipped = np.clip(frames, 0, frame_timestamps.size - 1)  # the caller warns about their number
    samples = np.asarray(frame_timestamps)[clipped].astype(np.int64)
    return Bounds(samples, int(np.count_nonzero((frames != clipped).any(axis=1))))


def onset_bounds(onsets: NDArray[np.integer[Any]], duration_samples: int, n_samples: int) -> Bounds:
    """Compute the section after each light onset, ending at the last sample of the recording at the latest.

    Parameters
    ----------
    onsets
        Any integer (n_onsets,), samples.
    duration_samples, n_samples
        Length of a section, and of the recording, samples.

    Returns
    -------
    bounds
        One section per onset.
    """
    start = np.asarray(onsets).astype(np.int64).reshape(-1)
    wanted = np.stack([start, start + int(duration_samples)], axis=1)
    samples = np.minimum(wanted, max(int(n_samples) - 1, 0))
    return Bounds(samples, int(np.count_nonzero((samples != wanted).any(axis=1))))


def cut_trials(
    spike_samples: NDArray[np.integer[Any]], bounds: NDArray[np.integer[Any]], pre: int = 0, post: int = 0
) -> list[NDArray[np.int64]]:
    """Cut the spikes into trials: each contains those with start - pre <= t < end + post.

    Parameters
    ----------
    spike_samples
        Any integer (n_spikes,), samples. In any order.
    bounds
        Any integer (n_trials, 2), samples. Start and end of each trial.
    pre, post
        Margins before and after, samples; trials may overlap by them.

    Returns
    -------
    trials
        One int64 (n_spikes,) per trial, samples. Ascending.
    """
    spikes = np.sort(np.asarray(spike_samples).astype(np.int64))  # signed: a margin may reach below sample 0
    edges = np.asarray(bounds).astype(np.int64).reshape(-1, 2)
    first = np.searchsorted(spikes, edges[:, 0] - int(pre))
    stop = np.searchsorted(spikes, edges[:, 1] + int(post))
    return [spikes[i:j].copy() for i, j in zip(first.tolist(), stop.tolist(), strict=True)]


def overlaps(bounds: NDArray[np.integer[Any]], pre: int = 0, post: int = 0) -> int:
    """Return the number of trials that begin before an earlier one has ended, margins included.

    Parameters
    ----------
    bounds
        Any integer (n_trials, 2), samples. In any order.
    pre, post
        Margins before and after a trial, samples.
    """
    edges = np.asarray(bounds).astype(np.int64).reshape(-1, 2)
    edges = edges[np.argsort(edges[:, 0], kind="stable")]
    ends = np.maximum.accumulate(edges[:, 1])
    return int(np.count_nonzero(edges[1:, 0] - pre < ends[:-1] + post))


def counted_twice(
    spike_samples: NDArray[np.integer[Any]], bounds: NDArray[np.integer[Any]], pre: int = 0, post: int = 0
) -> int:
    """Return the number of spikes that belong to more than one trial; parameters as in `cut_trials`."""
    trials = cut_trials(spike_samples, bounds, pre, post)
    return int(np.count_nonzero(np.unique(np.concatenate(trials), return_counts=True)[1] > 1))


def merge_trials(trials: Sequence[NDArray[np.int64]]) -> NDArray[np.int64]:
    """Merge the spikes of all trials, each spike once.

    Parameters
    ----------
    trials
        One int64 (n_spikes,) per trial, samples.

    Returns
    -------
    spikes
        int64 (n_spikes,), samples. Ascending.
    """
    if not trials:
        return np.empty(0, np.int64)
    return np.unique(np.concatenate(trials))


def light_template(
    channel: NDArray[np.number[Any]],
    bounds: NDArray[np.integer[Any]],
    check_cancelled: Callable[[], None] | None = None,
) -> NDArray[np.float32]:
    """Compute the mean light time course over the presentations of a movie.

    Presentations differ by a few samples in length: each sample is the mean of those that reach it.

    Parameters
    ----------
    channel
        Any integer or float (n_samples,), raw counts.
    bounds
        Any integer (n_presentations, 2), samples. Clipped to the channel.
    check_cancelled
        Called about ten times per second; may raise to cancel.

    Returns
    -------
    template
        float32 (n_samples,), raw counts. As long as the longest presentation.
    """
    edges = np.clip(np.asarray(bounds).astype(np.int64).reshape(-1, 2), 0, channel.shape[0])
    lengths = np.maximum(edges[:, 1] - edges[:, 0], 0)
    total = np.zeros(int(lengths.max(initial=0)), np.float64)
    for start, length in zip(edges[:, 0].tolist(), lengths.tolist(), strict=True):
        for first in range(0, length, _SLAB):
            if check_cancelled is not None:
                check_cancelled()
            stop = min(first + _SLAB, length)
            total[first:stop] += channel[start + first : start + stop].astype(np.float64)
    reached = 0
    for length in np.unique(lengths).tolist():
        total[reached:length] /= np.count_nonzero(lengths >= length)
        reached = length
    return total.astype(np.float32)


def analog_onsets(
    signal: NDArray[np.number[Any]],
    threshold: float,
    min_distance_samples: int = 0,
    start_sample: int = 0,
    limit: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> NDArray[np.int64]:
    """Return the samples of the light onsets: the peaks of the signal's difference.

    An onset i is a local maximum of signal[i + 1] - signal[i]: the last sample before the rise, as
    in the lab's scripts.

    Parameters
    ----------
    signal
        Any integer or float (n_samples,), raw counts.
    threshold
        Smallest rise between two samples, raw counts.
    min_distance_samples
        Of two onsets closer together than this, the larger one is kept.
    start_sample
        Sample at which the search begins.
    limit
        Maximum number of onsets; the first ones are kept.
    progress
        Called as progress(done, total), in samples, about ten times per second; may raise to cancel.

    Returns
    -------
    onsets
        int64 (n_onsets,), samples. Ascending.
    """
    from scipy.signal import find_peaks

    candidates = _steep_samples(signal, threshold, max(int(start_sample), 0), progress)
    if candidates.size == 0:
        return candidates
    # candidates are not contiguous; the gentler neighbours separate the runs for the peak detector
    rises = signal[candidates + 1].astype(np.float64) - signal[candidates].astype(np.float64)
    peaks = find_peaks(rises, height=threshold)[0]
    chosen = keep_apart(candidates[peaks], rises[peaks], min_distance_samples)
    return chosen[:limit]


def _steep_samples(
    signal: NDArray[np.number[Any]],
    threshold: float,
    start: int,
    progress: Callable[[int, int], None] | None,
) -> NDArray[np.int64]:
    """Return the samples whose rise reaches the threshold, and their neighbours.

    One gentler sample on either side of each run suffices for a peak detector to find the same peaks
    as in the whole signal.
    """
    n_onsets = signal.shape[0] - 1
    found = [np.empty(0, np.int64)]
    for first in range(start, n_onsets, _SLAB):
        if progress is not None:
            progress(first, n_onsets)
        piece = signal[first : min(first + _SLAB, n_onsets) + 1].astype(np.float64)
        found.append(first + np.flatnonzero(np.diff(piece) >= threshold))
    steep = np.concatenate(found)
    near = np.unique(np.concatenate([steep - 1, steep, steep + 1]))
    return np.asarray(near[(near >= start) & (near < n_onsets)])


def keep_apart(onsets: NDArray[np.int64], rises: NDArray[np.float64], distance: int) -> NDArray[np.int64]:
    """Drop onsets that are too close together, keeping the larger ones.

    Parameters
    ----------
    onsets
        int64 (n_onsets,), samples. Ascending.
    rises
        float64 (n_onsets,), raw counts. Size of each onset.
    distance
        Minimum distance, samples.

    Returns
    -------
    kept
        int64 (n_kept,), samples. Ascending.
    """
    keep = np.ones(onsets.size, np.bool_)
    # largest first, and of equal ones the earlier; onsets are at least one sample apart anyway
    for i in np.argsort(-rises, kind="stable").tolist() if distance > 1 else ():
        if keep[i]:
            near = slice(*np.searchsorted(onsets, [onsets[i] - distance + 1, onsets[i] + distance]).tolist())
            keep[near] = False
            keep[i] = True
    return onsets[keep]
