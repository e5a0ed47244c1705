"""Validity of results: incorrect ones of other scripts, and ones of movies that are no longer in the playlist."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeGuard

from hdmea_gui.session.unit import feature_of, feature_path, features_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from hdmea_gui.session import Snapshot

CURRENT_VERSION = "2.0.0"
"""Version stored with electrical images; the lab's scripts wrote 1.x or none."""

FEATURE_VERSION = "3.0.0"
"""Version stored with features; 2.x of this program had no evidence for responses and receptive fields."""


OUT_OF_DATE = "out_of_date"
"""Metadata entry of a feature with the reason why it no longer belongs to the recording."""


def is_out_of_date(feature: Mapping[str, Any]) -> bool:
    """Whether a feature belongs to a movie whose sections have since been removed."""
    return OUT_OF_DATE in feature.get("metadata", {})


def marks_of_features(snapshot: Snapshot, movies: Collection[str]) -> dict[tuple[str, ...], str]:
    """Return the marks, by path in the session, that flag every feature of some movies as out of date."""
    return {
        feature_path(unit_id, name, "metadata", OUT_OF_DATE): f"{movie} is no longer in the playlist"
        for unit_id, unit in snapshot.units.items()
        for name, feature in features_of(unit).items()
        for movie in movies
        if "metadata" in feature and (name == movie or feature["metadata"].get("movie_name") == movie)
    }


def is_current(feature: Mapping[str, Any] | None) -> TypeGuard[Mapping[str, Any]]:
    """Whether a feature exists, was computed by this program and is not out of date."""
    return feature is not None and not any(
        check(feature) for check in (is_out_of_date, is_of_other_scripts, is_of_earlier_version)
    )


def is_of_other_scripts(feature: Mapping[str, Any]) -> bool:
    """Whether an electrical image or feature was computed incorrectly by other scripts."""
    metadata = feature.get("metadata", {})
    # the lab's scripts store "version" with images, "extractor_version" with features, or neither
    return _major(metadata.get("extractor_version", metadata.get("version", "1"))) not in {
        _major(CURRENT_VERSION),
        _major(FEATURE_VERSION),
    }


def is_of_earlier_version(feature: Mapping[str, Any]) -> bool:
    """Whether a feature was computed by an earlier version of this program, whose values mean something else."""
    version = feature.get("metadata", {}).get("extractor_version")
    return version is not None and _major(version) == _major(CURRENT_VERSION)


def _major(version: object) -> str:
    return str(version).split(".", maxsplit=1)[0]


def holds_of_other_scripts(snapshot: Snapshot, name: str, part: str = "data") -> bool:
    """Whether any unit has a part of a feature that was computed by other scripts."""
    features = (feature_of(unit, name) for unit in snapshot.units.values())
    return any(held is not None and part in held and is_of_other_scripts(held) for held in features)
