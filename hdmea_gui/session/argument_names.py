"""Second names of arguments, for scripts that use them."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

P = ParamSpec("P")
T = TypeVar("T")


def also_named(**names: str) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Return a decorator of a function whose arguments can be given under second names too.

    Parameters
    ----------
    **names
        The argument's own name by its second name.
    """

    def decorate(function: Callable[P, T]) -> Callable[P, T]:
        @wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> T:
            for second, own in names.items():
                if second in kwargs:
                    if own in kwargs:
                        raise TypeError(f"{function.__name__}() got '{own}' twice, also as '{second}'")
                    kwargs[own] = kwargs.pop(second)
            return function(*args, **kwargs)

        return call

    return decorate
