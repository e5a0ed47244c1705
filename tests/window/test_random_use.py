"""The short form of `tests.window.random_use`: some hundred random actions in the real window."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.window.random_use import use

if TYPE_CHECKING:
    from pathlib import Path

    from hdmea_gui.window.main_window import MainWindow
    from tests.window.conftest import Answers, Await


@pytest.mark.parametrize("seed", [1, 2])
def test_after_random_use_everything_is_as_typed(
    seed: int,
    window: MainWindow,
    await_: Await,
    answers: Answers,
    tmp_path: Path,
    qtlog: Any,
) -> None:
    user = await_(use(window, answers, tmp_path, seed, n_actions=150))
    assert min(user.checked[name] for name in ("labels", "notes", "label keys", "files")) > 0
    assert not [record for record in qtlog.records if "edit" in record.message.casefold()]
