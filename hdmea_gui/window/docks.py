"""The panels of the window: their default layout, and the one the user has arranged."""

from __future__ import annotations

import base64
import zlib
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QByteArray, QObject, Qt
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import (
    QApplication,
    QDockWidget,
    QGraphicsView,
    QMainWindow,
    QTabBar,
    QTabWidget,
    QWidget,
)

from hdmea_gui.views import VIEWS
from hdmea_gui.views.text_size import with_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hdmea_gui.views.view import View, ViewContext

_VERSION = 2
"""Version of the layout; a layout with another version is not restored."""

_LOW = 940
"""Window height, in pixels, below which two views one above the other leave too little space for plots; for the usual
size of texts."""

_PIPELINE = "The steps from a recording to its results, with their parameters and progress."
_LOG = "Messages and warnings of the steps and the program."

# the table has a maximum: further width serves the plots
_PIPELINE_WIDTH, _TABLE_WIDTHS, _TABLE_PART = 320, (340, 640), 0.36


class Docks(QObject):
    """The docked panels of a window.

    Parameters
    ----------
    window : QMainWindow
        The window.
    context : ViewContext
        Passed to every view.
    pipeline, log : QWidget
        The panels at the left and at the bottom.
    """

    def __init__(self, window: QMainWindow, context: ViewContext, pipeline: QWidget, log: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self.views: dict[str, View] = {spec.key: spec.make(context) for spec in VIEWS}
        window.setTabPosition(Qt.DockWidgetArea.RightDockWidgetArea, QTabWidget.TabPosition.North)
        self._docks: dict[str, QDockWidget] = {
            "pipeline": self._dock("pipeline", "Pipeline", pipeline, _PIPELINE),
            "log": self._dock("log", "Log", log, _LOG),
        } | {spec.key: self._dock(spec.key, spec.title, self.views[spec.key], spec.tip) for spec in VIEWS}
        self._front: View | None = None
        for key, view in self.views.items():
            self._docks[key].visibilityChanged.connect(view.catch_up)
        window.tabifiedDockWidgetActivated.connect(self._on_tab)
        application = QApplication.instance()
        if isinstance(application, QApplication):
            application.focusChanged.connect(self._on_focus)
        self.reset()

    def _dock(self, key: str, title: str, widget: QWidget, tip: str) -> QDockWidget:
        dock = QDockWidget(title, self._window)
        dock.setObjectName(key)
        dock.setWidget(widget)
        dock.setWhatsThis(tip)
        widget.setWhatsThis(widget.whatsThis() or tip)
        for plots in widget.findChildren(QGraphicsView):
            plots.setAccessibleName(plots.accessibleName() or title)
        return dock

    def __getitem__(self, key: str) -> QDockWidget:
        return self._docks[key]

    def toggle_actions(self) -> list[QAction]:
        """Return an action for each panel that shows or hides it."""
        actions = []
        for spec in VIEWS:
            action = self._docks[spec.key].toggleViewAction()
            actions.append(action)
        return [*actions, self._docks["pipeline"].toggleViewAction(), self._docks["log"].toggleViewAction()]

    def show_view(self, number: int) -> None:
        """Bring a view to the front and focus it."""
        self.bring(VIEWS[number].key)

    def bring(self, key: str) -> None:
        """Bring a panel to the front and focus it."""
        dock = self._docks[key]
        dock.show()
        dock.raise_()
        dock.widget().setFocus(Qt.FocusReason.ShortcutFocusReason)

    def explain_tabs(self) -> None:
        """Set the What's This text of every tab to that of its panel."""
        # when asked for: Qt makes new tabs whenever panels move, with their titles only
        tips = {dock.windowTitle(): dock.whatsThis() for dock in self._docks.values()}
        for bar in self._window.findChildren(QTabBar):
            for number in range(bar.count()):
                bar.setTabWhatsThis(number, tips.get(bar.tabText(number), ""))

    def is_seen(self, widget: QWidget) -> bool:
        """Whether a widget is in a visible panel, or in none."""
        dock = next((dock for dock in self._docks.values() if dock.isAncestorOf(widget)), None)
        return dock is None or not dock.visibleRegion().isEmpty()

    def front_view(self) -> View | None:
        """Return the view that the user had to do with last, if it is on screen, else the first that is."""
        seen = [view for view in self.views.values() if view.is_seen]
        return self._front if self._front in seen else next(iter(seen), None)

    def _on_focus(self, _before: QWidget | None, now: QWidget | None) -> None:
        """Note the view that gets the keyboard."""
        for view in self.views.values():
            if now is not None and (view is now or view.isAncestorOf(now)):
                self._front = view

    def _on_tab(self, dock: QDockWidget) -> None:
        """Note the view whose tab was chosen."""
        self._front = self.views.get(dock.objectName(), self._front)

    def title_of(self, view: View) -> str:
        """Title of a view."""
        return next(spec.title for spec in VIEWS if self.views[spec.key] is view)

    def toggle_full_screen(self) -> None:
        """Switch the window to full screen, or back."""
        if self._window.isFullScreen():
            self._window.showNormal()
        else:
            self._window.showFullScreen()

    def reset(self) -> None:
        """Restore the default layout."""
        left, right, bottom = (
            Qt.DockWidgetArea.LeftDockWidgetArea,
            Qt.DockWidgetArea.RightDockWidgetArea,
            Qt.DockWidgetArea.BottomDockWidgetArea,
        )
        for dock in self._docks.values():
            dock.setFloating(False)
            self._window.removeDockWidget(dock)
        self._window.addDockWidget(left, self._docks["pipeline"])
        self._window.addDockWidget(bottom, self._docks["log"])
        for keys in self._groups():
            group = [self._docks[key] for key in keys]
            for number, dock in enumerate(group):
                if number == 0:
                    self._window.addDockWidget(right, dock)
                else:
                    self._window.tabifyDockWidget(group[0], dock)
        for dock in self._docks.values():
            dock.show()
        self._raise_first_views()
        self._size()
        self._front = None

    def _groups(self) -> list[list[str]]:
        """Keys of the views that share a tab group: one group above another, or a single one in a low window."""
        upper, lower = ([spec.key for spec in VIEWS if spec.area == area] for area in ("upper", "lower"))
        return [upper + lower] if self._window.height() < with_text(_LOW) else [upper, lower]

    def _raise_first_views(self) -> None:
        for keys in self._groups():
            self._docks[keys[0]].raise_()

    def _size(self) -> None:
        """Assign the views the space that the pipeline and the table do not need."""
        width, height = self._window.width(), self._window.height()
        pipeline, log = min(_PIPELINE_WIDTH, width // 4), max(56, height // 14)
        narrowest, widest = _TABLE_WIDTHS
        table = min(max(round(_TABLE_PART * (width - pipeline)), narrowest), widest)
        first = [self._docks[keys[0]] for keys in self._groups()]
        self._window.resizeDocks(
            [self._docks["pipeline"], first[0]],
            [pipeline, width - pipeline - table],
            Qt.Orientation.Horizontal,
        )
        self._window.resizeDocks(first, [(height - log) // len(first)] * len(first), Qt.Orientation.Vertical)
        self._window.resizeDocks([self._docks["log"]], [log], Qt.Orientation.Vertical)

    def state(self) -> dict[str, Any]:
        """Return the layout as plain values."""
        return {
            "geometry": _text(self._window.saveGeometry()),
            "state": _text(self._window.saveState(_VERSION)),
        }

    def restore(self, state: Mapping[str, Any]) -> bool:
        """Restore a layout, but keep everything on a screen; return whether that worked."""
        geometry, docks = (_bytes(state.get(name)) for name in ("geometry", "state"))
        if geometry is None or docks is None:
            return False
        restored = self._window.restoreGeometry(geometry) and self._window.restoreState(docks, _VERSION)
        self._bring_back()
        return bool(restored)

    def _bring_back(self) -> None:
        """Move what is outside every screen, as after a monitor was unplugged."""
        for widget in (self._window, *(dock for dock in self._docks.values() if dock.isFloating())):
            if QGuiApplication.screenAt(widget.frameGeometry().center()) is None:
                screen = QGuiApplication.primaryScreen()
                widget.resize(widget.size().boundedTo(screen.availableSize()))
                widget.move(screen.availableGeometry().topLeft())


def _text(data: QByteArray) -> str:
    """Return bytes as text, with their checksum: Qt crashes on a damaged layout."""
    raw = bytes(data.data())
    return f"{zlib.crc32(raw):08x}:{base64.b64encode(raw).decode()}"


def _bytes(text: object) -> QByteArray | None:
    """Return the bytes of a text; None if they are not those that were written."""
    checksum, _, encoded = str(text).partition(":")
    try:
        raw = base64.b64decode(encoded, validate=True)
    except ValueError:
        return None
    return QByteArray(raw) if checksum == f"{zlib.crc32(raw):08x}" else None
