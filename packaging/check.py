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
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

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
            faults += installs(folder, place)
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
    """Give it back, so that the folder can be removed."""
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
    user = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if as_nobody() else {}
    return subprocess.run(  # type: ignore[call-overload, no-any-return]  # the names depend on the system
        words,
        env=environment,
        cwd=Path(words[0]).anchor,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=PATIENCE_S,
        **user,
    )


def self_tests(program: Path, home: Path) -> Iterator[str]:
    """Run the program's self-test without a screen, and where possible on one."""
    picture = ROOT / "dist" / "window.png"
    yield from self_test("without a screen", program, bare(home), None)
    if sys.platform == "linux" and shutil.which("Xvfb") is not None:
        with screen() as display:
            yield from self_test("on a screen", program, bare(home, DISPLAY=display), picture)
            yield from two_at_once(program, bare(home, DISPLAY=display), home)
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


def two_at_once(program: Path, environment: dict[str, str], home: Path) -> Iterator[str]:
    """Start it twice, hand a file over to the first, and end both."""
    log = home / ".local" / "state" / "hdmea-gui" / "log" / "hdmea-gui.log"
    n_before = starts_in(log)
    running = [start(program, environment) for _ in range(2)]
    try:
        deadline = time.monotonic() + PATIENCE_S
        while starts_in(log) < n_before + 2 and time.monotonic() < deadline:
            time.sleep(0.2)
        started = time.monotonic()
        done = run([str(program), str(home / "no such session, ü.h5")], environment)
        say(
            f"two at once: a file was handed over in {time.monotonic() - started:.1f} s (exit code {done.returncode})"
        )
        if starts_in(log) != n_before + 2 or done.returncode:
            yield f"Two at once: {starts_in(log) - n_before} windows, handing over ended with {done.returncode}."
    finally:
        for process in running:
            process.terminate()
        codes = [ended(process) for process in running]
    if codes != [0, 0]:
        yield f"Asked to end, the programs end with {codes}."


def ended(process: subprocess.Popen[bytes]) -> int | None:
    """Wait until a program has ended; its exit code, or None when it had to be killed."""
    try:
        return process.wait(PATIENCE_S / 4)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return None


def starts_in(log: Path) -> int:
    """How many windows have been opened, by the log."""
    return log.read_text(encoding="utf-8").count(" started\n") if log.is_file() else 0


def start(program: Path, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    """Start a program and do not wait for it."""
    user = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if as_nobody() else {}
    return subprocess.Popen([str(program)], env=environment, cwd="/", **user)  # type: ignore[call-overload, no-any-return]


@contextmanager
def screen() -> Iterator[str]:
    """A screen in memory; its name."""
    reading, writing = os.pipe()
    words = ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1920x1080x24", "-nolisten", "tcp"]
    server = subprocess.Popen(words, pass_fds=[writing], stderr=subprocess.DEVNULL)
    os.close(writing)
    try:
        with os.fdopen(reading) as stream:
            yield f":{stream.readline().strip()}"
    finally:
        server.terminate()
        server.wait()


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


def installs(folder: Path, place: Path) -> Iterator[str]:
    """Install the program for a user, start it by its name, and take it away again."""
    home = place / "another home"
    home.mkdir()
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(home), "QT_QPA_PLATFORM": "offscreen"}
    script = str(folder / "install.sh")
    subprocess.run([script], env=environment, check=True, stdout=subprocess.DEVNULL)
    name = home / ".local" / "bin" / "hdmea-gui"
    done = subprocess.run(
        [str(name), "--version"], env=environment, capture_output=True, text=True, check=False
    )
    entry = (home / ".local" / "share" / "applications" / "hdmea-gui.desktop").read_text(encoding="utf-8")
    if done.returncode or str(home) not in entry:
        yield f"The installed program does not start: {done.stderr}"
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
