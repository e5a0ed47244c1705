"""Session trees and comparisons for the tests of the store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import h5py
import numpy as np

from hdmea_gui.io.store import StoredArray

if TYPE_CHECKING:
    from pathlib import Path


def empty_tree(**parts: Any) -> dict[str, Any]:
    """Return a session tree with nothing but the parts given."""
    tree: dict[str, Any] = {
        "dataset_id": "recording",
        "created_at": "2026-02-03T10:11:12+00:00",
        "saved_at": "2026-02-03T11:00:00+00:00",
        "units": {},
        "metadata": {},
        "stimulus": {},
        "source_files": {},
        "completed_steps": [],
        "warnings": [],
        "steps": {},
        "health": {},
        "attributes": {},
        "extras": {},
        "root": {},
    }
    return tree | parts


def unit(seed: int = 0) -> dict[str, Any]:
    """Return a unit that has every declared place."""
    random = np.random.default_rng(seed)
    bounds = np.array([[100, 200], [200, 300]])
    section = {
        "full_spike_times": np.array([110, 210, 220]),
        "trials_spike_times": {0: np.array([110]), 1: np.array([210, 220]), 2: np.array([], dtype=np.int64)},
        "trials_start_end": bounds,
        "_attrs": {
            "n_trials": 3,
            "pad_margin": [0.5, 0.0],
            "pre_samples": 10,
            "post_samples": 0,
            "trial_repeats": 3,
            "created_at": "2026-02-03",
        },
    }
    image: dict[str, Any] = {
        "n_spikes_used": 17,
        "n_spikes_excluded": 2,
        "pre_samples": 10,
        "post_samples": 40,
        "cutoff_hz": 100.0,
    }
    image |= {"filter_order": 2, "sampling_rate": 20000.0, "spike_limit": 10000, "version": "2.0.0"}
    image |= {"duration_s": 120.0, "skip_highpass": False, "window_range": [-10, 40]}
    image |= {"axes": ["lag", "col", "row"], "region_id": 0, "region_left": 20, "region_top": 31}
    return {
        "row": 38,
        "col": 27,
        "global_id": 1728,
        "original_name": "Unit_1",
        "unit_num": 1,
        "label": "good",
        "note": "",
        "spike_times": np.array([5, 110, 210, 220], dtype=np.uint64),
        "waveform": random.random(24).astype(np.float32),
        "firing_rate_10hz": np.zeros(30, dtype=np.float32),
        "unit_meta": {
            "snr": np.array([8.35]),
            "tags": "",
            "attr_id.type": "SingleUnit",
            "row": np.array([38]),
        },
        "quality": {"contamination": 0.05, "presence_ratio": 1.0},
        "spike_times_sectioned": {"noise": section},
        "features": {
            "eimage_sta": {
                "data": random.random((50, 17, 15)).astype(np.float32),
                "metadata": image | {"conversion_factors": random.random((17, 15)), "exponent": -9},
                "geometry": {
                    "center_row": 7.1,
                    "peak_row": 7,
                    "in_bad_lanes": False,
                    "diff_map": np.ones((17, 15), np.float32),
                },
            },
            "sta_noise": {
                "data": random.random((60, 15, 15)).astype(np.float32),
                "metadata": {
                    "n_spikes_used": 3,
                    "n_spikes_excluded": 1,
                    "cover_range": [-60, 0],
                    "movie_name": "noise",
                    "on_off_p": 0.2,
                },
                "sta_geometry": {
                    "center_row": 7.5,
                    "peak_frame": 55,
                    "p": 1e-4,
                    "field_class": "on",
                    "gaussian_fit": {"center_x": 7.0, "r_squared": float("nan"), "center_x_error": 0.1},
                    "ONOFF_model": {"absent_reason": "the fit failed"},
                },
            },
            "noise": {"data": {"sta_quality": 0.9}, "metadata": {"movie_name": "noise"}},
            "frif": {
                "data": {"FRIF": np.ones(5, np.float32), "FRIF_x_axis": np.arange(5.0)},
                "metadata": {
                    "extractor_version": "2.0.0",
                    "params_hash": "sha256:0",
                    "parameters": {"bins": (1, 2)},
                },
            },
            "step_up_5s_5i_b0_3x": {
                "data": {
                    "on_peak_value": 41.2,
                    "on_latency_ms_interval": np.array([70.0, 95.0]),
                    "psth": np.zeros(10, np.float32),
                    "more": {1: None},
                },
                "metadata": {
                    "movie_name": "step_up_5s_5i_b0_3x",
                    "extracted_at": "2026-02-03",
                    "events_source": "light template",
                },
            },
            "moving_h_bar_s5_d8_3x": {
                "data": {},
                "metadata": {"absent_reason": "not shown in this recording"},
            },
        },
    }


def full_tree() -> dict[str, Any]:
    """Return a tree that has every declared place."""
    return empty_tree(
        units={"unit_001": unit(1), "unit_002": unit(2)},
        metadata={
            "acquisition_rate": 20000.0,
            "sample_interval": 5e-5,
            "duration_s": 109.0832,
            "dataset_id": "recording",
            "section_time_playlist": "set6a",
            "section_time_repeats": 1,
            "frame_timestamps": np.arange(0, 9, 3, dtype=np.uint64),
            "frame_time": np.arange(3) / 60,
            "cmcr_meta": {"DateTime": "14.03.2026", "FileVersion": 1, "recording_duration_s": 109.0832},
            "cmtr_meta": {"ProgramName": "CMOS-MEA-Tools"},
        },
        stimulus={
            "frame_times": {"default": np.arange(0, 9, 3, dtype=np.uint64)},
            "light_reference": {"raw_ch1": np.arange(300_000, dtype=np.float32)},
            "section_time": {"noise": np.array([[7667, 165208]])},
            "light_template": {"noise": np.ones(7, np.float32)},
            "light_info": {"raw_ch1": {"rate_hz": 20000.0, "unit": "raw", "exponent": np.int32(-9)}},
            "section_info": {"noise": {"pre_margin_frames": 60, "source": "playlist"}},
        },
        source_files={"cmcr_path": "/data/a.cmcr", "cmtr_path": "/data/a.cmtr"},
        completed_steps=["load_recording", "add_section_time"],
        warnings=["unit_003 has few spikes"],
        steps={
            "load_recording": {
                "parameters": {"spike_limit": None, "window_range": (-10, 40)},
                "duration_s": 1.5,
            }
        },
        attributes={
            "stimulus/light_reference/raw_ch1": {"lamp": "LED", "gain": np.int32(-9)},
            "/": {"laboratory": "retina"},
            "units/unit_001": {"colour": (255, 0, 0), "tags": ["a", "b"]},
        },
        extras={"lab_notes": {"page": 3, "table": np.zeros(2, [("a", "i4"), ("b", "S3")])}},
        root={
            "stage1_params_hash": "sha256:44136fa355b3678a",
            "stage1_timestamp": "2026-02-03T10:20:00+00:00",
            "section_time_analog_iprgc": {"threshold": 3e4},
        },
    )


def same(expected: object, found: object) -> bool:
    """Whether two values are equal in value and type, to the last bit."""
    expected, found = _looked_at(expected), _looked_at(found)
    if type(expected) is not type(found):
        return False
    if isinstance(expected, dict) and isinstance(found, dict):
        keys = {(type(key), key) for key in expected} == {(type(key), key) for key in found}
        return keys and all(same(value, found[key]) for key, value in expected.items())
    if isinstance(expected, (list, tuple)) and isinstance(found, (list, tuple)):
        return len(expected) == len(found) and all(map(same, expected, found))
    if isinstance(expected, (np.ndarray, np.generic, float, complex)):
        return _same_arrays(np.asarray(expected), np.asarray(found))
    return bool(expected == found)


def _looked_at(value: object) -> object:
    return np.asarray(value) if isinstance(value, StoredArray) else value


def _same_arrays(expected: np.ndarray[Any, Any], found: np.ndarray[Any, Any]) -> bool:
    if expected.dtype != found.dtype or expected.shape != found.shape:
        return False
    if expected.dtype.kind == "O":
        return bool(expected.tolist() == found.tolist())
    if expected.dtype.char in "gG":  # these have bytes without meaning
        signs = np.array_equal(np.signbit(expected.real), np.signbit(found.real))
        return signs and np.array_equal(expected, found, equal_nan=True)
    return expected.tobytes() == found.tobytes()


def differences(expected: object, found: object, path: str = "") -> list[str]:
    """Name the places where two trees differ."""
    if isinstance(expected, dict) and isinstance(found, dict):
        only = [f"{path}/{key}: in one only" for key in expected.keys() ^ found.keys()]
        both = (differences(expected[key], found[key], f"{path}/{key}") for key in expected if key in found)
        return only + [text for texts in both for text in texts]
    return [] if same(expected, found) else [f"{path}: {expected!r} is {found!r}"]


def type_versions(path: Path) -> set[int]:
    """Versions of HDF5's description of types in a file: up to 3 is read since 1.10, 5 breaks what is before 2.0."""
    found: set[int] = set()

    def visit(_: str, node: h5py.HLObject) -> None:
        types = [node.attrs.get_id(name).get_type() for name in node.attrs]
        types += [node.id.get_type()] if isinstance(node, h5py.Dataset) else []
        found.update(kind.encode()[2] >> 4 for kind in types)

    with h5py.File(path) as file:
        visit("", file)
        file.visititems(visit)
    return found
