"""The playlists that a user can choose from."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from tests.window.waiting import until

if TYPE_CHECKING:
    from pathlib import Path

    from hdmea_gui.window.main_window import MainWindow
    from tests.window.conftest import Await

HEAD = "playlist_name,movie_names\n"


def table(path: Path, *names: str) -> Path:
    path.write_text(HEAD + "".join(f"{name},\"['a.mov']\"\n" for name in names), encoding="utf-8")
    return path


def marked(window: MainWindow) -> list[str]:
    """What stands at the fields of the form."""
    labels = window.workbench.panels.pipeline.rows["add_section_time"].form.findChildren(QLabel, "complaint")
    return [label.text() for label in labels if not label.isHidden()]


def test_the_playlists_of_the_table_are_offered_and_others_marked(
    window: MainWindow, await_: Await, tmp_path: Path
) -> None:
    path = table(tmp_path / "playlist.csv", "set7", "set6a")
    window.workbench.settings.keep(dataclasses.replace(window.workbench.settings.current, playlist_file=path))
    offered, row = window.playlist_names.offered, window.workbench.panels.pipeline.rows["add_section_time"]
    assert offered.names == []
    row.title.click()
    await_(until(lambda: offered.names == ["set6a", "set7"]))
    assert offered.all.isVisible()
    line = row.form.fields["playlist_name"].line()
    line.setFocus()
    QTest.keyClicks(line, "set6b")
    assert marked(window) == [
        "The playlist 'set6b' is not in playlist.csv. It has: set6a, set7. "
        "Choose one of these, or another file under Preferences."
    ]
    assert window.workbench.panels.pipeline.misfits() == []  # the table may change until the step is run
    QTest.keyClick(line, Qt.Key.Key_Backspace)
    QTest.keyClick(line, Qt.Key.Key_A, Qt.KeyboardModifier.NoModifier)
    assert marked(window) == []

    # Another table under Preferences, and one named in the form
    other = table(tmp_path / "other.csv", "evening")
    window.workbench.settings.keep(
        dataclasses.replace(window.workbench.settings.current, playlist_file=other)
    )
    await_(until(lambda: offered.names == ["evening"]))
    assert marked(window)[0].startswith("The playlist 'set6a' is not in other.csv. It has: evening.")
    file = row.form.fields["playlist_file"].line()
    file.setFocus()
    file.selectAll()
    QTest.keyClicks(file, str(path))
    await_(until(lambda: offered.names == ["set6a", "set7"]))
    assert marked(window) == []


def test_a_table_that_cannot_be_read_is_said_at_its_field(
    window: MainWindow, await_: Await, tmp_path: Path
) -> None:
    window.workbench.settings.keep(
        dataclasses.replace(window.workbench.settings.current, playlist_file=tmp_path / "gone.csv")
    )
    window.workbench.panels.pipeline.rows["add_section_time"].title.click()
    await_(until(lambda: bool(marked(window))))
    assert "gone.csv" in marked(window)[0]
    assert not window.playlist_names.offered.all.isVisible()
