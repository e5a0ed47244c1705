"""Freeze the program into dist/ and pack it; ``dev.py build`` runs this in the build environment.

With ``--check`` the archive is then unpacked elsewhere and tested by ``check.py``.
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
    """Print a line and flush."""
    print(text, flush=True)


def version() -> str:
    """Return the program's version."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return str(project["version"])


def archive_name() -> str:
    """Return the archive's name without suffix: program, version, system and processor."""
    return f"hdmea-gui-{version()}-{SYSTEMS[sys.platform]}-{platform.machine().lower()}"


def freeze() -> None:
    """Draw the icons, run PyInstaller, and add licences and the installer."""
    from icons import write_icons  # here, because it imports Qt

    shutil.rmtree(PROGRAM, ignore_errors=True)
    write_icons(ROOT / "resources" / "icon" / "hdmea-gui.svg", MADE)
    write_licence_of_python(MADE / "licences")
    options = ["--noconfirm", "--log-level", "WARN", "--workpath", str(ROOT / "build" / "pyinstaller")]
    command = [
        sys.executable,
        "-m",
        "PyInstaller",
        *options,
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
    """Copy the licence of the bundled Python."""
    folder.mkdir(parents=True, exist_ok=True)
    places = (Path(sysconfig.get_path("stdlib")), Path(sys.base_prefix))
    texts = [place / "LICENSE.txt" for place in places if (place / "LICENSE.txt").is_file()]
    shutil.copy(texts[0], folder / "Python.txt")


def add_licences_of_system(folder: Path, content: Path) -> None:
    """Add the licences of the Debian packages whose libraries were bundled."""
    if shutil.which("dpkg-query") is None:
        say("The licences of the system libraries are not added, because this is not Debian.")
        return
    folder.mkdir(parents=True, exist_ok=True)
    referred: set[str] = set()
    for package in packages_of({path.name for path in content.glob("lib*.so*")}):
        text = Path(f"/usr/share/doc/{package}/copyright").read_text(encoding="utf-8", errors="replace")
        (folder / f"{package}.txt").write_text(text, encoding="utf-8")
        referred |= set(re.findall(rf"{COMMON_LICENCES}/([A-Za-z0-9.-]+[A-Za-z0-9])", text))
    for name in sorted(referred):
        licence = (COMMON_LICENCES / name).resolve()  # "GPL" is a link to the latest GPL
        if licence.is_file():
            shutil.copy(licence, folder / f"{licence.name}.txt")


def packages_of(names: set[str]) -> list[str]:
    """Return the Debian packages that contain libraries with these names."""
    patterns = [f"*/{name}" for name in sorted(names)]
    done = subprocess.run(["dpkg-query", "-S", *patterns], capture_output=True, text=True, check=False)
    packages = {line.split(":")[0] for line in done.stdout.splitlines() if not line.startswith("diversion")}
    return sorted(name for name in packages if Path(f"/usr/share/doc/{name}/copyright").is_file())


def add_installer() -> None:
    """Copy the per-user install script, and the files it needs, into the program's folder."""
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
    """Pack the program into an archive, write its SHA-256 beside it, and return the archive's path."""
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
    """Remove from an archive entry who built it."""
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    return entry


def main(arguments: list[str]) -> int:
    """Freeze, pack, and with ``--check`` test the archive."""
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
