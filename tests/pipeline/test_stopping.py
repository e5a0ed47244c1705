"""How soon a step sees that the user wants it to stop, on a recording of many units."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from hdmea_gui.analysis.electrical_image import ImageSettings, Stretch, electrical_images
from hdmea_gui.pipeline.libraries import import_ahead
from hdmea_gui.pipeline.plan import Plan, planned_params, run_planned
from hdmea_gui.pipeline.progress import Cancelled, Progress, Report
from hdmea_gui.pipeline.steps import STEPS
from hdmea_gui.sample import make_sample, sample_values
from hdmea_gui.session import Update, create_session

if TYPE_CHECKING:
    from tests.pipeline.conftest import Processed

ROOT = Path(__file__).parents[2]
SOON_S = 0.2

# Each step in a fresh child of a process that has imported nothing of scipy: what a step imports while it runs.
IMPORTED_WITHIN = """
import json, os, sys
from hdmea_gui.pipeline.plan import Plan, planned_params
from hdmea_gui.pipeline.progress import Progress
from hdmea_gui.pipeline.step import run_step
from hdmea_gui.pipeline.steps import STEPS, STEPS_BY_KEY
from hdmea_gui.session import PipelineSession
import dataclasses

def scipy_modules():
    return {name for name in sys.modules if name.startswith("scipy.") and name.count(".") == 1}

snapshot = PipelineSession.load(sys.argv[1]).snapshot()
params = planned_params(snapshot, {}, {})
assert not scipy_modules()
late = {}
for step in STEPS:
    def run(snapshot, params, progress, step=step):
        before = scipy_modules()
        yield from step.run(snapshot, params, progress)
        os.write(end, json.dumps(sorted(scipy_modules() - before)).encode())
    start, end = os.pipe()
    child = os.fork()
    if child == 0:
        run_step(dataclasses.replace(step, run=run), snapshot, params[step.key], STEPS_BY_KEY)
        os._exit(0)
    os.close(end)
    assert os.waitpid(child, 0)[1] == 0, step.key
    late[step.key] = json.loads(os.read(start, 1 << 16))
    os.close(start)
print(json.dumps(late))
"""


class Gaps:
    """The longest time between two looks at the stop button, in time that this process had to itself."""

    def __init__(self) -> None:
        self.longest_s = 0.0
        self.where = ""
        self._last, self._words = self._now(), "the start"

    @staticmethod
    def _now() -> tuple[float, float]:
        return time.perf_counter(), time.process_time()

    def check_cancelled(self, words: str) -> None:
        now = self._now()
        gap_s = min(new - old for new, old in zip(now, self._last, strict=True))
        if gap_s > self.longest_s:
            self.longest_s, self.where = gap_s, f"from {self._words} to {words}"
        self._last, self._words = now, words

    def report(self, report: Report) -> None:
        self.check_cancelled(f"'{report.message}' {report.done}/{report.total}")


def test_every_step_looks_at_the_stop_button_often_enough(tmp_path: Path) -> None:
    sample = make_sample(tmp_path, n_units=300, regions=((20, 31, 24, 24),), sweeps_s=((0.0, 4.0),))
    session = create_session(None, sample.cmcr_path, sample.cmtr_path)
    params = planned_params(session.snapshot(), sample_values(sample), {})
    for step in STEPS:
        for _attempt in range(3):  # a busy machine stretches a gap now and then, and never three times
            gaps = Gaps()
            update = run_planned(
                step, session.snapshot(), Plan((step.key,), params, named=True), Progress(gaps.report)
            )
            gaps.check_cancelled("the end")
            if gaps.longest_s < SOON_S:
                break
        assert isinstance(update, Update)
        session.apply(update)
        assert gaps.longest_s < SOON_S, f"{step.key}: {gaps.longest_s:.2f} s {gaps.where}"
    assert session.unit_count == 300


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs children that begin where their parent is")
def test_no_step_imports_what_takes_long_while_it_runs(processed_sample: Processed, tmp_path: Path) -> None:
    path = processed_sample.session.checkpoint(tmp_path / "all.h5")
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", IMPORTED_WITHIN, str(path)],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {step.key: [] for step in STEPS}


def test_a_stop_is_seen_while_a_library_is_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "slow_to_import.py").write_text("import time\ntime.sleep(0.5)\nready = True\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "slow_to_import", raising=False)
    looks: list[float] = []

    def wants_to_stop() -> bool:
        looks.append(time.perf_counter())
        return len(looks) > 2

    began = time.perf_counter()
    with pytest.raises(Cancelled):
        import_ahead(["slow_to_import"], Progress(cancelled=wants_to_stop))
    assert time.perf_counter() - began < 0.4
    import_ahead(["slow_to_import"], Progress())
    assert sys.modules["slow_to_import"].ready


def test_a_library_that_is_not_there_is_said() -> None:
    with pytest.raises(ModuleNotFoundError, match="not_to_be_found"):
        import_ahead(["not_to_be_found"], Progress())


def test_a_slab_of_electrical_images_is_not_waited_for() -> None:
    """A slab with very many windows takes long; it is given up in the middle."""
    n_frames, shape = 3000, (64, 64)
    frames = np.zeros((n_frames, *shape), np.int16)
    spikes = [np.arange(n_frames) for _ in range(24)]
    stretch = Stretch(lambda start, stop: frames[start:stop], n_frames, spikes)
    moments: list[float] = []

    def stop(_done: int, _total: int) -> None:
        moments.append(time.perf_counter())
        if len(moments) > 3:
            raise Cancelled

    with pytest.raises(Cancelled):
        electrical_images([stretch], shape, ImageSettings(20_000.0), slab_frames=n_frames, progress=stop)
    assert time.perf_counter() - moments[-1] < SOON_S
    assert moments[-1] - moments[0] < 2.0


def test_a_save_looks_at_the_stop_button_while_it_prepares(tmp_path: Path) -> None:
    session = create_session("many")
    outputs = {f"number_{index}": float(index) for index in range(40)}
    session.add_units(
        {f"unit_{unit:03d}": {"features": {"f": {"data": outputs, "metadata": {}}}} for unit in range(500)}
    )
    gaps = Gaps()
    looks_before_writing = 0

    def check_cancelled(done: int, total: int) -> None:
        nonlocal looks_before_writing
        gaps.check_cancelled(f"{done}/{total}")
        looks_before_writing += total == 0
        if total:
            raise Cancelled

    with pytest.raises(Cancelled):
        session.save(tmp_path / "many.h5", progress=check_cancelled)
    assert looks_before_writing > 2
    assert gaps.longest_s < SOON_S, gaps.where
    assert list(tmp_path.iterdir()) == []
