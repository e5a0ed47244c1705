"""What the steps that make sections share: where sections lie in a session and how they are replaced."""

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
"""Frames of a section before its movie, where the file does not tell."""

POST_MARGIN_FRAMES = 120
"""Frames of a section after its movie, where the file does not tell."""


@dataclass(frozen=True)
class Section:
    """The sections of one movie.

    Parameters
    ----------
    bounds : ndarray
        int64 (n_presentations, 2), samples.
    source : str
        What placed them: the playlist or the light itself.
    pre_margin_frames, post_margin_frames : int
        Frames of the section before and after the movie.
    """

    bounds: NDArray[np.int64]
    source: Source
    pre_margin_frames: int
    post_margin_frames: int


def checked_movie_name(movie: str) -> str:
    """The name itself, if it can be a place in the file.

    Raises
    ------
    ConfigurationError
        It is empty, too long, or has characters that places in a file cannot have.
    """
    if (
        not movie.strip()
        or "/" in movie
        or not movie.isprintable()
        or len(movie.encode("utf-8", "replace")) > 200
    ):
        raise ConfigurationError(
            f"A movie cannot be called {movie[:80]!r}: use a short name without slashes and control characters."
        )
    return movie


def attributes_path(movie: str) -> str:
    """Where the file keeps the attributes of a movie's sections."""
    return f"stimulus/section_time/{movie}"


def sections_of(snapshot: Snapshot) -> dict[str, Section]:
    """The sections of every movie of a session."""
    return {
        movie: _section(np.asarray(bounds), snapshot.attributes.get(attributes_path(movie), {}))
        for movie, bounds in snapshot.stimulus.get("section_time", {}).items()
    }


def _section(bounds: NDArray[Any], attributes: Mapping[str, Any]) -> Section:
    return Section(
        bounds.astype(np.int64).reshape(-1, 2),
        "analog" if attributes.get("source") == "analog" else "playlist",
        int(attributes.get("pre_margin_frames", PRE_MARGIN_FRAMES)),
        int(attributes.get("post_margin_frames", POST_MARGIN_FRAMES)),
    )


def frame_timestamps(snapshot: Snapshot) -> NDArray[np.uint64]:
    """The sample of every display frame, uint64 (n_frames,); empty where there is none."""
    return np.asarray(snapshot.metadata.get("frame_timestamps", np.empty(0, np.uint64)))


def light(snapshot: Snapshot) -> Any:
    """Channel 1, float32 (n_samples,) in raw counts, perhaps still on disk; None where there is none."""
    return snapshot.stimulus.get("light_reference", {}).get("raw_ch1")


def section_update(
    name: str,
    snapshot: Snapshot,
    sections: Mapping[str, Section],
    replaced: set[str],
    warnings: list[str],
    progress: Progress,
) -> Update:
    """The update that puts new sections with their light templates in place of replaced ones.

    Parameters
    ----------
    name : str
        Name of the update.
    snapshot : Snapshot
        The session; its channel 1 gives the templates.
    sections : mapping
        The new sections by movie.
    replaced : set of str
        Movies whose sections go.
    warnings : list of str
        Remarks to keep with the session.
    progress : Progress
        Is told how far the templates are, and may stop it.
    """
    channel = light(snapshot)
    put: dict[tuple[str, ...], Any] = {}
    for number, (movie, section) in enumerate(sections.items()):
        check_cancelled = partial(progress, number, len(sections), "Averaging the light")
        put["stimulus", "section_time", movie] = section.bounds
        put["attributes", attributes_path(movie)] = {
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
            f"Results of {movies}, no longer in the playlist, are kept and marked out of date.",
        ]
    remove = [
        place
        for movie in gone
        for place in (
            ("stimulus", "section_time", movie),
            ("stimulus", "light_template", movie),
            ("attributes", attributes_path(movie)),
        )
    ]
    if channel is None:  # a template of the old sections would be taken for one of the new
        remove += [("stimulus", "light_template", movie) for movie in sections]
    return Update.of(name, put | marks, remove, warnings)
