"""Location of the files that are shipped with the program."""

from __future__ import annotations

from pathlib import Path


def resources_dir() -> Path:
    """Folder of the stimuli, flows and pictures that come with the program.

    Returns
    -------
    Path
        ``hdmea_gui/resources`` where the program is installed, ``resources`` beside the package in a source tree.
    """
    package = Path(__file__).resolve().parent.parent
    installed = package / "resources"
    return installed if installed.is_dir() else package.parent / "resources"
