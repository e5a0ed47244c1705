from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest

from hdmea_gui.models.user_settings import UserSettings
from hdmea_gui.settings import load_settings, settings_file

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


def test_two_running_programs_keep_what_each_has_changed(tmp_path: Path) -> None:
    first, second = UserSettings(), UserSettings()
    first.keep(dataclasses.replace(first.current, sensor_pitch_um=32.0, undo_memory_gb=4.0))
    first.remember(tmp_path / "a.h5")
    second.keep(dataclasses.replace(second.current, stimuli_dir=tmp_path, undo_memory_gb=1.0))
    second.remember(tmp_path / "b.h5")
    first.remember(tmp_path / "c.h5")
    for settings in (load_settings(), UserSettings().current, first.current):
        assert (settings.sensor_pitch_um, settings.stimuli_dir) == (32.0, tmp_path)
        assert settings.undo_memory_gb == 1.0  # changed by both: the later one
        assert [name[-4:] for name in settings.recent_files] == ["c.h5", "b.h5", "a.h5"]


def test_layouts_of_two_windows_are_merged_entry_by_entry() -> None:
    first, second = UserSettings(), UserSettings()
    start = {"state": "x", "table": {"columns": None, "widths": {}}, "views": {"chip": {"colour": 1}}}
    moved = start | {"state": "y", "views": {"chip": {"colour": 2}}}
    first.keep_window(start, moved)
    second.keep_window(start, start | {"table": {"columns": ["id"], "widths": {}}})
    assert load_settings().window == {
        "state": "y",
        "table": {"columns": ["id"], "widths": {}},
        "views": {"chip": {"colour": 2}},
    }


def test_settings_whose_file_was_removed_are_written_again() -> None:
    settings = UserSettings()
    settings.keep(dataclasses.replace(settings.current, sensor_pitch_um=32.0))
    settings_file().unlink()
    settings.keep(dataclasses.replace(settings.current, undo_memory_gb=3.0))
    assert (load_settings().sensor_pitch_um, load_settings().undo_memory_gb) == (32.0, 3.0)


@pytest.mark.parametrize("damaged", ["", "{", "[]", "{}"])
def test_a_settings_file_that_cannot_be_read_resets_nothing(damaged: str) -> None:
    settings = UserSettings()
    settings.keep(dataclasses.replace(settings.current, sensor_pitch_um=32.0))
    settings_file().write_text(damaged)
    settings.remember(settings_file())
    assert load_settings().sensor_pitch_um == settings.current.sensor_pitch_um == 32.0


def test_a_dialog_changes_only_what_was_changed_in_it(tmp_path: Path) -> None:
    settings, other = UserSettings(), UserSettings()
    before = settings.current
    other.keep(dataclasses.replace(other.current, sensor_pitch_um=32.0, undo_memory_gb=4.0))
    settings.remember(tmp_path / "a.h5")
    settings.keep(dataclasses.replace(before, stimuli_dir=tmp_path, undo_memory_gb=1.0), since=before)
    saved = load_settings()
    assert (saved.sensor_pitch_um, saved.stimuli_dir, saved.undo_memory_gb) == (32.0, tmp_path, 1.0)
    assert saved.recent_files == (str(tmp_path / "a.h5"),)
