"""Link names for the keys of a dict.

A key that is a possible link name is used as it is. Any other key (an int, a text with a slash, an empty text, ...)
gets an escaped name, and the node a stamp with the key itself.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

KEY_STAMP = "hdmea_key"
ESCAPE = "hdmea%"
LONGEST_NAME = 200


def is_link_name(key: str) -> bool:
    """Whether a text can be used as a link name as it is."""
    if key.isascii() and key.isidentifier():
        return len(key) <= LONGEST_NAME
    plain = key not in {"", ".", ".."} and "/" not in key and "\0" not in key
    return plain and not key.startswith(ESCAPE) and len(key.encode()) <= LONGEST_NAME


def link_name(key: str | int) -> str:
    """Return the link name of a key: the key itself if possible, else an escaped form that no other key has."""
    if isinstance(key, int):
        return f"{ESCAPE}i{key}"
    if is_link_name(key):
        return key
    escaped = ESCAPE + quote(key, safe=" ()[]{},;:=+@&")
    if len(escaped) <= LONGEST_NAME:
        return escaped
    return f"{escaped[:100]}~{hashlib.sha256(key.encode()).hexdigest()}"


def key_stamp(key: str | int) -> NDArray[Any]:
    """Return the attribute that stores a key which differs from its link name."""
    return np.array(json.dumps(key).encode())


def key_of(name: str, stamp: NDArray[Any] | None) -> str | int:
    """Return the key of a link: from its stamp, else its name."""
    if stamp is None:
        return name
    key = json.loads(bytes(stamp[()]))
    if not isinstance(key, (str, int)):
        msg = f"the key of {unquote(name)} is damaged"
        raise TypeError(msg)
    return key
