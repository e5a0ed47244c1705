"""The undo list keeps to its memory budget, to the byte."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from hdmea_gui.models.history import DEFAULT_BUDGET_BYTES, History
from hdmea_gui.models.session_model import SessionModel
from hdmea_gui.session import PipelineSession, Prepared, Update

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

LARGE = 100_000


def same(update: Update) -> Update:
    """Take an update whose inverse has the same name."""
    return update


def history_of(*sizes: int, budget_bytes: int) -> History:
    """Changes named 1, 2, 3 ... that take this many bytes."""
    history = History(budget_bytes)
    for number, nbytes in enumerate(sizes, 1):
        history.add(Update(str(number)), nbytes)
    return history


def names(history: History) -> list[str]:
    """Names of the changes to undo, the oldest first."""
    return history.undo_names[::-1]


def replace_array(number: int) -> Update:
    """The change that puts array number n in the place of the one before."""
    return Update.of(f"Array {number}", {("metadata", "array"): np.full(LARGE, number, np.uint8)})


@pytest.fixture
def model(qtbot: QtBot) -> SessionModel:  # noqa: ARG001 - there must be an application
    """A session without content, so that undoing "Array 1" holds nothing and every later change one array."""
    made = SessionModel()
    made.show(PipelineSession("demo"))
    return made


def held_number(model: SessionModel) -> int | None:
    """Number of the array that the session holds."""
    assert model.session is not None
    array = model.session.metadata.get("array")
    return None if array is None else int(array[0])


@pytest.mark.parametrize(
    ("sizes", "budget_bytes", "kept"),
    [
        ((100, 100, 100), 300, ["1", "2", "3"]),
        ((100, 100, 101), 300, ["2", "3"]),
        ((101, 100, 100), 300, ["2", "3"]),
        ((100, 100, 100), 299, ["2", "3"]),
        ((100, 100, 100, 100), 300, ["2", "3", "4"]),
        ((10, 10, 10, 290), 300, ["3", "4"]),
        ((10, 10, 10, 291), 300, ["4"]),
        ((0, 0, 300), 300, ["1", "2", "3"]),
        ((0, 0, 301), 300, ["3"]),  # too large by itself, and yet it can be undone
        ((301, 0), 300, ["2"]),
        ((1, 1, 0), 0, ["3"]),
    ],
)
def test_what_fits_the_budget_exactly_is_kept_and_one_byte_more_drops_the_oldest(
    sizes: tuple[int, ...], budget_bytes: int, kept: list[str]
) -> None:
    assert names(history_of(*sizes, budget_bytes=budget_bytes)) == kept


def test_a_smaller_budget_drops_the_oldest_at_once_and_a_larger_one_brings_nothing_back() -> None:
    history = history_of(100, 100, 100, 100, budget_bytes=400)
    history.budget_bytes = 400
    assert names(history) == ["1", "2", "3", "4"]
    history.budget_bytes = 399
    assert names(history) == ["2", "3", "4"]
    history.budget_bytes = 200
    assert names(history) == ["3", "4"]
    history.budget_bytes = 0
    assert names(history) == ["4"]
    history.budget_bytes = 201
    assert names(history) == ["4"]
    history.add(Update("5"), 101)
    assert names(history) == ["4", "5"]
    history.add(Update("6"), 0)
    assert names(history) == ["4", "5", "6"]
    history.add(Update("7"), 1)
    assert names(history) == ["5", "6", "7"]


def test_every_history_has_a_budget() -> None:
    history = History()
    assert history.budget_bytes == DEFAULT_BUDGET_BYTES == 2 * 1024**3
    history.add(Update("1"), DEFAULT_BUDGET_BYTES - 1)
    history.add(Update("2"), 1)
    assert names(history) == ["1", "2"]
    history.add(Update("3"), 1)
    assert names(history) == ["2", "3"]


def test_the_numbers_of_the_states_stay_right_when_changes_are_dropped() -> None:
    history = history_of(100, 100, 100, 100, 100, budget_bytes=300)
    assert (names(history), history.state) == (["3", "4", "5"], 5)
    states = []
    while history.can_undo:
        history.undo(same)
        states.append((history.state, names(history), history.redo_names))
    assert states == [
        (4, ["3", "4"], ["5"]),
        (3, ["3"], ["4", "5"]),
        (2, [], ["3", "4", "5"]),
    ]
    while history.can_redo:
        history.redo(same)
        states.append((history.state, names(history), history.redo_names))
    assert [state for state, *_ in states[3:]] == [3, 4, 5]
    history.undo(same)
    history.add(Update("6"), 100)
    assert (history.state, history.redo_names) == (6, []), "a state that was left behind never returns"
    assert names(history)[-1] == "6"


def test_without_a_size_the_memory_of_the_values_counts() -> None:
    history = History(3 * LARGE)
    for number in range(1, 4):
        history.add(replace_array(number))
    # containers around the arrays take a few bytes, hence three arrays take more than three times their data
    assert names(history) == ["Array 2", "Array 3"]
    assert 2 * LARGE < history.nbytes < 2.01 * LARGE
    history = History(round(3.01 * LARGE))
    for number in range(1, 4):
        history.add(replace_array(number))
    assert names(history) == ["Array 1", "Array 2", "Array 3"]
    history.budget_bytes = history.nbytes
    assert len(names(history)) == 3
    history.budget_bytes = history.nbytes - 1
    assert len(names(history)) == 2


def test_a_budget_made_smaller_while_changes_are_undone_holds_when_they_are_redone() -> None:
    history = History(10 * LARGE)
    for number in range(1, 6):
        history.add(replace_array(number))
    for _ in range(4):
        history.undo(same)
    history.budget_bytes = round(2.01 * LARGE)
    assert names(history) == ["Array 1"]
    while history.can_redo:
        history.redo(same)
    assert (names(history), history.state) == (["Array 4", "Array 5"], 5)


def test_the_session_goes_back_as_far_as_the_budget_reaches(model: SessionModel) -> None:
    model.limit_undo(round(3.01 * LARGE))
    for number in range(1, 7):
        model.apply(replace_array(number))
    assert names(model.history) == ["Array 4", "Array 5", "Array 6"]
    numbers = []
    while model.history.can_undo:
        model.undo()
        numbers.append((model.state, held_number(model)))
    assert numbers == [(5, 5), (4, 4), (3, 3)]
    model.undo()
    assert held_number(model) == 3
    while model.history.can_redo:
        model.redo()
        numbers.append((model.state, held_number(model)))
    assert numbers[3:] == [(4, 4), (5, 5), (6, 6)]
    assert names(model.history) == ["Array 4", "Array 5", "Array 6"]


def test_an_update_prepared_elsewhere_counts_with_what_it_displaces(model: SessionModel) -> None:
    model.limit_undo(2 * LARGE + 1000)
    for number in range(1, 5):
        base = model.snapshot()
        assert base is not None
        model.apply_prepared(Prepared.of(replace_array(number), base))
    assert names(model.history) == ["Array 3", "Array 4"]
    assert 2 * LARGE < model.history.nbytes < 2 * LARGE + 1000


def test_a_smaller_limit_is_announced_and_holds_for_the_next_session(
    model: SessionModel, qtbot: QtBot
) -> None:
    for number in range(1, 5):
        model.apply(replace_array(number))
    with qtbot.assertNotEmitted(model.safety_changed):
        model.limit_undo(10 * LARGE)
    with qtbot.waitSignal(model.safety_changed):
        model.limit_undo(round(1.01 * LARGE))
    assert names(model.history) == ["Array 4"]
    model.show(PipelineSession("another"))
    for number in range(1, 5):
        model.apply(replace_array(number))
    assert names(model.history) == ["Array 4"]
