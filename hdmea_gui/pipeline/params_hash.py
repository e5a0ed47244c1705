"""Hashes of parameters, as stored in the lab's files."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


def params_hash(params: Mapping[str, Any]) -> str:
    """Return ``sha256:`` and the first 16 hexadecimal digits of the SHA-256 of the compact sorted JSON."""
    # compact and sorted, or the hash would not equal the one in the lab's files
    text = json.dumps(dict(params), sort_keys=True, separators=(",", ":"), default=str)
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()[:16]}"
