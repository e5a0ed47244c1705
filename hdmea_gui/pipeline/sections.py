"""Sections in a session: access and replacement, shared by the steps that create them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from hdmea_gui.analysis.trials import light_template
from hdmea_gui.errors import ConfigurationError
from hdmea_gui.pipeline.recency import marks_of_features
from hdmea_gui.session import Snapshot, Update

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hdmea_gui.pipeline.progress import Progress

Source = Literal["playlist", "analog"]

PAD_FRAMES = 180
"""Blank frames before and after every movie of a playlist."""

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
    """

    bounds: NDArray[np.int64]
    source: Source
    pre_margin_frames: int
    post_margin_frames: int


def checked_movie_name(movie: str) -> str:
    """Return a movie name unchanged, if it can be the name of a group in the file.

    Raises
    ------
    ConfigurationError
        If it is empty, too long, or contains characters that are not permitted in the file.
    """
    if (
        not movie.strip()
        or "/" in movie
        or not movie.isprintable()
        or len(movie.encode("utf-8", "replace")) > 200
    ):
        raise ConfigurationError(
            f"A movie cannot be named {movie[:80]!r}. Use a short name without slashes or control characters."
        )
    return movie


def sections_of(snapshot: Snapshot) -> dict[str, Section]:
    """Return the sections of every movie of a session."""
    info = snapshot.stimulus.get("section_info", {})
    return {
        movie: _section(np.asarray(bounds), info.get(movie, {}))
        for movie, bounds in snapshot.stimulus.get("section_time", {}).items()
    }


def _section(bounds: NDArray[Any], info: Mapping[str, Any]) -> Section:
    return Section(
        bounds.astype(np.int64).reshape(-1, 2),
        "analog" if info.get("source") == "analog" else "playlist",
        int(info.get("pre_margin_frames", PRE_MARGIN_FRAMES)),
        int(info.get("post_margin_frames", POST_MARGIN_FRAMES)),
    )


def frame_timestamps(snapshot: Snapshot) -> NDArray[np.uint64]:
    """Return the onset of every display frame, uint64 (n_frames,), samples; empty if there are none."""
    return np.asarray(snapshot.metadata.get("frame_timestamps", np.empty(0, np.uint64)))


def light(snapshot: Snapshot) -> Any:
    """Return channel 1, float32 (n_samples,), raw counts, possibly still on disk; None if there is none."""
    return snapshot.stimulus.get("light_reference", {}).get("raw_ch1")


def section_update(
    name: str,
    snapshot: Snapshot,
    sections: Mapping[str, Section],
    replaced: set[str],
    warnings: list[str],
    progress: Progress,
) -> Update:
    """Create the update that replaces sections and their light templates.

    Parameters
    ----------
    name
        Name of the update.
    snapshot
        The session; the templates are computed from its channel 1.
    sections
        New sections by movie.
    replaced
        Movies whose sections are removed.
    warnings
        Warnings to store with the session.
    progress
        Receives the progress of the templates and may cancel.

    Returns
    -------
    update
        The update.
    """
    channel = light(snapshot)
    put: dict[tuple[str, ...], Any] = {}
    for number, (movie, section) in enumerate(sections.items()):
        check_cancelled = partial(progress, number, len(sections), "Averaging the light")
        put["stimulus", "section_time", movie] = section.bounds
        put["stimulus", "section_info", movie] = {
            "source": section.source,
            "pre_margin_frames": section.pre_margin_frames,
            "post_margin_frames": section.post_margin_frames,
        }
        if channel is not None:
            put["stimulus", "light_template", movie] = light_template(
                channel, section.bounds, check_cancelled
            )
    gone = replaced - set(sections)
    marks = marks_of_features(snapshot, gone)
    if marks:
        movies = ", ".join(sorted(gone))
        warnings = [
            *warnings,
            f"No longer in the playlist: {movies}. Their results are kept and marked as out of date.",
        ]
    remove = [
        place
        for movie in gone
        for place in (
            ("stimulus", "section_time", movie),
            ("stimulus", "section_info", movie),
            ("stimulus", "light_template", movie),
        )
    ]
    if channel is None:  # a template of the old sections would be mistaken for one of the new ones
        remove += [("stimulus", "light_template", movie) for movie in sections]
    return Update.of(name, put | marks, remove, warnings)
