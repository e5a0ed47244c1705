"""Clocks for benchmarks, and the rows they give."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

Row = dict[str, object]


def best_of(times: int, work: Callable[[], object]) -> float:
    """Return the shortest of several durations, in seconds: other programs only ever add to it."""
    durations_s = []
    for _ in range(times):
        started = time.perf_counter()
        work()
        durations_s.append(time.perf_counter() - started)
    return min(durations_s)


def faster(what: str, reference_s: float, ours_s: float, target: float | None, note: str = "") -> Row:
    """Return a row whose ratio says how many times faster ours is; at least `target` is wanted, if any."""
    ratio = reference_s / ours_s
    return {
        "what": what, "reference_s": reference_s, "ours_s": ours_s, "ratio": ratio, "target": target, "note": note,
    }  # fmt: skip


def at_most(what: str, reference_s: float, ours_s: float, target: float | None, note: str = "") -> Row:
    """Return a row whose ratio says how many times as long ours takes; at most `target` is wanted, if any."""
    ratio = ours_s / reference_s
    return {
        "what": what, "reference_s": reference_s, "ours_s": ours_s, "ratio": ratio, "target": target, "note": note,
        "at_most": True,
    }  # fmt: skip
