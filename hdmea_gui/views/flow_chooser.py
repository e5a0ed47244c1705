"""Chooses a flow: which steps 'Run all' runs, and with which parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QLabel, QSizePolicy

from hdmea_gui.views.explain import explain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PySide6.QtWidgets import QWidget

ALL_STEPS = "All steps"
"""What stands for no flow: every step, with its default parameters."""

_TIP = "The flow: which steps 'Run all' runs, and with which parameters. Paths stay as they are."
_SHORTEST = 8


class FlowChooser(QComboBox):
    """A list of flows, of which one is chosen or none."""

    chosen = Signal(str)
    """The user has chosen the flow of that name; empty for every step with its default parameters."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Flow")
        explain(self, _TIP)
        self.setMinimumContentsLength(_SHORTEST)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.show_flows({}, "")
        self.activated.connect(self._on_activated)

    @property
    def name(self) -> str:
        """The flow chosen; empty for none."""
        name: str = self.currentData()
        return name

    def show_flows(self, flows: Mapping[str, str], name: str) -> None:
        """Offer flows.

        Parameters
        ----------
        flows : mapping
            By name, what each is for.
        name : str
            The one that is chosen; empty for none.
        """
        self.clear()
        self.addItem(ALL_STEPS, "")
        self.setItemData(0, "Every step, with its default parameters.", Qt.ItemDataRole.ToolTipRole)
        for flow, words in flows.items():
            self.addItem(flow, flow)
            self.setItemData(self.count() - 1, words, Qt.ItemDataRole.ToolTipRole)
        self.setCurrentIndex(max(0, self.findData(name)))

    def set_disabled_reason(self, why_not: str) -> None:
        """Say why no other flow can be chosen now; empty where one can."""
        self.setEnabled(not why_not)
        self.setToolTip(why_not or _TIP)

    def _on_activated(self, index: int) -> None:
        self.chosen.emit(self.itemData(index))


def remark() -> QLabel:
    """The line below a chooser that says what has become of the flow."""
    label = QLabel()
    label.setObjectName("quiet")
    label.setWordWrap(True)
    label.setContentsMargins(8, 0, 8, 4)
    label.hide()
    return label
