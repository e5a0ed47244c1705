"""Tables of playlists and movie lengths, as people and spreadsheets write them."""

from __future__ import annotations

import csv
import json
import os
from io import StringIO
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hdmea_gui.errors import ConfigurationError, DataLoadError
from hdmea_gui.io.movie_names import movie_name
from hdmea_gui.io.playlist import (
    lengths_of,
    playlist_movies,
    read_movie_lengths,
    read_playlists,
)

if TYPE_CHECKING:
    from pathlib import Path

HEADER = "playlist_name,movie_names\n"


def write(folder: Path, text: str | bytes) -> Path:
    path = folder / "table.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def table(
    rows: list[tuple[str, str]], delimiter: str = ",", columns: str = "playlist_name movie_names"
) -> str:
    text = StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter)
    writer.writerow(columns.split())
    writer.writerows(rows)
    return text.getvalue()


def test_the_reference_tables(reference: Path) -> None:
    movies = playlist_movies(reference / "playlist.csv", "demo_set")
    assert movies == ["dense_noise_15x15_demo", "step_up_5s_5i_demo"]
    lengths = read_movie_lengths(reference / "movie_length.csv")
    assert lengths_of(movies, lengths, reference / "movie_length.csv") == [3600, 2100]


@pytest.mark.parametrize(
    ("file_name", "name"),
    [
        ("a.mov", "a"),
        ("A.MOV", "A"),
        ("a.tar.gz", "a.tar.gz"),
        ("step_up_5s.v2.mov", "step_up_5s.v2"),
        ("step_up_0.5hz", "step_up_0.5hz"),
        ("step_up_0.25hz.mp4", "step_up_0.25hz"),
        (" a .mov", "a"),
        ("a", "a"),
        ("Ünit µ.avi", "Ünit µ"),
        (".mov", ""),
        ("", ""),
    ],
)
def test_only_a_video_ending_is_cut_from_a_name(file_name: str, name: str) -> None:
    assert movie_name(file_name) == name


@pytest.mark.parametrize(
    "written",
    [
        "['a.mov', 'b.avi']",
        '["a.mov", "b.mov"]',
        "('a.mov', 'b.mov')",
        "'a.mov', 'b.mov'",
        "  [ 'a.mov' ,\n 'b.mov' , ] ",
        "['''a.mov''', \"b.mov\"]",
        r'["a.mov", "\u0062.mov"]',
        "[\u2018a.mov\u2019, \u2018b.mov\u2019]",
        "[\u201ea.mov\u201c, \u201cb.mov\u201d]",
    ],
)
@pytest.mark.parametrize("delimiter", [",", ";"])
@pytest.mark.parametrize("bom", ["", "\ufeff"])
def test_every_way_to_write_a_list(tmp_path: Path, written: str, delimiter: str, bom: str) -> None:
    path = write(tmp_path, bom + table([("p", written)], delimiter))
    assert read_playlists(path) == {"p": ["a", "b"]}


@pytest.mark.parametrize(
    "text",
    [
        "playlist_name,movie_names\r\np,\"['a', 'b']\"\r\n",
        "playlist_name,movie_names\rp,\"['a', 'b']\"\r",
        "playlist_name,movie_names\np,\"['a', 'b']\"",
        "playlist_name;movie_names\r\np;['a', 'b']\r\n",
        "playlist_name;movie_names\rp;['a', 'b']\r",
        " playlist_name , movie_names \n p , \"['a', 'b']\" \n",
        '"playlist_name","movie_names"\n"p","[""a"", ""b""]"\n',
        "id,movie_names,notes,playlist_name\n1,\"['a', 'b']\",\"x, y\",p\n",
        "playlist_name,movie_names,\np,\"['a', 'b']\",,,\n,,,\n\n  ,\n",
    ],
)
def test_every_way_to_write_the_table(tmp_path: Path, text: str) -> None:
    assert read_playlists(write(tmp_path, text)) == {"p": ["a", "b"]}


NAMES = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Zs", "Zl", "Zp"], exclude_characters=".,;"), min_size=1
)


@given(
    names=st.lists(NAMES, min_size=1, max_size=4),
    delimiter=st.sampled_from(",;"),
    as_json=st.booleans(),
    newline=st.sampled_from(["\n", "\r\n"]),
)
def test_any_names_come_back(
    tmp_path_factory: pytest.TempPathFactory, names: list[str], delimiter: str, as_json: bool, newline: str
) -> None:
    files = [f"{name}.mov" for name in names]
    text = table([("p", json.dumps(files) if as_json else repr(files))], delimiter)
    path = write(tmp_path_factory.mktemp("table"), text.replace("\r\n", newline))
    assert read_playlists(path) == {"p": names}


@pytest.mark.filterwarnings("default")
def test_a_stray_backslash_is_read_without_a_word(tmp_path: Path, recwarn: pytest.WarningsRecorder) -> None:
    path = write(tmp_path, table([("p", r"['a\d.mov']")]))
    assert read_playlists(path) == {"p": [r"a\d"]}
    assert not recwarn.list


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('touch {flag}')",
        "[__import__('os').system('touch {flag}')]",
        "['a' for _ in [open('{flag}', 'w')]]",
        "(lambda: open('{flag}', 'w'))()",
        "[open('{flag}', 'w').name]",
        'f\'{{open("{flag}", "w")}}\'',
        "exec(\"open('{flag}', 'w')\")",
    ],
)
def test_code_is_refused_and_never_run(tmp_path: Path, text: str) -> None:
    flag = tmp_path / "ran"
    path = write(tmp_path, table([("p", text.format(flag=flag))]))
    with pytest.raises(DataLoadError, match="must be a list such as"):
        read_playlists(path)
    assert not flag.exists()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a.mov",
        "a.mov, b.mov",
        "'a.mov'",
        "[1, 2]",
        "['a', None]",
        '["a", null]',
        "[['a']]",
        "{'a', 'b'}",
        "{'a': 1}",
        "{[]: 1}",
        "{{}}",
        "b'a'",
        "[b'a']",
        "['a'",
        "['a', '']",
        "['.mov']",
        "['a' 1]",
        "\u2018a.mov\u2019",
        "[" * 5000,
        "(" * 90 + "1" + ")" * 90,
        "-" * 20000 + "1",
        "1+" * 20000 + "1",
        "9" * 5000,
        "[0x" + "f" * 5000 + "]",
        "['a.mov' 'b.mov']",
        "['a' 'b']",
        "['a.mov, b.mov']",
        "['a; b']",
        "['a.mov'; 'b.mov']",
        "['a.mov b.mov']",
        "['a.mov\nb.mov']",
        "[\"a.mov', 'b.mov\"]",
        "['a.mov'] ['b.mov']",
        "['a.mov'], ['b.mov']",
        "['a.mov'] + ['b.mov']",
        "['a.mov'] # , 'b.mov'",
        "['a.mov', # 'b.mov',\n 'c.mov']",
        "['a.mov', 'b.mov',",
    ],
)
def test_what_is_no_list_of_names_is_refused_with_its_line(tmp_path: Path, text: str) -> None:
    path = write(tmp_path, table([("good", "['a']"), ("bad", text)]))
    with pytest.raises(DataLoadError, match=r"line \d+: the movie names are") as caught:
        read_playlists(path)
    assert caught.value.file_path == path
    assert str(path) in str(caught.value)
    assert len(str(caught.value)) < 1000


def test_the_line_that_is_wrong_is_named(tmp_path: Path) -> None:
    path = write(tmp_path, HEADER + "a,\"['x']\"\n\nb,\"['x',\n'y']\"\nc,x\n")
    with pytest.raises(DataLoadError, match=r"line 6"):
        read_playlists(path)


@pytest.mark.parametrize(
    "text", ["", "\n", "playlist_name\n", "playlist,movie_names\n", "a;b\n", "movie_names\np"]
)
def test_a_missing_column_is_named_with_those_there(tmp_path: Path, text: str) -> None:
    path = write(tmp_path, text)
    missing = "movie_names" if text == "playlist_name\n" else "playlist_name"
    with pytest.raises(DataLoadError, match=f"no column '{missing}'. Its columns are: ") as caught:
        read_playlists(path)
    assert str(caught.value).startswith(str(path))
    if text == "a;b\n":
        assert str(caught.value).endswith("a, b.")


@pytest.mark.parametrize("content", [b"\x89HDF\r\n\x1a\n\xff\xfe", b"PK\3\4\x14\0\6\0", b"a\x81b"])
def test_a_file_of_another_kind_is_explained(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(DataLoadError, match="UTF-8"):
        read_playlists(write(tmp_path, content))


ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252")
LINE_ENDS = ("\n", "\r\n", "\r")
LISTS = ("['gr\u00fcn.mov', 'b.mov']", '["gr\u00fcn.mov", "b.mov"]', "('gr\u00fcn.avi', 'b.MOV')")
BEFORE = ("", "\n\n", "sep={}\n", "{0}{0}\n")


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("separator", list(",;\t|"))
def test_well_formed_tables_are_read(tmp_path: Path, encoding: str, separator: str) -> None:
    n_read = 0
    for line_end in LINE_ENDS:
        for names in LISTS:
            for before in BEFORE:
                for quoting in (csv.QUOTE_ALL, csv.QUOTE_MINIMAL):
                    text = StringIO(newline="")
                    writer = csv.writer(text, delimiter=separator, quoting=quoting, lineterminator="\n")
                    writer.writerows([("playlist_name", "movie_names", ""), ("p", names, "")])
                    whole = (before.format(separator) + text.getvalue()).replace("\n", line_end)
                    assert read_playlists(write(tmp_path, whole.encode(encoding))) == {
                        "p": ["gr\u00fcn", "b"]
                    }
                    n_read += 1
    assert n_read * len(ENCODINGS) * 4 > 200


@pytest.mark.parametrize(
    ("rows", "line"),
    [
        ("p,\"['a.mov', 'b.mov']\"\n,\"['c.mov']\"\n", 3),
        ("p,\"['a.mov', 'b.mov',\"\n,'c.mov']\n", 3),
        ("p,\"['a.mov']\",\"['b.mov']\"\n", 2),
        ("p,['a.mov', 'b.mov']\n", 2),
    ],
)
def test_a_row_that_may_lose_a_movie_is_refused_with_its_text(tmp_path: Path, rows: str, line: int) -> None:
    path = write(tmp_path, HEADER + rows)
    with pytest.raises(DataLoadError, match=rf"table.csv, line {line}: .*The line reads: .*mov"):
        read_playlists(path)


def test_lines_are_counted_from_the_start_of_the_file(tmp_path: Path) -> None:
    path = write(tmp_path, "sep=;\n\nplaylist_name;movie_names\np;nothing\n")
    with pytest.raises(DataLoadError, match="line 4"):
        read_playlists(path)


def test_a_column_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataLoadError, match="'movie_names' twice"):
        read_playlists(write(tmp_path, "playlist_name,movie_names,movie_names\np,['a'],['b']\n"))


def test_a_row_with_nothing_but_a_remark_is_passed_over(tmp_path: Path) -> None:
    text = "playlist_name,movie_names,remark\n,,from Monday on\np,['a.mov'],\n"
    assert read_playlists(write(tmp_path, text)) == {"p": ["a"]}


@pytest.mark.parametrize("content", ["x" * 200_000, HEADER + "p," + "x" * 200_000, "\0" * 100, "PK\3\4,\0"])
def test_a_file_that_is_no_table_is_explained(tmp_path: Path, content: str) -> None:
    with pytest.raises(DataLoadError) as caught:
        read_playlists(write(tmp_path, content))
    assert len(str(caught.value)) < 1000


def test_a_file_that_is_not_there_and_a_folder(tmp_path: Path) -> None:
    for path in (tmp_path / "no.csv", tmp_path):
        with pytest.raises(DataLoadError, match="cannot be read") as caught:
            read_playlists(path)
        assert str(path) in str(caught.value)


def test_an_unknown_playlist_is_answered_with_those_there(tmp_path: Path) -> None:
    path = write(tmp_path, table([("b", "['x']"), ("a", "['y']")]))
    with pytest.raises(ConfigurationError, match=r"'c' is not in .*It has: a, b\."):
        playlist_movies(path, "c")
    with pytest.raises(ConfigurationError, match="It has: none"):
        playlist_movies(write(tmp_path, HEADER), "c")


def test_a_playlist_without_movies_disturbs_only_who_wants_it(tmp_path: Path) -> None:
    path = write(tmp_path, table([("empty", "[]"), ("full", "['a']")]))
    assert read_playlists(path) == {"empty": [], "full": ["a"]}
    assert playlist_movies(path, "full") == ["a"]
    with pytest.raises(ConfigurationError, match=r"'empty' in .* has no movies"):
        playlist_movies(path, "empty")


def test_a_movie_may_be_shown_twice(tmp_path: Path) -> None:
    path = write(tmp_path, table([("p", "['a.mov', 'b.mov', 'a.mov']")]))
    assert playlist_movies(path, "p") == ["a", "b", "a"]


def test_a_playlist_told_twice_must_be_told_alike(tmp_path: Path) -> None:
    path = write(tmp_path, table([("p", "['a', 'b']"), ("p", '["a.mov", "b.mov"]')]))
    assert read_playlists(path) == {"p": ["a", "b"]}
    path = write(tmp_path, table([("p", "['a', 'b']"), ("p", "['b', 'a']")]))
    with pytest.raises(DataLoadError, match=r"line 3: .*'p'.* line 2"):
        read_playlists(path)


# Movie lengths


def lengths_table(*rows: tuple[str, str], delimiter: str = ",") -> str:
    return table(list(rows), delimiter, "movie_name movie_length")


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_lengths_of_movies_with_and_without_endings(tmp_path: Path, delimiter: str) -> None:
    text = lengths_table(
        ("a.mov", "10"),
        ("b.v1.mov", " 20.0 "),
        ("c", "3e2"),
        ("d", "40,0"),
        ("e", "2.10E+03"),
        delimiter=delimiter,
    )
    assert read_movie_lengths(write(tmp_path, "\ufeff" + text)) == {
        "a": 10,
        "b.v1": 20,
        "c": 300,
        "d": 40,
        "e": 2100,
    }


@pytest.mark.parametrize(
    "length",
    [
        "",
        "0",
        "-5",
        "2.5",
        "nan",
        "inf",
        "-inf",
        "1e400",
        "1e300",
        "ten",
        "1,5",
        "2.000",
        "2,400",
        ".e1",
        "1.5e0",
        "0x10",
        "None",
        "True",
    ],
)
def test_a_length_that_is_no_number_of_frames_is_refused(tmp_path: Path, length: str) -> None:
    path = write(tmp_path, lengths_table(("a", "10"), ("b.mov", length)))
    with pytest.raises(
        DataLoadError, match=r"line 3: the length of 'b.mov' is .* whole number of display frames"
    ):
        read_movie_lengths(path)


@given(length=st.integers(1, 10**9))
def test_any_length_comes_back(tmp_path_factory: pytest.TempPathFactory, length: int) -> None:
    path = write(tmp_path_factory.mktemp("table"), lengths_table(("a", str(length))))
    assert read_movie_lengths(path) == {"a": length}


def test_a_movie_told_twice_must_have_one_length(tmp_path: Path) -> None:
    path = write(tmp_path, lengths_table(("a.mov", "10"), ("a.avi", "10.0")))
    assert read_movie_lengths(path) == {"a": 10}
    path = write(tmp_path, lengths_table(("a.mov", "10"), ("b", "1"), ("a.avi", "11")))
    with pytest.raises(DataLoadError, match=r"line 4: .*'a'.* line 2"):
        read_movie_lengths(path)


@pytest.mark.parametrize(
    "text",
    [
        "movie_name,movie_length\nnoise,3,600\nstep,2100\n",
        "movie_name,movie_length,\nnoise,3,600\nstep,2100,\n",
        "movie_name,movie_length,remark\nnoise,3,600\nstep,2100,new\n",
        "movie_name,movie_length,remark\nnoise,3,600,new\nstep,2100,new\n",
    ],
)
def test_thousands_that_became_two_cells_are_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(DataLoadError, match=r"line 2: .*The line reads: noise \| 3 \| 600"):
        read_movie_lengths(write(tmp_path, text))


def test_a_column_of_numbers_beside_the_lengths_is_no_part_of_them(tmp_path: Path) -> None:
    text = "movie_name,movie_length,width\nnoise,360,600\nstep,2100,1024\n"
    assert read_movie_lengths(write(tmp_path, text)) == {"noise": 360, "step": 2100}


def test_names_that_differ_behind_a_dot_are_two_movies(tmp_path: Path) -> None:
    rows = lengths_table(("step_up_0.5hz", "10"), ("step_up_0.25hz.mov", "20"))
    assert read_movie_lengths(write(tmp_path, rows)) == {"step_up_0.5hz": 10, "step_up_0.25hz": 20}


@pytest.mark.parametrize("name", ["a.mov, b.mov", ".mov"])
def test_a_length_of_no_single_movie_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(DataLoadError, match=r"line 2: .* not the name of one movie"):
        read_movie_lengths(write(tmp_path, lengths_table((name, "10"))))


def test_a_row_without_a_length_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, "movie_name,movie_length\na\n")
    with pytest.raises(DataLoadError, match="line 2"):
        read_movie_lengths(path)


def test_all_movies_without_a_length_are_named_once(tmp_path: Path) -> None:
    path = tmp_path / "movie_length.csv"
    with pytest.raises(ConfigurationError, match=r"has no length for: c, d\.") as caught:
        lengths_of(["d", "a", "c", "d"], {"a": 1}, path)
    assert "display frames" in str(caught.value)
    assert lengths_of(["b", "a", "b"], {"a": 1, "b": 2}, path) == [2, 1, 2]


@pytest.mark.skipif(
    os.name == "nt" or getattr(os, "geteuid", lambda: 0)() == 0, reason="root reads everything"
)
def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    path = write(tmp_path, HEADER)
    path.chmod(0)
    with pytest.raises(DataLoadError, match="Permission denied"):
        read_playlists(path)
