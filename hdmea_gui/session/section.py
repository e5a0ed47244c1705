"""Sections: when a movie was on screen, and where a session holds it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hdmea_gui.session.unit import Path

SECTION_TIME = "section_time"
SECTION_INFO = "section_info"

Source = Literal["playlist", "analog"]

PRE_MARGIN_FRAMES = 60
"""Frames of a section before its movie, unless stored with the section."""

POST_MARGIN_FRAMES = 120
"""Frames of a section after its movie, unless stored with the section."""


@dataclass(frozen=True)
class Section:
    """Sections of one movie.

    Attributes
    ----------
    bounds
        int64 (n_presentations, 2), samples. Start and end of each section.
    source
        Origin of the sections: the playlist or the light signal.
    pre_margin_frames, post_margin_frames
        Margins of the section before and after the movie, display frames.
    movie_frames
        Length of the movie, display frames; None if it is not stored with the section.
    """

    bounds: NDArray[np.int64]
    source: Source
    pre_margin_frames: int
    post_margin_frames: int
    movie_frames: int | None = None

    @classmethod
    def of(cls, bounds: Any, info: Mapping[str, Any]) -> Section:
        """Return the sections with these bounds and the information stored with them."""
        return cls(
            np.asarray(bounds).astype(np.int64).reshape(-1, 2),
            "analog" if info.get("source") == "analog" else "playlist",
            int(info.get("pre_margin_frames", PRE_MARGIN_FRAMES)),
            int(info.get("post_margin_frames", POST_MARGIN_FRAMES)),
            int(info["movie_frames"]) if "movie_frames" in info else None,
        )

    def info(self) -> dict[str, Any]:
        """Return the information stored with the bounds."""
        stored = {
            "source": self.source,
            "pre_margin_frames": self.pre_margin_frames,
            "post_margin_frames": self.post_margin_frames,
            "movie_frames": self.movie_frames,
        }
        return {name: value for name, value in stored.items() if value is not None}


def section_path(movie: str) -> Path:
    """Return the path of the sections of a movie."""
    return ("stimulus", SECTION_TIME, movie)


def section_info_path(movie: str) -> Path:
    """Return the path of the source and margins stored with the sections of a movie."""
    return ("stimulus", SECTION_INFO, movie)
