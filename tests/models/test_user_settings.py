from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest

from hdmea_gui.models.user_settings import UserSettings
from hdmea_gui.settings import load_settings

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

pytestmark = pytest.mark.usefixtures("qapp")


def test_what_is_kept_is_saved_by_the_time_that_others_hear_of_it() -> None:
    settings = UserSettings()
    read: list[float | None] = []
    settings.changed.connect(lambda: read.append(load_settings().sensor_pitch_um))
    settings.keep(dataclasses.replace(settings.current, sensor_pitch_um=32.0))
    assert read == [32.0]
    assert UserSettings().current == settings.current


def test_the_last_files_are_remembered_each_once_and_newest_first(tmp_path: Path) -> None:
    settings = UserSettings()
    paths = [tmp_path / f"{number}.h5" for number in range(12)]
    for path in (*paths, paths[5]):
        settings.remember(path)
    newest = [5, 11, 10, 9, 8, 7, 6, 4, 3, 2]
    assert settings.current.recent_files == tuple(str(paths[number]) for number in newest)
    assert load_settings().recent_files == settings.current.recent_files


def test_settings_that_cannot_be_saved_apply_all_the_same(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = UserSettings()
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("HDMEA_CONFIG_DIR", str(tmp_path / "file"))
    with qtbot.waitSignals([settings.failed, settings.changed]):
        settings.keep(dataclasses.replace(settings.current, sensor_pitch_um=16.0))
    assert settings.current.sensor_pitch_um == 16.0
