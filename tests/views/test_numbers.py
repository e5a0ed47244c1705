"""Numbers in forms: the decimal comma of the user's language and the point both count, and nothing is guessed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QLocale, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit

from hdmea_gui.pipeline.parameters import parameter
from hdmea_gui.views.numbers import NumberField
from hdmea_gui.views.parameter_form import ParameterForm

if TYPE_CHECKING:
    from collections.abc import Iterator

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
def german() -> Iterator[None]:
    before = QLocale()
    QLocale.setDefault(QLocale("de_DE"))
    yield
    QLocale.setDefault(before)


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
        ("width", "1.250,5", 1250.5),
        ("width", "1e-3", 1e-3),
        ("limit", "2,25", 2.25),
        ("margins", "0,5; 2", (0.5, 2)),
        ("margins", "0.5, 2", (0.5, 2)),
        ("margins", "0,5;1,25", (0.5, 1.25)),
        ("window", "-40,0", (-40, 0)),
    ],
)
def test_a_german_types_numbers_as_he_likes(
    qtbot: QtBot, name: str, text: str, value: float | tuple[float, float]
) -> None:
    form = ParameterForm(Params, "Step")
    qtbot.addWidget(form)
    typed(form, name, text)
    assert form.complaints() == {}
    assert getattr(form.params(), name) == value


@pytest.mark.usefixtures("german")
@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("width", "1.250", "Write 1,250 or 1250: the point can mean either."),
        ("margins", "0,5", "Write semicolons between several numbers: 0,5; 2"),
        ("margins", "0,5, 2", "Write semicolons between several numbers: 0,5; 2"),
        ("width", "-0,5", "'Width' is -0.5 s; it must be at least 0 and at most 1e+06 s."),
        ("count", "1,5", "'1,5' does not fit 'count', which takes a whole number."),
    ],
)
def test_what_a_german_could_mean_in_two_ways_is_asked(
    qtbot: QtBot, name: str, text: str, words: str
) -> None:
    form = ParameterForm(Params, "Step")
    qtbot.addWidget(form)
    typed(form, name, text)
    assert form.complaints() == {name: words}
    assert form.params() is None


@pytest.mark.usefixtures("german")
def test_forms_show_numbers_as_a_german_writes_them_and_read_the_same_back(qtbot: QtBot) -> None:
    form = ParameterForm(Params, "Step")
    qtbot.addWidget(form)
    params = Params(30123.456789, 0.1 + 0.2, (0.5, 2.25), (-40, 0), 3)
    form.set_params(params)
    assert line(form, "width").text() == "30123,456789"
    assert line(form, "margins").text() == "0,5; 2,25"
    assert line(form, "window").text() == "-40, 0"
    assert form.params() == params


def test_in_english_a_comma_is_no_decimal_sign(qtbot: QtBot) -> None:
    form = ParameterForm(Params, "Step")
    qtbot.addWidget(form)
    typed(form, "width", "0,5")
    assert list(form.complaints()) == ["width"]
    typed(form, "width", "1.250")
    typed(form, "margins", "0.5,2")
    params = form.params()
    assert params is not None
    assert (params.width, params.margins) == (1.25, (0.5, 2))


@pytest.mark.usefixtures("german")
@pytest.mark.parametrize(
    ("text", "value", "shown"),
    [
        ("0.5", 0.5, "0,50 s"),
        ("0,5", 0.5, "0,50 s"),
        ("1250,5", 1250.5, "1250,50 s"),
        ("1.250", 1.25, "1,25 s"),  # and shows at once how it was read
        ("x3", 3, "3,00 s"),
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
