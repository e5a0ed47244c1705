"""What only the user knows about a recording: the animal, the piece of retina, the size of the stimulus."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QLineEdit

from hdmea_gui.views.choice_box import ChoiceBox
from hdmea_gui.views.explain import explain, name_for_readers
from hdmea_gui.views.numbers import NumberField
from hdmea_gui.views.suggestion_box import SuggestionBox

if TYPE_CHECKING:
    from PySide6.QtWidgets import QFormLayout

_EYES = ("", "left", "right")
_QUADRANTS = (
    "",
    "dorsal",
    "ventral",
    "nasal",
    "temporal",
    "dorsonasal",
    "dorsotemporal",
    "ventronasal",
    "ventrotemporal",
)


class Preparation:
    """Optional fields of a new recording."""

    def __init__(self) -> None:
        self.subject = QLineEdit()
        self.eye = ChoiceBox("Eye", "Eye from which the retina was taken. Optional.", _EYES)
        self.quadrant = SuggestionBox(_QUADRANTS)
        self.pixel = NumberField(decimals=2, maximum=10000.0, suffix=" µm")
        self.pixel.setSpecialValueText(" ")
        self.subject.setPlaceholderText("optional")
        explain(self.subject, "Animal, as it should be stated in the file. Optional.")
        explain(self.quadrant, "Part of the retina that was recorded. Optional.")
        name_for_readers(self.quadrant, "Retinal quadrant")
        explain(self.pixel, "Size of one pixel of the stimulus on the retina. Optional; 0 means unknown.")

    def add_to(self, form: QFormLayout) -> None:
        """Add the fields to a form."""
        form.addRow("Subject", self.subject)
        form.addRow("Eye", self.eye)
        form.addRow("Retinal quadrant", self.quadrant)
        form.addRow("Stimulus pixel", self.pixel)

    def stated(self) -> dict[str, Any]:
        """Return what the user has stated, under the names used in the session file."""
        values = {
            "subject": self.subject.text().strip(),
            "eye": self.eye.currentText(),
            "retinal_quadrant": self.quadrant.currentText().strip(),
            "stimulus_pixel_um": self.pixel.value(),
        }
        return {name: value for name, value in values.items() if value}
