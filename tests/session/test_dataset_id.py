"""Names of recordings that every system takes as file names, and those that some do not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hdmea_gui.errors import HDMEAError, ValidationError
from hdmea_gui.session.dataset_id import validated_dataset_id

GOOD = [
    "2026.02.03-10.11.12-Rec",
    "a",
    "-a",
    "_",
    "0",
    "rec 1 (left eye)",
    "Zelle µ 4°",
    "網膜",
    "rec🙂",
    "a..b",
    "console",
    "CONtrol.1",
    "com",
    "com10",
    "com1x",
    "lpt",
    "auxiliary",
    "nul-1",
    "my.con",
    "my.nul.txt",
    "conin",
    "~x",
    "%20",
    "a'b",
    "$HOME",
    "#1",
    "x" * 200,
    "µ" * 100,
]

BAD = {
    "empty": ["", "-", " - -", " ", "   ", "\t", "\n", "\u00a0", "\u2003 "],
    "dots": [".", "..", "...", ".a", "..a", "a.", "a..", ". .", ".a.", "a .", " .a"],
    "dots and spaces": ["a. ", "a. -"],
    "slashes": ["a/b", "/a", "a/", "../a", "a\\b", "C:\\a", "\\\\host\\a", "/"],
    "signs": ["a:b", "a*", "a?", 'a"b', "<a", "a>", "a|b", "c:"],
    "control": [
        "a\0",
        "a\nb",
        "a\rb",
        "a\x1bb",
        "a\x7fb",
        "a\x80",
        "a\x9fb",
        "a\u2028b",
    ],
    "surrogates": ["a\udcff", "\ud800"],
    "reserved": [
        "con",
        "CON",
        "Con",
        "prn",
        "aux",
        "nul",
        "com1",
        "COM9",
        "com0",
        "lpt1",
        "LPT9",
        "com¹",
        "LPT²",
        "lpt³",
    ],
    "reserved stems": [
        "con.x",
        "NUL.2026.02.03",
        "com1.",
        "aux.tar.gz",
        "con .x",
        "CONIN$",
        "conout$",
        "CONOUT$.a",
    ],
    "long": ["x" * 201, "µ" * 101, "x" * 5000],
}


@pytest.mark.parametrize("name", GOOD)
def test_names_that_every_system_takes(name: str) -> None:
    assert validated_dataset_id(name) == name


@pytest.mark.parametrize("name", ["a-", "a--", " a", "a ", "\ta\n", "a\u3000", "\u00a0a", "a - -", " a- "])
def test_spaces_around_a_name_and_hyphens_at_its_end_are_dropped(name: str) -> None:
    assert validated_dataset_id(name) == "a"


@pytest.mark.parametrize(
    ("kind", "name"), [(kind, name) for kind, names in BAD.items() for name in names], ids=repr
)
def test_names_that_some_system_does_not_take(kind: str, name: str) -> None:
    with pytest.raises(ValidationError) as caught:
        validated_dataset_id(name)
    assert isinstance(caught.value, (HDMEAError, ValueError))
    text = str(caught.value)
    assert ("is empty" in text) == (kind == "empty")
    assert text.isprintable()
    assert text.encode()
    assert len(text) < 400


@pytest.mark.parametrize("name", [None, 5, b"rec", Path("rec"), ["rec"], True])
def test_what_is_no_text_is_refused_as_such(name: object) -> None:
    with pytest.raises(ValidationError, match="must be text"):
        validated_dataset_id(name)  # type: ignore[arg-type]


@given(name=st.text(max_size=12) | st.text("con.auxlpt1 \\/:", max_size=6))
def test_whatever_is_taken_names_a_file_in_its_folder(
    tmp_path_factory: pytest.TempPathFactory, name: str
) -> None:
    folder = tmp_path_factory.getbasetemp() / "names"
    folder.mkdir(exist_ok=True)
    try:
        taken = validated_dataset_id(name)
    except ValidationError:
        return
    path = folder / f"{taken}.h5"
    path.touch()
    assert path.parent == folder
    assert path.stem == taken == re.sub(r"[\s-]+$", "", name.strip())
    assert path.name in {entry.name for entry in folder.iterdir()}
    path.unlink()
