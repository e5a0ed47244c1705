"""Base of all views: a widget that draws a part of the session, or shows why there is nothing to draw."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QGraphicsView,
    QLabel,
    QPushButton,
    QScrollArea,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from hdmea_gui.models.arrays import Arrays
from hdmea_gui.models.selection import Selection
from hdmea_gui.models.session_model import SessionModel
from hdmea_gui.models.unit_columns import UnitColumns
from hdmea_gui.pipeline.step import missing_needs
from hdmea_gui.pipeline.steps import STEPS_BY_KEY
from hdmea_gui.views.chip_scale import ChipScale
from hdmea_gui.views.choices import choice_of, choose
from hdmea_gui.views.explain import explain
from hdmea_gui.views.export import FigurePage, export_figure
from hdmea_gui.views.plots import PlotArea
from hdmea_gui.views.text_size import with_text
from hdmea_gui.views.theme import Theme
from hdmea_gui.views.unit_keys import label_of, step_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from PySide6.QtGui import QResizeEvent, QShowEvent

    from hdmea_gui.models.changed import Changed
    from hdmea_gui.pipeline.step import Step


@dataclass(frozen=True)
class ViewContext:
    """Models and settings that every view gets."""

    model: SessionModel
    selection: Selection
    arrays: Arrays
    theme: Theme
    columns: UnitColumns
    scale: ChipScale = field(default_factory=ChipScale)


@dataclass(frozen=True)
class Empty:
    """Message of a view that has nothing to draw.

    Parameters
    ----------
    text : str
        The message.
    step : str
        Key of the step that a button offers to run; empty for no button.
    button : str
        Text of the button.
    """

    text: str
    step: str = ""
    button: str = ""


NO_RATE = Empty("This session has no acquisition rate, so times in samples cannot be shown in seconds.")


class Page(QScrollArea):
    """Scroll area that shows a widget as large as possible, and scrolls below a minimum height.

    Parameters
    ----------
    content : QWidget
        The widget.
    least_height : int
        Minimum height of the widget, pixels.
    """

    def __init__(self, content: QWidget, least_height: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown, self._least_height = content, least_height
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidget(content)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Resize the content; Qt's own way would give widgets with wrapped lines more height than they need."""
        super().resizeEvent(event)
        available, least = self.maximumViewportSize(), self._shown.minimumSizeHint()
        height = max(available.height(), self._least_height)
        bar = self.verticalScrollBar().sizeHint().width() if height > available.height() else 0
        self._shown.resize(max(available.width() - bar, least.width()), height)


class View(QWidget):
    """Drawing of a part of the session.

    A subclass makes its plots in `make_content`, returns in `empty` why there is nothing to draw, and draws in `draw`,
    which can be called repeatedly at any time. A hidden view is drawn when it is shown. Up and Down in a plot step
    through the units, and letters label them; in inputs these keys keep their usual meaning.
    """

    step_requested = Signal(str)
    """Key of the step that the user wants to run."""

    label_requested = Signal(str)
    """Label for the selected units; empty to remove it."""

    interests: tuple[tuple[str, ...], ...] = (("units",),)
    """Places of the session whose changes make the view redraw."""

    follows_current = True
    """Whether it shows the current unit."""

    follows_units = False
    """Whether it shows the selected units."""

    follows_visible = False
    """Whether it shows the units that pass the filter."""

    asks_anytime = False
    """Whether it requests arrays on panning or clicks too, not only when drawn."""

    least_height = 0
    """Minimum height in pixels, for the usual size of texts; with less, the view scrolls."""

    def __init__(self, context: ViewContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.context = context
        self._stale = True
        self._state_drawn: object = None
        self._waits = False
        self._step = ""
        self._content = self.make_content()
        self._page = self._make_page()
        self._empty_about = QLabel(alignment=Qt.AlignmentFlag.AlignCenter, wordWrap=True)
        self._empty_about.setObjectName("quiet")
        self._empty_text = QLabel(alignment=Qt.AlignmentFlag.AlignCenter, wordWrap=True)
        self._empty_button = QPushButton("Run step")
        explain(self._empty_button, "Run the step whose result is shown here.")
        self._empty_button.clicked.connect(self._on_empty_button)
        self._empty_page = self._make_empty_page()
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self._page)
        self._stack.addWidget(self._empty_page)
        self._focused: QWidget = self._content
        self._areas = self.findChildren(PlotArea)
        self._listen_to_keys()
        self._connect()

    def make_content(self) -> QWidget:
        """Make the widget that draws; called once."""
        raise NotImplementedError

    def empty(self) -> Empty | None:
        """Return why there is nothing to draw, or None."""
        raise NotImplementedError

    def draw(self) -> None:
        """Draw the session; called only if `empty` returns None."""
        raise NotImplementedError

    def choices(self) -> dict[str, QWidget]:
        """Return the controls whose settings are stored, by name."""
        return {}

    def state(self) -> dict[str, Any]:
        """Return the settings of the controls as plain values."""
        return {name: choice_of(control) for name, control in self.choices().items()}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Restore settings returned by `state`; those that cannot be restored are ignored."""
        for name, control in self.choices().items():
            choose(control, state.get(name))

    def figure(self) -> QWidget:
        """Return the widget to export."""
        return self._content

    def export(self, path: Path, page: FigurePage | None = None) -> None:
        """Write the figure, dark on white, as PNG, SVG or PDF; the file's extension decides.

        Parameters
        ----------
        path : Path
            The file.
        page : FigurePage or None
            Size on paper; that on screen by default.
        """
        with self.context.theme.on_paper():
            export_figure(self.figure(), path, self.context.theme.palette, page)

    def unit(self) -> dict[str, Any]:
        """Return the content of the current unit; empty if there is none."""
        session = self.context.model.session
        return session.units.get(self.context.selection.current, {}) if session is not None else {}

    def no_unit(self) -> Empty | None:
        """Return the message for a missing current unit, or None."""
        session = self.context.model.session
        if session is None:
            return Empty("Open a recording or a session.")
        if not session.units:
            return Empty("No units yet.", "load_recording", "Load recording")
        return None if self.unit() else Empty("Select a unit in the table.")

    @property
    def message(self) -> str:
        """Message shown in place of the drawing; empty if something is drawn."""
        return self._empty_text.text() if self._stack.currentWidget() is self._empty_page else ""

    def set_disabled_reason(self, why_not: str) -> None:
        """Disable the step's button and show the reason as its tooltip; an empty reason enables it."""
        self._empty_button.setEnabled(not why_not)
        self._empty_button.setToolTip(why_not or self._empty_button.whatsThis())

    def refresh(self) -> None:
        """Redraw now, or once the view becomes visible."""
        if not self.is_seen:
            self._stale, self._state_drawn = True, None
            return
        self._stale, self._state_drawn = False, self._drawn_state()
        n_missed = self.context.arrays.n_missed
        self._draw_or_show_why()
        self._waits = self.context.arrays.n_missed != n_missed  # then it is drawn again with the next arrays

    def _draw_or_show_why(self) -> None:
        reason = self.empty()
        if reason is None:
            self._turn_to(self._page)
            self.draw()
            for plots in self._areas:
                plots.settle()
        else:
            self._show_empty(reason)

    @property
    def is_seen(self) -> bool:
        """Whether any part is on screen; for Qt, a panel behind another one's tab is visible, though off screen."""
        part = self.rect()
        widget: QWidget = self
        parent = widget.parentWidget()
        while parent is not None and part.isValid() and not widget.isWindow():
            part = part.translated(widget.pos()) & parent.rect()
            widget, parent = parent, parent.parentWidget()
        return self.isVisible() and part.isValid()

    def catch_up(self) -> None:
        """Redraw if something has changed while the view was not on screen."""
        if self._stale:
            self.refresh()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        """Redraw if something has changed while the view was hidden."""
        super().showEvent(event)
        self.catch_up()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Redraw if something has changed while the view had no area."""
        super().resizeEvent(event)
        self.catch_up()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Handle the keys for units in the plots, and in the empty page that replaces them."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and self._take_key(event):
            return True
        return super().eventFilter(watched, event)

    def _listen_to_keys(self) -> None:
        for plot in self.findChildren(QGraphicsView):
            plot.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            plot.installEventFilter(self)
        self._empty_page.installEventFilter(self)

    def _take_key(self, event: QKeyEvent) -> bool:
        """Step through the units or label them; return whether the key does either."""
        step, label = step_of(event), label_of(event)
        if step is not None:
            self.context.selection.step(step)
        elif label is not None:
            self.label_requested.emit(label)
        return step is not None or label is not None

    def _drawn_state(self) -> object:
        """Return the state that the drawing depends on; while it is the same, no redraw is needed."""
        model, selection = self.context.model, self.context.selection
        followed = (
            selection.current if self.follows_current else "",
            selection.units if self.follows_units else (),
            selection.visible if self.follows_visible else (),
        )
        return model.session, model.state, followed, self.context.arrays.n_arrived

    def _connect(self) -> None:
        context = self.context
        context.model.replaced.connect(self._refresh_if_other)
        context.model.changed.connect(self._on_changed)
        context.arrays.arrived.connect(self._on_arrived)
        context.theme.changed.connect(self.refresh)
        if self.follows_current:
            context.selection.current_changed.connect(self._refresh_if_other)
        if self.follows_units:
            context.selection.units_changed.connect(self._refresh_if_other)
        if self.follows_visible:
            context.selection.visible_changed.connect(self._refresh_if_other)

    def _refresh_if_other(self) -> None:
        """Redraw unless another signal of the same change has already caused it."""
        if self._stale or self._state_drawn != self._drawn_state():
            self.refresh()

    def _on_arrived(self) -> None:
        """Redraw with new arrays, unless only other views waited for them."""
        if self._waits or self.asks_anytime:
            self._refresh_if_other()

    def _on_changed(self, changed: Changed) -> None:
        if any(changed.touches(*place) for place in self.interests):
            self._refresh_if_other()

    def _make_page(self) -> QWidget:
        """Make the page that scrolls the content rather than squeezing it."""
        return Page(self._content, with_text(self.least_height))

    def _make_empty_page(self) -> QWidget:
        page = QWidget()
        page.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        layout = QVBoxLayout(page)
        layout.addStretch()
        layout.setSpacing(8)
        layout.setContentsMargins(24, 8, 24, 8)
        layout.addWidget(self._empty_about)
        layout.addWidget(self._empty_text)
        layout.addWidget(self._empty_button, alignment=Qt.AlignmentFlag.AlignCenter)
        layout.addStretch()
        return page

    def _show_empty(self, reason: Empty) -> None:
        first = self._first_step(reason.step)
        self._step = first.key if first is not None else ""
        self._empty_about.setText(self.whatsThis())
        text, button = reason.text, reason.button
        if first is not None and first.key != reason.step:
            text, button = f"{text} Run '{first.title}' first.", f"Run {first.title}"
        self._empty_text.setText(text)
        self._empty_button.setText(button or self._empty_button.text())
        self._empty_button.setVisible(bool(reason.step))
        self._turn_to(self._empty_page)

    def _first_step(self, key: str) -> Step | None:
        """Return the step, or the first one that it needs, since a button must offer a step that can run."""
        snapshot, step = self.context.model.snapshot(), STEPS_BY_KEY.get(key)
        missing = (
            missing_needs(step, snapshot, STEPS_BY_KEY) if step is not None and snapshot is not None else []
        )
        return self._first_step(missing[0][0].key) if missing else step

    def _turn_to(self, page: QWidget) -> None:
        """Show the content or the empty page, and keep the keyboard focus within the view."""
        if self._stack.currentWidget() is page:
            return
        focused = QApplication.focusWidget()
        held = focused is not None and self.isAncestorOf(focused)
        if focused is not None and held and page is self._empty_page:
            self._focused = focused
        self._stack.setCurrentWidget(page)
        if held:
            (page if page is self._empty_page else self._focused).setFocus()

    def _on_empty_button(self) -> None:
        self.step_requested.emit(self._step)


@dataclass(frozen=True)
class ViewSpec:
    """Description of a view for the window.

    Parameters
    ----------
    key : str
        Name in saved layouts.
    title : str
        Name shown to the user.
    tip : str
        What the view shows, in one sentence.
    area : str
        Initial area: upper or lower right.
    make : callable
        Function that makes the view.
    """

    key: str
    title: str
    tip: str
    area: Literal["upper", "lower"]
    make: Callable[[ViewContext], View]
