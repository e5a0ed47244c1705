"""The syntax tree of a filter as a condition on vectors of all units."""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable
from functools import partial, reduce
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from hdmea_gui.models.filter_words import DEEPEST, MISSING, TOO_DEEP, FilterError, Word, plain

if TYPE_CHECKING:
    from hdmea_gui.session.column_values import Kind
    from hdmea_gui.session.columns import Column

_Function = Callable[[Any, Any], Any]
Vector = Callable[[], Any]
"""Computes one value for each unit, or one for all: float64, bool, or texts in folded case as objects."""

# Between the places of two operands there are only their parentheses besides the operator, of one or two words.
_OPERATOR = re.compile(r"[^\s()]+(?:\s+[^\s()]+)?")


def _divide(left: Any, right: Any) -> Any:
    return left / np.where(right == 0, np.nan, right)


def _differ(left: Any, right: Any) -> Any:
    if left.dtype == object:
        return np.not_equal(left, right)
    return (left < right) | (left > right)  # != would be true of NaN, which is a missing number


def _each(match: Callable[[str, str], bool]) -> _Function:
    match_all = np.frompyfunc(match, 2, 1)
    return lambda texts, part: np.asarray(match_all(texts, part), bool)


_ARITHMETIC: dict[type[ast.operator], _Function] = {
    ast.Add: np.add,
    ast.Sub: np.subtract,
    ast.Mult: np.multiply,
    ast.Div: _divide,
}
_ORDERS: dict[str, _Function] = {"<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal}
_COMPARISONS: dict[str, _Function] = {**_ORDERS, "==": np.equal, "!=": _differ}
_MATCHES = {"contains": _each(operator.contains), "startswith": _each(str.startswith)}


class _Value(NamedTuple):
    """A part of the filter that was understood."""

    kind: Kind
    vector: Vector
    node: ast.expr


class Conditions:
    """Walks the syntax tree of a filter, with one rule for each type of node that may be in it.

    Parameters
    ----------
    text, python : str
        The filter as typed, and as Python, which was parsed in parentheses.
    named : dict
        The columns named, by the start of their names.
    """

    def __init__(self, text: str, python: str, named: dict[int, Column]) -> None:
        self._text = text
        self._python = python
        self._named = named
        self._n_prefixes = 0
        self._rules: dict[type[ast.expr], Callable[[Any], tuple[Kind, Vector]]] = {
            ast.BoolOp: self._joined,
            ast.UnaryOp: self._prefixed,
            ast.Compare: self._compared,
            ast.BinOp: self._calculated,
            ast.Name: self._single,
            ast.Constant: self._single,
            ast.Tuple: self._listed,
        }

    def condition(self, node: ast.expr) -> Vector:
        """Return the computation of whether a condition holds; one that is missing does not.

        Raises
        ------
        FilterError
            It is no condition, or its parts do not match.
        """
        kind, vector, _ = self._value(node)
        if kind != "bool":
            word = self._word(node)
            example = f"{word} > 4" if kind == "number" else f'{word} == "good"'
            is_at_end = not self._text[word.end :].strip()
            raise word.error(f"Compare {word} with something, as in {example}.", is_unfinished=is_at_end)
        return lambda: _is_true(vector())

    def _number(self, node: ast.expr) -> Vector:
        kind, vector, _ = self._value(node)
        if kind != "number":
            word = self._word(node)
            raise word.error(f"{word} is not a number, so it cannot be used in a calculation.")
        return vector

    def _value(self, node: ast.expr) -> _Value:
        if type(node) not in self._rules:
            raise self._word(node).unexpected()
        return _Value(*self._rules[type(node)](node), node)

    # Rules

    def _joined(self, node: ast.BoolOp) -> tuple[Kind, Vector]:
        join = np.logical_and if isinstance(node.op, ast.And) else np.logical_or
        return "bool", _reduced(join, [self.condition(part) for part in node.values])

    def _prefixed(self, node: ast.UnaryOp) -> tuple[Kind, Vector]:
        self._n_prefixes += 1
        if self._n_prefixes > DEEPEST:
            raise self._word(node).error(TOO_DEEP)
        is_not = isinstance(node.op, ast.Not)
        vector = self.condition(node.operand) if is_not else self._number(node.operand)
        self._n_prefixes -= 1
        if isinstance(node.op, ast.UAdd):
            return "number", vector
        return ("bool", lambda: ~vector()) if is_not else ("number", lambda: -vector())

    def _calculated(self, node: ast.BinOp) -> tuple[Kind, Vector]:
        links = [node]  # a loop, since a long sum is a tree deeper than Python can recurse
        while isinstance(links[-1].left, ast.BinOp):
            links.append(links[-1].left)
        first = self._number(links[-1].left)
        rest = [(_ARITHMETIC[type(link.op)], self._number(link.right)) for link in reversed(links)]
        return "number", lambda: reduce(lambda left, link: link[0](left, link[1]()), rest, first())

    def _compared(self, node: ast.Compare) -> tuple[Kind, Vector]:
        nodes = [node.left, *node.comparators]
        words = [self._operator(left, right) for left, right in pairwise(nodes)]
        for before, word in pairwise(words):
            if not {before.typed, word.typed} <= _COMPARISONS.keys():  # nothing else can be chained
                raise word.unjoined()
        if words[0].typed not in _COMPARISONS:
            return "bool", self._asked(self._value(node.left), words[0], node.comparators[0])
        pairs = pairwise(map(self._value, nodes))
        links = [
            self._comparison(left, word, right) for (left, right), word in zip(pairs, words, strict=True)
        ]
        return "bool", _reduced(np.logical_and, links)

    def _asked(self, left: _Value, word: Word, right: ast.expr) -> Vector:
        """Compare by an operator that is a word."""
        verbs, operand = plain(word.typed).split(), self._word(right)
        if "is" in verbs and operand.typed.lower() == MISSING:
            vector = _missing(left)
        elif "in" in verbs and (choices := self._choices(right)):
            choose = [self._comparison(left, word, self._value(choice)) for choice in choices]
            vector = _reduced(np.logical_or, choose)
        elif verbs[0] in _MATCHES and operand.typed[0] in "\"'" and isinstance(right, ast.Constant):
            vector = self._comparison(left, word, self._value(right))
        else:
            raise operand.unexpected(word.typed)
        return (lambda: ~vector()) if "not" in verbs else vector

    def _choices(self, node: ast.expr) -> list[ast.expr]:
        """Values listed after ``in``; Python does not count one value in parentheses as a list."""
        is_in_parentheses = self._word(node).start < _span(node)[0]
        if isinstance(node, ast.Tuple) and not is_in_parentheses:
            return node.elts
        return [node] if is_in_parentheses else []

    def _single(self, node: ast.Name | ast.Constant) -> tuple[Kind, Vector]:
        start, end = _span(node)
        typed = self._text[start:end].lower()
        if column := self._named.get(start):
            is_text = column.kind == "text"
            return column.kind, lambda: _folded(column.values) if is_text else column.values
        if typed == MISSING:
            raise self._word(node).unexpected()
        if isinstance(node, ast.Constant):
            return "text", partial(np.array, self._text[start + 1 : end - 1].casefold(), object)
        if typed in {"true", "false"}:
            return "bool", partial(np.bool_, typed == "true")
        return "number", partial(np.float64, float(typed))

    def _listed(self, node: ast.Tuple) -> tuple[Kind, Vector]:
        comma = self._python.index(",", _span(node.elts[0])[1])
        message = "A comma can only separate the values after 'in'. Write a decimal point, as in 4.5."
        raise FilterError(message, comma, comma + 1)

    def _comparison(self, left: _Value, word: Word, right: _Value) -> Vector:
        if left.kind != right.kind:
            kinds = {"number": "a number", "text": "text", "bool": "true or false"}
            first, second = self._word(left.node), self._word(right.node)
            raise second.error(f"{first} is {kinds[left.kind]}, but {second} is {kinds[right.kind]}.")
        if left.kind != "number" and word.typed in _ORDERS:
            what = "Text" if left.kind == "text" else "True and false"
            raise word.error(f"{what} can be compared with == and != only.")
        compare = {**_COMPARISONS, **_MATCHES}.get(plain(word.typed), np.equal)
        return lambda: compare(left.vector(), right.vector())

    # Places

    def _operator(self, left: ast.expr, right: ast.expr) -> Word:
        match = next(_OPERATOR.finditer(self._text, _span(left)[1], _span(right)[0]))
        return Word("o", match[0], *match.span())

    def _word(self, node: ast.expr) -> Word:
        """Text typed for a node, with the parentheses around it, which the tree leaves out."""
        start, end = _span(node)
        before, after = self._python[:start].rstrip(), self._python[end:].lstrip()
        while before.endswith("(") and after.startswith(")"):
            start, end = len(before) - 1, len(self._python) - len(after) + 1
            before, after = before[:-1].rstrip(), after[1:].lstrip()
        return Word("", self._text[start:end], start, end)


def _span(node: ast.expr) -> tuple[int, int]:
    """Where a node is in what was typed; the parser was given a parenthesis before it."""
    return node.col_offset - 1, (node.end_col_offset or 0) - 1


def _missing(value: _Value) -> Vector:
    if value.kind == "text":
        return lambda: np.equal(value.vector(), "")
    return lambda: np.isnan(value.vector())


def _reduced(join: _Function, vectors: list[Vector]) -> Vector:
    return lambda: reduce(join, (vector() for vector in vectors))


def _folded(texts: Any) -> Any:
    return np.array([text.casefold() for text in texts], object)


def _is_true(values: Any) -> Any:
    return values if values.dtype == bool else values == 1
