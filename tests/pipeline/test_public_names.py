"""The public functions have the arguments that existing scripts pass, and the results the fields that they read."""

from __future__ import annotations

import dataclasses
import errno
import inspect
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import h5py
import pytest

from hdmea_gui import errors, pipeline
from hdmea_gui.errors import DataLoadError, HDMEAError, MissingInputError
from hdmea_gui.pipeline import PipelineSession, create_session, load_recording
from hdmea_gui.pipeline.results import LoadResult
from hdmea_gui.pipeline.source_metadata import add_cmtr_unit_info, add_sys_meta_info
from hdmea_gui.session import differences

if TYPE_CHECKING:
    from collections.abc import Callable

NAME = "2026.02.03-10.11.12-Rec"

SIGNATURES = {
    "load_recording": "cmcr_path=None, cmtr_path=None, dataset_id=None, *, output_dir='artifacts', force=False, "
    "allow_overwrite=False, config=None, session=None, sorting_path=None",
    "load_recording_with_eimage_sta": "cmcr_path, cmtr_path, dataset_id=None, *, output_dir='artifacts', force=False, "
    "duration_s=120.0, spike_limit=10000, unit_ids=None, window_range=(-10, 40), cutoff_hz=100.0, filter_order=2, "
    "skip_highpass=False, chunk_duration_s=10.0, session=None, load_unit_meta=True, load_sys_meta=True",
    "add_section_time": "hdf5_path=None, playlist_name=None, *, playlist_file_path=None, movie_length_file_path=None, "
    "repeats=1, pad_frame=180, pre_margin_frame_num=60, post_margin_frame_num=120, force=False, session=None, "
    "align='count'",
    "add_section_time_analog": "hdf5_path=None, threshold_value=None, *, movie_name='iprgc_test', plot_duration=120.0, "
    "repeat=None, force=False, session=None, min_distance_s=0.0, after_last_frame=False",
    "section_spike_times": "hdf5_path=None, *, movie_names=None, trial_repeats=3, pad_margin=(0.0, 0.0), force=False, "
    "config_dir=None, session=None",
    "compute_sta": "hdf5_path=None, *, cover_range=(-60, 0), use_multiprocessing=True, stimuli_dir=None, force=False, "
    "session=None, movie_name=None",
    "extract_features": "hdf5_path=None, features=None, *, force=False, config_overrides=None, session=None",
    "create_session": "dataset_id=None, cmcr_path=None, cmtr_path=None, output_dir='artifacts'",
    "load_session_from_hdf5": "hdf5_path, *, dataset_id=None, load_features=None",
    "load_hdf5_to_session": "hdf5_path, *, dataset_id=None, load_features=None",
    "compute_eimage_sta": "hdf5_path=None, cmcr_path=None, *, cutoff_hz=100.0, filter_order=2, pre_samples=10, "
    "post_samples=40, spike_limit=10000, duration_s=None, skip_highpass=False, use_cache=False, cache_path=None, "
    "force=False, session=None, bad_lanes=None",
    "run_flow": "flow_name, cmcr_path=None, cmtr_path=None, dataset_id=None, *, output_dir='artifacts', "
    "config_dir=None, force_load=False, force_extract=False",
    "list_available_flows": "config_dir=None",
    "get_flow_info": "flow_name, config_dir=None",
}

FIELDS = {
    "LoadResult": "hdf5_path, dataset_id, num_units, stage1_completed, warnings",
    "LoadWithEImageSTAResult": "hdf5_path, dataset_id, num_units, units_with_sta, stage1_completed, elapsed_seconds, "
    "filter_time_seconds, warnings",
    "ExtractionResult": "hdf5_path, features_extracted, features_skipped, features_failed, warnings",
    "SectionResult": "success, units_processed, movies_processed, trial_repeats, pad_margin, pre_samples, "
    "post_samples, warnings",
    "STAResult": "hdf5_path, movie_name, units_processed, units_failed, cover_range, elapsed_seconds, warnings, "
    "failed_units",
    "EImageSTAResult": "hdf5_path, units_processed, units_failed, elapsed_seconds, filter_time_seconds, warnings, "
    "failed_units",
    "GeometryResult": "hdf5_path, units_processed, units_failed, elapsed_seconds, warnings",
    "FlowResult": "hdf5_path, load_result, extraction_result, success",
}


def arguments(function: Any) -> list[tuple[str, Any, Any]]:
    return [(item.name, item.kind, item.default) for item in inspect.signature(function).parameters.values()]


@pytest.mark.parametrize("name", list(SIGNATURES))
def test_arguments_their_order_and_defaults(name: str) -> None:
    assert arguments(getattr(pipeline, name)) == arguments(eval(f"lambda {SIGNATURES[name]}: None"))  # noqa: S307


@pytest.mark.parametrize("name", ["compute_rf_geometry", "compute_soma_geometry"])
def test_arguments_of_the_geometries_begin_alike(name: str) -> None:
    expected = arguments(pipeline.compute_sta)
    shared = [item for item in expected if item[0] in {"hdf5_path", "force", "session"}]
    assert arguments(getattr(pipeline, name))[:3] == shared


@pytest.mark.parametrize("name", list(FIELDS))
def test_fields_of_results_and_their_order(name: str) -> None:
    assert ", ".join(item.name for item in dataclasses.fields(getattr(pipeline, name))) == FIELDS[name]


def test_exceptions() -> None:
    names = (
        "ConfigurationError DataLoadError FeatureExtractionError MissingInputError CacheConflictError ValidationError "
        "MismatchError SessionError CheckpointError"
    )
    assert all(issubclass(getattr(errors, name), HDMEAError) for name in names.split())
    cause = OSError("x")
    broken = DataLoadError("words", "a.cmcr", cause)
    assert (broken.file_path, broken.original_error, str(broken)) == ("a.cmcr", cause, "words")
    assert MissingInputError("words", "sta").missing_input == "sta"


def test_a_file_that_is_not_there_is_pythons_own_error_too(reference: Path, tmp_path: Path) -> None:
    """Loops over recordings catch FileNotFoundError and go on with the next one."""
    gone = tmp_path / "gone.h5"
    calls: list[Callable[[], Any]] = [
        lambda: load_recording(tmp_path / "gone.cmcr", output_dir=tmp_path),
        lambda: load_recording(reference / f"{NAME}.cmcr", tmp_path / "gone.cmtr", output_dir=tmp_path),
        lambda: pipeline.load_session_from_hdf5(gone),
        lambda: pipeline.extract_features(gone),
        lambda: add_cmtr_unit_info(create_session("x"), cmtr_path=tmp_path / "gone.cmtr"),
    ]
    for call in calls:
        with pytest.raises(FileNotFoundError, match=r"gone.* does not exist") as caught:
            call()
        assert isinstance(caught.value, DataLoadError)
        assert Path(str(caught.value.file_path)).stem == "gone"
        assert caught.value.errno == errno.ENOENT
        assert caught.value.filename == str(caught.value.file_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"playlist_file_path": "gone.csv"}, r"playlist table.*gone\.csv"),
        ({"movie_length_file_path": "gone.csv"}, r"movie length table.*gone\.csv"),
        ({"config_dir": "gone"}, r"stimuli folder .*gone does not exist"),
        ({"config_dir": "."}, "No stimulus file"),
        ({"stimuli_dir": "gone"}, r"stimuli folder does not exist.*gone"),
        ({"stimuli_dir": "."}, r"_demo\.npy is missing"),
    ],
)
def test_a_table_or_stimulus_that_is_not_there_is_too(
    given: dict[str, str], words: str, reference: Path, tmp_path: Path
) -> None:
    tables: dict[str, Any] = {
        "playlist_file_path": reference / "playlist.csv",
        "movie_length_file_path": reference / "movie_length.csv",
    }
    stimuli = {"config_dir": reference / "stimuli", "stimuli_dir": reference / "stimuli"}
    places = tables | stimuli | {name: tmp_path / text for name, text in given.items()}
    session = create_session("x")
    load_recording(
        cmtr_path=reference / f"{NAME}-.cmtr", cmcr_path=reference / f"{NAME}.cmcr", session=session
    )

    def run() -> None:
        pipeline.add_section_time(
            playlist_name="demo_set", session=session, **{name: places[name] for name in tables}
        )
        pipeline.section_spike_times(session=session, config_dir=places["config_dir"])
        pipeline.compute_sta(session=session, stimuli_dir=places["stimuli_dir"])

    with pytest.raises(FileNotFoundError, match=words) as caught:
        run()
    assert caught.value.errno == errno.ENOENT
    assert str(caught.value.filename).startswith(str(tmp_path))
    assert isinstance(caught.value, errors.ConfigurationError)


def test_a_name_with_a_nul_is_told(reference: Path, tmp_path: Path) -> None:
    session = create_session("x")
    nul = f"{tmp_path}/a\0b.h5"
    calls: list[Callable[[], Any]] = [
        lambda: load_recording(nul, dataset_id="x", output_dir=tmp_path),
        lambda: load_recording(cmtr_path=nul, dataset_id="x", session=session),
        lambda: PipelineSession.load(nul),
        lambda: session.save(nul),
        lambda: session.checkpoint(nul),
        lambda: pipeline.extract_features(nul),
        lambda: pipeline.run_flow("set6a_full", nul, output_dir=tmp_path),
        lambda: pipeline.section_spike_times(reference / "lab_deferred.h5", config_dir=nul, force=True),
    ]
    for call in calls:
        with pytest.raises(errors.HDMEAError, match=r"a\\x00b\.h5' is not a file name"):
            call()


# What the recording's files tell, added later


@pytest.fixture
def bare(reference: Path, tmp_path: Path) -> Path:
    """A file of a recording without unit info and without the attributes of its files; the places are wrong."""
    result = load_recording(
        reference / f"{NAME}.cmcr",
        reference / f"{NAME}-.cmtr",
        output_dir=tmp_path,
        config={"unit_meta": "no", "sys_meta": False},
    )
    assert isinstance(result, LoadResult)
    session = PipelineSession.load(result.hdf5_path)
    for unit in session.units.values():
        unit["row"] = 0
    del session.metadata["cmcr_meta"]
    return session.save()


def test_unit_info_and_file_attributes_are_those_of_a_full_load(reference: Path, bare: Path) -> None:
    told = add_cmtr_unit_info(hdf5_path=bare)
    assert isinstance(told, dict)
    assert (told["units_updated"], told["hdf5_path"], told["warnings"]) == (8, bare, [])
    told = add_sys_meta_info(hdf5_path=bare)
    assert isinstance(told, dict)
    full = create_session(None, output_dir=bare.parent, cmcr_path=reference / f"{NAME}.cmcr")
    load_recording(reference / f"{NAME}.cmcr", reference / f"{NAME}-.cmtr", session=full)
    assert told["cmcr_fields"] == len(full.metadata["cmcr_meta"])
    assert told["cmtr_fields"] == len(full.metadata["cmtr_meta"])
    found = differences(PipelineSession.load(bare).snapshot(), full.snapshot())
    assert {place.split("/")[0] for place in found} <= {"root", "steps"}


def test_in_a_session_no_file_is_touched(reference: Path, bare: Path) -> None:
    before = bare.read_bytes()
    session = PipelineSession.load(bare)
    assert add_cmtr_unit_info(session, cmtr_path=reference / f"{NAME}-.cmtr") is session
    assert add_sys_meta_info(session=session, cmcr_path=reference / f"{NAME}.cmcr") is session
    assert session.units["unit_001"]["row"] > 0
    assert "snr" in session.units["unit_001"]["unit_meta"]
    assert "recording_duration_s" in session.metadata["cmcr_meta"]
    assert bare.read_bytes() == before


def test_existing_info_needs_force(bare: Path) -> None:
    add_cmtr_unit_info(hdf5_path=bare)
    add_sys_meta_info(hdf5_path=bare)
    before = bare.read_bytes()
    with pytest.raises(FileExistsError, match=r"unit_meta.*force"):
        add_cmtr_unit_info(hdf5_path=bare)
    with pytest.raises(FileExistsError, match=r"cmcr_meta.*force"):
        add_sys_meta_info(hdf5_path=bare)
    assert bare.read_bytes() == before
    assert isinstance(add_cmtr_unit_info(hdf5_path=bare, force=True), dict)
    assert isinstance(add_sys_meta_info(hdf5_path=bare, force=True), dict)


def test_without_a_known_file_the_argument_is_named() -> None:
    session = create_session("nothing")
    with pytest.raises(MissingInputError, match="cmtr_path="):
        add_cmtr_unit_info(session)
    with pytest.raises(MissingInputError, match="cmcr_path="):
        add_sys_meta_info(session)


def test_units_that_the_sorted_file_lacks_are_named(reference: Path) -> None:
    session = create_session("by_hand")
    session.add_units({"unit_001": {"row": 1}, "unit_099": {"row": 1}})
    add_cmtr_unit_info(session, cmtr_path=reference / f"{NAME}-.cmtr")
    assert any("unit_099" in warning and "unit_001" not in warning for warning in session.warnings)
    assert session.units["unit_099"] == {"row": 1}


# What a file holds already


def test_computed_results_need_force_too(reference: Path, tmp_path: Path) -> None:
    made = pipeline.load_recording_with_eimage_sta(
        reference / f"{NAME}.cmcr", reference / f"{NAME}-.cmtr", output_dir=tmp_path, force=True
    )
    assert isinstance(made, pipeline.LoadWithEImageSTAResult)
    path, stimuli = made.hdf5_path, reference / "stimuli"
    pipeline.add_section_time(
        path,
        "demo_set",
        playlist_file_path=reference / "playlist.csv",
        movie_length_file_path=reference / "movie_length.csv",
    )
    pipeline.section_spike_times(path, config_dir=stimuli)
    calls: list[Callable[..., Any]] = [
        lambda **options: pipeline.compute_sta(path, stimuli_dir=stimuli, **options),
        lambda **options: pipeline.compute_rf_geometry(path, **options),
        lambda **options: pipeline.compute_soma_geometry(path, **options),
    ]
    for call in calls:
        call()
    before = path.read_bytes()
    refused: list[Callable[..., Any]] = [
        lambda **options: pipeline.compute_eimage_sta(path, use_cache=True, cache_path="x", **options),
        *calls,
    ]
    for call in refused:
        with pytest.raises(FileExistsError, match="force"):
            call()
    assert path.read_bytes() == before
    for call in refused:
        assert call(force=True).units_processed >= 7
        assert path.read_bytes() != before
        before = path.read_bytes()


# Each change of a file is whole


def test_old_scripts_could_not_extract_after_the_integrated_load(reference: Path, tmp_path: Path) -> None:
    """The lab's integrated load leaves a mark that its extraction refuses; here the lab's file goes on."""
    path = Path(shutil.copy(reference / "lab_immediate.h5", tmp_path / "lab.h5"))
    with h5py.File(path) as file:
        assert not file.attrs["stage1_completed"]
    result = pipeline.extract_features(path, ["frif"], force=True)
    assert isinstance(result, pipeline.ExtractionResult)
    assert result.features_extracted == ["frif"]


def test_a_change_that_breaks_off_leaves_the_file_as_it_was(
    reference: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = load_recording(reference / f"{NAME}.cmcr", reference / f"{NAME}-.cmtr", output_dir=tmp_path)
    assert isinstance(made, LoadResult)
    before = made.hdf5_path.read_bytes()

    def broken(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", broken)
        with pytest.raises(errors.SessionError, match="disk is full"):
            pipeline.extract_features(made.hdf5_path, ["frif"])
    assert made.hdf5_path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [made.hdf5_path]
