"""Freezes the program into dist/ and packs it; ``dev.py build`` runs this in the build environment.

With ``--check`` the packed program is then unpacked elsewhere and tried out by ``check.py``.
"""

from __future__ import annotations

import hashlib
import platform
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import time
import tomllib
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
MADE, DIST = ROOT / "build" / "made", ROOT / "dist"
PROGRAM = DIST / "hdmea-gui"
SYSTEMS = {"linux": "linux", "win32": "windows", "darwin": "macos"}
COMMON_LICENCES = Path("/usr/share/common-licenses")


def say(text: str) -> None:
    """Print a line at once."""
    print(text, flush=True)


def version() -> str:
    """The program's version."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return str(project["version"])


def archive_name() -> str:
    """Name of the archive, without an ending: program, version, system and processor."""
    return f"hdmea-gui-{version()}-{SYSTEMS[sys.platform]}-{platform.machine().lower()}"


def freeze() -> None:
    """Draw the icons, run PyInstaller, and add what lies beside the program."""
    from icons import write_icons  # it starts Qt

    shutil.rmtree(PROGRAM, ignore_errors=True)
    write_icons(ROOT / "resources" / "icon" / "hdmea-gui.svg", MADE)
    write_licence_of_python(MADE / "licences")
    words = ["--noconfirm", "--log-level", "WARN", "--workpath", str(ROOT / "build" / "pyinstaller")]
    command = [
        sys.executable,
        "-m",
        "PyInstaller",
        *words,
        "--distpath",
        str(DIST),
        str(HERE / "hdmea-gui.spec"),
    ]
    subprocess.run(command, cwd=ROOT, check=True)
    if sys.platform == "linux":
        content = PROGRAM / "_internal"
        add_licences_of_system(content / "hdmea_gui" / "resources" / "licences" / "system", content)
        add_installer()


def write_licence_of_python(folder: Path) -> None:
    """Write the licence of the Python that is bundled."""
    folder.mkdir(parents=True, exist_ok=True)
    places = (Path(sysconfig.get_path("stdlib")), Path(sys.base_prefix))
    texts = [place / "LICENSE.txt" for place in places if (place / "LICENSE.txt").is_file()]
    shutil.copy(texts[0], folder / "Python.txt")


def add_licences_of_system(folder: Path, content: Path) -> None:
    """Add the licences of the Debian packages whose libraries were bundled."""
    if shutil.which("dpkg-query") is None:
        say("The licences of the system's libraries are not added: this is no Debian.")
        return
    folder.mkdir(parents=True, exist_ok=True)
    referred: set[str] = set()
    for package in packages_of({path.name for path in content.glob("lib*.so*")}):
        words = Path(f"/usr/share/doc/{package}/copyright").read_text(encoding="utf-8", errors="replace")
        (folder / f"{package}.txt").write_text(words, encoding="utf-8")
        referred |= set(re.findall(rf"{COMMON_LICENCES}/([A-Za-z0-9.-]+[A-Za-z0-9])", words))
    for name in sorted(referred):
        text = (COMMON_LICENCES / name).resolve()  # "GPL" leads to the latest GPL
        if text.is_file():
            shutil.copy(text, folder / f"{text.name}.txt")


def packages_of(names: set[str]) -> list[str]:
    """Debian packages that hold libraries of these names."""
    patterns = [f"*/{name}" for name in sorted(names)]
    done = subprocess.run(["dpkg-query", "-S", *patterns], capture_output=True, text=True, check=False)
    packages = {line.split(":")[0] for line in done.stdout.splitlines() if not line.startswith("diversion")}
    return sorted(name for name in packages if Path(f"/usr/share/doc/{name}/copyright").is_file())


def add_installer() -> None:
    """Put the script that installs for one user beside the program, with what it needs."""
    share = PROGRAM / "share"
    shutil.copytree(MADE / "png", share / "png", dirs_exist_ok=True)
    shutil.copy(HERE / "linux" / "install.sh", PROGRAM)
    for path in (
        HERE / "linux" / "hdmea-gui.desktop",
        HERE / "linux" / "hdmea-gui.xml",
        ROOT / "resources" / "icon" / "hdmea-gui.svg",
    ):
        shutil.copy(path, share)


def pack() -> Path:
    """Pack the program into an archive with its SHA-256 beside it, and give its path."""
    name = archive_name()
    source = DIST / "HD-MEA.app" if sys.platform == "darwin" else PROGRAM
    inside = source.name if sys.platform == "darwin" else name
    if sys.platform == "win32":
        archive = DIST / f"{name}.zip"
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as stream:
            for path in sorted(source.rglob("*")):
                if path.is_file():
                    stream.write(path, Path(inside) / path.relative_to(source))
    else:
        archive = DIST / f"{name}.tar.gz"
        with tarfile.open(archive, "w:gz", compresslevel=6) as stream:
            stream.add(source, inside, filter=anonymous)
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    archive.with_name(f"{archive.name}.sha256").write_text(f"{digest}  {archive.name}\n", encoding="utf-8")
    return archive


def anonymous(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    """An entry of an archive that does not tell who built it."""
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    return entry


def main(arguments: list[str]) -> int:
    """Freeze, pack, and with ``--check`` try it out."""
    started = time.monotonic()
    freeze()
    archive = pack()
    say(f"{archive} ({archive.stat().st_size / 1e6:.1f} MB) in {time.monotonic() - started:.0f} s")
    if "--check" not in arguments:
        return 0
    from check import check

    return int(check(archive))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
