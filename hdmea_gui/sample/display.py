"""What the display showed at each refresh, and the sync pulses that were recorded of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from hdmea_gui.sample.faults import Faults

RINGING_COUNTS = (0.45, 0.5, 0.95)
"""Height of the first samples of a pulse that rings, of its full height: a first peak, a dip, a second one."""


@dataclass(frozen=True)
class Display:
    """Course of the display.

    Attributes
    ----------
    content
        int64 (n_refreshes,), frames. Frame of the playlist that is on screen after each refresh; ascending.
    refresh_hz
        Refreshes per second.
    delayed
        int64 (n_delayed,), frames. Frames that came one refresh too late.
    skipped
        int64 (n_skipped,), frames. Frames that were never shown.
    """

    content: np.ndarray
    refresh_hz: float
    delayed: np.ndarray
    skipped: np.ndarray

    def first_refresh(self) -> np.ndarray:
        """Return the refresh at which each frame appears, int64 (n_frames,); for a skipped one that of the next."""
        n_frames = int(self.content[-1]) + 1
        return np.asarray(np.searchsorted(self.content, np.arange(n_frames)), np.int64)


def make_display(n_frames: int, refresh_hz: float, faults: Faults, rng: np.random.Generator) -> Display:
    """Show every frame once, except for frames that are delayed or skipped.

    Parameters
    ----------
    n_frames
        Number of frames of the whole playlist.
    refresh_hz
        Usual refresh rate.
    faults
        Faults of the recording.
    rng
        Random generator for the places of delays and skips.
    """
    frames = np.arange(n_frames)
    n_delayed, n_skipped = (int(faults.get(name, 0)) for name in ("frames_delayed", "frames_skipped"))
    # not at the very ends, where no movie is on
    delayed = np.sort(_drawn(np.arange(n_frames // 20 + 1, n_frames), n_delayed, rng))
    first = int(rng.integers(n_frames // 4, max(3 * n_frames // 4 - n_skipped, n_frames // 4 + 1)))
    skipped = frames[first : first + n_skipped]
    held = np.ones(n_frames, np.int64)
    np.add.at(held, delayed - 1, 1)
    held[skipped] = 0
    return Display(np.repeat(frames, held), faults.get("refresh", refresh_hz), delayed, skipped)


def _drawn(places: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """So many different places, or all there are."""
    return np.asarray(rng.choice(places, min(count, places.size), replace=False))


def recorded_pulses(pulses: np.ndarray, faults: Faults, rng: np.random.Generator) -> np.ndarray:
    """Return the sync pulses that were recorded, of those that the display sent with its frames.

    Parameters
    ----------
    pulses
        int64 (n_pulses,), samples.
    faults
        Faults of the recording.
    rng
        Random generator for their places.

    Returns
    -------
    recorded
        int64 (n_recorded,), samples. Ascending.
    """
    if "sync_none" in faults:
        return pulses[:0]
    kept = pulses[int(faults.get("start_missed", 0)) :]
    n_missing, n_extra = (int(faults.get(name, 0)) for name in ("sync_missing", "sync_extra"))
    inner = np.arange(1, kept.size - 1)
    missing, between = _drawn(inner, n_missing, rng), _drawn(inner, n_extra, rng)
    extra = (kept[between] + kept[between + 1]) // 2
    return np.sort(np.concatenate([np.delete(kept, missing), extra]))


def sync_signal(
    n_samples: int,
    pulses: np.ndarray,
    width: int,
    height: float,
    faults: Faults,
    rng: np.random.Generator,
) -> np.ndarray:
    """Return the sync channel without noise, int32 (n_samples,), raw counts.

    Parameters
    ----------
    n_samples
        Length of the recording.
    pulses
        int64 (n_pulses,), samples. Last sample before each pulse rises.
    width, height
        Usual width, samples, and height, raw counts, of a pulse.
    faults
        Faults of the recording.
    rng
        Random generator for the pulses that ring.
    """
    signal = np.zeros(n_samples + width + 4, np.int32)
    signal[(pulses[:, None] + np.arange(1, 2 if "sync_narrow" in faults else width + 1)).ravel()] = height
    rings = pulses[rng.random(pulses.size) < faults.get("sync_ringing", 0) / 100]
    for lag, share in enumerate(RINGING_COUNTS, start=1):
        signal[rings + lag] = share * height
    return signal[:n_samples] * (-1 if "sync_inverted" in faults else 1)


def light_signal(
    level: np.ndarray, white: float, faults: Faults, normal: Callable[[int], np.ndarray]
) -> np.ndarray:
    """Return the photodiode's signal with its faults, any float (n_samples,), raw counts.

    Parameters
    ----------
    level
        Any float (n_samples,), raw counts. Signal of a photodiode without faults.
    white
        Signal of a white screen, raw counts.
    faults
        Faults of the recording.
    normal
        Returns so many standard normal numbers.
    """
    signal = level.astype(np.float32)
    if "light_contrast" in faults:
        signal *= np.float32(faults["light_contrast"] / 100)
    if "light_drift" in faults:
        signal *= np.linspace(1, 1 - faults["light_drift"] / 100, signal.size, dtype=np.float32)
    if "light_saturated" in faults:
        signal = np.minimum(signal, np.float32(white * faults["light_saturated"] / 100))
    if "light_inverted" in faults:
        signal = np.float32(white) - signal
    if "light_snr" in faults:
        contrast = white * faults.get("light_contrast", 100) / 100
        signal += np.float32(contrast / faults["light_snr"]) * normal(signal.size)
    return signal
