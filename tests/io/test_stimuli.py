"""Stimulus files, good and bad."""

from __future__ import annotations

import contextlib
import io
import json
import random
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from hdmea_gui.errors import ConfigurationError, DataLoadError
from hdmea_gui.io.resources import resources_dir
from hdmea_gui.io.stimuli import TrialTiming, read_movie_frames, read_stimuli, read_stimulus

if TYPE_CHECKING:
    from pathlib import Path

GOOD = {"start_frame": 240, "trial_length_frame": 600, "repeat": 3}


def write(folder: Path, content: Any, name: str = "m.json") -> Path:
    path = folder / name
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def section(folder: Path, **changes: Any) -> Path:
    numbers = {name: value for name, value in (GOOD | changes).items() if value != "left out"}
    return write(folder, {"name": "m", "section_kwargs": numbers})


def test_the_timing_of_the_labs_stimuli() -> None:
    found = read_stimuli(
        ["freq_step_5st_3x", "green_blue_3s_3i_3x_64_128_255"], [resources_dir() / "stimuli"]
    )
    assert found["freq_step_5st_3x"].timing == TrialTiming(30, 1500, 3, 1, 0)
    grouped = found["green_blue_3s_3i_3x_64_128_255"]
    assert (grouped.name, grouped.timing) == (
        "green_blue_3s_3i_3x_64_128_255",
        TrialTiming(120, 720, 3, 3, 180),
    )
    assert grouped.content["generate_kwargs"]["blue_intensity_2"] == 128


def test_the_files_of_the_reference_recording(reference: Path) -> None:
    movies = ["step_up_5s_5i_demo", "dense_noise_15x15_demo"]
    found = read_stimuli(movies, [reference / "stimuli"])
    assert list(found) == movies
    assert found["dense_noise_15x15_demo"].timing == TrialTiming(0, 3600, 1)


@pytest.mark.parametrize(
    ("changes", "timing"),
    [
        ({}, TrialTiming(240, 600, 3, 1, 0)),
        ({"group_count": 2, "group_gap": 60}, TrialTiming(240, 600, 3, 2, 60)),
        ({"group_count": None, "group_gap": None}, TrialTiming(240, 600, 3, 1, 0)),
        ({"group_gap": 60}, TrialTiming(240, 600, 3, 1, 60)),
        ({"start_frame": 0}, TrialTiming(0, 600, 3)),
        ({"start_frame": -0.0}, TrialTiming(0, 600, 3)),
        ({"start_frame": 240.0, "repeat": 3e0}, TrialTiming(240, 600, 3)),
        ({"more": "ignored"}, TrialTiming(240, 600, 3)),
    ],
)
def test_numbers_that_fit(tmp_path: Path, changes: dict[str, Any], timing: TrialTiming) -> None:
    found = read_stimulus(section(tmp_path, **changes), "m").timing
    assert found == timing
    assert all(type(value) is int for value in vars(found).values())


BAD: list[Any] = [
    -1,
    -0.5,
    0.5,
    True,
    False,
    "3",
    "",
    [3],
    {},
    float("nan"),
    float("inf"),
    float("-inf"),
    10**12,
    10**30,
]


@pytest.mark.parametrize("name", [*GOOD, "group_count", "group_gap"])
@pytest.mark.parametrize("value", BAD, ids=repr)
def test_numbers_that_do_not_fit(tmp_path: Path, name: str, value: Any) -> None:
    path = section(tmp_path, **{name: value})
    with pytest.raises(DataLoadError, match=rf"'{name}' .* at least [01] and at most 2147483647\.") as caught:
        read_stimulus(path, "m")
    assert str(path) in str(caught.value)
    assert caught.value.file_path == path


@pytest.mark.parametrize("name", GOOD)
@pytest.mark.parametrize("value", [None, "left out"])
def test_a_number_that_is_missing_is_called_missing(tmp_path: Path, name: str, value: Any) -> None:
    with pytest.raises(DataLoadError, match=rf"'{name}' .* is missing"):
        read_stimulus(section(tmp_path, **{name: value}), "m")


@pytest.mark.parametrize("name", ["trial_length_frame", "repeat", "group_count"])
def test_no_trials_at_all_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(DataLoadError, match=rf"'{name}' .* is 0.* at least 1"):
        read_stimulus(section(tmp_path, **{name: 0}), "m")


def test_a_byte_order_mark_and_words_beyond_ascii(tmp_path: Path) -> None:
    path = write(tmp_path, "\ufeff" + json.dumps({"name": "µ", "section_kwargs": GOOD}, ensure_ascii=False))
    assert read_stimulus(path, "m").content["name"] == "µ"


@pytest.mark.parametrize(
    "content",
    ["", "{", "[1", "nothing", "{'a': 1}", "\0", "[" * 100_000, '{"a": ' * 100_000, f"[{'9' * 5000}]"],
    ids=range(9),
)
def test_what_is_no_json_is_explained(tmp_path: Path, content: str) -> None:
    path = write(tmp_path, content)
    with pytest.raises(DataLoadError, match="not a readable JSON file") as caught:
        read_stimulus(path, "m")
    assert str(path) in str(caught.value)
    assert caught.value.original_error is not None


@pytest.mark.parametrize("encoding", ["utf-16", "latin-1"])
def test_another_encoding_is_explained(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "m.json"
    path.write_bytes('{"name": "grün"}'.encode(encoding))
    with pytest.raises(DataLoadError, match="not a readable JSON file: it is not UTF-8 text"):
        read_stimulus(path, "m")


@pytest.mark.parametrize(
    "content", ["[]", "null", "3", '"x"', "{}", '{"section_kwargs": null}', '{"section_kwargs": [1]}']
)
def test_a_file_without_a_section_is_explained(tmp_path: Path, content: str) -> None:
    with pytest.raises(DataLoadError, match="has no 'section_kwargs'"):
        read_stimulus(write(tmp_path, content), "m")


@pytest.mark.parametrize(("value", "words"), [(2**70, "64 bits"), ("\ud800", "seed")])
def test_what_no_session_can_be_saved_with_is_found_when_it_is_read(
    tmp_path: Path, value: Any, words: str
) -> None:
    content = json.loads(section(tmp_path).read_text()) | {"generate_kwargs": {"seed": value}}
    path = write(tmp_path, content)
    with pytest.raises(DataLoadError, match="generate_kwargs/seed") as caught:
        read_stimulus(path, "m")
    assert words in str(caught.value)
    assert str(path) in str(caught.value)


def test_a_folder_in_place_of_a_file(tmp_path: Path) -> None:
    with pytest.raises(DataLoadError, match="not a readable JSON file"):
        read_stimulus(tmp_path, "m")
    (tmp_path / "m.json").mkdir()
    with pytest.raises(ConfigurationError, match=r"\(JSON\) for: m\."):
        read_stimuli(["m"], [tmp_path])


def test_the_first_folder_that_has_the_file_counts(tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("missing", "first", "second")]
    for number, folder in enumerate(folders[1:], start=1):
        folder.mkdir()
        write(folder, {"section_kwargs": GOOD | {"repeat": number}}, "both.json")
    write(folders[2], {"section_kwargs": GOOD}, "one.json")
    found = read_stimuli(iter(["one", "both"]), iter(folders))
    assert list(found) == ["one", "both"]
    assert found["both"].timing.repeat == 1


def test_all_missing_files_are_named_once_with_the_folders(tmp_path: Path) -> None:
    write(tmp_path, {"section_kwargs": GOOD}, "b.json")
    with pytest.raises(ConfigurationError, match=r"for: c, a\. Searched in ") as caught:
        read_stimuli(["c", "b", "a", "c"], [tmp_path, tmp_path / "other"])
    assert f"{tmp_path}, {tmp_path / 'other'}." in str(caught.value)
    with pytest.raises(ConfigurationError, match="Searched in no folder"):
        read_stimuli(["c"], [])


@pytest.mark.parametrize("movie", ["a\0b", "a/b", ""])
def test_names_that_no_file_can_have(tmp_path: Path, movie: str) -> None:
    with pytest.raises(ConfigurationError, match="No stimulus file"):
        read_stimuli([movie], [tmp_path])


# Frames of a noise movie


def saved(folder: Path, array: Any, *, allow_pickle: bool = False) -> Path:
    path = folder / "m.npy"
    np.save(path, array, allow_pickle=allow_pickle)
    return path


@pytest.mark.parametrize("order", ["C", "F"])
def test_frames_come_back_and_cannot_be_changed(tmp_path: Path, order: Any) -> None:
    frames = np.random.default_rng(0).integers(0, 256, (7, 3, 4), dtype=np.uint8)
    read = read_movie_frames(saved(tmp_path, np.asarray(frames, order=order)))
    np.testing.assert_array_equal(read, frames)
    assert read.dtype == np.uint8
    assert not read.flags.writeable


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((3, 2, 2)),
        np.zeros((3, 2, 2), bool),
        np.zeros((3, 2, 2), np.int8),
        np.zeros((3, 2, 2), ">u2"),
        np.zeros((3, 2, 2), "S1"),
        np.zeros((3, 2, 2), [("r", "u1")]),
        np.zeros((3, 4), np.uint8),
        np.zeros((3, 2, 2, 3), np.uint8),
        np.zeros((), np.uint8),
        np.uint8(3),
    ],
    ids=lambda array: f"{array.dtype}-{array.ndim}",
)
def test_other_arrays_are_refused_with_what_they_are(tmp_path: Path, array: Any) -> None:
    path = saved(tmp_path, array)
    with pytest.raises(DataLoadError, match=r"8-bit \(uint8\) frames") as caught:
        read_movie_frames(path)
    assert f"{path} contains {array.dtype} {array.shape}" in str(caught.value)


@pytest.mark.parametrize("shape", [(0, 2, 2), (3, 0, 2), (3, 2, 0)])
def test_a_movie_of_nothing_is_refused(tmp_path: Path, shape: tuple[int, ...]) -> None:
    with pytest.raises(DataLoadError):
        read_movie_frames(saved(tmp_path, np.zeros(shape, np.uint8)))


class Harmful:
    """Leaves a file behind when it is unpickled."""

    def __init__(self, flag: Path) -> None:
        self.flag = flag

    def __reduce__(self) -> tuple[Any, tuple[str, str]]:
        return open, (str(self.flag), "w")


def test_pickles_are_refused_and_never_run(tmp_path: Path) -> None:
    import pickle

    flag = tmp_path / "ran"
    array = np.empty((1, 1, 1), object)
    array[0, 0, 0] = Harmful(flag)
    pickled = tmp_path / "p.npy"
    pickled.write_bytes(pickle.dumps(Harmful(flag)))
    for path in (saved(tmp_path, array, allow_pickle=True), pickled):
        with pytest.raises(DataLoadError, match="not a readable movie"):
            read_movie_frames(path)
    assert not flag.exists()


def test_an_archive_is_refused(tmp_path: Path) -> None:
    with (tmp_path / "m.npy").open("wb") as file:
        np.savez(file, a=np.zeros((3, 2, 2), np.uint8))
    with pytest.raises(DataLoadError, match="not a readable movie"):
        read_movie_frames(tmp_path / "m.npy")


@pytest.mark.parametrize(
    "content", [b"", b"PK\3\4 broken", b"\x93NUMPY", b"\x93NUMPY\1\0\xff\xff{", b"\x93NUMPY\x09\0"]
)
def test_a_broken_file_is_explained(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "m.npy"
    path.write_bytes(content)
    with pytest.raises(DataLoadError, match="not a readable movie") as caught:
        read_movie_frames(path)
    assert str(path) in str(caught.value)


def test_a_missing_file_and_a_folder(tmp_path: Path) -> None:
    for path in (tmp_path / "no.npy", tmp_path):
        with pytest.raises(DataLoadError, match="not a readable movie"):
            read_movie_frames(path)


def test_a_file_cut_short_anywhere_is_refused(tmp_path: Path) -> None:
    whole = saved(tmp_path, np.arange(2 * 3 * 4, dtype=np.uint8).reshape(2, 3, 4)).read_bytes()
    path = tmp_path / "cut.npy"
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        with pytest.raises(DataLoadError):
            read_movie_frames(path)


@pytest.mark.parametrize(
    "shape",
    ["(2,3,99999999999)", "(-2,-3,4)", "(2,3,'4')", "(2.0,3,4)", "(2,3,4", "(02,3,4)", "2", "(1<<70,1,1)"],
)
def test_a_header_that_lies_is_refused(tmp_path: Path, shape: str) -> None:
    header = f"{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}, }}".encode()
    path = tmp_path / "m.npy"
    path.write_bytes(b"\x93NUMPY\1\0" + len(header).to_bytes(2, "little") + header + bytes(24))
    with pytest.raises(DataLoadError):
        read_movie_frames(path)


@pytest.mark.filterwarnings("ignore:Reading `.npy`:UserWarning")
def test_a_file_with_any_byte_changed_is_read_or_refused(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    np.save(buffer, np.zeros((2, 3, 4), np.uint8))
    path = tmp_path / "m.npy"
    rng = random.Random(1)  # noqa: S311 - no secret
    for position in range(90):
        for _ in range(8):
            content = bytearray(buffer.getvalue())
            content[position] = rng.choice([rng.randrange(256), *b"(){}[],'0 \n"])
            path.write_bytes(content)
            with contextlib.suppress(DataLoadError):
                assert read_movie_frames(path).ndim == 3
