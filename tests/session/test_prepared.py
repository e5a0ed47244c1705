from __future__ import annotations

from typing import Any

import numpy as np

from hdmea_gui.session import REMOVED, Change, PipelineSession, Prepared, Update, differences, snapshot_after


def a_session() -> PipelineSession:
    session = PipelineSession("x")
    session.add_units(
        {f"unit_{n:03d}": {"row": n, "features": {"a": {"data": {"x": 1.0}}}} for n in range(3)}
    )
    session.metadata["rate"] = 20000.0
    session.completed_steps.add("load_recording")
    return session


def an_update() -> Update:
    trials = {0: np.arange(5), 1: np.arange(7)}
    return Update(
        "Section",
        (
            Change(("units", "unit_000", "features", "a"), REMOVED),
            Change(("units", "unit_001", "cut"), {"movie": {"trials": trials, "names": ["a", "b"]}}),
            Change(("metadata", "rate"), 10.0),
            Change(("completed_steps", "section"), True),
        ),
        ("a warning",),
    )


def containers(value: Any) -> set[int]:
    """Identities of everything in a tree that could be changed."""
    if isinstance(value, dict):
        return {id(value)}.union(*map(containers, value.values()))
    return {id(value)}.union(*map(containers, value)) if isinstance(value, list) else set()


def test_a_prepared_update_does_what_the_update_does() -> None:
    plain, quick = a_session(), a_session()
    inverse = plain.apply(an_update())
    prepared = Prepared.of(an_update(), quick.snapshot())
    quick_inverse = quick.apply(prepared.update, prepared.copies)
    assert differences(plain.snapshot(), quick.snapshot()) == []
    assert differences(quick.snapshot(), prepared.following) == []
    assert [change.path for change in inverse.changes] == [change.path for change in quick_inverse.changes]
    quick.apply(quick_inverse)
    assert differences(quick.snapshot(), prepared.base) == []


def test_the_session_shares_no_container_with_the_snapshot_or_the_update() -> None:
    session = a_session()
    prepared = Prepared.of(an_update(), session.snapshot())
    session.apply(prepared.update, prepared.copies)
    held = containers(session.units) | containers(session.metadata)
    assert not held & containers(prepared.following.units)
    assert not held & containers([change.value for change in prepared.update.changes])
    session.units["unit_001"]["cut"]["movie"]["names"].append("c")
    assert prepared.following.units["unit_001"]["cut"]["movie"]["names"] == ["a", "b"]


def test_what_is_put_at_the_end_is_in_everything() -> None:
    session = a_session()
    prepared = Prepared.of(an_update(), session.snapshot()).extended({("units", "unit_002", "label"): "good"})
    session.apply(prepared.update, prepared.copies)
    assert session.units["unit_002"]["label"] == "good"
    assert differences(session.snapshot(), prepared.following) == []


def test_it_knows_what_undoing_it_holds() -> None:
    session = a_session()
    old = np.zeros(1000)
    session.units["unit_001"]["cut"] = {"movie": old}
    prepared = Prepared.of(an_update(), session.snapshot())
    assert old.nbytes < prepared.displaced_bytes < old.nbytes + 3000


def test_another_base_is_followed_by_the_update_alone() -> None:
    """A label that was given meanwhile: the model makes the snapshot anew."""
    session = a_session()
    prepared = Prepared.of(an_update(), session.snapshot())
    label = Update.of("Label", {("units", "unit_002", "label"): "MUA"})
    base = session.snapshot()
    session.apply(label)
    session.apply(prepared.update, prepared.copies)
    following = snapshot_after(snapshot_after(base, label), prepared.update)
    assert differences(session.snapshot(), following) == []
