"""Commands of the Pipeline menu: run and stop steps, threshold for light-triggered trials."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from hdmea_gui.pipeline.status import StatusKind
from hdmea_gui.pipeline.steps import STEPS
from hdmea_gui.views.threshold_picker import ThresholdPicker
from hdmea_gui.window.command import Commands
from hdmea_gui.window.dialogs.opening import open_dialog
from hdmea_gui.window.dialogs.threshold import ThresholdDialog
from hdmea_gui.workers.tasks import launch

if TYPE_CHECKING:
    from hdmea_gui.window.main_window import MainWindow


class PipelineCommands(Commands):
    """Commands of the Pipeline menu, and the buttons of the pipeline panel."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        panel = window.pipeline
        panel.run_requested.connect(self.run_one)
        panel.run_from_requested.connect(self.run_from)
        panel.run_all_requested.connect(self.do_run_all)
        panel.stop_requested.connect(self.stop_steps)

    def run_one(self, key: str) -> None:
        """Run one step; if one of its fields has a wrong value, show that instead."""
        if key in self.window.pipeline.misfits():
            self.window.pipeline.open(key)
            return
        launch(self._run_one(key))

    async def _run_one(self, key: str) -> None:
        """Run one step; if it fails, open its parameters below the error."""
        await self.window.run_steps((key,), named=True)
        state = self.window.runner.state_of(key)
        if state is not None and state.kind is StatusKind.FAILED:
            self.window.pipeline.rows[key].title.setChecked(True)

    def run_from(self, key: str) -> None:
        """Run a step and all later ones of the flow."""
        keys, included = [step.key for step in STEPS], self.window.pipeline.included
        later = [other for other in keys[keys.index(key) + 1 :] if other in included]
        launch(self.window.run_steps((key, *later)))

    def do_run_all(self) -> None:
        """Run every step of the flow that the recording allows and that is not done."""
        launch(self.window.run_steps(self.window.pipeline.included, skip_done=True))

    def do_run_next(self) -> None:
        """Run the next step of the pipeline."""
        following = self.window.pipeline.following
        if following is not None:
            self.run_one(following)

    def do_stop(self) -> None:
        """Stop what the status bar shows."""
        if self.window.files.is_busy:
            self.window.files.cancel()
        else:
            self.stop_steps()

    def stop_steps(self) -> None:
        """Stop the running step, after asking, because its work is lost."""
        runner, ask = self.window.runner, self.window.ask
        explanation = "The session stays as it was before this step."
        if runner.is_running and ask.may("Stop the running step?", explanation, "Stop"):
            runner.stop()

    def do_pick_threshold(self) -> None:
        """Choose the threshold for light-triggered trials on channel 1."""
        picker = ThresholdPicker(self.window.context)
        params = self.window.pipeline.rows["add_section_time_analog"].form.params()
        if params is not None and params.threshold is not None:
            picker.set_values(dataclasses.asdict(params))
        dialog = ThresholdDialog(picker, self.window)
        dialog.chosen.connect(self._take_threshold)
        open_dialog(dialog)

    def _take_threshold(self, values: dict[str, Any]) -> None:
        key = "add_section_time_analog"
        form = self.window.pipeline.rows[key].form
        params = form.params()
        if params is not None:
            form.set_params(dataclasses.replace(params, **values))
            self.run_one(key)
