"""The same spikes through the vendor's sorted file and through a phy folder give the same results."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hdmea_gui.io.mcs import open_raw
from hdmea_gui.pipeline import load_recording
from hdmea_gui.pipeline.plan import Plan, chosen_keys, planned_params
from hdmea_gui.pipeline.running import run_plan
from hdmea_gui.pipeline.status import StatusKind
from hdmea_gui.sample import Sample, make_sample, sample_values
from hdmea_gui.session import PipelineSession, create_session, leaves
from tests.sources.phy_folder import write_phy

PITCH_UM = 16.0


@dataclass
class Pair:
    """A sample recording, the same spikes as a phy folder, and the sessions of both after every step."""

    sample: Sample
    folder: Path
    vendor: PipelineSession
    phy: PipelineSession


def process(session: PipelineSession, sample: Sample, **load: Any) -> PipelineSession:
    values = sample_values(sample)
    values.setdefault("load_recording", {}).update(load)
    params = planned_params(session.snapshot(), values, {})
    reports = run_plan(session, Plan(chosen_keys(None), params))
    assert not [report for report in reports if report.kind is StatusKind.FAILED]
    return session


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    sample = make_sample(tmp_path_factory.mktemp("pair"), n_units=6)
    vendor = process(create_session(None, sample.cmcr_path, sample.cmtr_path), sample)
    units = vendor.units.values()
    # the electrodes of the whole chip, as a probe file for it lists them
    positions = PITCH_UM * np.array([[column, row] for row in range(65) for column in range(65)], float)
    folder = write_phy(
        sample.folder / "kilosort4",
        {unit["unit_num"]: np.asarray(unit["spike_times"]) for unit in units},
        rate_hz=float(vendor.metadata["acquisition_rate"]),
        main_channels={unit["unit_num"]: (unit["row"] - 1) * 65 + unit["col"] - 1 for unit in units},
        positions=positions,
        order_seed=2,
    )
    phy = process(create_session(None, sample.cmcr_path, folder), sample)
    return Pair(sample, folder, vendor, phy)


def test_the_folder_is_noted_as_the_sorting(pair: Pair) -> None:
    assert pair.phy.dataset_id == pair.vendor.dataset_id
    assert pair.phy.source_files == {
        "cmcr_path": pair.sample.cmcr_path,
        "sorting_path": pair.folder,
    }
    assert pair.phy.metadata["probe"] == {
        "n_rows": 65,
        "n_cols": 65,
        "pitch_um": PITCH_UM,
        "pitch_from": "the files",
    }


@pytest.mark.parametrize(
    "part", ["spike_times", "firing_rate_10hz", "row", "col", "spike_times_sectioned", "features"]
)
def test_all_that_rests_on_the_spikes_is_identical(pair: Pair, part: str) -> None:
    assert pair.phy.units.keys() == pair.vendor.units.keys()
    n_values = 0
    for unit_id, unit in pair.vendor.units.items():
        expected = dict(leaves({part: unit[part]}))
        found = dict(leaves({part: pair.phy.units[unit_id][part]}))
        assert found.keys() == expected.keys()
        for path, value in expected.items():
            if path[-1] in {"created_at", "extracted_at"}:
                continue
            n_values += 1
            np.testing.assert_array_equal(
                np.asarray(found[path]), np.asarray(value), err_msg=f"{unit_id} {path}"
            )
    assert n_values >= len(pair.vendor.units)


def test_stimulus_and_rate_are_identical(pair: Pair) -> None:
    expected = dict(leaves(pair.vendor.stimulus))
    found = dict(leaves(pair.phy.stimulus))
    assert found.keys() == expected.keys()
    for path, value in expected.items():
        np.testing.assert_array_equal(np.asarray(found[path]), np.asarray(value), err_msg=str(path))


def test_the_positions_in_micrometres_are_kept_in_the_file(pair: Pair, tmp_path: Path) -> None:
    loaded = PipelineSession.load(pair.phy.save(tmp_path / "phy.h5"))
    for unit in loaded.units.values():
        assert (unit["x_um"], unit["y_um"]) == ((unit["col"] - 1) * PITCH_UM, (unit["row"] - 1) * PITCH_UM)
    assert loaded.source_files == pair.phy.source_files
    assert loaded.metadata["probe"] == pair.phy.metadata["probe"]


def test_frame_times_from_a_file_replace_the_raw_file(pair: Pair, tmp_path: Path) -> None:
    frames = np.asarray(pair.vendor.metadata["frame_timestamps"])
    rate_hz = float(pair.vendor.metadata["acquisition_rate"])
    (tmp_path / "frames.csv").write_text(
        "\n".join(["time_s", *(repr(time) for time in (frames / rate_hz).tolist())])
    )
    values = sample_values(pair.sample)
    values["load_recording"] = {"frame_times_path": tmp_path / "frames.csv"}
    session = create_session("no_raw", None, pair.folder)
    steps = ("load_recording", "add_section_time", "section_spike_times", "compute_sta")
    reports = run_plan(session, Plan(chosen_keys(steps), planned_params(session.snapshot(), values, {})))
    assert [report.kind for report in reports] == [StatusKind.DONE] * 4
    assert not any("20000 Hz is assumed" in warning for warning in session.warnings)
    np.testing.assert_array_equal(session.metadata["frame_timestamps"], frames)
    for unit_id, unit in pair.vendor.units.items():
        for name, feature in unit["features"].items():
            if name.startswith("sta_"):
                np.testing.assert_array_equal(
                    session.units[unit_id]["features"][name]["data"], feature["data"]
                )


def test_another_channel_can_hold_the_frame_pulses(pair: Pair) -> None:
    session = create_session(None, pair.sample.cmcr_path, pair.folder)
    load_recording(session=session, config={"sync_channel": 1, "light_channel": 2})
    with open_raw(pair.sample.cmcr_path) as raw:
        np.testing.assert_array_equal(session.stimulus["light_reference"]["raw_ch1"], raw.read_channel(2))
        np.testing.assert_array_equal(session.stimulus["light_reference"]["raw_ch2"], raw.read_channel(1))


def test_the_public_function_takes_the_folder(pair: Pair, tmp_path: Path) -> None:
    result = load_recording(
        pair.sample.cmcr_path, dataset_id="by_script", output_dir=tmp_path, sorting_path=pair.folder
    )
    loaded = PipelineSession.load(tmp_path / "by_script.h5")
    assert not isinstance(result, PipelineSession)
    assert (result.num_units, loaded.unit_count) == (6, 6)
