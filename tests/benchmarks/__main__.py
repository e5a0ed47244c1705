"""Measures what has to be fast: ``python -m tests.benchmarks [names...] [--quick]`` prints one table.

Each module listed here has ``run(quick)``, which gives rows: what, reference_s, ours_s, ratio, target, and if need be
note and at_most. The ratio counts as met when it reaches the target, or stays within it where at_most is true. Both
sides of a ratio are measured in the same run on the same input, so other load on the machine matters little.
"""

from __future__ import annotations

import argparse
import importlib
import os
import platform
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import scipy

if TYPE_CHECKING:
    from collections.abc import Sequence

BENCHMARKS = (
    "electrical_images",
    "real_size",
    "spike_triggered_average",
    "sorted_load",
    "save",
    "batch",
    "gui",
    "evidence",
    "lanes",
    "clock",
)

_HEADINGS = ("what", "reference (s)", "ours (s)", "ratio", "target", "met", "note")


def main(arguments: Sequence[str]) -> int:
    """Run the benchmarks named, or all, and print their table; 1 when a target is missed."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks", description="Measure what has to be fast."
    )
    parser.add_argument(
        "names", nargs="*", metavar="name", help=f"which to run, of {', '.join(BENCHMARKS)}; else all"
    )
    parser.add_argument(
        "--quick", action="store_true", help="a small input, to see that all runs; no real figures"
    )
    chosen = parser.parse_args(arguments)
    unknown = sorted(set(chosen.names) - set(BENCHMARKS))
    if unknown:
        parser.error(f"no such benchmark: {', '.join(unknown)} (there are {', '.join(BENCHMARKS)})")
    rows: list[dict[str, Any]] = []
    for name in chosen.names or BENCHMARKS:
        sys.stderr.write(f"{name} ...\n")
        rows += importlib.import_module(f"tests.benchmarks.{name}").run(quick=chosen.quick)
    sys.stdout.write(f"{machine()}\n\n{table(rows)}\n")
    return int(any(is_met(row) is False for row in rows) and not chosen.quick)


def machine() -> str:
    """Name what was measured on, in one line."""
    return (
        f"{_processor()}, {os.cpu_count()} cores; Python {platform.python_version()}, "
        f"NumPy {np.__version__}, SciPy {scipy.__version__}"
    )


def _processor() -> str:
    listing = Path("/proc/cpuinfo")
    if listing.exists():
        for line in listing.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def is_met(row: dict[str, Any]) -> bool | None:
    """Whether a row reaches its target; None where it has none."""
    if row["target"] is None or row["ratio"] is None:
        return None
    return bool(row["ratio"] <= row["target"] if row.get("at_most") else row["ratio"] >= row["target"])


def table(rows: Sequence[dict[str, Any]]) -> str:
    """Lay the rows out in columns that are legible as text and as Markdown."""
    cells = [_HEADINGS, *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(_HEADINGS))]
    lines = [
        " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in cells
    ]
    lines.insert(1, " | ".join("-" * width for width in widths))
    return "\n".join(f"| {line} |" for line in lines)


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    target = "" if row["target"] is None else f"{'<=' if row.get('at_most') else '>='} {row['target']:g}"
    met = {None: "", True: "yes", False: "no"}[is_met(row)]
    numbers = [_number(row[name]) for name in ("reference_s", "ours_s", "ratio")]
    return (row["what"], *numbers, target, met, str(row.get("note") or ""))


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3g}"


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
