"""Our files, read with plain h5py as the lab's scripts and viewers read theirs.

Each line of `HABITS` stands for one habit of scripts: where they look, how they take the value, what type and shape
they rely on, and what it must be. The values are those of the sample's known truth or of the session in memory.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
import pytest

from hdmea_gui.pipeline import (
    PipelineSession,
    add_section_time,
    add_section_time_analog,
    compute_rf_geometry,
    compute_soma_geometry,
    compute_sta,
    extract_features,
    load_recording,
    load_recording_with_eimage_sta,
    section_spike_times,
)
from hdmea_gui.pipeline.params_hash import params_hash
from hdmea_gui.sample import Sample

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.pipeline.conftest import Processed

NOISE, STEP, BAR = "dense_noise_15x15_sample", "step_up_5s_5i_b0_3x", "moving_h_bar_s5_d8_3x"
U = "units/unit_001"
IMAGE, STA = f"{U}/features/eimage_sta", f"{U}/features/sta_{NOISE}"
SECTION = f"{U}/spike_times_sectioned"


@dataclass
class Known:
    """What the values are compared with."""

    sample: Sample
    session: PipelineSession

    @property
    def unit(self) -> dict[str, Any]:
        return self.session.units["unit_001"]

    @property
    def truth(self) -> Any:
        return self.sample.truth.units[0]

    def at(self, path: str) -> Any:
        """The value at a path of the session's own tree."""
        place: Any = {
            "units": self.session.units,
            "stimulus": self.session.stimulus,
            "metadata": self.session.metadata,
        }
        for name in path.split("/"):
            place = place[int(name) if name.isdigit() and int(name) in place else name]
        return place


@dataclass(frozen=True)
class Habit:
    """One way in which scripts address a file.

    `form` is how the value is taken: ``[()]``, ``[:]``, ``[0]``, ``text`` (decoded from ``[()]``), ``text[0]``,
    ``texts``, ``keys``, ``json`` or, before the name of an attribute, ``@``.
    """

    who: str
    path: str
    form: str
    kind: Any
    value: Callable[[Known], Any]


def same_place(path: str) -> Callable[[Known], Any]:
    return lambda known: known.at(path)


def lines(who: str, base: str, form: str, kind: Any, names: str, held: str = "") -> list[Habit]:
    """One habit for each of several names below a node; the session holds them there too, or under another path."""
    return [
        Habit(who, f"{base}/{name}", form, kind, same_place(f"{held or base}/{name}"))
        for name in names.split()
    ]


def attributes(who: str, node: str, kind: Any, names: str, held: str) -> list[Habit]:
    return [Habit(who, node, f"@{name}", kind, same_place(f"{held}/{name}")) for name in names.split()]


def _extracted(known: Known) -> list[str]:
    names = {
        name
        for unit in known.session.units.values()
        for name, feature in unit["features"].items()
        if isinstance(feature["data"], dict) and "absent_reason" not in feature["metadata"]
    }
    return sorted(names)


def _steps(known: Known) -> list[str]:
    return sorted(known.session.completed_steps)


ROOT = [
    Habit("naming of figures by dataset", "/", "@dataset_id", str, lambda k: k.session.dataset_id),
    Habit("list of recordings by date", "/", "@created_at", str, lambda k: k.session.created_at),
    Habit("check of the layout before reading", "/", "@hdmea_pipeline_version", str, lambda _: "0.1.0"),
    Habit("the same, session mode", "/", "@hdmea_version", str, lambda _: "0.1.0"),
    Habit("loader: is the first stage complete?", "/", "@stage1_completed", np.uint8, lambda _: True),
    Habit("loader: is the cache still good?", "/", "@stage1_params_hash", str, lambda _: params_hash({})),
    Habit("extractor: which features are there?", "/", "@features_extracted json", list, _extracted),
    Habit(
        "section viewer: which playlist?",
        "/",
        "@section_time_playlist",
        str,
        lambda k: k.sample.playlist_name,
    ),
    Habit("section viewer: how often?", "/", "@section_time_repeats", np.int64, lambda k: k.sample.repeats),
    Habit(
        "threshold viewer: with which threshold?",
        "/",
        "@section_time_analog_iprgc_test json threshold_value",
        float,
        lambda k: k.sample.analog_threshold,
    ),
    Habit("provenance", "/", "@source_files json cmcr_path", str, lambda k: str(k.sample.cmcr_path)),
    Habit("provenance, session mode", "source_files", "@cmtr_path", str, lambda k: str(k.sample.cmtr_path)),
    Habit("loader: pipeline's own mark", "pipeline", "@stage1_completed", np.uint8, lambda _: True),
    Habit("loader: which steps?", "pipeline/session_info/completed_steps", "texts", list, _steps),
    Habit(
        "loader: warnings",
        "pipeline/session_info/warnings",
        "texts",
        list,
        lambda k: sorted(k.session.warnings),
    ),
    Habit("loop over units", "units", "keys", list, lambda k: sorted(k.session.units)),
    Habit(
        "loop over movies",
        "stimulus/section_time",
        "keys",
        list,
        lambda k: sorted(k.at("stimulus/section_time")),
    ),
]

UNITS = [
    Habit("map of the chip", U, "@row", np.int64, lambda k: k.truth.row),
    Habit("map of the chip", U, "@col", np.int64, lambda k: k.truth.column),
    Habit("link to the vendor's program", U, "@global_id", np.int64, lambda k: k.truth.sensor_id),
    Habit("table of units", U, "@spike_count", np.int64, lambda k: k.truth.n_spikes),
    Habit("table of units", U, "@original_name", str, lambda _: "Unit_1"),
    Habit("table of units", U, "@unit_num", np.int64, lambda _: 1),
    Habit("raster", f"{U}/spike_times", "[:]", ("uint64", 1), lambda k: k.sample.truth.spikes["unit_001"]),
    Habit("raster: samples or microseconds?", f"{U}/spike_times", "@unit", str, lambda _: "sample_index"),
    *lines("waveform figure, rate figure", U, "[:]", ("float32", 1), "waveform firing_rate_10hz"),
    *lines(
        "quality table", f"{U}/unit_meta", "[0]", np.float64, "snr sdscore separability isoinn isoibg rstd"
    ),
    *lines("quality table", f"{U}/unit_meta", "[0]", np.float64, "amplitudesd noisestd skewness kurtosis"),
    *lines(
        "quality table", f"{U}/unit_meta", "[0]", np.int64, "unitid roiid sensorid row column icaconverged"
    ),
    *lines("amplitude figure", f"{U}/unit_meta", "[:]", ("float32", 1), "peak_amplitudes"),
    *lines("footprint figure", f"{U}/unit_meta", "[:]", ("float32", 2), "roi_stas unmixing_matrix"),
    *lines("sorter's tags", f"{U}/unit_meta", "text", str, "tags attr_id.type attr_id.typeid"),
]

SECTIONS = [
    *lines("raster by movie", f"{SECTION}/{STEP}", "[:]", ("int64", 1), "full_spike_times"),
    *lines("raster by trial", f"{SECTION}/{STEP}/trials_spike_times", "[:]", ("int64", 1), "0 1 2"),
    Habit(
        "loop over trials", f"{SECTION}/{STEP}/trials_spike_times", "keys", list, lambda _: ["0", "1", "2"]
    ),
    *lines("alignment of trials", f"{SECTION}/{STEP}", "[:]", ("int64", 2), "trials_start_end"),
    *attributes(
        "trial figure",
        f"{SECTION}/{STEP}",
        np.int64,
        "n_trials pre_samples post_samples",
        f"{SECTION}/{STEP}/_attrs",
    ),
    *attributes("trial figure", f"{SECTION}/{STEP}", np.int64, "trial_repeats", f"{SECTION}/{STEP}/_attrs"),
    *attributes(
        "trial figure", f"{SECTION}/{STEP}", ("float64", 1), "pad_margin", f"{SECTION}/{STEP}/_attrs"
    ),
    *attributes(
        "trial figure", f"{SECTION}/iprgc_test", ("float64", 1), "pad_margin", f"{SECTION}/iprgc_test/_attrs"
    ),
]

IMAGES = [
    *lines("electrical image viewer", IMAGE, "[:]", ("float32", 3), "data"),
    Habit(
        "electrical image viewer", IMAGE, "@n_spikes", np.int64, same_place(f"{IMAGE}/metadata/n_spikes_used")
    ),
    *attributes(
        "electrical image viewer, immediate mode",
        IMAGE,
        np.int64,
        "n_spikes_excluded pre_samples post_samples filter_order spike_limit",
        f"{IMAGE}/metadata",
    ),
    *attributes("the same", IMAGE, np.float64, "cutoff_hz sampling_rate", f"{IMAGE}/metadata"),
    *attributes("the same", IMAGE, str, "version", f"{IMAGE}/metadata"),
    *lines(
        "electrical image viewer, session mode",
        f"{IMAGE}/metadata",
        "[()]",
        np.int64,
        "n_spikes_used n_spikes_excluded pre_samples post_samples filter_order spike_limit",
    ),
    *lines("the same", f"{IMAGE}/metadata", "[()]", np.float64, "cutoff_hz sampling_rate duration_s"),
    *lines("the same", f"{IMAGE}/metadata", "[()]", np.uint8, "skip_highpass"),
    *lines("the same", f"{IMAGE}/metadata", "[:]", ("int64", 1), "window_range"),
    *lines("soma map", f"{IMAGE}/geometry", "[()]", np.float64, "center_row center_col size_x size_y"),
    *lines("soma map", f"{IMAGE}/geometry", "[()]", np.float64, "area equivalent_diameter"),
    *lines("soma map", f"{IMAGE}/geometry", "[:]", ("float32", 2), "diff_map"),
]

AVERAGES = [
    *lines("STA viewer, session mode", STA, "[:]", ("float32", 3), "data"),
    Habit(
        "STA viewer, immediate mode",
        f"{U}/features/{NOISE}/sta",
        "[:]",
        ("float32", 3),
        same_place(f"{STA}/data"),
    ),
    *[
        habit
        for node in (f"{STA}/data", f"{U}/features/{NOISE}/sta")
        for habit in (
            Habit("STA viewer", node, "@n_spikes", np.int64, same_place(f"{STA}/metadata/n_spikes_used")),
            *attributes("STA viewer", node, np.int64, "n_spikes_excluded", f"{STA}/metadata"),
            *attributes("STA viewer", node, ("int64", 1), "cover_range", f"{STA}/metadata"),
        )
    ],
    *lines(
        "STA viewer, session mode", f"{STA}/metadata", "[()]", np.int64, "n_spikes_used n_spikes_excluded"
    ),
    *lines("the same", f"{STA}/metadata", "[:]", ("int64", 1), "cover_range"),
    *lines("the same", f"{STA}/metadata", "text", str, "movie_name"),
    *lines("field map", f"{STA}/sta_geometry", "[()]", np.float64, "center_row center_col size_x size_y"),
    *lines("field map", f"{STA}/sta_geometry", "[()]", np.float64, "area equivalent_diameter"),
    *lines("field map", f"{STA}/sta_geometry", "[()]", np.int64, "peak_frame"),
    *lines(
        "table of Gaussian fits",
        f"{STA}/sta_geometry/gaussian_fit",
        "[()]",
        np.float64,
        "center_x center_y sigma_x sigma_y amplitude theta offset r_squared",
    ),
    *lines(
        "table of difference-of-Gaussians fits",
        f"{STA}/sta_geometry/DoG",
        "[()]",
        np.float64,
        "center_x center_y sigma_exc sigma_inh amp_exc amp_inh offset r_squared",
    ),
    *[
        habit
        for sign in ("on", "off")
        for habit in lines(
            "table of ON and OFF fits",
            f"{STA}/sta_geometry/ONOFF_model",
            "[()]",
            np.float64,
            " ".join(
                f"{sign}_{name}"
                for name in ["center_x", "center_y", "sigma_x", "sigma_y", "amplitude", "r_squared"]
            ),
        )
    ],
]

FEATURES = [
    *lines("rate figure", f"{U}/features/frif", "[:]", ("float32", 1), "FRIF", f"{U}/features/frif/data"),
    *lines(
        "rate figure", f"{U}/features/frif", "[:]", ("float64", 1), "FRIF_x_axis", f"{U}/features/frif/data"
    ),
    *lines("rate figure, session mode", f"{U}/features/frif/data", "[:]", ("float32", 1), "FRIF"),
    *attributes(
        "which extractor made it?",
        f"{U}/features/{STEP}",
        str,
        "feature_name extractor_version params_hash extracted_at",
        f"{U}/features/{STEP}/metadata",
    ),
    *attributes(
        "table of features",
        f"{U}/features/{STEP}",
        np.float64,
        "baseline_rate on_peak_value off_peak_value on_off_ratio response_quality",
        f"{U}/features/{STEP}/data",
    ),
    *lines("PSTH figure", f"{U}/features/{STEP}", "[:]", ("float32", 1), "psth", f"{U}/features/{STEP}/data"),
    *attributes("direction table", f"{U}/features/{BAR}", np.float64, "dsi osi", f"{U}/features/{BAR}/data"),
    *lines(
        "polar plot",
        f"{U}/features/{BAR}",
        "[:]",
        ("float64", 1),
        "direction_deg rate",
        f"{U}/features/{BAR}/data",
    ),
    *attributes(
        "table of features", f"{U}/features/baseline_127", str, "source", f"{U}/features/baseline_127/data"
    ),
]

RECORDING = [
    *lines(
        "light figure",
        "stimulus/light_reference",
        "[:]",
        ("float32", 1),
        "raw_ch1 raw_ch2 1khz_ch1 1khz_ch2 10hz_ch1 10hz_ch2",
    ),
    Habit(
        "frame lookup, session mode",
        "stimulus/frame_times/default",
        "[:]",
        ("uint64", 1),
        lambda k: k.sample.truth.frame_samples,
    ),
    Habit(
        "frame lookup, immediate mode",
        "stimulus/frame_time/default",
        "[:]",
        ("uint64", 1),
        lambda k: k.sample.truth.frame_samples,
    ),
    Habit(
        "frame lookup, loader",
        "metadata/frame_timestamps",
        "[:]",
        ("uint64", 1),
        lambda k: k.sample.truth.frame_samples,
    ),
    *lines("time axis", "metadata", "[:]", ("float64", 1), "frame_time"),
    *lines(
        "section viewer", "stimulus/section_time", "[:]", ("int64", 2), f"{NOISE} {STEP} {BAR} iprgc_test"
    ),
    *lines("light template figure", "stimulus/light_template", "[:]", ("float32", 1), f"{NOISE} {STEP}"),
    Habit("time axis", "metadata/acquisition_rate", "[0]", np.float64, lambda k: k.sample.truth.rate_hz),
    Habit("time axis", "metadata/sample_interval", "[0]", np.float64, lambda k: 1 / k.sample.truth.rate_hz),
    Habit(
        "time axis, whole",
        "metadata/acquisition_rate",
        "[:]",
        ("float64", 1),
        lambda k: [k.sample.truth.rate_hz],
    ),
    Habit("title of figures", "metadata/dataset_id", "text[0]", str, lambda k: k.session.dataset_id),
    Habit(
        "section viewer", "metadata/section_time_playlist", "text[0]", str, lambda k: k.sample.playlist_name
    ),
    Habit("section viewer", "metadata/section_time_repeats", "[0]", np.int64, lambda k: k.sample.repeats),
    *lines("duration of the recording", "metadata/cmcr_meta", "[0]", np.float64, "recording_duration_s"),
    *lines("date of the recording", "metadata/cmcr_meta", "text[0]", str, "DateTime ProgramVersion"),
    *lines("date of the sorting", "metadata/cmtr_meta", "text[0]", str, "DateTime ProgramVersion"),
]

HABITS = [*ROOT, *UNITS, *SECTIONS, *IMAGES, *AVERAGES, *FEATURES, *RECORDING]


def taken(file: h5py.File, habit: Habit) -> Any:
    """The value, exactly as a script takes it."""
    if habit.form.startswith("@"):
        name, *rest = habit.form[1:].split()
        value = file[habit.path].attrs[name]
        if rest:
            value = json.loads(value)
        return value[rest[1]] if rest[1:] else value
    node = file[habit.path]
    forms: dict[str, Callable[[], Any]] = {
        "[()]": lambda: node[()],
        "[:]": lambda: node[:],
        "[0]": lambda: node[0],
        "text": lambda: node[()].decode("utf-8"),
        "text[0]": lambda: node[0].decode("utf-8"),
        "texts": lambda: sorted(item.decode("utf-8") for item in node[:]),
        "keys": lambda: sorted(node.keys()),
    }
    return forms[habit.form]()


@pytest.fixture(scope="module")
def immediate(sample: Sample, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file made by the public functions on a file, one after the other."""
    folder = tmp_path_factory.mktemp("immediate")
    path = folder / "file.h5"
    load = load_recording_with_eimage_sta(sample.cmcr_path, sample.cmtr_path, "file", output_dir=folder)
    assert not isinstance(load, PipelineSession)
    assert add_section_time(
        path,
        sample.playlist_name,
        playlist_file_path=sample.playlist_path,
        movie_length_file_path=sample.movie_lengths_path,
    )
    assert _analog(sample, path)
    section_spike_times(path, config_dir=sample.stimuli_dir)
    compute_sta(path, stimuli_dir=sample.stimuli_dir)
    compute_rf_geometry(path)
    compute_soma_geometry(path)
    extract_features(path)
    return path


def _analog(sample: Sample, path: Path) -> Any:
    return add_section_time_analog(
        path, sample.analog_threshold, plot_duration=sample.analog_duration_s, after_last_frame=True
    )


@pytest.fixture(scope="module")
def deferred(processed_sample: Processed, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file saved once, at the end."""
    session = processed_sample.session
    folder = tmp_path_factory.mktemp("deferred")
    return session.checkpoint(folder / "file.h5", checkpoint_name="all of it")


@pytest.fixture(scope="module", params=["deferred", "immediate"])
def opened(request: pytest.FixtureRequest, sample: Sample) -> Iterator[tuple[h5py.File, Known]]:
    path = request.getfixturevalue(request.param)
    known = Known(sample, PipelineSession.load(path))
    with h5py.File(path) as file:
        yield file, known


@pytest.mark.parametrize("habit", HABITS, ids=lambda habit: f"{habit.path} {habit.form}: {habit.who}")
def test_scripts_find_what_they_look_for(opened: tuple[h5py.File, Known], habit: Habit) -> None:
    file, known = opened
    found, expected = taken(file, habit), habit.value(known)
    if isinstance(habit.kind, tuple):
        dtype, ndim = habit.kind
        assert isinstance(found, np.ndarray)
        assert (found.dtype, found.ndim) == (np.dtype(dtype), ndim)
        assert found.shape == np.shape(expected)
    else:
        assert isinstance(found, habit.kind)
    if habit.kind in {str, list}:
        assert found == expected
    else:
        np.testing.assert_array_equal(found, np.asarray(expected).reshape(np.shape(found)))


def form_of(node: h5py.Dataset) -> tuple[str, tuple[int, ...]]:
    """Type and shape of a dataset; short texts have types of their own lengths."""
    return ("text" if node.dtype.kind in "SO" else str(node.dtype)), node.shape


def test_both_modes_write_one_layout(deferred: Path, immediate: Path) -> None:
    """The same nodes with the same types and attributes, whichever way a file was made."""

    def layout(path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        with h5py.File(path) as file:

            def note(name: str, node: Any) -> None:
                if not name.startswith("pipeline/session_info/steps"):
                    kind = form_of(node) if isinstance(node, h5py.Dataset) else "group"
                    found[name] = (kind, sorted(node.attrs))

            file.visititems(note)
            found["/"] = sorted(file.attrs)
        return found

    one, other = layout(deferred), layout(immediate)
    different = {name for name in one.keys() | other.keys() if one.get(name) != other.get(name)}
    assert different <= {
        "pipeline/session_info",  # a checkpoint has a name
        "pipeline/session_info/completed_steps",  # the integrated load has a name of its own
        "pipeline/session_info/warnings",
        "pipeline/integrity/paths",
    }


def test_second_names_are_links(opened: tuple[h5py.File, Known]) -> None:
    file, _ = opened
    for one, other in (
        (f"{STA}/data", f"{U}/features/{NOISE}/sta"),
        ("stimulus/frame_times/default", "stimulus/frame_time/default"),
        (f"{U}/features/frif/FRIF", f"{U}/features/frif/data/FRIF"),
        (f"{U}/features/{STEP}/psth", f"{U}/features/{STEP}/data/psth"),
    ):
        assert file[one] == file[other]


def test_what_is_ours_beside_it(opened: tuple[h5py.File, Known]) -> None:
    file, known = opened
    assert file.attrs["format"] == "hdmea-session"
    assert list(file[f"{IMAGE}/data"].attrs["axes"]) == ["lag", *known.sample.truth.axes]
    assert file[f"stimulus/section_time/{STEP}"].attrs["pre_margin_frames"] == 60
    assert file[f"stimulus/section_time/{STEP}"].attrs["source"] == "playlist"
    assert file["stimulus/section_time/iprgc_test"].attrs["source"] == "analog"
    assert {"saved_at", "kind"} <= set(file["pipeline/session_info"].attrs)
    assert file["pipeline/session_info/steps/compute_sta/parameters"]


def test_an_absent_feature_says_why(deferred: Path, tmp_path: Path) -> None:
    session = PipelineSession.load(deferred)
    extract_features(session=session, features=["green_blue_3s_3i_3x_64_128_255"])
    session.units["unit_001"]["features"]["mine"] = {"data": {}, "metadata": {"absent_reason": "not shown"}}
    with h5py.File(session.save(tmp_path / "x.h5")) as file:
        assert file[f"{U}/features/mine"].attrs["absent_reason"] == "not shown"


def as_number(dataset: h5py.Dataset) -> float | str:
    """What ``float(x[()])`` gives: a number, or the name of the error."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # NumPy before 2.4
        try:
            return float(dataset[()])
        except TypeError as error:
            return type(error).__name__


def test_the_named_exception(opened: tuple[h5py.File, Known], reference: Path) -> None:
    """``float(x[()])`` on one element: whatever this NumPy makes of it, it makes the same of the lab's own files."""
    ours = opened[0]["metadata/acquisition_rate"]
    with h5py.File(reference / "lab_immediate.h5") as lab:
        theirs = lab["metadata/acquisition_rate"]
        assert ours.shape == theirs.shape == (1,)
        results = [as_number(dataset) for dataset in (ours, theirs)]
    assert results in ([5000.0, 2500.0], ["TypeError", "TypeError"])
    assert float(ours[0]) == 5000.0


def test_a_plain_load_has_the_hash_of_its_config(sample: Sample, tmp_path: Path) -> None:
    result = load_recording(
        sample.cmcr_path, sample.cmtr_path, output_dir=tmp_path, config={"sys_meta": False}
    )
    assert not isinstance(result, PipelineSession)
    with h5py.File(result.hdf5_path) as file:
        assert file.attrs["stage1_params_hash"] == params_hash({"sys_meta": False})
        assert file.attrs["stage1_completed"]
