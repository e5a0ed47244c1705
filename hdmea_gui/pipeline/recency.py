"""Which results this program computed, and which come from scripts that computed them wrongly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

CURRENT_VERSION = "2.0.0"
"""Version that electrode images and features carry; the lab's scripts wrote 1.x or none."""


def is_current(feature: Mapping[str, Any] | None) -> bool:
    """Whether a feature is there and of this program's making."""
    if feature is None:
        return False
    metadata = feature.get("metadata", {})
    version = str(metadata.get("extractor_version", metadata.get("version", "1")))
    return version.split(".", maxsplit=1)[0] == CURRENT_VERSION.split(".", maxsplit=1)[0]
