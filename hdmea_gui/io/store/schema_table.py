"""The declarations of all fields as lines of text, for readers of a file."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from hdmea_gui.io.store.schema import FIELDS

if TYPE_CHECKING:
    from hdmea_gui.io.store.fields import Field

HEADER = ("path", "dtype", "unit", "axes", "description")
_DTYPES = {"str": "text", "json": "text", "int": "int64", "float": "float64", "any": ""}


@lru_cache(maxsize=1)
def schema_lines() -> tuple[str, ...]:
    """Return a header and one line per field, with its parts separated by tabs.

    In a path, ``*`` stands for any name, and ``@`` comes before the name of an attribute.
    """
    return tuple("\t".join(row) for row in (HEADER, *sorted(map(_row, FIELDS))))


def _row(item: Field) -> tuple[str, ...]:
    path = "/".join(("", *item.stored_path))
    whole = f"{path}@{item.name}" if item.place == "attribute" else path
    dtype = _DTYPES.get(item.kind, item.kind.replace("list of ", ""))
    return whole, _DTYPES.get(dtype, dtype), item.unit, item.axes, item.meaning
