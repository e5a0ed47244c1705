"""Which results count: not those of scripts that computed them wrongly, nor those of movies that were not shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from hdmea_gui.session import Snapshot

CURRENT_VERSION = "2.0.0"
"""Version that electrical images and features carry; the lab's scripts wrote 1.x or none."""


OUT_OF_DATE = "out_of_date"
"""Entry of a feature's metadata that says why it no longer belongs to the recording."""


def is_out_of_date(feature: Mapping[str, Any]) -> bool:
    """Whether a feature is of a movie whose sections have gone since."""
    return OUT_OF_DATE in feature.get("metadata", {})


def marks_of_features(snapshot: Snapshot, movies: Collection[str]) -> dict[tuple[str, ...], str]:
    """What marks every feature of some movies as out of date, by its place in the session."""
    return {
        ("units", unit_id, "features", name, "metadata", OUT_OF_DATE): f"{movie} is no longer in the playlist"
        for unit_id, unit in snapshot.units.items()
        for name, feature in unit.get("features", {}).items()
        for movie in movies
        if "metadata" in feature and (name == movie or feature["metadata"].get("movie_name") == movie)
    }


def is_current(feature: Mapping[str, Any] | None) -> bool:
    """Whether a feature is there, of this program's making and not out of date."""
    return feature is not None and not is_out_of_date(feature) and not is_of_other_scripts(feature)


def is_of_other_scripts(feature: Mapping[str, Any]) -> bool:
    """Whether scripts that computed it wrongly have made an electrical image or a feature."""
    metadata = feature.get("metadata", {})
    version = str(metadata.get("extractor_version", metadata.get("version", "1")))
    return version.split(".", maxsplit=1)[0] != CURRENT_VERSION.split(".", maxsplit=1)[0]


def holds_of_other_scripts(snapshot: Snapshot, name: str, part: str = "data") -> bool:
    """Whether any unit has a part of a feature that other scripts have made."""
    features = (unit.get("features", {}).get(name) for unit in snapshot.units.values())
    return any(held is not None and part in held and is_of_other_scripts(held) for held in features)
