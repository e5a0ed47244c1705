"""The demo: the whole program once, on a synthetic recording."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from hdmea_gui.byte_sizes import size_text
from hdmea_gui.pipeline.plan import Plan, chosen_keys, planned_params
from hdmea_gui.pipeline.running import run_plan
from hdmea_gui.pipeline.status import StatusKind, StepStatus
from hdmea_gui.sample import Sample, make_sample, sample_values
from hdmea_gui.session import PipelineSession, create_session, differences

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from hdmea_gui.pipeline.progress import Progress

    Bar = Callable[[str], AbstractContextManager[Callable[[int, int], None]]]


class Window(Protocol):
    """Interface of the program's window, without Qt."""

    def show(self, session: Path, /) -> int:
        """Show a session until the window is closed, and return the exit code."""

    def take_screenshots(self, session: Path, folder: Path, /) -> list[Path]:
        """Save screenshots of the window with a session to a folder, and return their paths."""


@dataclass(frozen=True)
class Demo:
    """Result of the demo.

    Parameters
    ----------
    output : Path
        The saved session.
    sample : Sample
        The recording.
    n_units : int
        Units in the session.
    statuses : list of StepStatus
        How the steps ended.
    differences : list of str
        Paths where the reloaded file differs from the saved session.
    elapsed_s : float
        Total duration.
    screenshots : list of Path
        Screenshots of the window with the session.
    """

    output: Path
    sample: Sample
    n_units: int
    statuses: list[StepStatus]
    differences: list[str] = field(default_factory=list)
    elapsed_s: float = 0.0
    screenshots: list[Path] = field(default_factory=list)

    @property
    def succeeded(self) -> bool:
        """Whether every step is done and the file equals the saved session."""
        return not self.differences and all(status.kind is StatusKind.DONE for status in self.statuses)

    def lines(self) -> list[str]:
        """Return the result as lines of text."""
        done = sum(status.kind is StatusKind.DONE for status in self.statuses)
        checked = (
            "identical when read back"
            if not self.differences
            else f"different when read back, at {self.differences[0]}"
        )
        lines = [
            f"Created a synthetic recording with {len(self.sample.truth.units)} units in {self.sample.folder}.",
            f"Ran {done} of {len(self.statuses)} steps on it in memory.",
            f"Saved {self.n_units} units to {self.output} ({size_text(self.output.stat().st_size)}), {checked}.",
        ]
        if self.screenshots:
            n_taken, folder = len(self.screenshots), self.screenshots[0].parent
            lines.append(f"Saved {n_taken} screenshots of the window to {folder}.")
        lines.append(
            f"Total time: {self.elapsed_s:.1f} s. Inspect the file with: hdmea-gui inspect {self.output}"
        )
        return lines

    def as_dict(self) -> dict[str, Any]:
        """Return the result for JSON."""
        return {
            "output": str(self.output),
            "recording": str(self.sample.folder),
            "units": self.n_units,
            "steps": {status.key: status.kind.value for status in self.statuses},
            "differences": self.differences,
            "screenshots": [str(path) for path in self.screenshots],
            "seconds": round(self.elapsed_s, 2),
            "exit_code": 0 if self.succeeded else 1,
        }


def run_demo(
    folder: Path,
    bar: Bar,
    progress_of: Callable[[StepStatus], Progress],
    on_ended: Callable[[StepStatus], None],
) -> Demo:
    """Create the sample recording, run every step on it, save, and compare the reloaded file.

    Parameters
    ----------
    folder : Path
        Folder for everything it creates.
    bar, progress_of, on_ended : callable
        Show the progress.
    """
    started = time.perf_counter()
    with bar("Creating the recording") as progress:
        sample = make_sample(folder / "recording", progress=progress)
    session = create_session(None, sample.cmcr_path, sample.cmtr_path, folder)
    params = planned_params(session.snapshot(), sample_values(sample), {})
    statuses = run_plan(session, Plan(chosen_keys(None), params), progress_of=progress_of, on_ended=on_ended)
    with bar("Saving") as progress:
        output = session.save(progress=progress)
    reloaded = PipelineSession.load(output)
    return Demo(
        output,
        sample,
        session.unit_count,
        statuses,
        differences(session.snapshot(), reloaded.snapshot()),
        time.perf_counter() - started,
    )
