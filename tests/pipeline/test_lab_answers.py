"""What functions under the lab's names answer where ours raise errors, in file and session mode."""

from __future__ import annotations

import logging
import shutil
from pathlib import Path
from typing import Any

import pytest

from hdmea_gui import pipeline
from hdmea_gui.errors import MissingInputError
from hdmea_gui.pipeline import PipelineSession, load_recording
from hdmea_gui.scripts import lab_answers
from hdmea_gui.scripts.names import MODULES, sources

NAME = "2026.02.03-10.11.12-Rec"
NOISE = "dense_noise_15x15_demo"
ANSWERING = ("add_section_time", "add_section_time_analog", "section_spike_times", "compute_sta")


@pytest.fixture(scope="module")
def loaded_once(reference: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    pair = (reference / f"{NAME}.cmcr", reference / f"{NAME}-.cmtr")
    result = load_recording(*pair, output_dir=tmp_path_factory.mktemp("loaded"))
    assert not isinstance(result, PipelineSession)
    return result.hdf5_path


@pytest.fixture
def path(loaded_once: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(loaded_once, tmp_path / "loaded.h5"))


@pytest.fixture
def tables(reference: Path) -> dict[str, Any]:
    return {
        "playlist_file_path": reference / "playlist.csv",
        "movie_length_file_path": reference / "movie_length.csv",
    }


def test_each_module_has_the_answering_functions() -> None:
    for module in MODULES:
        for name in set(ANSWERING) & set(sources(module)):
            assert sources(module)[name] == (lab_answers.__name__, name), module


@pytest.mark.parametrize("name", ANSWERING)
def test_they_take_the_same_arguments(name: str) -> None:
    own, answering = getattr(pipeline, name), getattr(lab_answers, name)
    assert answering.__wrapped__ is own
    assert answering.__doc__ == own.__doc__


@pytest.mark.parametrize(
    "wrong",
    [
        {"playlist_name": "no_such_list"},
        {"playlist_name": None},
        {"playlist_file_path": "nowhere.csv"},
        {"movie_length_file_path": "nowhere.csv"},
        {"movie_length_file_path": __file__},
        {"hdf5_path": "nowhere.h5"},
    ],
)
def test_section_times_that_cannot_be_added_are_false(
    wrong: dict[str, Any], path: Path, tables: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    arguments = {"hdf5_path": path, "playlist_name": "demo_set", **tables, **wrong}
    before = path.read_bytes()
    with caplog.at_level(logging.ERROR):
        assert lab_answers.add_section_time(**arguments) is False
    assert len(caplog.records) == 1
    assert path.read_bytes() == before
    session = PipelineSession.load(path)
    if "hdf5_path" not in wrong:
        del arguments["hdf5_path"]
        assert lab_answers.add_section_time(**arguments, session=session) is session
        assert session.warnings[-1] == caplog.records[0].getMessage()


def test_what_is_there_is_still_an_error(path: Path, tables: dict[str, Any]) -> None:
    assert lab_answers.add_section_time(path, "demo_set", **tables) is True
    with pytest.raises(FileExistsError):
        lab_answers.add_section_time(path, "demo_set", **tables)
    with pytest.raises(ValueError, match="threshold"):
        lab_answers.add_section_time_analog(path)


def test_no_light_onset_is_false(path: Path) -> None:
    assert lab_answers.add_section_time_analog(path, 1e9) is False
    session = PipelineSession.load(path)
    assert lab_answers.add_section_time_analog(threshold_value=1e9, session=session) is session
    assert "never rises" in session.warnings[-1]


def test_what_lacks_in_a_session_is_a_warning_and_in_a_file_an_error(
    path: Path, tables: dict[str, Any], reference: Path, tmp_path: Path
) -> None:
    session = PipelineSession.load(path)
    assert lab_answers.section_spike_times(config_dir=reference / "stimuli", session=session) is session
    assert "needs section times" in session.warnings[-1]
    lab_answers.add_section_time(playlist_name="demo_set", **tables, session=session)
    assert lab_answers.section_spike_times(config_dir=tmp_path, session=session) is session
    assert NOISE in session.warnings[-1]
    assert lab_answers.compute_sta(session=session) is session
    assert "spikes per trial" in session.warnings[-1]
    assert "compute_sta" not in session.completed_steps
    for call in (lab_answers.section_spike_times, lab_answers.compute_sta):
        with pytest.raises(MissingInputError):
            call(path)
