"""Rules that map paths written for other drives to the places of the files on this computer."""

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
"""A Windows path after the folder that another system prepended when making it absolute."""

_REPEATED = re.compile(r"(?<!^)/+")
_LONG = re.compile(r"([/\\]{2})\?[/\\](?:(UNC)[/\\]|(?=[A-Za-z]:))", re.IGNORECASE)
r"""Prefix of long Windows paths: ``\\?\`` before the drive, or ``\\?\UNC\`` in place of the server's slashes."""


@dataclass(frozen=True)
class PathRule:
    """Beginning of a path, and its replacement on this computer.

    Parameters
    ----------
    old
        Beginning of a path, with forward slashes and none at its end.
    new
        Its place on this computer, absolute.
    """

    old: str
    new: str

    @property
    def _key(self) -> str:
        return _key(self.old)

    def rewritten(self, text: str) -> str | None:
        """Rewritten path of a text with forward slashes; None if the rule does not apply to it."""
        key, new = _key(text), _key(_plain(self.new))
        if not _is_within(key, self._key) or (_is_within(new, self._key) and _is_within(key, new)):
            return None  # already in the new place
        rest = text.split("/")[len(self.old.rstrip("/").split("/")) :]
        return str(Path(self.new, *rest))


_rules: tuple[PathRule, ...] | None = None
_warned_drives: set[str] = set()
"""Drives that have been warned about: one warning per drive is enough."""


def read_rules(texts: Iterable[str]) -> tuple[PathRule, ...]:
    r"""Read rules written as OLD=NEW.

    Parameters
    ----------
    texts
        For example ``O:\20250410=/data/20250410``. Slashes and backslashes count as equal; Windows paths match
        regardless of case.

    Raises
    ------
    ConfigurationError
        A text is not a rule, or two rules contradict each other.
    """
    rules: dict[str, PathRule] = {}
    for text in texts:
        old, equals, new = (part.strip() for part in text.partition("="))
        if not (old and equals and new):
            raise ConfigurationError(
                f"'{text}' is not a path rule. Write it as OLD=NEW, "
                r'for example "O:\20250410=/data/20250410".'
            )
        rule = PathRule(_plain(old).rstrip("/"), str(Path(new).expanduser().absolute()))
        if rules.setdefault(_key(rule.old), rule).new != rule.new:
            raise ConfigurationError(f"There are two rules for '{old}'. Keep one of them.")
    _check_chains(list(rules.values()))
    return tuple(sorted(rules.values(), key=lambda rule: -len(rule.old)))


def _check_chains(rules: list[PathRule]) -> None:
    for one in rules:
        for other in rules:
            new, old = _key(_plain(one.new)), _key(other.old)
            if one is not other and (_is_within(new, old) or _is_within(old, new)):
                raise ConfigurationError(
                    f"'{one.new}' would itself be replaced by '{other.new}'. Choose folders that do not overlap."
                )


def set_rules(rules: Iterable[PathRule]) -> None:
    """Set the rules for this process; they replace the earlier ones.

    On systems without drive letters, a Windows path that no rule applies to then causes a warning, once per drive.
    """
    global _rules  # noqa: PLW0603 - the threads of a script share it
    _rules = tuple(rules)
    _warned_drives.clear()


def local_path(path: str | os.PathLike[str]) -> Path:
    """Return the path on this computer, by the longest rule that applies; without one, the path as it is.

    Raises
    ------
    ValidationError
        The path contains a NUL, which no file name can.
    """
    text = os.fspath(path)
    if "\0" in text:
        raise ValidationError(f"{text!r} is not a file name: it contains a NUL character (\\x00). Remove it.")
    if _rules is None:
        return Path(text)
    made_absolute = _MADE_ABSOLUTE.fullmatch(text)
    written = _without_prefix(made_absolute[1] if made_absolute else text)
    found = (rule.rewritten(_plain(written)) for rule in _rules)
    new = next((new for new in found if new is not None), None)
    if new is None:
        _warn_of_drive(written)
    return Path(text if new is None else new)


def _warn_of_drive(path: str) -> None:
    drive = _DRIVE.match(path)
    if drive and os.name != "nt" and drive[0].upper() not in _warned_drives:
        _warned_drives.add(drive[0].upper())
        logger.warning(
            '%s is a Windows path, and no --map rule applies to it. Add one: --map "%s=FOLDER".',
            path,
            drive[0],
        )


def optional_path(path: str | os.PathLike[str] | None) -> Path | None:
    """Return the path on this computer (see `local_path`), or None for None."""
    return None if path is None else local_path(path)


def _plain(text: str) -> str:
    """Path with single forward slashes, except at its beginning.

    In a Windows path "." and ".." are resolved too, as Windows does before it looks up a path.
    """
    plain = _REPEATED.sub("/", _without_prefix(text).replace("\\", "/"))
    return ntpath.normpath(plain).replace("\\", "/") if _WINDOWS.match(plain) else plain


def _without_prefix(text: str) -> str:
    return _LONG.sub(lambda found: found[1] if found[2] else "", text, count=1) if _LONG.match(text) else text


def _key(plain: str) -> str:
    """Form of a path in which its spellings are equal.

    Windows ignores case; an accented letter may be one character or a letter and a combining accent.
    """
    composed = unicodedata.normalize("NFC", plain)
    return composed.lower() if _WINDOWS.match(plain) else composed


def _is_within(key: str, folder: str) -> bool:
    return key == folder or key.startswith(folder.rstrip("/") + "/")


def is_same_place(one: str | os.PathLike[str], other: str | os.PathLike[str]) -> bool:
    """Whether two paths lead to the same place when links are followed."""
    return os.path.realpath(one) == os.path.realpath(other)
