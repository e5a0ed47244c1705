"""Settings of the user as the program has them: read once, and saved with each change."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from hdmea_gui.errors import ConfigurationError
from hdmea_gui.settings import Settings, load_settings, merged, merged_settings, save_settings

if TYPE_CHECKING:
    from pathlib import Path

_N_RECENT = 10


class UserSettings(QObject):
    """Owner of the settings in the program."""

    changed = Signal()
    """Other settings apply; they have been saved, unless `failed` was emitted."""

    failed = Signal(str)
    """The settings could not be saved; carries why."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._current = load_settings()

    @property
    def current(self) -> Settings:
        """The settings that apply now."""
        return self._current

    def keep(self, settings: Settings, since: Settings | None = None) -> None:
        """Apply settings and save them, together with what another running program has changed.

        Parameters
        ----------
        settings : Settings
            The settings with changes.
        since : Settings or None
            The settings before these changes; the current ones by default.
        """
        self._current = merged_settings(since or self._current, settings)
        try:
            save_settings(self._current)
        except ConfigurationError as error:
            self.failed.emit(str(error))
        self.changed.emit()

    def remember(self, path: Path) -> None:
        """Put a file at the top of the list of recent files."""
        self._current = merged_settings(self._current, self._current)
        others = [name for name in self._current.recent_files if name != str(path.absolute())]
        recent = (str(path.absolute()), *others)[:_N_RECENT]
        self.keep(dataclasses.replace(self._current, recent_files=recent))

    def keep_window(self, before: dict[str, Any], now: dict[str, Any]) -> None:
        """Save what the user has changed of the window's layout.

        Parameters
        ----------
        before, now : dict
            The layout when the window was opened, and at its end.
        """
        self._current = merged_settings(self._current, self._current)
        window = merged(before, now, self._current.window)
        self.keep(dataclasses.replace(self._current, window=window))
