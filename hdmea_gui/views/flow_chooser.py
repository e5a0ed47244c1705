"""Chooser of flows: the steps that 'Run all' runs, and their parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QLabel, QSizePolicy

from hdmea_gui.views.explain import explain, name_for_readers
from hdmea_gui.views.wheel import ignore_wheel

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PySide6.QtWidgets import QWidget

ALL_STEPS = "All steps"
"""Entry for no flow: every step with its default parameters."""

_TIP = "Flow: the steps that 'Run all' runs, with their parameters. Choosing one does not change paths."
_SHORTEST = 8


class FlowChooser(QComboBox):
    """Drop-down list of flows; one of them, or none, is chosen."""

    chosen = Signal(str)
    """Name of the flow the user has chosen; empty for every step with its default parameters."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        name_for_readers(self, "Flow")
        explain(self, _TIP)
        ignore_wheel(self)
        self.setMinimumContentsLength(_SHORTEST)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.show_flows({}, "")
        self.activated.connect(self._on_activated)

    @property
    def name(self) -> str:
        """Name of the chosen flow; empty for none."""
        name: str = self.currentData()
        return name

    def show_flows(self, flows: Mapping[str, str], name: str) -> None:
        """Fill the list with flows.

        Parameters
        ----------
        flows : mapping
            Descriptions of the flows, by name.
        name : str
            Name of the chosen flow; empty for none.
        """
        self.clear()
        self.addItem(ALL_STEPS, "")
        self.setItemData(0, "Every step with its default parameters.", Qt.ItemDataRole.ToolTipRole)
        for flow, description in flows.items():
            self.addItem(flow, flow)
            self.setItemData(self.count() - 1, description, Qt.ItemDataRole.ToolTipRole)
        self.setCurrentIndex(max(0, self.findData(name)))

    def set_disabled_reason(self, why_not: str) -> None:
        """Disable the chooser and show the reason as its tooltip; an empty reason enables it."""
        self.setEnabled(not why_not)
        self.setToolTip(why_not or _TIP)

    def _on_activated(self, index: int) -> None:
        self.chosen.emit(self.itemData(index))


def flow_note() -> QLabel:
    """Make the note below the chooser, which shows whether the flow was changed."""
    label = QLabel()
    label.setObjectName("quiet")
    label.setWordWrap(True)
    label.setContentsMargins(8, 0, 8, 4)
    label.hide()
    return label
