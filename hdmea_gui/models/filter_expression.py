r"""Conditions on units as the user types them: ``snr > 4 and dsi > 0.3 and label == "good"``.

The language, which is parsed here and never run as code:

- numbers (``4``, ``0.3``, ``1e-3``), texts (``"good"`` or ``'good'``), ``true`` and ``false``
- names of columns; those with other characters than letters, digits, underscores and points stand in back quotes:
  ``\\`my column\\` > 3``
- ``+ - * /`` on numbers, and parentheses
- ``< <= > >= == !=``, also chained: ``0.2 < dsi < 0.8``
- ``label in ("good", "MUA")``, ``label not in ("noise")``
- ``note contains "axon"``, ``id startswith "unit_01"``; texts are compared without regard to case
- ``dsi is missing``, ``dsi is not missing``
- ``not``, ``and``, ``or``, the first binding closest

A comparison with a missing number is false, also ``!=``; a number divided by zero is missing. A missing text is the
empty text, so ``label != "good"`` is true of unlabelled units.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from hdmea_gui.models import filter_nodes as nodes
from hdmea_gui.models.filter_nodes import Node
from hdmea_gui.models.filter_tokens import COMPARISONS, FilterError, Token, as_typed, tokens_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from hdmea_gui.session.columns import Columns

LONGEST: Final = 2000
DEEPEST: Final = 50


@dataclass(frozen=True)
class Filter:
    """A condition that every unit fulfils or not.

    Parameters
    ----------
    text : str
        As it was typed.
    keys : frozenset of str
        Keys of the columns that it looks at.
    """

    text: str
    keys: frozenset[str]
    _node: Node
    _n_units: int

    def mask(self) -> NDArray[np.bool_]:
        """Whether each unit fulfils the condition, shape (n_units,), from what the columns hold now."""
        with np.errstate(all="ignore"):  # what overflows is infinite, which compares as it should
            return np.broadcast_to(nodes.truth(self._node), (self._n_units,))


def parse_filter(text: str, columns: Columns) -> Filter:
    """Understand a condition.

    Parameters
    ----------
    text : str
        What the user typed.
    columns : Columns
        The columns that it may name.

    Raises
    ------
    FilterError
        It is no condition, or names no column; the error says where.
    """
    if len(text) > LONGEST:
        raise FilterError(f"The filter is longer than {LONGEST} characters. Shorten it.", LONGEST, len(text))
    parser = _Parser(text, columns)
    node = parser.whole()
    return Filter(text, frozenset(parser.keys), node, len(columns.ids))


class _Part(NamedTuple):
    """A part of the filter and the characters that it was made from."""

    node: Node
    start: int
    end: int


class _Parser:
    """Descends through the tokens of a text, one method for each rank of operators."""

    def __init__(self, text: str, columns: Columns) -> None:
        self._text = text
        self._columns = columns
        self._tokens = tokens_of(text)
        self._next = 0
        self._depth = 0
        self.keys: set[str] = set()

    def whole(self) -> Node:
        """Parse all of the text."""
        part = self._either()
        if self._token.kind != "end":
            raise self._unexpected()
        return self._condition(part)

    # Tokens

    @property
    def _token(self) -> Token:
        return self._tokens[self._next]

    def _take(self, *texts: str) -> Token | None:
        """Take the next token if it is one of these operators or words."""
        token = self._token
        if token.kind in {"operator", "word"} and token.text.lower() in texts:
            self._next += 1
            return token
        return None

    def _need(self, text: str, error: FilterError) -> Token:
        token = self._take(text)
        if token is None:
            raise error
        return token

    # Conditions

    def _either(self) -> _Part:
        return self._joined(self._both, "or", nodes.either)

    def _both(self) -> _Part:
        return self._joined(self._negated, "and", nodes.both)

    def _joined(
        self, inner: Callable[[], _Part], word: str, join: Callable[[tuple[Node, ...]], Node]
    ) -> _Part:
        parts = [inner()]
        while self._take(word):
            parts.append(inner())
        if len(parts) == 1:
            return parts[0]
        return _Part(join(tuple(self._condition(part) for part in parts)), parts[0].start, parts[-1].end)

    def _negated(self) -> _Part:
        word = self._take("not")
        if word is None:
            return self._comparison()
        part = self._deeper(self._negated)
        return _Part(nodes.negation(self._condition(part)), word.start, part.end)

    def _comparison(self) -> _Part:
        left = self._sum()
        token = self._token
        if token.kind == "operator" and token.text in COMPARISONS:
            return self._chain(left)
        if self._take("is"):
            return self._missing(left)
        if self._take("contains", "startswith"):
            return self._match(left, at_start=token.text.lower() == "startswith")
        if self._take("not"):
            self._need("in", self._unexpected("in"))
            part = self._one_of(left)
            return part._replace(node=nodes.negation(part.node))
        return self._one_of(left) if self._take("in") else left

    def _chain(self, left: _Part) -> _Part:
        rest: list[tuple[str, Node]] = []
        last = left
        while operator := self._take(*COMPARISONS):
            right = self._sum()
            self._check_comparable(last, operator, right)
            rest.append((operator.text, right.node))
            last = right
        return _Part(nodes.comparisons(left.node, tuple(rest)), left.start, last.end)

    def _missing(self, left: _Part) -> _Part:
        negated = self._take("not")
        end = self._need("missing", self._unexpected("missing" if negated else "missing or not missing")).end
        node = nodes.is_missing(left.node)
        return _Part(nodes.negation(node) if negated else node, left.start, end)

    def _match(self, left: _Part, *, at_start: bool) -> _Part:
        token = self._token
        if token.kind != "text":
            raise self._unexpected("a text in quotes")
        if left.node.kind != "text":
            raise self._error(f"{self._words(left)} is no text, so it has no such part.", left)
        self._next += 1
        match = nodes.starts_with if at_start else nodes.contains
        return _Part(match(left.node, token.text), left.start, token.end)

    def _one_of(self, left: _Part) -> _Part:
        operator = self._need("(", self._unexpected('parentheses with what it may be, as in ("good", "MUA")'))
        choices: list[Node] = []
        while not choices or self._take(","):
            choice = self._sum()
            self._check_comparable(left, operator, choice)
            choices.append(choice.node)
        end = self._need(")", self._unexpected("a comma or the closing )")).end
        return _Part(nodes.one_of(left.node, tuple(choices)), left.start, end)

    # Values

    def _sum(self) -> _Part:
        return self._calculated(self._product, "+", "-")

    def _product(self) -> _Part:
        return self._calculated(self._signed, "*", "/")

    def _calculated(self, inner: Callable[[], _Part], *operators: str) -> _Part:
        first = last = inner()
        rest: list[tuple[str, Node]] = []
        while operator := self._take(*operators):
            last = inner()
            rest.append((operator.text, self._number(last)))
        if not rest:
            return first
        return _Part(nodes.arithmetic(self._number(first), tuple(rest)), first.start, last.end)

    def _signed(self) -> _Part:
        sign = self._take("-", "+")
        if sign is None:
            return self._single()
        part = self._deeper(self._signed)
        number = self._number(part)
        return _Part(nodes.negative(number) if sign.text == "-" else number, sign.start, part.end)

    def _single(self) -> _Part:
        token = self._token
        if opening := self._take("("):
            part = self._deeper(self._either)
            end = self._need(")", self._unexpected("the closing )")).end
            return _Part(part.node, opening.start, end)
        if word := self._take("true", "false"):
            return _Part(nodes.truth_value(value=word.text.lower() == "true"), word.start, word.end)
        if token.kind not in {"number", "text", "name", "quoted"}:
            raise self._unexpected("a column, a number or a text")
        self._next += 1
        return _Part(self._value(token), token.start, token.end)

    def _value(self, token: Token) -> Node:
        if token.kind == "number":
            return nodes.number(float(token.text))
        if token.kind == "text":
            return nodes.text(token.text)
        column = self._columns.get(token.text)
        if column is None:
            raise self._no_column(token)
        self.keys.add(column.key)
        return nodes.column_values(column)

    # What does not fit

    def _deeper(self, parse: Callable[[], _Part]) -> _Part:
        self._depth += 1
        if self._depth > DEEPEST:
            token = self._token
            raise FilterError(f"The filter is nested more than {DEEPEST} deep.", token.start, token.end)
        part = parse()
        self._depth -= 1
        return part

    def _condition(self, part: _Part) -> Node:
        if part.node.kind != "bool":
            words = self._words(part)
            example = f"{words} > 4" if part.node.kind == "number" else f'{words} == "good"'
            at_end = part.end >= len(self._text.rstrip())
            raise self._error(f"Compare {words} with something, as in {example}.", part, is_unfinished=at_end)
        return part.node

    def _number(self, part: _Part) -> Node:
        if part.node.kind != "number":
            raise self._error(f"{self._words(part)} is no number to calculate with.", part)
        return part.node

    def _check_comparable(self, left: _Part, operator: Token, right: _Part) -> None:
        kinds = {left.node.kind, right.node.kind}
        if len(kinds) > 1:
            words = {"number": "a number", "text": "a text", "bool": "true or false"}
            first = f"{self._words(left)} is {words[left.node.kind]}"
            second = f"{self._words(right)} is {words[right.node.kind]}"
            raise self._error(f"{first}, but {second}.", right)
        if "number" not in kinds and operator.text in {"<", "<=", ">", ">="}:
            what = "Texts" if "text" in kinds else "True and false"
            raise FilterError(f"{what} can be compared with == and != only.", operator.start, operator.end)

    def _words(self, part: _Part) -> str:
        words = self._text[part.start : part.end]
        return words if len(words) <= 40 else f"{words[:39]}…"

    def _error(self, message: str, part: _Part, *, is_unfinished: bool = False) -> FilterError:
        return FilterError(message, part.start, part.end, is_unfinished=is_unfinished)

    def _unexpected(self, wanted: str = "") -> FilterError:
        token = self._token
        before = self._tokens[self._next - 1] if self._next else None
        if token.kind == "end":
            what = wanted or "something"
            message = f"After '{before.text}' comes {what}." if before else f"Begin with {what}."
            return FilterError(message, token.start, token.end, is_unfinished=True)
        after = self._tokens[self._next + 1]
        if token.text == "," and before and before.kind == after.kind == "number":
            number = f"{before.text}.{after.text}"
            return FilterError(f"Write {number} with a decimal point.", before.start, after.end)
        if token.text == ")" and not wanted:
            return FilterError("This ) closes nothing.", token.start, token.end)
        if wanted:
            return FilterError(f"'{token.text}' stands where {wanted} should be.", token.start, token.end)
        return FilterError(f"Before '{token.text}' an 'and' or 'or' is missing.", token.start, token.end)

    def _no_column(self, token: Token) -> FilterError:
        name, columns = token.text, self._columns
        several, near = columns.meant_by(name), columns.near(name)
        message = f"There is no column '{name}'."
        if self._token.text == "(":
            message = f"There is no function '{name}' here, nor any other."
        elif several:
            message = f"'{name}' could be {_listed(several)}. Choose one."
        elif near:
            message += f" Did you mean {_listed(near)}?"
        elif self._next > 1 and self._tokens[self._next - 2].text in {"==", "!=", "(", ","}:
            message += " If it is meant as a text, put it in quotes."
        is_unfinished = token.end >= len(self._text) and columns.is_beginning(name)
        return FilterError(message, token.start, token.end, is_unfinished=is_unfinished)


def _listed(names: list[str]) -> str:
    shown = [as_typed(name) for name in names[:4]]
    return " or ".join(filter(None, [", ".join(shown[:-1]), shown[-1]]))
