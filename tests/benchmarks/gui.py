"""How late the window's event loop is while steps, saves and loads run, and how quickly the window answers.

The ratio of a row of the loop is the worse of two: the 99th percentile against 30 ms, the worst against 100 ms. Both
suffer from whatever else the machine does: a thread that holds the interpreter may be kept from a processor.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hdmea_gui.pipeline.plan import chosen_keys, planned_params
from hdmea_gui.pipeline.steps import STEPS_BY_KEY
from hdmea_gui.sample import make_sample, sample_values
from hdmea_gui.session import Snapshot, create_session
from hdmea_gui.settings import CONFIG_DIR_VARIABLE
from tests.benchmarks.save import make_tree

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtWidgets import QWidget

    from hdmea_gui.sample import Sample
    from hdmea_gui.workers import Job
    from hdmea_gui.workers.faults import Faults
    from tests.benchmarks.loop_delay import LoopDelay

_P99_S, _WORST_S = 0.030, 0.100
_SETTLE_S = 0.1


def run(quick: bool = False) -> list[dict[str, object]]:
    """Return a row for each step, for the window's answers, and for saving and loading, also of about 1 GB.

    Parameters
    ----------
    quick : bool
        Whether to take the sample of 12 units and a small save.
    """
    os.environ["QT_QPA_PLATFORM"] = "offscreen"  # before Qt is loaded
    from hdmea_gui import app

    with tempfile.TemporaryDirectory(dir=Path.cwd()) as name:
        os.environ[CONFIG_DIR_VARIABLE] = name
        folder = Path(name)
        sample = make_sample(folder / "sample", n_units=12 if quick else 300)
        benchmark = _Benchmark(folder, sample, _large_snapshot(quick), quick)
        app.main([], benchmark.make_window)
    if benchmark.error is not None:
        raise benchmark.error
    return benchmark.rows


def _large_snapshot(quick: bool) -> Snapshot:
    tree = make_tree(3 if quick else 100, 0.03 if quick else 1.0)
    steps = frozenset(tree.pop("completed_steps"))
    return Snapshot(tree.pop("dataset_id"), datetime.now(UTC).isoformat(), completed_steps=steps, **tree)


class _Benchmark:
    """Does the work in the running program, and closes it."""

    def __init__(self, folder: Path, sample: Sample, large: Snapshot, quick: bool) -> None:
        self._quick = quick
        self.rows: list[dict[str, object]] = []
        self.error: BaseException | None = None
        self._folder = folder
        self._sample = sample
        self._large = large

    def make_window(self, _faults: Faults, _paths: Sequence[Path]) -> QWidget:
        from PySide6.QtCore import QTimer
        from PySide6.QtWidgets import QWidget

        self._window = QWidget()
        QTimer.singleShot(0, self._begin)
        return self._window

    def _begin(self) -> None:
        from hdmea_gui.workers import launch

        launch(self._measure())

    async def _measure(self) -> None:
        try:
            await self._measure_steps()
            await self._measure_window()
            await self._measure_files()
        except BaseException as error:  # noqa: BLE001 - told by `run`, once the window is closed
            self.error = error
        finally:
            self._window.close()

    async def _measure_steps(self) -> None:
        from hdmea_gui.models.session_model import SessionModel
        from hdmea_gui.workers import Runner

        self._model = SessionModel()
        sample = self._sample
        self._model.show(create_session(None, sample.cmcr_path, sample.cmtr_path, self._folder))
        snapshot = self._model.snapshot()
        assert snapshot is not None
        params = planned_params(snapshot, sample_values(sample), {})
        runner = Runner(self._model)
        for key in chosen_keys(None):
            delay = self._watch()
            assert await runner.run((key,), params), runner.state_of(key)
            await self._note(f"step: {STEPS_BY_KEY[key].title}", delay)

    async def _measure_window(self) -> None:
        from hdmea_gui.window.main_window import MainWindow
        from hdmea_gui.workers.faults import Faults
        from tests.benchmarks.window import selection_rows, start_row, table_rows

        window = MainWindow(self._model, Faults())
        window.resize(1920, 1080)
        window.show()
        try:
            self.rows += await selection_rows(window, self._quick)
        finally:
            window.workbench.closing.close_at_once()
            window.deleteLater()
            await asyncio.sleep(_SETTLE_S)  # its destruction belongs to nothing that is measured
        self.rows += [*table_rows(self._quick), start_row()]

    async def _measure_files(self) -> None:
        from hdmea_gui.workers import LoadJob, SaveJob

        snapshot = self._model.snapshot()
        assert snapshot is not None
        processed, large = self._folder / "processed.h5", self._folder / "large.h5"
        size = f"{self._large.nbytes / 1e9:.1f} GB"
        for what, job in (
            (f"save: the processed sample, {len(snapshot.units)} units", SaveJob(snapshot, processed)),
            ("load: the same", LoadJob(processed)),
            (f"save: a session of {size}", SaveJob(self._large, large)),
            ("load: the same", LoadJob(large)),
        ):
            delay = self._watch()
            await self._show(job)
            await self._note(what, delay)

    async def _show(self, job: Job) -> None:
        """Wait for a job; a session that it gives takes the place of the one shown."""
        from hdmea_gui.session import PipelineSession

        job.start()
        ending = await job.outcome()
        assert ending.failure is None, ending.failure
        if isinstance(ending.value, PipelineSession):
            self._model.show(ending.value, ending.value.saved_snapshot)

    def _watch(self) -> LoopDelay:
        from tests.benchmarks.loop_delay import LoopDelay

        delay = LoopDelay()
        delay.start()
        return delay

    async def _note(self, what: str, delay: LoopDelay) -> None:
        await asyncio.sleep(_SETTLE_S)
        delay.stop()
        self.rows.append(_row(what, delay.percentile_ms() / 1e3, delay.worst_ms() / 1e3))


def _row(what: str, p99_s: float, worst_s: float) -> dict[str, Any]:
    return {
        "what": f"loop delay, 99 %, {what}",
        "reference_s": _P99_S,
        "ours_s": p99_s,
        "ratio": max(p99_s / _P99_S, worst_s / _WORST_S),
        "target": 1.0,
        "at_most": True,
        "note": f"worst {worst_s * 1e3:.0f} ms of {_WORST_S * 1e3:.0f}",
    }
