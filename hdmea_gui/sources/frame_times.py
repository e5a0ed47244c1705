"""Times of the display frames from a file, for recordings without a frame-sync channel."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from hdmea_gui.errors import ConfigurationError, DataLoadError

if TYPE_CHECKING:
    from pathlib import Path

Unit = Literal["stated", "samples", "seconds"]

_NAMES: Final[dict[str, Unit]] = {
    **dict.fromkeys(("sample", "samples", "sample_index", "frame_sample", "frame_samples"), "samples"),
    **dict.fromkeys(("s", "sec", "second", "seconds", "time_s", "times_s", "frame_time_s"), "seconds"),
}
"""Headers of a column, and the unit that they state."""

_MOST_SAMPLES = 2.0**53


def read_frame_times(path: Path, unit: Unit, rate_hz: float) -> np.ndarray:
    """Read the acquisition sample at which each display frame appeared.

    Parameters
    ----------
    path
        Array (``.npy``) or table (``.csv``) with one frame per entry or line, in order of time. The first column of a
        table counts.
    unit
        Unit of the times; "stated" if the header of the table states it (sample, or time_s).
    rate_hz
        Acquisition rate, for times in seconds.

    Returns
    -------
    frames
        uint64 (n_frames,), samples.

    Raises
    ------
    ConfigurationError
        The unit is neither given nor stated in the file.
    DataLoadError
        The file cannot be read, or its entries are not times in ascending order.
    """
    times, stated = _from_array(path) if path.suffix.lower() == ".npy" else _from_table(path)
    known = stated if unit == "stated" else unit
    if known is None:
        header = ", or give the column a header: sample or time_s" if path.suffix.lower() != ".npy" else ""
        raise ConfigurationError(
            f"{path} does not say whether its frame times are samples or seconds. Choose the unit of the frame times "
            f"(load_recording.frame_times_unit){header}."
        )
    if unit != "stated" and stated is not None and stated != unit:
        raise ConfigurationError(
            f"The header of {path} says that its frame times are {stated}, but {unit} were chosen. Correct one of them."
        )
    return _checked(np.rint(times * rate_hz) if known == "seconds" else times, path, known)


def _checked(samples: np.ndarray, path: Path, unit: Unit) -> np.ndarray:
    if not samples.size:
        raise DataLoadError(f"{path} has no frame times.", path)
    if not np.isfinite(samples).all() or samples.min() < 0 or samples.max() > _MOST_SAMPLES:
        raise DataLoadError(f"{path} has frame times that are missing, negative or impossibly large.", path)
    if (samples != np.rint(samples)).any():
        raise DataLoadError(
            f"{path} has frame times that are not whole numbers, so they cannot be samples. If they are seconds, "
            "choose that unit.",
            path,
        )
    backward = np.flatnonzero(np.diff(samples) <= 0)
    if backward.size:
        number = int(backward[0]) + 2
        hint = " (two frames in one sample: are the times really in seconds?)" if unit == "seconds" else ""
        raise DataLoadError(f"{path}: frame {number} is not later than the one before it{hint}.", path)
    return samples.astype(np.uint64)


def _from_array(path: Path) -> tuple[np.ndarray, Unit | None]:
    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except FileNotFoundError as error:
        raise DataLoadError(f"{path} does not exist.", path, error) from error
    except (OSError, EOFError, ValueError, SyntaxError, MemoryError, OverflowError, TypeError) as error:
        raise DataLoadError(
            f"{path} cannot be read: it is damaged, or not an array of numbers.", path, error
        ) from error
    if array.dtype.kind not in "iuf" or array.size != max(array.shape, default=0):
        raise DataLoadError(
            f"{path} has an array of shape {array.shape}; one frame time per entry is expected.", path
        )
    return np.array(array, np.float64).ravel(), None


def _from_table(path: Path) -> tuple[np.ndarray, Unit | None]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = [row[0].strip() for row in csv.reader(file) if row and row[0].strip()]
    except FileNotFoundError as error:
        raise DataLoadError(f"{path} does not exist.", path, error) from error
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataLoadError(f"{path} cannot be read as a table of numbers.", path, error) from error
    has_header = bool(rows) and not _is_number(rows[0])
    stated = _NAMES.get(rows[0].lower()) if has_header else None
    texts = rows[1:] if has_header else rows
    wrong = next((number for number, text in enumerate(texts, start=1) if not _is_number(text)), None)
    if wrong is not None:
        raise DataLoadError(
            f"{path}: the time of frame {wrong} is not a number: '{texts[wrong - 1][:30]}'.", path
        )
    return np.array([float(text) for text in texts]), stated


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
