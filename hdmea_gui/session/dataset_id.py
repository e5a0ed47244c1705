"""Names of recordings, which become file names."""

from __future__ import annotations

import re

from hdmea_gui.errors import ValidationError

_UNSAFE = re.compile(r'[\\/:*?"<>|\x00-\x1f]')
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\.|$)")


def validated_dataset_id(dataset_id: str) -> str:
    """The dataset id itself, if a file can be named by it.

    Raises
    ------
    ValidationError
        It is empty, or holds what a file name must not hold.
    """
    if not isinstance(dataset_id, str) or not dataset_id.strip():
        raise ValidationError(
            "The dataset id is empty. Give the recording's name, for example that of its file."
        )
    unsafe = sorted(set(_UNSAFE.findall(dataset_id)))
    if unsafe or dataset_id.strip(" .") != dataset_id.strip(" ").rstrip("."):
        found = " ".join(map(repr, unsafe)) or "a dot at its ends"
        raise ValidationError(f"The dataset id '{dataset_id}' cannot be a file name: it has {found}.")
    if dataset_id != dataset_id.strip(" ") or dataset_id.endswith(".") or _RESERVED.match(dataset_id):
        raise ValidationError(
            f"The dataset id '{dataset_id}' cannot be a file name on every system. Choose another name."
        )
    return dataset_id
