"""Description of the file format for users, made from the schema."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from hdmea_gui.io.store.schema import FIELDS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hdmea_gui.io.store.fields import Field

_INTRODUCTION = """\
# The session file

A session is one HDF5 file. This page lists what the program writes: `*` stands for any name (a unit, a movie, a \
feature), and `@` comes before the name of an attribute. What is not computed is not there.

Entries that are not listed are kept as they are. Where HDF5 alone does not say what a value was, the attributes \
`hdmea_type`, `hdmea_key` and `hdmea_attribute_types` do.

A boolean is 0 or 1 in uint8, and one of these attributes says that it is `bool`. Text in datasets has a fixed \
length and is ASCII; other characters are in UTF-8 of variable length, except below `units`, `units_table`, \
`metadata` and `stimulus`, where their UTF-8 has a fixed length too (HDF5 still calls it ASCII), because Octave loads \
no group that contains text of variable length. Text in attributes is UTF-8 of variable length.
"""
_HEADER = ("name", "type", "unit", "meaning, range, when it is missing")
_PLACES = {"one": "1 element", "scalar": "scalar", "tree": "group"}
_UNMARKED = {"dataset", "attribute", "link", "brought out", "derived"}
_KINDS = {"str": "text", "json": "text", "any": "", "int": "int64", "float": "float64", "bool": "boolean"}


def layout_page() -> str:
    """Return the description of the file format as Markdown."""
    parts = [_INTRODUCTION]
    for owner, fields in groupby(sorted(FIELDS, key=lambda item: item.owner), key=lambda item: item.owner):
        parts.append(_table(owner, fields))
    return "\n".join(parts)


def _table(owner: str, fields: Iterable[Field]) -> str:
    held = list(fields)
    has_sources = any(item.source for item in held)
    header = (*_HEADER, "from") if has_sources else _HEADER
    rows = [
        f"## {owner or '/'}\n",
        f"| {' | '.join(header)} |",
        "|" + "---|" * len(header),
        *(f"| {' | '.join(_cells(item)[: len(header)])} |" for item in held),
    ]
    return "\n".join(rows).replace("*", "\\*") + "\n"


def _cells(item: Field) -> tuple[str, ...]:
    """Texts of a row; bars in them would end a cell."""
    name = f"{item.node}@{item.name}" if item.place == "attribute" else item.name
    unit = "" if item.unit == "1" else item.unit
    texts = (name, _type(item), unit, item.meaning, item.source)
    return tuple(text.replace("|", "\\|") for text in texts)


def _type(item: Field) -> str:
    kind = _KINDS.get(item.kind, item.kind)
    shape = f"[{item.axes}]" if item.axes else ""
    if not kind:
        return _PLACES.get(item.place, "")
    place = "" if item.place in _UNMARKED else f", {_PLACES[item.place]}"
    return f"{kind} {shape}".rstrip() + place
