"""Libraries that take long to import, imported in time and without keeping a user who stops a step waiting."""

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

_LOOK_S = 0.05


def import_ahead(names: Iterable[str], progress: Progress) -> None:
    """Import modules on another thread, so that the wish to stop is seen meanwhile.

    An import cannot be broken off: after a stop it runs on by itself, and the next step that needs it finds it done.

    Parameters
    ----------
    names : iterable of str
        The modules.
    progress : Progress
        Is told, and may stop it.

    Raises
    ------
    Cancelled
        The user wants to stop.
    ImportError
        A module is not there.
    """
    modules = tuple(names)
    for number, name in enumerate(modules):  # also those that are listed already: one may be half imported
        thread = threading.Thread(target=_import, args=(name,), name=f"import of {name}")
        thread.start()
        thread.join(_LOOK_S)
        while thread.is_alive():
            progress(number, len(modules), "Getting ready")
            thread.join(_LOOK_S)
        importlib.import_module(name)  # there by now, unless it cannot be imported: then this says why


def import_unless_stopped(names: Iterable[str], progress: Callable[[int, int], None]) -> None:
    """Import modules on this thread, ahead of any need; one that is not there is left to whoever needs it.

    Here the wish to stop breaks the import off, before whichever module comes next within it. What was half imported
    then is of no use any more: only for a program that ends.

    Parameters
    ----------
    names : iterable of str
        The modules.
    progress : callable
        Is called with (0, 0) before every module; what it raises ends the import.
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
    """Finds no module, but looks at every one that this thread imports whether to stop."""

    def __init__(self, progress: Callable[[int, int], None]) -> None:
        self._progress = progress
        self._thread = threading.get_ident()

    def find_spec(self, _fullname: str, _path: object, _target: object = None, /) -> None:
        if threading.get_ident() == self._thread:
            self._progress(0, 0)


def _import(name: str) -> None:
    with suppress(Exception):
        importlib.import_module(name)
