"""The words of a filter: numbers, texts, names and operators, each with its place."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

TokenKind = Literal["number", "text", "name", "quoted", "word", "operator", "end"]
_WORDS = {"and", "or", "not", "in", "is", "missing", "contains", "startswith", "true", "false"}
_NAME = re.compile(r"[^\W\d]\w*(?:\.\w+)*")
COMPARISONS = {"<", "<=", ">", ">=", "==", "!="}
_TOKEN = re.compile(
    r"""\s*(?:
    (?P<name>[^\W\d]\w*(?:\.\w+)*\.?)
    |(?P<number>(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?(?![\w.]))
    |(?P<quoted>`[^`]*`)
    |(?P<text>"[^"]*"|'[^']*')
    |(?P<operator>\*\*|//|<=|>=|==|!=|<>|&&|\|\||[-+*/<>=(),!&|])
    |(?P<other>\S)
    )""",
    re.VERBOSE,
)
_SAID_ELSEWHERE = {
    "=": "Write == to compare.",
    "<>": "Write != for 'differs from'.",
    "&&": "Write and.",
    "&": "Write and.",
    "||": "Write or.",
    "|": "Write or.",
    "!": "Write not.",
    "**": "There are no powers here; + - * / are there.",
    "//": "Write / to divide.",
}


class FilterError(Exception):
    """A condition that cannot be understood.

    Parameters
    ----------
    message : str
        A sentence that says why.
    start, end : int
        The characters of the text that it is about.
    is_unfinished : bool
        Whether the text may become right by going on.
    """

    def __init__(self, message: str, start: int, end: int, *, is_unfinished: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.start = start
        self.end = end
        self.is_unfinished = is_unfinished


@dataclass(frozen=True)
class Token:
    """A word of a filter; quotes are not part of its text, but of its place."""

    kind: TokenKind
    text: str
    start: int
    end: int


def tokens_of(text: str) -> list[Token]:
    """Give the words of a text, the last one of kind ``end``.

    Raises
    ------
    FilterError
        A character that no word begins with.
    """
    found: list[Token] = []
    place = 0
    end = len(text.rstrip())
    while place < end:
        match = _TOKEN.match(text, place)
        if match is None or match.lastgroup is None:
            break
        start, place = match.span(match.lastgroup)
        found.append(_token(match.lastgroup, text, start, place))
    return [*found, Token("end", "", end, end)]


def _token(group: str, text: str, start: int, end: int) -> Token:
    word = text[start:end]
    if group == "name":
        return Token("word" if word.lower() in _WORDS else "name", word, start, end)
    if group == "number":
        return Token("number", word, start, end)
    if group in {"text", "quoted"}:
        return Token("text" if group == "text" else "quoted", word[1:-1], start, end)
    if group == "operator" and word not in _SAID_ELSEWHERE:
        return Token("operator", word, start, end)
    raise _unreadable(word, text, start, end)


def _unreadable(word: str, text: str, start: int, end: int) -> FilterError:
    if word in _SAID_ELSEWHERE:
        return FilterError(f"'{word}' is not used here. {_SAID_ELSEWHERE[word]}", start, end)
    if word in "\"'`":
        return FilterError(f"The closing {word} is missing.", start, len(text), is_unfinished=True)
    if word.isdigit() or word == ".":
        run = re.compile(r"[\w.]+").match(text, start)
        whole = run[0] if run else word
        hint = (
            f" If it is a column, write it in back quotes: `{whole}`." if whole.strip("0123456789.") else ""
        )
        return FilterError(f"'{whole}' is not a number.{hint}", start, start + len(whole))
    return FilterError(f"'{word}' means nothing here.", start, end)


def as_typed(name: str) -> str:
    """A column's name as it stands in a filter: in back quotes where it has other characters than a name has."""
    return name if _NAME.fullmatch(name) and name.lower() not in _WORDS else f"`{name}`"
