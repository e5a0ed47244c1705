"""Set up the project in its own folder and run it: ``python3 packaging/dev.py demo``, ``... test``, ``... build``.

This file uses only the standard library, so that a machine with nothing but Python can start here.
"""

from __future__ import annotations

import argparse
import ctypes
import hashlib
import importlib
import importlib.util
import os
import platform
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

ROOT = Path(__file__).resolve().parent.parent
CONSTRAINTS = ROOT / "packaging" / "constraints.txt"
DEMO = ROOT / "demo"
SCREENSHOTS = ROOT / "resources" / "screenshots"
FROZEN_SCREENSHOTS = ("window.png", "window-dark.png")
"""Screenshots that are also taken of the frozen program."""
OLDEST_PYTHON = (3, 11)

QT_LIBRARIES = {
    "libglib-2.0.so.0": "libglib2.0-0",
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libfontconfig.so.1": "libfontconfig1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libdbus-1.so.3": "libdbus-1-3",
}
"""Libraries that Qt loads from a Linux system, and their Debian packages."""

WINDOW_LIBRARIES = {
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-shape.so.0": "libxcb-shape0",
}
"""Further libraries that Qt needs to show a window on a screen."""

SCREEN_PROGRAMS = {"Xvfb": "xvfb", "xdotool": "xdotool"}
"""Programs of the tests that start the window: a screen in memory, and keys and window titles on it."""

FILE_PROGRAMS = {"h5copy": "hdf5-tools", "octave-cli": "octave", "Rscript": "r-cran-hdf5r"}
"""Programs of others in which the tests open session files."""

BUILD_LIBRARIES = {
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
}
"""Further libraries that must be installed to be bundled with the frozen program."""

CHECKS: tuple[tuple[str, str, list[str]], ...] = (
    ("ruff check", "ruff", ["check", "."]),
    ("ruff format", "ruff", ["format", "--check", "."]),
    ("mypy", "mypy", []),
    ("lint-imports", "lint-imports", ["--no-logo"]),
    ("vulture", "vulture", []),
    ("pytest", "pytest", []),
)


class Environment(NamedTuple):
    """A Python environment in its own folder."""

    folder: Path

    def program(self, name: str) -> str:
        """Return the path of a program in the environment."""
        return str(
            self.folder
            / ("Scripts" if os.name == "nt" else "bin")
            / (name + (".exe" if os.name == "nt" else ""))
        )

    @property
    def python(self) -> Path:
        """The environment's Python."""
        return Path(self.program("python"))

    @property
    def stamp(self) -> Path:
        """File that records what was installed."""
        return self.folder / "installed.txt"


VENV = Environment(ROOT / ".venv")
BUILD_VENV = Environment(ROOT / ".venv-build")
"""Holds only run-time packages and PyInstaller, so that nothing else is frozen."""


class SetupError(Exception):
    """The project cannot be set up here; the message says why and what to do."""


def say(text: str) -> None:
    """Print a line and flush, so that it appears before the output of a started program."""
    print(text, flush=True)


def require_python(version: tuple[int, ...] = sys.version_info[:3]) -> None:
    """Raise SetupError under a Python that is too old."""
    if version < OLDEST_PYTHON:
        found, needed = (".".join(map(str, numbers)) for numbers in (version, OLDEST_PYTHON))
        raise SetupError(
            f"hdmea-gui needs Python {needed} or newer, and this is Python {found}. "
            f"Start again with a newer one, for example: python3.12 packaging/dev.py demo"
        )


def can_load(library: str) -> bool:
    """Return whether the system finds a shared library."""
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def can_make_venv() -> bool:
    """Return whether this Python can install pip into a new environment (Debian packages ensurepip separately)."""
    importlib.invalidate_caches()
    return importlib.util.find_spec("ensurepip") is not None


def has_display() -> bool:
    """Return whether a window could be shown here."""
    return sys.platform != "linux" or any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))


def missing_packages(loads: Callable[[str], bool] = can_load, venv_works: bool | None = None) -> list[str]:
    """Return the Debian packages that are still missing on this machine."""
    missing = [package for library, package in QT_LIBRARIES.items() if not loads(library)]
    if not (can_make_venv() if venv_works is None else venv_works):
        missing.insert(0, f"python{sys.version_info[0]}.{sys.version_info[1]}-venv")
    return missing


def missing_for_window(
    loads: Callable[[str], bool] = can_load, finds: Callable[[str], object] = shutil.which, *, tests: bool
) -> list[str]:
    """Return the Debian packages still missing for a window on a screen, and for tests with other programs."""
    missing = [package for library, package in WINDOW_LIBRARIES.items() if not loads(library)]
    programs = SCREEN_PROGRAMS | FILE_PROGRAMS if tests else {}
    return [package for program, package in programs.items() if not finds(program)] + missing


def python_library(prefix: str = sys.base_prefix) -> dict[str, str]:
    """Return the shared library of Python and its Debian package; PyInstaller needs it, Debian's Python does not."""
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    return {f"libpython{version}.so.1.0": f"libpython{version}"} if prefix == "/usr" else {}


def missing_for_build(
    loads: Callable[[str], bool] = can_load,
    finds: Callable[[str], object] = shutil.which,
    prefix: str = sys.base_prefix,
) -> list[str]:
    """Return the Debian packages still missing for freezing; PyInstaller finds dependencies with objdump."""
    libraries = WINDOW_LIBRARIES | BUILD_LIBRARIES | python_library(prefix)
    missing = [package for library, package in libraries.items() if not loads(library)]
    return missing if finds("objdump") else ["binutils", *missing]


def apt_commands(packages: Sequence[str]) -> list[list[str]]:
    """Return the commands that install Debian packages."""
    return [["apt-get", "update"], ["apt-get", "install", "-y", "--no-install-recommends", *packages]]


def by_hand(packages: Sequence[str]) -> str:
    """Return the command line with which a user installs Debian packages."""
    return " && ".join(shlex.join(["sudo", *command]) for command in apt_commands(packages))


def install_system_packages(packages: Sequence[str], *, has_apt: bool, is_root: bool) -> None:
    """Install missing packages with apt, or say what to type.

    Raises
    ------
    SetupError
        This user may not install packages, or apt-get fails.
    """
    if not packages:
        return
    if not has_apt:
        say(f"Not found on this system: {', '.join(packages)} (Debian package names). Continuing without.")
        return
    if not is_root:
        raise SetupError(
            f"Some system packages are missing. Install them and start again:\n\n    {by_hand(packages)}\n"
        )
    say(f"Installing system packages: {' '.join(packages)}")
    for command in apt_commands(packages):
        run(command, environment={**os.environ, "DEBIAN_FRONTEND": "noninteractive"})


def install_for_window(packages: Sequence[str], *, has_apt: bool, is_root: bool) -> None:
    """Install what only a window on a screen needs; continue without it if that is not possible."""
    try:
        install_system_packages(packages, has_apt=has_apt, is_root=is_root)
    except SetupError as error:
        say(
            f"{error}\nContinuing without: until then no window may open on a screen, and some tests are skipped."
        )


def prepare_system(*, tests: bool, build: bool = False) -> None:
    """Check or install the system libraries that Qt needs, and check that Python can make environments."""
    if sys.platform == "linux":
        rights = {"has_apt": shutil.which("apt-get") is not None, "is_root": os.geteuid() == 0}
        install_system_packages(missing_packages(), **rights)
        if build:
            install_system_packages(missing_for_build(), **rights)
        if tests or has_display():
            install_for_window(missing_for_window(tests=tests), **rights)
    if not can_make_venv():
        raise SetupError(
            "This Python cannot make virtual environments: its module ensurepip is missing. "
            "Install it, or start again with another Python."
        )


def run(command: Sequence[str], environment: Mapping[str, str] | None = None) -> None:
    """Run a command in the project's folder; raise SetupError if it fails."""
    try:
        subprocess.run(command, cwd=ROOT, env=environment, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise SetupError(f"This command failed (its output is above): {shlex.join(command)}") from error


def stamp(extras: str) -> str:
    """Return a hash that identifies an installation: folder, Python, packages and their versions."""
    digest = hashlib.sha256("\n".join([str(ROOT), platform.python_version(), extras]).encode())
    for file in (ROOT / "pyproject.toml", CONSTRAINTS):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def is_installed(extras: str, venv: Environment) -> bool:
    """Return whether the environment has these extras (one with the development tools serves the demo too)."""
    if not (venv.stamp.is_file() and venv.python.is_file()):
        return False
    return venv.stamp.read_text().strip() in {stamp(extras), stamp("[dev]")}


def make_venv(venv: Environment) -> None:
    """Make the environment, or keep an existing one of the same Python version."""
    found = None
    if venv.python.is_file():
        query = [str(venv.python), "-c", "import pip, platform; print(platform.python_version())"]
        found = subprocess.run(query, capture_output=True, text=True, check=False).stdout.strip()
    if found == platform.python_version():
        return
    say(f"Creating a Python environment in {venv.folder}")
    base = getattr(sys, "_base_executable", sys.executable)  # not the Python of an environment that runs this
    run([base, "-m", "venv", "--clear", str(venv.folder)])


def pip_environment() -> dict[str, str]:
    """Return the variables that make pip obey the constraints, also in the builds that it starts.

    Older versions of pip pass the first variable on to builds, newer ones (25.3) only the second.
    """
    address = CONSTRAINTS.as_uri()  # a URI, because pip splits these variables at spaces
    return {**os.environ, "PIP_CONSTRAINT": address, "PIP_BUILD_CONSTRAINT": address}


def install_project(extras: str, venv: Environment) -> None:
    """Install the project, editable, with exactly the versions of the constraints."""
    if is_installed(extras, venv):
        return
    venv.stamp.unlink(missing_ok=True)
    make_venv(venv)
    say("Installing the project and its dependencies (the first time takes a minute or more)")
    started = time.monotonic()
    quiet = [] if sys.stdout.isatty() else ["--quiet"]
    pip = [str(venv.python), "-m", "pip", "--disable-pip-version-check", "install", "--use-pep517", *quiet]
    run([*pip, "--editable", f".{extras}"], environment=pip_environment())
    venv.stamp.write_text(stamp(extras) + "\n")
    say(f"Installed in {time.monotonic() - started:.0f} s")


def prepare(extras: str = "") -> None:
    """Prepare system and environment so that the program runs."""
    require_python()
    prepare_system(tests=bool(extras))
    install_project(extras, VENV)


def demo(arguments: Sequence[str]) -> int:
    """Create the sample recording, run every step, save, take screenshots (arguments go to hdmea-gui demo)."""
    prepare()
    return run_demo(VENV.program("hdmea-gui"), arguments)


def run_demo(program: str, arguments: Sequence[str] = ()) -> int:
    """Run the demo of a program, installed or frozen, and return its exit code."""
    command = [program, "demo", "--no-window", "--output", str(DEMO), *arguments]
    return subprocess.run(command, check=False).returncode


def frozen_program() -> Path:
    """Return the program that build has made; on Windows the one with output streams."""
    if sys.platform == "darwin":
        return ROOT / "dist" / "HD-MEA.app" / "Contents" / "MacOS" / "hdmea-gui"
    return ROOT / "dist" / "hdmea-gui" / ("hdmea-gui-cli.exe" if sys.platform == "win32" else "hdmea-gui")


def screenshots(arguments: Sequence[str]) -> int:
    """Renew the README's screenshots from the demo; --frozen: those of the program that build has made."""
    if set(arguments) - {"--frozen"}:
        raise SetupError(f"screenshots takes only --frozen, not: {shlex.join(arguments)}")
    if not arguments:
        return demo([]) or copy_screenshots()
    if not frozen_program().is_file():
        raise SetupError(f"{frozen_program()} does not exist. Build it first: python3 packaging/dev.py build")
    return run_demo(str(frozen_program())) or copy_screenshots("frozen-", FROZEN_SCREENSHOTS)


def copy_screenshots(prefix: str = "", names: Sequence[str] | None = None) -> int:
    """Copy the demo's pictures, or only those with these names, to the README's; return exit code 0."""
    for picture in sorted((DEMO / "screenshots").glob("*.png")):
        if names is None or picture.name in names:
            place = SCREENSHOTS / f"{prefix}{picture.name}"
            shutil.copyfile(picture, place)
            say(f"{place}: {picture.stat().st_size / 1e3:.0f} kB")
    return 0


def run_check(name: str, command: Sequence[str]) -> bool:
    """Run one check, printing its name and duration; return whether it passed."""
    say(f"\n== {name}")
    started = time.monotonic()
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}  # without a screen Qt would abort the tests
    code = subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
    # the code, because a process that crashes at its very end has already reported success
    result = f"FAILED (exit code {code})" if code else "passed"
    say(f"== {name}: {result} in {time.monotonic() - started:.1f} s")
    return code == 0


def test(arguments: Sequence[str]) -> int:
    """Run every check: style, types, import order, unused code, tests."""
    if arguments:
        raise SetupError(f"test takes no arguments: {shlex.join(arguments)}")
    prepare("[dev]")
    failed = [name for name, tool, rest in CHECKS if not run_check(name, [VENV.program(tool), *rest])]
    say(f"\nFailed: {', '.join(failed)}" if failed else f"\nAll {len(CHECKS)} checks passed.")
    return 1 if failed else 0


def build(arguments: Sequence[str]) -> int:
    """Freeze the program into dist/, for computers without Python; --check also tests the result."""
    if set(arguments) - {"--check"}:
        raise SetupError(f"build takes only --check, not: {shlex.join(arguments)}")
    require_python()
    prepare_system(tests=True, build=True)
    install_project("[freeze]", BUILD_VENV)
    command = [str(BUILD_VENV.python), str(ROOT / "packaging" / "freeze.py"), *arguments]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


COMMANDS: dict[str, Callable[[Sequence[str]], int]] = {
    "demo": demo,
    "test": test,
    "screenshots": screenshots,
    "build": build,
}


def summary(command: Callable[[Sequence[str]], int]) -> str:
    """Return the first line of a command's docstring."""
    return (command.__doc__ or "").strip().splitlines()[0]


def main(arguments: Sequence[str]) -> int:
    """Run the command named by the first argument."""
    parser = argparse.ArgumentParser(
        prog="dev.py",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="\n".join(f"{name:13}{summary(command)}" for name, command in COMMANDS.items()),
    )
    parser.add_argument("command", choices=COMMANDS)
    parser.add_argument("arguments", nargs=argparse.REMAINDER)
    options = parser.parse_args(arguments)
    try:
        return COMMANDS[options.command](options.arguments)
    except SetupError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
