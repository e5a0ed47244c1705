from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
import sysconfig
import tomllib
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import hdmea_gui

if TYPE_CHECKING:
    from types import ModuleType

ROOT = Path(__file__).parent.parent


def load_dev() -> ModuleType:
    spec = importlib.util.spec_from_file_location("dev", ROOT / "packaging" / "dev.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def dev(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """dev.py on a project of its own, in a folder with a space."""
    module = load_dev()
    root = tmp_path / "a project"
    (root / "packaging").mkdir(parents=True)
    (root / "pyproject.toml").write_text("[project]\n")
    (root / "packaging" / "constraints.txt").write_text("numpy==2.4.6\n")
    monkeypatch.setattr(module, "ROOT", root)
    monkeypatch.setattr(module, "VENV", module.Environment(root / ".venv"))
    monkeypatch.setattr(module, "BUILD_VENV", module.Environment(root / ".venv-build"))
    monkeypatch.setattr(module, "CONSTRAINTS", root / "packaging" / "constraints.txt")
    return module


@pytest.fixture
def commands(dev: ModuleType, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Commands that dev.py would have run."""
    seen: list[list[str]] = []
    monkeypatch.setattr(dev, "run", lambda command, **_named: seen.append(list(command)))
    return seen


def pretend_installed(dev: ModuleType, extras: str) -> None:
    dev.VENV.python.parent.mkdir(parents=True)
    dev.VENV.python.write_text("")
    dev.VENV.stamp.write_text(dev.stamp(extras) + "\n")


def test_nothing_is_missing_where_every_library_loads(dev: ModuleType) -> None:
    assert dev.missing_packages(lambda _library: True, venv_works=True) == []


def test_missing_libraries_are_named_by_their_packages(dev: ModuleType) -> None:
    gone = {"libGL.so.1", "libdbus-1.so.3"}
    found = dev.missing_packages(lambda library: library not in gone, venv_works=True)
    assert found == ["libgl1", "libdbus-1-3"]


def test_missing_ensurepip_is_named_by_this_pythons_package(dev: ModuleType) -> None:
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert dev.missing_packages(lambda _library: True, venv_works=False) == [f"python{version}-venv"]


def test_a_library_that_does_not_exist_cannot_be_loaded(dev: ModuleType) -> None:
    assert not dev.can_load("libhdmea-no-such-thing.so.9")


@pytest.mark.skipif(sys.platform != "linux", reason="names of Linux libraries")
def test_a_library_that_exists_can_be_loaded(dev: ModuleType) -> None:
    assert dev.can_load("libc.so.6")


def test_without_root_the_exact_command_is_told(dev: ModuleType, commands: list[list[str]]) -> None:
    with pytest.raises(dev.SetupError) as caught:
        dev.install_system_packages(["libgl1", "libegl1"], has_apt=True, is_root=False)
    line = "sudo apt-get update && sudo apt-get install -y --no-install-recommends libgl1 libegl1"
    assert line in str(caught.value).splitlines()[2]
    assert commands == []


def test_root_installs_after_an_update(dev: ModuleType, commands: list[list[str]]) -> None:
    dev.install_system_packages(["libgl1"], has_apt=True, is_root=True)
    assert commands == [
        ["apt-get", "update"],
        ["apt-get", "install", "-y", "--no-install-recommends", "libgl1"],
    ]


def test_apt_is_left_alone_when_nothing_is_missing(dev: ModuleType, commands: list[list[str]]) -> None:
    dev.install_system_packages([], has_apt=True, is_root=True)
    assert commands == []


def test_a_system_without_apt_goes_on(
    dev: ModuleType, commands: list[list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    dev.install_system_packages(["libegl1"], has_apt=False, is_root=True)
    assert commands == []
    assert "libegl1" in capsys.readouterr().out


def test_an_old_python_is_refused_in_words(dev: ModuleType) -> None:
    dev.require_python((3, 11, 0))
    with pytest.raises(dev.SetupError, match=r"needs Python 3\.11 or newer, and this is Python 3\.9\.2"):
        dev.require_python((3, 9, 2))


def test_the_stamp_follows_everything_that_is_installed(
    dev: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stamps = [dev.stamp(""), dev.stamp("[dev]")]
    for file in (dev.ROOT / "pyproject.toml", dev.CONSTRAINTS):
        file.write_text(file.read_text() + "# changed\n")
        stamps.append(dev.stamp(""))
    monkeypatch.setattr(dev.platform, "python_version", lambda: "3.99.0")
    stamps.append(dev.stamp(""))
    (tmp_path / "moved").mkdir()
    dev.ROOT.rename(tmp_path / "moved" / "project")
    monkeypatch.setattr(dev, "ROOT", tmp_path / "moved" / "project")
    monkeypatch.setattr(dev, "CONSTRAINTS", dev.ROOT / "packaging" / "constraints.txt")
    stamps.append(dev.stamp(""))
    assert len(set(stamps)) == len(stamps)
    assert stamps[-1] == dev.stamp("")


@pytest.mark.parametrize(
    ("has", "wants", "enough"),
    [("", "", True), ("[dev]", "[dev]", True), ("[dev]", "", True), ("", "[dev]", False)],
)
def test_an_installation_serves_what_it_holds(dev: ModuleType, has: str, wants: str, enough: bool) -> None:
    assert not dev.is_installed(wants, dev.VENV)
    pretend_installed(dev, has)
    assert dev.is_installed(wants, dev.VENV) is enough
    dev.VENV.python.unlink()
    assert not dev.is_installed(wants, dev.VENV)


def test_a_second_call_installs_nothing(dev: ModuleType, commands: list[list[str]]) -> None:
    pretend_installed(dev, "[dev]")
    dev.install_project("[dev]", dev.VENV)
    assert commands == []


def test_a_failed_installation_is_tried_again(dev: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    pretend_installed(dev, "")
    monkeypatch.setattr(dev, "make_venv", lambda _venv: None)

    def no_network(*_arguments: object, **_named: object) -> None:
        raise dev.SetupError("no network")

    monkeypatch.setattr(dev, "run", no_network)
    with pytest.raises(dev.SetupError):
        dev.install_project("[dev]", dev.VENV)
    assert not dev.is_installed("", dev.VENV)


def test_builds_keep_to_the_constraints_too(dev: ModuleType) -> None:
    environment = dev.pip_environment()
    assert environment["PIP_CONSTRAINT"] == environment["PIP_BUILD_CONSTRAINT"]
    assert environment["PIP_CONSTRAINT"].startswith("file:///")
    assert " " not in environment["PIP_CONSTRAINT"]


def test_a_command_that_fails_is_told_without_a_traceback(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(
        dev, "prepare", lambda _extras="": dev.run([sys.executable, "-c", "raise SystemExit(3)"])
    )
    assert dev.main(["demo"]) == 1
    assert "This command failed" in capfd.readouterr().err


def test_every_check_runs_and_one_failure_is_enough(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(dev, "prepare", lambda _extras: None)
    monkeypatch.setattr(dev.Environment, "program", lambda _self, _name: sys.executable)
    say_platform = "import os; print(os.environ['QT_QPA_PLATFORM'])"
    checks = [("first", "", ["-c", "raise SystemExit(1)"]), ("second", "", ["-c", say_platform])]
    monkeypatch.setattr(dev, "CHECKS", checks)
    assert dev.main(["test"]) == 1
    printed = capfd.readouterr().out
    assert "Failed: first\n" in printed
    assert "offscreen" in printed
    monkeypatch.setattr(dev, "CHECKS", checks[1:])
    assert dev.main(["test"]) == 0


def test_the_demo_gets_the_arguments_and_its_exit_code_is_passed_on(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[list[str]] = []

    def start(command: list[str], **_named: object) -> subprocess.CompletedProcess[str]:
        seen.append(command)
        return subprocess.CompletedProcess(command, 7)

    monkeypatch.setattr(dev, "prepare", lambda: None)
    monkeypatch.setattr(dev.subprocess, "run", start)
    assert dev.main(["demo", "--json", "--output", "x y"]) == 7
    assert seen == [
        [
            dev.VENV.program("hdmea-gui"),
            "demo",
            "--no-window",
            "--output",
            str(dev.DEMO),
            "--json",
            "--output",
            "x y",
        ]
    ]


def test_the_screenshots_are_those_of_the_demo(dev: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, folder in (("DEMO", "demo/screenshots"), ("SCREENSHOTS", "resources/screenshots")):
        (dev.ROOT / folder).mkdir(parents=True)
        monkeypatch.setattr(dev, name, dev.ROOT / ("demo" if name == "DEMO" else folder))
    (dev.SCREENSHOTS / "window.png").write_bytes(b"old")
    codes = [0, 3]

    def start(command: list[str], **_named: object) -> subprocess.CompletedProcess[str]:
        (Path(command[command.index("--output") + 1]) / "screenshots" / "window.png").write_bytes(b"new")
        return subprocess.CompletedProcess(command, codes.pop())

    monkeypatch.setattr(dev, "prepare", lambda: None)
    monkeypatch.setattr(dev.subprocess, "run", start)
    assert dev.main(["screenshots"]) == 3
    assert (dev.SCREENSHOTS / "window.png").read_bytes() == b"old"
    assert dev.main(["screenshots"]) == 0
    assert (dev.SCREENSHOTS / "window.png").read_bytes() == b"new"
    assert dev.main(["screenshots", "more"]) == 1


def test_the_screenshots_of_the_frozen_program_are_its_own(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(dev, "DEMO", dev.ROOT / "demo")
    monkeypatch.setattr(dev, "SCREENSHOTS", dev.ROOT / "pictures")
    dev.SCREENSHOTS.mkdir()
    assert dev.main(["screenshots", "--frozen"]) == 1
    assert "dev.py build" in capsys.readouterr().err
    dev.frozen_program().parent.mkdir(parents=True)
    dev.frozen_program().touch()
    started: list[str] = []

    def start(command: list[str], **_named: object) -> subprocess.CompletedProcess[str]:
        started.append(command[0])
        (dev.DEMO / "screenshots").mkdir(parents=True)
        for name in (*dev.FROZEN_SCREENSHOTS, "threshold.png"):
            (dev.DEMO / "screenshots" / name).write_text(name)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(dev.subprocess, "run", start)
    assert dev.main(["screenshots", "--frozen"]) == 0
    assert started == [str(dev.frozen_program())]
    found = {path.name: path.read_text() for path in dev.SCREENSHOTS.iterdir()}
    assert found == {"frozen-window.png": "window.png", "frozen-window-dark.png": "window-dark.png"}


def test_what_freezing_needs_is_named(dev: ModuleType) -> None:
    gone = {"libxcb-icccm.so.4", "libxcb-xkb.so.1"}
    assert dev.missing_for_build(lambda _name: True, lambda _name: "/usr/bin/objdump") == []
    found = dev.missing_for_build(lambda name: name not in gone, lambda _name: None)
    assert found == ["binutils", "libxcb-icccm4", "libxcb-xkb1"]


def test_debians_python_needs_its_library_to_be_frozen(dev: ModuleType) -> None:
    name = f"libpython{sys.version_info.major}.{sys.version_info.minor}"

    def loads(library: str) -> bool:
        return library != f"{name}.so.1.0"

    def finds(_name: str) -> str:
        return "/usr/bin/objdump"

    assert dev.missing_for_build(loads, finds, prefix="/usr") == [name]
    assert dev.missing_for_build(loads, finds, prefix="/opt/python") == []
    assert dev.missing_for_build(lambda _name: True, finds, prefix="/usr") == []


def test_a_build_has_an_environment_of_its_own_with_run_time_packages_alone(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed: list[tuple[str, Path]] = []
    started: list[list[str]] = []

    def start(command: list[str], **_named: object) -> subprocess.CompletedProcess[str]:
        started.append(command)
        return subprocess.CompletedProcess(command, 5)

    monkeypatch.setattr(dev, "prepare_system", lambda **_named: None)
    monkeypatch.setattr(dev, "install_project", lambda extras, venv: installed.append((extras, venv.folder)))
    monkeypatch.setattr(dev.subprocess, "run", start)
    assert dev.main(["build", "--check"]) == 5
    assert installed == [("[freeze]", dev.ROOT / ".venv-build")]
    program = str(dev.ROOT / "packaging" / "freeze.py")
    assert started == [[str(dev.BUILD_VENV.python), program, "--check"]]
    assert dev.main(["build", "--nonsense"]) == 1
    assert len(started) == 1


def test_what_a_window_on_a_screen_needs_is_named(dev: ModuleType) -> None:
    gone = "libxcb-cursor.so.0"
    assert dev.missing_for_window(lambda _name: True, lambda _name: "/usr/bin/Xvfb", tests=True) == []
    found = dev.missing_for_window(lambda name: name != gone, lambda _name: None, tests=False)
    assert found == ["libxcb-cursor0"]
    found = dev.missing_for_window(lambda name: name != gone, lambda _name: None, tests=True)
    assert found == ["xvfb", "xdotool", "hdf5-tools", "octave", "r-cran-hdf5r", "libxcb-cursor0"]


def test_what_only_a_window_needs_stops_nothing(
    dev: ModuleType, commands: list[list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    dev.install_for_window(["xvfb"], has_apt=True, is_root=False)
    assert commands == []
    printed = capsys.readouterr().out
    assert "apt-get install -y --no-install-recommends xvfb" in printed
    assert "Continuing without" in printed


def test_constraints_are_names_and_exact_versions_only() -> None:
    lines = (ROOT / "packaging" / "constraints.txt").read_text().splitlines()
    entries = [line for line in lines if not line.startswith("#")]
    assert all(re.fullmatch(r"[A-Za-z0-9_.-]+==[0-9][0-9A-Za-z.]*( ; .+)?", entry) for entry in entries)


def test_every_direct_dependency_is_constrained() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = [
        *project["build-system"]["requires"],
        *project["project"]["dependencies"],
        *project["project"]["optional-dependencies"]["dev"],
        *project["project"]["optional-dependencies"]["freeze"],
    ]
    constraints = (ROOT / "packaging" / "constraints.txt").read_text()
    held = {plain(line.split("==")[0]) for line in constraints.splitlines() if "==" in line}
    assert {plain(re.split(r"[<>=;\s]", entry)[0]) for entry in wanted} <= held


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the source tree."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def python_elsewhere(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Python of an environment that holds the wheel, and sees this one's packages behind it."""
    folder = tmp_path_factory.mktemp("elsewhere")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True, timeout=60)
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    install = [
        "-m",
        "pip",
        "--python",
        str(python),
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
        str(wheel),
    ]
    subprocess.run([sys.executable, *install], check=True, timeout=60)
    # A plain path: the .pth file of the editable installation there is not followed.
    paths = run_elsewhere(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=folder)
    (Path(paths.strip()) / "packages.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return python


def run_elsewhere(python: Path, *arguments: str, cwd: Path) -> str:
    done = subprocess.run(
        [str(python), *arguments], capture_output=True, text=True, check=False, timeout=300, cwd=cwd
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_wheel_holds_program_resources_and_licence_and_no_tests(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    resources = [file for file in (ROOT / "resources").rglob("*") if file.is_file()]
    assert resources
    assert {
        f"hdmea_gui/resources/{file.relative_to(ROOT / 'resources').as_posix()}" for file in resources
    } <= names
    modules = [file.relative_to(ROOT).as_posix() for file in (ROOT / "hdmea_gui").rglob("*.py")]
    assert set(modules) <= names
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert {name.split("/")[0].split("-")[0] for name in names} == {"hdmea_gui"}


def test_the_installed_wheel_is_used_elsewhere(python_elsewhere: Path, tmp_path: Path) -> None:
    ask = (
        "import hdmea_gui\n"
        "from hdmea_gui.io.resources import resources_dir\n"
        "print(hdmea_gui.__file__, resources_dir(), sep='\\n')"
    )
    package, resources = map(Path, run_elsewhere(python_elsewhere, "-c", ask, cwd=tmp_path).splitlines())
    assert package.is_relative_to(python_elsewhere.parent.parent)
    assert resources == package.parent / "resources"
    assert resources.is_dir()


def test_the_installed_wheel_says_its_version(python_elsewhere: Path, tmp_path: Path) -> None:
    assert hdmea_gui.__version__ in run_elsewhere(
        python_elsewhere, "-m", "hdmea_gui", "--version", cwd=tmp_path
    )


def test_the_installed_wheel_runs_the_demo(python_elsewhere: Path, tmp_path: Path) -> None:
    output = tmp_path / "made here"
    arguments = ("-m", "hdmea_gui", "demo", "--output", str(output), "--json")
    report = json.loads(run_elsewhere(python_elsewhere, *arguments, cwd=tmp_path))
    assert set(report["steps"].values()) == {"done"}
    assert report["differences"] == []
    assert Path(report["output"]).is_relative_to(output)
    pictures = [Path(name) for name in report["screenshots"]]
    assert pictures
    assert all(picture.read_bytes().startswith(b"\x89PNG") for picture in pictures)
