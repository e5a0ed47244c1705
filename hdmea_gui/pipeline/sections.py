"""Replacement of the sections in a session, shared by the steps that create them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from hdmea_gui.analysis.trials import light_template
from hdmea_gui.errors import ConfigurationError
from hdmea_gui.pipeline.recency import marks_of_features
from hdmea_gui.session import Snapshot, Update
from hdmea_gui.session.recording import RecordingReader, light_template_path
from hdmea_gui.session.section import section_info_path, section_path

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hdmea_gui.pipeline.progress import Progress
    from hdmea_gui.session.section import Section

PAD_FRAMES = 180
"""Blank frames before and after every movie of a playlist."""


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
    channel = RecordingReader(snapshot).raw_light()
    put: dict[tuple[str, ...], Any] = {}
    for number, (movie, section) in enumerate(sections.items()):
        check_cancelled = partial(progress, number, len(sections), "Averaging the light")
        put[section_path(movie)] = section.bounds
        put[section_info_path(movie)] = section.info()
        if channel is not None:
            put[light_template_path(movie)] = light_template(channel, section.bounds, check_cancelled)
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
        for place in (section_path(movie), light_template_path(movie), section_info_path(movie))
    ]
    if channel is None:  # a template of the old sections would be mistaken for one of the new ones
        remove += [light_template_path(movie) for movie in sections]
    return Update.of(name, put | marks, remove, warnings)
