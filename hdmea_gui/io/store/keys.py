"""Names of links for the keys of a dict.

A key that can be a link name is one. Any other key (an int, a slash, an empty text, ...) gets an escaped name and
a stamp on the node that holds the key itself.
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
    """Tell whether a text can be the name of a link as it is."""
    if key.isascii() and key.isidentifier():
        return len(key) <= LONGEST_NAME
    plain = key not in {"", ".", ".."} and "/" not in key and "\0" not in key
    return plain and not key.startswith(ESCAPE) and len(key.encode()) <= LONGEST_NAME


def link_name(key: str | int) -> str:
    """Give the link name of a key: the key where possible, else an escaped form that no other key has."""
    if isinstance(key, int):
        return f"{ESCAPE}i{key}"
    if is_link_name(key):
        return key
    escaped = ESCAPE + quote(key, safe=" ()[]{},;:=+@&")
    if len(escaped) <= LONGEST_NAME:
        return escaped
    return f"{escaped[:100]}~{hashlib.sha256(key.encode()).hexdigest()}"


def key_stamp(key: str | int) -> NDArray[Any]:
    """Give the attribute that holds a key which is not its link's name."""
    return np.array(json.dumps(key).encode())


def key_of(name: str, stamp: NDArray[Any] | None) -> str | int:
    """Give the key of a link: from its stamp, else its name."""
    if stamp is None:
        return name
    key = json.loads(bytes(stamp[()]))
    if not isinstance(key, (str, int)):
        msg = f"the key of {unquote(name)} is damaged"
        raise TypeError(msg)
    return key
