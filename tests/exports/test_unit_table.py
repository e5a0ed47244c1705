from __future__ import annotations

import csv
import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hdmea_gui import exports
from hdmea_gui.errors import DataLoadError, SessionError
from hdmea_gui.exports import DataExport, UnitExcerpt, read_unit_table
from hdmea_gui.exports.cells import as_cell, from_cell
from hdmea_gui.exports.unit_table import UNIT_TABLE
from hdmea_gui.session import PipelineSession
from hdmea_gui.session.columns import unit_columns

if TYPE_CHECKING:
    from pathlib import Path

HARMFUL = ["=1+1", "+1", "-2", "@SUM(A1)", "\t=1", "\r=1", " =1+1", '=HYPERLINK("http://x")', "\uff1d1"]


def session_with(**fields: list[Any]) -> PipelineSession:
    session = PipelineSession("x")
    n_units = len(next(iter(fields.values())))
    for number in range(n_units):
        spikes = np.arange(100 * (number + 1), dtype=np.uint64)
        session.units[f"unit_{number:03d}"] = {"spike_times": spikes} | {
            name: values[number] for name, values in fields.items()
        }
    return session


def export(session: PipelineSession, path: Path) -> None:
    snapshot = session.snapshot()
    UNIT_TABLE.export(path, snapshot, UnitExcerpt.of(unit_columns(snapshot.units, 3.0)))


def test_the_table_reads_back_equal(tmp_path: Path) -> None:
    path = tmp_path / "units.csv"
    notes = ['a "quoted", long\nremark, with µ', "", "ON"]
    export(session_with(note=notes, dsi=[0.25, np.nan, 1 / 3], good=[True, False, True]), path)
    read = read_unit_table(path)
    assert read["note"] == notes
    assert read["dsi"] == ["0.25", "", repr(1 / 3)]
    assert read["good"] == ["true", "false", "true"]
    assert read["spikes"] == ["100", "200", "300"]
    assert [float(rate) for rate in read["rate"]] == [100 / 3, 200 / 3, 100.0]


def test_excel_recognises_the_encoding(tmp_path: Path) -> None:
    export(session_with(note=["µ"]), tmp_path / "units.csv")
    assert (tmp_path / "units.csv").read_bytes().startswith(b"\xef\xbb\xbfid,")


def test_no_text_is_a_formula_and_all_read_back_equal(tmp_path: Path) -> None:
    path = tmp_path / "units.csv"
    texts = [*HARMFUL, "'=1+1", "'quoted'", "fine", "a=b", ""]
    export(session_with(label=texts), path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        cells = [row["label"] for row in csv.DictReader(file)]
    assert not any(cell.lstrip().startswith(("=", "+", "-", "@", "\uff1d")) for cell in cells)
    assert cells[-3:] == ["fine", "a=b", ""]
    assert read_unit_table(path)["label"] == texts


def test_numbers_below_zero_stay_numbers(tmp_path: Path) -> None:
    path = tmp_path / "units.csv"
    export(session_with(on_off_ratio=[-0.5, -2.0]), path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        assert [row["on_off_ratio"] for row in csv.DictReader(file)] == ["-0.5", "-2"]


def test_the_clipboard_holds_no_formula_either() -> None:
    columns = unit_columns(session_with(label=["=1+1", "-x"]).units)
    text = UnitExcerpt.of([columns["id"], columns["label"]]).tab_separated()
    assert text == "id\tlabel\nunit_000\t'=1+1\nunit_001\t'-x\n"


@given(st.text())
def test_every_text_comes_back_from_its_cell(text: str) -> None:
    assert from_cell(as_cell(text)) == text


def test_an_excerpt_keeps_the_order_of_rows() -> None:
    columns = unit_columns(session_with(row=[1, 2, 3]).units)
    excerpt = UnitExcerpt.of([columns["id"], columns["row"]], np.array([2, 0]))
    assert excerpt.tab_separated() == "id\trow\nunit_002\t3\nunit_000\t1\n"


def test_a_table_that_cannot_be_written_leaves_the_old_one(tmp_path: Path) -> None:
    session = session_with(row=[1])
    with pytest.raises(SessionError, match=r"not written to .*nowhere"):
        export(session, tmp_path / "nowhere" / "units.csv")
    target = tmp_path / "folder.csv"
    target.mkdir()
    with pytest.raises(SessionError, match="Choose another folder"):
        export(session, target)
    assert [path.name for path in tmp_path.iterdir()] == ["folder.csv"]


def test_another_file_is_no_unit_table(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DataLoadError, match="not a unit table"):
        read_unit_table(tmp_path / "a.csv")


def run(*words: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "hdmea_gui", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def test_the_command_line_exports_all_units(tmp_path: Path) -> None:
    saved = session_with(label=["=1+1", "ON"], dsi=[0.25, 0.5]).save(tmp_path / "session.h5")
    out = tmp_path / "units.csv"
    done = run("export", saved, "--to", "table", out, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["units"] == 2
    assert read_unit_table(out)["label"] == ["=1+1", "ON"]
    again = run("export", saved, "--to", "table", out)
    assert (again.returncode, "--overwrite" in again.stderr) == (1, True)
    assert run("export", saved, "--to", "table", out, "--overwrite").returncode == 0
    wrong = run("export", saved, "--to", "table", tmp_path / "units.h5")
    assert (wrong.returncode, "ending .csv" in wrong.stderr) == (2, True)


def test_an_entry_of_the_table_is_on_the_command_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from hdmea_gui.cli import main

    def write(path: Path, snapshot: Any, excerpt: UnitExcerpt) -> None:
        path.write_text(f"{snapshot.dataset_id}: {len(excerpt.vectors[0])} units")

    invented = DataExport("count", "Count", "Write the number of units.", (".txt",), write)
    monkeypatch.setattr(exports, "EXPORTS", (*exports.EXPORTS, invented))
    saved = session_with(row=[1, 2]).save(tmp_path / "session.h5")
    assert main(["export", str(saved), "--to", "count", str(tmp_path / "out.txt")]) == 0
    assert (tmp_path / "out.txt").read_text() == "x: 2 units"
    with pytest.raises(SystemExit):
        main(["export", "--help"])
    assert "Write the number of units." in capsys.readouterr().out


def test_no_export_replaces_a_recording(reference: Path, tmp_path: Path) -> None:
    target = tmp_path / "recording.csv"
    target.write_bytes((reference / "2026.02.03-10.11.12-Rec-.cmtr").read_bytes())
    before = target.read_bytes()
    with pytest.raises(SessionError, match="never replaced"):
        export(session_with(row=[1]), target)
    assert target.read_bytes() == before
