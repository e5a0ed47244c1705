"""Tries the frozen program out where there is no Python: moved, not writable, started by another user."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starts import STARTS, Program, check_starts, make_files, screen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from starts import Start

ROOT = Path(__file__).resolve().parent.parent
MOST_UNPACKED_MB, MOST_PACKED_MB, MOST_SLOWER = 330, 125, 1.3
FEWEST_STARTS, MOST_STARTS = 5, 15
PATIENCE_S = 240
NOBODY = 65534


def say(text: str) -> None:
    """Print a line at once."""
    print(text, flush=True)


def check(archive: Path) -> int:
    """Unpack the archive elsewhere, try the program out, and give the exit code."""
    with tempfile.TemporaryDirectory(prefix="hdmea-gui-") as name:
        place = Path(name)
        place.chmod(0o755)
        program = unpacked(archive, place / "moved to a folder, Prüfung")
        folder = whole(program)
        faults = [*sizes(archive, folder)]
        before = listing(folder)
        lock(folder)
        home = place / "home"
        home.mkdir()
        if as_nobody():
            shutil.chown(home, NOBODY, NOBODY)
        faults += self_tests(program, home)
        if sys.platform == "linux":
            faults += silent_starts(program, home)
            faults += scripts(program, home)
            files = start_files(program, home, place)
            entry = folder / "share" / "hdmea-gui.desktop"
            faults += table_of_starts(
                Program([str(program)], bare(home, LANG="C.UTF-8"), entry, user()), files
            )
            faults += installs(folder, place, files)
        faults += start_times(program, home)
        if listing(folder) != before:
            faults.append("The program has changed files in its own folder.")
        unlock(folder)
    for fault in faults:
        say(f"FAILED: {fault}")
    return 1 if faults else 0


def as_nobody() -> bool:
    """Whether the program can be started as a user without rights; root may write everywhere."""
    return sys.platform == "linux" and os.geteuid() == 0


def user() -> dict[str, Any]:
    """Arguments that start a process as a user without rights, where that is possible."""
    return {"user": NOBODY, "group": NOBODY, "extra_groups": []} if as_nobody() else {}


def unpacked(archive: Path, folder: Path) -> Path:
    """Unpack the archive; the path of the program."""
    folder.mkdir()
    if archive.suffix == ".zip":
        with zipfile.ZipFile(archive) as stream:
            stream.extractall(folder)  # noqa: S202 - our own archive
    else:
        with tarfile.open(archive) as stream:
            stream.extraction_filter = getattr(tarfile, "tar_filter", None)  # Python 3.11.2 has none
            stream.extractall(folder)  # noqa: S202 - our own archive
    if sys.platform == "darwin":
        return folder / "HD-MEA.app" / "Contents" / "MacOS" / "hdmea-gui"
    return next(folder.iterdir()) / ("hdmea-gui-cli.exe" if sys.platform == "win32" else "hdmea-gui")


def whole(program: Path) -> Path:
    """The folder that holds a program and all that it needs; on macOS the bundle."""
    return next((folder for folder in program.parents if folder.suffix == ".app"), program.parent)


def sizes(archive: Path, folder: Path) -> Iterator[str]:
    """Measure archive and program; what is too large."""
    unpacked_mb = sum(path.lstat().st_size for path in folder.rglob("*") if not path.is_symlink()) / 1e6
    packed_mb = archive.stat().st_size / 1e6
    most = f"at most {MOST_UNPACKED_MB} and {MOST_PACKED_MB}"
    say(f"unpacked {unpacked_mb:.0f} MB, packed {packed_mb:.0f} MB ({most})")
    if unpacked_mb > MOST_UNPACKED_MB or packed_mb > MOST_PACKED_MB:
        yield f"The program is too large: {unpacked_mb:.0f} MB, packed {packed_mb:.0f} MB."


def listing(folder: Path) -> list[tuple[str, int, int]]:
    """Every file with its size and the moment of its last change."""
    found = [path for path in folder.rglob("*") if path.is_file()]
    return sorted((str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in found)


def lock(folder: Path) -> None:
    """Take the right to write from a folder and all in it."""
    for path in [folder, *folder.rglob("*")]:
        if not path.is_symlink():
            path.chmod(path.stat().st_mode & ~(stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH))


def unlock(folder: Path) -> None:
    """Restore the right to write, so that the folder can be removed."""
    for path in [folder, *folder.rglob("*")]:
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | stat.S_IWUSR)


def bare(home: Path, **variables: str) -> dict[str, str]:
    """An environment in which no Python can be found."""
    if sys.platform == "win32":
        kept = {name: os.environ[name] for name in ("SYSTEMROOT", "TEMP", "TMP") if name in os.environ}
        return kept | {"PATH": "", "USERPROFILE": str(home), "HDMEA_CONFIG_DIR": str(home)} | variables
    return {"PATH": str(home / "no programs"), "HOME": str(home)} | variables


def run(words: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a program as a user without rights, from the root of the file system."""
    return subprocess.run(
        words,
        env=environment,
        cwd=Path(words[0]).anchor,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=PATIENCE_S,
        **user(),
    )


def self_tests(program: Path, home: Path) -> Iterator[str]:
    """Run the program's self-test without a screen, and where possible on one."""
    picture = ROOT / "dist" / "window.png"
    yield from self_test("without a screen", program, bare(home), None)
    if sys.platform == "linux" and shutil.which("Xvfb") is not None:
        with screen() as shown:
            yield from self_test("on a screen", program, bare(home, DISPLAY=shown.display), picture)
    elif sys.platform == "linux":
        yield "Xvfb is not there, so the program was not tried out on a screen."


def self_test(where: str, program: Path, environment: dict[str, str], picture: Path | None) -> Iterator[str]:
    """Run one self-test; what it finds wrong."""
    photo = Path(environment.get("HOME", environment.get("HDMEA_CONFIG_DIR", "."))) / "window.png"
    started = time.monotonic()
    done = run([str(program), "selftest", "--json", "--picture", str(photo)], environment)
    seconds = time.monotonic() - started
    try:
        report = json.loads(done.stdout)
    except ValueError:
        yield f"The self-test {where} broke off ({done.returncode}): {done.stdout[-2000:]}{done.stderr[-2000:]}"
        return
    for finding in report["checks"]:
        say(f"  {'ok' if finding['is_ok'] else 'NO':<4}{finding['name']}: {finding['words']}")
    say(f"self-test {where}: {'OK' if report['ok'] else 'not OK'} in {seconds:.0f} s")
    if picture is not None and photo.is_file():
        shutil.copyfile(photo, picture)
    if not report["ok"] or done.returncode:
        yield f"The self-test {where} is not OK (exit code {done.returncode})."


def silent_starts(program: Path, home: Path) -> Iterator[str]:
    """A start that cannot succeed says so."""
    for name, environment in {
        "without a screen": bare(home),
        "on a screen that is not there": bare(home, DISPLAY=":7391"),
    }.items():
        done = run([str(program)], environment)
        say(f"start {name}: exit code {done.returncode}, {done.stderr.strip().splitlines()[-1:]}")
        if done.returncode != 1 or not done.stderr.strip():
            yield f"A start {name} ends with {done.returncode} and says {done.stderr!r}."


SCRIPT = """\
from multiprocessing import Pool
from hdmea.pipeline import create_session

def square(number):
    return number * number

if __name__ == "__main__":
    with Pool(2) as pool:
        print(create_session("from a script").dataset_id, pool.map(square, range(4)))
"""


def scripts(program: Path, home: Path) -> Iterator[str]:
    """Run a script of the lab's kind, with processes of its own."""
    path = home / "a script.py"
    path.write_text(SCRIPT, encoding="utf-8")
    done = run([str(program), "script", str(path)], bare(home, LANG="C.UTF-8"))
    say(f"script: {done.stdout.strip()}")
    if done.stdout.strip() != "from a script [0, 1, 4, 9]" or done.returncode:
        yield f"A script ends with {done.returncode}: {done.stdout}{done.stderr}"


def start_files(program: Path, home: Path, place: Path) -> Path:
    """Make the files of the table of starts; their folder."""
    folder = place / "files"
    folder.mkdir()
    if as_nobody():
        shutil.chown(folder, NOBODY, NOBODY)
    make_files(
        folder, ROOT / "tests" / "data" / "reference", lambda words: run([str(program), *words], bare(home))
    )
    return folder


def table_of_starts(program: Program, files: Path, rows: Sequence[Start] = STARTS) -> Iterator[str]:
    """Carry out rows of the table of starts; what is wrong."""
    began, n_right = time.monotonic(), 0
    with tempfile.TemporaryDirectory(prefix="hdmea-gui-") as settings:
        Path(settings).chmod(0o755)
        for start, fault in check_starts(program, files, Path(settings), rows):
            n_right += not fault
            if fault:
                yield f"Started with {start.name}: {fault}"
    say(f"starts: {n_right} of {len(rows)} right in {time.monotonic() - began:.0f} s")


def installs(folder: Path, place: Path, files: Path) -> Iterator[str]:
    """Install the program for a user, start it by its name and by its menu entry, and take it away again."""
    home = place / "another home"
    home.mkdir()
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(home), "QT_QPA_PLATFORM": "offscreen"}
    script = str(folder / "install.sh")
    subprocess.run([script], env=environment, check=True, stdout=subprocess.DEVNULL)
    name = home / ".local" / "bin" / "hdmea-gui"
    done = subprocess.run(
        [str(name), "--version"], env=environment, capture_output=True, text=True, check=False
    )
    entry = home / ".local" / "share" / "applications" / "hdmea-gui.desktop"
    if done.returncode or str(home) not in entry.read_text(encoding="utf-8"):
        yield f"The installed program does not start: {done.stderr}"
    by_menu = Program([str(name)], environment, entry)
    yield from table_of_starts(by_menu, files, [start for start in STARTS if start.desktop])
    subprocess.run([script, "--uninstall"], env=environment, check=True, stdout=subprocess.DEVNULL)
    left = [str(path) for path in home.rglob("*hdmea*")]
    say(f"installed, started ({done.stdout.strip()}), taken away: {len(left)} files left")
    if left:
        yield f"Taking it away leaves {', '.join(left)}."


def start_times(program: Path, home: Path) -> Iterator[str]:
    """Compare the first paint of the frozen window with that of the source tree, in turns."""
    source = [sys.executable, "-m", "hdmea_gui", "--new-instance"]
    frozen = [str(program), "--new-instance"]
    environment = bare(home, QT_QPA_PLATFORM="offscreen", LANG="C.UTF-8")
    ours, theirs = quickest(
        lambda: first_paint(frozen, environment, home),
        lambda: first_paint(source, environment | {"PYTHONPATH": str(ROOT)}, home),
    )
    ratio = min(ours) / min(theirs)
    say(
        f"first paint: frozen {min(ours):.2f} s, source {min(theirs):.2f} s, the best of {len(ours)} each, "
        f"ratio {ratio:.2f} (at most {MOST_SLOWER})"
    )
    if ratio > MOST_SLOWER:
        yield f"The frozen program starts {ratio:.2f} times as slowly as the source tree."


def quickest(ours: Callable[[], float], theirs: Callable[[], float]) -> tuple[list[float], list[float]]:
    """Measure both in turns until the best of each tell that ours is quick enough, or often enough to say it is not.

    What else the machine does only ever makes a start slower: the best of more starts is nearer to the truth on both
    sides, so a program that is quick enough is found to be so in the end, and one that is too slow is not.
    """
    seconds: tuple[list[float], list[float]] = ([], [])
    while len(seconds[0]) < MOST_STARTS:
        seconds[1].append(theirs())
        seconds[0].append(ours())
        if len(seconds[0]) >= FEWEST_STARTS and min(seconds[0]) <= MOST_SLOWER * min(seconds[1]):
            break
    return seconds


def first_paint(words: list[str], environment: dict[str, str], home: Path) -> float:
    """Start a program and give the seconds until its window is painted."""
    mark = home / "painted"
    mark.unlink(missing_ok=True)
    started = time.time()
    subprocess.run(
        words, env=environment | {"HDMEA_MEASURE_START": str(mark)}, check=True, timeout=PATIENCE_S
    )
    return float(mark.read_text(encoding="utf-8")) - started
