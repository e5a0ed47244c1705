"""Columns of the unit table whose values are unreliable, with the reason that the pipeline panel shows for the step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QBrush, QFont, QGuiApplication

from hdmea_gui.pipeline.recency import OUT_OF_DATE, is_of_earlier_version, is_of_other_scripts
from hdmea_gui.pipeline.staleness import WHOLE, stale_parts
from hdmea_gui.pipeline.step import is_done
from hdmea_gui.pipeline.steps import STEPS_BY_KEY
from hdmea_gui.session.positions import has_unreliable_position
from hdmea_gui.session.unit import (
    FEATURES,
    IMAGE,
    SOMA_GEOMETRY,
    STA_GEOMETRY,
    feature_of,
    movie_of_sta,
)

if TYPE_CHECKING:
    from hdmea_gui.models.session_model import SessionModel
    from hdmea_gui.session import Snapshot
    from hdmea_gui.session.column_names import Place
    from hdmea_gui.session.columns import Column

PLACES = frozenset({"row", "col", "global_id"})
"""Columns with the position of a unit on the chip."""

LOOKS = frozenset({int(Qt.ItemDataRole.FontRole), int(Qt.ItemDataRole.ForegroundRole)})
"""Item roles of the appearance of cells."""

_WRONG_PLACE = "not known. Other scripts stored it incorrectly. Run 'Load recording' to replace it."
_NO_PLACE = "not known. The sorted file does not contain it."


class StaleColumns:
    """Reasons why the values of columns are unreliable, and the look of such columns: grey and italic.

    Parameters
    ----------
    model : SessionModel
        The model of the session.
    """

    def __init__(self, model: SessionModel) -> None:
        self._model = model
        self._known: dict[Place, str] = {}

    def forget(self) -> None:
        """Forget the reasons found, because features or records of steps have changed."""
        self._known = {}

    def of(self, column: Column) -> str:
        """Return why the values of a column are out of date or need recomputing; empty if they do not."""
        if column.place[0] != FEATURES:
            return ""
        place = column.place[1:3]
        if place not in self._known:
            snapshot = self._model.snapshot()
            self._known[place] = "" if snapshot is None else _stale_reason(place[0], place[1], snapshot)
        return self._known[place]

    def of_place(self, unit_id: str) -> str:
        """Return why the position of a unit is not known."""
        session = self._model.session
        is_wrong = session is not None and has_unreliable_position(session.units[unit_id])
        return _WRONG_PLACE if is_wrong else _NO_PLACE

    def look(self, column: Column, role: int) -> QBrush | QFont | None:
        """Return the text colour or font of a column; None for the default."""
        if not self.of(column):
            return None
        if role == Qt.ItemDataRole.ForegroundRole:
            return QGuiApplication.palette().placeholderText()
        font = QGuiApplication.font()
        font.setItalic(True)
        return font


def _stale_reason(feature: str, part: str, snapshot: Snapshot) -> str:
    """Return why a part of a feature is unreliable."""
    held = [found for unit in snapshot.units.values() if (found := feature_of(unit, feature)) is not None]
    marks = (entry["metadata"][OUT_OF_DATE] for entry in held if OUT_OF_DATE in entry.get("metadata", {}))
    mark = next(marks, "")
    if mark:
        return f"Out of date: {mark}."
    key, result = _result(feature, part)
    step = STEPS_BY_KEY[key]
    reason = stale_parts(step, snapshot, STEPS_BY_KEY).get(result) if is_done(step, snapshot) else None
    if reason:
        return f"Out of date: {reason}. Run '{step.title}'."
    if not step.stale_reason(snapshot):
        return ""
    if part == STA_GEOMETRY:
        reason = step.stale_reason(snapshot)
    elif any(map(is_of_other_scripts, held)):
        reason = "computed incorrectly by other scripts"
    elif any(map(is_of_earlier_version, held)):
        reason = "computed by an earlier version of the program"
    else:
        return ""
    return f"To be recomputed: {reason}. Run '{step.title}'."


def _result(feature: str, part: str) -> tuple[str, str]:
    """Return the key of the step that computes a part of a feature, and the part of its result."""
    if feature == IMAGE:
        return "soma_geometry" if part == SOMA_GEOMETRY else "compute_eimage_sta", WHOLE
    movie = movie_of_sta(feature)
    if movie is not None:
        return "rf_geometry" if part == STA_GEOMETRY else "compute_sta", movie
    return "extract_features", feature
