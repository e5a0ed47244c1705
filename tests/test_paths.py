"""Paths that were written for other drives lead to the files here."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from hdmea_gui.errors import ConfigurationError
from hdmea_gui.paths import is_same_place, local_path, optional_path, read_rules, set_rules
from hdmea_gui.pipeline import create_session
from hdmea_gui.settings import PLAYLIST, find_path

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def no_rules_left() -> Iterator[None]:
    yield
    set_rules(())


def rules(*texts: str) -> None:
    set_rules(read_rules(texts))


@pytest.mark.parametrize(
    ("rule", "path", "expected"),
    [
        (r"O:\20250410=/data/x", r"O:\20250410\a b.cmcr", "/data/x/a b.cmcr"),
        (r"O:\20250410=/data/x", "O:/20250410/sub/a.cmcr", "/data/x/sub/a.cmcr"),
        (r"O:\20250410=/data/x", r"o:\\20250410\\sub\\a.cmcr", "/data/x/sub/a.cmcr"),
        (r"O:\20250410=/data/x", r"O:\20250410", "/data/x"),
        (r"O:\20250410=/data/x", r"O:\202504101\a", r"O:\202504101\a"),
        ("O:\\=/data", r"O:\a\b", "/data/a/b"),
        ("O:=/data", r"O:\a\b", "/data/a/b"),
        ("o:/=/data/", "O:/A", "/data/A"),
        (r"M:\Lab Data\Set=/d", r"m:\lab data\SET\x", "/d/x"),
        (r"\\server\share=/mnt/s", r"\\SERVER\share\x\y", "/mnt/s/x/y"),
        (r"\\server\share=/mnt/s", "//server/share/x", "/mnt/s/x"),
        ("/old/place=/new", "/old/place/x", "/new/x"),
        ("/old/place=/new", "/Old/place/x", "/Old/place/x"),
        ("/data=/data/new", "/data/x", "/data/new/x"),
        ("/data=/data/new", "/data/new/x", "/data/new/x"),
        ("artifacts=/results", "artifacts/x.h5", "/results/x.h5"),
        ("artifacts=/results", "./other/artifacts/x.h5", "./other/artifacts/x.h5"),
        ("O:=/a=b", r"O:\x=y", "/a=b/x=y"),
        ("O:\\M\u00fcller=/m", "O:\\Mu\u0308ller\\x", "/m/x"),
        ("/Mu\u0308ller=/m", "/M\u00fcller/x", "/m/x"),
        ("O:\\\u0130x=/m", "O:\\i\u0307x\\abc", "/m/abc"),
        ("/=/root of all", "/a/b", "/root of all/a/b"),
        (r"O:\b=/d", r"O:\a\..\b\x", "/d/x"),
        (r"O:\a=/d", r"O:\a\..\b\x", r"O:\a\..\b\x"),
        (r"O:\a=/d", r"O:\a\..\..\.\a\b\..\x", "/d/x"),
        (r"O:\c\..\a\.=/d", "O:/a/./x", "/d/x"),
        (r"\\server\share=/mnt/s", r"\\server\share\..\x\..\y", "/mnt/s/y"),
        (r"O:\a=/d", r"\\?\O:\a\x", "/d/x"),
        (r"O:\a=/d", "//?/o:/A/x", "/d/x"),
        (r"\\?\O:\a=/d", r"O:\a\x", "/d/x"),
        (r"\\server\share=/mnt/s", r"\\?\UNC\server\share\x", "/mnt/s/x"),
        (r"\\?\unc\server\share=/mnt/s", "//server/share/x", "/mnt/s/x"),
    ],
)
def test_a_beginning_is_replaced_once(rule: str, path: str, expected: str) -> None:
    assert local_path(path) == Path(path)
    rules(rule)
    found = local_path(path)
    assert found == Path(expected)
    assert local_path(found) == found
    assert local_path(Path(path)) == found


def test_the_longest_beginning_wins() -> None:
    rules("O:=/short", r"O:\a\b=/long", r"O:\a=/middle")
    assert local_path(r"O:\a\b\c") == Path("/long/c")
    assert local_path(r"O:\a\bc") == Path("/middle/bc")
    assert local_path(r"O:\c") == Path("/short/c")


def test_a_path_that_a_script_made_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    rules("O:=/data", r"\\server\share=/share")
    drive, share = Path(r"O:\a").absolute(), Path(r"\\server\share\a").absolute()
    long = Path(r"\\?\O:\a").absolute()
    monkeypatch.chdir("/")
    assert local_path(drive) == local_path(long) == Path("/data/a")
    assert local_path(share) == Path("/share/a")
    assert local_path(tmp_path / "a") == tmp_path / "a"
    assert local_path(tmp_path / "no O:" / "a") == tmp_path / "no O:" / "a"


@pytest.mark.skipif(os.name == "nt", reason="such drives exist there")
def test_a_drive_that_no_rule_is_about_is_remarked_on_once(caplog: pytest.LogCaptureFixture) -> None:
    rules("O:=/data")
    for path in (r"O:\a", "a", "/a/P", "//server/a"):
        local_path(path)
    assert caplog.text == ""
    for path in (r"P:\a", "p:/b", r"\\?\P:\c", r"\\?\UNC\server\share\a", r"\\SERVER\b"):
        local_path(path)
    assert [record.args for record in caplog.records] == [
        (r"P:\a", "P:"),
        (r"\\server\share\a", r"\\server"),
    ]


def test_a_relative_new_place_is_meant_from_where_the_command_was_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    rules("O:=data")
    monkeypatch.chdir("/")
    assert local_path("O:/x") == tmp_path / "data" / "x"


@pytest.mark.parametrize(
    "texts",
    [
        ("",),
        ("=",),
        ("a=",),
        ("=b",),
        ("nonsense",),
        ("a=/b", "a/=/c"),
        ("a=/b", "/b=/c"),
        ("a=/b", "/b/c=/d"),
    ],
)
def test_what_is_no_rule_is_refused(texts: tuple[str, ...]) -> None:
    with pytest.raises(ConfigurationError):
        read_rules(texts)


def test_the_same_rule_twice_is_one() -> None:
    assert len(read_rules(["O:=/a", "o:\\=/a"])) == 1


def test_rules_hold_wherever_a_path_comes_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rules(f"O:={tmp_path}")
    session = create_session(None, r"O:\rec.cmcr", r"O:\rec-.cmtr", r"O:\out")
    assert session.dataset_id == "rec"
    assert session.source_files["cmcr_path"] == tmp_path / "rec.cmcr"
    assert session.save() == tmp_path / "out" / "rec.h5"
    assert session.checkpoint(r"O:\out\c.h5") == tmp_path / "out" / "c.h5"
    assert type(session).load(r"O:\out\c.h5").dataset_id == "rec"
    monkeypatch.setenv("HDMEA_PLAYLIST", r"O:\playlist.csv")
    assert find_path(None, PLAYLIST) == tmp_path / "playlist.csv"
    assert optional_path(None) is None


def test_links_lead_to_the_same_place(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "target")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    assert is_same_place(tmp_path / "link", tmp_path / "x" / ".." / "target")
    assert not is_same_place(tmp_path / "loop", tmp_path / "target")
