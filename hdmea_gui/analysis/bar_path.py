"""Moving bars: position of the bar in each display frame, and its overlap with a Gaussian receptive field.

The bar moves along its direction in adjacent lanes that together cover the field. Coordinates are pixels of the
bar's field from its centre, x to the right and y down, so that 90 degrees is down.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

N_DIRECTIONS = 8
FIELD = 300
"""Width and height of the field of the bars in its own pixels; the noise movie covers the same field."""


@dataclass(frozen=True)
class Bars:
    """Path of the bar.

    Attributes
    ----------
    direction_deg
        float64 (n_frames,), degrees. Direction in each display frame; NaN where no bar is shown.
    along, across
        float64 (n_frames,), pixels. Centre of the bar along its direction and across it.
    half_length, half_width
        Half the bar's extent along its direction and across it, in pixels.
    """

    direction_deg: np.ndarray
    along: np.ndarray
    across: np.ndarray
    half_length: float
    half_width: float


def bars_of(description: Mapping[str, Any]) -> Bars:
    """Compute the path of the bars of a movie.

    Parameters
    ----------
    description
        Content of the movie's JSON file.

    Returns
    -------
    Bars
        One entry per display frame of the movie.
    """
    kwargs, sections = description["generate_kwargs"], description["section_kwargs"]
    pause = kwargs["pre_pad_frame"]
    frames_each = (sections["trial_length_frame"] - pause) // N_DIRECTIONS
    lanes = kwargs["H"] // kwargs["bar_height"]
    sweep_frames = frames_each / lanes
    sweep, within = np.divmod(np.arange(frames_each) + 0.5, sweep_frames)
    along = np.tile((within - sweep_frames / 2) * kwargs["speed"], N_DIRECTIONS)
    across = np.tile((sweep - (lanes - 1) / 2) * kwargs["bar_height"], N_DIRECTIONS)
    direction = np.repeat(np.arange(N_DIRECTIONS) * 360.0 / N_DIRECTIONS, frames_each)
    repeat = sections["repeat"]
    return Bars(
        direction_deg=_repeated(direction, pause, repeat),
        along=_repeated(along, pause, repeat),
        across=_repeated(across, pause, repeat),
        half_length=kwargs["bar_width"] / 2,
        half_width=kwargs["bar_height"] / 2,
    )


def _repeated(values: np.ndarray, pause: int, repeat: int) -> np.ndarray:
    """Pause (NaN) and values, repeated as in the movie."""
    return np.tile(np.concatenate([np.full(pause, np.nan), values]), repeat)


def bar_overlap(bars: Bars, x: np.ndarray, y: np.ndarray, sigma: np.ndarray) -> np.ndarray:
    """Compute the fraction of a round Gaussian's volume that the bar covers.

    The integral over a rectangle is a product of two differences of the normal distribution function.

    Parameters
    ----------
    bars
        Path of the bar.
    x, y, sigma
        float64 (n_cells,), pixels. Centres and widths of the Gaussians.

    Returns
    -------
    array
        float64 (n_cells, n_frames), 0 to 1. 0 where no bar is shown.
    """
    from scipy.special import ndtr

    shown = np.isfinite(bars.direction_deg)
    angle = np.deg2rad(bars.direction_deg[shown])
    across = x[:, None] * -np.sin(angle) + y[:, None] * np.cos(angle) - bars.across[shown]
    along = x[:, None] * np.cos(angle) + y[:, None] * np.sin(angle) - bars.along[shown]
    width = sigma[:, None]
    covered = np.zeros((x.size, shown.size))
    covered[:, shown] = (
        ndtr((bars.half_length - along) / width) - ndtr((-bars.half_length - along) / width)
    ) * (ndtr((bars.half_width - across) / width) - ndtr((-bars.half_width - across) / width))
    return covered


def bar_light(bars: Bars, level: float = 255.0) -> np.ndarray:
    """Compute the mean level of the field, from the part of the bar that is inside it.

    Parameters
    ----------
    bars
        Path of the bar.
    level
        Level of the bar, 0 to 255.

    Returns
    -------
    array
        float64 (n_frames,), 0 to 255. The bar is clipped at the field's edge as if it moved along an axis.
    """
    edge = FIELD / 2
    ends = np.clip(bars.along + bars.half_length, -edge, edge)
    starts = np.clip(bars.along - bars.half_length, -edge, edge)
    return np.nan_to_num(level * (ends - starts) * 2 * bars.half_width / FIELD**2)
