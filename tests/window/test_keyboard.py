"""Going through the window with Tab."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from hdmea_gui.views import VIEWS

if TYPE_CHECKING:
    from pathlib import Path

    from hdmea_gui.window.main_window import MainWindow
    from tests.window.conftest import Await

_MOST = 200


def walk(window: MainWindow, key: Qt.Key) -> list[QWidget]:
    """What has the focus one after the other, from the filter until it comes round."""
    window.workbench.panels.table.focus_filter()
    passed: list[QWidget] = []
    for _ in range(_MOST):
        widget = QApplication.focusWidget()
        if widget is None or (passed and widget is passed[0]):
            return passed
        passed.append(widget)
        QTest.keyClick(widget, key)
    raise AssertionError("it does not come round")


def test_tab_reaches_every_panel_in_front_and_none_behind(
    window: MainWindow, await_: Await, reference: Path
) -> None:
    assert await_(window.workbench.files.open(reference / "lab_deferred.h5"))
    always = {
        window.workbench.panels.table.view,
        window.workbench.panels.pipeline.run_all,
        window.workbench.panels.log.text,
    }
    always |= {row.title for row in window.workbench.panels.pipeline.rows.values()}
    for spec in VIEWS:
        window.workbench.panels.docks.bring(spec.key)
        passed = walk(window, Qt.Key.Key_Tab)
        assert always <= set(passed), spec.key
        views = window.workbench.panels.docks.views.items()
        within = {key for key, view in views if any(map(view.isAncestorOf, passed))}
        # a view that only says why it is empty has nothing to focus
        controls = [
            each
            for each in window.workbench.panels.docks.views[spec.key].findChildren(QWidget)
            if each.isVisible() and each.isEnabled() and each.focusPolicy() & Qt.FocusPolicy.TabFocus
        ]
        assert within == ({spec.key} if controls else set())
    assert set(walk(window, Qt.Key.Key_Backtab)) == set(passed)
