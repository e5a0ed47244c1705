"""A folder for data that a session still needs after their file was replaced; removed when the program ends."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from functools import lru_cache
from itertools import count
from pathlib import Path

_numbers = count(1)


@lru_cache(maxsize=1)
def _folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="hdmea-gui-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def new_scratch_file() -> Path:
    """Give the path of a new file in the scratch folder."""
    return (_folder() / f"{next(_numbers)}.h5").resolve()
