"""Form generated from a step's parameters: labels, fields, units, tooltips and errors next to their fields."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args, get_origin

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QToolButton,
    QWidget,
)

from hdmea_gui.errors import ConfigurationError
from hdmea_gui.pipeline.parameters import Parameter, changed, parameters_of
from hdmea_gui.views.explain import explain, name_for_readers
from hdmea_gui.views.numbers import UnclearNumberError, plain_number, plain_numbers
from hdmea_gui.views.wheel import ignore_wheel

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_READ: dict[str, Callable[[str], str]] = {"number": plain_number, "numbers": plain_numbers}


class Field(QWidget):
    """Editor of one parameter; its value is text, as on the command line.

    Parameters
    ----------
    item : Parameter
        The parameter.
    """

    edited = Signal()

    def __init__(self, item: Parameter, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.item = item
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        self.editor = self._make_editor()
        layout.addWidget(self.editor, 1)
        if self._is_path:
            layout.addWidget(self._make_browse_button())
        if item.described.unit:
            layout.addWidget(QLabel(item.described.unit))
        explain(self, item.described.tip or item.described.label)
        unit = f" ({item.described.unit})" if item.described.unit else ""
        name_for_readers(self.editor, f"{item.described.label}{unit}")
        self.setFocusProxy(self.editor)

    @property
    def _is_path(self) -> bool:
        return self.item.type is Path or Path in get_args(self.item.type)

    def _make_editor(self) -> QWidget:
        if self.item.type is bool:
            box = QCheckBox()
            box.toggled.connect(self.edited)
            return box
        if self.item.choices:
            combo = QComboBox()
            ignore_wheel(combo, with_focus=False)
            combo.addItems([str(choice) for choice in self.item.choices])
            combo.currentTextChanged.connect(self.edited)
            return combo
        line = QLineEdit()
        line.setMinimumWidth(72)
        line.setPlaceholderText("from Preferences" if self._is_path else "")
        line.textEdited.connect(self.edited)
        return line

    def line(self) -> QLineEdit:
        """Return the line that the parameter is typed into.

        Raises
        ------
        TypeError
            The parameter is not typed but ticked or chosen.
        """
        if not isinstance(self.editor, QLineEdit):
            raise TypeError(f"{self.item.name} is not typed into a line.")
        return self.editor

    def _make_browse_button(self) -> QToolButton:
        button = QToolButton()
        button.setText("...")
        explain(button, f"Choose {self.item.described.label}.")
        button.setAccessibleName(f"Choose {self.item.described.label}")
        button.clicked.connect(self._on_browse)
        return button

    def _on_browse(self) -> None:
        label = self.item.described.label
        start = self.text()
        if self.item.name.endswith("_dir"):  # the type is Path for files and folders alike
            chosen = QFileDialog.getExistingDirectory(self, label, start)
        else:
            chosen, _ = QFileDialog.getOpenFileName(self, label, start)
        if chosen:
            self.set_text(chosen)
            self.edited.emit()

    def text(self) -> str:
        """Return what the user has typed or chosen, with decimal points in numbers."""
        try:
            return _READ.get(self._kind, str)(self._typed())
        except UnclearNumberError:
            return self._typed()

    def fault(self) -> str:
        """Return why the typed text is ambiguous; empty if it is not."""
        try:
            _READ.get(self._kind, str)(self._typed())
        except UnclearNumberError as fault:
            return str(fault)
        return ""

    @property
    def _kind(self) -> str:
        """Kind of value: "number" with decimals, "numbers", or empty for anything else."""
        options = (self.item.type, *get_args(self.item.type))
        if float in options and not any(get_origin(option) is tuple for option in options):
            return "number"
        return "numbers" if any(float in get_args(option) for option in options) else ""

    def _typed(self) -> str:
        if isinstance(self.editor, QCheckBox):
            return "yes" if self.editor.isChecked() else "no"
        if isinstance(self.editor, QComboBox):
            return self.editor.currentText()
        return self.editor.text() if isinstance(self.editor, QLineEdit) else ""

    def set_text(self, text: str) -> None:
        """Show a text, with decimal points in its numbers; it does not count as an edit."""
        self.editor.blockSignals(True)
        if isinstance(self.editor, QCheckBox):
            self.editor.setChecked(text == "yes")
        elif isinstance(self.editor, QComboBox):
            self.editor.setCurrentText(text)
        elif isinstance(self.editor, QLineEdit):
            self.editor.setText(text)
        self.editor.blockSignals(False)


class ParameterForm(QWidget):
    """Form with the parameters of one step.

    Parameters
    ----------
    params_type : type
        Frozen dataclass of the step's parameters.
    title : str
        Name of the step.
    """

    edited = Signal()
    """The user has changed a field."""

    def __init__(self, params_type: type, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._type = params_type
        self._title = title
        self._fields = {item.name: Field(item) for item in parameters_of(params_type)}
        self._messages = {name: _message_label() for name in self._fields}
        self._warnings: dict[str, str] = {}
        self._reset = QPushButton("Reset to defaults")
        self._reset.setWhatsThis("Reset every field of this step to its default value.")
        self._reset.clicked.connect(self._on_reset)
        self._arrange()
        self.set_params(params_type())

    def _arrange(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(1, 1)
        for number, (name, field) in enumerate(self._fields.items()):
            label = QLabel(field.item.described.label)
            label.setWordWrap(True)
            label.setBuddy(field)  # its sibling, or it would not be announced
            label.setToolTip(field.item.described.tip)
            grid.addWidget(label, 2 * number, 0)
            grid.addWidget(field, 2 * number, 1)
            grid.addWidget(self._messages[name], 2 * number + 1, 0, 1, 2)
            field.edited.connect(self._on_edited)
        if self._fields:
            row = 2 * len(self._fields)
            grid.addWidget(self._reset, row, 0, 1, 2, alignment=Qt.AlignmentFlag.AlignLeft)

    @property
    def fields(self) -> dict[str, Field]:
        """Fields by parameter name."""
        return self._fields

    def set_params(self, params: Any) -> None:
        """Show parameters."""
        self.set_texts(texts_of(params))

    def texts(self) -> dict[str, str]:
        """Return the texts of the fields by parameter name, valid or not."""
        return {name: field.text() for name, field in self._fields.items()}

    def set_texts(self, texts: Mapping[str, str]) -> None:
        """Put texts into fields; this does not count as an edit."""
        for name, text in texts.items():
            self._fields[name].set_text(text)
        self._show_messages()

    def params(self) -> Any | None:
        """Return the parameters as the user has set them; None while a field is not valid."""
        params = self._type()
        try:
            for name, field in self._fields.items():
                params = changed(params, {name: field.text()}, self._title)
        except ConfigurationError:
            return None
        return None if any(field.fault() for field in self._fields.values()) else params

    def errors(self) -> dict[str, str]:
        """Return error messages by parameter name."""
        found = {}
        for name, field in self._fields.items():
            try:
                changed(self._type(), {name: field.text()}, self._title, by_label=True)
            except ConfigurationError as error:
                found[name] = str(error).removeprefix(f"{self._title}: ")
            if field.fault():
                found[name] = field.fault()
        return found

    def set_warning(self, name: str, message: str) -> None:
        """Show a warning next to a field whose value is valid but doubtful; an empty message removes it."""
        if self._warnings.get(name, "") != message:
            self._warnings[name] = message
            self._show_messages()

    def _show_messages(self) -> None:
        warnings = {name: message for name, message in self._warnings.items() if message}
        found = warnings | self.errors()
        for name, label in self._messages.items():
            label.setText(found.get(name, ""))
            label.setVisible(name in found)
        is_usual = self.params() == self._type()
        self._reset.setEnabled(not is_usual)
        self._reset.setToolTip("Every field has its default value." if is_usual else self._reset.whatsThis())

    def _on_edited(self) -> None:
        self._show_messages()
        self.edited.emit()

    def _on_reset(self) -> None:
        self.set_params(self._type())
        self.edited.emit()


def _message_label() -> QLabel:
    label = QLabel()
    label.setObjectName("complaint")
    label.setWordWrap(True)
    label.hide()
    return label


def texts_of(params: Any) -> dict[str, str]:
    """Return parameters by name, as a user would type them."""
    return {item.name: shown_text(getattr(params, item.name)) for item in parameters_of(params)}


def shown_text(value: Any) -> str:
    """Return a parameter's value as a user would type it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(map(shown_text, value))
    return repr(value).removesuffix(".0") if isinstance(value, float) else str(value)
