from __future__ import annotations

import pytest

from hdmea_gui.pipeline.progress import Report
from hdmea_gui.workers.time_left import TimeLeft


def test_steady_work_is_foreseen() -> None:
    clock = TimeLeft()
    left = [clock.note(Report(done, 100, "x"), now=100 + 0.5 * done) for done in range(0, 101, 10)]
    assert left[0] is None
    assert left[1:] == pytest.approx([0.5 * (100 - done) for done in range(10, 101, 10)])


def test_nothing_is_said_too_early_or_without_a_total() -> None:
    clock = TimeLeft()
    assert clock.note(Report(0, 100, "x"), 0.0) is None
    assert clock.note(Report(50, 100, "x"), 0.5) is None
    assert clock.note(Report(51, 100, "x"), 60.0) is not None
    slow = TimeLeft()
    slow.note(Report(0, 1000, "x"), 0.0)
    assert slow.note(Report(1, 1000, "x"), 30.0) is None
    assert TimeLeft().note(Report(0, 0, "x"), 5.0) is None


@pytest.mark.parametrize("next_part", [Report(0, 7, "y"), Report(0, 100, "x")])
def test_what_counts_anew_is_timed_anew(next_part: Report) -> None:
    clock = TimeLeft()
    clock.note(Report(0, 100, "x"), 0.0)
    assert clock.note(Report(100, 100, "x"), 50.0) == 0.0
    assert clock.note(next_part, 50.0) is None
    half = Report(next_part.total // 2, next_part.total, next_part.message)
    expected = 10.0 * (half.total - half.done) / half.done
    assert clock.note(half, 60.0) == pytest.approx(expected)


def test_other_words_are_the_same_work() -> None:
    clock = TimeLeft()
    clock.note(Report(0, 1000, "Reading"), 0.0)
    assert clock.note(Report(500, 1000, "Counting"), 50.0) == pytest.approx(50.0)
