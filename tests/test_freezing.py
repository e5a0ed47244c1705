"""The frozen program: its description for PyInstaller on each system, its icons, its installer."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import runpy
import struct
import subprocess
import sys
import tarfile
import tomllib
import types
import xml.etree.ElementTree as ET
from configparser import ConfigParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtGui import QImage

import hdmea_gui

if TYPE_CHECKING:
    from types import ModuleType

ROOT = Path(__file__).parent.parent
PACKAGING = ROOT / "packaging"
PLUGINS = "PySide6/Qt/plugins"


@pytest.fixture(autouse=True)
def neighbours(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the files of packaging/, which is no package, import each other as they do when they are started."""
    monkeypatch.syspath_prepend(PACKAGING)


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, PACKAGING / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Made:
    """What the description asks PyInstaller to make."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = []

    def maker(self, name: str) -> Any:
        def make(*arguments: Any, **named: Any) -> types.SimpleNamespace:
            self.calls.append((name, arguments, named))
            entries = [
                (f"{PLUGINS}/platforms/libqxcb.so", "", ""),
                (f"{PLUGINS}/platforms/libqeglfs.so", "", ""),
            ]
            return types.SimpleNamespace(scripts=[], pure=[], binaries=entries, datas=[], call=(name, named))

        return make

    def named(self, name: str) -> list[dict[str, Any]]:
        return [named for called, _arguments, named in self.calls if called == name]


def evaluate(monkeypatch: pytest.MonkeyPatch, system: str) -> tuple[Made, dict[str, Any]]:
    made = Made()
    hooks = types.ModuleType("PyInstaller.utils.hooks")
    hooks.copy_metadata = lambda name, **_named: [(f"{name}.dist-info", f"{name}.dist-info")]  # type: ignore[attr-defined]
    hooks.collect_submodules = lambda name: [name, f"{name}.scripts"]  # type: ignore[attr-defined]
    for name in ("PyInstaller", "PyInstaller.utils"):
        monkeypatch.setitem(sys.modules, name, types.ModuleType(name))
    monkeypatch.setitem(sys.modules, "PyInstaller.utils.hooks", hooks)
    monkeypatch.setattr(sys, "platform", system)
    names = ("Analysis", "PYZ", "EXE", "COLLECT", "BUNDLE")
    given = {name: made.maker(name) for name in names} | {"SPECPATH": str(PACKAGING)}
    return made, runpy.run_path(str(PACKAGING / "hdmea-gui.spec"), init_globals=given)


@pytest.mark.parametrize("system", ["linux", "win32", "darwin"])
def test_every_system_gets_a_folder_with_the_program(monkeypatch: pytest.MonkeyPatch, system: str) -> None:
    made, spec = evaluate(monkeypatch, system)
    ((_, arguments, named),) = [call for call in made.calls if call[0] == "Analysis"]
    assert Path(arguments[0][0]) == ROOT / "hdmea_gui" / "__main__.py"
    assert (str(ROOT / "resources"), "hdmea_gui/resources") in named["datas"]
    assert ("hdmea-gui.dist-info", "hdmea-gui.dist-info") in named["datas"]
    # Without these the program does not start, or a library of it does not.
    needed = {
        "unittest",
        "pydoc",
        *(f"PySide6.Qt{name}" for name in ("OpenGL", "OpenGLWidgets", "Network", "Svg")),
    }
    assert not needed & set(named["excludes"])
    assert all(not exe["strip"] and not exe["upx"] and exe["exclude_binaries"] for exe in made.named("EXE"))
    assert made.named("EXE")[0] | {"name": "hdmea-gui", "console": False} == made.named("EXE")[0]
    assert len(made.named("COLLECT")) == 1
    assert spec["VERSION"] == hdmea_gui.__version__


def test_windows_gets_a_twin_with_a_console_an_icon_and_a_version(monkeypatch: pytest.MonkeyPatch) -> None:
    made, _ = evaluate(monkeypatch, "win32")
    first, twin = made.named("EXE")
    assert (twin["name"], twin["console"]) == ("hdmea-gui-cli", True)
    assert first["icon"].endswith("hdmea-gui.ico")
    text = Path(first["version"]).read_text(encoding="utf-8")
    fields = re.findall(r"StringStruct\('(\w+)', '([^']*)'\)", text)
    assert dict(fields)["ProductVersion"] == hdmea_gui.__version__
    numbers = tuple(int(part) for part in hdmea_gui.__version__.split("."))
    assert f"filevers={(*numbers, 0)}" in text
    compile(text, "version.txt", "eval")
    assert made.named("BUNDLE") == []


def test_macos_gets_a_bundle_that_opens_the_programs_files(monkeypatch: pytest.MonkeyPatch) -> None:
    made, _ = evaluate(monkeypatch, "darwin")
    assert len(made.named("EXE")) == 1
    (bundle,) = made.named("BUNDLE")
    assert bundle["name"] == "HD-MEA.app"
    assert bundle["icon"].endswith("hdmea-gui.icns")
    assert bundle["version"] == hdmea_gui.__version__
    kinds = bundle["info_plist"]["CFBundleDocumentTypes"]
    assert [kind["CFBundleTypeExtensions"] for kind in kinds] == [["h5"], ["cmcr"], ["cmtr"]]


def test_linux_gets_one_program_and_neither_bundle_nor_version(monkeypatch: pytest.MonkeyPatch) -> None:
    made, _ = evaluate(monkeypatch, "linux")
    (program,) = made.named("EXE")
    assert program["icon"] is None
    assert program["version"] is None
    assert made.named("BUNDLE") == []


def test_files_that_nothing_uses_are_left_out_and_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    _, spec = evaluate(monkeypatch, "linux")
    kept = [
        *(f"{PLUGINS}/platforms/{name}" for name in ("libqxcb.so", "libqoffscreen.so", "libqwayland.so")),
        *(f"{PLUGINS}/{name}" for name in ("iconengines/libqsvgicon.so", "imageformats/libqsvg.so")),
        "PySide6\\plugins\\platforms\\qwindows.dll",
        "PySide6/Qt/plugins/platforms/libqcocoa.dylib",
        *("PySide6/QtNetwork.abi3.so", "PySide6/QtOpenGL.abi3.so", "PySide6/Qt/lib/libQt6Svg.so.6"),
        *("numpy.libs/libscipy_openblas64_.so", "libglib-2.0.so.0", "libfontconfig.so.1", "scipy/io/x.so"),
        "hdmea_gui/resources/icon/hdmea-gui.svg",
    ]
    dropped = [
        "PySide6/Qt/translations/qtbase_de.qm",
        f"{PLUGINS}/platforms/libqeglfs.so",
        f"{PLUGINS}/platformthemes/libqgtk3.so",
        "PySide6\\plugins\\platforminputcontexts\\qtvirtualkeyboardplugin.dll",
        "PySide6\\opengl32sw.dll",
        "PySide6\\Qt6Quick.dll",
        *("libcairo.so.2", "libgdk_pixbuf-2.0.so.0", "libpangocairo-1.0.so.0", "libgio-2.0.so.0"),
        "hdmea_gui-0.1.0.dist-info/direct_url.json",
        "hdmea_gui/resources/screenshots/window.png",
    ]
    stays = [name for name, *_ in spec["needed"]([(name, "", "") for name in [*kept, *dropped]])]
    assert stays == kept


def test_icons_hold_the_drawing_in_every_size(tmp_path: Path) -> None:
    icons = load("icons")
    icons.write_icons(ROOT / "resources" / "icon" / "hdmea-gui.svg", tmp_path)
    for size in icons.PNG_SIZES:
        image = QImage(str(tmp_path / "png" / f"{size}.png"))
        assert (image.width(), image.height()) == (size, size)
        assert image.pixelColor(0, 0).alpha() < 255
    ico = (tmp_path / "hdmea-gui.ico").read_bytes()
    n_pictures = struct.unpack_from("<HHH", ico)[2]
    assert n_pictures == len(icons.ICO_SIZES)
    for index, size in enumerate(icons.ICO_SIZES):
        width, _, _, _, _, _, n_bytes, offset = struct.unpack_from("<BBBBHHII", ico, 6 + 16 * index)
        picture = QImage.fromData(ico[offset : offset + n_bytes])
        assert (width or 256, picture.width()) == (size, size)
    assert QImage(str(tmp_path / "hdmea-gui.ico")).width() in icons.ICO_SIZES  # Qt's own reader takes it
    icns = (tmp_path / "hdmea-gui.icns").read_bytes()
    assert struct.unpack(">4sI", icns[:8]) == (b"icns", len(icns))
    at, found = 8, {}
    while at < len(icns):
        kind, n_bytes = struct.unpack_from(">4sI", icns, at)
        found[kind] = QImage.fromData(icns[at + 8 : at + n_bytes]).width()
        at += n_bytes
    assert found == icons.ICNS_SIZES


def test_a_drawing_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.svg").write_text("no drawing")
    with pytest.raises(ValueError, match="cannot read the drawing"):
        load("icons").png(tmp_path / "x.svg", 16)


def test_the_archive_carries_version_and_system_and_its_sum(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    freeze = load("freeze")
    (tmp_path / "hdmea-gui").mkdir()
    (tmp_path / "hdmea-gui" / "hdmea-gui").write_text("program")
    monkeypatch.setattr(freeze, "DIST", tmp_path)
    monkeypatch.setattr(freeze, "PROGRAM", tmp_path / "hdmea-gui")
    monkeypatch.setattr(sys, "platform", "linux")
    archive = freeze.pack()
    assert re.fullmatch(rf"hdmea-gui-{re.escape(hdmea_gui.__version__)}-linux-\w+\.tar\.gz", archive.name)
    digest, name = (tmp_path / f"{archive.name}.sha256").read_text().split()
    assert (digest, name) == (hashlib.sha256(archive.read_bytes()).hexdigest(), archive.name)
    with tarfile.open(archive) as stream:
        entries = {entry.name: entry for entry in stream.getmembers()}
    assert f"{freeze.archive_name()}/hdmea-gui" in entries
    assert {entry.uname for entry in entries.values()} == {""}


@pytest.fixture
def unpacked(tmp_path: Path) -> Path:
    """What the archive of Linux unpacks to, with a program that says where it is."""
    folder = tmp_path / "an archive"
    (folder / "share" / "png").mkdir(parents=True)
    program = folder / "hdmea-gui"
    program.write_text('#!/bin/sh\necho "here: $1"\n')
    program.chmod(0o755)
    for size in (16, 24, 32, 48, 64, 128, 256, 512):
        (folder / "share" / "png" / f"{size}.png").write_bytes(b"png")
    for source in (PACKAGING / "linux" / "hdmea-gui.desktop", PACKAGING / "linux" / "hdmea-gui.xml"):
        (folder / "share" / source.name).write_bytes(source.read_bytes())
    (folder / "share" / "hdmea-gui.svg").write_text("<svg/>")
    (folder / "install.sh").write_bytes((PACKAGING / "linux" / "install.sh").read_bytes())
    (folder / "install.sh").chmod(0o755)
    return folder


def install(folder: Path, home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "HOME": str(home)}
    command = [str(folder / "install.sh"), *words]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.skipif(sys.platform != "linux", reason="the installer of Linux")
def test_the_installer_installs_for_one_user_and_takes_all_away(unpacked: Path, tmp_path: Path) -> None:
    home = tmp_path / "a home & 5 % more, ü"
    (home / ".local" / "bin").mkdir(parents=True)
    (home / ".local" / "bin" / "another").write_text("")
    assert install(unpacked, home).returncode == 0
    again = install(unpacked, home)
    assert again.returncode == 0, again.stderr
    said = subprocess.run(
        [str(home / ".local" / "bin" / "hdmea-gui"), "x"], capture_output=True, text=True, check=True
    )
    assert said.stdout == "here: x\n"
    entry = ConfigParser(interpolation=None)
    entry.read(home / ".local" / "share" / "applications" / "hdmea-gui.desktop", encoding="utf-8")
    path = f"{home}/.local/opt/hdmea-gui/hdmea-gui".replace("%", "%%")
    assert entry["Desktop Entry"]["Exec"] == f'"{path}" %F'
    assert (home / ".local" / "share" / "icons" / "hicolor" / "64x64" / "apps" / "hdmea-gui.png").is_file()
    assert install(unpacked, home, "--uninstall").returncode == 0
    assert list(home.rglob("*hdmea*")) == []
    assert (home / ".local" / "bin" / "another").is_file()
    assert not (home / ".local" / "opt" / "hdmea-gui").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="the installer of Linux")
def test_the_installer_refuses_what_it_cannot_do(unpacked: Path, tmp_path: Path) -> None:
    assert install(unpacked, tmp_path, "--nonsense").returncode == 2
    (unpacked / "hdmea-gui").unlink()
    done = install(unpacked, tmp_path)
    assert done.returncode == 1
    assert "Unpack the archive" in done.stderr


def test_the_systems_are_told_of_the_same_kinds_of_files(monkeypatch: pytest.MonkeyPatch) -> None:
    _, spec = evaluate(monkeypatch, "linux")
    endings = {ending for ending, *_ in spec["DOCUMENTS"]}
    types_of = ET.parse(PACKAGING / "linux" / "hdmea-gui.xml")  # noqa: S314 - our own file
    globs = {element.attrib["pattern"] for element in types_of.iter() if element.tag.endswith("}glob")}
    assert globs == {f"*.{ending}" for ending in endings}
    known = {element.attrib["type"] for element in types_of.iter() if element.tag.endswith("}mime-type")}
    entry = ConfigParser(interpolation=None)
    entry.read(PACKAGING / "linux" / "hdmea-gui.desktop", encoding="utf-8")
    assert known <= set(entry["Desktop Entry"]["MimeType"].split(";"))
    registry = (PACKAGING / "windows" / "hdmea-gui.iss").read_text(encoding="utf-8")
    assert set(re.findall(r"Classes\\\.(\w+)", registry)) == endings


def test_versions_agree_everywhere() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["version"] == hdmea_gui.__version__ == load("freeze").version()


def test_the_check_sees_a_program_that_is_too_large_or_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    check = load("check")
    (tmp_path / "program").mkdir()
    (tmp_path / "program" / "a").write_bytes(b"x" * 1000)
    archive = tmp_path / "archive"
    archive.write_bytes(b"y")
    assert list(check.sizes(archive, tmp_path / "program")) == []
    monkeypatch.setattr(check, "MOST_UNPACKED_MB", 0.0005)
    assert "too large" in next(iter(check.sizes(archive, tmp_path / "program")))
    before = check.listing(tmp_path / "program")
    assert check.listing(tmp_path / "program") == before
    (tmp_path / "program" / "b").write_bytes(b"")
    assert check.listing(tmp_path / "program") != before


@pytest.mark.skipif(sys.platform == "win32", reason="a program that is a script")
def test_the_check_sees_a_self_test_that_fails_or_breaks_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    check = load("check")
    monkeypatch.setattr(check, "as_nobody", lambda: False)
    program = tmp_path / "program"
    for text, words in (
        ('import sys; print(\'{"ok": false, "checks": []}\'); sys.exit(1)', "is not OK"),
        ("import sys; sys.exit(7)", r"broke off \(7\)"),
    ):
        program.write_text(f"#!{sys.executable}\n{text}\n")
        program.chmod(0o755)
        found = list(check.self_test("here", program, dict(os.environ), None))
        assert len(found) == 1
        assert re.search(words, found[0])


@pytest.mark.parametrize(
    ("slower", "n_noisy", "n_rounds", "is_quick"),
    [
        (1.0, 0, 5, True),
        (1.25, 9, 10, True),  # the machine was busy whenever ours started, nine times
        (1.0, 14, 15, True),
        (1.35, 0, 15, False),
        (2.0, 3, 15, False),
    ],
)
def test_noise_does_not_fail_the_start_and_a_real_regression_does(
    slower: float, n_noisy: int, n_rounds: int, is_quick: bool
) -> None:
    check = load("check")
    ours = iter([3.0] * n_noisy + [slower] * check.MOST_STARTS)
    theirs = iter([1.0] * check.MOST_STARTS)
    frozen, source = check.quickest(lambda: next(ours), lambda: next(theirs))
    assert len(frozen) == len(source) == n_rounds
    assert (min(frozen) <= check.MOST_SLOWER * min(source)) is is_quick


def test_what_is_measured_and_locked_on_macos_is_the_bundle() -> None:
    check = load("check")
    bundle = Path("/x/HD-MEA.app")
    assert check.whole(bundle / "Contents" / "MacOS" / "hdmea-gui") == bundle
    assert (
        check.whole(Path("/x/hdmea-gui-0.1.0-linux-x86_64/hdmea-gui")).name == "hdmea-gui-0.1.0-linux-x86_64"
    )
