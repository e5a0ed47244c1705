"""Flows: what they are, where they are found, what running one gives, and what is said of bad ones."""

from __future__ import annotations

import dataclasses
import inspect
import json
from typing import TYPE_CHECKING, Any

import pytest

from hdmea_gui import settings
from hdmea_gui.errors import ConfigurationError, DataLoadError, SessionError
from hdmea_gui.io.resources import resources_dir
from hdmea_gui.pipeline import (
    FlowResult,
    PipelineSession,
    get_flow_info,
    list_available_flows,
    load_recording,
    run_flow,
)
from hdmea_gui.pipeline.flow import find_flow, flow_of, own_path, read_flow, write_flow
from hdmea_gui.pipeline.step import run_step
from hdmea_gui.pipeline.steps import STEPS, STEPS_BY_KEY
from tests.io.store.trees import same
from tests.pipeline.conftest import NAME

if TYPE_CHECKING:
    from pathlib import Path

    from hdmea_gui.sample import Sample
    from tests.pipeline.conftest import Processed

OWN = sorted(path.stem for path in (resources_dir() / "flows").glob("*.json"))
DEMO = {
    "description": "the reference recording",
    "steps": ["load_recording", "add_section_time", "section_spike_times", "compute_sta", "extract_features"],
    "parameters": {"add_section_time": {"playlist_name": "demo_set"}},
}


@pytest.fixture
def lab_paths(reference: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tables and stimuli of the reference recording, named as a user names them once for all."""
    monkeypatch.setenv("HDMEA_PLAYLIST", str(reference / "playlist.csv"))
    monkeypatch.setenv("HDMEA_MOVIE_LENGTHS", str(reference / "movie_length.csv"))
    monkeypatch.setenv("HDMEA_STIMULI", str(reference / "stimuli"))


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A folder of a configuration with one flow."""
    folder = tmp_path / "config"
    put(folder / "flows", "demo", DEMO)
    return folder


def put(folder: Path, name: str, content: Any) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def run(reference: Path, folder: Path, flow: str, **options: Any) -> FlowResult:
    return run_flow(
        flow, reference / f"{NAME}.cmcr", reference / f"{NAME}-.cmtr", output_dir=folder / "out", **options
    )


def test_signatures_are_those_of_the_lab() -> None:
    parameters = inspect.signature(run_flow).parameters
    defaults = {name: item.default for name, item in parameters.items()}
    assert defaults == {
        "flow_name": inspect.Parameter.empty,
        "cmcr_path": None,
        "cmtr_path": None,
        "dataset_id": None,
        "output_dir": "artifacts",
        "config_dir": None,
        "force_load": False,
        "force_extract": False,
    }
    keyword_only = [name for name, item in parameters.items() if item.kind is item.KEYWORD_ONLY]
    assert keyword_only == ["output_dir", "config_dir", "force_load", "force_extract"]
    assert list(inspect.signature(list_available_flows).parameters) == ["config_dir"]
    assert list(inspect.signature(get_flow_info).parameters) == ["flow_name", "config_dir"]
    names = [field.name for field in dataclasses.fields(FlowResult)]
    assert names == ["hdf5_path", "load_result", "extraction_result", "success"]


@pytest.mark.parametrize("name", OWN)
def test_the_programs_own_flows(name: str) -> None:
    flow = find_flow(name)
    assert flow.name == name
    assert json.loads((resources_dir() / "flows" / f"{name}.json").read_text()) == flow.content()
    assert flow.description.endswith(".")
    order = [step.key for step in STEPS]
    assert [order.index(key) for key in flow.steps] == sorted(order.index(key) for key in flow.steps)
    for key in flow.steps:  # each step finds what it needs among those before it
        assert all(set(need) & set(flow.steps) for need in STEPS_BY_KEY[key].needs)
    for key, values in flow.parameters.items():
        usual = STEPS_BY_KEY[key].params()
        assert all(getattr(flow.params_of(key), name) != getattr(usual, name) for name in values)


def test_the_whole_flow_of_the_lab_has_every_step_but_light_triggered_trials() -> None:
    info = get_flow_info("set6a_full")
    assert info["steps"] == [step.key for step in STEPS if step.key != "add_section_time_analog"]
    assert (info["playlist"], info["features"]) == ("set6a", None)
    assert {"set6a_full", "load_only", "sections_only"} <= set(list_available_flows())


def test_where_flows_are_found_and_which_comes_first(config: Path) -> None:
    assert list_available_flows() == OWN
    put(settings.config_dir() / "flows", "mine", DEMO)
    assert list_available_flows() == sorted([*OWN, "mine"])
    assert list_available_flows(config) == sorted([*OWN, "mine", "demo"])
    put(settings.config_dir() / "flows", "set6a_full", DEMO | {"description": "the user's"})
    assert get_flow_info("set6a_full")["description"] == "the user's"
    put(config / "flows", "set6a_full", DEMO | {"description": "the configuration's"})
    assert get_flow_info("set6a_full", config)["description"] == "the configuration's"
    assert get_flow_info("set6a_full", str(config))["path"] == config / "flows" / "set6a_full.json"
    assert get_flow_info(str(config / "flows" / "demo.json"))["playlist"] == "demo_set"


@pytest.mark.usefixtures("lab_paths")
def test_a_flow_gives_what_its_steps_give(
    reference: Path, config: Path, tmp_path: Path, processed_reference: Processed
) -> None:
    result = run(reference, tmp_path, "demo", config_dir=config)
    assert result.success
    assert result.hdf5_path == tmp_path / "out" / f"{NAME}.h5"
    assert result.load_result is not None
    assert (result.load_result.num_units, result.load_result.stage1_completed) == (8, True)
    assert result.extraction_result is not None
    assert result.extraction_result.features_failed == []
    features = ["baseline_127", "dense_noise_15x15_demo", "frif", "step_up_5s_5i_demo"]
    assert sorted(result.extraction_result.features_extracted) == features
    session = PipelineSession.load(result.hdf5_path)
    assert session.completed_steps == {*DEMO["steps"], "rf_geometry"}  # the features repeat numbers of it
    for unit_id, unit in processed_reference.session.units.items():
        found = session.units[unit_id]["features"]
        assert found.keys() == {"sta_dense_noise_15x15_demo", *features}
        for name in found:
            without = {"sta_geometry", "metadata"} if name.startswith("sta_") else {"metadata"}
            one, other = (
                {key: value for key, value in held[name].items() if key not in without}
                for held in (found, unit["features"])
            )
            assert same(one, other), name


def test_the_whole_flow_of_the_lab_on_a_recording_of_its_playlist(
    reference: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, processed_reference: Processed
) -> None:
    table = (reference / "playlist.csv").read_text().replace("demo_set", "set6a")
    (tmp_path / "playlist.csv").write_text(table)
    monkeypatch.setenv("HDMEA_PLAYLIST", str(tmp_path / "playlist.csv"))
    monkeypatch.setenv("HDMEA_MOVIE_LENGTHS", str(reference / "movie_length.csv"))
    monkeypatch.setenv("HDMEA_STIMULI", str(reference / "stimuli"))
    result = run(reference, tmp_path, "set6a_full")
    assert result.success
    session = PipelineSession.load(result.hdf5_path)
    assert session.completed_steps == set(find_flow("set6a_full").steps)
    for unit_id, unit in processed_reference.session.units.items():
        image = session.units[unit_id]["features"]["eimage_sta"]
        assert same(image["data"], unit["features"]["eimage_sta"]["data"])
        assert same(image["geometry"], unit["features"]["eimage_sta"]["geometry"])


def test_without_a_folder_of_stimuli_the_programs_own_timing_serves(
    processed_sample: Processed, sample: Sample
) -> None:
    """The sample's folder holds stimuli of the lab's names; of these the program knows the timing itself."""
    snapshot = processed_sample.session.snapshot()
    movie = "step_up_5s_5i_b0_3x"
    assert (sample.stimuli_dir / f"{movie}.json").is_file()
    step = STEPS_BY_KEY["section_spike_times"]
    update = run_step(step, snapshot, step.params(movie_names=(movie,)), STEPS_BY_KEY)
    session = PipelineSession("x")
    session.add_units({unit_id: {} for unit_id in snapshot.units})
    session.apply(update)
    for unit_id, unit in snapshot.units.items():
        one, other = (held["spike_times_sectioned"][movie] for held in (session.units[unit_id], unit))
        assert len(one["trials_start_end"]) == 3
        assert same(one["trials_start_end"], other["trials_start_end"])
        assert same(one["trials_spike_times"], other["trials_spike_times"])


@pytest.mark.usefixtures("lab_paths")
def test_a_second_run_goes_on_from_the_file(
    reference: Path, config: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    first = run(reference, tmp_path, "demo", config_dir=config)
    started = PipelineSession.load(first.hdf5_path).steps
    again = run(reference, tmp_path, "demo", config_dir=config)
    assert again.success
    assert PipelineSession.load(first.hdf5_path).steps == started
    assert again.load_result is not None
    assert any("cached" in warning for warning in again.load_result.warnings)
    assert again.extraction_result is not None
    assert again.extraction_result.features_extracted == []
    assert len(again.extraction_result.features_skipped) == 4
    assert "Replaced" not in caplog.text

    forced = run(reference, tmp_path, "demo", config_dir=config, force_extract=True)
    assert "Replaced" not in caplog.text
    assert forced.extraction_result is not None
    assert len(forced.extraction_result.features_extracted) == 4
    now = PipelineSession.load(first.hdf5_path).steps
    changed = {key for key in now if now[key]["started_at"] != started[key]["started_at"]}
    assert changed == {"extract_features"}

    loaded = run(reference, tmp_path, "demo", config_dir=config, force_load=True)
    assert f"Replaced {first.hdf5_path}" in caplog.text
    assert loaded.success
    now = PipelineSession.load(first.hdf5_path).steps
    assert all(now[key]["started_at"] != started[key]["started_at"] for key in now)


@pytest.mark.usefixtures("lab_paths")
def test_a_flow_goes_on_from_what_load_recording_made(reference: Path, config: Path, tmp_path: Path) -> None:
    made = load_recording(
        reference / f"{NAME}.cmcr", reference / f"{NAME}-.cmtr", output_dir=tmp_path / "out"
    )
    result = run_flow("demo", dataset_id=NAME, output_dir=tmp_path / "out", config_dir=config)
    assert not isinstance(made, PipelineSession)
    assert result.hdf5_path == made.hdf5_path
    assert "compute_sta" in PipelineSession.load(made.hdf5_path).completed_steps


def test_a_file_that_was_loaded_otherwise_is_not_replaced_unasked(
    reference: Path, config: Path, tmp_path: Path
) -> None:
    put(
        config / "flows",
        "bare",
        {"steps": ["load_recording"], "parameters": {"load_recording": {"unit_meta": "no"}}},
    )
    path = run(reference, tmp_path, "load_only").hdf5_path
    before = path.read_bytes()
    with pytest.raises(FileExistsError, match=rf"{path.name} already exists .*'bare'.*force_load"):
        run(reference, tmp_path, "bare", config_dir=config)
    assert path.read_bytes() == before
    assert run(reference, tmp_path, "bare", config_dir=config, force_load=True).success
    assert "unit_meta" not in PipelineSession.load(path).units["unit_001"]


def test_what_was_done_before_a_step_failed_is_in_the_file(
    reference: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HDMEA_PLAYLIST", str(reference / "playlist.csv"))
    monkeypatch.setenv("HDMEA_MOVIE_LENGTHS", str(reference / "movie_length.csv"))
    with pytest.raises(ConfigurationError, match=r"'set6a'.*demo_set"):
        run(reference, tmp_path, "set6a_no_images")
    held = PipelineSession.load(tmp_path / "out" / f"{NAME}.h5")
    assert held.completed_steps == {"load_recording"}


def test_without_a_recording_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(DataLoadError, match=r"nowhere\.cmcr"):
        run_flow("load_only", tmp_path / "nowhere.cmcr", output_dir=tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("content", "steps", "features"),
    [
        (
            {
                "name": "x",
                "version": "1.0.0",
                "stages": {
                    "load": {"enabled": True},
                    "features": {"enabled": True, "feature_sets": ["frif", "baseline_127"]},
                },
                "defaults": {"random_seed": 42},
            },
            ("load_recording", "extract_features"),
            ("frif", "baseline_127"),
        ),
        (
            {"stages": {"features": {"feature_sets": ["frif"]}}},
            ("load_recording", "extract_features"),
            ("frif",),
        ),
        ({"features": ["frif"], "stimuli": []}, ("load_recording", "extract_features"), ("frif",)),
        ({"stages": {"load": {"enabled": True}}}, ("load_recording",), None),
        (
            {"stages": {"load": {}, "features": {"enabled": False, "feature_sets": ["frif"]}}},
            ("load_recording",),
            None,
        ),
    ],
)
def test_flows_in_the_labs_own_form(
    tmp_path: Path, content: Any, steps: tuple[str, ...], features: tuple[str, ...] | None
) -> None:
    flow = read_flow(put(tmp_path, "old", content))
    assert flow.steps == steps
    assert flow.params_of("extract_features").features == features


def test_a_flow_of_the_labs_form_runs(reference: Path, tmp_path: Path) -> None:
    put(
        tmp_path / "flows",
        "old",
        {"stages": {"features": {"feature_sets": ["frif", "cell_type_classifier"]}}},
    )
    result = run(reference, tmp_path, "old", config_dir=tmp_path)
    assert result.extraction_result is not None
    assert result.extraction_result.features_extracted == ["frif"]
    assert result.extraction_result.features_failed == ["cell_type_classifier"]
    assert not result.success


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "not a readable flow"),
        ("[" * 100_000, "not a readable flow"),
        ("[]", "no table"),
        ({}, "neither 'steps' nor"),
        ({"stages": []}, "neither 'steps' nor"),
        ({"stages": {"features": {"feature_sets": [1]}}}, "neither 'steps' nor"),
        ({"steps": "load_recording"}, "must be a list"),
        ({"steps": [1]}, "must be a list"),
        ({"steps": []}, "names no steps. The steps are: load_recording"),
        ({"steps": ["load"]}, "There is no step 'load'. The steps are: load_recording"),
        ({"steps": ["compute_sta"], "name": 7}, "its 'name' is 7"),
        ({"steps": ["compute_sta"], "description": None}, "its 'description' is None"),
        ({"steps": ["compute_sta"], "parameters": []}, "must be one table per step"),
        ({"steps": ["compute_sta"], "parameters": {"compute_sta": 3}}, "must be one table per step"),
        ({"steps": ["compute_sta"], "parameters": {"sta": {}}}, "There is no step 'sta'"),
        (
            {"steps": ["compute_sta"], "parameters": {"compute_sta": {"range": 3}}},
            "has no parameter 'range'. It has: cover_range, movie_name, stimuli_dir",
        ),
        ({"steps": ["add_section_time"], "parameters": {"add_section_time": {"repeats": 0}}}, "at least 1"),
        (
            {"steps": ["add_section_time"], "parameters": {"add_section_time": {"repeats": "often"}}},
            "'Repeats' cannot be 'often'; it must be a whole number",
        ),
    ],
    ids=lambda part: str(part)[:40],
)
def test_bad_flows_are_explained_with_their_file(tmp_path: Path, content: Any, words: str) -> None:
    path = put(tmp_path / "flows", "bad", content)
    assert "bad" in list_available_flows(tmp_path)
    for ask in (
        lambda: read_flow(path),
        lambda: get_flow_info("bad", tmp_path),
        lambda: run_flow("bad", "x.cmcr", config_dir=tmp_path),
    ):
        with pytest.raises(ConfigurationError) as caught:
            ask()
        assert words in str(caught.value)
        assert str(path) in str(caught.value)
        assert str(caught.value).endswith(".")


def test_unknown_names_and_folders_are_explained_with_the_choices(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        get_flow_info("set7")
    assert "There is no flow 'set7'. Available: " + ", ".join(OWN) in str(caught.value)
    assert str(resources_dir() / "flows") in str(caught.value)
    with pytest.raises(
        ConfigurationError, match=r"nowhere does not exist. Choose the folder that contains 'flows'"
    ):
        list_available_flows(tmp_path / "nowhere")


@pytest.mark.parametrize("is_whole", [True, False])
def test_a_folder_that_cannot_be_looked_through_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, is_whole: bool
) -> None:
    given, mine = tmp_path / "flows", settings.config_dir() / "flows"
    given.touch()
    put(mine, "mine", DEMO)
    if not is_whole:
        lists = type(mine).iterdir

        def refused(folder: Path) -> Any:
            if folder == mine:
                raise PermissionError(13, "Permission denied")
            return lists(folder)

        monkeypatch.setattr(type(mine), "iterdir", refused)
    assert list_available_flows(tmp_path) == (sorted([*OWN, "mine"]) if is_whole else OWN)
    told = [record.getMessage() for record in caplog.records]
    expected = [f"The flows in {given} cannot be read: Not a directory."]
    expected += [] if is_whole else [f"The flows in {mine} cannot be read: Permission denied."]
    assert told == expected
    caplog.clear()
    with pytest.raises(ConfigurationError) as caught:
        run_flow("demo", "x.cmcr", config_dir=tmp_path)
    assert all(sentence in str(caught.value) for sentence in expected)
    assert find_flow("load_only", tmp_path).name == "load_only"
    assert caplog.text == ""


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    params = {
        "compute_sta": STEPS_BY_KEY["compute_sta"].params(cover_range=(-30, 0), stimuli_dir=tmp_path),
        "extract_features": STEPS_BY_KEY["extract_features"].params(features=("frif",)),
        "rf_geometry": STEPS_BY_KEY["rf_geometry"].params(movie_name="x"),
    }
    flow = flow_of("µ", ["extract_features", "compute_sta"], params, "for tests")
    assert flow.steps == ("compute_sta", "extract_features")
    assert flow.parameters == {
        "compute_sta": {"cover_range": [-30, 0]},
        "extract_features": {"features": ["frif"]},
    }
    assert flow_of("µ", ["compute_sta"], params, paths=True).parameters["compute_sta"]["stimuli_dir"] == str(
        tmp_path
    )
    written = write_flow(flow, own_path(flow.name))
    assert find_flow("µ") == written
    assert written.params_of("compute_sta").cover_range == (-30, 0)


@pytest.mark.parametrize("name", ["", " ", "a/b", "CON", "x" * 300, "a:b", "."])
def test_names_that_no_file_can_have(name: str) -> None:
    with pytest.raises(ConfigurationError, match="cannot be named"):
        own_path(name)


def test_a_flow_never_takes_the_place_of_a_recording(sample: Sample) -> None:
    before = sample.cmtr_path.stat()
    with pytest.raises(SessionError, match="never replaced"):
        write_flow(find_flow("load_only"), sample.cmtr_path)
    assert sample.cmtr_path.stat() == before


def test_a_folder_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigurationError, match=r"cannot be written to .*x\.json"):
        write_flow(find_flow("load_only"), tmp_path / "file" / "x.json")
