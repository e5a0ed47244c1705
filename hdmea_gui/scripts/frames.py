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
    """Give the display frame on show at each sample, int64 of the samples' shape.

    Parameters
    ----------
    sample_index : array
        Sample indices, any shape; one before the first frame gives frame 0.
    frame_timestamps : array
        (n_frames,) the sample at which each frame appeared.

    Raises
    ------
    ValidationError
        There are no frames.
    """
    return np.asarray(frame_of_sample(sample_index, _some(frame_timestamps)))[()]


def convert_frame_to_sample_index(
    frame: ArrayLike, frame_timestamps: NDArray[np.integer]
) -> NDArray[np.integer]:
    """Give the sample at which each display frame appeared, of the frames' shape.

    Parameters
    ----------
    frame : array
        Frame indices, any shape; one that does not exist gives the nearest that does.
    frame_timestamps : array
        (n_frames,) the sample at which each frame appeared.

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
