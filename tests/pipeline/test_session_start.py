from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from hdmea_gui.pipeline import load_recording
from hdmea_gui.pipeline.session_start import start_of_session
from hdmea_gui.session import create_session
from hdmea_gui.settings import load_settings, save_settings

if TYPE_CHECKING:
    from hdmea_gui.sample import Sample


@pytest.fixture
def berlin() -> None:
    save_settings(dataclasses.replace(load_settings(), time_zone="Europe/Berlin"))


@pytest.mark.usefixtures("berlin")
@pytest.mark.parametrize(
    ("date_time", "dataset_id", "start"),
    [
        ("14.03.2026 10:11:12", "x", "2026-03-14T10:11:12+01:00"),
        ("2026-07-14T10:11:12", "x", "2026-07-14T10:11:12+02:00"),
        ("", "2026.02.03-10.11.12-Rec", "2026-02-03T10:11:12+01:00"),
        ("3/14/2026 10:11:12 AM", "2026.02.03-10.11.12-Rec", "2026-02-03T10:11:12+01:00"),
    ],
)
def test_a_start_has_the_zone_of_the_preferences(date_time: str, dataset_id: str, start: str) -> None:
    assert start_of_session(date_time, dataset_id) == {
        "session_start_time": start,
        "session_start_zone": "Europe/Berlin, from the preferences",
    }


@pytest.mark.parametrize("date_time", ["", "3/4/2026 10:11:12", "99.99.2026 10:11:12"])
def test_a_start_that_is_not_clear_is_absent(date_time: str) -> None:
    assert start_of_session(date_time, "recording") == {}


def test_without_a_preference_the_zone_is_the_computers() -> None:
    found = start_of_session("14.03.2026 10:11:12", "x")
    assert found["session_start_zone"] == "of the computer that loaded the recording"
    offset = datetime.fromisoformat(found["session_start_time"]).utcoffset()
    assert isinstance(offset, timedelta)


def test_an_unknown_zone_is_not_used() -> None:
    save_settings(dataclasses.replace(load_settings(), time_zone="Mars/Olympus"))
    assert "computer" in start_of_session("14.03.2026 10:11:12", "x")["session_start_zone"]


def test_units_have_a_position_once_the_pitch_is_known(sample: Sample) -> None:
    session = create_session(None, sample.cmcr_path, sample.cmtr_path)
    load_recording(session=session)
    assert session.metadata["probe"] == {"n_rows": 65, "n_cols": 65}
    assert not any("x_um" in unit for unit in session.units.values())
    save_settings(dataclasses.replace(load_settings(), sensor_pitch_um=32.0))
    load_recording(session=session)
    assert session.metadata["probe"]["pitch_from"] == "the preferences"
    assert session.units
    for unit in session.units.values():
        assert (unit["x_um"], unit["y_um"]) == (32.0 * (unit["col"] - 1), 32.0 * (unit["row"] - 1))


def test_what_the_user_states_outlives_loading(sample: Sample) -> None:
    session = create_session(None, sample.cmcr_path, sample.cmtr_path)
    session.metadata |= {"subject": "m1", "eye": "left", "mine": 1}
    load_recording(session=session)
    assert session.metadata["session_start_time"].startswith("2026-01-15T10:30:00")
    load_recording(session=session, force=True)
    assert (session.metadata["subject"], session.metadata["eye"]) == ("m1", "left")
    assert "retinal_quadrant" not in session.metadata
