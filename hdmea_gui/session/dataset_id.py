"""Names of recordings, which become file names."""

from __future__ import annotations

import os
import re
import unicodedata
from pathlib import PureWindowsPath

from hdmea_gui.errors import ValidationError
from hdmea_gui.io.store.names import is_text, shown
from hdmea_gui.paths import local_path

_SIGNS = frozenset('\\/:*?"<>|')
_KINDS = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Control characters, halves of characters, and what ends a line."""

_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³]) *(\.|$)")
_MOST_BYTES = 200
"""Most systems take 255, of which endings and the names of checkpoints need some."""


def located(path: str | os.PathLike[str]) -> str:
    """A path that means the same from every folder; one of another system's drive stays as it is.

    Raises
    ------
    ValidationError
        Its name is no text, so no file and no window could show it.
    """
    text = os.fspath(local_path(path))
    if not is_text(text):
        raise ValidationError(
            f"The name of {shown(text)} is no text in UTF-8. Rename the file or its folder."
        )
    return text if PureWindowsPath(text).drive else os.path.abspath(text)  # noqa: PTH100 - also where nothing is


def named_by(path: str | os.PathLike[str]) -> str:
    """The dataset id that the name of a raw or sorted file stands for, also of one on another system's drive."""
    where = local_path(path)
    windows = PureWindowsPath(where)
    return (windows if windows.drive else where).stem.rstrip("-")


def validated_dataset_id(dataset_id: str) -> str:
    """The dataset id itself, if a file can be named by it on every system.

    Raises
    ------
    ValidationError
        It is empty, or holds what a file name must not hold.
    """
    advice = "Give the recording's name, for example that of its file."
    if not isinstance(dataset_id, str):
        raise ValidationError(f"The dataset id must be a text, not {dataset_id!r}. {advice}")
    if not dataset_id.strip():
        raise ValidationError(f"The dataset id is empty. {advice}")
    fault = file_name_fault(dataset_id)
    if fault:
        raise ValidationError(
            f"The dataset id {dataset_id[:_MOST_BYTES]!r} cannot be a file name on every system: {fault}. "
            "Choose another name."
        )
    return dataset_id


def file_name_fault(name: str) -> str:
    """What keeps a name from being a file's on every system, in words; nothing where it can be."""
    if not name.strip():
        return "it is empty"
    unsafe = sorted({sign for sign in name if sign in _SIGNS or unicodedata.category(sign) in _KINDS})
    if unsafe:
        return f"it has {' '.join(map(repr, unsafe[:10]))}"
    if name != name.strip():
        return "it has a space at its ends"
    if name.strip(".") != name:
        return "it has a dot at its ends"
    if _RESERVED.match(name):
        return "Windows keeps it for a device"
    return f"it is longer than {_MOST_BYTES} bytes" if len(name.encode()) > _MOST_BYTES else ""
