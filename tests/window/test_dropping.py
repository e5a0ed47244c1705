from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication

from hdmea_gui.window.dialogs.recording import RecordingDialog
from tests.sources.invented import add_to_formats
from tests.sources.phy_folder import write_phy
from tests.window.waiting import until

if TYPE_CHECKING:
    from pathlib import Path

    from hdmea_gui.window.main_window import MainWindow
    from tests.window.conftest import Await


@pytest.fixture
def invented(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    return add_to_formats(monkeypatch, tmp_path / "recording.spk")


@pytest.fixture
def phy(tmp_path: Path) -> Path:
    return write_phy(tmp_path / "ks", {0: np.array([1, 2])})


def data_of(path: Path) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    return data


def is_accepted(window: MainWindow, path: Path) -> bool:
    data = data_of(path)
    event = QDragEnterEvent(
        QPoint(5, 5),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    event.setAccepted(False)
    window.dragEnterEvent(event)
    return event.isAccepted()


@pytest.mark.parametrize("source", ["invented", "phy"])
def test_a_dropped_source_opens_in_new_recording(
    window: MainWindow, await_: Await, request: pytest.FixtureRequest, source: str
) -> None:
    path: Path = request.getfixturevalue(source)
    assert is_accepted(window, path)
    data = data_of(path)
    event = QDropEvent(
        QPoint(5, 5),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )

    def dialog() -> RecordingDialog | None:
        opened = (widget for widget in QApplication.topLevelWidgets() if isinstance(widget, RecordingDialog))
        return next((widget for widget in opened if widget.isVisible()), None)

    async def drop() -> None:
        window.dropEvent(event)
        await until(lambda: (shown := dialog()) is not None and shown.load.isEnabled())

    await_(drop())
    shown = dialog()
    assert shown is not None
    assert shown.sorted.path() == path
    assert "units" in shown.preview.text()
    shown.reject()


def test_other_folders_and_files_are_not_accepted(window: MainWindow, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("x")
    assert not is_accepted(window, tmp_path)
    assert not is_accepted(window, tmp_path / "notes.txt")
