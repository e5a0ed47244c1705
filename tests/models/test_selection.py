from __future__ import annotations

from typing import TYPE_CHECKING

from hdmea_gui.models.selection import Selection

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


def test_whoever_is_told_finds_everything_as_it_will_stay(qtbot: QtBot) -> None:  # noqa: ARG001 - an application
    selection = Selection()
    selection.show(["a", "b", "c"], ["a"])
    seen: list[tuple[str, tuple[str, ...], str, tuple[str, ...]]] = []

    def note(name: str) -> None:
        seen.append((name, selection.units, selection.current, selection.visible))

    selection.visible_changed.connect(lambda: note("visible"))
    selection.units_changed.connect(lambda: note("units"))
    selection.current_changed.connect(lambda _unit: note("current"))
    selection.show(["c", "b"], ["b", "c"])
    now = (("b", "c"), "b", ("c", "b"))
    assert seen == [("visible", *now), ("units", *now), ("current", *now)]
    seen.clear()
    selection.show(["c", "b"])
    selection.select(["b", "c"])
    assert seen == []
    selection.select(["c"], "c")
    assert [name for name, *_ in seen] == ["units", "current"]
    assert selection.visible == ("c", "b")


def test_what_is_shown_leaves_the_selected_alone(qtbot: QtBot) -> None:  # noqa: ARG001 - an application
    selection = Selection()
    selection.show(["a", "b"])
    selection.select(["b"], "b")
    selection.show(["a"])
    assert (selection.units, selection.current) == (("b",), "b")
    selection.step(1)
    assert selection.current == "a"
