"""Commands of the Export menu: every entry of the table of exports, and figures."""

from __future__ import annotations

import dataclasses
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from hdmea_gui.errors import HDMEAError, SessionError
from hdmea_gui.views.export import FigurePage
from hdmea_gui.window.dialogs.figure import FigureDialog
from hdmea_gui.window.file_kinds import filter_of
from hdmea_gui.workers.failure import failure_of
from hdmea_gui.workers.jobs import CallJob
from hdmea_gui.workers.tasks import launch, outside

if TYPE_CHECKING:
    from hdmea_gui.exports import DataExport
    from hdmea_gui.settings import Settings
    from hdmea_gui.window.workbench import Workbench

_USUAL_SIZE = FigurePage(width_mm=180.0, height_mm=135.0, font_pt=8.0, dpi=300.0)
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
    name = f"{session.dataset_id} {docks.title_of(view)} {unit}".strip() + ".png"
    path = bench.ask.place_to_save("Export Figure", _figure_folder(bench) / name, _FIGURES)
    if path is not None:
        _keep(bench, {"folder": str(path.parent.absolute())})
        try:
            view.export(path, figure_page(bench.settings.current))
        except HDMEAError as error:
            bench.ask.show_failure(failure_of(error, "writing the figure"))
        else:
            bench.panels.log.add(f"Wrote {path}.")


def _figure_folder(bench: Workbench) -> Path:
    """Return the folder of the last figure, if it still exists, else that of the session."""
    last, session = bench.settings.current.figures.get("folder"), bench.model.session
    if isinstance(last, str) and Path(last).is_dir():
        return Path(last)
    return session.save_path.parent if session is not None else Path.home()


def figure_page(settings: Settings) -> FigurePage | None:
    """Return the size of figures that the user has chosen; None for that on screen."""
    sizes = [settings.figures.get(size.name) for size in dataclasses.fields(FigurePage)]
    known = [float(size) for size in sizes if isinstance(size, (int, float)) and size > 0]
    return FigurePage(*known) if len(known) == len(sizes) else None


def figure_size(bench: Workbench) -> None:
    """Choose the size of exported figures, of their texts, and the resolution."""
    dialog = FigureDialog(figure_page(bench.settings.current) or _USUAL_SIZE)
    dialog.chosen.connect(partial(_keep_figure_size, bench))
    bench.dialogs.open(dialog)


def _keep_figure_size(bench: Workbench, page: FigurePage | None) -> None:
    _keep(bench, dict.fromkeys(dataclasses.asdict(_USUAL_SIZE)) if page is None else dataclasses.asdict(page))


def _keep(bench: Workbench, changed: dict[str, object]) -> None:
    """Save what is to be remembered of figures."""
    current = bench.settings.current
    bench.settings.keep(dataclasses.replace(current, figures=current.figures | changed))
