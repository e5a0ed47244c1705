"""Every field of a session file, declared once: place, type, axes, unit, meaning, and its place in the session.

Writer and reader both walk these declarations (`to_nodes`, `from_nodes`); steps cast their results to the declared
types; tooltips, column headers and the description of the format come from them. What is not declared is stored by
the codec, stamped with its type.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hdmea_gui.io.store.fields import Field, GroupRule, best
from hdmea_gui.io.store.image_fields import IMAGE, IMAGE_FIELDS, SOMA
from hdmea_gui.io.store.output_fields import FEATURE, FEATURE_FIELDS
from hdmea_gui.io.store.recording_fields import (
    DERIVED_FIELDS,
    FILE_FIELDS,
    HEALTH,
    LANES,
    METADATA_FIELDS,
    PIPELINE,
    PIPELINE_FIELDS,
    SAVE,
    STIMULUS_FIELDS,
)
from hdmea_gui.io.store.sta_fields import RECEPTIVE_FIELD, STA, STA_FIELDS
from hdmea_gui.io.store.unit_fields import SECTION, UNIT, UNIT_FIELDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

SECTIONS = ("units", "metadata", "stimulus", "source_files")
"""Groups of the file that a session has under the same names."""
OWN_NAMES = {*SECTIONS, PIPELINE}
"""Names at the root that other programs' nodes cannot have."""
TO_BE_RECOMPUTED = "to be recomputed"
"""Value of a unit's attribute ``position`` if its row, column and sensor are not the sorter's."""

FIELDS = (
    *FILE_FIELDS,
    *DERIVED_FIELDS,
    *UNIT_FIELDS,
    *IMAGE_FIELDS,
    *STA_FIELDS,
    *FEATURE_FIELDS,
    *STIMULUS_FIELDS,
    *METADATA_FIELDS,
    *PIPELINE_FIELDS,
)

GROUPS = (
    GroupRule("units"),
    GroupRule(UNIT),
    GroupRule(f"{UNIT}/unit_meta", plain=True),
    GroupRule(f"{UNIT}/quality", plain=True),
    GroupRule(f"{UNIT}/spike_times_sectioned"),
    GroupRule(SECTION),
    GroupRule(f"{SECTION}/trials_spike_times", integer_keys=True),
    GroupRule(f"{UNIT}/features"),
    GroupRule(IMAGE),
    GroupRule(f"{IMAGE}/metadata", plain=True),
    GroupRule(SOMA, plain=True),
    GroupRule(STA),
    GroupRule(f"{STA}/metadata", plain=True),
    GroupRule(RECEPTIVE_FIELD, plain=True),
    GroupRule(f"{RECEPTIVE_FIELD}/gaussian_fit", plain=True),
    GroupRule(f"{RECEPTIVE_FIELD}/DoG", plain=True),
    GroupRule(f"{RECEPTIVE_FIELD}/ONOFF_model", plain=True),
    GroupRule(FEATURE),
    GroupRule(f"{FEATURE}/metadata", plain=True),
    GroupRule("stimulus"),
    GroupRule("stimulus/light_reference"),
    GroupRule("stimulus/frame_times"),
    GroupRule("stimulus/section_time"),
    GroupRule("stimulus/light_template"),
    GroupRule("metadata"),
    GroupRule("metadata/cmcr_meta", one_element=True),
    GroupRule("metadata/cmtr_meta", one_element=True),
    GroupRule("metadata/raw_meta", one_element=True),
    GroupRule("metadata/sorting_meta", one_element=True),
    GroupRule("metadata/probe", plain=True),
    GroupRule(LANES, plain=True),
    GroupRule("source_files"),
    GroupRule(PIPELINE),
    GroupRule(SAVE),
    GroupRule(HEALTH),
    GroupRule(f"{HEALTH}/*", plain=True),
    GroupRule(f"{HEALTH}/*/data"),
)


@dataclass
class Declared:
    """Rule of a group with its fields and the groups below it."""

    rule: GroupRule
    attributes: list[Field] = field(default_factory=list)
    derived: list[Field] = field(default_factory=list)
    brought_out: list[Field] = field(default_factory=list)
    ones: set[str] = field(default_factory=set)
    groups: dict[str, Declared] = field(default_factory=dict)

    def group(self, name: object) -> Declared | None:
        """Return the declaration of a child group."""
        return best(self.groups, name) if isinstance(name, str) else None


@dataclass
class Places:
    """Fields by their paths, in which ``*`` stands for any name."""

    item: Field | None = None
    inner: dict[str, Places] = field(default_factory=dict)

    def put(self, path: Sequence[str], item: Field) -> None:
        """Add a field at a path."""
        place = self
        for name in path:
            place = place.inner.setdefault(name, Places())
        place.item = item

    def find(self, path: Sequence[Any]) -> Field | None:
        """Return the field at a path, or the tree that contains it; None if there is none."""
        place = self
        for name in path:
            if place.item is not None and place.item.place == "tree":
                break
            inner = best(place.inner, str(name))
            if inner is None:
                return None
            place = inner
        return place.item


class Schema:
    """Declarations of all fields, compiled for the writer, the reader and whoever shows a field.

    Parameters
    ----------
    items
        The fields.
    rules
        The groups; parents come first.
    """

    def __init__(self, items: Iterable[Field], rules: Iterable[GroupRule]) -> None:
        self.root = Declared(GroupRule(""))
        self._groups: dict[str, Declared] = {"": self.root}
        self.in_memory = Places()
        self._stored: tuple[Places, Places] = (Places(), Places())  # datasets and groups; attributes
        for rule in rules:
            self._add_group(rule)
        for item in items:
            self._add(item)

    def _add_group(self, rule: GroupRule) -> None:
        parent, _, name = rule.pattern.rpartition("/")
        self._groups[rule.pattern] = self._groups[parent].groups[name] = Declared(rule)

    def _add(self, item: Field) -> None:
        is_attribute = item.place == "attribute"
        path = (*item.stored_path, item.name) if is_attribute else item.stored_path
        self._stored[is_attribute].put(path, item)
        if item.derive is None and item.place not in {"link", "derived"}:
            owner = tuple(item.owner.split("/")) if item.owner else ()
            self.in_memory.put((*owner, *item.memory_path), item)
        declared = self._groups.get(item.owner)
        if declared is None:
            return
        if item.derive is not None:
            declared.derived.append(item)
        elif is_attribute:
            declared.attributes.append(item)
        elif item.place == "brought out":
            declared.brought_out.append(item)
        elif item.place == "one":
            declared.ones.add(item.name)

    def field_at(self, path: Sequence[Any]) -> Field | None:
        """Return the declaration of the field at a path in a session's tree, or None.

        Parameters
        ----------
        path
            Keys from the root, for example ``("units", "unit_001", "spike_times")``.
        """
        if path and path[0] in _IN_SAVE:
            path = (*SAVE.split("/"), *path)
        elif path and path[0] == "health":
            path = (PIPELINE, *path)
        return self.in_memory.find(path)

    def stored_at(self, path: Sequence[str], attribute: str = "") -> Field | None:
        """Return the declaration of the dataset at a path in a file, or of one of a node's attributes, or None."""
        if attribute:
            return self._stored[True].find((*path, attribute))
        return self._stored[False].find(path)


_IN_SAVE = {"completed_steps", "warnings", "steps"}

SCHEMA = Schema(FIELDS, GROUPS)
ROOT = SCHEMA.root
