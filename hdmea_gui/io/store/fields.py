"""Declarations of a session file: the form of a field and of a group."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal, TypeVar

T = TypeVar("T")
Place = Literal["dataset", "brought out", "attribute", "scalar", "one", "tree", "link", "derived"]
DeriveFrom = Literal["owner", "session"]


@dataclass(frozen=True)
class StoredPlace:
    """Place of one attribute, in memory and in the file; both are below the owner of its field.

    Parameters
    ----------
    memory
        Keys of the value.
    node
        Keys of the node that has the attribute; none for the owner itself.
    attribute
        Name of the attribute.
    """

    memory: tuple[str, ...]
    node: tuple[str, ...]
    attribute: str


@dataclass(frozen=True)
class Field:
    """One stored field, or all fields whose names match a pattern.

    Patterns: ``*`` is any name, ``sta_*`` any name that begins with ``sta_``.

    Parameters
    ----------
    owner
        Pattern of the group that it belongs to; empty for the file itself.
    name
        Name of the dataset or attribute.
    kind
        Python type (int, float, str, bool, "list of float"), "json" for a dict stored as text, the dtype of an array,
        or "any".
    description
        What it is, in one phrase.
    place
        "dataset", "brought out" (a dataset of the owner that the session has deeper inside, at `memory`),
        "attribute", "scalar" (a 0-d dataset), "one" (a dataset with one element that is a scalar in memory), "tree"
        (any value, with its types), "link" (a second name of another dataset) or "derived" (a dataset that is made at
        each save for readers of the file; it is not read back).
    axes
        Names of the axes.
    unit
        Unit of the values; "1" for a number without one.
    node
        Node below the owner that has the attribute; the owner itself if empty. Its last name may be ``*``.
    memory
        Path of the value in the owner's dict; the field's name if empty. A ``*`` is the name of the node or attribute.
    derive
        Computes an attribute, or a dataset with one element, from the owner's dict (None: there is none). It is for
        readers of the file and is not read back.
    derive_from
        Whether `derive` takes the owner's dict or the whole session instead.
    limits
        Range of its values, in words.
    absent
        Why it, or a value of it, can be missing.
    source
        Where it comes from: a file, the user, or the step that computes it, with the method's publication.
    """

    owner: str
    name: str
    kind: str
    description: str
    place: Place = "dataset"
    axes: str = ""
    unit: str = ""
    node: str = ""
    memory: str = ""
    derive: Callable[[dict[Any, Any]], Any] | None = None
    derive_from: DeriveFrom = "owner"
    limits: str = ""
    absent: str = ""
    source: str = ""

    @property
    def meaning(self) -> str:
        """What it is, its range, and why it can be missing, in one phrase."""
        absent = f"missing {self.absent}" if self.absent else ""
        return "; ".join(part for part in (self.description, self.limits, absent) if part)

    @cached_property
    def memory_path(self) -> tuple[str, ...]:
        """Path of the value in the owner's dict."""
        return tuple((self.memory or self.name).split("/"))

    @cached_property
    def stored_path(self) -> tuple[str, ...]:
        """Path of the node in the file, from its root: the dataset itself, or the node that has the attribute."""
        below = self.node if self.place == "attribute" else self.name
        return tuple(name for part in (self.owner, below) if part for name in part.split("/"))

    @cached_property
    def has_pattern(self) -> bool:
        """Whether it is one field for each name that fits ``*``."""
        return "*" in self.memory

    @cached_property
    def only_place(self) -> StoredPlace:
        """Place of an attribute without ``*``."""
        return self.place_for("")

    def place_for(self, name: str) -> StoredPlace:
        """Return the place of an attribute in which a name takes the place of ``*``."""
        memory = tuple(part.replace("*", name) for part in self.memory_path)
        node = tuple(part.replace("*", name) for part in self.node.split("/")) if self.node else ()
        return StoredPlace(memory, node, self.name.replace("*", name))


@dataclass(frozen=True)
class GroupRule:
    """Storage rules of one group.

    Parameters
    ----------
    pattern
        Its path.
    plain
        Python scalars in it are 0-d datasets without a stamp: they are read back as the same scalars.
    one_element
        Scalars in it are datasets with one element.
    integer_keys
        Its keys are integers, its link names their digits.
    """

    pattern: str
    plain: bool = False
    one_element: bool = False
    integer_keys: bool = False


def best(by_pattern: Mapping[str, T], name: str) -> T | None:
    """Return the entry for a name: under the name itself, else under the longest pattern that fits it."""
    if name in by_pattern:
        return by_pattern[name]
    fitting = [pattern for pattern in by_pattern if pattern.endswith("*") and name.startswith(pattern[:-1])]
    return by_pattern[max(fitting, key=len)] if fitting else None


Words = Mapping[str, str | tuple[str, ...]]
"""By name: a description, or unit, description, limits, and why it can be absent; the last ones can be left out."""


def attributes(
    owner: str,
    kind: str,
    words: Words,
    *,
    node: str = "",
    under: str = "",
    absent: str = "",
    source: str = "",
) -> tuple[Field, ...]:
    """Declare attributes, whose values are in memory at a path below their owner's dict.

    Used for single values of units that neither the lab's files nor version 0.1.0 held: as datasets they would take
    several times the space and time. Programs that read no attributes find them in `units_table`.
    """
    form = {"place": "attribute", "node": node}
    return _declared(owner, kind, words, form, under=under, absent=absent, source=source)


def derived(owner: str, kind: str, words: Words, *, node: str = "") -> tuple[Field, ...]:
    """Declare attributes that repeat an entry of the owner's metadata under the same name."""
    form = {"place": "attribute", "node": node}
    return tuple(
        replace(item, derive=from_metadata(item.name)) for item in _declared(owner, kind, words, form)
    )


def scalars(owner: str, kind: str, words: Words, *, absent: str = "", source: str = "") -> tuple[Field, ...]:
    """Declare 0-d datasets.

    Used for values that scripts expect as datasets, as in the lab's files or those of 0.1.0, and for values that are
    not columns.
    """
    return _declared(owner, kind, words, {"place": "scalar"}, absent=absent, source=source)


def arrays(
    owner: str, kind: str, axes: str, words: Words, *, under: str = "", absent: str = "", source: str = ""
) -> tuple[Field, ...]:
    """Declare arrays with the same axes."""
    return _declared(owner, kind, words, {"axes": axes}, under=under, absent=absent, source=source)


def _declared(
    owner: str,
    kind: str,
    words: Words,
    form: Mapping[str, Any],
    *,
    under: str = "",
    absent: str = "",
    source: str = "",
) -> tuple[Field, ...]:
    """Declare fields of one form, each with its own words."""
    return tuple(
        Field(
            owner,
            name,
            kind,
            word.description,
            unit=word.unit,
            memory=f"{under}/{name}" if under else name,
            limits=word.limits,
            absent=word.absent or absent,
            source=source,
            **form,
        )
        for name, word in _worded(words)
    )


def set_with_node(_owner: dict[Any, Any]) -> None:
    """Mark an attribute as one that is set where its node is made."""


def with_units(item: Field) -> tuple[Field, Field]:
    """Declare an array and its attribute `units`, which repeats the declared unit in the file."""
    words = "unit of the values"
    units = Field(item.owner, "units", "str", words, "attribute", node=item.name, derive=lambda _: item.unit)
    return item, units


def labelled(item: Field) -> tuple[Field, Field, Field]:
    """Declare an array and its attributes `units` and `axes`, which repeat its declaration in the file."""
    names = item.axes.split(", ")
    words = "names of the axes; those with values are in /axes, under the name of the array or feature"
    axes = Field(
        item.owner, "axes", "list of str", words, "attribute", node=item.name, derive=lambda _: names
    )
    return (*with_units(item), axes)


def from_metadata(*names: str) -> Callable[[dict[Any, Any]], Any]:
    """Return a function that takes the first of some entries from the metadata of a feature; None if there is none."""

    def derive(feature: dict[Any, Any]) -> Any:
        metadata = feature.get("metadata")
        found = [metadata[name] for name in names if name in metadata] if isinstance(metadata, dict) else []
        return found[0] if found else None

    return derive


@dataclass(frozen=True)
class _Word:
    unit: str
    description: str
    limits: str = ""
    absent: str = ""


def _worded(words: Words) -> list[tuple[str, _Word]]:
    return [
        (name, _Word("", entry) if isinstance(entry, str) else _Word(*entry)) for name, entry in words.items()
    ]
