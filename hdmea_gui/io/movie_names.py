"""Names of movies, and lists of them in Python or JSON notation."""

from __future__ import annotations

import ast
import json
import re
import tokenize
import warnings
from io import StringIO
from typing import Any

_ENDINGS = "mov|avi|mp4|m4v|mkv|mpg|mpeg|wmv|webm|ogv|flv|qt"
_ENDING = re.compile(rf"\s*\.(?:{_ENDINGS})\Z", re.IGNORECASE)
_SEVERAL = re.compile(rf"[,;\r\n\t]|\.(?:{_ENDINGS})\b", re.IGNORECASE)
_QUOTES = str.maketrans("\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f", "''''\"\"\"\"")
_IN_A_LIST = {tokenize.STRING, tokenize.NEWLINE, tokenize.NL, tokenize.ENDMARKER}
_UNREADABLE = (ValueError, TypeError, SyntaxError, MemoryError, RecursionError, tokenize.TokenError)


def movie_name(file_name: str) -> str:
    """Return the name of a movie without the ending of a video file."""
    return _ENDING.sub("", file_name.strip()).strip()


def is_one_name(name: str) -> bool:
    """Return whether a name without its ending is that of one movie, not of several that ran together."""
    return bool(name) and _SEVERAL.search(name) is None


def names_in(text: str) -> list[str] | None:
    """Return the names in a list, without their endings; None if the text is no list of names.

    Nothing is evaluated. Texts without a comma between them, which Python would join, are no list. Typographic quotes
    count as plain ones if the text is otherwise no list.
    """
    for written in (text, text.translate(_QUOTES)):
        for read in (json.loads, _literal):
            try:
                found = read(written.strip())
            except _UNREADABLE:
                continue
            if isinstance(found, (list, tuple)) and all(isinstance(name, str) for name in found):
                names = list(map(movie_name, found))
                return names if all(map(is_one_name, names)) else None
    return None


def _literal(text: str) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a lone backslash
        found = ast.literal_eval(text)
        tokens = list(tokenize.generate_tokens(StringIO(text).readline))
    plain = all(token.type in _IN_A_LIST or token.string in {"[", "]", "(", ")", ","} for token in tokens)
    n_texts = sum(token.type == tokenize.STRING for token in tokens)
    if not plain or n_texts != len(found):  # a comment, or texts that Python has joined
        raise ValueError(text)
    return found
