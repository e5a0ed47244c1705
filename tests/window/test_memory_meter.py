from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from hdmea_gui.models.session_model import SessionModel
from hdmea_gui.session import PipelineSession, Update
from hdmea_gui.window.memory_meter import MemoryMeter

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


class Noting(np.ndarray[Any, Any]):
    """An array that notes on which threads its size is asked for."""

    threads: ClassVar[list[int]] = []

    @property
    def nbytes(self) -> int:
        self.threads.append(threading.get_ident())
        return super().nbytes


def test_the_session_is_measured_on_another_thread_whenever_it_has_changed(qtbot: QtBot) -> None:
    model = SessionModel()
    meter = MemoryMeter(model)
    with qtbot.waitSignal(meter.measured) as first:
        session = PipelineSession("x")
        session.metadata["some"] = Noting((10,))
        model.show(session)
    assert first.args is not None
    assert first.args[0] < 10_000
    with qtbot.waitSignal(meter.measured) as second:
        model.apply(Update.of("Put", {("metadata", "much"): np.zeros(100_000)}))
    assert second.args is not None
    assert 800_000 < second.args[0] < 810_000
    with qtbot.waitSignal(meter.measured) as third:
        model.show(None)
    assert third.args == [None]
    assert Noting.threads
    assert threading.get_ident() not in Noting.threads
