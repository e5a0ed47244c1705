from __future__ import annotations

import asyncio
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


def drop(window: MainWindow, *urls: QUrl) -> None:
    data = QMimeData()
    data.setUrls(list(urls))
    buttons, modifiers = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    window.dropEvent(QDropEvent(QPoint(5, 5), Qt.DropAction.CopyAction, data, buttons, modifiers))


def test_of_two_dropped_files_none_is_forgotten(
    window: MainWindow, await_: Await, reference: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[Path] = []

    def start(path: Path) -> bool:
        started.append(path)
        return True

    monkeypatch.setattr("hdmea_gui.window.open_paths.open_in_new_window", start)
    first, second, notes = tmp_path / "a.h5", tmp_path / "b.h5", tmp_path / "notes & more.txt"
    for path in (first, second):
        path.write_bytes((reference / "lab_deferred.h5").read_bytes())
    notes.write_text("x")
    local = [QUrl.fromLocalFile(str(path)) for path in (notes, first, second)]

    async def open_them() -> None:
        drop(window, *local, QUrl("https://example.org/c.h5"))
        await until(lambda: window.workbench.model.session is not None)

    await_(open_them())
    session = window.workbench.model.session
    assert session is not None
    assert session.hdf5_path == first
    assert started == [second]
    log = window.workbench.panels.log.text.toPlainText()
    for words in ("notes & more.txt was not opened", "c.h5 was not opened", "b.h5 opens in a new window"):
        assert words in log


def test_of_two_dropped_raw_files_the_second_is_reported(
    window: MainWindow, await_: Await, reference: Path, tmp_path: Path
) -> None:
    names = ("2026.02.03-10.11.12-Rec.cmcr", "2026.03.03-10.11.12-Rec.cmcr")
    for name in names:
        (tmp_path / name).write_bytes((reference / names[0]).read_bytes())

    async def drop_them() -> None:
        drop(window, *(QUrl.fromLocalFile(str(tmp_path / name)) for name in names))
        await asyncio.sleep(0.2)

    await_(drop_them())
    (dialog,) = (child for child in window.findChildren(RecordingDialog) if child.isVisible())
    assert dialog.raw.path() == tmp_path / names[0]
    assert f"{names[1]} was not opened" in window.workbench.panels.log.text.toPlainText()
    dialog.reject()
