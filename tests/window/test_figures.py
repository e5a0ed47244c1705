"""Figures exported from the window: which one, in which size, and where."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QGraphicsView, QTabBar

from hdmea_gui.settings import load_settings
from hdmea_gui.window.dialogs.figure import FigureDialog
from tests.window.carrying_out import carry_out
from tests.window.typing_keys import focused, press, type_keys
from tests.window.waiting import until

if TYPE_CHECKING:
    from pathlib import Path

    from hdmea_gui.window.main_window import MainWindow
    from tests.window.conftest import Answers, Await


def test_the_current_figure_is_the_one_in_front(
    opened: MainWindow, await_: Await, answers: Answers, tmp_path: Path
) -> None:
    opened.resize(1600, 1000)
    docks, table = opened.workbench.panels.docks, opened.workbench.panels.table
    docks.reset()
    answers.place = tmp_path / "figure.png"

    def exported() -> str:
        table.view.setFocus()
        carry_out(opened, "export_figure")
        return answers.suggested.removeprefix("2026.02.03-10.11.12-Rec ")

    assert exported().startswith("Receptive field")
    docks.bring("raster_psth")
    await_(until(lambda: docks.views["raster_psth"].is_seen))
    assert exported().startswith("Raster")
    plot = docks.views["receptive_field"].findChildren(QGraphicsView)[0]
    QTest.mouseClick(plot.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(3, 3))
    assert exported().startswith("Receptive field")
    bars = [bar for bar in opened.findChildren(QTabBar) if bar.isVisible()]
    bar, number = next(
        (bar, number) for bar in bars for number in range(bar.count()) if bar.tabText(number) == "Chip"
    )
    QTest.mouseClick(bar, Qt.MouseButton.LeftButton, pos=bar.tabRect(number).center())
    await_(until(lambda: docks.views["chip"].is_seen))
    assert exported().startswith("Chip")


def test_the_size_is_chosen_once_for_all_figures(
    opened: MainWindow, await_: Await, answers: Answers, tmp_path: Path
) -> None:
    opened.workbench.panels.docks.bring("chip")
    carry_out(opened, "figure_size")
    (dialog,) = opened.findChildren(FigureDialog)
    dialog.activateWindow()
    await_(until(lambda: dialog.isAncestorOf(focused())))
    for text in ("100", "80", "7", "200"):
        focused_field = focused()
        QTest.keyClick(focused_field, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
        type_keys(text)
        press(Qt.Key.Key_Tab)
    dialog.width_mm.setFocus()
    press(Qt.Key.Key_Return)
    sizes = {"width_mm": 100.0, "height_mm": 80.0, "font_pt": 7.0, "dpi": 200.0}
    assert load_settings().figures == sizes
    answers.place = tmp_path / "figure.png"
    carry_out(opened, "export_figure")
    image = QImage(str(answers.place))
    assert (image.width(), image.height()) == pytest.approx((787, 630), abs=1)
    carry_out(opened, "figure_size")
    dialog = next(child for child in opened.findChildren(FigureDialog) if child.isVisible())
    dialog.on_screen.click()
    carry_out(opened, "export_figure")
    on_screen = opened.workbench.panels.docks.views["chip"].figure().size()
    assert QImage(str(answers.place)).size() == on_screen * 2


def test_the_folder_of_figures_is_remembered(
    opened: MainWindow, answers: Answers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "ON & OFF"
    folder.mkdir()
    suggested: list[Path] = []

    def place_to_save(_title: str, suggestion: Path, _kinds: str = "") -> Path:
        suggested.append(suggestion)
        return folder / "figure.svg"

    monkeypatch.setattr(answers, "place_to_save", place_to_save)
    opened.workbench.panels.docks.bring("chip")
    for _ in range(2):
        carry_out(opened, "export_figure")
    session = opened.workbench.model.session
    assert session is not None
    assert [path.parent for path in suggested] == [session.save_path.parent, folder]
    assert load_settings().figures["folder"] == str(folder)
    assert "ON & OFF" in opened.workbench.panels.log.text.toPlainText()


def test_an_ampersand_in_a_recent_file_is_shown(opened: MainWindow, await_: Await, tmp_path: Path) -> None:
    path = tmp_path / "ON & OFF.h5"
    path.write_bytes((tmp_path / "rec.h5").read_bytes())
    assert await_(opened.workbench.files.open(path))
    opened.menus.recent.aboutToShow.emit()
    assert opened.menus.recent.actions()[0].text() == str(path).replace("&", "&&")
