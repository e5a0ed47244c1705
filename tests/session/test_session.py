from __future__ import annotations

import logging
import os
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
import pytest

from hdmea_gui.errors import CheckpointError, DataLoadError, SessionError, ValidationError
from hdmea_gui.session import (
    REMOVED,
    PipelineSession,
    SaveState,
    Update,
    create_session,
    differences,
)

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def session(tmp_path: Path) -> PipelineSession:
    made = PipelineSession("rec", output_dir=tmp_path / "out")
    made.add_units(
        {
            "unit_001": {"row": 3, "col": 4, "spike_times": np.arange(5, dtype=np.uint64)},
            "unit_002": {"row": 5, "col": 6, "spike_times": np.arange(200_000, dtype=np.uint64)},
        }
    )
    made.add_metadata({"acquisition_rate": 2500.0})
    made.mark_step_complete("load_recording")
    return made


def test_a_new_session_is_deferred(session: PipelineSession) -> None:
    assert session.save_state is SaveState.DEFERRED
    assert session.is_deferred
    assert not session.is_saved
    assert session.hdf5_path is None
    assert session.saved_at is None
    assert session.unit_count == 2


def test_adding_merges_at_every_depth(session: PipelineSession) -> None:
    session.add_units({"unit_001": {"unit_meta": {"snr": 3.0}}})
    session.add_units({"unit_001": {"unit_meta": {"noise": 1.0}}})
    session.add_stimulus({"section_time": {"a": np.zeros((1, 2))}})
    session.add_stimulus({"section_time": {"b": np.ones((1, 2))}})
    assert session.units["unit_001"]["row"] == 3
    assert session.units["unit_001"]["unit_meta"] == {"snr": 3.0, "noise": 1.0}
    assert set(session.stimulus["section_time"]) == {"a", "b"}


def test_adding_does_not_keep_the_callers_dicts(session: PipelineSession) -> None:
    mine = {"unit_003": {"row": 1, "unit_meta": {"snr": 3.0}}}
    session.add_units(mine)
    mine["unit_003"]["unit_meta"]["snr"] = 99.0  # type: ignore[index]
    assert session.units["unit_003"]["unit_meta"]["snr"] == 3.0


def test_a_feature_replaces_what_had_its_name(session: PipelineSession) -> None:
    session.add_feature("unit_001", "x", {"a": 1}, {"version": "1"})
    session.add_feature("unit_001", "x", {"b": 2})
    assert session.units["unit_001"]["features"]["x"] == {"data": {"b": 2}, "metadata": {}}
    with pytest.raises(SessionError, match="unit_009"):
        session.add_feature("unit_009", "x", 1)


def test_save_goes_to_the_sessions_own_place_and_loads_equal(
    session: PipelineSession, tmp_path: Path
) -> None:
    path = session.save()
    assert path == tmp_path / "out" / "rec.h5"
    assert session.save_state is SaveState.SAVED
    assert session.hdf5_path == path
    assert isinstance(session.saved_moment, datetime)
    assert session.saved_at == session.saved_moment.isoformat()
    loaded = PipelineSession.load(path)
    assert loaded.save_state is SaveState.SAVED
    assert differences(session.snapshot(), loaded.snapshot()) == []
    assert loaded.created_at == session.created_at
    assert loaded.saved_at == session.saved_at


def test_a_later_change_makes_it_deferred_again_and_keeps_the_file(session: PipelineSession) -> None:
    path = session.save()
    session.units["unit_001"]["label"] = "good"
    assert [session.save_state, session.hdf5_path] == [SaveState.DEFERRED, path]
    session.units["unit_001"].pop("label")
    assert [session.save_state] == [SaveState.SAVED]


def test_saving_again_replaces_the_file_and_says_so(
    session: PipelineSession, caplog: pytest.LogCaptureFixture
) -> None:
    path = session.save()
    session.units["unit_001"]["label"] = "good"
    with caplog.at_level(logging.WARNING):
        assert session.save() == path
    assert "Replaced" in caplog.text
    assert PipelineSession.load(path).units["unit_001"]["label"] == "good"


@pytest.mark.parametrize(
    "as_file", [os.fspath, Path, open, h5py.File, os.path.getsize], ids=lambda way: way.__name__
)
def test_the_warning_of_a_session_used_as_a_file_names_the_line_that_did_it(
    session: PipelineSession, as_file: Callable[[PipelineSession], Any]
) -> None:
    with pytest.warns(UserWarning, match="used as a file") as told:
        used = as_file(session)
    assert {warning.filename for warning in told} == {__file__}
    if hasattr(used, "close"):
        used.close()


@pytest.mark.parametrize("is_array", [True, False])
def test_what_a_script_has_read_with_h5py_takes_the_sessions_form(
    session: PipelineSession, is_array: bool
) -> None:
    session.units["unit_001"]["spike_times_sectioned"] = {
        "movie": {"trials_spike_times": {"0": np.array([1]), "10": np.array([2])}},
        "odd": {"trials_spike_times": {"0": np.array([1]), "mean": np.array([2])}},
    }
    one, texts = np.array([2500.0]), np.array([b"set6a", b"set7"], dtype=object)
    session.metadata |= {
        "acquisition_rate": one if is_array else one[0],
        "duration_s": one,
        "section_time_playlist": texts[:1] if is_array else np.bytes_(b"set6a"),
        "dataset_id": np.array([b"\xff"]),
        "cmcr_meta": {"recording_duration_s": one, "gain": one},
        "mine": one,
        "names": texts,
    }
    path = session.save()
    assert session.is_saved
    for held in (session, PipelineSession.load(path)):
        sections = held.units["unit_001"]["spike_times_sectioned"]
        assert list(sections["movie"]["trials_spike_times"]) == [0, 10]
        assert sorted(sections["odd"]["trials_spike_times"], key=str) == [0, "mean"]
        metadata = held.metadata
        assert metadata["acquisition_rate"] == 2500.0
        assert isinstance(metadata["acquisition_rate"], float)
        assert isinstance(metadata["duration_s"], float)
        assert metadata["section_time_playlist"] == "set6a"
        assert metadata["dataset_id"].tolist() == [b"\xff"]
        assert isinstance(metadata["cmcr_meta"]["recording_duration_s"], float)
        assert metadata["cmcr_meta"]["gain"].shape == metadata["mine"].shape == (1,)
        assert (metadata["names"].dtype, metadata["names"].tolist()) == (texts.dtype, texts.tolist())


def test_a_script_may_name_folder_and_file_by_texts(
    session: PipelineSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    session.output_dir = "elsewhere"
    assert session.output_dir == tmp_path / "elsewhere"
    assert session.save() == tmp_path / "elsewhere" / "rec.h5"
    session.hdf5_path = "source.h5"
    assert session.hdf5_path == Path("source.h5")
    assert not session.is_saved
    assert session.save() == tmp_path / "source.h5"
    other = PipelineSession("other", output_dir=tmp_path)
    other.save("source.h5")
    session.hdf5_path = other.hdf5_path
    assert session.save_state is SaveState.DEFERRED
    assert session.save() == tmp_path / "source.h5"


def test_overwrite_can_be_refused(session: PipelineSession) -> None:
    path = session.save()
    before = path.read_bytes()
    with pytest.raises(FileExistsError, match=r"rec\.h5"):
        session.save(overwrite=False)
    with pytest.raises(FileExistsError):
        session.checkpoint(path, overwrite=False)
    assert path.read_bytes() == before


def test_a_checkpoint_changes_no_state(session: PipelineSession, tmp_path: Path) -> None:
    path = session.checkpoint(tmp_path / "c.h5", checkpoint_name="first", note="a remark")
    assert [session.save_state, session.hdf5_path] == [SaveState.DEFERRED, None]
    saved = session.save()
    session.checkpoint(path)
    assert session.hdf5_path == saved
    assert session.is_saved


def test_an_opened_checkpoint_is_never_saved_over(session: PipelineSession, tmp_path: Path) -> None:
    path = session.checkpoint(tmp_path / "c.h5")
    before = path.read_bytes()
    opened = PipelineSession.load(path)
    assert opened.is_saved
    assert opened.hdf5_path == path
    opened.units["unit_001"]["label"] = "good"
    saved = opened.save()
    assert saved == tmp_path / "rec.h5"
    assert opened.hdf5_path == saved
    assert path.read_bytes() == before


def test_a_checkpoint_over_the_sessions_file_warns(
    session: PipelineSession, caplog: pytest.LogCaptureFixture
) -> None:
    path = session.save()
    with caplog.at_level(logging.WARNING):
        session.checkpoint(path)
    assert "checkpoint" in caplog.text


def test_what_cannot_be_stored_fails_the_save_and_names_the_place(
    session: PipelineSession, tmp_path: Path
) -> None:
    path = session.save()
    before = path.read_bytes()
    session.units["unit_001"]["thing"] = object()
    with pytest.raises(ValidationError, match="units/unit_001/thing"):
        session.save()
    with pytest.raises(CheckpointError, match="units/unit_001/thing"):
        session.checkpoint(tmp_path / "c.h5")
    assert path.read_bytes() == before
    assert not (tmp_path / "c.h5").exists()
    assert sorted(item.name for item in path.parent.iterdir()) == ["rec.h5"]
    assert session.is_deferred


def test_what_contains_itself_is_refused(session: PipelineSession) -> None:
    session.metadata["me"] = session.metadata
    with pytest.raises(ValidationError, match="contains itself"):
        session.save()
    session.metadata.pop("me")
    session.save()


def test_a_change_within_a_tuple_is_seen(session: PipelineSession) -> None:
    inner = [1, 2]
    session.metadata["pair"] = (inner, 3)
    session.save()
    inner.append(4)
    assert session.is_deferred


def test_ensure_saved_saves_only_where_needed(session: PipelineSession, tmp_path: Path) -> None:
    path = session.ensure_saved(tmp_path / "chosen.h5")
    assert path == tmp_path / "chosen.h5"
    first = path.stat().st_mtime_ns
    assert session.ensure_saved(tmp_path / "other.h5") == path
    assert path.stat().st_mtime_ns == first
    session.units["unit_001"]["label"] = "good"
    assert session.ensure_saved(tmp_path / "other.h5") == path
    assert PipelineSession.load(path).units["unit_001"]["label"] == "good"


def test_a_session_used_as_a_path_is_saved_with_a_warning(session: PipelineSession) -> None:
    with pytest.warns(UserWarning, match="rec"):
        path = os.fspath(session)
    assert session.is_saved
    assert Path(path) == session.hdf5_path


def test_loading_nonsense_is_a_plain_error(tmp_path: Path) -> None:
    path = tmp_path / "no.h5"
    with pytest.raises(DataLoadError, match=r"no\.h5"):
        PipelineSession.load(path)
    path.write_bytes(b"not hdf5")
    with pytest.raises(DataLoadError, match=r"no\.h5"):
        PipelineSession.load(path)


# Updates


def test_apply_gives_the_inverse(session: PipelineSession) -> None:
    before = session.snapshot()
    update = Update.of(
        "test",
        {("units", "unit_001", "label"): "good", ("stimulus", "a", "b"): 1, ("completed_steps", "x"): True},
        remove=[("units", "unit_002")],
        warnings=["careful"],
    )
    inverse = session.apply(update)
    assert session.units["unit_001"]["label"] == "good"
    assert "unit_002" not in session.units
    assert session.completed_steps == {"load_recording", "x"}
    assert session.warnings == ["careful"]
    redo = session.apply(inverse)
    assert session.holds(before)
    session.apply(redo)
    assert session.stimulus == {"a": {"b": 1}}


def test_an_update_that_does_not_fit_changes_nothing(session: PipelineSession) -> None:
    before = session.snapshot()
    with pytest.raises(SessionError, match="unit_001/row"):
        session.apply(Update.of("test", {("metadata", "x"): 1, ("units", "unit_001", "row", "deep"): 2}))
    assert session.holds(before)


def test_undoing_back_to_the_saved_state_is_saved_again(session: PipelineSession) -> None:
    session.save()
    inverse = session.apply(Update.of("label", {("units", "unit_001", "label"): "good"}))
    assert session.is_deferred
    session.apply(inverse)
    assert session.is_saved


def test_restore_goes_back_to_a_snapshot_and_can_be_undone(session: PipelineSession) -> None:
    before = session.snapshot()
    session.apply(
        Update.of("label", {("units", "unit_001", "label"): "good"}, remove=[("units", "unit_002")])
    )
    after = session.snapshot()
    inverse = session.restore(before)
    assert session.holds(before)
    session.apply(inverse)
    assert session.holds(after)


def test_arrays_become_read_only_and_a_snapshot_keeps_its_own_containers(session: PipelineSession) -> None:
    snapshot = session.snapshot()
    session.units["unit_001"]["row"] = 99
    assert snapshot.units["unit_001"]["row"] == 3
    with pytest.raises(ValueError, match="read-only"):
        session.units["unit_001"]["spike_times"][0] = 7
    mine = np.zeros(3)
    session.apply(Update.of("x", {("metadata", "mine"): mine}))
    with pytest.raises(ValueError, match="read-only"):
        mine[0] = 1


def test_removed_is_one_thing() -> None:
    assert repr(REMOVED) == "REMOVED"


# Memory


def test_memory_counts_shared_arrays_once_at_any_depth(tmp_path: Path) -> None:
    made = PipelineSession("rec", output_dir=tmp_path)
    big = np.zeros(1_000_000)
    made.add_metadata({"a": big, "deep": {"er": [big, big[10:], (big[:5],)]}})
    assert made.memory_estimate_gb == pytest.approx(0.008, rel=0.01)


def test_what_stays_on_disk_does_not_count(session: PipelineSession) -> None:
    path = session.save()
    loaded = PipelineSession.load(path)
    assert session.memory_estimate_gb > 0.0016
    assert loaded.memory_estimate_gb < 0.0002
    np.testing.assert_array_equal(
        loaded.units["unit_002"]["spike_times"], session.units["unit_002"]["spike_times"]
    )


# Threads


def in_thread(work: Any) -> list[object]:
    """What the work gives, or raises, on another thread."""
    outcome: list[object] = []

    def run() -> None:
        try:
            outcome.append(work())
        except SessionError as error:
            outcome.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return outcome


@pytest.mark.parametrize(
    "work",
    [
        lambda s: s.apply(Update("x")),
        lambda s: s.snapshot(),
        lambda s: s.save(),
        lambda s: s.is_saved,
        lambda s: s.checkpoint("c.h5"),
    ],
)
def test_other_threads_are_refused(session: PipelineSession, work: Any) -> None:
    session.save()
    (outcome,) = in_thread(lambda: work(session))
    assert isinstance(outcome, SessionError)
    assert "thread" in str(outcome)


def test_a_snapshot_is_for_any_thread(session: PipelineSession) -> None:
    snapshot = session.snapshot()
    assert in_thread(lambda: snapshot.units["unit_001"]["row"]) == [3]
    path = session.save()
    loaded: list[PipelineSession] = in_thread(lambda: PipelineSession.load(path))  # type: ignore[assignment]
    with pytest.raises(SessionError, match="thread"):
        loaded[0].snapshot()
    loaded[0].adopt()
    assert loaded[0].is_saved


# Names


def test_create_session_takes_its_name_from_the_files(tmp_path: Path) -> None:
    made = create_session(None, "/data/2026.02.03-Rec.cmcr", "/data/2026.02.03-Rec-.cmtr", tmp_path)
    assert made.dataset_id == "2026.02.03-Rec"
    assert made.source_files == {
        "cmcr_path": Path("/data/2026.02.03-Rec.cmcr"),
        "cmtr_path": Path("/data/2026.02.03-Rec-.cmtr"),
    }
    assert create_session(None, None, "/data/a-.cmtr").dataset_id == "a"
    assert create_session(None, r"O:\2025\a.b.cmcr").dataset_id == "a.b"
    assert create_session(None, None, r"\\server\share\a-.cmtr").dataset_id == "a"
    with pytest.raises(ValidationError, match="No recording is given"):
        create_session()
    with pytest.raises(ValidationError, match="/"):
        create_session("a/b")


def test_a_session_can_be_renamed(session: PipelineSession) -> None:
    session.save()
    session.rename("other")
    assert session.is_deferred
    with pytest.raises(ValueError, match="empty"):
        session.rename("")


def test_created_at_is_in_utc() -> None:
    made = datetime.fromisoformat(PipelineSession("x").created_at)
    assert made.tzinfo is UTC


def test_places_that_cannot_hold_a_file_are_explained(
    session: PipelineSession, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("")
    loop = tmp_path / "loop.h5"
    loop.symlink_to(loop)
    for path, words in (
        (tmp_path / "file" / "s.h5", "its folder cannot be created"),
        (tmp_path / f"{'x' * 300}.h5", "name too long"),
        (loop, "symbolic links"),
        (tmp_path, "it is a folder"),
    ):
        with pytest.raises(SessionError, match=words):
            session.save(path)
        with pytest.raises(CheckpointError, match=words):
            session.checkpoint(path)
    assert "Replaced" not in caplog.text


def test_a_checkpoint_of_the_sessions_own_name_is_not_what_a_save_replaces(tmp_path: Path) -> None:
    checkpoint = PipelineSession("demo", output_dir=tmp_path).checkpoint(tmp_path / "demo.h5")
    before = checkpoint.read_bytes()
    session = PipelineSession.load(checkpoint)
    session.metadata["x"] = 1
    assert session.save() != checkpoint
    assert checkpoint.read_bytes() == before
    assert PipelineSession.load(session.save_path).metadata["x"] == 1
