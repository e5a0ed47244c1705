"""Names of recordings, which are used as file names."""

from __future__ import annotations

import os
import re
import unicodedata
from pathlib import PureWindowsPath

from hdmea_gui.errors import DatasetIdError, ValidationError
from hdmea_gui.io.store.names import is_text, shown
from hdmea_gui.paths import local_path

# Not allowed in file names on Windows.
_SIGNS = frozenset('\\/:*?"<>|')
_KINDS = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Unicode categories: control characters, surrogates, line and paragraph separators."""

# Windows keeps these names for devices, with any file ending.
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³]) *(\.|$)")
_MOST_BYTES = 200
"""Most systems allow 255, of which file endings and checkpoint names need some."""


def located(path: str | os.PathLike[str]) -> str:
    """Return a path as absolute text; one on another system's drive stays as it is.

    Raises
    ------
    ValidationError
        Its name is not valid text, so it could neither be stored nor shown.
    """
    text = os.fspath(local_path(path))
    if not is_text(text):
        raise ValidationError(f"The name of {shown(text)} is not UTF-8 text. Rename the file or its folder.")
    return text if PureWindowsPath(text).drive else os.path.abspath(text)  # noqa: PTH100 - the file need not exist


def validated_dataset_id(dataset_id: str) -> str:
    """Return a dataset id without surrounding spaces and trailing hyphens, if it can be a file name on every system.

    Raises
    ------
    DatasetIdError
        It is empty, or contains something that a file name must not contain.
    """
    advice = "Use the recording's name, for example that of its file."
    if not isinstance(dataset_id, str):
        raise DatasetIdError(f"The dataset id must be text, not {dataset_id!r}. {advice}")
    dataset_id = re.sub(r"[\s-]+$", "", dataset_id.lstrip())
    if not dataset_id:
        raise DatasetIdError(f"The dataset id is empty. {advice}")
    fault = file_name_fault(dataset_id)
    if fault:
        raise DatasetIdError(
            f"The dataset id {dataset_id[:_MOST_BYTES]!r} cannot be a file name on every system: {fault}. "
            "Choose another name."
        )
    return dataset_id


def file_name_fault(name: str) -> str:
    """Return why a name cannot be a file name on every system, as text; empty if it can."""
    if not name.strip():
        return "it is empty"
    unsafe = sorted({sign for sign in name if sign in _SIGNS or unicodedata.category(sign) in _KINDS})
    if unsafe:
        return f"it contains {' '.join(map(repr, unsafe[:10]))}"
    if name != name.strip():
        return "it begins or ends with a space"
    if name.strip(".") != name:
        return "it begins or ends with a dot"
    if _RESERVED.match(name):
        return "Windows reserves it for a device"
    return f"it is longer than {_MOST_BYTES} bytes" if len(name.encode()) > _MOST_BYTES else ""
