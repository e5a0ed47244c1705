"""The style sheet: what the program adds to the system's style."""

from __future__ import annotations

from PySide6.QtGui import QColor, QGuiApplication, QPalette

from hdmea_gui.views.theme import TROUBLE

# by whether the theme is dark
_SAFE = {False: "#1b6e3c", True: "#7ccf9a"}
_UNSAFE = {False: "#8a4b00", True: "#ffb65c"}


def stylesheet() -> str:
    """Return the style sheet for the current palette, light or dark."""
    palette = QGuiApplication.palette()
    dark = palette.color(QPalette.ColorRole.Window).lightness() < 128
    accent = palette.color(QPalette.ColorRole.Highlight)
    on_accent = palette.color(QPalette.ColorRole.HighlightedText)
    return f"""
        QLabel#complaint {{ color: {TROUBLE[dark]}; }}
        QLabel#quiet {{ color: {_quiet_text(palette).name()}; }}
        QLabel#heading {{ font-weight: 600; }}
        QPushButton[next="true"] {{
            background: {accent.name()}; color: {on_accent.name()};
            border: 1px solid {accent.name()}; border-radius: 3px; padding: 2px 8px;
        }}
        QPushButton[next="true"]:pressed {{ background: {accent.darker(120).name()}; }}
        QHeaderView::section {{
            background: {palette.color(QPalette.ColorRole.Base).name()};
            border: none; border-bottom: 1px solid {palette.color(QPalette.ColorRole.Mid).name()};
            padding: 2px 6px;
        }}
        QTableView::item {{ padding: 0 3px; }}
        QTreeView::item {{ padding: 2px 3px; }}
        QTabBar {{ qproperty-elideMode: ElideNone; }}
        QTabBar::tab {{
            padding: 4px 6px; border: none; border-bottom: 2px solid transparent;
            color: {_quiet_text(palette).name()};
        }}
        QTabBar::tab:selected {{
            border-bottom-color: {accent.name()}; color: {palette.color(QPalette.ColorRole.WindowText).name()};
        }}
        QTabBar::tab:hover {{ color: {palette.color(QPalette.ColorRole.WindowText).name()}; }}
        QTabBar::tab:focus {{ border: 1px solid {accent.name()}; }}
        QLabel#badge {{ font-weight: 600; padding: 0 8px; }}
        QLabel#badge[safety="saved"], QLabel#badge[safety="checkpointed"] {{ color: {_SAFE[dark]}; }}
        QLabel#badge[safety="in memory"] {{ color: {_UNSAFE[dark]}; }}
    """


def _quiet_text(palette: QPalette) -> QColor:
    """Return the colour of secondary text: between text and background, with enough contrast to read."""
    return between(palette.color(QPalette.ColorRole.WindowText), palette.color(QPalette.ColorRole.Window))


def between(text: QColor, background: QColor) -> QColor:
    """Return a colour between text and background that is still easy to read."""
    pairs = zip(_channels(text), _channels(background), strict=True)
    return QColor(*(round(0.7 * front + 0.3 * back) for front, back in pairs))


def _channels(colour: QColor) -> tuple[int, int, int]:
    return colour.red(), colour.green(), colour.blue()
