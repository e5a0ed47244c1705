"""Columns of the units of the session shown: one set, which the table, the filter and the views share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from hdmea_gui.session.clock import DURATION_PATHS
from hdmea_gui.session.columns import Columns
from hdmea_gui.session.recording import RecordingReader

if TYPE_CHECKING:
    from hdmea_gui.models.changed import Changed
    from hdmea_gui.models.session_model import SessionModel


class UnitColumns(QObject):
    """Owner of the columns; it follows the session, and searches further units for columns while the user is idle.

    Parameters
    ----------
    model : SessionModel
        The model of the session.
    """

    replaced = Signal()
    """Another session is shown, or units came or went: all columns are new."""

    restructured = Signal()
    """Columns have appeared or disappeared, or all values of one have changed."""

    extended = Signal()
    """The search has found further columns, or has ended."""

    values_changed = Signal(object, object)
    """Values of a few units have changed; carries the keys of the columns and the ids of the units."""

    def __init__(self, model: SessionModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._search = QTimer(self, interval=0)  # times out whenever the event loop is idle
        self._search.timeout.connect(self._on_idle)
        self._read_session()
        model.replaced.connect(self._on_replaced)
        model.changed.connect(self._on_changed)

    @property
    def current(self) -> Columns:
        """The columns; others once `replaced` is emitted."""
        return self._current

    def complete(self) -> None:
        """Search all remaining units now; `extended` is emitted later, when the event loop is idle."""
        if not self._current.is_complete:
            self._current.complete()
            self._search.start()

    def _read_session(self) -> None:
        session = self._model.session
        units = session.units if session is not None else {}
        duration_s = RecordingReader(session).duration_s if session is not None else None
        self._current = Columns(units, duration_s, whole=False)
        self._search_further()

    def _search_further(self) -> None:
        if not self._current.is_complete:
            self._search.start()

    def _on_idle(self) -> None:
        is_found = self._current.look_further()
        if self._current.is_complete:
            self._search.stop()
        if is_found or self._current.is_complete:
            self.extended.emit()

    def _on_replaced(self) -> None:
        self._read_session()
        self.replaced.emit()

    def _on_changed(self, changed: Changed) -> None:
        if self._model.session is None or not (changed.touches("units") or changed.touches("metadata")):
            return
        units_came_or_went = any(path[0] == "units" and len(path) < 3 for path in changed.paths)
        if units_came_or_went or any(changed.touches(*path) for path in DURATION_PATHS):
            self._on_replaced()
            return
        keys = self._current.update(changed.paths)
        if keys is None:
            self._search_further()
            self.restructured.emit()
        else:
            self.values_changed.emit(keys, changed.unit_ids() or frozenset())
