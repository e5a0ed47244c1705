"""What the program is made of: its libraries, their versions and their licences."""

from __future__ import annotations

import platform
import re
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from hdmea_gui import __version__

_PROGRAM = "hdmea-gui"
_LICENCE_FILES = ("licen", "copying", "notice", "copyright")
_RULE = "-" * 78
_REMARKS = """\
Qt and its Python bindings (PySide6, shiboken6) are used unchanged under the GNU Lesser General Public Licence,
version 3, whose text stands below with that of the GPL, on which it rests. They are shared libraries, in files of
their own: you may replace them by others of the same interface. Their sources are at https://download.qt.io. Qt
holds parts by others, which https://doc.qt.io/qt-6/licenses-used-in-qt.html lists.

HDF5 comes with h5py, and OpenBLAS, LAPACK and the run-time libraries of GNU Fortran come with NumPy and SciPy: their
licences are among the texts of these."""


def libraries() -> list[Distribution]:
    """The libraries that the program runs on, by name; those of its extras are not among them."""
    found: dict[str, Distribution] = {}
    _collect(_PROGRAM, found)
    found.pop(_PROGRAM, None)
    return [found[name] for name in sorted(found)]


def _collect(name: str, found: dict[str, Distribution]) -> None:
    """Add a library and those that it needs, where they are installed."""
    plain = re.sub(r"[-_.]+", "-", name).lower()
    if plain in found:
        return
    try:
        found[plain] = distribution(name)
    except PackageNotFoundError:
        return  # one for another system or another version of Python
    for line in found[plain].requires or ():
        requirement, _, condition = line.partition(";")
        if "extra" not in condition:
            _collect(re.split(r"[^A-Za-z0-9_.-]", requirement.strip())[0], found)


def versions_text() -> str:
    """Versions of the program, the system and the libraries, a line each."""
    lines = [f"hdmea-gui {__version__}", f"Python {platform.python_version()}", platform.platform()]
    return "\n".join([*lines, *(f"{library.name} {library.version}" for library in libraries())])


def licence_name(library: Distribution) -> str:
    """What a library calls its licence."""
    data = library.metadata
    for field in ("License-Expression", "License"):
        text = (data[field] or "").strip() if field in data else ""
        if text and "\n" not in text:
            return text
    classes = [line.rpartition(" :: ")[2] for line in data.get_all("Classifier") or () if "License" in line]
    return ", ".join(classes) or "see its text"


def licence_texts(library: Distribution) -> dict[str, str]:
    """The texts that a library brings with it, by the file's name."""
    texts = {}
    for file in library.files or ():
        _, inside, name = file.as_posix().partition(".dist-info/")
        if inside and any(word in name.lower() for word in _LICENCE_FILES):
            path = Path(str(file.locate()))
            if path.is_file():
                texts[name.removeprefix("licenses/")] = path.read_text(encoding="utf-8", errors="replace")
    return texts


def licences_text(folder: Path) -> str:
    """The licences of all that the program is made of: a list, remarks, and then every text.

    Parameters
    ----------
    folder : Path
        Holds the texts that no library brings: of Qt, and in the built program of Python and of the system's libraries.
    """
    parts = [f"hdmea-gui {__version__} is under the MIT licence. It runs on:", *_listed(), _REMARKS]
    for library in (distribution(_PROGRAM), *libraries()):
        parts += [_titled(f"{library.name}: {name}", text) for name, text in licence_texts(library).items()]
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            name = path.relative_to(folder).with_suffix("").as_posix()
            parts.append(_titled(name, path.read_text(encoding="utf-8", errors="replace")))
    return "\n\n".join(parts)


def _listed() -> list[str]:
    lines = [f"{library.name} {library.version}: {licence_name(library)}" for library in libraries()]
    return ["\n".join([f"Python {platform.python_version()}: PSF-2.0", *lines])]


def _titled(title: str, text: str) -> str:
    return f"{_RULE}\n{title}\n{_RULE}\n\n{text.strip()}"
