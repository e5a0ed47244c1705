"""Bad lanes marked with the mouse, and findings that lead to their places, in the whole window."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QTableWidget

from hdmea_gui.pipeline import compute_eimage_sta, compute_soma_geometry, load_recording
from hdmea_gui.pipeline.health import CHECKS_BY_KEY
from hdmea_gui.sample import make_sample
from hdmea_gui.session import create_session
from hdmea_gui.session.bad_lanes import bad_lanes_of
from hdmea_gui.session.unit import image_of
from tests.views.seen import button, chooser, click, part, plots
from tests.window.waiting import until

if TYPE_CHECKING:
    from pathlib import Path

    from hdmea_gui.session import PipelineSession
    from hdmea_gui.window.main_window import MainWindow
    from tests.window.conftest import Await


@pytest.fixture
def imaged(window: MainWindow, await_: Await, tmp_path: Path) -> MainWindow:
    """The window on a small recording with images, somas and too few display frames."""
    sample = make_sample(
        tmp_path,
        n_units=4,
        playlist=("baseline_127",),
        sweeps_s=((0.0, 5.0),),
        faults=["lanes_common=5", "sync_missing=4"],
    )
    session = create_session(None, sample.cmcr_path, sample.cmtr_path)
    load_recording(sample.cmcr_path, sample.cmtr_path, session=session)
    compute_eimage_sta(session=session)
    compute_soma_geometry(session=session)
    session.save(tmp_path / "session.h5")
    assert await_(window.workbench.files.open(tmp_path / "session.h5"))
    return window


def session_of(window: MainWindow) -> PipelineSession:
    session = window.workbench.model.session
    assert session is not None
    return session


def view_of(window: MainWindow, key: str) -> Any:
    window.workbench.panels.docks.bring(key)
    return window.workbench.panels.docks.views[key]


def choose_check(window: MainWindow, key: str) -> Any:
    view = view_of(window, "health")
    part(view, QTableWidget).setCurrentCell(list(CHECKS_BY_KEY).index(key), 0)
    return view


def test_a_lane_clicked_makes_the_somas_out_of_date_but_no_image(imaged: MainWindow, await_: Await) -> None:
    rows = imaged.workbench.panels.pipeline.rows
    images = [np.array(image_of(unit)["data"]) for unit in session_of(imaged).units.values()]  # type: ignore[index]
    before = bad_lanes_of(session_of(imaged).metadata)
    assert before is not None
    good = next(number for number in range(25, 40) if number not in before.numbers)
    view = view_of(imaged, "chip")
    await_(until(lambda: view.is_seen))
    chooser(view, "Draw around").setCurrentText("Bad columns")
    (chip,) = plots(view)
    click(chip, good, 38.0)
    lanes = bad_lanes_of(session_of(imaged).metadata)
    assert lanes is not None
    assert set(lanes.numbers) == {*before.numbers, good}
    assert rows["soma_geometry"].note.text() == "the bad lanes have changed"
    assert rows["compute_eimage_sta"].mark.accessibleName() == "done"
    assert str(good) in session_of(imaged).health["bad_lanes"]["sentence"]
    QTest.qWait(QApplication.doubleClickInterval() + 50)  # else the next click is the second of a double one
    click(chip, good, 38.0)
    assert bad_lanes_of(session_of(imaged).metadata) == before
    assert rows["soma_geometry"].mark.accessibleName() == "done"
    for unit, image in zip(session_of(imaged).units.values(), images, strict=True):
        np.testing.assert_array_equal(image_of(unit)["data"], image)  # type: ignore[index]


def test_a_finding_leads_to_its_place_and_to_its_parameter(imaged: MainWindow, await_: Await) -> None:
    panels = imaged.workbench.panels
    assert panels.status.health.text() == "Health: check"
    QTest.mouseClick(panels.status.health, Qt.MouseButton.LeftButton)
    await_(until(lambda: panels.docks.views["health"].is_seen))
    view = choose_check(imaged, "bad_lanes")
    QTest.mouseClick(button(view, "Show the place"), Qt.MouseButton.LeftButton)
    await_(until(lambda: panels.docks.views["chip"].is_seen))
    view = choose_check(imaged, "display_frames")
    QTest.mouseClick(button(view, "Change 'Place by'"), Qt.MouseButton.LeftButton)
    field = panels.pipeline.rows["add_section_time"].form.fields["align"]
    assert field.isVisible()
    await_(until(lambda: not field.visibleRegion().isEmpty()))
