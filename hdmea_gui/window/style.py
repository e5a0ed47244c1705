"""The little that the program adds to the system's style."""

from __future__ import annotations

from PySide6.QtGui import QColor, QGuiApplication, QPalette

_TROUBLE = {False: "#a3001b", True: "#ff8a80"}
_SAFE = {False: "#1b6e3c", True: "#7ccf9a"}
_UNSAFE = {False: "#8a4b00", True: "#ffb65c"}


def stylesheet() -> str:
    """The style sheet for the present palette, light or dark."""
    palette = QGuiApplication.palette()
    dark = palette.color(QPalette.ColorRole.Window).lightness() < 128
    accent = palette.color(QPalette.ColorRole.Highlight)
    on_accent = palette.color(QPalette.ColorRole.HighlightedText)
    return f"""
        QLabel#complaint {{ color: {_TROUBLE[dark]}; }}
        QLabel#quiet {{ color: {_mixed(palette).name()}; }}
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
            color: {_mixed(palette).name()};
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


def _mixed(palette: QPalette) -> QColor:
    """Text that is there but not the point: between text and ground, still with enough contrast."""
    return between(palette.color(QPalette.ColorRole.WindowText), palette.color(QPalette.ColorRole.Window))


def between(text: QColor, ground: QColor) -> QColor:
    """A colour between text and ground that can still be read well."""
    inks, papers = ((colour.red(), colour.green(), colour.blue()) for colour in (text, ground))
    return QColor(*(round(0.7 * ink + 0.3 * paper) for ink, paper in zip(inks, papers, strict=True)))
