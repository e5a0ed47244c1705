"""Model ganglion cells: a linear filter of the light in space and time, then a saturating rate.

The receptive field is a difference of Gaussians, the kernel a difference of two gamma functions, the rate a logistic
function of the filtered contrast. Positions are in pixels of the noise movie (centre of the first pixel: 0).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hdmea_gui.analysis.bar_path import FIELD, bar_overlap
from hdmea_gui.sample.light import lamp_in_bins

if TYPE_CHECKING:
    from hdmea_gui.analysis.bar_path import Bars
    from hdmea_gui.sample.light import Clock
    from hdmea_gui.sample.stimuli import Movie
    from hdmea_gui.sample.timeline import Timeline

NOISE_PIXELS = 15
NOISE_HOLD = 4
"""Number of display frames for which each noise frame is shown."""
SURROUND_SIZE = 2.5
SURROUND_WEIGHT = 0.5
KERNEL_FRAMES = 40
DIRECTION_TUNING = 2.5
"""Concentration of the von Mises tuning of direction-selective cells."""
GREY = 127.5
KINDS = ("on", "off", "direction", "green", "off", "blue")
"""Kinds of cell in the order in which they are assigned."""


@dataclass(frozen=True)
class Cells:
    """Parameters of the cells, float64 (n_cells,) each.

    Attributes
    ----------
    x, y, sigma
        Position and width of the receptive field's centre, in noise pixels.
    polarity
        1 for ON, -1 for OFF.
    kernel_peak
        Time to peak of the kernel's first lobe, in display frames.
    noise_drive
        Standard deviation of the filtered noise, in units of the logistic function.
    bias
        Input of the logistic function at mean light.
    max_rate_hz
        Saturation rate.
    green_weight
        Weight of green light in the cell's input; blue has the rest.
    direction_deg
        Preferred direction of motion; NaN for a cell without one.
    regularity
        Order of the gamma distribution of intervals; 1 is a Poisson process.
    responsive
        bool (n_cells,). Whether the cell responds to light; the others fire at their resting rate.
    """

    x: np.ndarray
    y: np.ndarray
    sigma: np.ndarray
    polarity: np.ndarray
    kernel_peak: np.ndarray
    noise_drive: np.ndarray
    bias: np.ndarray
    max_rate_hz: np.ndarray
    green_weight: np.ndarray
    direction_deg: np.ndarray
    regularity: np.ndarray
    responsive: np.ndarray

    def __len__(self) -> int:
        """Number of cells."""
        return int(self.x.size)


def make_cells(n_cells: int, rng: np.random.Generator) -> Cells:
    """Create cells of all kinds, assigned in a fixed order.

    Parameters
    ----------
    n_cells
        Number of cells.
    rng
        Random generator for their parameters.

    Returns
    -------
    Cells
        Their receptive fields are in the middle of the noise movie.
    """
    kind = np.resize(np.array(KINDS), n_cells)
    directional = kind == "direction"

    def between(low: float, high: float) -> np.ndarray:
        return rng.uniform(low, high, n_cells)

    return Cells(
        x=between(4.0, 10.0),
        y=between(4.0, 10.0),
        sigma=between(1.0, 1.5),
        polarity=np.where(kind == "off", -1.0, 1.0),
        kernel_peak=between(4.5, 6.5),
        noise_drive=np.where(directional, 2.6, 1.8),
        bias=np.where(directional, -4.8, between(-3.4, -2.8)),
        max_rate_hz=between(100.0, 140.0),
        green_weight=np.select([kind == "green", kind == "blue"], [0.95, 0.05], 0.5),
        direction_deg=np.where(directional, between(0.0, 360.0), np.nan),
        regularity=between(1.5, 4.0),
        responsive=np.ones(n_cells, bool),
    )


def kernels(cells: Cells, frames: np.ndarray | None = None) -> np.ndarray:
    """Compute biphasic temporal kernels, scaled so that the response to a unit step peaks at 1.

    Parameters
    ----------
    cells
        The cells.
    frames
        Any float (n_lags,), display frames. Lags, by default 0, 1, ... 39.

    Returns
    -------
    array
        float64 (n_cells, n_lags). Lag 0 is the frame that contains the spike.
    """
    grid = np.arange(KERNEL_FRAMES) if frames is None else frames
    whole = _lobes(cells, np.arange(KERNEL_FRAMES))
    largest_step = np.cumsum(whole, axis=1).max(axis=1, keepdims=True)
    return np.asarray(_lobes(cells, grid) / largest_step)


def _lobes(cells: Cells, frames: np.ndarray) -> np.ndarray:
    lag = frames / cells.kernel_peak[:, None]
    slower = lag / 1.8
    return np.asarray((lag * np.exp(1 - lag)) ** 6 - 0.47 * (slower * np.exp(1 - slower)) ** 6)


def peak_lags(cells: Cells) -> np.ndarray:
    """Compute the lag at which each kernel is largest, float64 (n_cells,), display frames."""
    fine = np.arange(0, 12, 0.01)
    return np.asarray(fine[kernels(cells, fine).argmax(axis=1)])


def noise_peak_lags(cells: Cells) -> np.ndarray:
    """Compute the lag at which the spike-triggered average of the noise peaks, int64 (n_cells,), display frames.

    Noise that is held for several frames is correlated over as many, which smooths the kernel by a triangle.
    """
    rise = np.arange(1, NOISE_HOLD + 1) / NOISE_HOLD
    triangle = np.concatenate([rise, rise[-2::-1]])
    smooth = [np.convolve(kernel, triangle)[NOISE_HOLD - 1 :] for kernel in kernels(cells)]
    return np.asarray(np.argmax(np.stack(smooth)[:, 1:], axis=1) + 1)


def noise_fields(cells: Cells) -> np.ndarray:
    """Compute the weight of each pixel of the noise movie, float64 (n_cells, height, width)."""
    pixel = np.arange(NOISE_PIXELS)
    across = pixel - cells.x[:, None]
    down = pixel - cells.y[:, None]

    def gaussian(sigma: np.ndarray) -> np.ndarray:
        width = sigma[:, None]
        rows, columns = np.exp(-0.5 * (down / width) ** 2), np.exp(-0.5 * (across / width) ** 2)
        return np.asarray(rows[:, :, None] * columns[:, None, :] / (2 * np.pi * width[..., None] ** 2))

    return gaussian(cells.sigma) - SURROUND_WEIGHT * gaussian(SURROUND_SIZE * cells.sigma)


def firing_rates(cells: Cells, timeline: Timeline, clock: Clock, edges: np.ndarray) -> np.ndarray:
    """Compute the rate of each cell in each time bin.

    Parameters
    ----------
    cells
        The cells.
    timeline, clock
        What is shown, and when.
    edges
        int64 (n_bins + 1,), samples. Edges of the time bins from ``clock.bins()``.

    Returns
    -------
    array
        float32 (n_cells, n_bins), Hz.
    """
    seen = _contrast(cells, timeline, clock, edges)
    kernel = kernels(cells).astype(np.float32)
    padded = np.concatenate([np.repeat(seen[:, :1], KERNEL_FRAMES - 1, axis=1), seen], axis=1)
    filtered = np.zeros_like(seen)
    for lag in range(KERNEL_FRAMES):
        first = KERNEL_FRAMES - 1 - lag
        filtered += kernel[:, lag, None] * padded[:, first : first + seen.shape[1]]
    strength = (cells.polarity * _gain(cells))[:, None].astype(np.float32)
    strength[~cells.responsive] = 0
    excess = -(filtered * strength + cells.bias[:, None].astype(np.float32))
    return np.asarray(cells.max_rate_hz[:, None].astype(np.float32) / (1 + np.exp(excess)))


def _gain(cells: Cells) -> np.ndarray:
    """Factor that scales the filtered noise to its standard deviation, in closed form."""
    space = np.sqrt((noise_fields(cells) ** 2).sum(axis=(1, 2)))
    # Each noise frame is held for NOISE_HOLD display frames, so it acts through the sum of as many lags.
    held = [np.convolve(kernel, np.ones(NOISE_HOLD)) for kernel in kernels(cells)]
    time = np.sqrt((np.stack(held) ** 2).sum(axis=1) / NOISE_HOLD)
    return np.asarray(cells.noise_drive / (space * time))


def _contrast(cells: Cells, timeline: Timeline, clock: Clock, edges: np.ndarray) -> np.ndarray:
    """Contrast in each receptive field, float32 (n_cells, n_bins); -1 dark, 1 white over the centre alone."""
    uniform = np.float32(1 - SURROUND_WEIGHT)
    seen = np.repeat((2 * lamp_in_bins(clock, edges) - 1)[None] * uniform, len(cells), axis=0)
    shown = np.full((len(cells), timeline.n_frames), -uniform, np.float32)
    for start, stop, each in timeline.spans():
        shown[:, start:stop] = uniform * (each.movie.background / GREY - 1)
        begin = each.first_frame
        shown[:, begin : begin + each.movie.n_frames] = movie_contrast(cells, each.movie)
    first = int(np.searchsorted(edges, clock.refresh_samples[0]))
    content = clock.display.content
    seen[:, first : first + content.size] = shown[:, content]
    seen[:, :first] = seen[:, first, None]
    return seen


def movie_contrast(cells: Cells, movie: Movie) -> np.ndarray:
    """Compute the contrast in each receptive field while a movie is shown.

    Parameters
    ----------
    cells
        The cells.
    movie
        The movie.

    Returns
    -------
    array
        Any float (n_cells, n_frames).
    """
    if movie.pixels is not None:
        fields = noise_fields(cells).reshape(len(cells), -1).astype(np.float32)
        return fields @ (movie.pixels.reshape(movie.n_frames, -1).T / np.float32(GREY) - 1)
    if movie.bars is not None:
        return _bar_contrast(cells, movie.bars)
    green = cells.green_weight[:, None]
    level = green * movie.green + (1 - green) * movie.blue
    return np.asarray((level / GREY - 1) * (1 - SURROUND_WEIGHT))


def _bar_contrast(cells: Cells, bars: Bars) -> np.ndarray:
    """Contrast of a bar on a dark field, scaled by the direction tuning of each cell."""
    pixel = FIELD / NOISE_PIXELS
    x, y = ((centre - (NOISE_PIXELS - 1) / 2) * pixel for centre in (cells.x, cells.y))
    centre = bar_overlap(bars, x, y, cells.sigma * pixel)
    surround = bar_overlap(bars, x, y, SURROUND_SIZE * cells.sigma * pixel)
    tuned = _direction_gain(cells, bars) * (centre - SURROUND_WEIGHT * surround)
    return np.asarray(2 * tuned - (1 - SURROUND_WEIGHT))


def _direction_gain(cells: Cells, bars: Bars) -> np.ndarray:
    """Von Mises tuning (n_cells, n_frames), 1 at the preferred direction and for cells without one."""
    apart = np.deg2rad(bars.direction_deg - cells.direction_deg[:, None])
    return np.asarray(np.nan_to_num(np.exp(DIRECTION_TUNING * (np.cos(apart) - 1)), nan=1.0))
