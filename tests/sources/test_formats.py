"""A new format is one object: everything else follows from the table of formats."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtWidgets import QFileDialog, QToolButton

from hdmea_gui.cli import main as run_command
from hdmea_gui.errors import DataLoadError, SessionError
from hdmea_gui.session import PipelineSession, create_session
from hdmea_gui.sources import describe_source, format_of, is_recording
from hdmea_gui.window.dialogs.recording import RecordingDialog
from tests.sources.phy_folder import write_phy

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

NAME = "2026.02.03-10.11.12-Rec"


def test_the_preview_and_inspect_describe_it(invented: Path, capsys: pytest.CaptureFixture[str]) -> None:
    summary = describe_source(invented, "sorting")
    assert (summary.n_units, summary.n_counted, summary.rate_hz) == (2, 5, 10000.0)
    assert run_command(["inspect", str(invented)]) == 0
    assert "units: 2" in capsys.readouterr().out


def test_file_dialogs_offer_it(invented: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    offered: list[str] = []

    def choose(_parent: object, _title: str, _start: str, kinds: str) -> tuple[str, str]:
        offered.append(kinds)
        return str(invented), kinds

    monkeypatch.setattr(QFileDialog, "getOpenFileName", choose)
    dialog = RecordingDialog()
    qtbot.addWidget(dialog)
    [button] = dialog.sorted.findChildren(QToolButton)
    button.click()
    assert "*.spk" in offered[0]
    assert "*.cmtr" in offered[0]
    assert dialog.sorted.path() == invented


def test_the_command_line_names_and_loads_it(
    invented: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        run_command(["run", "--help"])
    assert "invented sorter" in " ".join(capsys.readouterr().out.split())
    out = tmp_path / "out.h5"
    words = ["run", "--sorting", str(invented), "--steps", "load_recording", "--output", str(out)]
    assert run_command(words) == 0
    session = PipelineSession.load(out)
    assert np.asarray(session.units["unit_001"]["spike_times"]).tolist() == [5, 100, 2000]
    assert session.source_files["sorting_path"] == invented
    assert session.metadata["sorting_meta"] == {"Program": "invented"}
    assert session.metadata["acquisition_rate"] == 10000.0


def test_it_is_never_overwritten(invented: Path) -> None:
    before = invented.read_bytes()
    with pytest.raises(SessionError, match="never replaced"):
        create_session("x").save(invented)
    renamed = invented.rename(invented.with_suffix(".h5"))
    with pytest.raises(SessionError, match="never replaced"):
        create_session("x").save(renamed)
    assert renamed.read_bytes() == before


def test_nothing_that_a_folder_of_a_source_holds_is_overwritten(tmp_path: Path) -> None:
    folder = write_phy(tmp_path / "ks", {0: np.array([1, 2])}, groups={0: "good"})
    for path in [path for path in folder.iterdir() if path.suffix != ".dat"]:
        before = path.read_bytes()
        with pytest.raises(SessionError, match="never replaced"):
            create_session("x").save(path)
        assert path.read_bytes() == before
    assert create_session("x").save(folder / "session.h5").exists()  # another file in it may be
    create_session("x").save(folder / "session.h5")


@pytest.mark.parametrize(("role", "name"), [("sorting", f"{NAME}.cmcr"), ("raw", f"{NAME}-.cmtr")])
def test_a_source_in_the_wrong_place_says_where_it_belongs(reference: Path, role: str, name: str) -> None:
    with pytest.raises(DataLoadError, match=f"{name} is a .* file of CMOS-MEA-.* use it as the"):
        describe_source(reference / name, role)  # type: ignore[arg-type]


def test_contents_decide_where_the_name_says_nothing(reference: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.bin"
    copy.write_bytes((reference / f"{NAME}-.cmtr").read_bytes())
    found = format_of(copy)
    assert found is not None
    assert found.role == "sorting"
    assert is_recording(copy)
    (tmp_path / "notes.txt").write_text("x")
    assert not is_recording(tmp_path / "notes.txt")
    assert format_of(tmp_path / "notes.txt") is None
