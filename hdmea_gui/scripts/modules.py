"""The modules that scripts import under the lab's names; they exist in this process only."""

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
    """Finds and fills the modules of the table, before any other package of that name can be found.

    Every module counts as a package, so that ``from hdmea.x import y`` asks for ``hdmea.x.y`` where x has no y, and
    the answer is our sentence.
    """

    def find_spec(
        self, fullname: str, _path: Sequence[str] | None, _target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Give the spec of a module of the table; of any other below ``hdmea`` say that it is not there.

        To an import that is our sentence; to who only asks, with `importlib.util.find_spec`, it is None.
        """
        if fullname.partition(".")[0] != ROOT:
            return None
        if fullname in MODULES:
            return ModuleSpec(fullname, self, is_package=True)
        if sys._getframe(2).f_code is importlib.util.find_spec.__code__:
            return None
        module, _, name = fullname.rpartition(".")
        raise ModuleNotFoundError(refusal(module, name))  # with its name, from-imports would swallow it

    def exec_module(self, module: ModuleType) -> None:
        """Put the names of the table into a module."""
        found = sources(module.__name__)
        for name, (source, own) in found.items():
            setattr(module, name, getattr(import_module(source), own))
        module.__file__ = hdmea_gui.__file__
        setattr(module, "__all__", sorted(found))  # noqa: B010 - modules have no such attribute for the type checker
        setattr(module, "__getattr__", _missing_from(module.__name__))  # noqa: B010 - the same


def _missing_from(module: str) -> Any:
    """What a module answers when it is asked for a name that it does not have."""

    def missing(name: str) -> Any:
        if f"{module}.{name}" in MODULES:
            return import_module(f"{module}.{name}")
        if name.startswith("__"):
            raise AttributeError(f"module '{module}' has no attribute '{name}'")
        raise AttributeError(refusal(module, name))

    return missing


def install() -> None:
    """Make the lab's names lead here for the rest of this process, whatever else is installed or imported."""
    for name in [name for name in sys.modules if name.partition(".")[0] == ROOT]:
        del sys.modules[name]
    sys.meta_path.insert(0, LabModules())
    _log_below(logging.getLogger(ROOT))


def _log_below(lab: logging.Logger) -> None:
    """Let levels and handlers that a script gives to the lab's logger hold for what this program logs."""
    logging.getLogger(hdmea_gui.__name__).parent = lab
    lab.setLevel(lab.level)  # forgets the levels that loggers have remembered
