from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import numpy as np

from hdmea_gui.models.session_model import SessionModel
from hdmea_gui.session import PipelineSession, Snapshot, Update
from hdmea_gui.window import memory_meter
from hdmea_gui.window.memory_meter import MemoryMeter

if TYPE_CHECKING:
    import pytest
    from pytestqt.qtbot import QtBot


def test_the_session_is_measured_on_another_thread_whenever_it_has_changed(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[int] = []

    def noted(snapshot: Snapshot) -> int:
        threads.append(threading.get_ident())
        return snapshot.nbytes

    monkeypatch.setattr(memory_meter, "_nbytes", noted)
    model = SessionModel()
    meter = MemoryMeter(model)
    with qtbot.waitSignal(meter.measured) as first:
        model.show(PipelineSession("x"))
    assert first.args is not None
    assert first.args[0] < 10_000
    with qtbot.waitSignal(meter.measured) as second:
        model.apply(Update.of("Put", {("metadata", "much"): np.zeros(100_000)}))
    assert second.args is not None
    assert 800_000 < second.args[0] < 810_000
    with qtbot.waitSignal(meter.measured) as third:
        model.show(None)
    assert third.args == [None]
    assert threads
    assert threading.get_ident() not in threads
