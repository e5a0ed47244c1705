"""Execution of a script in this process as by ``python FILE``, with the lab's modules available."""

from __future__ import annotations

import builtins
import json
import os
import runpy
import sys
from dataclasses import asdict, dataclass
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from types import ModuleType, TracebackType
from typing import TYPE_CHECKING, Any

from hdmea_gui.paths import PathRule, set_rules
from hdmea_gui.scripts import modules

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

CHILD = "hdmea_gui.scripts.child"
"""Module that processes of a script's pool run instead of the script, to set up the same environment."""

VARIABLE = "HDMEA_SCRIPT"
"""Environment variable that passes the script to these processes."""


@dataclass(frozen=True)
class Script:
    """A script and its path rules.

    Parameters
    ----------
    file
        The script, absolute.
    rules
        Replacements for the beginnings of its paths.
    """

    file: str
    rules: tuple[PathRule, ...] = ()

    def as_text(self) -> str:
        """Return the script as JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def from_text(cls, text: str) -> Script:
        """Return the script from the JSON of `as_text`."""
        content = json.loads(text)
        return cls(content["file"], tuple(PathRule(**rule) for rule in content["rules"]))


class MainSpec(ModuleSpec):
    """Module spec from which the processes of a pool learn what to run at start-up.

    A script that Python runs by its path has no spec. This one names our module, but no package for relative
    imports.
    """

    def __init__(self) -> None:
        super().__init__(CHILD, None)

    @property
    def parent(self) -> str:
        """Package of the script: none."""
        return ""


def run(script: Script, words: Sequence[str], name: str) -> None:
    """Run a script to its end; its exceptions, including its exit, are passed on.

    From here on the process is the script's: its arguments, its module ``__main__``, its import path.

    Parameters
    ----------
    script
        The script.
    words
        Its arguments.
    name
        The file as the user wrote it: its ``sys.argv[0]``.
    """
    os.environ[VARIABLE] = script.as_text()
    _prepare(script)
    sys.argv[:] = [name, *words]
    _put_first_in_path(os.path.dirname(os.path.realpath(script.file)))  # noqa: PTH120 - as Python itself does
    main = _main_module(script.file)
    sys.modules["__main__"] = main
    try:
        source = Path(script.file).read_bytes()
        exec(compile(source, script.file, "exec", dont_inherit=True), main.__dict__)  # noqa: S102 - the job
    except BaseException:
        _hide_own_frames(script.file)
        raise


def run_in_child() -> dict[str, Any]:
    """Prepare a process of a script's pool like the script's own; return the contents of the script's module."""
    script = Script.from_text(os.environ[VARIABLE])
    _prepare(script)
    return runpy.run_path(script.file, run_name="__mp_main__") | {"__spec__": MainSpec()}


def _prepare(script: Script) -> None:
    modules.install()
    set_rules(script.rules)


def _put_first_in_path(folder: str) -> None:
    """Put the script's folder first in ``sys.path``, where Python put this program's."""
    root = str(Path(__file__).parents[2])
    if not getattr(sys, "frozen", False) and not sys.flags.safe_path:
        del sys.path[0]
        if root not in sys.path:  # processes of a pool must be able to import this program too
            sys.path.append(root)
    sys.path.insert(0, folder)


def _main_module(file: str) -> ModuleType:
    main = ModuleType("__main__")
    main.__file__ = file
    main.__loader__ = SourceFileLoader("__main__", file)
    main.__spec__ = MainSpec()
    main.__package__ = None
    main.__dict__.update({"__cached__": None, "__builtins__": builtins})
    if sys.version_info < (3, 14):  # later versions create it on access
        main.__annotations__ = {}
    return main


def _hide_own_frames(file: str) -> None:
    """Remove this program's frames from the traceback that Python prints at the end."""
    hook = sys.excepthook

    def show(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        del trace
        error.__traceback__ = _without_our_frames(error.__traceback__, file)
        hook(kind, error, error.__traceback__)

    sys.excepthook = show


def _without_our_frames(trace: TracebackType | None, file: str) -> TracebackType | None:
    entries = list(_entries(trace))
    first = next((place for place, entry in enumerate(entries) if _file_of(entry) == file), len(entries))
    kept: TracebackType | None = None
    for entry in reversed(entries[first:]):
        if _file_of(entry) != modules.__file__:
            kept = TracebackType(kept, entry.tb_frame, entry.tb_lasti, entry.tb_lineno)
    return kept


def _entries(trace: TracebackType | None) -> Iterator[TracebackType]:
    while trace is not None:
        yield trace
        trace = trace.tb_next


def _file_of(entry: TracebackType) -> str:
    return entry.tb_frame.f_code.co_filename
