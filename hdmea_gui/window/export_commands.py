"""Commands of the Export menu: every entry of the table of exports, and figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hdmea_gui.errors import HDMEAError, SessionError
from hdmea_gui.window.file_kinds import filter_of
from hdmea_gui.workers.failure import failure_of
from hdmea_gui.workers.jobs import CallJob
from hdmea_gui.workers.tasks import launch, outside

if TYPE_CHECKING:
    from pathlib import Path

    from hdmea_gui.exports import DataExport
    from hdmea_gui.window.workbench import Workbench

_FIGURES = "PNG image (*.png);;SVG drawing (*.svg);;PDF document (*.pdf)"


def export_data(export: DataExport, bench: Workbench) -> None:
    """Write an export with the units and columns that the table shows."""
    session, snapshot = bench.model.session, bench.model.snapshot()
    if session is None or snapshot is None:
        return
    suggestion = session.save_path.with_suffix(export.suffixes[0])
    kinds = filter_of((export.title, [f"*{suffix}" for suffix in export.suffixes]), all_files=False)
    path = bench.ask.place_to_save(f"Export {export.title}", suggestion, kinds)
    if path is not None:
        excerpt = bench.panels.table.excerpt()
        job = CallJob(export.export, path, snapshot, excerpt, doing=f"writing {path.name}")
        launch(_export(bench, job, path))


async def _export(bench: Workbench, job: CallJob, path: Path) -> None:
    job.start()
    ending = await job.outcome()
    if ending.failure is not None:
        await outside(bench.failures.show, ending.failure)
    else:
        bench.panels.log.add(f"Wrote {path}.")


def export_figure(bench: Workbench) -> None:
    """Save the current figure as PNG, SVG or PDF."""
    docks = bench.panels.docks
    view, session = docks.front_view(), bench.model.session
    if view is None or session is None:
        return
    if view.message:
        message = f"{docks.title_of(view)} has no figure to export. {view.message}"
        bench.ask.show_failure(failure_of(SessionError(message), "writing the figure"))
        return
    unit = bench.context.selection.current if view.follows_current or view.follows_units else ""
    suggestion = session.save_path.with_name(
        f"{session.dataset_id} {docks.title_of(view)} {unit}".strip() + ".png"
    )
    path = bench.ask.place_to_save("Export Figure", suggestion, _FIGURES)
    if path is not None:
        try:
            view.export(path)
        except HDMEAError as error:
            bench.ask.show_failure(failure_of(error, "writing the figure"))
        else:
            bench.panels.log.add(f"Wrote {path}.")
