"""What a command shows, to people and to programs."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from hdmea_gui.cli import terminal as module
from hdmea_gui.cli.terminal import Terminal
from hdmea_gui.pipeline.status import StatusKind, StepStatus
from hdmea_gui.pipeline.steps import STEPS

if TYPE_CHECKING:
    from collections.abc import Callable


class Screen(io.StringIO):
    """A stream that calls itself a terminal, and shows what remains visible on its lines."""

    def isatty(self) -> bool:
        return True

    @property
    def lines(self) -> list[str]:
        lines = self.getvalue().split("\n")
        return [line.rsplit("\r", 1)[-1].removeprefix("\x1b[K") for line in lines]


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> Screen:
    screen = Screen()
    monkeypatch.setattr(module, "sys", SimpleNamespace(stderr=screen, stdout=io.StringIO()))
    return screen


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """A clock that goes on only when told to, by seconds."""
    now = [1000.0]
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: now[0]))

    def wait(seconds: float) -> None:
        now[0] += seconds

    return wait


STARTING = StepStatus.of(STEPS[0], StatusKind.RUNNING)
ENDED = (StatusKind.DONE, StatusKind.LEFT_OUT, StatusKind.FAILED, StatusKind.STOPPED)


def report(kind: StatusKind = StatusKind.DONE, **changes: Any) -> StepStatus:
    values: dict[str, Any] = {"key": "k", "title": "Some step", "kind": kind} | changes
    return StepStatus(**values)


# Bars


@pytest.mark.parametrize(
    ("done", "total", "shown"),
    [
        (0, 4, "------------------------   0%"),
        (1, 4, "######------------------  25%"),
        (4, 4, "######################## 100%"),
        (9, 4, "######################## 100%"),
        (-1, 4, "------------------------   0%"),
        (0, 0, "------------------------   0%"),
        (7, 0, "------------------------   0%"),
        (1, 10**12, "------------------------   0%"),
    ],
)
def test_a_bar_is_as_long_as_the_work_is_done(screen: Screen, done: int, total: int, shown: str) -> None:
    with Terminal().bar("Saving") as progress:
        progress(done, total)
        assert screen.lines == [f"{'Saving':<26}{shown}"]
    assert screen.lines == [""]


def test_a_bar_is_drawn_anew_in_its_line_and_not_too_often(
    screen: Screen, later: Callable[[float], None]
) -> None:
    step = STEPS[0]
    progress = Terminal().progress_of(STARTING)
    progress(0, 100, "Reading")
    progress(50, 100)
    assert screen.lines == [f"{step.title:<26}{'-' * 24}   0%  Reading"]
    later(0.11)
    progress(50, 100)
    assert screen.lines == [f"{step.title:<26}{'#' * 12}{'-' * 12}  50%"]
    for done in range(1000):
        progress(done, 1000)
    assert screen.getvalue().count("\r") == 2


def test_the_first_bar_is_drawn_however_short_the_machine_has_run(
    screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: 0.01))
    with Terminal().bar("Saving") as progress:
        progress(1, 2)
        assert "50%" in screen.lines[0]


def test_every_kind_of_line_wipes_the_bar(screen: Screen, later: Callable[[float], None]) -> None:
    terminal = Terminal()
    ends: list[Callable[[], Any]] = [
        lambda: terminal.show(report()),
        lambda: terminal.finish(["x"], {}),
        lambda: terminal.fail("x", 1),
    ]
    for end in ends:
        later(1)
        terminal.progress_of(STARTING)(1, 2)
        assert "50%" in screen.lines[-1]
        end()
        assert not any("%" in line for line in screen.lines)


def test_a_bar_is_wiped_when_the_work_breaks_off(screen: Screen) -> None:
    def work() -> None:
        with Terminal().bar("Saving") as progress:
            progress(1, 2)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        work()
    assert screen.lines == [""]


def test_no_bar_where_nobody_looks(capsys: pytest.CaptureFixture[str]) -> None:
    terminal = Terminal()
    with terminal.bar("Saving") as progress:
        progress(1, 2)
    terminal.progress_of(STARTING)(1, 2, "x")
    assert capsys.readouterr() == ("", "")


# Steps


@pytest.mark.parametrize("kind", ENDED)
def test_every_end_of_a_step_has_a_line(capsys: pytest.CaptureFixture[str], kind: StatusKind) -> None:
    Terminal().show(report(kind, message="some reason"))
    out, err = capsys.readouterr()
    assert out == ""
    [line] = err.splitlines()
    assert line.startswith(f"{'Some step':<26}{kind.value}")
    assert ("some reason" in line) == (kind is not StatusKind.FAILED)  # fail() says it, once


def test_a_step_that_is_done_has_its_time_and_remarks(capsys: pytest.CaptureFixture[str]) -> None:
    Terminal().show(report(duration_s=12.346, warnings=("one", "two")))
    assert capsys.readouterr().err.splitlines() == [
        f"{'Some step':<26}done        12.35 s",
        "  note: one",
        "  note: two",
    ]


@pytest.mark.parametrize("kind", [StatusKind.LEFT_OUT, StatusKind.FAILED])
def test_a_step_that_is_not_done_has_no_time(capsys: pytest.CaptureFixture[str], kind: StatusKind) -> None:
    Terminal().show(report(kind, duration_s=3.0))
    assert " s" not in capsys.readouterr().err.removeprefix("Some step")


# Results


def test_people_get_lines(capsys: pytest.CaptureFixture[str]) -> None:
    Terminal().finish(["one", "zwei µ"], {"a": 1})
    assert capsys.readouterr() == ("one\nzwei µ\n", "")


def strictly(text: str) -> Any:
    def refuse(name: str) -> None:
        raise AssertionError(f"{name} is no JSON")

    return json.loads(text, parse_constant=refuse)


def test_programs_get_one_object_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    result = {"a": [1, {"b": None}], "µ": "網膜 🙂", "c": True}
    terminal = Terminal(as_json=True)
    terminal.show(report(warnings=("x",)))
    terminal.finish(["a line"], result)
    out, err = capsys.readouterr()
    assert strictly(out) == result
    assert "a line" not in out + err
    assert "note: x" in err


def test_what_json_does_not_know_is_written_as_what_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    Terminal(as_json=True).finish(
        [],
        {
            "path": Path("a") / "b",
            "count": np.int64(3),
            "rate": np.float32(0.5),
            "flag": np.bool_(True),
            "list": np.array([1, 2]),
            "nan": float("nan"),
            "deep": [{"inf": -np.inf, "tuple": (1, np.float64("nan"))}],
        },
    )
    assert strictly(capsys.readouterr().out) == {
        "path": str(Path("a") / "b"),
        "count": 3,
        "rate": 0.5,
        "flag": True,
        "list": [1, 2],
        "nan": None,
        "deep": [{"inf": None, "tuple": [1, None]}],
    }


ODD = "網膜 µ \udcff"


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8"])
def test_no_name_is_too_odd_for_a_stream(monkeypatch: pytest.MonkeyPatch, encoding: str) -> None:
    for as_json in (False, True):
        raw = {name: io.BytesIO() for name in ("stdout", "stderr")}
        for name, stream in raw.items():
            monkeypatch.setattr(sys, name, io.TextIOWrapper(stream, encoding=encoding))
        terminal = Terminal(as_json=as_json)
        terminal.show(report(title=ODD, warnings=(ODD,)))
        assert terminal.fail(f"{ODD} failed", 1, {"file": ODD}) == 1
        if not as_json:
            terminal.finish([ODD], {"file": ODD})
        out, err = (raw[name].getvalue().decode(encoding) for name in ("stdout", "stderr"))
        assert "failed" in err
        if as_json:
            assert strictly(out) == {"file": ODD, "error": f"{ODD} failed", "exit_code": 1}
        else:
            assert out.endswith(r"\udcff" + "\n")
            assert ("網膜" in out) == (encoding == "utf-8")
            assert ("µ" in out) == (encoding != "ascii")


# Failures


@pytest.mark.parametrize("result", [None, {}, {"steps": [1], "output": None}])
def test_a_failure_is_told_to_people_and_programs(
    capsys: pytest.CaptureFixture[str], result: dict[str, Any] | None
) -> None:
    assert Terminal().fail("It failed.", 2, result) == 2
    assert capsys.readouterr() == ("", "It failed.\n")
    assert Terminal(as_json=True).fail("It failed.", 2, result) == 2
    out, err = capsys.readouterr()
    assert strictly(out) == {**(result or {}), "error": "It failed.", "exit_code": 2}
    assert err == "It failed.\n"


@pytest.mark.parametrize("as_json", [False, True])
def test_a_program_without_a_console_shows_nothing_and_goes_on(
    monkeypatch: pytest.MonkeyPatch, as_json: bool
) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)
    terminal = Terminal(as_json=as_json)
    with terminal.bar("Saving") as progress:
        progress(1, 2)
    terminal.progress_of(STARTING)(1, 2)
    terminal.show(report(warnings=("x",)))
    terminal.finish(["x"], {"a": 1})
    assert terminal.fail("x", 3) == 3


def test_an_interruption_that_python_swallows_counts_at_the_next_word() -> None:
    terminal = Terminal()
    progress = terminal.progress_of(STARTING)
    progress(0, 2)
    with pytest.raises(KeyboardInterrupt):
        terminal.interrupt(2, None)
    with pytest.raises(KeyboardInterrupt):
        progress(1, 2)
    with pytest.raises(KeyboardInterrupt), terminal.bar("Saving") as count:
        count(1, 2)
