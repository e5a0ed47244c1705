from __future__ import annotations

import json
import logging
import os
import sys
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import platformdirs
import pytest

from hdmea_gui import settings
from hdmea_gui.errors import ConfigurationError
from hdmea_gui.settings import MOVIE_LENGTHS, PLAYLIST, STIMULI, KnownPath, Settings

EVERY_PATH = [PLAYLIST, MOVIE_LENGTHS, STIMULI]


def write_settings_file(text: str) -> Path:
    path = settings.settings_file()
    path.write_text(text, encoding="utf-8")
    return path


def test_nothing_saved_gives_empty_settings() -> None:
    assert settings.load_settings() == Settings(None, None, None)


def test_saved_settings_come_back_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings.save_settings(Settings(playlist_file=Path("playlist.csv"), stimuli_dir=tmp_path / "µ stimuli"))
    assert settings.load_settings() == Settings(tmp_path / "playlist.csv", None, tmp_path / "µ stimuli")


@pytest.mark.skipif(os.name == "nt", reason="names there are text")
def test_a_name_that_is_no_text_comes_back(tmp_path: Path) -> None:
    odd = tmp_path / os.fsdecode(b"stimuli-\xff")
    settings.save_settings(Settings(stimuli_dir=odd))
    assert settings.load_settings().stimuli_dir == odd


def test_unknown_keys_stay_in_the_file(tmp_path: Path) -> None:
    path = write_settings_file('{"of_a_later_version": {"width": 800}, "stimuli_dir": "/old"}')
    settings.save_settings(Settings(stimuli_dir=tmp_path))
    stored = json.loads(path.read_text(encoding="utf-8"))
    assert stored["of_a_later_version"] == {"width": 800}
    assert stored["stimuli_dir"] == str(tmp_path)


@pytest.mark.parametrize("text", ['{"playlist_file": ', "[1, 2]", "", "\ufeff{}"])
def test_an_unreadable_file_is_set_aside(text: str, caplog: pytest.LogCaptureFixture) -> None:
    path = write_settings_file(text)
    with caplog.at_level(logging.WARNING):
        assert settings.load_settings() == Settings()
    aside = path.with_name("settings.json.unreadable")
    assert aside.read_text(encoding="utf-8") == text
    assert not path.exists()
    assert str(aside) in caplog.text
    caplog.clear()
    assert settings.load_settings() == Settings()
    assert not caplog.records


def test_bytes_that_are_no_text_are_set_aside() -> None:
    path = settings.settings_file()
    path.write_bytes(b"\xff\xfe\x00")
    assert settings.load_settings() == Settings()
    assert path.with_name("settings.json.unreadable").read_bytes() == b"\xff\xfe\x00"


def test_a_value_of_the_wrong_form_counts_as_not_set(caplog: pytest.LogCaptureFixture) -> None:
    write_settings_file('{"playlist_file": 3, "stimuli_dir": "/stimuli", "movie_length_file": ""}')
    with caplog.at_level(logging.WARNING):
        assert settings.load_settings() == Settings(stimuli_dir=Path("/stimuli"))
    assert [record.args[0] for record in caplog.records if isinstance(record.args, tuple)] == [
        "playlist_file"
    ]


def test_a_failed_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.save_settings(Settings(stimuli_dir=tmp_path))
    before = settings.settings_file().read_bytes()

    def full_disk(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(ConfigurationError, match=r"settings\.json: No space left"):
        settings.save_settings(Settings())
    assert settings.settings_file().read_bytes() == before
    assert [file.name for file in settings.config_dir().iterdir()] == ["settings.json"]


def test_the_settings_folder_is_made_when_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HDMEA_CONFIG_DIR", str(tmp_path / "not" / "there"))
    assert settings.load_settings() == Settings()
    settings.save_settings(Settings(stimuli_dir=tmp_path))
    assert settings.load_settings() == Settings(stimuli_dir=tmp_path)


def test_folders_are_the_systems_own_without_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HDMEA_CONFIG_DIR")
    assert settings.config_dir() == platformdirs.user_config_path("hdmea-gui", appauthor=False)
    if sys.platform == "linux":
        assert settings.config_dir().name == "hdmea-gui"
    folders = {settings.config_dir(), settings.data_dir(), settings.log_dir(), settings.cache_dir()}
    assert len(folders) >= 3


def test_every_folder_moves_with_the_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HDMEA_CONFIG_DIR", str(tmp_path))
    folders = [settings.config_dir(), settings.data_dir(), settings.log_dir(), settings.cache_dir()]
    assert folders == [tmp_path, tmp_path / "data", tmp_path / "log", tmp_path / "cache"]


def test_every_path_setting_can_be_asked_for() -> None:
    assert [known.setting for known in EVERY_PATH] == [
        field.name for field in fields(Settings) if field.type == "Path | None"
    ]


@pytest.mark.parametrize("known", EVERY_PATH, ids=lambda known: known.setting)
def test_argument_before_settings_before_environment(
    known: KnownPath, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given, stored, exported = (tmp_path / name for name in ("given", "stored", "exported"))
    assert settings.find_path(None, known) is None
    monkeypatch.setenv(known.variable, str(exported))
    assert settings.find_path(None, known) == exported
    chosen: dict[str, Any] = {known.setting: stored}
    settings.save_settings(replace(Settings(), **chosen))
    assert settings.find_path(None, known) == stored
    assert settings.find_path(str(given), known) == given


@pytest.mark.parametrize("known", EVERY_PATH, ids=lambda known: known.setting)
def test_a_missing_path_names_the_three_ways(known: KnownPath) -> None:
    with pytest.raises(ConfigurationError) as caught:
        settings.require_path(None, known)
    text = str(caught.value)
    for part in (known.argument, known.setting, str(settings.settings_file()), known.variable):
        assert part in text


def test_an_empty_variable_is_no_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HDMEA_PLAYLIST", "")
    assert settings.find_path(None, PLAYLIST) is None


def test_a_path_where_nothing_is_names_the_path(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="gone"):
        settings.require_path(tmp_path / "gone", STIMULI)
    assert settings.require_path(tmp_path, STIMULI) == tmp_path


def test_home_is_expanded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert settings.find_path("~/stimuli", STIMULI) == tmp_path / "stimuli"


def test_other_settings_come_back_too() -> None:
    chosen = Settings(
        sensor_pitch_um=16.0,
        checkpoint_after_steps=False,
        compress_files=True,
        undo_memory_gb=0.5,
        recent_files=("a.h5", "b.h5"),
        window={"state": "x", "columns": ["id"]},
    )
    settings.save_settings(chosen)
    assert settings.load_settings() == chosen


def test_other_settings_of_the_wrong_form_count_as_not_set(caplog: pytest.LogCaptureFixture) -> None:
    wrong = {
        "sensor_pitch_um": -3,
        "checkpoint_after_steps": "no",
        "compress_files": 1,
        "undo_memory_gb": True,
        "recent_files": "a.h5",
        "window": 7,
    }
    write_settings_file(json.dumps(wrong))
    assert settings.load_settings() == Settings()
    assert len(caplog.records) == len(wrong)


@pytest.mark.parametrize(
    ("platform", "display", "wayland", "seen"),
    [
        ("", "", "", False),
        ("", ":0", "", True),
        ("", "", "wayland-0", True),
        ("offscreen", ":0", "", False),
        ("minimal:freetype", ":0", "", False),
        ("xcb", "", "wayland-0", False),
        ("xcb", ":0", "", True),
        ("wayland-egl", "", "wayland-0", True),
        ("wayland", ":0", "", False),
        ("eglfs", "", "", True),
    ],
)
def test_whether_there_is_a_screen_is_known_without_qt(
    platform: str, display: str, wayland: str, seen: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    for name, value in (("QT_QPA_PLATFORM", platform), ("DISPLAY", display), ("WAYLAND_DISPLAY", wayland)):
        monkeypatch.setenv(name, value)
    assert settings.has_screen() is seen


def test_elsewhere_there_is_always_a_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.delenv("QT_QPA_PLATFORM", raising=False)
    assert settings.has_screen()
