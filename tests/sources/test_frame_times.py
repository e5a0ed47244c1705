from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import pytest

from hdmea_gui.errors import ConfigurationError, DataLoadError
from hdmea_gui.sources.frame_times import read_frame_times

if TYPE_CHECKING:
    from pathlib import Path

RATE_HZ = 20000.0
SAMPLES = np.array([100, 433, 767, 1100])


@pytest.mark.parametrize("dtype", [np.int64, np.uint32, np.float64])
def test_an_array_of_samples(tmp_path: Path, dtype: type) -> None:
    np.save(tmp_path / "frames.npy", SAMPLES.astype(dtype)[:, None])
    found = read_frame_times(tmp_path / "frames.npy", "samples", RATE_HZ)
    assert found.dtype == np.uint64
    assert found.tolist() == SAMPLES.tolist()


def test_an_array_of_seconds(tmp_path: Path) -> None:
    np.save(tmp_path / "frames.npy", SAMPLES / RATE_HZ)
    assert read_frame_times(tmp_path / "frames.npy", "seconds", RATE_HZ).tolist() == SAMPLES.tolist()


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("sample\n100\n433\n767\n1100\n", "stated"),
        ("\ufeffSample,other\n100,1\n433,1\n767,2\n1100,2\n", "stated"),
        ("time_s\n0.005\n0.02165\n0.03835\n0.055\n", "stated"),
        ("100\n433\n767\n1100", "samples"),
        ("frame onset\n0.005\n0.02165\n0.03835\n0.055\n", "seconds"),
    ],
)
def test_a_table(tmp_path: Path, text: str, unit: Literal["stated", "samples", "seconds"]) -> None:
    (tmp_path / "frames.csv").write_text(text, encoding="utf-8")
    assert read_frame_times(tmp_path / "frames.csv", unit, RATE_HZ).tolist() == SAMPLES.tolist()


def test_the_unit_is_never_guessed(tmp_path: Path) -> None:
    np.save(tmp_path / "frames.npy", SAMPLES)
    (tmp_path / "frames.csv").write_text("100\n433\n")
    for name in ("frames.npy", "frames.csv"):
        with pytest.raises(ConfigurationError, match=f"{name} does not say whether"):
            read_frame_times(tmp_path / name, "stated", RATE_HZ)
    (tmp_path / "frames.csv").write_text("sample\n100\n433\n")
    with pytest.raises(ConfigurationError, match="says that its frame times are samples, but seconds"):
        read_frame_times(tmp_path / "frames.csv", "seconds", RATE_HZ)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("sample\n", "has no frame times"),
        ("sample\n100\n100\n", "frame 2 is not later"),
        ("sample\n100\n50\n", "frame 2 is not later"),
        ("sample\n-1\n50\n", "negative"),
        ("sample\n1.5\n2.5\n", "not whole numbers"),
        ("sample\nnan\n2\n", "missing"),
        ("sample\n1\nx\n", "frame 2 is not a number"),
        ("time_s\n100\n100.00001\n", "frame 2 is not later"),
    ],
)
def test_entries_that_are_no_times_are_refused(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "frames.csv").write_text(text)
    with pytest.raises(DataLoadError, match=words) as caught:
        read_frame_times(tmp_path / "frames.csv", "stated", RATE_HZ)
    assert "frames.csv" in str(caught.value)


def test_other_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "frames.npy").write_bytes(b"x")
    with pytest.raises(DataLoadError, match="cannot be read"):
        read_frame_times(tmp_path / "frames.npy", "samples", RATE_HZ)
    np.save(tmp_path / "frames.npy", np.zeros((3, 2)))
    with pytest.raises(DataLoadError, match="one frame time per entry"):
        read_frame_times(tmp_path / "frames.npy", "samples", RATE_HZ)
    with pytest.raises(DataLoadError, match="does not exist"):
        read_frame_times(tmp_path / "nothing.csv", "samples", RATE_HZ)
