"""Libraries, versions and licences."""

from __future__ import annotations

from importlib.metadata import distribution
from pathlib import Path

from hdmea_gui import __version__
from hdmea_gui.components import libraries, licence_name, licence_texts, licences_text, versions_text

ROOT = Path(__file__).parent.parent
TEXTS = ROOT / "resources" / "licences"


def test_the_libraries_are_those_that_the_program_runs_on() -> None:
    names = {library.name.lower().replace("_", "-") for library in libraries()}
    assert {
        "numpy",
        "scipy",
        "h5py",
        "pyqtgraph",
        "qasync",
        "platformdirs",
        "pyside6-essentials",
        "shiboken6",
    } <= names
    assert not names & {"hdmea-gui", "pytest", "ruff", "mypy", "hypothesis"}


def test_versions_name_program_and_libraries() -> None:
    text = versions_text()
    assert f"hdmea-gui {__version__}\n" in text
    assert f"numpy {distribution('numpy').version}" in text


def test_every_library_has_a_licence_and_a_text_somewhere() -> None:
    without = []
    for library in libraries():
        assert licence_name(library) != "see the licence text", library.name
        if not licence_texts(library):
            without.append(library.name.lower())
    # Qt's wheels bring no texts: the LGPL and the GPL are among the program's own files.
    assert sorted(without) == ["pyside6_essentials", "shiboken6"]


def test_the_licences_hold_the_full_texts() -> None:
    text = licences_text(TEXTS)
    for words in (
        "GNU LESSER GENERAL PUBLIC LICENSE",
        "GNU GENERAL PUBLIC LICENSE",
        "hdmea-gui: LICENSE",
        "OpenBLAS",
        "HDF5 (Hierarchical Data Format 5) Software Library",
        "PySide6_Essentials 6",
    ):
        assert words in text, words
