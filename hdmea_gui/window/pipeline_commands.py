"""Commands of the Pipeline menu and panel: run and stop steps, threshold for light-triggered trials."""

from __future__ import annotations

import dataclasses
from functools import partial
from typing import TYPE_CHECKING, Any

from hdmea_gui.pipeline.status import StatusKind
from hdmea_gui.pipeline.steps import STEPS
from hdmea_gui.views.threshold_picker import ThresholdPicker
from hdmea_gui.window.dialogs.threshold import ThresholdDialog
from hdmea_gui.workers.tasks import launch

if TYPE_CHECKING:
    from hdmea_gui.window.workbench import Workbench


async def run_steps(
    bench: Workbench, keys: tuple[str, ...], *, named: bool = False, skip_done: bool = False
) -> bool:
    """Run steps with the parameters of their forms; return whether all are done or left out.

    What was asked for twice before the first run could begin, as by two quick clicks, is done once.
    """
    runner, panel = bench.runner, bench.panels.pipeline
    if runner.is_running:
        return False
    misfits = [key for key in panel.misfits() if key in keys]
    if misfits:
        panel.open(misfits[0])
        return False
    return await runner.run(keys, panel.params(), named=named, skip_done=skip_done)


def run_one(bench: Workbench, key: str) -> None:
    """Run one step; if one of its fields has a wrong value, show that instead."""
    panel = bench.panels.pipeline
    if key in panel.misfits():
        panel.open(key)
        return
    launch(_run_one(bench, key))


def take_offer(bench: Workbench, key: str) -> None:
    """Run a step again in the way that its result suggests."""
    panel = bench.panels.pipeline
    offer, form = panel.offer_of(key), panel.rows[key].form
    params = form.params()
    if offer is not None and params is not None:
        form.set_params(dataclasses.replace(params, **offer.values))
    if offer is not None:
        run_one(bench, key)


async def _run_one(bench: Workbench, key: str) -> None:
    """Run one step; if it fails, open its parameters below the error."""
    await run_steps(bench, (key,), named=True)
    state = bench.runner.state_of(key)
    if state is not None and state.kind is StatusKind.FAILED:
        bench.panels.pipeline.rows[key].title.setChecked(True)


def run_from(bench: Workbench, key: str) -> None:
    """Run a step and all later ones of the flow."""
    keys, included = [step.key for step in STEPS], bench.panels.pipeline.included
    later = [other for other in keys[keys.index(key) + 1 :] if other in included]
    launch(run_steps(bench, (key, *later)))


def run_all(bench: Workbench) -> None:
    """Run every step of the flow that the recording allows and that is not done."""
    launch(run_steps(bench, bench.panels.pipeline.included, skip_done=True))


def run_next(bench: Workbench) -> None:
    """Run the next step of the pipeline."""
    following = bench.panels.pipeline.following
    if following is not None:
        run_one(bench, following)


def stop(bench: Workbench) -> None:
    """Stop what the status bar shows."""
    if bench.files.is_busy:
        bench.files.cancel()
    else:
        stop_steps(bench)


def stop_steps(bench: Workbench) -> None:
    """Stop the running step, after asking, because its work is lost."""
    explanation = "The session stays as it was before this step."
    if bench.runner.is_running and bench.ask.may("Stop the running step?", explanation, "Stop"):
        bench.runner.stop()


def pick_threshold(bench: Workbench) -> None:
    """Choose the threshold for light-triggered trials on channel 1."""
    picker = ThresholdPicker(bench.context)
    params = bench.panels.pipeline.rows["add_section_time_analog"].form.params()
    if params is not None and params.threshold is not None:
        picker.set_values(dataclasses.asdict(params))
    dialog = ThresholdDialog(picker)
    dialog.chosen.connect(partial(_take_threshold, bench))
    bench.dialogs.open(dialog)


def _take_threshold(bench: Workbench, values: dict[str, Any]) -> None:
    key = "add_section_time_analog"
    form = bench.panels.pipeline.rows[key].form
    params = form.params()
    if params is not None:
        form.set_params(dataclasses.replace(params, **values))
        run_one(bench, key)
