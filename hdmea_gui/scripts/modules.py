"""Modules that scripts import under the lab's names; they exist only in this process."""

from __future__ import annotations

import importlib.util
import logging
import sys
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from typing import TYPE_CHECKING, Any

import hdmea_gui
from hdmea_gui.scripts.names import MODULES, refusal, sources

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType

ROOT = "hdmea"


class LabModules(MetaPathFinder, Loader):
    """Finder and loader of the modules in the table, used before any other package of that name is found.

    Every module counts as a package, so that ``from hdmea.x import y`` searches for ``hdmea.x.y`` if x has no y, and
    the user gets our message.
    """

    def find_spec(
        self, fullname: str, _path: Sequence[str] | None, _target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the spec of a module in the table; refuse any other below ``hdmea``.

        An import of another one fails with our message; `importlib.util.find_spec` returns None.
        """
        if fullname.partition(".")[0] != ROOT:
            return None
        if fullname in MODULES:
            return ModuleSpec(fullname, self, is_package=True)
        if sys._getframe(2).f_code is importlib.util.find_spec.__code__:
            return None
        module, _, name = fullname.rpartition(".")
        raise ModuleNotFoundError(refusal(module, name))  # with its name set, from-imports would swallow it

    def exec_module(self, module: ModuleType) -> None:
        """Add the names in the table to a module."""
        found = sources(module.__name__)
        for name, (source, own) in found.items():
            setattr(module, name, getattr(import_module(source), own))
        module.__file__ = hdmea_gui.__file__
        setattr(module, "__all__", sorted(found))  # noqa: B010 - modules have no such attribute for the type checker
        setattr(module, "__getattr__", _missing_from(module.__name__))  # noqa: B010 - the same


def _missing_from(module: str) -> Any:
    """Return the module's ``__getattr__``, which handles names that it does not have."""

    def missing(name: str) -> Any:
        if f"{module}.{name}" in MODULES:
            return import_module(f"{module}.{name}")
        if name.startswith("__"):
            raise AttributeError(f"module '{module}' has no attribute '{name}'")
        raise AttributeError(refusal(module, name))

    return missing


def install() -> None:
    """Use our modules under the lab's names for the rest of this process, whatever else is installed or imported."""
    for name in [name for name in sys.modules if name.partition(".")[0] == ROOT]:
        del sys.modules[name]
    sys.meta_path.insert(0, LabModules())
    _log_below(logging.getLogger(ROOT))


def _log_below(lab: logging.Logger) -> None:
    """Apply levels and handlers that a script sets on the lab's logger to this program's log messages."""
    logging.getLogger(hdmea_gui.__name__).parent = lab
    lab.setLevel(lab.level)  # clears the levels that loggers have cached
