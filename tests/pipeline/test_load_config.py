"""A file is used again for equal parameters, however these are written."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import h5py
import pytest

from hdmea_gui.pipeline import LoadResult, load_recording, run_flow
from hdmea_gui.pipeline.params_hash import params_hash
from hdmea_gui.pipeline.plan import Plan
from hdmea_gui.pipeline.running import run_plan
from hdmea_gui.pipeline.steps import STEPS_BY_KEY
from hdmea_gui.session import PipelineSession, create_session
from tests.pipeline.conftest import NAME

if TYPE_CHECKING:
    from pathlib import Path

DEFAULTS: dict[str, Any] = {"unit_meta": "yes", "sys_meta": True}
EQUAL = [
    pytest.param({}, {"unit_meta": "yes"}, id="one default"),
    pytest.param({}, DEFAULTS, id="both defaults"),
    pytest.param({"lab": 3}, {"lab": 3, "sys_meta": True}, id="with an unknown entry"),
    pytest.param(
        {"unit_meta": "full"}, {"unit_meta": "full", "sys_meta": True}, id="another value beside it"
    ),
]


def load(reference: Path, folder: Path, config: dict[str, Any]) -> LoadResult:
    pair = reference / f"{NAME}.cmcr", reference / f"{NAME}-.cmtr"
    result = load_recording(*pair, output_dir=folder, config=config)
    assert isinstance(result, LoadResult)
    return result


def is_cached(result: LoadResult) -> bool:
    return "(cached)" in " ".join(result.warnings)


@pytest.mark.parametrize(("short", "long"), EQUAL)
@pytest.mark.parametrize("turned", [False, True], ids=["then spelled out", "then left out"])
def test_a_default_that_is_spelled_out_is_one_that_is_left_out(
    reference: Path, tmp_path: Path, short: dict[str, Any], long: dict[str, Any], turned: bool
) -> None:
    first, second = (long, short) if turned else (short, long)
    written = load(reference, tmp_path, first)
    with h5py.File(written.hdf5_path) as file:
        assert file.attrs["stage1_params_hash"] == params_hash(first)
    assert not is_cached(written)
    assert is_cached(load(reference, tmp_path, second))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({}, {"sys_meta": False}),
        ({"sys_meta": False}, {}),
        ({"unit_meta": "no"}, {"unit_meta": "yes"}),
        ({"lab": 3}, {}),
        ({}, {"lab": None}),
    ],
)
def test_other_parameters_are_not_equal(
    reference: Path, tmp_path: Path, first: dict[str, Any], second: dict[str, Any]
) -> None:
    load(reference, tmp_path, first)
    with pytest.raises(FileExistsError, match="differs"):
        load(reference, tmp_path, second)


@pytest.mark.parametrize("config", [{}, {"unit_meta": "yes"}])
@pytest.mark.parametrize("given", [{}, DEFAULTS])
def test_a_flow_continues_from_what_load_recording_wrote(
    reference: Path, tmp_path: Path, config: dict[str, Any], given: dict[str, Any]
) -> None:
    path = load(reference, tmp_path, config).hdf5_path
    (tmp_path / "flows").mkdir()
    flow = {"steps": ["load_recording"], "parameters": {"load_recording": given}}
    (tmp_path / "flows" / "just_load.json").write_text(json.dumps(flow))
    result = run_flow("just_load", dataset_id=path.stem, output_dir=tmp_path, config_dir=tmp_path)
    assert result.load_result is not None
    assert is_cached(result.load_result)


@pytest.mark.parametrize("in_window", [{}, {"unit_meta": "full"}])
def test_load_recording_uses_what_the_form_or_the_command_line_loaded(
    reference: Path, tmp_path: Path, in_window: dict[str, Any]
) -> None:
    step = STEPS_BY_KEY["load_recording"]
    session = create_session(None, reference / f"{NAME}.cmcr", reference / f"{NAME}-.cmtr", tmp_path)
    run_plan(session, Plan((step.key,), {step.key: step.params(**in_window)}))
    session.save()
    assert is_cached(load(reference, tmp_path, in_window | {"sys_meta": True}))
    with pytest.raises(FileExistsError, match="differs"):
        load(reference, tmp_path, {"unit_meta": "no"})


def test_a_file_without_a_hash_is_not_taken_for_equal(reference: Path, tmp_path: Path) -> None:
    path = load(reference, tmp_path, {}).hdf5_path
    session = PipelineSession.load(path)
    del session.root["stage1_params_hash"]
    session.save(path)
    with pytest.raises(FileExistsError, match="differs"):
        load(reference, tmp_path, {})
