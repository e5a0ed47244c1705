"""One implementation, three ways to run it: session, file, both."""

from __future__ import annotations

import shutil
import warnings
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from hdmea_gui.errors import (
    ConfigurationError,
    FeatureExtractionError,
    MismatchError,
    MissingInputError,
    SessionError,
    ValidationError,
)
from hdmea_gui.pipeline import (
    EImageSTAResult,
    ExtractionResult,
    GeometryResult,
    LoadResult,
    LoadWithEImageSTAResult,
    PipelineSession,
    SaveState,
    SectionResult,
    STAResult,
    add_section_time,
    add_section_time_analog,
    compute_eimage_sta,
    compute_rf_geometry,
    compute_soma_geometry,
    compute_sta,
    create_session,
    extract_features,
    load_hdf5_to_session,
    load_recording,
    load_recording_with_eimage_sta,
    load_session_from_hdf5,
    section_spike_times,
)
from hdmea_gui.pipeline.modes import run_on
from hdmea_gui.pipeline.plan import planned_params
from hdmea_gui.session import differences

NAME = "2026.02.03-10.11.12-Rec"
NOISE = "dense_noise_15x15_demo"


class Lab:
    """The reference recording and the arguments that belong to it."""

    def __init__(self, folder: Path, output: Path) -> None:
        self.pair = (folder / f"{NAME}.cmcr", folder / f"{NAME}-.cmtr")
        self.output = output
        self.tables: dict[str, Any] = {
            "playlist_file_path": folder / "playlist.csv",
            "movie_length_file_path": folder / "movie_length.csv",
        }
        self.stimuli = folder / "stimuli"


@pytest.fixture
def lab(reference: Path, tmp_path: Path) -> Lab:
    return Lab(reference, tmp_path)


@pytest.fixture(scope="module")
def loaded_once(reference: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with a loaded recording; tests work on copies."""
    result = load_recording(*Lab(reference, reference).pair, output_dir=tmp_path_factory.mktemp("loaded"))
    assert isinstance(result, LoadResult)
    return result.hdf5_path


@pytest.fixture
def loaded(loaded_once: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(loaded_once, tmp_path / "loaded.h5"))


def datasets(path: Path) -> dict[str, Any]:
    """Every dataset and attribute of a file, times of day aside."""
    found: dict[str, Any] = {}
    stamps = ("created_at", "updated_at", "extracted_at", "stage1_timestamp", "saved_at")

    def visit(name: str, node: h5py.HLObject) -> None:
        for key, value in node.attrs.items():
            if key not in stamps:
                found[f"{name}@{key}"] = value
        if isinstance(node, h5py.Dataset):
            found[name] = node[()]

    with h5py.File(path) as file:
        visit("", file)
        file.visititems(visit)
    return {
        name: value
        for name, value in found.items()
        if not name.startswith(("pipeline/session_info/steps", "pipeline/integrity"))
    }


def assert_same_files(one: Path, other: Path) -> None:
    first, second = datasets(one), datasets(other)
    assert set(first) == set(second)
    for name, value in first.items():
        np.testing.assert_array_equal(value, second[name], err_msg=name)


def run_all(lab: Lab, **where: Any) -> list[Any]:
    """Every public function after loading, as a script would call them."""
    return [
        add_section_time(playlist_name="demo_set", **lab.tables, **where),
        add_section_time_analog(threshold_value=1e4, plot_duration=3.0, repeat=2, **where),
        section_spike_times(config_dir=lab.stimuli, **where),
        compute_sta(stimuli_dir=lab.stimuli, **where),
        compute_rf_geometry(**where),
        compute_soma_geometry(**where),
        extract_features(**where),
    ]


def test_deferred_and_immediate_files_are_equal(lab: Lab) -> None:
    """A file saved after deferred steps equals the one that was written step by step."""
    session = create_session(None, *lab.pair, output_dir=lab.output / "deferred")
    assert load_recording_with_eimage_sta(*lab.pair, session=session) is session
    assert all(result is session for result in run_all(lab, session=session))
    assert not (lab.output / "deferred").exists()
    deferred = session.save()

    result = load_recording_with_eimage_sta(*lab.pair, output_dir=lab.output / "immediate")
    assert isinstance(result, LoadWithEImageSTAResult)
    assert (result.num_units, result.units_with_sta, result.stage1_completed) == (8, 7, True)
    results = run_all(lab, hdf5_path=result.hdf5_path)
    kinds = [bool, bool, SectionResult, STAResult, GeometryResult, GeometryResult, ExtractionResult]
    assert [type(item) for item in results] == kinds
    assert_same_files(deferred, result.hdf5_path)


def test_results_tell_what_was_made(lab: Lab, loaded: Path) -> None:
    images = compute_eimage_sta(loaded)
    assert isinstance(images, EImageSTAResult)
    assert (images.units_processed, images.units_failed, images.failed_units) == (7, 1, ["unit_008"])
    assert add_section_time(loaded, "demo_set", **lab.tables) is True
    cut = section_spike_times(loaded, config_dir=lab.stimuli, pad_margin=(0.5, 0.25))
    assert isinstance(cut, SectionResult)
    assert (cut.success, cut.units_processed, cut.movies_processed) == (True, 8, 2)
    assert (cut.pad_margin, cut.pre_samples, cut.post_samples) == ((0.5, 0.25), 1250, 625)
    sta = compute_sta(loaded, stimuli_dir=lab.stimuli)
    assert isinstance(sta, STAResult)
    assert (sta.movie_name, sta.units_processed, sta.units_failed, sta.cover_range) == (NOISE, 8, 0, (-60, 0))
    fields = compute_rf_geometry(loaded)
    assert isinstance(fields, GeometryResult)
    assert (fields.units_processed, fields.units_failed) == (8, 0)
    somas = compute_soma_geometry(loaded)
    assert isinstance(somas, GeometryResult)
    assert (somas.units_processed, somas.units_failed) == (7, 1)
    features = extract_features(loaded)
    assert isinstance(features, ExtractionResult)
    assert set(features.features_extracted) == {"baseline_127", "frif", "step_up_5s_5i_demo", NOISE}
    assert not features.features_failed
    again = extract_features(loaded)
    assert isinstance(again, ExtractionResult)
    assert not again.features_extracted
    assert set(again.features_skipped) >= {"baseline_127", "frif", "step_up_5s_5i_demo", NOISE}


def test_margins_do_not_move_the_sta(lab: Lab, loaded: Path) -> None:
    add_section_time(loaded, "demo_set", **lab.tables)
    section_spike_times(loaded, config_dir=lab.stimuli)
    compute_sta(loaded, stimuli_dir=lab.stimuli)
    plain = np.asarray(PipelineSession.load(loaded).units["unit_001"]["features"][f"sta_{NOISE}"]["data"])
    section_spike_times(loaded, config_dir=lab.stimuli, pad_margin=(5.0, 5.0), force=True)
    compute_sta(loaded, stimuli_dir=lab.stimuli, force=True)
    wide = PipelineSession.load(loaded).units["unit_001"]["features"][f"sta_{NOISE}"]["data"]
    np.testing.assert_array_equal(plain, wide)


# Loading


def test_a_complete_file_is_used_as_it_is(lab: Lab) -> None:
    first = load_recording(*lab.pair, output_dir=lab.output)
    assert isinstance(first, LoadResult)
    assert (first.dataset_id, first.num_units, first.stage1_completed) == (NAME, 8, True)
    written = first.hdf5_path.stat().st_mtime_ns
    again = load_recording(*lab.pair, output_dir=lab.output)
    assert isinstance(again, LoadResult)
    assert "cached" in " ".join(again.warnings)
    assert first.hdf5_path.stat().st_mtime_ns == written
    with pytest.raises(FileExistsError, match="force"):
        load_recording(*lab.pair, output_dir=lab.output, config={"other": 1})
    load_recording(*lab.pair, output_dir=lab.output, config={"other": 1}, allow_overwrite=True)
    load_recording(*lab.pair, output_dir=lab.output, force=True)
    assert first.hdf5_path.stat().st_mtime_ns != written


def test_the_parameters_hash_is_the_labs(lab: Lab) -> None:
    result = load_recording(*lab.pair, output_dir=lab.output)
    assert isinstance(result, LoadResult)
    with h5py.File(result.hdf5_path) as file:
        assert file.attrs["stage1_params_hash"] == "sha256:44136fa355b3678a"
        assert file.attrs["stage1_completed"]


def test_the_integrated_load_has_no_cache(lab: Lab) -> None:
    load_recording_with_eimage_sta(*lab.pair, output_dir=lab.output, unit_ids=["1", "unit_003"])
    with pytest.raises(FileExistsError, match="force"):
        load_recording_with_eimage_sta(*lab.pair, output_dir=lab.output)
    result = load_recording_with_eimage_sta(
        *lab.pair, output_dir=lab.output, force=True, load_unit_meta="full"
    )
    assert isinstance(result, LoadWithEImageSTAResult)
    session = PipelineSession.load(result.hdf5_path)
    assert {
        "load_recording",
        "compute_eimage_sta",
        "load_recording_with_eimage_sta",
    } <= session.completed_steps
    assert "peaks_data" in session.units["unit_001"]["unit_meta"]


def test_only_the_units_asked_for_get_an_image(lab: Lab) -> None:
    session = create_session(None, *lab.pair)
    load_recording_with_eimage_sta(
        *lab.pair, session=session, unit_ids=["1", "unit_003", 4], load_unit_meta=False
    )
    assert [unit for unit, held in session.units.items() if "features" in held] == [
        "unit_001",
        "unit_003",
        "unit_004",
    ]
    assert "unit_meta" not in session.units["unit_001"]
    with pytest.raises(ConfigurationError, match="unit_099"):
        load_recording_with_eimage_sta(*lab.pair, session=session, unit_ids=["99"])


def test_a_text_in_the_place_of_several_names_is_one_name(lab: Lab, loaded: Path) -> None:
    session = create_session(None, *lab.pair)
    load_recording_with_eimage_sta(*lab.pair, session=session, unit_ids="unit_003")
    assert [unit for unit, held in session.units.items() if "features" in held] == ["unit_003"]
    add_section_time(loaded, "demo_set", **lab.tables)
    result = section_spike_times(loaded, movie_names="step_up_5s_5i_demo", config_dir=lab.stimuli)
    assert isinstance(result, SectionResult)
    assert result.movies_processed == 1
    extracted = extract_features(loaded, "frif")
    assert isinstance(extracted, ExtractionResult)
    assert extracted.features_extracted == ["frif"]
    held = load_session_from_hdf5(loaded, load_features="frif").units["unit_001"]
    assert list(held["spike_times_sectioned"]) == ["step_up_5s_5i_demo"]
    assert isinstance(held["features"]["frif"]["data"]["FRIF"], np.ndarray)


def test_a_call_without_a_recording_says_so() -> None:
    with pytest.raises(ValidationError, match="No recording is given"):
        load_recording()
    with pytest.raises(ValidationError, match="No recording is given"):
        create_session()


def test_another_dataset_is_refused(lab: Lab) -> None:
    with pytest.raises(MismatchError, match="other"):
        load_recording(*lab.pair, "other", session=create_session(None, *lab.pair))


def test_load_session_is_deferred_and_complete(loaded: Path) -> None:
    session = load_session_from_hdf5(loaded, load_features=["eimage_sta"])
    assert load_hdf5_to_session is load_session_from_hdf5
    assert session.save_state is SaveState.DEFERRED
    assert session.hdf5_path == loaded
    assert session.completed_steps == {*PipelineSession.load(loaded).completed_steps, "load_from_hdf5"}
    session.completed_steps.remove("load_from_hdf5")
    assert differences(session.snapshot(), PipelineSession.load(loaded).snapshot()) == []
    assert load_session_from_hdf5(loaded, dataset_id="other").dataset_id == "other"


# Existing results


def test_existing_results_need_force(lab: Lab, loaded: Path) -> None:
    add_section_time(loaded, "demo_set", **lab.tables)
    before = loaded.read_bytes()
    with pytest.raises(FileExistsError, match="force"):
        add_section_time(loaded, "demo_set", **lab.tables)
    assert loaded.read_bytes() == before
    add_section_time(loaded, "demo_set", **lab.tables, force=True)
    add_section_time_analog(loaded, 1e4, plot_duration=3.0, repeat=2, movie_name="flash")
    add_section_time_analog(loaded, 1e4, plot_duration=3.0, repeat=1, movie_name="other")
    with pytest.raises(FileExistsError, match="flash"):
        add_section_time_analog(loaded, 1e4, movie_name="flash")
    section_spike_times(loaded, config_dir=lab.stimuli, movie_names=[NOISE])
    section_spike_times(loaded, config_dir=lab.stimuli, movie_names=["flash"])
    with pytest.raises(FileExistsError, match=NOISE):
        section_spike_times(loaded, config_dir=lab.stimuli)


def test_force_replaces_only_the_movies_asked_for(lab: Lab, loaded: Path) -> None:
    add_section_time(loaded, "demo_set", **lab.tables)
    section_spike_times(loaded, config_dir=lab.stimuli)
    before = PipelineSession.load(loaded).snapshot()
    section_spike_times(
        loaded, config_dir=lab.stimuli, movie_names=[NOISE], pad_margin=(1.0, 1.0), force=True
    )
    after = PipelineSession.load(loaded).snapshot()
    changed = [place for place in differences(before, after) if place.startswith("units")]
    assert changed
    assert all(NOISE in place for place in changed)


def test_a_change_of_a_file_that_was_asked_for_warns_of_nothing(
    lab: Lab, loaded: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.chdir(loaded.parent)
    monkeypatch.setenv("HDMEA_STIMULI", str(lab.stimuli))
    with caplog.at_level("INFO"):
        add_section_time(loaded.name, "demo_set", **lab.tables)
        section_spike_times(loaded, config_dir=lab.stimuli)
    assert [record.getMessage() for record in caplog.records] == [f"Wrote session {loaded}"] * 2
    load_recording(*lab.pair, output_dir=lab.output)
    caplog.clear()
    load_recording(*lab.pair, output_dir=lab.output, force=True)
    assert f"Replaced {lab.output / NAME}.h5" in caplog.text


@pytest.mark.parametrize("is_checkpoint", [False, True])
def test_a_file_that_somebody_changes_meanwhile_is_not_replaced(
    lab: Lab, loaded: Path, monkeypatch: pytest.MonkeyPatch, is_checkpoint: bool
) -> None:
    """Whatever the file is called by: from here its path is relative."""
    monkeypatch.chdir(loaded.parent)
    if is_checkpoint:
        PipelineSession.load(loaded).checkpoint(loaded, checkpoint_name="loaded")
    other = PipelineSession.load(loaded)
    other.units["unit_001"]["label"] = "good"

    def slow(*arguments: Any) -> Any:
        other.save(loaded)
        return run_on(*arguments)

    monkeypatch.setattr("hdmea_gui.pipeline.modes.run_on", slow)
    with pytest.raises(SessionError, match="was changed by another program"):
        add_section_time(loaded.name, "demo_set", **lab.tables)
    assert PipelineSession.load(loaded).units["unit_001"]["label"] == "good"


# Session and path together


def test_mixed_mode_saves_first_and_writes_the_change(
    lab: Lab, loaded: Path, caplog: pytest.LogCaptureFixture
) -> None:
    session = PipelineSession.load(loaded)
    session.units["unit_001"]["label"] = "good"
    result = add_section_time(loaded, "demo_set", **lab.tables, session=session)
    assert result is session
    assert session.is_saved
    assert "saved" in caplog.text
    held = PipelineSession.load(loaded)
    assert held.units["unit_001"]["label"] == "good"
    assert differences(held.snapshot(), session.snapshot()) == []
    with pytest.raises(SessionError, match="not both"):
        section_spike_times(lab.output / "other.h5", session=session)


def test_mixed_mode_never_replaces_the_file_of_another_recording(lab: Lab, loaded: Path) -> None:
    before = loaded.read_bytes()
    with pytest.raises(SessionError, match=r"contains the recording .*, but the session belongs to another"):
        add_section_time(loaded, "demo_set", **lab.tables, session=create_session("another"))
    assert loaded.read_bytes() == before


def test_a_session_in_the_place_of_a_path_is_saved(lab: Lab, loaded: Path) -> None:
    session = load_session_from_hdf5(loaded)
    with pytest.warns(UserWarning, match="used as a file") as told:
        add_section_time(session, "demo_set", **lab.tables)
    assert [warning.filename for warning in told] == [__file__]
    assert "section_time" in PipelineSession.load(loaded).stimulus
    assert "section_time" in session.stimulus
    session.units["unit_001"]["label"] = "good"
    assert session.save() == loaded  # the session knows what is in its file


def test_neither_session_nor_path() -> None:
    with pytest.raises(ConfigurationError, match="session"):
        compute_sta()


# Plain errors


def test_missing_results_name_the_step(loaded: Path, lab: Lab) -> None:
    before = loaded.read_bytes()
    with pytest.raises(MissingInputError, match="Section times"):
        section_spike_times(loaded, config_dir=lab.stimuli)
    with pytest.raises(MissingInputError, match="Section spikes"):
        compute_sta(loaded, stimuli_dir=lab.stimuli)
    with pytest.raises(MissingInputError, match="Stimulus STA"):
        compute_rf_geometry(loaded)
    with pytest.raises(MissingInputError, match="Electrical images"):
        compute_soma_geometry(loaded)
    with pytest.raises(ValueError, match="threshold"):
        add_section_time_analog(loaded)
    with pytest.raises(ConfigurationError, match=r"set9.*demo_set"):
        add_section_time(loaded, "set9", **lab.tables)
    with pytest.raises(ConfigurationError, match="HDMEA_PLAYLIST"):
        add_section_time(loaded, "demo_set")
    assert loaded.read_bytes() == before


def test_unknown_features_are_failures_and_the_others_are_computed(loaded: Path) -> None:
    result = extract_features(hdf5_path=loaded, features=["frif", "on_off", "cell_type_classifier"])
    assert isinstance(result, ExtractionResult)
    assert (result.features_extracted, result.features_failed) == (
        ["frif"],
        ["on_off", "cell_type_classifier"],
    )
    assert any("no feature 'on_off'. Available: baseline_127" in text for text in result.warnings)
    session = load_session_from_hdf5(loaded)
    assert extract_features(features=["dense_noise", "moving_bar", "chirp"], session=session) is session
    assert sum("There is no feature" in text for text in session.warnings) == 4
    assert session.steps["extract_features"]["parameters"]["features"] == ["frif", "cell_type_classifier"]
    planned_params(session.snapshot(), {}, {})  # going on from it is not refused


def test_only_unknown_features_leave_a_record_of_none(loaded: Path) -> None:
    session = PipelineSession.load(loaded)
    extract_features(features="chirp", session=session)
    assert "extract_features" in session.completed_steps
    assert "extract_features" not in session.steps


def test_sections_in_a_session_are_kept_without_force(lab: Lab, loaded: Path) -> None:
    session = PipelineSession.load(loaded)
    add_section_time(playlist_name="demo_set", **lab.tables, session=session)
    before = session.stimulus["section_time"][NOISE]
    again = add_section_time(playlist_name="demo_set", **lab.tables, pre_margin_frame_num=50, session=session)
    assert again is session
    assert session.stimulus["section_time"][NOISE] is before
    assert any("they are kept. Pass force=True" in text for text in session.warnings)
    add_section_time(
        playlist_name="demo_set", **lab.tables, pre_margin_frame_num=50, session=session, force=True
    )
    assert not np.array_equal(session.stimulus["section_time"][NOISE], before)


def test_a_file_without_an_id_opens_under_its_name_or_the_one_given(tmp_path: Path) -> None:
    path = tmp_path / "noid-.h5"
    with h5py.File(path, "w") as file:
        file.create_group("units/unit_001")["spike_times"] = np.arange(5, dtype=np.uint64)
        file.create_group("metadata")["acquisition_rate"] = 2e4
        file.create_group("stimulus")
    assert load_session_from_hdf5(path).dataset_id == "noid"
    assert load_session_from_hdf5(path, dataset_id="abc-").dataset_id == "abc"
    assert PipelineSession.load(path).is_saved
    assert PipelineSession.load(path, dataset_id="abc").is_deferred


def test_the_warning_of_too_little_memory_is_logged_once(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("hdmea_gui.pipeline.steps.load_recording.memory_limit_gb", lambda: 1e-4)
    session = create_session(None, *lab.pair)
    load_recording(session=session)
    assert sum("of memory" in record.getMessage() for record in caplog.records) == 1
    assert sum("of memory" in text for text in session.warnings) == 1
    assert all(type(text) is str for text in session.warnings)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda path: compute_sta(path, cover_range=(0, 0)), "contains no frames"),
        (lambda path: compute_sta(path, movie_name="nothing"), "no section times of 'nothing'"),
        (lambda path: add_section_time_analog(path, 1e4, plot_duration=-1.0), "at least 0"),
        (lambda path: add_section_time_analog(path, 1e4, plot_duration=0.0), "Choose a longer one"),
        (lambda path: add_section_time_analog(path, 1e4, movie_name=""), "cannot be named"),
        (lambda path: section_spike_times(path, pad_margin=(-1.0, 0.0), force=True), "at least 0"),
        (lambda path: section_spike_times(path, movie_names=["nothing"]), "no section times of: nothing"),
        (lambda _: compute_sta(), "session="),
        (lambda _: create_session(), "No recording is given"),
    ],
)
def test_arguments_that_cannot_be_are_value_errors(lab: Lab, loaded: Path, call: Any, words: str) -> None:
    add_section_time(loaded, "demo_set", **lab.tables)
    section_spike_times(loaded, config_dir=lab.stimuli)
    with pytest.raises(ValueError, match=words):
        call(loaded)


def test_movies_without_timing_are_all_named(lab: Lab, loaded: Path) -> None:
    add_section_time(loaded, "demo_set", **lab.tables)
    empty = lab.output / "empty"
    empty.mkdir()
    with pytest.raises(ConfigurationError, match=f"{NOISE}, step_up_5s_5i_demo"):
        section_spike_times(loaded, config_dir=empty)


def test_a_movie_of_the_wrong_length_is_refused(lab: Lab, loaded: Path) -> None:
    add_section_time(loaded, "demo_set", **lab.tables)
    section_spike_times(loaded, config_dir=lab.stimuli)
    wrong = lab.output / "wrong"
    wrong.mkdir()
    np.save(wrong / f"{NOISE}.npy", np.zeros((3599, 15, 15), np.uint8))
    with pytest.raises(ConfigurationError, match=r"3599.*3600"):
        compute_sta(loaded, stimuli_dir=wrong)


def test_trial_repeats_is_deprecated(lab: Lab, loaded: Path) -> None:
    session = load_session_from_hdf5(loaded)
    add_section_time(playlist_name="demo_set", **lab.tables, session=session)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        section_spike_times(config_dir=lab.stimuli, session=session)
    with pytest.warns(DeprecationWarning, match="trial_repeats"):
        section_spike_times(config_dir=lab.stimuli, session=session, trial_repeats=5)


def test_paths_come_from_the_environment_too(lab: Lab, loaded: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HDMEA_PLAYLIST", str(lab.tables["playlist_file_path"]))
    monkeypatch.setenv("HDMEA_MOVIE_LENGTHS", str(lab.tables["movie_length_file_path"]))
    monkeypatch.setenv("HDMEA_STIMULI", str(lab.stimuli))
    session = load_session_from_hdf5(loaded)
    add_section_time(playlist_name="demo_set", session=session)
    section_spike_times(session=session)
    compute_sta(session=session)
    assert f"sta_{NOISE}" in session.units["unit_001"]["features"]


def test_a_script_may_assign_into_the_session(lab: Lab) -> None:
    """Old scripts build units by hand and never mark a step."""
    session = create_session("by_hand")
    session.units["unit_001"] = {
        "row": 1,
        "col": 1,
        "spike_times": np.arange(0, 100_000, 50, dtype=np.uint64),
    }
    session.metadata["acquisition_rate"] = 1000.0
    session.metadata["frame_timestamps"] = np.arange(0, 200_000, 16, dtype=np.uint64)
    add_section_time(playlist_name="demo_set", **lab.tables, session=session)
    section_spike_times(config_dir=lab.stimuli, session=session)
    extract_features(features=["frif"], session=session)
    assert session.units["unit_001"]["features"]["frif"]["data"]["FRIF"].shape == (12499,)


def test_nothing_to_load_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"No recording is given\. Pass cmcr_path"):
        load_recording(dataset_id="x", output_dir=tmp_path)
    assert list(tmp_path.iterdir()) == []


# Parameters of features


def overridden(session: PipelineSession, **overrides: Any) -> str:
    """The parameters that the light steps of a sectioned session were computed with, as their file tells them."""
    extract_features(
        features=["step_up_5s_5i_b0_3x"], config_overrides=overrides, force=True, session=session
    )
    features = session.units["unit_001"]["features"]
    return str(features["step_up_5s_5i_demo"]["metadata"]["params_hash"])


@pytest.fixture
def sectioned(lab: Lab) -> PipelineSession:
    session = create_session("x")
    load_recording(*lab.pair, session=session)
    add_section_time(playlist_name="demo_set", session=session, **lab.tables)
    section_spike_times(config_dir=lab.stimuli, session=session)
    return session


def test_parameters_of_features_are_given_by_name_or_flat(sectioned: PipelineSession) -> None:
    usual = overridden(sectioned)
    flat = overridden(sectioned, cutoff_hz=np.float64(5), filter_order=np.int64(3))
    assert flat != usual
    assert overridden(sectioned, step_up_5s_5i_demo={"cutoff_hz": np.float32(5), "filter_order": 3}) == flat
    assert overridden(sectioned, cutoff_hz=5, filter_order=3) == flat
    assert overridden(sectioned, step_up_5s_5i_3x={"cutoff_hz": 5.0}, cutoff_hz=7.0, filter_order=3) == flat
    assert overridden(sectioned, moving_h_bar_s5_d8_3x={"seed": 3}, cell_type_classifier={"k": 1}) == usual


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        ({"cutof_hz": 5}, r"No feature has a parameter 'cutof_hz'\. Available: baseline_s, cutoff_hz"),
        ({"step_up_5s_5i_3x": {"cutof_hz": 5}}, r"step_up_5s_5i_3x has no parameter 'cutof_hz'"),
        ({"moving_h_bar_s5_d8_3x": {"cutoff_hz": 5}}, r"moving_h_bar_s5_d8_3x has no parameter 'cutoff_hz'"),
        ({"step_down": {"cutoff_hz": 5}}, r"There is no feature 'step_down'\. Available: baseline_127"),
        ({"frif": {"cutoff_hz": 5}}, r"frif has no parameter 'cutoff_hz'"),
        ({"cutoff_hz": {}}, "cannot be"),
        ({"cutoff_hz": object()}, "is neither a number nor text"),
    ],
)
def test_a_parameter_of_features_that_means_nothing_is_refused(
    overrides: dict[str, Any], words: str, sectioned: PipelineSession
) -> None:
    before = sectioned.snapshot()
    with pytest.raises((ConfigurationError, FeatureExtractionError), match=words):
        overridden(sectioned, **overrides)
    assert differences(before, sectioned.snapshot()) == []
