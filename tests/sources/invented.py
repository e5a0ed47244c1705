"""An invented format: a text file that holds spike samples, one unit per line."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from hdmea_gui.sources import ProbeGeometry, SourceFormat, SourceUnit, formats

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pytest

RATE_HZ = 10000.0
FIRST_LINE = "spike samples"


class TextSorting:
    """An open file of the invented format."""

    counted: Literal["spikes"] = "spikes"
    date_time = ""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.rate_hz: float | None = RATE_HZ
        self.probe: ProbeGeometry | None = None
        self.warnings: list[str] = []
        self.metadata: dict[str, Any] = {"Program": "invented"}
        lines = path.read_text().splitlines()[1:]
        self._spikes = {
            f"unit_{number:03d}": [int(word) for word in line.split()]
            for number, line in enumerate(lines, start=1)
        }
        self.unit_ids = tuple(self._spikes)

    def count(self, progress: Any = None) -> int:  # noqa: ARG002 - as in SortingSource
        return sum(map(len, self._spikes.values()))

    def read_unit(
        self,
        unit_id: str,
        rate_hz: float,  # noqa: ARG002 - as in SortingSource
        *,
        full: bool = False,  # noqa: ARG002 - as in SortingSource
        check_cancelled: Any = None,  # noqa: ARG002 - as in SortingSource
    ) -> SourceUnit:
        return SourceUnit("line", int(unit_id[-3:]), np.array(self._spikes[unit_id], np.uint64))


def holds(path: Path) -> bool:
    return path.is_file() and path.read_bytes().startswith(FIRST_LINE.encode())


@contextmanager
def opened(path: Path, _progress: Any) -> Iterator[TextSorting]:
    yield TextSorting(path)


INVENTED = SourceFormat(
    key="invented",
    title="text file of an invented sorter",
    role="sorting",
    patterns=("*.spk",),
    holds=holds,
    opened=opened,
)


def add_to_formats(monkeypatch: pytest.MonkeyPatch, path: Path) -> Path:
    """Add the format to the table for one test, and write a file of it."""
    monkeypatch.setattr(formats, "FORMATS", (*formats.FORMATS, INVENTED))
    path.write_text(f"{FIRST_LINE}\n5 100 2000\n7 9\n")
    return path
