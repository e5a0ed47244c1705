"""The two analog channels: light intensity, and a pulse for each display frame."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from hdmea_gui.sample.timeline import Timeline

REFRESH_HZ = 59.94
JITTER_S = 0.0003
"""Standard deviation of a frame's time around the regular grid; it does not add up."""
LEAD_S = 1.0
"""Recording before display frame 0."""
N_STARTUP = 4
PULSE_S = 0.002
PULSE_COUNTS = 100_000
COUNTS_PER_LEVEL = 100
"""Raw counts of channel 1 for one of the 255 levels of the projector."""
LAMP_COUNTS = 80_000
LAMP_THRESHOLD = 50_000.0
"""Step of channel 1 that only the lamp makes: white on the projector is 25500 counts."""
N_LAMP = 3
LAMP_WAIT_S = 2.0
LAMP_ON_S = 2.0
LAMP_PERIOD_S = 6.0
LAMP_SECTION_S = 4.0
CHANNEL_NOISE = 2.0


@dataclass(frozen=True)
class Clock:
    """When things happen, in samples.

    Attributes
    ----------
    rate_hz
        Samples a second.
    n_samples
        Length of the recording.
    frame_samples
        Sample of each display frame, int64 [n_frames]: the last one before its sync pulse rises.
    startup_samples
        The same for the projector's start-up pulses, which are no frames, int64 [4].
    lamp_samples
        Last sample before each step of the lamp, int64 [3].
    """

    rate_hz: float
    n_samples: int
    frame_samples: np.ndarray
    startup_samples: np.ndarray
    lamp_samples: np.ndarray

    def bins(self) -> np.ndarray:
        """Edges of the time bins in which the light is constant, in samples, int64 [n_bins + 1].

        Before the first and after the last display frame the bins go on at the display's pace, so that
        responses have the same time course everywhere.
        """
        before = np.arange(self.frame_samples[0], 0, -self.rate_hz / REFRESH_HZ)[:0:-1]
        after = np.arange(self.frame_samples[-1], self.n_samples, self.rate_hz / REFRESH_HZ)[1:]
        edges = [np.zeros(1), before, self.frame_samples, after, np.array([self.n_samples])]
        return np.unique(np.concatenate(edges).astype(np.int64))


def make_clock(n_frames: int, rate_hz: float, rng: np.random.Generator) -> Clock:
    """Times of the frames, of the start-up pulses and of the lamp.

    Parameters
    ----------
    n_frames
        Display frames of the whole playlist.
    rate_hz
        Samples a second.
    rng
        Source of the jitter.

    Returns
    -------
    Clock
        The recording ends one lamp period after the last onset.
    """
    limit = 0.3 / REFRESH_HZ
    jitter = np.clip(rng.normal(0, JITTER_S, n_frames), -limit, limit)
    frames = LEAD_S + np.arange(n_frames) / REFRESH_HZ + jitter
    startup = LEAD_S * (0.2 + 0.15 * np.arange(N_STARTUP))
    lamp = frames[-1] + LAMP_WAIT_S + LAMP_PERIOD_S * np.arange(N_LAMP)
    in_samples = [np.rint(seconds * rate_hz).astype(np.int64) for seconds in (frames, startup, lamp)]
    return Clock(rate_hz, int((lamp[-1] + LAMP_PERIOD_S) * rate_hz), *in_samples)


def analog_channels(clock: Clock, timeline: Timeline, rng: np.random.Generator) -> np.ndarray:
    """Raw counts of both channels.

    Parameters
    ----------
    clock
        When frames and lamp come.
    timeline
        What is shown.
    rng
        Source of the channels' noise.

    Returns
    -------
    ndarray
        Int32 [2, n_samples]: light intensity and frame pulses. A frame's light and pulse begin one sample
        after the frame's own, so that its difference peaks at the frame's sample.
    """
    noise = rng.standard_normal((2, clock.n_samples), dtype=np.float32)
    channels = np.rint(noise * np.float32(CHANNEL_NOISE)).astype(np.int32)
    channels[0] += _intensity(clock, timeline)
    pulses = np.concatenate([clock.startup_samples, clock.frame_samples])
    width = max(2, round(PULSE_S * clock.rate_hz))
    high = pulses[:, None] + np.arange(1, width + 1)
    channels[1, high.ravel()] += PULSE_COUNTS
    return np.asarray(channels)


def _intensity(clock: Clock, timeline: Timeline) -> np.ndarray:
    """Light without noise, int32 [n_samples]."""
    edges = np.concatenate([[0], clock.frame_samples + 1, [clock.n_samples]])
    level = timeline.light()
    counts = np.rint(np.concatenate([level[:1], level]) * COUNTS_PER_LEVEL).astype(np.int32)
    intensity = np.repeat(counts, np.diff(edges))
    lit = round(LAMP_ON_S * clock.rate_hz)
    for onset in clock.lamp_samples:
        intensity[onset + 1 : onset + 1 + lit] += LAMP_COUNTS
    return intensity


def lamp_in_bins(clock: Clock, edges: np.ndarray) -> np.ndarray:
    """Part of each time bin in which the lamp is lit.

    Parameters
    ----------
    clock
        When the lamp is switched on.
    edges
        Edges of the bins in samples, [n_bins + 1].

    Returns
    -------
    ndarray
        Float32 [n_bins], 0-1.
    """
    lit = np.zeros(edges.size - 1, dtype=np.float32)
    for onset in clock.lamp_samples:
        inside = np.clip(edges, onset + 1, onset + 1 + LAMP_ON_S * clock.rate_hz)
        lit += (np.diff(inside) / np.diff(edges)).astype(np.float32)
    return lit
