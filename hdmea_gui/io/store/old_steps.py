"""Completed steps of a lab's file, judged by its own list and by its contents."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hdmea_gui.io.store.nodes import Group, Leaf, child_groups, group_at, raw_texts

if TYPE_CHECKING:
    from collections.abc import Callable

OUTDATED = ":outdated"
ALIASES = {
    "load_recording_with_eimage_sta": "load_recording",
    "load_from_hdf5": "load_recording",
    "add_sys_meta_info": "load_recording",
    "add_cmtr_unit_info": "load_recording",
    "extract_rf_geometry": "rf_geometry",
}
# Their images lack spikes near chunk borders that they count; their features compare samples with microseconds, ignore
# the sections, or are random numbers.
WRONG = frozenset(
    {
        "load_recording_with_eimage_sta",
        "compute_eimage_sta",
        "soma_geometry",
        "extract_soma_geometry",
        "extract_features",
    }
)
ANALOG_SECTIONS = "section_spike_times_analog:"
ANALOG = "section_time_analog_"


def mark_completed_steps(root: Group) -> list[str]:
    """Rewrite the list of completed steps; return notes on what was recognised.

    Steps whose results the lab's scripts computed incorrectly, and steps whose results are not in the file, stay in
    the list with ``:outdated`` after their names: they are shown in the history and do not count as done.
    """
    named = _named_steps(root)
    done = [
        key
        for key, is_there in _EVIDENCE.items()
        if is_there(root) and (named is None or _is_named(key, named))
    ]
    history = [_history(name, done) for name in named or []]
    session = _session_info(root)
    session.children["completed_steps"] = Leaf(raw_texts(list(dict.fromkeys([*history, *done]))))
    notes = [f"Steps recognised as done: {', '.join(done) or 'nothing'}."]
    if _has_wrong_results(root):
        notes.append(
            "Electrical images, soma geometry and extracted features of the lab's scripts are kept and shown; they "
            "were computed incorrectly and count as not done."
        )
    return notes


def is_plain_load(root: Group) -> bool:
    """Whether the units come from the lab's plain load, which takes their chip positions from the wrong data."""
    named = _named_steps(root)
    if named is None:
        return "pipeline" not in root.children
    return "load_recording" in named and "load_recording_with_eimage_sta" not in named


def _named_steps(root: Group) -> list[str] | None:
    node = group_at(root, "pipeline/session_info")
    leaf = node.children.get("completed_steps") if node is not None else None
    if not isinstance(leaf, Leaf) or leaf.value.dtype.kind != "O":
        return None
    return [str(name) for name in np.asarray(leaf.value).ravel().tolist()]


def _is_named(key: str, named: list[str]) -> bool:
    return any(_step_of(name) == key for name in named)


def _step_of(name: str) -> str:
    if name.startswith(ANALOG_SECTIONS) and not name.endswith((":failed", ":skipped")):
        return "section_spike_times"
    return ALIASES.get(name, name)


def _history(name: str, done: list[str]) -> str:
    """Name of a step in the history."""
    lost = name in _EVIDENCE and name not in done
    return name + OUTDATED if name in WRONG or lost else name


def _session_info(root: Group) -> Group:
    pipeline = root.children.setdefault("pipeline", Group())
    if not isinstance(pipeline, Group):
        return Group()
    session = pipeline.children.setdefault("session_info", Group())
    return session if isinstance(session, Group) else Group()


def _has_units(root: Group) -> bool:
    return any(child_groups(group_at(root, "units")))


def _has_sections(root: Group) -> bool:
    sections = group_at(root, "stimulus/section_time")
    return sections is not None and bool(set(sections.children) - _analog_movies(root))


def _has_analog_sections(root: Group) -> bool:
    sections = group_at(root, "stimulus/section_time")
    return sections is not None and bool(set(sections.children) & _analog_movies(root))


def _analog_movies(root: Group) -> set[str]:
    return {name.removeprefix(ANALOG) for name in root.attrs if name.startswith(ANALOG)}


def _any_unit(path: str) -> Callable[[Group], bool]:
    def is_there(root: Group) -> bool:
        groups = (group_at(unit, path) for _name, unit in child_groups(group_at(root, "units")))
        return any(group is not None and group.children for group in groups)

    return is_there


def _any_average(inner: str) -> Callable[[Group], bool]:
    def is_there(root: Group) -> bool:
        return any(
            inner in feature.children
            for _name, unit in child_groups(group_at(root, "units"))
            for name, feature in child_groups(group_at(unit, "features"))
            if name.startswith("sta_")
        )

    return is_there


def _has_wrong_results(root: Group) -> bool:
    return any(
        name == "eimage_sta" or isinstance(feature.children.get("data"), Group)
        for _name, unit in child_groups(group_at(root, "units"))
        for name, feature in child_groups(group_at(unit, "features"))
    )


_EVIDENCE: dict[str, Callable[[Group], bool]] = {
    "load_recording": _has_units,
    "add_section_time": _has_sections,
    "add_section_time_analog": _has_analog_sections,
    "section_spike_times": _any_unit("spike_times_sectioned"),
    "compute_sta": _any_average("data"),
    "rf_geometry": _any_average("sta_geometry"),
}
