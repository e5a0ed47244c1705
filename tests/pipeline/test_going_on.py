"""Going on from the lab's files gives what a fresh run gives."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
import pytest

from hdmea_gui.cli.inspection import inspect_file
from hdmea_gui.errors import ConfigurationError
from hdmea_gui.io.store import TO_BE_RECOMPUTED
from hdmea_gui.pipeline.plan import Plan, chosen_keys, planned_params
from hdmea_gui.pipeline.running import run_plan
from hdmea_gui.pipeline.status import StatusKind
from hdmea_gui.pipeline.step import is_done, run_step
from hdmea_gui.pipeline.steps import STEPS, STEPS_BY_KEY
from hdmea_gui.session import PipelineSession
from hdmea_gui.session.columns import unit_columns
from hdmea_gui.session.positions import position_of
from tests.io.store.trees import differences
from tests.pipeline.conftest import NAME

if TYPE_CHECKING:
    from tests.pipeline.conftest import Processed

STA = "sta_dense_noise_15x15_demo"
MOVIES = ["dense_noise_15x15_demo", "step_up_5s_5i_demo"]
IMAGES = {"compute_eimage_sta", "soma_geometry"}
RECOMPUTED = {"rf_geometry", "extract_features"}

# What tells when, or by which way, a value was made, not what it is.
CIRCUMSTANCES = {"extracted_at", "events_source", "created_at"}


@pytest.fixture
def copy(reference: Path, tmp_path: Path) -> Any:
    """Copies a file of the lab beside its recording."""

    def make(name: str) -> Path:
        for part in (f"{NAME}.cmcr", f"{NAME}-.cmtr"):
            shutil.copy(reference / part, tmp_path / part)
        return Path(shutil.copy(reference / f"{name}.h5", tmp_path / f"{name}.h5"))

    return make


def without_average(path: Path) -> Path:
    with h5py.File(path, "r+") as file:
        for unit in file["units"].values():
            del unit["features"][STA]
    return path


def go_on(path: Path, values: dict[str, dict[str, Any]]) -> tuple[PipelineSession, set[str]]:
    """Load a file, run what is not done, save, and load again; with the steps that were run."""
    session = PipelineSession.load(path)
    raw = {"compute_eimage_sta": {"cmcr_path": path.with_name(f"{NAME}.cmcr")}}
    params = planned_params(session.snapshot(), values | raw, {})
    reports = run_plan(session, Plan(chosen_keys(None), params, skip_done=True))
    assert not [report for report in reports if report.kind is StatusKind.FAILED]
    session.save(path.with_name("result.h5"))
    done = {report.key for report in reports if report.kind is StatusKind.DONE}
    return PipelineSession.load(path.with_name("result.h5")), done


OF_OUR_AVERAGE = ("/on_off_p: in one only", "/movie_correlation: in one only")
"""What is measured with the STA, and the STAs of the lab's files do not have."""


def bare(tree: Any) -> Any:
    """A tree without circumstances; lists of numbers are arrays, as in files of the lab."""
    if isinstance(tree, dict):
        return {key: bare(value) for key, value in tree.items() if key not in CIRCUMSTANCES}
    return np.asarray(tree) if isinstance(tree, list) else tree


@pytest.mark.parametrize(
    ("name", "has_average", "expected"),
    [
        ("lab_deferred", True, IMAGES | RECOMPUTED),
        ("lab_deferred", False, IMAGES | RECOMPUTED | {"compute_sta"}),
        ("lab_immediate", True, IMAGES | RECOMPUTED),
        ("lab_immediate_plain", True, IMAGES | RECOMPUTED),
    ],
)
def test_going_on_gives_what_a_fresh_run_gives(
    name: str,
    has_average: bool,
    expected: set[str],
    copy: Any,
    reference_values: dict[str, dict[str, Any]],
    processed_reference: Processed,
) -> None:
    path = copy(name) if has_average else without_average(copy(name))
    session, done = go_on(path, reference_values)
    assert done == expected
    fresh = processed_reference.session
    assert session.units.keys() == fresh.units.keys()
    for unit_id, unit in fresh.units.items():
        found = session.units[unit_id]
        places = differences(bare(unit["features"]), bare(found["features"]))
        assert [place for place in places if not has_average or not place.endswith(OF_OUR_AVERAGE)] == []
        assert differences(unit["spike_times"], found["spike_times"]) == []
        for movie in MOVIES:
            one, other = (held["spike_times_sectioned"][movie] for held in (unit, found))
            for part in ("full_spike_times", "trials_spike_times", "trials_start_end"):
                assert differences(one[part], other[part]) == []
        if name != "lab_immediate_plain":
            assert position_of(unit) == position_of(found)
    assert differences(fresh.stimulus["section_time"], session.stimulus["section_time"]) == []
    assert differences(fresh.stimulus["frame_times"], session.stimulus["frame_times"]) == []
    snapshot = session.snapshot()
    assert {step.key for step in STEPS if is_done(step, snapshot)} == {
        step.key for step in STEPS if step.key != "add_section_time_analog"
    }


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("lab_deferred", {"compute_eimage_sta", "extract_features"}),
        ("lab_immediate", {"compute_eimage_sta"}),
        ("lab_immediate_plain", {"load_recording", "extract_features"}),
    ],
)
def test_results_that_are_wrong_are_kept_and_told(
    name: str, wrong: set[str], reference: Path, copy: Any, reference_values: dict[str, dict[str, Any]]
) -> None:
    snapshot = PipelineSession.load(reference / f"{name}.h5").snapshot()
    assert {step.key for step in STEPS if step.stale_reason(snapshot)} == wrong
    for key in wrong - {"load_recording"}:
        assert not is_done(STEPS_BY_KEY[key], snapshot)
    features = snapshot.units["unit_001"]["features"]
    with h5py.File(reference / f"{name}.h5") as file:
        held = file["units/unit_001/features"]
        if "compute_eimage_sta" in wrong:
            np.testing.assert_array_equal(features["eimage_sta"]["data"], held["eimage_sta/data"][:])
        if "extract_features" in wrong:
            stored = held["frif/data/FRIF"] if "frif/data" in held else held["frif/FRIF"]
            np.testing.assert_array_equal(features["frif"]["data"]["FRIF"], stored[:])
    after = go_on(copy(name), reference_values)[0].snapshot()
    assert {step.key for step in STEPS if step.stale_reason(after)} == wrong & {"load_recording"}


def test_somas_of_other_scripts_are_told_too(reference: Path, tmp_path: Path) -> None:
    path = shutil.copy(reference / "lab_deferred.h5", tmp_path / "x.h5")
    with h5py.File(path, "r+") as file:
        file["units/unit_002/features/eimage_sta/geometry/center_row"] = 3.0
    snapshot = PipelineSession.load(path).snapshot()
    assert STEPS_BY_KEY["soma_geometry"].stale_reason(snapshot)
    assert snapshot.units["unit_002"]["features"]["eimage_sta"]["geometry"]["center_row"] == 3.0


def test_places_of_a_plain_load_are_kept_and_not_used(tmp_path: Path, copy: Any) -> None:
    path = copy("lab_immediate_plain")
    with h5py.File(path, "r+") as file:  # on larger arrays they are wrong but possible
        for unit in file["units"].values():
            unit.attrs.update({"row": np.int64(7), "col": np.int64(131)})
    session = PipelineSession.load(path)
    unit = session.units["unit_001"]
    assert (unit["row"], unit["col"], unit["position"]) == (7, 131, TO_BE_RECOMPUTED)
    assert position_of(unit) is None
    columns = unit_columns(session.units)
    assert np.isnan(columns["row"].values).all()
    assert set(columns["position"].values) == {TO_BE_RECOMPUTED}
    session.save(tmp_path / "again.h5")
    again = PipelineSession.load(tmp_path / "again.h5")
    assert position_of(again.units["unit_001"]) is None
    with h5py.File(tmp_path / "again.h5") as file:
        assert file["units/unit_001"].attrs["col"] == 131

    report = inspect_file(path)
    assert report.as_dict()["steps"]["load_recording"] == "to be recomputed"
    plan = Plan(("load_recording",), planned_params(session.snapshot(), {}, {}), skip_done=True)
    (left_out,) = run_plan(session, plan)
    words = "already done, but other scripts computed the chip positions of 8 units incorrectly"
    assert left_out.message.startswith(words)

    # Loading again, or adding what the sorter tells, puts them right
    values = {
        "load_recording": {"cmcr_path": tmp_path / f"{NAME}.cmcr", "cmtr_path": tmp_path / f"{NAME}-.cmtr"}
    }
    run_plan(session, Plan(("load_recording",), planned_params(session.snapshot(), values, {})))
    assert position_of(session.units["unit_001"]) == (38, 27)


def test_what_the_sorter_tells_puts_places_right(copy: Any, tmp_path: Path) -> None:
    from hdmea_gui.pipeline.source_metadata import add_cmtr_unit_info

    session = PipelineSession.load(copy("lab_immediate_plain"))
    add_cmtr_unit_info(session, cmtr_path=tmp_path / f"{NAME}-.cmtr")
    unit = session.units["unit_001"]
    assert position_of(unit) == (38, 27)
    assert "position" not in unit
    assert unit_columns(session.units)["row"].values[0] == 38


@pytest.mark.parametrize("name", ["lab_deferred", "lab_immediate"])
def test_places_of_an_integrated_load_are_right(name: str, reference: Path, tmp_path: Path) -> None:
    path = shutil.copy(reference / f"{name}.h5", tmp_path / "x.h5")
    with h5py.File(path, "r+") as file:  # as when it was told not to keep the sorter's table
        for unit in file["units"].values():
            del unit["unit_meta"]
    unit = PipelineSession.load(path).units["unit_001"]
    assert position_of(unit) == (38, 27)


def test_a_folder_of_stimuli_reaches_the_features_of_a_file_that_is_sectioned_already(
    copy: Any, reference: Path, tmp_path: Path
) -> None:
    movie = "step_up_5s_5i_demo"
    folder = tmp_path / "stimuli"
    folder.mkdir()
    told = json.loads((reference / "stimuli" / f"{movie}.json").read_text())
    (folder / f"{movie}.json").write_text(
        json.dumps(told | {"kind": "step", "events": [{"onset": 7, "offset": 301}]})
    )
    session = PipelineSession.load(copy("lab_deferred"))
    step = STEPS_BY_KEY["extract_features"]
    without = run_step(step, session.snapshot(), step.params(), STEPS_BY_KEY)
    source = ("units", "unit_001", "features", movie)
    found = {change.path: change.value for change in without.changes}
    assert found[source]["metadata"]["events_source"] == "light template"
    session.apply(run_step(step, session.snapshot(), step.params(stimuli_dir=folder), STEPS_BY_KEY))
    feature = session.units["unit_001"]["features"][movie]
    assert feature["metadata"]["events_source"] == "events of the stimulus file"
    assert session.stimulus["definitions"][movie]["events"] == [{"onset": 7, "offset": 301}]
    assert is_done(step, session.snapshot())
    with pytest.raises(ConfigurationError, match="does not exist"):
        run_step(step, session.snapshot(), step.params(stimuli_dir=tmp_path / "gone"), STEPS_BY_KEY)
