from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from hdmea_gui import app
from hdmea_gui.errors import SessionError
from hdmea_gui.settings import config_dir
from hdmea_gui.window.screenshots import SHOTS, palette_of, take_screenshots

if TYPE_CHECKING:
    from pathlib import Path

    from hdmea_gui.window.main_window import MainWindow
    from tests.window.conftest import Await


def lightness(image: QImage) -> float:
    places = [(x, y) for x in range(0, image.width(), 16) for y in range(0, image.height(), 16)]
    return sum(image.pixelColor(*place).lightness() for place in places) / len(places)


def n_colours(image: QImage) -> int:
    return len({image.pixel(x, y) for x in range(0, image.width(), 3) for y in range(0, image.height(), 3)})


def test_there_is_a_picture_of_each_kind(
    window: MainWindow, await_: Await, reference: Path, tmp_path: Path
) -> None:
    before = QApplication.palette()
    paths = await_(take_screenshots(window, reference / "lab_deferred.h5", tmp_path / "new"))
    assert [path.stem for path in paths] == [shot.name for shot in SHOTS]
    for shot, path in zip(SHOTS, paths, strict=True):
        image = QImage(str(path))
        assert (lightness(image) < 128) is shot.is_dark, shot.name
        assert n_colours(image) > 50
    assert QApplication.palette() == before
    assert len({path.read_bytes() for path in paths}) == len(paths)


@pytest.mark.usefixtures("qapp")
def test_dark_and_light_differ_in_ground_and_text() -> None:
    light, dark = palette_of(is_dark=False), palette_of(is_dark=True)
    for role in (dark.ColorRole.Window, dark.ColorRole.Base, dark.ColorRole.Button):
        assert light.color(role).lightness() > 200
        assert dark.color(role).lightness() < 60
    assert light.color(dark.ColorRole.Text).lightness() < 60
    assert dark.color(dark.ColorRole.Text).lightness() > 200


@pytest.mark.usefixtures("qapp")
def test_a_file_that_is_no_session_is_told_and_nothing_hangs(tmp_path: Path) -> None:
    path = tmp_path / "no session.h5"
    path.write_text("text")
    with pytest.raises(SessionError, match="no session"):
        app.take_screenshots(path, tmp_path)
    assert list(config_dir().glob("*.json")) == []
    assert list(tmp_path.glob("*.png")) == []
