"""The words of a filter, their order, and how Python writes them."""

from __future__ import annotations

import re
from itertools import accumulate
from typing import Final, NamedTuple

DEEPEST: Final = 50
TOO_DEEP: Final = f"The filter is nested more than {DEEPEST} levels deep."
MISSING: Final = "missing"
_WANTED = {
    "is": "missing or not missing",
    "is not": "missing",
    **dict.fromkeys(["in", "not in"], 'values in parentheses, as in ("good", "MUA")'),
    **dict.fromkeys(["contains", "startswith"], "text in quotes"),
}
_CODES = {
    **dict.fromkeys(["true", "false", MISSING], "v"),
    **dict.fromkeys(_WANTED, "o"),
    **dict.fromkeys(["and", "or"], "j"),
    **dict.fromkeys(["+", "-"], "s"),
    **{word: word[0] for word in ("not", "(", ")", ",")},
}
# Of the words' codes: two values in a row; an operator or the end without a value before; not within a comparison.
_MISPLACED = re.compile(r"(?P<joint>(?<=[cv)])(?:[cv(]|n(?!$)))|(?<![cv)])(?:[oj),]|$)|(?<=[os])n")
_NAME = r"[^\W\d]\w*(?:\.\w+)*"
_WORD = re.compile(  # without IGNORECASE, which takes other letters for i and s, too
    rf"""
    (?P<o>(?:[nN][oO][tT]\s+[iI][nN]|[iI][sS]\s+[nN][oO][tT])(?![\w.])
        |\*\*|//|<=|>=|==|!=|<>|&&|\|\||[-+*/<>=(),!&|])
    |(?P<c>{_NAME}\.?|`[^`]*`)
    |(?P<v>(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?(?![\w.])|"[^"]*"|'[^']*')
    |(?P<unreadable>\S)
    """,
    re.VERBOSE,
)
_GROUPED = re.compile(r"[1-9]\d{0,2}(?:,\d{3})+(?![\w.])")  # 1,250 can be 1250, 1.25 or two values
_REPLACEMENTS = {
    "=": "== to compare",
    "<>": "!= for 'differs from'",
    **dict.fromkeys(["&", "&&"], "and"),
    **dict.fromkeys(["|", "||"], "or"),
    "!": "not",
    "**": "a product: powers are not supported",
    "//": "/ to divide",
}


class FilterError(Exception):
    """A condition that cannot be understood.

    Parameters
    ----------
    message : str
        The reason, for the user.
    start, end : int
        The characters of the text that it is about.
    is_unfinished : bool
        Whether the text may become right as the user types on.
    """

    def __init__(self, message: str, start: int, end: int, *, is_unfinished: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.start = start
        self.end = end
        self.is_unfinished = is_unfinished


class Word(NamedTuple):
    """A word of a filter and its place.

    The code is ``c`` for a column, ``v`` for another value, ``o`` for an operator, ``s`` for a sign, ``j`` for and
    and or, ``n`` for not, or the parenthesis or comma itself.
    """

    code: str
    typed: str
    start: int
    end: int

    def __str__(self) -> str:
        """As typed, but not too long for a message."""
        return self.typed if len(self.typed) <= 40 else f"{self.typed[:39]}…"

    @property
    def _quoted(self) -> str:
        return str(self) if self.typed[0] in "\"'`" else f"'{self}'"

    def error(self, message: str, *, is_unfinished: bool = False) -> FilterError:
        """Return an error about this word."""
        return FilterError(message, self.start, self.end, is_unfinished=is_unfinished)

    def unexpected(self, operator: str = "") -> FilterError:
        """Return the error that something else belongs here, after an operator or without one."""
        return self.error(f"Expected {_wanted_after(operator)}, not {self._quoted}.")

    def unjoined(self) -> FilterError:
        """Return the error that this does not continue what is before it."""
        return self.error(f"An 'and' or 'or' is missing before {self._quoted}.")


def words_of(text: str) -> list[Word]:
    """Return the words of a text.

    Raises
    ------
    FilterError
        A character that begins no word.
    """
    words: list[Word] = []
    for match in _WORD.finditer(text):
        typed, group = match[0], str(match.lastgroup)
        if group == "unreadable" or typed in _REPLACEMENTS:
            raise _unreadable(typed, text, match.start())
        words.append(Word(_CODES.get(plain(typed), group), typed, *match.span()))
    for match in _GROUPED.finditer(text):
        if any(word.code == "v" and word.start == match.start() for word in words):  # not within quotes
            raise _unclear(match)
    return words


def plain(word: str) -> str:
    """Return a word in lower case, two words with one blank between them."""
    return " ".join(word.lower().split())


def as_typed(name: str) -> str:
    """Return a column's name as typed in a filter: in back quotes if it has characters that no bare name has."""
    return name if re.fullmatch(_NAME, name) and name.lower() not in _CODES else f"`{name}`"


def python_of(words: list[Word], length: int) -> str:
    """Return words as Python, each at its place: any value as ``___``, or ``"___"`` if it is quoted."""
    python = [" "] * length
    for code, typed, start, end in words:
        word = plain(typed)
        if code in "cv":
            word = "_" * len(typed) if typed[0] not in "\"'`" else f'"{"_" * (len(typed) - 2)}"'
        elif word in {"contains", "startswith"}:
            word = "is"
        python[start:end] = word.ljust(len(typed))
    return "".join(python)


def order_error(words: list[Word]) -> FilterError | None:
    """Return the error in the order of the words, or None; Python's own message would be less clear."""
    codes = "".join(word.code for word in words)
    end = words[-1].end if words else 0
    if misplaced := _MISPLACED.search(codes):
        index = misplaced.start()
        before = words[index - 1].typed if index else ""
        if index == len(words):
            return FilterError(f"Expected {_wanted_after(before)}.", end, end, is_unfinished=True)
        return words[index].unjoined() if misplaced["joint"] else words[index].unexpected(before)
    depths = list(accumulate({"(": 1, ")": -1}.get(code, 0) for code in codes))
    if -1 in depths:
        return words[depths.index(-1)].error("This ) has no matching (.")
    if DEEPEST + 1 in depths:
        return words[depths.index(DEEPEST + 1)].error(TOO_DEEP)
    if depths[-1] > 0:
        return FilterError("The closing ) is missing.", end, end, is_unfinished=True)
    return None


def _wanted_after(operator: str) -> str:
    return _WANTED.get(plain(operator), "a column, a number or text")


def _unclear(number: re.Match[str]) -> FilterError:
    typed = number[0]
    plain_number, spaced = typed.replace(",", ""), typed.replace(",", ", ")
    point = f"{typed.replace(',', '.')} or " if typed.count(",") == 1 else ""
    message = (
        f"Write {point}{plain_number}, or {spaced} for several values: the comma in {typed} is ambiguous."
    )
    return FilterError(message, *number.span())


def _unreadable(typed: str, text: str, start: int) -> FilterError:
    word = Word("", typed, start, start + len(typed))
    if typed in _REPLACEMENTS:
        return word.error(f"'{typed}' is not used here. Write {_REPLACEMENTS[typed]}.")
    if typed in "\"'`":
        return FilterError(f"The closing {typed} is missing.", start, len(text), is_unfinished=True)
    number = re.compile(r"(?=[\d.])[\w.]+").match(text, start)
    if number is None:
        return word.error(f"'{typed}' cannot be used in a filter.")
    message = f"'{number[0]}' is not a number. If it is a column, write it in back quotes: `{number[0]}`."
    return FilterError(message, *number.span())
