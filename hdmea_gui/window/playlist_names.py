"""Playlist names for the form of Section times, read from the playlist table on another thread."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from hdmea_gui.io.playlist import read_playlists
from hdmea_gui.settings import PLAYLIST, find_path
from hdmea_gui.views.offered_names import OfferedNames
from hdmea_gui.workers.jobs import CallJob

if TYPE_CHECKING:
    from pathlib import Path

    from hdmea_gui.views.step_row import StepRow
    from hdmea_gui.workers.failure import Failure

_NAME, _FILE = "playlist_name", "playlist_file"


class PlaylistNames(QObject):
    """Offers the playlist names in a step's form, and marks a name that is not in the table.

    The table is read when the form is opened, and again when the path of the table may have changed.

    Parameters
    ----------
    row : StepRow
        Row of the step that needs a playlist.
    parent : QObject
        Qt parent.
    """

    def __init__(self, row: StepRow, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._row = row
        self._names = row.form.fields[_NAME]
        self.offered = OfferedNames(self._names.line())
        self._table: Path | None = None
        self._asked = ""
        self._job: CallJob | None = None
        row.title.toggled.connect(self.read)
        row.form.edited.connect(self._on_edited)

    def read(self) -> None:
        """Read the current playlist table, if the form is open."""
        if not self._row.title.isChecked():
            return
        self._asked = self._row.form.fields[_FILE].text()
        if self._job is not None:  # its answer is about another path
            self._job.succeeded.disconnect(self._on_read)
            self._job.failed.disconnect(self._on_failed)
        self._job = CallJob(_playlists, self._asked, doing="reading the playlists")
        self._job.succeeded.connect(self._on_read)
        self._job.failed.connect(self._on_failed)
        self._job.start()

    def _on_edited(self) -> None:
        if self._row.form.fields[_FILE].text() != self._asked:
            self.read()
        else:
            self._judge()

    def _on_read(self, found: tuple[Path | None, list[str]]) -> None:
        self._job = None
        self._table, names = found
        self.offered.offer(names)
        self._row.form.set_warning(_FILE, "")
        self._judge()

    def _on_failed(self, failure: Failure) -> None:
        self._job, self._table = None, None
        self.offered.offer(())
        self._row.form.set_warning(_FILE, failure.message)
        self._judge()

    def _judge(self) -> None:
        """Mark a name that is not in the table."""
        name, names = self._names.text().strip(), self.offered.names
        if self._table is None or not name or name in names:
            self._row.form.set_warning(_NAME, "")
            return
        self._row.form.set_warning(
            _NAME,
            f"The playlist '{name}' is not in {self._table.name}. It has: {', '.join(names) or 'none'}. "
            "Choose one of these, or another file under Preferences.",
        )


def _playlists(typed: str) -> tuple[Path | None, list[str]]:
    """Return the playlist table and the names in it; None and no names if no table is set anywhere."""
    path = find_path(typed.strip() or None, PLAYLIST)
    return path, [] if path is None else sorted(read_playlists(path))
