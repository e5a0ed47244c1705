"""The window with large fonts and scaled screens: nothing overlaps, no word is cut."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent

LOOK = """
import asyncio, os, sys
from pathlib import Path
import qasync
import pyqtgraph as pg
from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPainter, QPicture
from PySide6.QtWidgets import *
from hdmea_gui.models.session_model import SessionModel
from hdmea_gui.views.caption import ElidedLabel
from hdmea_gui.views.plots import PlotArea
from hdmea_gui.window.main_window import MainWindow
from hdmea_gui.workers.faults import Faults
from hdmea_gui.workers.job import end_all_jobs
from tests.window.carrying_out import carry_out
from tests.window.test_explanations import DIALOGS

CONTAINERS = (QStackedWidget, QMainWindow, QAbstractScrollArea, QTabBar, QSplitter, QComboBox, QLineEdit, QHeaderView)

def is_seen(widget):
    return widget.isVisible() and not widget.visibleRegion().isEmpty()

def cut(widget):
    need = widget.sizeHint() if isinstance(widget, QLabel) else widget.fontMetrics().size(0, widget.text())
    if isinstance(widget, QLabel) and widget.wordWrap():
        need = QSize(0, widget.heightForWidth(widget.width()))
    return widget.height() < need.height() - 1 or widget.width() < need.width() - 1

def problems(root):
    for widget in filter(is_seen, root.findChildren(QWidget)):
        is_ours = not widget.objectName().startswith("qt_") and not isinstance(widget, (ElidedLabel, QToolButton))
        if is_ours and isinstance(widget, (QLabel, QAbstractButton)) and widget.text() and cut(widget):
            yield f"cut: {widget.text()!r} {widget.size()}"
        if isinstance(widget, QAbstractSpinBox):
            line = widget.lineEdit()
            if line.fontMetrics().horizontalAdvance(line.text()) > line.width():
                yield f"cut: {line.text()!r} {line.size()}"
        if isinstance(widget, CONTAINERS):
            continue
        inner = [child for child in widget.children() if isinstance(child, QWidget) and not child.isWindow()]
        inner = [child for child in inner if is_seen(child)]
        for number, first in enumerate(inner):
            for second in inner[number + 1:]:
                common = first.geometry() & second.geometry()
                if common.width() > 1 and common.height() > 1:
                    yield f"overlap: {first} {first.geometry()}, {second} {second.geometry()}"

def narrow_ids(window):
    view, table = window.workbench.panels.table.view, window.workbench.panels.table.table
    option = QStyleOptionViewItem()
    option.initFrom(view)
    view.itemDelegateForIndex(table.index(0, 0)).initStyleOption(option, table.index(0, 0))
    from PySide6.QtGui import QFontMetrics
    if QFontMetrics(option.font).horizontalAdvance("unit_001") + 6 > view.columnWidth(0):
        yield "cut: the id of the current unit"

def texts_of(axis):
    # with their places
    picture = QPicture()
    painter = QPainter(picture)
    specs = axis.generateDrawSpecs(painter)
    painter.end()
    for place, _, text in specs[2] if specs is not None else ():
        yield text, axis.mapRectToScene(place)
    if axis.label.isVisible() and axis.labelText.strip():
        yield axis.labelText, axis.label.sceneBoundingRect().adjusted(3, 3, -3, -3)

def in_plots(view):
    # texts of axes that touch each other, or the edge of their plots
    for area in (area for area in view.findChildren(PlotArea) if is_seen(area.viewport())):
        axes = [item for item in area.scene().items() if isinstance(item, pg.AxisItem) and item.isVisible()]
        seen = QRectF(area.viewport().visibleRegion().boundingRect())
        found = [(text, place) for axis in axes for text, place in texts_of(axis) if seen.intersects(place)]
        for number, (text, place) in enumerate(found):
            if seen.toRect() == area.viewport().rect() and not seen.adjusted(-2, -2, 2, 2).contains(place):
                yield f"cut: {text!r} {place} in {area.rect()}"
            for other, elsewhere in found[number + 1:]:
                common = place & elsewhere
                if common.width() > 2 and common.height() > 2:
                    yield f"overlap: {text!r}, {other!r} {common}"

async def look(path):
    window = MainWindow(SessionModel(), Faults())
    window.resize(*map(int, sys.argv[3:5]))
    window.show()
    await window.workbench.files.open(path)
    for key in ("load_recording", "compute_sta"):
        window.workbench.panels.pipeline.rows[key].title.setChecked(True)
    window.workbench.panels.table.label_selected("good")
    await asyncio.sleep(1)
    found = [*problems(window), *narrow_ids(window)]
    docks = window.workbench.panels.docks
    for key, view in docks.views.items():
        docks.bring(key)
        await asyncio.sleep(0.5)
        found += [f"{key}: {words}" for words in (*problems(window), *in_plots(view))]
    for key in (*DIALOGS, "figure_size"):
        before = set(window.findChildren(QDialog))
        carry_out(window, key)
        (dialog,) = set(window.findChildren(QDialog)) - before
        await asyncio.sleep(1 if key == "pick_threshold" else 0.1)
        found += [f"{key}: {words}" for words in (*problems(dialog), *in_plots(dialog))]
        dialog.reject()
    await asyncio.sleep(0.1)
    print("\\n".join(found), flush=True)
    window.workbench.closing.close_at_once()
    end_all_jobs()
    os._exit(0)

application = QApplication([])
font = application.font()
font.setPointSizeF(float(sys.argv[2]))
application.setFont(font)
loop = qasync.QEventLoop(application)
asyncio.set_event_loop(loop)
loop.run_until_complete(look(Path(sys.argv[1])))
"""


@pytest.mark.parametrize(
    ("points", "scale", "size"),
    [
        ("12", "1", "1366x768"),
        ("16", "1", "1600x1000"),
        ("16", "1", "1366x768"),
        ("9", "1.5", "1280x800"),
        ("9", "2", "960x600"),
    ],
)
def test_nothing_overlaps_and_no_word_is_cut(
    points: str, scale: str, size: str, reference: Path, tmp_path: Path
) -> None:
    path = tmp_path / "rec.h5"
    path.write_bytes((reference / "lab_deferred.h5").read_bytes())
    environment = os.environ | {
        "PYTHONPATH": str(ROOT),
        "QT_SCALE_FACTOR": scale,
        "HDMEA_CONFIG_DIR": str(tmp_path / "settings"),
    }
    done = subprocess.run(
        [sys.executable, "-c", LOOK, str(path), points, *size.split("x")],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == ""
