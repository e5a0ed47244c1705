"""Where a session keeps sections, and the update that replaces them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
import pytest

from hdmea_gui.analysis.light_onsets import MOST_ONSETS
from hdmea_gui.errors import ConfigurationError
from hdmea_gui.pipeline import create_session, load_session_from_hdf5
from hdmea_gui.pipeline.parameters import make_params
from hdmea_gui.pipeline.progress import Progress
from hdmea_gui.pipeline.sections import section_update
from hdmea_gui.pipeline.step import run_step
from hdmea_gui.pipeline.steps import STEPS_BY_KEY
from hdmea_gui.session import PipelineSession, Snapshot
from hdmea_gui.session.recording import RecordingReader
from hdmea_gui.session.section import Section, Source

if TYPE_CHECKING:
    from pathlib import Path

    from tests.pipeline.conftest import Processed

LIGHT = np.arange(1000, dtype=np.float32)


def snapshot(**content: Any) -> Snapshot:
    return Snapshot("x", "2026-02-03T00:00:00+00:00", **content)


def section(*rows: tuple[int, int], source: Source = "playlist", pre: int = 60, post: int = 120) -> Section:
    return Section(np.array(rows, np.int64).reshape(-1, 2), source, pre, post)


def session_with(sections: dict[str, Section], channel: Any = LIGHT) -> PipelineSession:
    session = PipelineSession("x")
    session.add_stimulus({"light_reference": {} if channel is None else {"raw_ch1": channel}})
    session.apply(section_update("Place", session.snapshot(), sections, set(), [], Progress()))
    return session


def test_a_session_without_anything() -> None:
    empty = snapshot()
    assert RecordingReader(empty).sections == {}
    assert RecordingReader(empty).raw_light() is None
    frames = RecordingReader(empty).frames
    assert frames.shape == (0,)
    assert frames.dtype == np.uint64


def test_the_lab_file_has_the_labs_margins(reference: Path) -> None:
    for name in ("lab_deferred.h5", "lab_immediate.h5", "lab_immediate_plain.h5"):
        loaded = PipelineSession.load(reference / name).snapshot()
        found = RecordingReader(loaded).sections
        assert set(found) == {"dense_noise_15x15_demo", "step_up_5s_5i_demo"}
        frames = np.asarray(RecordingReader(loaded).frames)
        for number, (movie, length) in enumerate(
            [("dense_noise_15x15_demo", 3600), ("step_up_5s_5i_demo", 2100)]
        ):
            placed = found[movie]
            assert (placed.source, placed.pre_margin_frames, placed.post_margin_frames) == (
                "playlist",
                60,
                120,
            )
            start = 180 + number * (180 + 3600 + 1 + 180)
            np.testing.assert_array_equal(
                placed.bounds, [[frames[start - 60], frames[min(start + length + 1 + 120, len(frames) - 1)]]]
            )


def test_sections_come_back_as_they_were_put() -> None:
    put = {
        "a": section((10, 20), (30, 45)),
        "b": section((50, 60), source="analog", pre=0, post=7),
        "c": section(),
    }
    found = RecordingReader(session_with(put)).sections
    assert list(found) == list(put)
    for movie, wanted in put.items():
        np.testing.assert_array_equal(found[movie].bounds, wanted.bounds)
        assert found[movie].bounds.shape == (len(wanted.bounds), 2)
        assert (found[movie].source, found[movie].pre_margin_frames, found[movie].post_margin_frames) == (
            wanted.source,
            wanted.pre_margin_frames,
            wanted.post_margin_frames,
        )


def test_sections_come_back_from_a_file(tmp_path: Path) -> None:
    session = session_with({"a": section((10, 20), pre=30, post=0), "b": section((50, 60), source="analog")})
    found = RecordingReader(PipelineSession.load(session.save(tmp_path / "x.h5"))).sections
    assert (found["a"].source, found["a"].pre_margin_frames, found["a"].post_margin_frames) == (
        "playlist",
        30,
        0,
    )
    assert found["b"].source == "analog"
    np.testing.assert_array_equal(found["a"].bounds, [[10, 20]])


@pytest.mark.parametrize(
    ("info", "found"),
    [
        ({}, ("playlist", 60, 120)),
        ({"source": "something"}, ("playlist", 60, 120)),
        ({"pre_margin_frames": 0, "post_margin_frames": 0}, ("playlist", 0, 0)),
        ({"source": "analog", "pre_margin_frames": np.int64(5)}, ("analog", 5, 120)),
        ({"pre_margin_frames": 7, "remark": "x"}, ("playlist", 7, 120)),
    ],
)
def test_values_that_are_not_there_are_the_labs(info: dict[str, Any], found: tuple[str, int, int]) -> None:
    held = snapshot(
        stimulus={"section_time": {"a": np.array([[1, 2]], np.uint64)}, "section_info": {"a": info}}
    )
    placed = RecordingReader(held).sections["a"]
    assert (placed.source, placed.pre_margin_frames, placed.post_margin_frames) == found
    assert placed.bounds.dtype == np.int64


def test_the_light_template_is_the_mean_over_presentations() -> None:
    session = session_with({"a": section((0, 4), (100, 103)), "b": section((998, 1000))})
    templates = session.stimulus["light_template"]
    np.testing.assert_allclose(templates["a"], [50, 51, 52, 3])
    np.testing.assert_allclose(templates["b"], [998, 999])
    assert templates["a"].dtype == np.float32


def test_without_a_light_channel_there_is_no_template() -> None:
    session = session_with({"a": section((0, 4))}, None)
    assert "light_template" not in session.stimulus
    assert list(RecordingReader(session).sections) == ["a"]


def test_replaced_sections_go_with_all_that_belongs_to_them() -> None:
    session = session_with(
        {"a": section((0, 4)), "b": section((5, 9)), "c": section((5, 9), source="analog")}
    )
    update = section_update(
        "Again", session.snapshot(), {"b": section((1, 3), pre=1)}, {"a", "b"}, ["remark"], Progress()
    )
    session.apply(update)
    assert list(session.stimulus["section_time"]) == ["b", "c"]
    assert list(session.stimulus["light_template"]) == ["b", "c"]
    assert list(session.stimulus["section_info"]) == ["b", "c"]
    np.testing.assert_array_equal(session.stimulus["light_template"]["b"], [1, 2])
    assert RecordingReader(session).sections["b"].pre_margin_frames == 1
    assert session.warnings == ["remark"]
    assert (update.name, update.warnings) == ("Again", ("remark",))


def test_a_template_of_a_light_that_is_gone_does_not_stay() -> None:
    session = session_with({"a": section((0, 4))})
    del session.stimulus["light_reference"]["raw_ch1"]
    session.apply(section_update("Again", session.snapshot(), {"a": section((1, 3))}, {"a"}, [], Progress()))
    assert session.stimulus["light_template"] == {}


def test_onsets_within_the_noise_of_the_light_are_no_trials() -> None:
    noise = np.tile(np.array([0, 4], np.float32), MOST_ONSETS + 3)
    session = session_with({}, noise)
    session.metadata.update(acquisition_rate=1000.0, frame_timestamps=np.arange(0, 100, 10))
    step = STEPS_BY_KEY["add_section_time_analog"]
    values = {"threshold": 2.0, "duration_s": 0.01}
    params = make_params(step.params, values, step.title)
    with pytest.raises(ConfigurationError, match="within its noise"):
        run_step(step, session.snapshot(), params, STEPS_BY_KEY)
    params = make_params(step.params, values | {"limit": 3}, step.title)
    session.apply(run_step(step, session.snapshot(), params, STEPS_BY_KEY))
    assert len(session.stimulus["section_time"]["iprgc_test"]) == 3


def stimulus_info(stimulus: dict[str, Any]) -> dict[str, Any]:
    return {name: stimulus.get(name, {}) for name in ("section_info", "light_info")}


def test_what_is_known_of_sections_and_light_is_kept(processed_sample: Processed, tmp_path: Path) -> None:
    session = processed_sample.session
    expected = stimulus_info(session.stimulus)
    assert expected["section_info"]["iprgc_test"]["source"] == "analog"
    assert expected["light_info"]["raw_ch1"].keys() == {"rate_hz", "conversion_factor", "exponent", "unit"}
    assert session.attributes == {}
    checkpoint = load_session_from_hdf5(session.checkpoint(tmp_path / "c.h5"))
    saved = load_session_from_hdf5(checkpoint.save(tmp_path / "s.h5"))
    again = load_session_from_hdf5(saved.save(tmp_path / "s.h5"))
    for other in (checkpoint, saved, again):
        assert stimulus_info(other.stimulus) == expected
        assert other.attributes == {}
        types = [type(value) for info in other.stimulus["light_info"].values() for value in info.values()]
        assert set(types) == {float, int, str}


def test_what_is_known_of_sections_comes_back_with_undo_and_revert(processed_sample: Processed) -> None:
    session = create_session("copy")
    session.restore(processed_sample.session.snapshot())
    before, expected = session.snapshot(), stimulus_info(session.snapshot().stimulus)
    movies = set(session.stimulus["section_time"])
    undo = session.apply(section_update("None", before, {}, movies, [], Progress()))
    assert session.stimulus["section_info"] == session.stimulus["section_time"] == {}
    session.apply(undo)
    assert stimulus_info(session.stimulus) == expected
    session.stimulus["section_info"].clear()
    session.restore(before)
    assert stimulus_info(session.stimulus) == expected
    assert session.holds(before)


def test_attributes_of_a_file_of_the_first_version_get_their_places(tmp_path: Path) -> None:
    path = tmp_path / "s.h5"
    session = session_with({"a": section((0, 4))})
    session.stimulus["section_info"] = {}
    session.save(path)
    with h5py.File(path, "r+") as file:
        del file["pipeline/integrity"]  # these changes are not damage
        file["stimulus/section_time/a"].attrs.update({"pre_margin_frames": 7, "source": "analog", "by": "us"})
        file["stimulus/light_reference/raw_ch1"].attrs.update({"rate_hz": 20000.0, "unit": "V"})
    loaded = load_session_from_hdf5(path)
    assert loaded.stimulus["section_info"] == {"a": {"pre_margin_frames": 7, "source": "analog"}}
    assert loaded.stimulus["light_info"] == {"raw_ch1": {"rate_hz": 20000.0, "unit": "V"}}
    assert loaded.attributes == {"stimulus/section_time/a": {"by": "us"}}
