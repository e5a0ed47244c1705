"""Numbers have a point everywhere, whatever the language; a typed comma counts as one unless it may be another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QLocale, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QToolTip

from hdmea_gui.app import make_application
from hdmea_gui.exports.unit_table import UNIT_TABLE
from hdmea_gui.models.session_model import SessionModel
from hdmea_gui.models.unit_columns import UnitColumns
from hdmea_gui.models.unit_table import UnitTableModel
from hdmea_gui.pipeline.parameters import parameter
from hdmea_gui.session import create_session
from hdmea_gui.views.numbers import NumberField
from hdmea_gui.views.parameter_form import ParameterForm
from hdmea_gui.views.plots import Axis

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from PySide6.QtWidgets import QApplication
    from pytestqt.qtbot import QtBot


@dataclass(frozen=True)
class Params:
    """Parameters of a step."""

    width: float = parameter(0.1, "Width", unit="s", minimum=0, maximum=1e6)
    limit: float | None = parameter(None, "Limit", unit="s")
    margins: tuple[float, float] = parameter((0.0, 0.0), "Margins", unit="s")
    window: tuple[int, int] = parameter((-60, 0), "Window", unit="frames")
    count: int = parameter(1, "Count")


@pytest.fixture
def german(qapp: QApplication) -> Iterator[None]:
    """The program on a German system."""
    before, names = QLocale(), (qapp.applicationName(), qapp.applicationDisplayName())
    QLocale.setDefault(QLocale("de_DE"))
    make_application()
    yield
    QLocale.setDefault(before)
    qapp.setApplicationName(names[0])
    qapp.setApplicationDisplayName(names[1])


def line(form: ParameterForm, name: str) -> QLineEdit:
    editor = form.fields[name].editor
    assert isinstance(editor, QLineEdit)
    return editor


def typed(form: ParameterForm, name: str, text: str) -> None:
    editor = line(form, name)
    editor.setFocus()
    editor.selectAll()
    QTest.keyClicks(editor, text)


@pytest.mark.usefixtures("german")
@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("width", "0,5", 0.5),
        ("width", "0.5", 0.5),
        ("width", "12.5", 12.5),
        ("width", "0.125", 0.125),
        ("width", "1.250", 1.25),
        ("width", "1250,5", 1250.5),
        ("width", "0,125", 0.125),
        ("width", "2,5e-3", 2.5e-3),
        ("width", "1e-3", 1e-3),
        ("limit", "2,25", 2.25),
        ("margins", "0,5; 2", (0.5, 2)),
        ("margins", "0.5, 2", (0.5, 2)),
        ("margins", "0,5;1,25", (0.5, 1.25)),
        ("window", "-40,0", (-40, 0)),
    ],
)
def test_a_number_may_be_typed_with_a_point_or_a_comma(
    qtbot: QtBot, name: str, text: str, value: float | tuple[float, float]
) -> None:
    form = ParameterForm(Params, "Step")
    qtbot.addWidget(form)
    typed(form, name, text)
    assert form.errors() == {}
    assert getattr(form.params(), name) == value


@pytest.mark.usefixtures("german")
@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("width", "1,250", "Write 1.250 or 1250: the comma is ambiguous."),
        ("margins", "0,5", "Separate the numbers with semicolons: 0.5; 2"),
        ("margins", "0,5, 2", "Separate the numbers with semicolons: 0.5; 2"),
        ("margins", "1,250; 2", "Write 1.250 or 1250: the comma is ambiguous."),
        ("width", "1.250,5", "'Width' cannot be '1.250,5'; it must be a number."),
        ("width", "-0,5", "'Width' is -0.5 s; it must be at least 0 and at most 1e+06 s."),
        ("count", "1,5", "'Count' cannot be '1,5'; it must be a whole number."),
    ],
)
def test_what_could_be_meant_in_two_ways_is_asked(qtbot: QtBot, name: str, text: str, words: str) -> None:
    form = ParameterForm(Params, "Step")
    qtbot.addWidget(form)
    typed(form, name, text)
    assert form.errors() == {name: words}
    assert form.params() is None


@pytest.mark.usefixtures("german")
def test_forms_show_numbers_with_a_point_and_read_the_same_back(qtbot: QtBot) -> None:
    form = ParameterForm(Params, "Step")
    qtbot.addWidget(form)
    params = Params(30123.456789, 0.1 + 0.2, (0.5, 2.25), (-40, 0), 3)
    form.set_params(params)
    assert line(form, "width").text() == "30123.456789"
    assert line(form, "margins").text() == "0.5, 2.25"
    assert line(form, "window").text() == "-40, 0"
    assert form.params() == params


@pytest.mark.usefixtures("german")
def test_axes_tables_fields_and_files_agree(qtbot: QtBot, tmp_path: Path) -> None:
    session = create_session("x", "x.cmcr", None)
    session.units["unit_001"] = {"spike_times": np.arange(3, dtype=np.uint64), "dsi": 0.25}
    model = SessionModel()
    model.show(session)
    table = UnitTableModel(model, UnitColumns(model))
    cells = [table.data(table.index(0, column)) for column in range(table.columnCount())]
    assert "0.250" in cells
    field = NumberField(decimals=2)
    qtbot.addWidget(field)
    field.setValue(0.25)
    assert field.text() == "0.25"
    assert Axis("left").tickStrings([-0.25, 1250.5], 1, 0.01) == ["−0.25", "1250.50"]
    UNIT_TABLE.export(tmp_path / "units.csv", session.snapshot(), table.excerpt())
    assert ",0.25," in (tmp_path / "units.csv").read_text(encoding="utf-8")
    assert QLocale().toString(0.25) == "0.25"


def test_a_comma_beside_a_point_separates_numbers(qtbot: QtBot) -> None:
    form = ParameterForm(Params, "Step")
    qtbot.addWidget(form)
    typed(form, "margins", "0.5,2")
    params = form.params()
    assert params is not None
    assert params.margins == (0.5, 2)


@pytest.mark.usefixtures("german")
@pytest.mark.parametrize(
    ("text", "value", "shown"),
    [
        ("0.5", 0.5, "0.50 s"),
        ("0,5", 0.5, "0.50 s"),
        ("1250,5", 1250.5, "1250.50 s"),
        ("1.250", 1.25, "1.25 s"),
        ("x3", 3, "3.00 s"),
    ],
)
def test_a_field_with_arrows_reads_both(qtbot: QtBot, text: str, value: float, shown: str) -> None:
    field = NumberField(minimum=0, maximum=1e6, decimals=2, suffix=" s")
    qtbot.addWidget(field)
    field.setValue(7)
    field.lineEdit().selectAll()
    QTest.keyClicks(field, text)
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert (field.value(), field.text()) == (value, shown)
    assert field.fault() == ""


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter], ids=lambda key: key.name)
@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1,250", "Write 1.250 or 1250: the comma is ambiguous."),
        ("1..2", "Enter a number from 2 to 5000."),
        ("1", "Enter a number from 2 to 5000."),
        ("6000", "Enter a number from 2 to 5000."),
    ],
)
def test_a_field_with_arrows_keeps_what_it_cannot_take_and_says_why(
    qtbot: QtBot, text: str, words: str, key: Qt.Key
) -> None:
    field = NumberField(minimum=2, maximum=5000, decimals=2, suffix=" s")
    other = QLineEdit()
    for widget in (field, other):
        qtbot.addWidget(widget)
        widget.show()
    field.activateWindow()
    qtbot.waitUntil(field.hasFocus)
    field.selectAll()
    QTest.keyClicks(field, text)
    QTest.keyClick(field, key)
    assert QToolTip.text() == words
    other.activateWindow()
    qtbot.waitUntil(lambda: not field.hasFocus())
    assert field.text() == f"{text} s"
    assert field.fault() == words
    field.setValue(7)
    assert field.fault() == ""


def test_a_number_that_may_be_missing_can_be_left_empty(qtbot: QtBot) -> None:
    field = NumberField(maximum=100, decimals=2, suffix=" s")
    field.setSpecialValueText(" ")
    qtbot.addWidget(field)
    field.show()
    field.setFocus()
    assert field.fault() == ""
    QTest.keyClicks(field, "3")
    assert field.value() == 3
    field.selectAll()
    QTest.keyClick(field, Qt.Key.Key_Delete)
    assert field.fault() == ""
