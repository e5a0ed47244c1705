"""Display frames and samples under the lab's names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hdmea_gui.analysis.clocks import frame_of_sample
from hdmea_gui.errors import ValidationError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


def convert_sample_index_to_frame(
    sample_index: ArrayLike, frame_timestamps: NDArray[np.integer]
) -> NDArray[np.int64]:
    """Return the display frame shown at each sample.

    Parameters
    ----------
    sample_index
        Any integer, any shape, samples. Those before the first frame are assigned to frame 0.
    frame_timestamps
        Any integer (n_frames,), samples at which the frames appeared.

    Returns
    -------
    array
        int64, shape of `sample_index`, frames.

    Raises
    ------
    ValidationError
        There are no frames.
    """
    return np.asarray(frame_of_sample(sample_index, _some(frame_timestamps)))[()]


def convert_frame_to_sample_index(
    frame: ArrayLike, frame_timestamps: NDArray[np.integer]
) -> NDArray[np.integer]:
    """Return the sample at which each display frame appeared.

    Parameters
    ----------
    frame
        Any integer, any shape, frames. Those that do not exist are replaced by the nearest that does.
    frame_timestamps
        Any integer (n_frames,), samples at which the frames appeared.

    Returns
    -------
    array
        dtype of `frame_timestamps`, shape of `frame`, samples.

    Raises
    ------
    ValidationError
        There are no frames.
    """
    starts = _some(frame_timestamps)
    return starts[np.clip(np.asarray(frame).astype(np.int64), 0, len(starts) - 1)]


def _some(frame_timestamps: NDArray[np.integer]) -> NDArray[np.integer]:
    starts = np.asarray(frame_timestamps)
    if not starts.size:
        raise ValidationError(
            "There are no display frames. Load a recording with a frame-sync channel first."
        )
    return starts
