"""Public functions that add further metadata of the recording to a session or file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hdmea_gui.errors import MissingInputError
from hdmea_gui.paths import local_path
from hdmea_gui.pipeline.health import with_health
from hdmea_gui.pipeline.modes import Carried, PathLike, apply_and_tell, carry_out_change
from hdmea_gui.pipeline.steps.load_recording import LAST_RESORT_RATE_HZ
from hdmea_gui.session import PipelineSession, Update
from hdmea_gui.session.clock import ACQUISITION_RATE, RAW_DURATION_S
from hdmea_gui.session.unit import SORTER_INFO, unit_path
from hdmea_gui.sources import metadata_name_of, metadata_names, open_raw_source, open_sorting_source, path_in

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from hdmea_gui.session import Snapshot
    from hdmea_gui.sources.source import Role


def add_cmtr_unit_info(
    session: PipelineSession | None = None,
    hdf5_path: PathLike | None = None,
    cmtr_path: PathLike | None = None,
    *,
    force: bool = False,
) -> dict[str, Any] | PipelineSession:
    """Add the sorter's quality measures and chip position of every unit.

    Parameters
    ----------
    session
        If given, it is modified and returned; no file is written unless ``hdf5_path`` is the session's own file.
    hdf5_path
        File of a loaded recording; it is replaced as a whole or not at all.
    cmtr_path
        Sorted file; by default the one from which the recording was loaded.
    force
        Whether existing values in the file may be replaced.

    Returns
    -------
    result
        Dict of ``units_updated`` (a count), ``hdf5_path`` and ``warnings``, or the session if one was given.

    Raises
    ------
    FileExistsError
        If the file already has them and ``force`` is not set.
    MissingInputError
        If no sorted file is known.
    """

    def held(snapshot: Snapshot) -> str | None:
        there = any(SORTER_INFO in unit for unit in snapshot.units.values())
        return f"the sorter's quality measures ({SORTER_INFO})" if there else None

    def change(target: PipelineSession) -> Update:
        path = _source(target, "sorting", cmtr_path)
        if path is None:
            raise MissingInputError("No sorted file is given. Pass cmtr_path=.", "cmtr_path")
        return apply_and_tell(target, with_health(target.snapshot(), _unit_info(target, path)))

    done = carry_out_change(change, hdf5_path, session, held, force)
    units = {change.path[1] for change in done.update.changes if change.path[0] == "units"}
    return done.session if session is not None else _result(done, {"units_updated": len(units)})


def add_sys_meta_info(
    session: PipelineSession | None = None,
    hdf5_path: PathLike | None = None,
    cmcr_path: PathLike | None = None,
    cmtr_path: PathLike | None = None,
    *,
    force: bool = False,
) -> dict[str, Any] | PipelineSession:
    """Add the attributes of the recording's files, such as date, program and duration.

    Parameters
    ----------
    session
        If given, it is modified and returned; no file is written unless ``hdf5_path`` is the session's own file.
    hdf5_path
        File of a loaded recording; it is replaced as a whole or not at all.
    cmcr_path, cmtr_path
        Raw and sorted file; by default those from which the recording was loaded. One of them is sufficient.
    force
        Whether existing attributes in the file may be replaced.

    Returns
    -------
    result
        Dict of ``cmcr_fields`` and ``cmtr_fields`` (counts), ``hdf5_path`` and ``warnings``, or the session if one
        was given.

    Raises
    ------
    FileExistsError
        If the file already has them and ``force`` is not set.
    MissingInputError
        If neither file is known.
    """

    def held(snapshot: Snapshot) -> str | None:
        there = [
            name for name in (*metadata_names("raw"), *metadata_names("sorting")) if name in snapshot.metadata
        ]
        return f"the attributes of the recording's files ({', '.join(there)})" if there else None

    def change(target: PipelineSession) -> Update:
        raw, sorting = _source(target, "raw", cmcr_path), _source(target, "sorting", cmtr_path)
        if raw is None and sorting is None:
            raise MissingInputError(
                "Neither a raw nor a sorted file is given. Pass cmcr_path= or cmtr_path=.", "cmcr_path"
            )
        return apply_and_tell(target, _file_attributes(raw, sorting))

    done = carry_out_change(change, hdf5_path, session, held, force)
    fields = {change.path[1]: len(change.value) for change in done.update.changes}
    counts = {
        "cmcr_fields": sum(fields.get(name, 0) for name in metadata_names("raw")),
        "cmtr_fields": sum(fields.get(name, 0) for name in metadata_names("sorting")),
    }
    return done.session if session is not None else _result(done, counts)


def _source(session: PipelineSession, role: Role, given: PathLike | None) -> Path | None:
    """Source of the recording: the given one, otherwise the session's."""
    return local_path(given) if given is not None else path_in(session.source_files, role)


def _unit_info(session: PipelineSession, path: Path) -> Update:
    put: dict[tuple[str, ...], Any] = {}
    unreliable = []
    # no spike times are taken, so any rate will do
    rate_hz = float(session.metadata.get(ACQUISITION_RATE) or LAST_RESORT_RATE_HZ)
    with open_sorting_source(path) as sorting:
        for unit_id in sorting.unit_ids:
            if unit_id not in session.units:
                continue
            unit = sorting.read_unit(unit_id, rate_hz)
            # marks a place taken from the wrong data by the lab's load
            if "position" in session.units[unit_id]:
                unreliable.append(("units", unit_id, "position"))
            place = {"row": unit.row, "col": unit.column, "global_id": unit.sensor_id}
            put |= {unit_path(unit_id, name): value for name, value in place.items() if value is not None}
            put[unit_path(unit_id, SORTER_INFO)] = unit.quality
    unknown = [unit_id for unit_id in session.units if unit_path(unit_id, SORTER_INFO) not in put]
    warnings = [f"{path.name} has no {', '.join(unknown)}."] if unknown else []
    return Update.of("Sorter's quality measures", put, unreliable, warnings)


def _file_attributes(raw_path: Path | None, sorting_path: Path | None) -> Update:
    put: dict[tuple[str, ...], Any] = {}
    if raw_path is not None:
        with open_raw_source(raw_path) as raw:
            name = metadata_name_of(raw_path, "raw")
            put["metadata", name] = {**raw.metadata, RAW_DURATION_S: raw.duration_s}
    if sorting_path is not None:
        with open_sorting_source(sorting_path) as sorting:
            put["metadata", metadata_name_of(sorting_path, "sorting")] = dict(sorting.metadata)
    return Update.of("Attributes of the recording's files", put)


def _result(done: Carried, counts: Mapping[str, int]) -> dict[str, Any]:
    return {"hdf5_path": done.hdf5_path, **counts, "warnings": done.warnings}
