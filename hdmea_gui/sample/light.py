"""The two analog channels: light intensity, and a sync pulse for each display frame."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hdmea_gui.sample.display import Display, light_signal, make_display, recorded_pulses, sync_signal

if TYPE_CHECKING:
    from hdmea_gui.sample.faults import Faults
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
WHITE_COUNTS = 255.0 * COUNTS_PER_LEVEL
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
    """Times of frames, pulses and lamp, in samples.

    Attributes
    ----------
    rate_hz
        Samples per second.
    n_samples
        Length of the recording.
    display
        What the display showed at each refresh.
    refresh_samples
        int64 (n_refreshes,), samples. The last sample before each refresh.
    frame_samples
        int64 (n_frames,), samples. The last sample before each frame of the playlist appears; for a frame that was
        skipped, before the next one.
    pulse_samples
        int64 (n_pulses,), samples. The last sample before each recorded sync pulse rises, start-up pulses aside.
    startup_samples
        int64 (n_startup,), samples. The same for the recorded start-up pulses, which are not frames.
    lamp_samples
        int64 (3,), samples. The last sample before each step of the lamp.
    """

    rate_hz: float
    n_samples: int
    display: Display
    refresh_samples: np.ndarray
    frame_samples: np.ndarray
    pulse_samples: np.ndarray
    startup_samples: np.ndarray
    lamp_samples: np.ndarray

    def bins(self) -> np.ndarray:
        """Return the edges of the time bins in which the light is constant, int64 (n_bins + 1,), samples.

        Before the first and after the last refresh the bins continue at the display's rate, so that responses have
        the same time course everywhere.
        """
        period = self.rate_hz / self.display.refresh_hz
        before = np.arange(self.refresh_samples[0], 0, -period)[:0:-1]
        after = np.arange(self.refresh_samples[-1], self.n_samples, period)[1:]
        edges = [np.zeros(1), before, self.refresh_samples, after, np.array([self.n_samples])]
        return np.unique(np.concatenate(edges).astype(np.int64))


def make_clock(
    n_frames: int, rate_hz: float, rng: np.random.Generator, faults: Faults | None = None
) -> Clock:
    """Generate the times of the frames, the pulses and the lamp.

    Parameters
    ----------
    n_frames
        Number of display frames of the whole playlist.
    rate_hz
        Samples per second.
    rng
        Random generator for the jitter and the faults.
    faults
        Faults of the recording.

    Returns
    -------
    Clock
        The recording ends one lamp period after the last onset.
    """
    faults = faults or {}
    places, losses = rng.spawn(2)
    display = make_display(n_frames, REFRESH_HZ, faults, places)
    limit = 0.3 / display.refresh_hz
    jitter = np.clip(rng.normal(0, JITTER_S, display.content.size), -limit, limit)
    refreshes = LEAD_S + np.arange(display.content.size) / display.refresh_hz + jitter
    startup = LEAD_S * (0.2 + 0.15 * np.arange(N_STARTUP))[int(faults.get("startup_missing", 0)) :]
    lamp = refreshes[-1] + LAMP_WAIT_S + LAMP_PERIOD_S * np.arange(N_LAMP)
    in_samples = (np.rint(seconds * rate_hz).astype(np.int64) for seconds in (refreshes, startup, lamp))
    refresh_samples, startup_samples, lamp_samples = in_samples
    is_new = np.diff(display.content, prepend=-1) > 0
    end = (lamp_samples[-1] + LAMP_PERIOD_S * rate_hz) * faults.get("sync_narrow", 1)
    return Clock(
        rate_hz,
        int(end),
        display,
        refresh_samples,
        refresh_samples[display.first_refresh()],
        recorded_pulses(refresh_samples[is_new], faults, losses),
        startup_samples if "sync_none" not in faults else startup_samples[:0],
        lamp_samples,
    )


def analog_channels(
    clock: Clock, timeline: Timeline, rng: np.random.Generator, faults: Faults | None = None
) -> np.ndarray:
    """Generate both channels in raw counts.

    Parameters
    ----------
    clock
        Times of frames and lamp.
    timeline
        What is shown.
    rng
        Random generator for the noise.
    faults
        Faults of the recording.

    Returns
    -------
    array
        int32 (2, n_samples), raw counts. Light intensity and frame pulses. Light and pulse of a frame begin one
        sample after the frame's own, so that the difference peaks at the frame's sample.
    """
    faults = faults or {}
    noise = rng.standard_normal((2, clock.n_samples), dtype=np.float32)
    channels = np.rint(noise * np.float32(CHANNEL_NOISE)).astype(np.int32)
    level = _intensity(clock, timeline, faults.get("light_partial"))

    def normal(count: int) -> np.ndarray:
        return rng.standard_normal(count, dtype=np.float32)

    channels[0] += np.rint(light_signal(level, WHITE_COUNTS, faults, normal)).astype(np.int32)
    pulses = np.concatenate([clock.startup_samples, clock.pulse_samples])
    width = max(2, round(PULSE_S * clock.rate_hz))
    channels[1] += sync_signal(clock.n_samples, pulses, width, PULSE_COUNTS, faults, rng)
    return np.asarray(channels)


def _intensity(clock: Clock, timeline: Timeline, spot_percent: float | None) -> np.ndarray:
    """Light without noise, int32 (n_samples,), raw counts."""
    edges = np.concatenate([[0], clock.refresh_samples + 1, [clock.n_samples]])
    level = timeline.light(spot_percent)[clock.display.content]
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
