"""Import of labels and notes from a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hdmea_gui.exports import LabelTable, read_labels
from hdmea_gui.models.unit_table import as_stored
from hdmea_gui.session import Change, Update
from hdmea_gui.window.file_commands import start_folder
from hdmea_gui.workers.jobs import CallJob
from hdmea_gui.workers.tasks import launch, outside

if TYPE_CHECKING:
    from pathlib import Path

    from hdmea_gui.window.workbench import Workbench

_TABLES = "Tables (*.csv *.tsv *.txt);;All files (*)"


def import_labels(bench: Workbench) -> None:
    """Read labels and notes from a table, as the export of the unit table writes it."""
    path = bench.ask.existing("Import Labels", start_folder(bench), _TABLES)
    if path is not None:
        launch(_import(bench, path))


async def _import(bench: Workbench, path: Path) -> None:
    session = bench.model.session
    if session is None:
        return
    job = CallJob(read_labels, path, tuple(session.units), doing=f"reading {path.name}")
    job.start()
    ending = await job.outcome()
    if ending.failure is not None:
        await outside(bench.failures.show, ending.failure)
    elif isinstance(ending.value, LabelTable) and bench.model.session is session:
        _apply(bench, path, ending.value)


def _apply(bench: Workbench, path: Path, table: LabelTable) -> None:
    """Set what differs as one change that can be undone, and report what does not match."""
    bench.panels.table.view.finish_editing()
    session = bench.model.session
    units = session.units if session is not None else {}
    changes = {
        field: tuple(
            Change(("units", unit_id, field), as_stored(field, text))
            for unit_id, text in texts.items()
            if unit_id in units and units[unit_id].get(field, "") != as_stored(field, text)
        )
        for field, texts in table.values.items()
    }
    every = tuple(change for of_field in changes.values() for change in of_field)
    if every:
        bench.model.apply(Update(f"Labels from {path.name}", every))
    counts = " and ".join(f"{len(of_field)} {field}s" for field, of_field in changes.items())
    bench.panels.log.add(f"{path.name}: {counts} changed." if every else f"{path.name}: nothing differs.")
    for problem in table.problems:
        bench.panels.log.add_warning(f"{path.name}: {problem}")
