"""How quickly the window answers: another unit, a filter, another order, and its own opening."""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QGraphicsView, QWidget

from hdmea_gui.app import MEASURE_START_VARIABLE
from hdmea_gui.models.arrays import Arrays
from hdmea_gui.models.row_order import Sorting
from hdmea_gui.models.selection import Selection
from hdmea_gui.models.session_model import SessionModel
from hdmea_gui.models.unit_columns import UnitColumns
from hdmea_gui.session import create_session
from hdmea_gui.settings import CONFIG_DIR_VARIABLE
from hdmea_gui.views.session_tree import SessionTreeView
from hdmea_gui.views.theme import Theme
from hdmea_gui.views.unit_table import UnitTable
from hdmea_gui.views.view import ViewContext

if TYPE_CHECKING:
    from collections.abc import Callable

    from hdmea_gui.window.main_window import MainWindow

_SELECT_S, _TABLE_S, _START_S = 0.050, 0.100, 2.5
_VIEW_SIZE = (640, 480)
_PATIENCE_S = 10.0
_SETTLE_S = 0.5
_FILTERS = ('snr > 4 and rate > 2 and label == "good"', "snr > 6 or row < 10", "")
_COLUMNS = ("snr", "row", "spikes")


async def selection_rows(window: MainWindow, quick: bool) -> list[dict[str, Any]]:
    """Times from another unit's selection until it is painted everywhere: as docked at first, and all views in sight.

    In the usual layout most views stand behind the tabs of others; in the second row each has a window of its own.
    """
    docked = await _selection_row(window, "as docked at first", quick)
    for key in window.workbench.panels.docks.views:
        dock = window.workbench.panels.docks[key]
        dock.setFloating(True)
        dock.resize(*_VIEW_SIZE)
        dock.show()
    apart = await _selection_row(window, "side by side", quick)
    for key in window.workbench.panels.docks.views:
        window.workbench.panels.docks[key].setFloating(False)
    return [docked, apart]


async def _selection_row(window: MainWindow, layout: str, quick: bool) -> dict[str, Any]:
    await asyncio.sleep(_SETTLE_S)
    await _drawn(window)
    views = window.workbench.panels.docks.views.values()
    seen = [view for view in views if view.is_seen]
    following = [view for view in seen if view.follows_current or view.follows_units]
    paints = [_Paints(view) for view in following if not isinstance(view, SessionTreeView)]
    unit_ids = list(window.workbench.model.session.units)  # type: ignore[union-attr]
    times, busy = [], []
    for unit_id in unit_ids[1 : 4 if quick else 60]:
        for paint in paints:
            paint.n_painted = 0
        begun, begun_busy = time.perf_counter(), time.thread_time()
        window.workbench.context.selection.select((unit_id,), unit_id)
        await _drawn(window)
        times.append(time.perf_counter() - begun)
        busy.append(time.thread_time() - begun_busy)
        assert all(paint.n_painted for paint in paints), "a view in sight was not painted"
    what = f"another unit of {len(unit_ids)}, views {layout}, {len(seen)} of {len(views)} in sight, median"
    note = f"worst {max(times) * 1e3:.0f} ms; processor {statistics.median(busy) * 1e3:.0f} ms"
    return _row(what, statistics.median(times), _SELECT_S, note)


class _Paints(QObject):
    """Counts how often the plots of a view are painted."""

    def __init__(self, view: QWidget) -> None:
        super().__init__()
        self.n_painted = 0
        for plots in view.findChildren(QGraphicsView):
            plots.viewport().installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: ARG002, N802 - Qt's names
        """Count, and let everything pass."""
        self.n_painted += event.type() == QEvent.Type.Paint
        return False


async def _drawn(window: MainWindow) -> None:
    """Wait until everything asked for has come and is painted."""
    until = time.perf_counter() + _PATIENCE_S
    while True:
        for _ in range(3):  # the loop paints before it comes to what waits in it
            await asyncio.sleep(0)
        if window.fetcher.is_idle:
            return
        assert time.perf_counter() < until


def table_rows(quick: bool) -> list[dict[str, Any]]:
    """Times from a filter or a click on a header to the painted table."""
    n_units = 100 if quick else 10_000
    model = SessionModel()
    table = UnitTable(ViewContext(model, Selection(), Arrays(), Theme(), UnitColumns(model)))
    table.resize(800, 900)
    table.show()
    model.show(_many_units(n_units))
    table.table.columns.complete()

    def median_s(act: Callable[[Any], None], values: tuple[str, ...]) -> float:
        times = []
        for value in values * 5:
            begun = time.perf_counter()
            act(value)
            table.view.viewport().repaint()
            times.append(time.perf_counter() - begun)
        return statistics.median(times)

    filtering = median_s(table.table.set_filter, _FILTERS)
    sorting = median_s(lambda key: table.table.sort_by(Sorting(key)), _COLUMNS)
    table.close()
    return [
        _row(f"filter {n_units} units, median", filtering, _TABLE_S),
        _row(f"sort {n_units} units, median", sorting, _TABLE_S),
    ]


def _many_units(n_units: int) -> Any:
    rng = np.random.default_rng(1)
    session = create_session("many", "many.cmcr", None)
    for number in range(n_units):
        session.units[f"unit_{number:05d}"] = {
            "row": int(rng.integers(1, 66)),
            "col": int(rng.integers(1, 66)),
            "label": str(rng.choice(["good", "MUA", "noise", ""])),
            "note": "",
            "spike_times": np.arange(int(rng.integers(1, 50)), dtype=np.uint64) * 20_000,
            "unit_meta": {"snr": rng.uniform(0, 12, 1)},
        }
    return session


def start_row() -> dict[str, Any]:
    """Time from the start of a process to the window's first paint."""
    times = []
    with tempfile.TemporaryDirectory() as name:
        mark = Path(name) / "mark"
        environment = {**os.environ, MEASURE_START_VARIABLE: str(mark), CONFIG_DIR_VARIABLE: name}
        for _ in range(5):
            begun = time.time()
            subprocess.run([sys.executable, "-m", "hdmea_gui"], env=environment, check=True)
            times.append(float(mark.read_text(encoding="utf-8")) - begun)
    note = f"worst {max(times):.2f} s"
    return _row("from the start of the process to the first paint, best of 5", min(times), _START_S, note)


def _row(what: str, ours_s: float, limit_s: float, note: str = "") -> dict[str, Any]:
    return {
        "what": what,
        "reference_s": limit_s,
        "ours_s": ours_s,
        "ratio": ours_s / limit_s,
        "target": 1.0,
        "at_most": True,
        "note": note,
    }
