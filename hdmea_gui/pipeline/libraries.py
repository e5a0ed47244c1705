"""Libraries that take long to import, imported in time and without keeping a user who stops a step waiting."""

from __future__ import annotations

import importlib
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

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


def _import(name: str) -> None:
    with suppress(Exception):
        importlib.import_module(name)
