"""What a filter is made of once it is understood: values and conditions over vectors of all units."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from hdmea_gui.session.column_values import Kind

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hdmea_gui.session.columns import Column


@dataclass(frozen=True)
class Node:
    """A part of a filter.

    Parameters
    ----------
    kind : str
        What it gives: numbers, texts in lower case, or truth values.
    values : callable
        Gives one value for each unit, or one for all.
    """

    kind: Kind
    values: Callable[[], Any]


def number(value: float) -> Node:
    """A number that was typed."""
    return Node("number", partial(float, value))


def text(value: str) -> Node:
    """A text that was typed."""
    return Node("text", value.casefold)


def truth_value(*, value: bool) -> Node:
    """A truth value that was typed."""
    return Node("bool", partial(bool, value))


def column_values(column: Column) -> Node:
    """What a column holds."""
    return Node(column.kind, partial(_column_values, column))


def _column_values(column: Column) -> Any:
    values = column.values
    if column.kind != "text":
        return values
    folded = np.empty_like(values)
    folded[:] = [text.casefold() for text in values]
    return folded


def negative(node: Node) -> Node:
    """Numbers with the other sign."""
    return Node("number", lambda: -node.values())


def arithmetic(first: Node, rest: tuple[tuple[str, Node], ...]) -> Node:
    """Numbers joined by operators of one rank, from left to right."""
    return Node("number", partial(_arithmetic, first, rest))


def _arithmetic(first: Node, rest: tuple[tuple[str, Node], ...]) -> Any:
    result = np.asarray(first.values(), np.float64)
    for operator, node in rest:
        result = _calculated(result, operator, np.asarray(node.values(), np.float64))
    return result


def _calculated(left: Any, operator: str, right: Any) -> Any:
    if operator == "+":
        return left + right
    if operator == "-":
        return left - right
    if operator == "*":
        return left * right
    return left / np.where(right == 0, np.nan, right)


def comparisons(first: Node, rest: tuple[tuple[str, Node], ...]) -> Node:
    """Comparisons of neighbours, all of which must hold."""
    return Node("bool", partial(_comparisons, first, rest))


def _comparisons(first: Node, rest: tuple[tuple[str, Node], ...]) -> Any:
    left, holds = first.values(), np.True_
    for operator, node in rest:
        right = node.values()
        compare = _texts_compared if node.kind == "text" else _numbers_compared
        holds = holds & compare(left, operator, right)
        left = right
    return holds


def _numbers_compared(left: Any, operator: str, right: Any) -> Any:
    """Compare numbers; what is missing compares false, which NaN does by itself except with !=."""
    left, right = np.asarray(left, np.float64), np.asarray(right, np.float64)
    if operator == "!=":
        return (left < right) | (left > right)
    compare = {"<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal, "==": np.equal}
    return compare[operator](left, right)


def _texts_compared(left: Any, operator: str, right: Any) -> Any:
    equal = np.asarray(np.asarray(left, object) == np.asarray(right, object), bool)
    return equal if operator == "==" else ~equal


def one_of(node: Node, choices: tuple[Node, ...]) -> Node:
    """Whether a value is among some."""
    return either(tuple(comparisons(node, (("==", choice),)) for choice in choices))


def contains(node: Node, part: str) -> Node:
    """Whether a text holds another."""
    folded = part.casefold()
    return Node("bool", partial(_each_text, node, lambda whole: folded in whole))


def starts_with(node: Node, part: str) -> Node:
    """Whether a text begins with another."""
    folded = part.casefold()
    return Node("bool", partial(_each_text, node, lambda whole: whole.startswith(folded)))


def _each_text(node: Node, fits: Callable[[str], bool]) -> Any:
    texts = np.asarray(node.values(), object)
    return np.array([fits(whole) for whole in texts.flat], bool).reshape(texts.shape)


def is_missing(node: Node) -> Node:
    """Whether there is no value."""
    return Node("bool", partial(_is_missing, node))


def _is_missing(node: Node) -> Any:
    values = node.values()
    if node.kind == "text":
        return _texts_compared(values, "==", "")
    return np.isnan(np.asarray(values, np.float64))


def negation(node: Node) -> Node:
    """Whether a condition does not hold."""
    return Node("bool", lambda: ~truth(node))


def both(nodes: tuple[Node, ...]) -> Node:
    """Whether all conditions hold."""
    return Node("bool", partial(_joined, np.logical_and, nodes))


def either(nodes: tuple[Node, ...]) -> Node:
    """Whether at least one condition holds."""
    return Node("bool", partial(_joined, np.logical_or, nodes))


def _joined(join: np.ufunc, nodes: tuple[Node, ...]) -> Any:
    holds: Any = truth(nodes[0])
    for node in nodes[1:]:
        holds = join(holds, truth(node))
    return holds


def truth(node: Node) -> NDArray[np.bool_]:
    """Whether a condition holds; what is missing does not."""
    held: NDArray[np.bool_] = np.asarray(np.asarray(node.values(), np.float64) == 1)
    return held
