"""How soon a step sees that the user wants it to stop, on a recording of many units."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import numpy as np
import pytest

from hdmea_gui.analysis.electrical_image import ImageSettings, Stretch, electrical_images
from hdmea_gui.pipeline.libraries import import_ahead
from hdmea_gui.pipeline.plan import Plan, planned_params
from hdmea_gui.pipeline.progress import Cancelled, Progress, Report
from hdmea_gui.pipeline.running import Turn, steps_of_run
from hdmea_gui.pipeline.steps import STEPS
from hdmea_gui.sample import make_sample, sample_values
from hdmea_gui.session import Update, create_session

if TYPE_CHECKING:
    from types import ModuleType

    from tests.pipeline.conftest import Processed

ROOT = Path(__file__).parents[2]
SOON_S = 0.2
HANG_S = 60

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
        update = step.run(snapshot, params, progress)
        os.write(end, json.dumps(sorted(scipy_modules() - before)).encode())
        return update
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


def soon_s() -> float:
    """A fifth of a second of this processor's time; more where the same work takes longer than usual just now."""
    began = time.process_time()
    assert sum(range(2_000_000)) > 0
    return max(SOON_S, 10 * (time.process_time() - began))


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
        for _attempt in range(3):  # other processes stretch a gap now and then, also in this one's own time
            gaps = Gaps()
            run, updates = steps_of_run(Plan((step.key,), params, named=True)), list[Update]()
            next(run)
            run.send(Turn(session.snapshot(), updates.append, Progress(gaps.report)))
            gaps.check_cancelled("the end")
            limit_s = soon_s()
            if gaps.longest_s < limit_s:
                break
        (update,) = updates
        session.apply(update)
        assert gaps.longest_s < limit_s, f"{step.key}: {gaps.longest_s:.2f} s {gaps.where}"
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
    code = f"from gate_of_the_import import gate\nwas_let_through = gate.wait({HANG_S})\n"
    (tmp_path / "slow_to_import.py").write_text(code)
    gate = threading.Event()
    monkeypatch.setitem(sys.modules, "gate_of_the_import", cast("ModuleType", SimpleNamespace(gate=gate)))
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "slow_to_import", raising=False)
    looks: list[None] = []

    def wants_to_stop() -> bool:
        looks.append(None)
        return len(looks) == 3

    with pytest.raises(Cancelled):
        import_ahead(["slow_to_import"], Progress(cancelled=wants_to_stop))
    assert len(looks) == 3
    gate.set()
    import_ahead(["slow_to_import"], Progress())
    assert sys.modules["slow_to_import"].was_let_through, "the stop has waited for the import"


def test_a_library_that_is_not_there_is_said() -> None:
    with pytest.raises(ModuleNotFoundError, match="not_to_be_found"):
        import_ahead(["not_to_be_found"], Progress())


def test_a_slab_of_electrical_images_is_not_waited_for() -> None:
    """A slab with very many windows takes long; it is given up in the middle."""
    n_frames, shape = 3000, (64, 64)
    frames = np.zeros((n_frames, *shape), np.int16)
    spikes = [np.arange(n_frames) for _ in range(24)]
    stretch = Stretch(lambda start, stop: frames[start:stop], n_frames, spikes)
    settings = ImageSettings(20_000.0)
    looks: list[tuple[int, float]] = []

    def look(done: int, _total: int) -> None:
        looks.append((done, time.process_time()))

    def stop(done: int, total: int) -> None:
        look(done, total)
        if len(looks) == 3:
            raise Cancelled

    began = time.process_time()
    electrical_images([stretch], shape, settings, slab_frames=n_frames, progress=look)
    whole_s = time.process_time() - began
    looks.clear()
    with pytest.raises(Cancelled):
        electrical_images([stretch], shape, settings, slab_frames=n_frames, progress=stop)
    assert [done for done, _moment in looks] == [0, 0, 0], "the stop comes while the only slab is taken in"
    assert time.process_time() - looks[-1][1] < whole_s / 4


def test_a_save_checks_for_cancellation_at_every_value_while_it_prepares(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    n_units, n_outputs = 50, 40
    session = create_session("many")
    outputs = {f"number_{index}": float(index) for index in range(n_outputs)}
    session.add_units(
        {
            f"unit_{unit:03d}": {"features": {"f": {"data": outputs, "metadata": {}}}}
            for unit in range(n_units)
        }
    )
    # reports are 0.03 s apart at least; on this clock a second goes by at every check
    monkeypatch.setattr(
        "hdmea_gui.io.store.meter.time", SimpleNamespace(monotonic=itertools.count(1.0).__next__)
    )

    def n_checks(cancel_at: int | None) -> int:
        """Save, cancel at a check, or at the first one that knows how much is to be written, and count the checks."""
        checks = 0

        def check_cancelled(_done: int, total: int) -> None:
            nonlocal checks
            checks += 1
            if checks == cancel_at or (cancel_at is None and total > 0):
                raise Cancelled

        with pytest.raises(Cancelled):
            session.save(tmp_path / "many.h5", progress=check_cancelled)
        assert list(tmp_path.iterdir()) == []
        return checks

    while_preparing = n_checks(None) - 1
    assert while_preparing > n_units * n_outputs
    for check in (1, 2, while_preparing // 2, while_preparing):
        assert n_checks(check) == check
