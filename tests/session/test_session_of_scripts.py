"""Sessions by the names, states and errors that scripts use."""

from __future__ import annotations

import gc
import logging
import warnings
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hdmea_gui.session import PipelineSession, SaveState, create_session

SPIKES = np.arange(3, dtype=np.uint64)


@pytest.fixture
def session(tmp_path: Path) -> PipelineSession:
    made = PipelineSession("x", tmp_path)
    made.add_units({"unit_001": {"spike_times": SPIKES}})
    return made


def test_construction_with_all_its_parts(tmp_path: Path) -> None:
    session = PipelineSession(
        "x",
        tmp_path,
        save_state=SaveState.DEFERRED,
        hdf5_path=tmp_path / "x.h5",
        units={"unit_001": {"row": 1}},
        metadata={"acquisition_rate": 2e4},
        stimulus={"section_time": {}},
        source_files={"cmcr_path": "a.cmcr", "cmtr_path": None},
        completed_steps={"load_recording"},
        warnings=["careful"],
    )
    assert session.output_dir == tmp_path
    assert session.units["unit_001"]["row"] == 1
    assert session.metadata["acquisition_rate"] == 2e4
    assert session.stimulus == {"section_time": {}}
    assert session.source_files == {"cmcr_path": Path("a.cmcr"), "cmtr_path": None}
    assert (session.completed_steps, session.warnings) == ({"load_recording"}, ["careful"])
    assert (session.save_state, session.save_path) == (SaveState.DEFERRED, tmp_path / "x.h5")
    loaded = PipelineSession.load(session.save())
    assert loaded.source_files == {"cmcr_path": Path("a.cmcr")}
    assert loaded.is_saved


CALLS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("add_units", {"units_data": {"unit_002": {}}}, {"units": {"unit_002": {}}}),
    ("add_stimulus", {"stimulus_data": {"a": {}}}, {"stimulus": {"a": {}}}),
    (
        "add_feature",
        {"unit_id": "unit_001", "feature_name": "f", "feature_data": SPIKES, "feature_metadata": {"a": 1}},
        {"unit_id": "unit_001", "feature_name": "f", "data": SPIKES, "metadata": {"a": 1}},
    ),
    ("mark_step_complete", {"step_name": "q"}, {"step": "q"}),
    ("checkpoint", {"checkpoint_path": "c.h5"}, {"path": "c.h5"}),
]


@pytest.mark.parametrize(("name", "first", "second"), CALLS, ids=[name for name, *_ in CALLS])
def test_arguments_have_two_names(
    name: str,
    first: dict[str, Any],
    second: dict[str, Any],
    session: PipelineSession,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    for arguments in (first, second):
        getattr(session, name)(**arguments)
    with pytest.raises(TypeError, match=r"twice|multiple values"):
        getattr(session, name)(**first, **second)
    assert name != "add_feature" or session.units["unit_001"]["features"]["f"]["metadata"] == {"a": 1}
    assert name != "mark_step_complete" or session.completed_steps == {"q"}


def test_a_file_is_loaded_by_either_name(session: PipelineSession) -> None:
    path = session.save()
    spellings: list[dict[str, Any]] = [{"checkpoint_path": path}, {"path": path}]
    for arguments in spellings:
        assert PipelineSession.load(**arguments).dataset_id == "x"


def test_the_state_can_be_set_as_by_a_loader_of_ones_own(session: PipelineSession, tmp_path: Path) -> None:
    path = session.checkpoint(tmp_path / "c.h5")
    session.hdf5_path = path
    session.save_state = SaveState.SAVED
    assert session.is_saved
    session.units["unit_001"]["row"] = 2
    assert session.is_deferred
    session.save()
    session.save_state = SaveState.DEFERRED
    assert session.is_deferred


def test_moments_are_text(session: PipelineSession) -> None:
    session.save()
    assert session.saved_at is not None
    assert datetime.fromisoformat(session.created_at) <= datetime.fromisoformat(session.saved_at)
    session.saved_at = None
    assert session.saved_moment is None


def test_odd_names_of_units_give_a_warning() -> None:
    with pytest.warns(UserWarning, match=r"unit_001.*not bogus") as told:
        PipelineSession("x").add_units({"bogus": {}, "unit_001": {}, "unit_1000": {}})
    assert [warning.filename for warning in told if warning.category is UserWarning] == [__file__]


def test_errors_are_those_that_scripts_catch(session: PipelineSession, tmp_path: Path) -> None:
    with pytest.raises(KeyError, match="no unit 'unit_999'"):
        session.add_feature("unit_999", "f", SPIKES)
    (tmp_path / "junk.h5").write_text("junk")
    for junk in (tmp_path / "junk.h5", tmp_path):
        with pytest.raises(ValueError, match="not"):
            PipelineSession.load(junk)
    with pytest.raises(FileNotFoundError):
        PipelineSession.load(tmp_path / "nothing.h5")
    for write in (session.save, session.checkpoint):
        with pytest.raises(OSError, match="cannot be saved"):
            write(tmp_path / "junk.h5" / "x.h5")
        path = write(tmp_path / "y.h5")
        with pytest.raises(FileExistsError):
            write(path, overwrite=False)


# Unsaved work that is lost


def told_when_gone(session: PipelineSession) -> list[str]:
    """Warnings given when a session is collected; the caller holds no other reference."""
    holder = [session]
    del session
    gc.collect()  # of other tests
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        holder.clear()
        gc.collect()
    return [str(warning.message) for warning in told if warning.category is ResourceWarning]


def made(**units: Any) -> PipelineSession:
    session = create_session("rec7")
    session.add_units(units)
    return session


def test_unsaved_work_is_told_of_when_it_is_lost(caplog: pytest.LogCaptureFixture) -> None:
    gc.collect()
    caplog.clear()
    with caplog.at_level(logging.WARNING):
        (words,) = told_when_gone(made(unit_001={"spike_times": SPIKES}))
    assert "'rec7'" in words
    assert [record.getMessage() for record in caplog.records] == [words]


def test_nothing_is_told_when_nothing_is_lost(tmp_path: Path) -> None:
    assert not made().units
    path = tmp_path / "x.h5"

    def saved() -> PipelineSession:
        session = made(unit_001={"row": 1})
        session.save(path)
        return session

    def kept_in_a_checkpoint() -> PipelineSession:
        session = made(unit_001={"row": 1})
        session.checkpoint(tmp_path / "c.h5")
        return session

    def given_up() -> PipelineSession:
        session = made(unit_001={"row": 1})
        session.give_up()
        return session

    def only_loaded() -> PipelineSession:
        session = PipelineSession.load(path)
        session.mark_step_complete("load_from_hdf5")
        session.mark_deferred()
        return session

    def changed() -> PipelineSession:
        session = PipelineSession.load(path)
        session.units["unit_001"]["row"] = 2
        return session

    # not within an assertion, which would keep the session
    told = {make.__name__: len(told_when_gone(make())) for make in (saved, kept_in_a_checkpoint, given_up)}
    told |= {make.__name__: len(told_when_gone(make())) for make in (only_loaded, changed)}
    assert told == {"saved": 0, "kept_in_a_checkpoint": 0, "given_up": 0, "only_loaded": 0, "changed": 1}
    with pytest.raises(ValueError, match="empty"):
        PipelineSession("")
