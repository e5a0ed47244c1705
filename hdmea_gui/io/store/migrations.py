"""Migrations from the layouts of the lab's own files to ours: numbered, in order, on the nodes of the file.

A migration depends on what is in the file, not on what wrote it: the lab's two modes and their older versions differ
in many places, and files that went through several of them are mixtures. No migration removes data. Nodes that are
moved or changed are listed in `MIGRATED_NODES`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from hdmea_gui.io.store.arrays import StoredArray
from hdmea_gui.io.store.decoder import natural_value
from hdmea_gui.io.store.nodes import Group, Leaf, child_groups, group_at, raw_scalar, raw_texts
from hdmea_gui.io.store.old_steps import is_plain_load, mark_completed_steps
from hdmea_gui.io.store.schema import FIELDS, TO_BE_RECOMPUTED
from hdmea_gui.io.store.unit_fields import SECTION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from hdmea_gui.io.store.nodes import Attribute, Node

MIGRATED_NODES = {
    "/metadata/sys_meta*": "under /metadata/cmcr_meta",
    "/metadata/acquisition_rate": "the same, with one element",
    "/metadata/sample_interval": "the same, with one element",
    "/metadata/dataset_id": "the same, with one element",
    "/metadata/section_time_*": "the same, with one element",
    "/metadata/cm[ct]r_meta/*": "the same, with one element",
    "/stimulus/frame_time/*": "the same, a second name of /stimulus/frame_times/*",
    "/units/*/spike_times_sectioned/*/_attrs/*": "attributes of the section",
    "/units/*/unit_meta@*": "texts: datasets of the same names",
    "/units/*/features/*/sta": "the same, a second name of sta_<movie>/data",
    "/units/*/features/*/sta_geometry*": "under sta_<movie>",
    "/units/*/features/eimage_sta@*": "also under metadata",
    "/units/*/features/*/metadata/feature_name": "attribute of the feature",
    "/units/*/features/*/metadata/extractor_version": "attribute of the feature",
    "/units/*/features/*/metadata/params_hash": "attribute of the feature",
    "/units/*/features/*/metadata/extracted_at": "attribute of the feature",
    "/units/*/features/*/metadata/absent_reason": "attribute of the feature",
    "/units/*/features/*/metadata/movie_name": "attribute of the feature",
    "/units/*@row": "from unit_meta if that has it; else the same, and the attribute position says so",
    "/units/*@col": "as row",
    "/units/*@global_id": "as row",
    "@updated_at": "time of the save",
    "@hdmea_version": "always 0.1.0",
    "@hdmea_pipeline_version": "always 0.1.0",
    "@features_extracted": "rewritten from the features in the file",
    "@source_files": "rewritten: whether the files exist",
    "@stage1_completed": "whether the recording is loaded",
    "/pipeline@stage1_completed": "whether the recording is loaded",
    "/pipeline/session_info@saved_at": "time of the save",
    "/pipeline/session_info/completed_steps": "steps that are done; missing and incorrect ones are marked as outdated",
}
"""Parts of a lab's file that are moved or changed when it is loaded and saved: the path, with @ before the name of an
attribute and * for anything, and the result. Everything else stays the same."""


def looks_like_the_labs(root: Group) -> bool:
    """Whether a file is one of the lab's pipeline."""
    marks = {"hdmea_version", "hdmea_pipeline_version", "stage1_completed"}
    return isinstance(root.children.get("units"), Group) or bool(marks & set(root.attrs))


def migrate(root: Group) -> list[str]:
    """Convert the nodes of a lab's file to our layout; return notes on what was done."""
    notes = []
    for number, description, migration in MIGRATIONS:
        if migration(root):
            notes.append(f"Layout {number}: {description}.")
    return [*notes, *mark_completed_steps(root)]


def _texts(root: Group) -> int:
    """Decode text that is stored as fixed-length bytes, where text is expected."""
    count = 0
    for node in _text_nodes(root):
        for name, attribute in list(node.attrs.items()):
            if isinstance(attribute, np.ndarray) and attribute.dtype.kind == "S":
                node.attrs[name] = _decoded(attribute)
                count += 1
        for child in node.children.values():
            if (
                isinstance(child, Leaf)
                and child.value.dtype.kind == "S"
                and not isinstance(child.value, StoredArray)
            ):
                child.value = _decoded(child.value)
                count += 1
    return count


def _text_nodes(root: Group) -> Iterator[Group]:
    paths = ("", "source_files", "metadata", "metadata/cmcr_meta", "metadata/cmtr_meta", "metadata/sys_meta")
    for path in (*paths, "pipeline", "pipeline/session_info"):
        node = group_at(root, path)
        if node is not None:
            yield node
    for _name, unit in _units(root):
        yield unit
        yield from (group for path in ("unit_meta",) if (group := group_at(unit, path)))
        for _feature, feature in child_groups(group_at(unit, "features")):
            yield feature
            yield from (group for name in ("data", "metadata") if (group := group_at(feature, name)))


def _decoded(array: NDArray[Any]) -> NDArray[Any]:
    texts = [_decode(item) for item in array.ravel().tolist()]
    return raw_texts(texts).reshape(array.shape)


def _decode(item: bytes) -> str:
    try:
        return item.decode()
    except UnicodeDecodeError:
        return item.decode("latin-1")


def _section_attributes(root: Group) -> int:
    declared = {item.name for item in FIELDS if item.owner == SECTION and item.place == "attribute"}
    count = 0
    for _name, unit in _units(root):
        for _movie, section in child_groups(group_at(unit, "spike_times_sectioned")):
            values = group_at(section, "_attrs")
            if values is None:
                continue
            for name, leaf in list(values.children.items()):
                if name in declared and isinstance(leaf, Leaf) and not leaf.attrs:
                    section.attrs.setdefault(name, np.asarray(leaf.value))
                    count += 1
                    del values.children[name]
            if not values.children and not values.attrs:
                del section.children["_attrs"]
    return count


def _recording_metadata(root: Group) -> int:
    metadata = group_at(root, "metadata")
    if metadata is None or "sys_meta" not in metadata.children or "cmcr_meta" in metadata.children:
        return 0
    metadata.children["cmcr_meta"] = metadata.children.pop("sys_meta")
    return 1


def _metadata_scalars(root: Group) -> int:
    """Convert every scalar of the recording to an array with one element."""
    names = {item.name for item in FIELDS if item.owner == "metadata" and item.place == "one"}
    groups: list[tuple[Group | None, set[str] | None]] = [(group_at(root, "metadata"), names)]
    groups += [(group_at(root, f"metadata/{name}"), None) for name in ("cmcr_meta", "cmtr_meta")]
    count = 0
    for group, only in groups:
        for name, leaf in group.children.items() if group is not None else ():
            if isinstance(leaf, Leaf) and leaf.value.shape == () and (only is None or name in only):
                leaf.value = np.asarray(leaf.value).reshape(1)
                count += 1
    return count


def _frame_times(root: Group) -> int:
    stimulus = group_at(root, "stimulus")
    old = group_at(stimulus, "frame_time") if stimulus is not None else None
    if stimulus is None or old is None:
        return 0
    new = stimulus.children.setdefault("frame_times", Group())
    if not isinstance(new, Group):
        return 0
    for name, leaf in old.children.items():
        known = new.children.get(name)
        if known is None or _equal(known, leaf):
            new.children[name] = leaf
    return 1


def _equal(first: object, second: object) -> bool:
    leaves = isinstance(first, Leaf) and isinstance(second, Leaf)
    if not leaves or first.attrs.keys() != second.attrs.keys():  # type: ignore[attr-defined]
        return False
    values = [np.asarray(leaf.value) for leaf in (first, second)]  # type: ignore[attr-defined]
    return values[0].dtype == values[1].dtype and np.array_equal(values[0], values[1])


def _root_attributes(root: Group) -> int:
    """Move the playlist to the metadata and the source files to their group, as in session mode."""
    count = 0
    for name in ("section_time_playlist", "section_time_repeats"):
        attribute = root.attrs.get(name)
        metadata = root.children.setdefault("metadata", Group())
        if (
            isinstance(attribute, np.ndarray)
            and isinstance(metadata, Group)
            and name not in metadata.children
        ):
            metadata.children[name] = Leaf(attribute.reshape(1))
            count += 1
    return count + _source_files(root)


def _source_files(root: Group) -> int:
    attribute = root.attrs.get("source_files")
    if not isinstance(attribute, np.ndarray) or "source_files" in root.children:
        return 0
    try:
        paths = json.loads(natural_value(attribute))
    except (TypeError, ValueError):
        return 0
    names = [name for name in ("cmcr_path", "cmtr_path") if isinstance(paths, dict) and paths.get(name)]
    root.children["source_files"] = Group(attrs={name: raw_scalar(str(paths[name])) for name in names})
    return 1


def _unit_numbers(root: Group) -> int:
    count = 0
    for name, unit in _units(root):
        digits = name.rpartition("_")[2]
        if digits.isdecimal() and not {"unit_num", "original_name"} <= set(unit.attrs):
            unit.attrs.setdefault("unit_num", raw_scalar(int(digits)))
            unit.attrs.setdefault("original_name", raw_scalar(f"Unit_{int(digits)}"))
            count += 1
    return count


def _electrodes(root: Group) -> int:
    """Take row, column and sensor from the sorter's own table if the file has it."""
    # The lab's plain load read row and column from Source, as an id on another manufacturer's chip layout.
    count = 0
    for _name, unit in _units(root):
        meta = group_at(unit, "unit_meta")
        for name, source in (("row", "row"), ("col", "column"), ("global_id", "sensorid")):
            leaf = meta.children.get(source) if meta is not None else None
            if (
                not isinstance(leaf, Leaf)
                or leaf.value.shape not in {(), (1,)}
                or leaf.value.dtype.kind not in "iu"
            ):
                continue
            right = int(np.asarray(leaf.value).reshape(()))
            if not _is_number(unit.attrs.get(name), right):
                unit.attrs[name] = raw_scalar(right)
                count += 1
    return count


def _unreliable_positions(root: Group) -> int:
    """Mark units whose row and column come from a plain load, if the sorter's table is missing."""
    count = 0
    for _name, unit in _units(root) if is_plain_load(root) else ():
        meta = group_at(unit, "unit_meta")
        known = meta is not None and {"row", "column"} <= set(meta.children)
        if not known and {"row", "col"} & set(unit.attrs):
            unit.attrs["position"] = raw_scalar(TO_BE_RECOMPUTED)
            count += 1
    return count


def _is_number(attribute: Attribute | None, value: int) -> bool:
    return isinstance(attribute, np.ndarray) and attribute.size == 1 and attribute.reshape(()) == value


def _unit_texts(root: Group) -> int:
    count = 0
    for _name, unit in _units(root):
        meta = group_at(unit, "unit_meta")
        for name, attribute in list(meta.attrs.items()) if meta is not None else ():
            if meta is None or name in meta.children or "/" in name or not isinstance(attribute, np.ndarray):
                continue
            if attribute.dtype.kind == "O":
                meta.children[name] = Leaf(attribute)
                del meta.attrs[name]
                count += 1
    return count


def _averages(root: Group) -> int:
    """Move each STA from under its movie to sta_<movie>, with its attributes as metadata."""
    count = 0
    for _name, unit in _units(root):
        features = group_at(unit, "features")
        for movie, home in list(child_groups(features)):
            sta = home.children.get("sta")
            if features is None or not isinstance(sta, Leaf) or f"sta_{movie}" in features.children:
                continue
            features.children[f"sta_{movie}"] = _average(movie, home, sta)
            count += 1
    return count


def _average(movie: str, home: Group, sta: Leaf) -> Group:
    names = {
        "n_spikes": "n_spikes_used",
        "n_spikes_excluded": "n_spikes_excluded",
        "cover_range": "cover_range",
    }
    metadata = Group({"movie_name": Leaf(raw_scalar(movie))})
    for name, target in names.items():
        attribute = sta.attrs.get(name)
        if isinstance(attribute, np.ndarray):
            metadata.children[target] = Leaf(attribute)
    group = Group({"data": sta, "metadata": metadata})
    if isinstance(home.children.get("sta_geometry"), Group):
        group.children["sta_geometry"] = home.children.pop("sta_geometry")
    return group


def _images(root: Group) -> int:
    """Convert the attributes of electrical images to metadata."""
    count = 0
    for _name, unit in _units(root):
        image = group_at(unit, "features/eimage_sta")
        if image is None or "metadata" in image.children or "data" not in image.children:
            continue
        metadata: dict[str, Node] = {}
        for name, value in list(image.attrs.items()):
            if isinstance(value, np.ndarray):
                metadata["n_spikes_used" if name == "n_spikes" else name] = Leaf(value)
                if not _is_derived(name):
                    del image.attrs[name]
        image.children["metadata"] = Group(metadata)
        count += 1
    return count


def _is_derived(name: str) -> bool:
    return any(item.name == name and item.derive for item in FIELDS if item.owner.endswith("/eimage_sta"))


def _outputs(root: Group) -> int:
    """Put the arrays of extracted features under `data` as well."""
    count = 0
    for _name, unit in _units(root):
        for name, feature in child_groups(group_at(unit, "features")):
            marked = {"feature_name", "extractor_version"} & set(feature.attrs)
            if not marked or "data" in feature.children or name.startswith("sta_") or name == "eimage_sta":
                continue
            inner = feature.children.items()
            leaves: dict[str, Node] = {
                key: leaf for key, leaf in inner if isinstance(leaf, Leaf) and key != "sta"
            }
            feature.children["data"] = Group(leaves)
            count += 1
    return count


def _units(root: Group) -> Iterator[tuple[str, Group]]:
    return child_groups(group_at(root, "units"))


MIGRATIONS: tuple[tuple[int, str, Callable[[Group], int]], ...] = (
    (1, "text stored as bytes was converted to text", _texts),
    (2, "the _attrs groups of the sections were converted to attributes", _section_attributes),
    (3, "sys_meta was renamed to cmcr_meta", _recording_metadata),
    (4, "scalars of the recording were converted to arrays with one element", _metadata_scalars),
    (5, "the frame times were moved to frame_times; frame_time is now a link", _frame_times),
    (6, "playlist and source files were moved to one place", _root_attributes),
    (7, "units were given the number and name in their id", _unit_numbers),
    (8, "wrong rows, columns and sensors were replaced by those in unit_meta", _electrodes),
    (9, "texts of unit_meta were converted to datasets", _unit_texts),
    (10, "each STA was moved to sta_<movie>; <movie>/sta is now a link", _averages),
    (11, "the attributes of the electrical images were moved to the metadata", _images),
    (12, "outputs of features were added under data", _outputs),
    (13, "wrong rows, columns and sensors were marked, as unit_meta is missing", _unreliable_positions),
)
