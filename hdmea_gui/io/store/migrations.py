"""Old layouts to ours (being built)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hdmea_gui.io.store.nodes import Group


def looks_like_the_labs(root: Group) -> bool:
    """Tell whether a file is one of the lab's pipeline."""
    return "units" in root.children or any(name.startswith("hdmea_") for name in root.attrs)


def migrate(root: Group) -> list[str]:
    """Bring the nodes of a lab's file into our layout; give what was done, in words."""
    del root
    return []
