"""Recordings that have been through every step, in memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from hdmea_gui.pipeline.plan import Plan, chosen_keys, planned_params
from hdmea_gui.pipeline.running import run_plan
from hdmea_gui.pipeline.status import StepStatus
from hdmea_gui.sample import Sample, make_sample
from hdmea_gui.session import PipelineSession, create_session

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

NAME = "2026.02.03-10.11.12-Rec"


@dataclass
class Processed:
    """A session after every step, and how the steps went."""

    session: PipelineSession
    reports: list[StepStatus]


def process(session: PipelineSession, values: Mapping[str, Mapping[str, Any]]) -> Processed:
    params = planned_params(session.snapshot(), values, {})
    return Processed(session, run_plan(session, Plan(chosen_keys(None), params)))


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    return make_sample(tmp_path_factory.mktemp("sample"))


@pytest.fixture(scope="session")
def sample_values(sample: Sample) -> dict[str, dict[str, Any]]:
    return {
        "add_section_time": {
            "playlist_name": sample.playlist_name,
            "playlist_file": sample.playlist_path,
            "movie_length_file": sample.movie_lengths_path,
            "stimuli_dir": sample.stimuli_dir,
        },
        "add_section_time_analog": {
            "threshold": sample.analog_threshold,
            "duration_s": sample.analog_duration_s,
            "after_last_frame": True,
        },
        "section_spike_times": {"stimuli_dir": sample.stimuli_dir},
        "compute_sta": {"stimuli_dir": sample.stimuli_dir},
    }


@pytest.fixture(scope="session")
def processed_sample(sample: Sample, sample_values: dict[str, dict[str, Any]]) -> Processed:
    """Every step on the sample recording; tests must not change it."""
    return process(create_session(None, sample.cmcr_path, sample.cmtr_path), sample_values)


@pytest.fixture(scope="session")
def reference_values(reference: Path) -> dict[str, dict[str, Any]]:
    return {
        "add_section_time": {
            "playlist_name": "demo_set",
            "playlist_file": reference / "playlist.csv",
            "movie_length_file": reference / "movie_length.csv",
            "stimuli_dir": reference / "stimuli",
        },
        "section_spike_times": {"stimuli_dir": reference / "stimuli"},
        "compute_sta": {"stimuli_dir": reference / "stimuli"},
    }


@pytest.fixture(scope="session")
def processed_reference(reference: Path, reference_values: dict[str, dict[str, Any]]) -> Processed:
    """Every step on the reference recording; tests must not change it."""
    session = create_session(None, reference / f"{NAME}.cmcr", reference / f"{NAME}-.cmtr")
    return process(session, reference_values)
