"""Early import of slow libraries, without delaying a user who stops a step."""

from __future__ import annotations

import importlib
import sys
import threading
from contextlib import suppress
from importlib.abc import MetaPathFinder
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from hdmea_gui.pipeline.progress import Progress

_LOOK_S = 0.05  # interval between two checks for a cancel while a module is imported


def import_ahead(names: Iterable[str], progress: Progress) -> None:
    """Import modules on another thread, so that a cancel is noticed meanwhile.

    An import cannot be interrupted: after a cancel it continues in the background, and the next step that needs the
    module finds it imported.

    Parameters
    ----------
    names
        Names of the modules.
    progress
        Receives the progress and may cancel.

    Raises
    ------
    Cancelled
        If the user cancels.
    ImportError
        If a module is not installed.
    """
    modules = tuple(names)
    for number, name in enumerate(modules):  # also those in sys.modules: one may be half imported
        thread = threading.Thread(target=_import, args=(name,), name=f"import of {name}")
        thread.start()
        thread.join(_LOOK_S)
        while thread.is_alive():
            progress(number, len(modules), "Loading libraries")
            thread.join(_LOOK_S)
        importlib.import_module(name)  # already imported by now; if that failed, this raises the reason


def import_unless_stopped(names: Iterable[str], progress: Callable[[int, int], None]) -> None:
    """Import modules on this thread before they are needed; missing modules are ignored.

    A cancel interrupts the import before the next module imported within it. The half-imported module is unusable
    afterwards, so this is suitable only for a program that is about to exit.

    Parameters
    ----------
    names
        Names of the modules.
    progress
        Called with (0, 0) before every module; may raise to cancel.
    """
    looker = _Looker(progress)
    sys.meta_path.insert(0, looker)
    try:
        for name in names:
            with suppress(ImportError):
                importlib.import_module(name)
    finally:
        sys.meta_path.remove(looker)


class _Looker(MetaPathFinder):
    """Finds no module, but checks for a cancel at each one that this thread imports."""

    def __init__(self, progress: Callable[[int, int], None]) -> None:
        self._progress = progress
        self._thread = threading.get_ident()

    def find_spec(self, _fullname: str, _path: object, _target: object = None, /) -> None:
        if threading.get_ident() == self._thread:
            self._progress(0, 0)


def _import(name: str) -> None:
    with suppress(Exception):  # raised again, with its reason, on the thread that asked
        importlib.import_module(name)
