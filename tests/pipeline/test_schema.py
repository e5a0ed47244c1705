"""The schema is binding: it says what a run of all steps writes, no more and no less."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import partial
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
import pytest

from hdmea_gui.analysis.chromatic_response import chromatic_response
from hdmea_gui.analysis.step_response import step_response
from hdmea_gui.io.resources import resources_dir
from hdmea_gui.io.store import TO_BE_RECOMPUTED
from hdmea_gui.io.store.codec import STAMP
from hdmea_gui.io.store.declared import in_declared_types
from hdmea_gui.io.store.keys import KEY_STAMP
from hdmea_gui.io.store.layout_page import layout_page
from hdmea_gui.io.store.schema import FIELDS, GROUPS, SCHEMA, Schema
from hdmea_gui.io.store.values_in_attributes import STAMPS
from hdmea_gui.pipeline import load_recording, load_session_from_hdf5
from hdmea_gui.pipeline.features import FAMILIES
from hdmea_gui.pipeline.features.conditions import Conditions, by_condition
from hdmea_gui.session import PipelineSession, create_session
from hdmea_gui.session.columns import unit_columns
from tests.analysis.spike_trains import poisson_trials, trial_rates
from tests.sources.phy_folder import write_phy

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from hdmea_gui.io.store.fields import Field
    from hdmea_gui.sample import Sample
    from tests.pipeline.conftest import Processed

CODEC = {STAMP, KEY_STAMP, STAMPS}
TYPES = {"int": "int64", "float": "float64", "bool": "uint8", "str": "text", "json": "text"}
ITEMS = {"list of int": "int64", "list of float": "float64", "list of str": "text"}


@dataclass(frozen=True)
class Node:
    """A dataset or attribute in a file, the same for all units; lengths above 2 are given as 2."""

    path: tuple[str, ...]
    attribute: str
    dtype: str
    shape: tuple[int, ...]

    def field(self, schema: Schema) -> Field | None:
        return schema.stored_at(self.path, self.attribute)

    def problem(self, schema: Schema) -> str:
        """What is wrong with the node by a schema."""
        field = self.field(schema)
        name = f"{'/'.join(self.path)}@{self.attribute}".rstrip("@")
        if field is None:
            return f"{name} is not declared"
        if field.kind == "any":
            is_one = field.place in {"tree", "link", "derived"} or set(self.shape) <= {1}
            return "" if is_one else f"{name} is an array"
        is_list, is_empty = field.kind in ITEMS, self.shape == (0,)
        dtype = TYPES.get(field.kind) or ITEMS.get(field.kind) or field.kind
        if self.dtype != dtype and not (is_list and is_empty):  # an empty list has no type of its items
            return f"{name} is {self.dtype}, declared as {dtype}"
        n_axes = len(field.axes.split(", ")) if field.axes else int(is_list or field.place == "one")
        return "" if len(self.shape) == n_axes else f"{name} has the shape {self.shape}"


def shown_type(dtype: np.dtype[Any]) -> str:
    return "text" if dtype.kind in "SO" else str(dtype)


def nodes_in(path: Path) -> tuple[set[Node], set[tuple[str, ...]]]:
    """Every dataset and attribute of a file, and every group."""
    nodes: set[Node] = set()
    groups: set[tuple[str, ...]] = set()
    with h5py.File(path) as file:
        for place, node in walk(file, ()):
            field = SCHEMA.stored_at(place)
            is_second_name = field is not None and field.place == "link"  # it has its dataset's attributes
            for name in set() if is_second_name else set(node.attrs) - CODEC:
                attribute = node.attrs.get_id(name)
                nodes.add(Node(place, name, shown_type(attribute.dtype), attribute.shape))
            if isinstance(node, h5py.Dataset):
                nodes.add(
                    Node(place, "", shown_type(node.dtype), tuple(min(length, 2) for length in node.shape))
                )
            else:
                groups.add(place)
    return nodes, groups


def walk(group: h5py.Group, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    yield path, group
    for name, node in group.items():
        is_unit = path == ("units",)
        place = (*path, "unit" if is_unit else name)
        if isinstance(node, h5py.Group):
            yield from walk(node, place)
        else:
            yield place, node


SURROUND = ("center_x", "center_y", "sigma_exc", "sigma_inh", "amp_exc", "amp_inh", "offset")


@pytest.fixture(scope="module")
def session(processed_sample: Processed, tmp_path_factory: pytest.TempPathFactory) -> PipelineSession:
    """The sample after every step, with all that a user and the migrations add."""
    path = processed_sample.session.checkpoint(tmp_path_factory.mktemp("schema") / "c.h5")
    session = load_session_from_hdf5(path)
    unit, other = list(session.units.values())[:2]
    other["features"]["step_up_5s_5i_b0_3x"] = {"data": {}, "metadata": {"absent_reason": "not shown"}}
    unit["unit_meta"]["peaks_data"] = {"timestamp": np.arange(3)}
    session.health["refractory"]["units"] = ["unit_001"]
    session.metadata |= {
        "subject": "m1",
        "eye": "left",
        "retinal_quadrant": "dorsal",
        "stimulus_pixel_um": 4.0,
    }
    unit |= {"label": "good", "note": "a note", "position": TO_BE_RECOMPUTED}
    unit["features"][next(name for name in unit["features"] if name.startswith("sta_"))]["metadata"] |= {
        "on_off_row": 3,
        "on_off_col": 4,
        "on_off_p": 1e-6,
    }
    trials = trial_rates(poisson_trials(0, 6, lambda t: np.full_like(t, 5.0), 12.0), 12.0)
    groups = Conditions(("dim", "bright"), 3, (64.0, 255.0))
    step = by_condition(trials, groups, partial(step_response, on_bin=60, off_bin=360))
    colours = by_condition(trials, groups, partial(chromatic_response, green=(60, 240), blue=(420, 600)))
    for name, data in (("step_up_grouped", step), ("green_blue_grouped", colours)):
        unit["features"][name] = {"data": data, "metadata": {}}
    fits = other["features"]["sta_dense_noise_15x15_sample"]["sta_geometry"]
    for model in ("gaussian_fit", "DoG", "ONOFF_model"):
        fits[model]["absent_reason"] = "not fitted"
    # of a surround, which no unit of the sample has
    fits["DoG"] |= {f"{name}_error": 0.1 for name in list(fits["DoG"]) if name in SURROUND}
    other = list(session.units.values())[2]
    # of movies that were placed by the light
    session.stimulus["movie_frame_times"] = np.arange(9, dtype=np.uint64)
    for feature, part in (("eimage_sta", "geometry"), ("sta_dense_noise_15x15_sample", "sta_geometry")):
        other["features"][feature][part] = {"absent_reason": "no spikes"}
    session.steps["compute_sta"]["used"] = {"load_recording": "2026-01-15T10:30:00"}  # as by version 0.1.0
    return session


@pytest.fixture(scope="module")
def of_other_formats(sample: Sample, tmp_path_factory: pytest.TempPathFactory) -> PipelineSession:
    """A recording as loaded from another sorter's folder, with what another raw format adds."""
    positions = 16.0 * np.array([[column, row] for row in range(3) for column in range(3)], float)
    folder = write_phy(
        tmp_path_factory.mktemp("phy"),
        {1: np.array([5, 9])},
        rate_hz=sample.truth.rate_hz,
        main_channels={1: 4},
        positions=positions,
    )
    session = create_session("other", sample.cmcr_path, folder)
    load_recording(session=session)
    session.metadata["raw_meta"] = {"Program": "another"}
    return session


@pytest.fixture(scope="module")
def files(
    session: PipelineSession, of_other_formats: PipelineSession, tmp_path_factory: pytest.TempPathFactory
) -> list[Path]:
    folder = tmp_path_factory.mktemp("files")
    return [
        of_other_formats.save(folder / "o.h5"),
        session.checkpoint(folder / "c.h5", checkpoint_name="first", note="before a change"),
        session.save(folder / "s.h5"),
    ]


@pytest.fixture(scope="module")
def written(files: list[Path]) -> tuple[set[Node], set[tuple[str, ...]]]:
    found = [nodes_in(path) for path in files]
    return set().union(*(nodes for nodes, _ in found)), set().union(*(groups for _, groups in found))


def test_nothing_is_written_that_is_not_declared(written: tuple[set[Node], set[tuple[str, ...]]]) -> None:
    problems = {node.problem(SCHEMA) for node in written[0]} - {""}
    assert sorted(problems) == []


def test_no_group_is_written_that_is_not_declared(written: tuple[set[Node], set[tuple[str, ...]]]) -> None:
    declared = {tuple(rule.pattern.split("/")) for rule in GROUPS}
    for field in FIELDS:
        path = field.stored_path
        declared |= {path[:depth] for depth in range(len(path))}
    unknown = [group for group in written[1] if not any(fit(pattern, group) for pattern in declared)]
    assert [group for group in unknown if SCHEMA.stored_at(group) is None] == []


def fit(pattern: tuple[str, ...], path: tuple[str, ...]) -> bool:
    return len(pattern) == len(path) and all(map(fnmatchcase, path, pattern))


def shown(schema: Schema, places: Iterable[tuple[Any, ...]]) -> dict[tuple[Any, ...], tuple[str, str, str]]:
    """What the program shows of each value of a session: its meaning, unit and axes."""
    fields = {place: schema.field_at(place) for place in places}
    return {place: (field.description, field.unit, field.axes) for place, field in fields.items() if field}


def places_in(tree: dict[Any, Any], path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    for key, value in tree.items():
        if isinstance(value, dict) and SCHEMA.field_at((*path, key)) is None:
            yield from places_in(value, (*path, key))
        else:
            yield (*path, key)


def test_each_declaration_has_an_effect(
    session: PipelineSession, written: tuple[set[Node], set[tuple[str, ...]]]
) -> None:
    """Without it, a node of the file is not as declared, or what the program shows of a value is another text."""
    nodes: dict[Field, list[Node]] = {field: [] for field in FIELDS}
    for node in written[0]:
        field = node.field(SCHEMA)
        assert field is not None
        nodes[field].append(node)
    places: dict[Field, list[tuple[Any, ...]]] = {field: [] for field in FIELDS}
    unit_id = next(iter(session.units))
    tree = {"units": {unit_id: session.units[unit_id]}, "metadata": session.metadata}
    for place in places_in(tree):
        declared = SCHEMA.field_at(place)
        if declared is not None:
            places[declared].append(place)
    without_effect = []
    for field in FIELDS:
        less = Schema((other for other in FIELDS if other is not field), GROUPS)
        problems = {node.problem(less) for node in nodes[field]} - {""}
        changed = shown(less, places[field]) != shown(SCHEMA, places[field])
        if not problems and not changed:
            without_effect.append(f"{field.owner}/{field.node}@{field.name}")
    assert without_effect == []


def test_the_description_of_the_format_is_current() -> None:
    """If not, run packaging/layout.py."""
    page = resources_dir() / "help" / "file-layout.md"
    assert page.read_text(encoding="utf-8") == layout_page()


def test_every_field_says_what_it_is() -> None:
    assert [field for field in FIELDS if not field.description or field.description[-1] == "."] == []


OF_UNITS = [
    field
    for field in FIELDS
    if field.owner.startswith("units/*")
    and "spike_times_sectioned" not in field.owner
    and field.place != "link"
    and field.derive is None
]
"""Everything that a unit holds, features and columns, except its trials and what only repeats another field."""


@pytest.mark.parametrize("part", ["description", "unit", "limits", "absent", "source"])
def test_no_feature_or_column_lacks_a_part_of_its_declaration(part: str) -> None:
    numbers = ("int", "float", "uint", "list of int", "list of float")
    needed = [field for field in OF_UNITS if part not in {"unit", "limits"} or field.kind.startswith(numbers)]
    assert len(needed) > 200
    assert [f"{field.owner}/{field.name}" for field in needed if not getattr(field, part)] == []


def test_every_column_says_its_range_and_what_it_comes_from(session: PipelineSession) -> None:
    columns = list(unit_columns(session.units))
    numbers = [column for column in columns if column.kind == "number"]
    assert [column.key for column in numbers if not any("Range: " in line for line in column.details)] == []
    assert [
        column.key
        for column in columns
        if not any(line.startswith("Computed from: ") for line in column.details)
    ] == []
    (latency,) = (column for column in columns if column.key == "step_up_5s_5i_b0_3x.on_latency_ms")
    assert latency.details == (
        "Range: 0 or more",
        "Missing (NaN) without a significant rise, or if the whole feature is missing (see absent_reason)",
        "Computed from: the step Features, light steps",
    )
    (row,) = (column for column in columns if column.key == "soma.peak_row")
    assert row.details[0] == "Range: within the chip"


def test_every_column_says_what_it_is_and_has_the_declared_unit(session: PipelineSession) -> None:
    columns = list(unit_columns(session.units))
    assert [column.key for column in columns if not column.description] == []
    units = {column.key: column.unit for column in columns}
    assert units["soma.area"] == "el²"
    assert units["step_up_5s_5i_b0_3x.on_peak_value"] == "Hz"
    assert units["step_up_5s_5i_b0_3x.on_latency_ms"] == ""
    assert units["rf.dense_noise_15x15_sample.gaussian_fit.theta"] == "rad"
    assert units["moving_h_bar_s5_d8_3x.preferred_direction"] == "°"


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.kind)
def test_every_output_of_a_feature_is_declared(family: Any) -> None:
    place = ("units", "unit", "features", "movie", "data")
    assert [name for name in family.outputs if SCHEMA.field_at((*place, name)) is None] == []


@pytest.mark.parametrize(
    ("path", "value", "stored"),
    [
        (("units", "u", "waveform"), np.arange(3.0), np.float32),
        (("units", "u", "features", "f", "data", "rate"), np.arange(3, dtype=np.float32), np.float64),
        (("units", "u", "features", "f", "data", "dsi"), np.float32(0.5), float),
        (("units", "u", "features", "f", "data", "dsi"), 1, float),
        (("units", "u", "row"), np.int32(3), int),
        (("units", "u", "label"), np.str_("good"), str),
        (("units", "u", "spike_times"), np.array([-1]), np.int64),  # it would change
        (("extras", "x"), np.arange(3.0), np.float64),
    ],
)
def test_results_of_steps_get_their_declared_types(path: tuple[str, ...], value: Any, stored: type) -> None:
    whole = {path[-1]: value}
    for found in (in_declared_types(path, value), in_declared_types(path[:-1], whole)[path[-1]]):
        assert (found.dtype if isinstance(found, np.ndarray) else type(found)) == stored
        assert np.array_equal(found, value)
