"""Bad lanes from the raw file to the somas."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
import pytest

from hdmea_gui.errors import ConfigurationError
from hdmea_gui.pipeline import (
    compute_eimage_sta,
    compute_soma_geometry,
    load_recording,
    load_session_from_hdf5,
)
from hdmea_gui.pipeline.health.bad_lanes import CHECK
from hdmea_gui.pipeline.status import StatusKind, status_of
from hdmea_gui.pipeline.steps import STEPS_BY_KEY
from hdmea_gui.session import Update, create_session
from hdmea_gui.session.bad_lanes import BAD_LANES_PATH, ChipLanes, bad_lanes_of
from hdmea_gui.session.unit import image_of, soma_of

if TYPE_CHECKING:
    from pathlib import Path

    from hdmea_gui.sample import Sample
    from hdmea_gui.session import PipelineSession

BAD_COLUMNS = (24, 33)
LEFT = 20


@pytest.fixture(scope="module")
def spoiled(sample: Sample, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample's raw file with noise shared by the electrodes of two columns."""
    path = tmp_path_factory.mktemp("lanes") / sample.cmcr_path.name
    shutil.copy(sample.cmcr_path, path)
    rng = np.random.default_rng(0)
    with h5py.File(path, "r+") as file:
        data = file["Acquisition/Sensor Data/SensorData 1 1"]  # frames, columns, rows
        frames = data[:]
        for column in BAD_COLUMNS:
            shared = rng.normal(0, 800, (len(frames), 1))
            frames[:, column - LEFT] += np.rint(shared).astype(np.int16)
        data[:] = frames
    return path


@pytest.fixture(scope="module")
def imaged(sample: Sample, spoiled: Path) -> PipelineSession:
    session = create_session("lanes")
    load_recording(spoiled, sample.cmtr_path, session=session)
    compute_eimage_sta(session=session, duration_s=10.0)
    return session


def image(unit: dict[str, Any]) -> dict[str, Any]:
    found = image_of(unit)
    assert found is not None
    return found


def lanes_of(session: PipelineSession) -> ChipLanes:
    lanes = bad_lanes_of(session.metadata)
    assert lanes is not None
    return lanes


def somas(session: PipelineSession) -> list[tuple[int, int]]:
    found = [soma_of(image(unit)) for unit in session.units.values()]
    return [(soma["peak_row"], soma["peak_col"]) for soma in found]


def copied(session: PipelineSession, folder: Path) -> PipelineSession:
    session.save(folder / "session.h5")
    return load_session_from_hdf5(folder / "session.h5")


def test_lanes_are_found_stored_and_left_out(imaged: PipelineSession, sample: Sample, tmp_path: Path) -> None:
    session = copied(imaged, tmp_path)
    lanes = lanes_of(session)
    assert (lanes.axis, lanes.numbers) == ("col", BAD_COLUMNS)
    assert {lane.source for lane in lanes.lanes} == {"found"}
    assert {lane.kind for lane in lanes.lanes} == {"common noise"}
    truth = [(unit.soma_row, unit.soma_col) for unit in sample.truth.units]
    compute_soma_geometry(session=session)
    apart = np.abs(np.array(somas(session)) - truth).max(axis=1)
    assert (apart <= 1).all()
    compute_soma_geometry(session=session, bad_lanes=())
    assert np.abs(np.array(somas(session)) - truth).max() > 1
    compute_soma_geometry(session=session, bad_lanes=BAD_COLUMNS)
    assert (np.abs(np.array(somas(session)) - truth) <= 1).all()


def test_named_lanes_are_stored_and_compared(
    imaged: PipelineSession, spoiled: Path, sample: Sample, tmp_path: Path
) -> None:
    session = copied(imaged, tmp_path)
    before = {unit_id: np.array(image(unit)["data"]) for unit_id, unit in session.units.items()}
    compute_eimage_sta(session=session, duration_s=10.0, bad_lanes=[24, 30])
    lanes = lanes_of(session)
    assert {lane.number: lane.source for lane in lanes.lanes} == {24: "given", 30: "given", 33: "found"}
    assert any("column 30" in warning and "column 33" in warning for warning in session.warnings)
    for unit_id, unit in session.units.items():
        np.testing.assert_array_equal(image(unit)["data"], before[unit_id])
    compute_eimage_sta(session=session, duration_s=10.0)
    assert lanes_of(session) == lanes  # the user's lanes stay
    load_recording(spoiled, sample.cmtr_path, session=session)
    assert lanes_of(session).numbers == (24, 30)
    compute_eimage_sta(session=session, duration_s=10.0)
    assert lanes_of(session) == lanes
    compute_eimage_sta(session=session, duration_s=10.0, bad_lanes=())
    assert lanes_of(session).numbers == ()
    compute_eimage_sta(session=session, duration_s=10.0)
    assert lanes_of(session).numbers == ()  # none is bad, as the user said


def test_a_lane_that_the_user_has_called_good_stays_good(
    imaged: PipelineSession, spoiled: Path, sample: Sample, tmp_path: Path
) -> None:
    session = copied(imaged, tmp_path)
    cleared, *left = BAD_COLUMNS
    lanes = lanes_of(session).toggled(cleared)
    session.apply(Update.of("Bad lanes", {BAD_LANES_PATH: lanes.as_stored()}))
    session = copied(session, tmp_path)
    compute_eimage_sta(session=session, duration_s=10.0)
    assert lanes_of(session).numbers == tuple(left)
    load_recording(spoiled, sample.cmtr_path, session=session)
    assert CHECK.look(session.snapshot()) is None  # nothing has been looked at yet
    compute_eimage_sta(session=session, duration_s=10.0)
    assert lanes_of(session).numbers == tuple(left)
    lanes = lanes_of(session).toggled(cleared)  # and bad again, by hand
    assert (lanes.numbers, lanes.cleared) == (BAD_COLUMNS, ())
    session.apply(Update.of("Bad lanes", {BAD_LANES_PATH: lanes.toggled(cleared).as_stored()}))
    compute_eimage_sta(session=session, duration_s=10.0, bad_lanes=[cleared])
    assert lanes_of(session).numbers == BAD_COLUMNS


def test_other_lanes_make_the_somas_out_of_date_but_not_the_images(
    imaged: PipelineSession, tmp_path: Path
) -> None:
    session = copied(imaged, tmp_path)
    compute_soma_geometry(session=session)
    somas_step, images_step = STEPS_BY_KEY["soma_geometry"], STEPS_BY_KEY["compute_eimage_sta"]
    assert status_of(somas_step, session.snapshot()).kind is StatusKind.DONE
    lanes = lanes_of(session)
    session.apply(Update.of("Bad lanes", {BAD_LANES_PATH: lanes.toggled(25).as_stored()}))
    assert status_of(images_step, session.snapshot()).kind is StatusKind.DONE
    status = status_of(somas_step, session.snapshot())
    assert (status.kind, status.message) == (StatusKind.OUT_OF_DATE, "the bad lanes have changed")
    session.apply(Update.of("Bad lanes", {BAD_LANES_PATH: lanes.as_stored()}))
    assert status_of(somas_step, session.snapshot()).kind is StatusKind.DONE


def test_a_soma_in_three_adjacent_lanes_says_so(imaged: PipelineSession, tmp_path: Path) -> None:
    session = copied(imaged, tmp_path)
    compute_soma_geometry(session=session)
    columns = [col + LEFT for _, col in somas(session)]
    wide = range(min(columns), min(columns) + 3)
    compute_soma_geometry(session=session, bad_lanes=[*wide, *BAD_COLUMNS])
    flags = [soma_of(image(unit))["in_bad_lanes"] for unit in session.units.values()]
    assert flags[columns.index(min(columns))]
    assert not all(flags)


def test_lanes_without_a_known_axis_are_refused(imaged: PipelineSession, tmp_path: Path) -> None:
    session = copied(imaged, tmp_path)
    session.apply(Update.of("Forget", remove=[BAD_LANES_PATH]))
    with pytest.raises(ConfigurationError, match="rows or its columns"):
        compute_soma_geometry(session=session, bad_lanes=[3])
