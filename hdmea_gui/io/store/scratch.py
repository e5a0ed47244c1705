"""Scratch folder for data that a session still needs after their file was replaced; removed when the program ends.

Its name contains the process and the machine, so that the next program can remove the folders of killed ones.
"""

from __future__ import annotations

import atexit
import os
import re
import shutil
import tempfile
from functools import lru_cache
from itertools import count
from pathlib import Path

from hdmea_gui.temporary_names import is_alive, machine, writer_pattern

PREFIX = "hdmea-gui-"
_numbers = count(1)


@lru_cache(maxsize=1)
def _folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-{machine()}-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@lru_cache(maxsize=1)
def remove_stale() -> None:
    """Remove the folders of dead processes on this machine, once per run of the program."""
    pattern = re.compile(rf"{PREFIX}{writer_pattern()}-\w+")
    try:
        names = os.listdir(tempfile.gettempdir())  # noqa: PTH208 - only the names of a large folder are needed
    except OSError:
        return  # no folder for temporary files, so nothing to remove
    for name in names:
        match = pattern.fullmatch(name)
        if match is not None and int(match[1]) != os.getpid() and not is_alive(int(match[1])):
            shutil.rmtree(Path(tempfile.gettempdir()) / name, ignore_errors=True)


def new_scratch_file() -> Path:
    """Return the path of a new file in the scratch folder."""
    return (_folder() / f"{next(_numbers)}.h5").resolve()
