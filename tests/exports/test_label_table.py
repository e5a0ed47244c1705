from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from hdmea_gui.errors import DataLoadError
from hdmea_gui.exports import UnitExcerpt, read_labels
from hdmea_gui.exports.unit_table import UNIT_TABLE
from hdmea_gui.session import PipelineSession
from hdmea_gui.session.columns import unit_columns

if TYPE_CHECKING:
    from pathlib import Path

UNITS = ("unit_001", "unit_002", "unit_003")


def test_what_was_exported_is_imported(tmp_path: Path) -> None:
    labels = {"unit_001": "=1+1", "unit_002": "", "unit_003": 'ON, "alpha"'}
    notes = {"unit_001": "two\nlines", "unit_002": "größer als 5 µm", "unit_003": "'quoted'"}
    session = PipelineSession("x")
    for unit in UNITS:
        session.units[unit] = {"spike_times": np.arange(3), "label": labels[unit], "note": notes[unit]}
    snapshot = session.snapshot()
    UNIT_TABLE.export(tmp_path / "t.csv", snapshot, UnitExcerpt.of(unit_columns(snapshot.units, 1.0)))
    table = read_labels(tmp_path / "t.csv", UNITS)
    assert table.values == {"label": labels, "note": notes}
    assert table.problems == ()


@pytest.mark.parametrize("character", "\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029\ufeff\t'")
def test_no_character_of_a_note_divides_its_row(character: str, tmp_path: Path) -> None:
    notes = {"unit_001": f"pasted{character}from elsewhere", "unit_002": f"x{character}", "unit_003": ""}
    rows = [f"{unit},{note}" for unit, note in notes.items()]
    (tmp_path / "t.csv").write_bytes("\r\n".join(["id,note", *rows]).encode())
    table = read_labels(tmp_path / "t.csv", UNITS)
    assert table.values == {"note": {unit: note.strip() for unit, note in notes.items()}}
    assert table.problems == ()


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_tables_of_spreadsheets_are_read(delimiter: str, encoding: str, tmp_path: Path) -> None:
    lines = [["Label", "rate", "ID"], ["gr\u00f6\u00dfer", "1,5", "unit_002"], ["", "", "unit_001"]]
    rows = [delimiter.join(f'"{cell}"' for cell in line) for line in lines]
    (tmp_path / "t.csv").write_bytes("\r\n".join(rows).encode(encoding))
    table = read_labels(tmp_path / "t.csv", UNITS)
    assert table.values == {"label": {"unit_002": "gr\u00f6\u00dfer", "unit_001": ""}}
    assert table.problems == ("unit_003: in the recording but not in the table, and left as before.",)


def test_what_does_not_match_is_said(tmp_path: Path) -> None:
    rows = ["id,label", "unit_001,good", "unit_009,noise", "unit_002,MUA", "unit_002,good", "unit_003"]
    (tmp_path / "t.csv").write_text("\n".join(rows), encoding="utf-8")
    table = read_labels(tmp_path / "t.csv", UNITS)
    assert table.values == {"label": {"unit_001": "good"}}
    said = " ".join(table.problems)
    assert "unit_009: in the table but not in the recording" in said
    assert "unit_002: in the table more than once" in said
    assert "unit_003: in the recording but not in the table" in said
    assert "not imported: 1" in said


@pytest.mark.parametrize(
    "content", [b"", b"unit,label\n1,good\n", b"id,rate\nunit_001,3\n", b"\x00\x81\x00", b"id,label,label\n"]
)
def test_another_file_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes(content)
    with pytest.raises(DataLoadError, match=r"t\.csv"):
        read_labels(tmp_path / "t.csv", UNITS)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataLoadError, match="cannot be read"):
        read_labels(tmp_path / "t.csv", UNITS)
