"""Stimulus files and light-triggered trials that do not fit what was shown."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from hdmea_gui.errors import ConfigurationError
from hdmea_gui.pipeline import (
    add_section_time,
    add_section_time_analog,
    compute_sta,
    create_session,
    extract_features,
    load_recording,
    section_spike_times,
)
from hdmea_gui.session import PipelineSession
from hdmea_gui.session.recording import RecordingReader

if TYPE_CHECKING:
    from pathlib import Path

NAME = "2026.02.03-10.11.12-Rec"
NOISE, STEP = "dense_noise_15x15_demo", "step_up_5s_5i_demo"


@pytest.fixture(scope="module")
def loaded(reference: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    paths = reference / f"{NAME}.cmcr", reference / f"{NAME}-.cmtr"
    session = create_session(None, *paths)
    load_recording(*paths, session=session)
    return session.save(tmp_path_factory.mktemp("loaded") / "loaded.h5")


def sectioned(loaded: Path, folder: Path) -> PipelineSession:
    """Place the movies of a folder's tables in the loaded recording, and cut the trials."""
    session = PipelineSession.load(loaded)
    add_section_time(
        playlist_name="demo_set",
        playlist_file_path=folder / "playlist.csv",
        movie_length_file_path=folder / "movie_length.csv",
        session=session,
    )
    section_spike_times(config_dir=folder / "stimuli", session=session)
    return session


@pytest.fixture
def folder(reference: Path, tmp_path: Path) -> Path:
    for name in ("playlist.csv", "movie_length.csv"):
        shutil.copy(reference / name, tmp_path)
    shutil.copytree(reference / "stimuli", tmp_path / "stimuli")
    return tmp_path


def change_stimulus(folder: Path, movie: str, **changes: Any) -> None:
    path = folder / "stimuli" / f"{movie}.json"
    content = json.loads(path.read_text())
    kwargs = content["section_kwargs"]
    kwargs.update({name: changes.pop(name) for name in list(changes) if name in kwargs})
    path.write_text(json.dumps(content | changes))


def rename_movie(folder: Path, old: str, new: str) -> None:
    for name in ("playlist.csv", "movie_length.csv"):
        path = folder / name
        path.write_text(path.read_text().replace(old, new))
    for path in (folder / "stimuli").glob(f"{old}.*"):
        path.rename(path.with_name(path.name.replace(old, new)))


def test_trials_beyond_the_end_of_their_movie_are_refused_with_both_numbers(
    loaded: Path, folder: Path
) -> None:
    change_stimulus(folder, NOISE, trial_length_frame=2800, repeat=2)
    with pytest.raises(ConfigurationError, match=r"up to frame 5600, .* has 3600 frames"):
        sectioned(loaded, folder)


def test_trials_up_to_the_last_frame_of_their_movie_are_read(loaded: Path, folder: Path) -> None:
    change_stimulus(folder, NOISE, trial_length_frame=1800, repeat=2)
    trials = RecordingReader(sectioned(loaded, folder)).trials(NOISE)
    assert trials is not None
    assert len(trials) == 2


@pytest.mark.parametrize("name", ["Dense_Noise_15x15", "DENSE_NOISE"])
def test_a_noise_movie_is_recognised_in_any_capitals(loaded: Path, folder: Path, name: str) -> None:
    rename_movie(folder, NOISE, name)
    session = sectioned(loaded, folder)
    compute_sta(stimuli_dir=folder / "stimuli", session=session)
    assert f"sta_{name}" in session.units["unit_001"]["features"]


def test_the_declared_kind_decides_what_a_movie_is(loaded: Path, folder: Path) -> None:
    rename_movie(folder, NOISE, "checkerboard")
    change_stimulus(folder, "checkerboard", kind="Noise")
    rename_movie(folder, STEP, "light_with_noise")
    change_stimulus(folder, "light_with_noise", kind="step")
    session = sectioned(loaded, folder)
    assert RecordingReader(session).noise_movies == ["checkerboard"]
    compute_sta(stimuli_dir=folder / "stimuli", session=session)
    extract_features(features=["light_with_noise"], session=session)
    features = session.units["unit_001"]["features"]
    assert "sta_checkerboard" in features
    assert "on_peak_value" in features["light_with_noise"]["data"]


def overlapping_trials(n_overlap: int) -> PipelineSession:
    """Two light onsets 10 s apart, and one spike each second."""
    session = PipelineSession("x")
    light = np.zeros(40_000, np.float32)
    light[[5000, 15_000]] = 1e5
    session.add_stimulus({"light_reference": {"raw_ch1": light}})
    session.add_metadata({"acquisition_rate": 1000.0, "frame_timestamps": np.empty(0, np.uint64)})
    session.add_units({"unit_001": {"spike_times": np.arange(500, 40_000, 1000).astype(np.uint64)}})
    session.mark_step_complete("load_recording")
    add_section_time_analog(threshold_value=5e4, plot_duration=10.0 + n_overlap, session=session)
    return session


def test_overlapping_light_triggered_trials_are_reported_with_the_spikes_counted_twice() -> None:
    session = overlapping_trials(3)
    assert any("1 of 2 light-triggered trials" in w and "3 spikes" in w for w in session.warnings)
    section_spike_times(session=session)  # with the lab's margin of 2 s before a trial
    assert any("with their margins" in w and "5 spikes" in w for w in session.warnings)


def test_trials_that_only_touch_are_not_reported() -> None:
    session = overlapping_trials(0)
    assert not session.warnings


def test_trials_that_begin_within_the_first_pause_may_end_within_the_last(loaded: Path, folder: Path) -> None:
    change_stimulus(folder, NOISE, start_frame=60, trial_length_frame=1800, repeat=2)
    assert RecordingReader(sectioned(loaded, folder)).trials(NOISE) is not None
    change_stimulus(folder, NOISE, start_frame=61, trial_length_frame=1801, repeat=2)
    with pytest.raises(ConfigurationError, match="up to frame 3663"):
        sectioned(loaded, folder)
