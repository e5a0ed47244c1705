"""The two analog channels: light intensity, and a sync pulse for each display frame."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from hdmea_gui.sample.timeline import Timeline

REFRESH_HZ = 59.94
JITTER_S = 0.0003
"""Standard deviation of a frame's time around the regular grid; it does not accumulate."""
LEAD_S = 1.0
"""Duration of the recording before display frame 0."""
N_STARTUP = 4  # the number that frame detection drops
PULSE_S = 0.002
PULSE_COUNTS = 100_000
COUNTS_PER_LEVEL = 100
"""Raw counts of channel 1 per level of the projector (255 levels)."""
LAMP_COUNTS = 80_000
LAMP_THRESHOLD = 50_000.0
"""Step of channel 1 that only the lamp causes: white on the projector is 25500 counts."""
N_LAMP = 3
LAMP_WAIT_S = 2.0
LAMP_ON_S = 2.0
LAMP_PERIOD_S = 6.0
LAMP_SECTION_S = 4.0
CHANNEL_NOISE = 2.0


@dataclass(frozen=True)
class Clock:
    """Times of frames, start-up pulses and lamp, in samples.

    Attributes
    ----------
    rate_hz
        Samples per second.
    n_samples
        Length of the recording.
    frame_samples
        int64 (n_frames,), samples. The last sample before each frame's sync pulse rises.
    startup_samples
        int64 (4,), samples. The same for the projector's start-up pulses, which are not frames.
    lamp_samples
        int64 (3,), samples. The last sample before each step of the lamp.
    """

    rate_hz: float
    n_samples: int
    frame_samples: np.ndarray
    startup_samples: np.ndarray
    lamp_samples: np.ndarray

    def bins(self) -> np.ndarray:
        """Return the edges of the time bins in which the light is constant, int64 (n_bins + 1,), samples.

        Before the first and after the last display frame the bins continue at the display's rate, so that
        responses have the same time course everywhere.
        """
        before = np.arange(self.frame_samples[0], 0, -self.rate_hz / REFRESH_HZ)[:0:-1]
        after = np.arange(self.frame_samples[-1], self.n_samples, self.rate_hz / REFRESH_HZ)[1:]
        edges = [np.zeros(1), before, self.frame_samples, after, np.array([self.n_samples])]
        return np.unique(np.concatenate(edges).astype(np.int64))


def make_clock(n_frames: int, rate_hz: float, rng: np.random.Generator) -> Clock:
    """Generate the times of the frames, the start-up pulses and the lamp.

    Parameters
    ----------
    n_frames
        Number of display frames of the whole playlist.
    rate_hz
        Samples per second.
    rng
        Random generator for the jitter.

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
    """Generate both channels in raw counts.

    Parameters
    ----------
    clock
        Times of frames and lamp.
    timeline
        What is shown.
    rng
        Random generator for the noise.

    Returns
    -------
    array
        int32 (2, n_samples), raw counts. Light intensity and frame pulses. Light and pulse of a frame begin one
        sample after the frame's own, so that the difference peaks at the frame's sample.
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
    """Light without noise, int32 (n_samples,), raw counts."""
    edges = np.concatenate([[0], clock.frame_samples + 1, [clock.n_samples]])
    level = timeline.light()
    counts = np.rint(np.concatenate([level[:1], level]) * COUNTS_PER_LEVEL).astype(np.int32)
    intensity = np.repeat(counts, np.diff(edges))
    lit = round(LAMP_ON_S * clock.rate_hz)
    for onset in clock.lamp_samples:
        intensity[onset + 1 : onset + 1 + lit] += LAMP_COUNTS
    return intensity


def lamp_in_bins(clock: Clock, edges: np.ndarray) -> np.ndarray:
    """Compute the fraction of each time bin in which the lamp is on.

    Parameters
    ----------
    clock
        Times at which the lamp is switched on.
    edges
        int64 (n_bins + 1,), samples. Edges of the bins.

    Returns
    -------
    array
        float32 (n_bins,), 0 to 1.
    """
    lit = np.zeros(edges.size - 1, dtype=np.float32)
    for onset in clock.lamp_samples:
        inside = np.clip(edges, onset + 1, onset + 1 + LAMP_ON_S * clock.rate_hz)
        lit += (np.diff(inside) / np.diff(edges)).astype(np.float32)
    return lit
