"""Rules that put one place of files for another, so that paths written for other drives lead to the files here."""

from __future__ import annotations

import logging
import ntpath
import os
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hdmea_gui.errors import ConfigurationError, ValidationError

if TYPE_CHECKING:
    from collections.abc import Iterable

logger = logging.getLogger(__name__)

_WINDOWS = re.compile(r"[A-Za-z]:(/|$)|//")
_DRIVE = re.compile(r"[A-Za-z]:(?=[/\\]|$)|\\\\[^/\\]+")
_MADE_ABSOLUTE = re.compile(r"/(?:.*?/)?((?:[A-Za-z]:(?:[/\\]|$)|\\\\).*)", re.DOTALL)
"""A path of Windows behind the folder that another system's way of making paths absolute has put before it."""

_REPEATED = re.compile(r"(?<!^)/+")
_LONG = re.compile(r"([/\\]{2})\?[/\\](?:(UNC)[/\\]|(?=[A-Za-z]:))", re.IGNORECASE)
"""What Windows lets a long path begin with, before its drive or, with UNC, in place of the slashes of its server."""


@dataclass(frozen=True)
class PathRule:
    """What a path begins with, and what stands for that here.

    Parameters
    ----------
    old : str
        Beginning of a path, with forward slashes and none at its end.
    new : str
        The place here, absolute.
    """

    old: str
    new: str

    @property
    def _key(self) -> str:
        return _key(self.old)

    def rewritten(self, text: str) -> str | None:
        """The path that a text with forward slashes stands for; None where the rule says nothing of it."""
        key, new = _key(text), _key(_plain(self.new))
        if not _is_within(key, self._key) or (_is_within(new, self._key) and _is_within(key, new)):
            return None  # what is in the new place already stays there
        rest = text.split("/")[len(self.old.rstrip("/").split("/")) :]
        return str(Path(self.new, *rest))


_rules: tuple[PathRule, ...] | None = None
_remarked: set[str] = set()
"""Drives that were remarked on."""


def read_rules(texts: Iterable[str]) -> tuple[PathRule, ...]:
    r"""Read rules that are written OLD=NEW.

    Parameters
    ----------
    texts : iterable of str
        For example ``O:\20250410=/data/20250410``. Slashes of both kinds count as equal, a drive's letter and what
        follows it match in capitals or not.

    Raises
    ------
    ConfigurationError
        A text is no rule, or two rules contradict each other.
    """
    rules: dict[str, PathRule] = {}
    for text in texts:
        old, equals, new = (part.strip() for part in text.partition("="))
        if not (old and equals and new):
            raise ConfigurationError(
                f"'{text}' does not say what to put in place of what. Write it as OLD=NEW, "
                r'for example "O:\20250410=/data/20250410".'
            )
        rule = PathRule(_plain(old).rstrip("/"), str(Path(new).expanduser().absolute()))
        if rules.setdefault(_key(rule.old), rule).new != rule.new:
            raise ConfigurationError(f"There are two new places for '{old}'. Give one of them.")
    _check_chains(list(rules.values()))
    return tuple(sorted(rules.values(), key=lambda rule: -len(rule.old)))


def _check_chains(rules: list[PathRule]) -> None:
    for one in rules:
        for other in rules:
            new, old = _key(_plain(one.new)), _key(other.old)
            if one is not other and (_is_within(new, old) or _is_within(old, new)):
                raise ConfigurationError(
                    f"'{one.new}' would be replaced in its turn, by '{other.new}'. Name places that are apart."
                )


def set_rules(rules: Iterable[PathRule]) -> None:
    """Make rules hold for all of this process from now on, in place of those that held before.

    From then on a drive of Windows that none of them is about is remarked on where there are no such drives.
    """
    global _rules  # noqa: PLW0603 - the threads of a script share it
    _rules = tuple(rules)
    _remarked.clear()


def local_path(path: str | os.PathLike[str]) -> Path:
    """Where a path leads here, by the longest of the rules that say something of it; without one, as it is.

    Raises
    ------
    ValidationError
        It has a NUL, which no file's name can have.
    """
    text = os.fspath(path)
    if "\0" in text:
        raise ValidationError(
            f"{text!r} is no name of a file: it has a NUL (\\x00) in it. Write the name without."
        )
    if _rules is None:
        return Path(text)
    made_absolute = _MADE_ABSOLUTE.fullmatch(text)
    written = _without_prefix(made_absolute[1] if made_absolute else text)
    found = (rule.rewritten(_plain(written)) for rule in _rules)
    new = next((new for new in found if new is not None), None)
    if new is None:
        _remark_on_drive(written)
    return Path(text if new is None else new)


def _remark_on_drive(path: str) -> None:
    drive = _DRIVE.match(path)
    if drive and os.name != "nt" and drive[0].upper() not in _remarked:
        _remarked.add(drive[0].upper())
        logger.warning(
            '%s is a path of Windows, and no --map says what stands for it here. Give one: --map "%s=PLACE".',
            path,
            drive[0],
        )


def optional_path(path: str | os.PathLike[str] | None) -> Path | None:
    """Where a path leads here, if there is one."""
    return None if path is None else local_path(path)


def _plain(text: str) -> str:
    """A path with forward slashes only, one at a time but at its beginning.

    In a path of Windows, "." and ".." are taken out too, as Windows does before it looks where the path leads.
    """
    plain = _REPEATED.sub("/", _without_prefix(text).replace("\\", "/"))
    return ntpath.normpath(plain).replace("\\", "/") if _WINDOWS.match(plain) else plain


def _without_prefix(text: str) -> str:
    return _LONG.sub(lambda found: found[1] if found[2] else "", text, count=1) if _LONG.match(text) else text


def _key(plain: str) -> str:
    """What two writings of a path have in common.

    Windows does not tell capitals from small letters; an accent may be part of its letter or stand behind it.
    """
    composed = unicodedata.normalize("NFC", plain)
    return composed.lower() if _WINDOWS.match(plain) else composed


def _is_within(key: str, folder: str) -> bool:
    return key == folder or key.startswith(folder.rstrip("/") + "/")


def is_same_place(one: str | os.PathLike[str], other: str | os.PathLike[str]) -> bool:
    """Whether two paths lead to the same place, links followed."""
    return os.path.realpath(one) == os.path.realpath(other)
