from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from hdmea_gui.session import REMOVED, Change, Update, create_session, differences, snapshot_after
from hdmea_gui.session.snapshot import CONTENT
from hdmea_gui.session.tree import same

if TYPE_CHECKING:
    from hdmea_gui.session import Snapshot

keys = st.sampled_from(["a", "b", "c"])
leaf = st.one_of(st.integers(), st.text(max_size=3), st.builds(np.arange, st.integers(0, 99)))
values: st.SearchStrategy[Any] = st.recursive(
    leaf, lambda inner: st.dictionaries(keys, inner, max_size=3), max_leaves=6
)
branches = st.dictionaries(keys, st.dictionaries(keys, values, max_size=3), max_size=3)
changes = st.one_of(
    st.builds(lambda key, value: Change(("units", key), value), keys, st.one_of(branches, st.just(REMOVED))),
    st.builds(
        lambda one, other, value: Change(("metadata", one, other), value),
        keys,
        keys,
        st.one_of(values, st.just(REMOVED)),
    ),
    st.builds(
        lambda key, value: Change(("completed_steps", key), value), keys, st.sampled_from([True, REMOVED])
    ),
    st.builds(lambda value: Change(("units",), value), branches),
    st.just(Change(("completed_steps",), set())),
    st.builds(lambda texts: Change(("warnings",), texts), st.lists(st.text(max_size=2), max_size=2)),
)
updates = st.builds(
    lambda made, warnings: Update("change", tuple(made), tuple(warnings)),
    st.lists(changes, max_size=5),
    st.lists(st.text(max_size=2), max_size=2),
)


def order(tree: Any) -> list[Any]:
    return [(key, order(value)) for key, value in tree.items()] if isinstance(tree, dict) else []


def equal(one: Snapshot, other: Snapshot) -> bool:
    names = [name for name in CONTENT if isinstance(getattr(one, name), dict)]
    if any(order(getattr(one, name)) != order(getattr(other, name)) for name in names):
        return False
    return one.dataset_id == other.dataset_id and all(
        same(getattr(one, name), getattr(other, name)) for name in CONTENT
    )


@given(branches, st.lists(updates, max_size=4))
def test_it_is_the_snapshot_that_the_session_would_give(units: dict[str, Any], made: list[Update]) -> None:
    session = create_session("x")
    session.units |= units
    session.metadata.update({key: {} for key in "abc"})
    snapshot = session.snapshot()
    history = []
    for update in made:
        before = session.snapshot()
        history.append(session.apply(update))
        following = snapshot_after(snapshot, update)
        assert equal(following, session.snapshot())
        assert equal(snapshot, before)  # the old one is untouched
        snapshot = following
    for inverse in reversed(history):
        session.apply(inverse)
        snapshot = snapshot_after(snapshot, inverse)
        assert equal(snapshot, session.snapshot())


def test_what_did_not_change_is_shared() -> None:
    session = create_session("x")
    session.add_units({"unit_001": {"features": {}}, "unit_002": {"features": {}}})
    snapshot = session.snapshot()
    update = Update.of("Label", {("units", "unit_001", "label"): "good"})
    following = snapshot_after(snapshot, update)
    assert following.units["unit_002"] is snapshot.units["unit_002"]
    assert following.metadata is snapshot.metadata
    assert differences(snapshot, following) == ["units/unit_001/label"]
