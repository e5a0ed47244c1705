"""Which columns of the unit table are not to be relied on, and why: as the pipeline panel says of their steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QBrush, QFont, QGuiApplication

from hdmea_gui.models.step_status import StatusKind, status_of
from hdmea_gui.pipeline.recency import OUT_OF_DATE, is_of_other_scripts
from hdmea_gui.pipeline.steps import STEPS_BY_KEY
from hdmea_gui.session.column_names import STA_PREFIX
from hdmea_gui.session.positions import has_unreliable_position

if TYPE_CHECKING:
    from hdmea_gui.models.session_model import SessionModel
    from hdmea_gui.session import Snapshot
    from hdmea_gui.session.column_names import Place
    from hdmea_gui.session.columns import Column

PLACES = frozenset({"row", "col", "global_id"})
"""Columns that say where a unit lies on the chip."""

LOOKS = frozenset({int(Qt.ItemDataRole.FontRole), int(Qt.ItemDataRole.ForegroundRole)})
"""Roles of cells that say how they look."""

_WRONG_PLACE = "not known. Other scripts have stored it wrongly; run 'Load recording' to get it."
_NO_PLACE = "not known. The sorted file does not tell it."
_IMAGES = "eimage_sta"


class StaleColumns:
    """Tells of columns why their values are not to be relied on, and how that looks: grey and italic.

    Parameters
    ----------
    model : SessionModel
        The session that the columns are of.
    """

    def __init__(self, model: SessionModel) -> None:
        self._model = model
        self._known: dict[Place, str] = {}

    def forget(self) -> None:
        """Look again: features or records of steps have changed."""
        self._known = {}

    def of(self, column: Column) -> str:
        """Why the values of a column are out of date or to be recomputed, in a sentence; empty if they are not."""
        if column.place[0] != "features":
            return ""
        place = column.place[1:3]
        if place not in self._known:
            snapshot = self._model.snapshot()
            self._known[place] = "" if snapshot is None else _stale_reason(place[0], place[1], snapshot)
        return self._known[place]

    def of_place(self, unit_id: str) -> str:
        """Why it is not known where a unit lies."""
        session = self._model.session
        is_wrong = session is not None and has_unreliable_position(session.units[unit_id])
        return _WRONG_PLACE if is_wrong else _NO_PLACE

    def look(self, column: Column, role: int) -> QBrush | QFont | None:
        """Text colour or font of a column; None for the usual ones."""
        if not self.of(column):
            return None
        if role == Qt.ItemDataRole.ForegroundRole:
            return QGuiApplication.palette().placeholderText()
        font = QGuiApplication.font()
        font.setItalic(True)
        return font


def _stale_reason(feature: str, part: str, snapshot: Snapshot) -> str:
    """Why a part of a feature is not to be relied on."""
    held = [
        unit["features"][feature] for unit in snapshot.units.values() if feature in unit.get("features", {})
    ]
    marks = (entry["metadata"][OUT_OF_DATE] for entry in held if OUT_OF_DATE in entry.get("metadata", {}))
    mark = next(marks, "")
    if mark:
        return f"Out of date: {mark}."
    step = STEPS_BY_KEY[_step_key(feature, part)]
    status = status_of(step, snapshot)
    if status.kind is StatusKind.OUT_OF_DATE:
        return f"Out of date: {status.message}. Run '{step.title}'."
    is_wrong = bool(step.stale_reason(snapshot)) and any(map(is_of_other_scripts, held))
    return f"To be recomputed: other scripts have made it wrongly. Run '{step.title}'." if is_wrong else ""


def _step_key(feature: str, part: str) -> str:
    """Key of the step that makes a part of a feature."""
    if feature == _IMAGES:
        return "soma_geometry" if part == "geometry" else "compute_eimage_sta"
    if feature.startswith(STA_PREFIX):
        return "rf_geometry" if part == "sta_geometry" else "compute_sta"
    return "extract_features"
