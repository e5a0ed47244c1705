"""Components of the program: its libraries, their versions and their licences."""

from __future__ import annotations

import platform
import re
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from hdmea_gui import __version__

_PROGRAM = "hdmea-gui"
_LICENCE_FILES = ("licen", "copying", "notice", "copyright")
_RULE = "-" * 78
_NOTES = """\
Qt and its Python bindings (PySide6, shiboken6) are used unchanged under the GNU Lesser General Public Licence,
version 3, whose text is included below together with that of the GPL, on which it is based. They are shared
libraries in separate files: you may replace them with others that have the same interface. Their source code is at
https://download.qt.io. Qt contains third-party parts, which https://doc.qt.io/qt-6/licenses-used-in-qt.html lists.

HDF5 comes with h5py, and OpenBLAS, LAPACK and the GNU Fortran run-time libraries come with NumPy and SciPy: their
licences are among the texts of those packages."""


def libraries() -> list[Distribution]:
    """Libraries that the program uses, sorted by name, without those of its extras."""
    found: dict[str, Distribution] = {}
    _collect(_PROGRAM, found)
    found.pop(_PROGRAM, None)
    return [found[name] for name in sorted(found)]


def _collect(name: str, found: dict[str, Distribution]) -> None:
    """Add a library and its requirements, if they are installed."""
    plain = re.sub(r"[-_.]+", "-", name).lower()
    if plain in found:
        return
    try:
        found[plain] = distribution(name)
    except PackageNotFoundError:
        return  # required on another system or Python version only
    for line in found[plain].requires or ():
        requirement, _, condition = line.partition(";")
        if "extra" not in condition:
            _collect(re.split(r"[^A-Za-z0-9_.-]", requirement.strip())[0], found)


def versions_text() -> str:
    """Versions of the program, the system and the libraries, one per line."""
    lines = [f"hdmea-gui {__version__}", f"Python {platform.python_version()}", platform.platform()]
    return "\n".join([*lines, *(f"{library.name} {library.version}" for library in libraries())])


def licence_name(library: Distribution) -> str:
    """Name of a library's licence, from its metadata."""
    data = library.metadata
    for field in ("License-Expression", "License"):
        text = (data[field] or "").strip() if field in data else ""
        if text and "\n" not in text:  # some packages put the whole licence text in this field
            return text
    classes = [line.rpartition(" :: ")[2] for line in data.get_all("Classifier") or () if "License" in line]
    return ", ".join(classes) or "see the licence text"


def licence_texts(library: Distribution) -> dict[str, str]:
    """Licence texts that a library comes with, by file name."""
    texts = {}
    for file in library.files or ():
        _, inside, name = file.as_posix().partition(".dist-info/")
        if inside and any(word in name.lower() for word in _LICENCE_FILES):
            path = Path(str(file.locate()))
            if path.is_file():
                texts[name.removeprefix("licenses/")] = path.read_text(encoding="utf-8", errors="replace")
    return texts


def licences_text(folder: Path) -> str:
    """Licences of all components: a list, notes, then every text.

    Parameters
    ----------
    folder
        Contains the texts that no library comes with: that of Qt and, in the built program, those of Python and the
        system libraries.
    """
    parts = [f"hdmea-gui {__version__} is under the MIT licence. It uses:", *_listed(), _NOTES]
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
