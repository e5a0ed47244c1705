"""Where sections and trials lie in the recording, and the spikes that belong to them.

Sections and trials are half-open stretches of acquisition samples; their edges are the samples at
which display frames appeared, or light onsets on the analog channel.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hdmea_gui.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


_SLAB = 1 << 20  # samples looked at in one go, so that a long light channel is never copied whole


@dataclass(frozen=True)
class Bounds:
    """Stretches of the recording.

    Attributes
    ----------
    samples
        int64 [n, 2]: first sample, and the one after the last.
    n_clipped
        How many of them reach beyond the recording and were cut there.
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
    """Give the section of every movie of a playlist, one row a presentation.

    Each movie of length L occupies pad + L + 1 + pad frames; its section starts `pre` frames before
    its first frame and ends `post` frames after its last.

    Parameters
    ----------
    movie_lengths
        Length of each movie in display frames, in the order in which they were shown.
    frame_timestamps
        [n_frames], samples at which the display frames appeared.
    pad, pre, post
        Display frames.
    """
    lengths = np.asarray(movie_lengths, dtype=np.int64).reshape(-1)
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
    """Give the trials of a movie: those of its first presentation, then those of the next.

    Trial n of a presentation starts at frame section start + pre_margin + start_frame
    + n * trial_length + (n // repeat) * group_gap and lasts `trial_length` frames.

    Parameters
    ----------
    section_start_frames
        [n_presentations], display frame at which each section starts.
    pre_margin, start_frame, trial_length, group_gap
        Display frames.
    repeat, group_count
        Trials in a group, and groups in a presentation.
    frame_timestamps
        [n_frames], samples at which the display frames appeared.

    Raises
    ------
    ConfigurationError
        If a length or a count is not positive.
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
            raise ConfigurationError(f"The stimulus gives {name} = {value}; it must be at least 1.")


def _frames_to_bounds(
    start: NDArray[np.int64], end: NDArray[np.int64], frame_timestamps: NDArray[np.integer[Any]]
) -> Bounds:
    if frame_timestamps.size == 0:
        raise ConfigurationError("The recording has no display frames, so no movie can be located in it.")
    frames = np.stack([start, end], axis=1)
    clipped = np.clip(frames, 0, frame_timestamps.size - 1)
    samples = np.asarray(frame_timestamps)[clipped].astype(np.int64)
    return Bounds(samples, int(np.count_nonzero((frames != clipped).any(axis=1))))


def onset_bounds(onsets: NDArray[np.integer[Any]], duration_samples: int, n_samples: int) -> Bounds:
    """Give the stretch from each light onset on, at most to the recording's last sample.

    Parameters
    ----------
    onsets
        [n], samples.
    duration_samples, n_samples
        Length of a section, and of the recording.
    """
    start = np.asarray(onsets).astype(np.int64).reshape(-1)
    wanted = np.stack([start, start + int(duration_samples)], axis=1)
    samples = np.minimum(wanted, max(int(n_samples) - 1, 0))
    return Bounds(samples, int(np.count_nonzero((samples != wanted).any(axis=1))))


def cut_trials(
    spike_samples: NDArray[np.integer[Any]], bounds: NDArray[np.integer[Any]], pre: int = 0, post: int = 0
) -> list[NDArray[np.int64]]:
    """Give the spikes of each trial: those with start - pre <= t < end + post.

    Parameters
    ----------
    spike_samples
        [n_spikes], in any order.
    bounds
        [n_trials, 2], samples.
    pre, post
        Margins in samples; trials may overlap by them.

    Returns
    -------
    list
        int64 [n] in ascending order, one a trial.
    """
    spikes = np.sort(np.asarray(spike_samples).astype(np.int64))  # signed: a margin may reach below sample 0
    edges = np.asarray(bounds).astype(np.int64).reshape(-1, 2)
    first = np.searchsorted(spikes, edges[:, 0] - int(pre))
    stop = np.searchsorted(spikes, edges[:, 1] + int(post))
    return [spikes[i:j].copy() for i, j in zip(first.tolist(), stop.tolist(), strict=True)]


def merge_trials(trials: Sequence[NDArray[np.int64]]) -> NDArray[np.int64]:
    """Give every spike of these trials once, int64 [n] in ascending order."""
    if not trials:
        return np.empty(0, np.int64)
    return np.unique(np.concatenate(trials))


def light_template(
    channel: NDArray[np.number[Any]],
    bounds: NDArray[np.integer[Any]],
    check_cancelled: Callable[[], None] | None = None,
) -> NDArray[np.float32]:
    """Give the mean light time course over the presentations of a movie.

    Presentations differ by some samples in length: each sample is the mean of those that reach it.

    Parameters
    ----------
    channel
        [n_samples], raw counts.
    bounds
        [n_presentations, 2], samples; what lies outside the channel does not count.
    check_cancelled
        Called some ten times a second; may raise to stop.

    Returns
    -------
    ndarray
        float32 [length of the longest presentation], raw counts.
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
        [n_samples], raw counts.
    threshold
        Smallest rise, raw counts per sample.
    min_distance_samples
        Of two onsets closer together than this, the larger one is kept.
    start_sample
        Where the search begins.
    limit
        At most so many onsets, the first ones.
    progress
        Called as progress(done, total), in samples, some ten times a second; may raise to stop.

    Returns
    -------
    ndarray
        int64 [n], ascending.
    """
    from scipy.signal import find_peaks

    candidates = _steep_samples(signal, threshold, max(int(start_sample), 0), progress)
    if candidates.size == 0:
        return candidates
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

    One gentler sample on either side of each run is all that a peak detector needs to see the same
    peaks as in the whole signal.
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
    """Return onsets of which no two are closer together than a distance; the larger ones are kept.

    Parameters
    ----------
    onsets
        int64 [n], samples in ascending order.
    rises
        float64 [n], raw counts.
    distance
        Samples.
    """
    keep = np.ones(onsets.size, np.bool_)
    for i in np.argsort(-rises, kind="stable").tolist() if distance > 1 else ():
        if keep[i]:
            near = slice(*np.searchsorted(onsets, [onsets[i] - distance + 1, onsets[i] + distance]).tolist())
            keep[near] = False
            keep[i] = True
    return onsets[keep]
