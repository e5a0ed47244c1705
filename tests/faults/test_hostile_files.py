"""Files that would crash HDF5, bring in other files, or declare more than they hold; names that are traps."""

from __future__ import annotations

import os
import shutil
import stat
import struct
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import h5py
import numpy as np
import pytest

from hdmea_gui.errors import DataLoadError
from hdmea_gui.io.foreign_data import first_fault
from hdmea_gui.io.stimuli import read_movie_frames
from hdmea_gui.printable import printable
from hdmea_gui.session import PipelineSession
from hdmea_gui.temporary_names import machine

if TYPE_CHECKING:
    from collections.abc import Callable

NAME = "2026.02.03-10.11.12-Rec"
SECRET = b"not yours to read "


def run(*arguments: str | Path, **more: str) -> subprocess.CompletedProcess[str]:
    """Run the program in a process of its own: what is tested here may end it."""
    return subprocess.run(
        [sys.executable, "-m", "hdmea_gui", *map(str, arguments)],
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, **more},
    )


@pytest.fixture
def session(reference: Path, tmp_path: Path) -> Path:
    return PipelineSession.load(reference / "lab_deferred.h5").save(tmp_path / "s.h5")


@pytest.fixture
def sorted_file(reference: Path, tmp_path: Path) -> Path:
    path = tmp_path / f"{NAME}-.cmtr"
    shutil.copy(reference / path.name, path)
    path.chmod(stat.S_IRUSR | stat.S_IWUSR)
    return path


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "private.key"
    path.write_bytes(SECRET * 1000)
    return path


def virtual(file: h5py.File, name: str, secret: Path) -> None:
    with h5py.File(secret.with_suffix(".h5"), "w") as other:
        other["x"] = np.frombuffer(SECRET * 100, np.uint8)
    layout = h5py.VirtualLayout((1800,), np.uint8)
    layout[:] = h5py.VirtualSource(str(secret.with_suffix(".h5")), "x", (1800,))
    file.create_virtual_dataset(name, layout)


def of_itself(file: h5py.File, name: str, _secret: Path) -> None:
    layout = h5py.VirtualLayout((10,), np.float64)
    layout[...] = h5py.VirtualSource(".", name, (10,))[...]
    file.create_virtual_dataset(name, layout)


def external(file: h5py.File, name: str, secret: Path) -> None:
    file.create_dataset(name, (1800,), np.uint8, external=[(str(secret), 0, h5py.h5f.UNLIMITED)])


def numbers_without_end(file: h5py.File, name: str, _secret: Path) -> None:
    file.create_dataset(name, (1 << 40,), np.float64, chunks=(1024,))


def texts_without_end(file: h5py.File, name: str, _secret: Path) -> None:
    file.create_dataset(name, (10**12,), h5py.string_dtype(), chunks=(1024,))


PLANTS = {
    "virtual": (virtual, "virtual dataset"),
    "virtual, of itself": (of_itself, "virtual dataset"),
    "external": (external, "external storage"),
    "numbers without end": (numbers_without_end, "declares 8.8 TB"),
    "texts without end": (texts_without_end, "declares "),
}


@pytest.mark.parametrize("name", PLANTS)
def test_a_session_is_read_without_what_is_not_in_it(name: str, session: Path, secret: Path) -> None:
    plant, words = PLANTS[name]
    with h5py.File(session, "r+") as file:
        plant(file, "metadata/extra", secret)
    answer = run("inspect", session)
    assert answer.returncode == 1  # a problem was found, and told
    assert "Traceback" not in answer.stderr
    assert "metadata/extra" in answer.stdout
    assert words in answer.stdout
    loaded = PipelineSession.load(session)
    assert "extra" not in loaded.metadata
    saved = loaded.save(session.with_name("out.h5"))
    assert SECRET not in saved.read_bytes()


@pytest.mark.parametrize("name", PLANTS)
def test_a_recording_with_values_that_are_not_in_it_is_refused(
    name: str, sorted_file: Path, secret: Path
) -> None:
    plant, words = PLANTS[name]
    with h5py.File(sorted_file, "r+") as file:
        plant(file, "Spike Sorter/planted", secret)
    output = sorted_file.with_name("o.h5")
    answer = run("run", "--cmtr", sorted_file, "--steps", "load_recording", "--output", output)
    assert answer.returncode == 1
    assert sorted_file.name in answer.stderr
    assert words in answer.stderr
    assert "Traceback" not in answer.stderr
    assert not output.exists()


def test_files_as_they_are_have_no_fault(reference: Path, session: Path) -> None:
    for path in (session, *reference.glob("*.h5"), *reference.glob("*.cm?r")):
        with h5py.File(path, "r") as file:
            assert first_fault(file) == "", path


def test_compressed_zeros_are_not_more_than_a_file_can_hold(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "zeros.h5", "w") as file:
        zeros = file.create_dataset("zeros", (300 << 20,), np.uint8, chunks=(1 << 20,), compression="gzip")
        block = np.zeros(1 << 20, np.uint8)
        for start in range(0, zeros.size, block.size):
            zeros[start : start + block.size] = block
        assert first_fault(file) == ""


@pytest.mark.parametrize(
    "node", ["units/unit_004/spike_times", "units/unit_005/features", "pipeline/integrity/paths"]
)
def test_a_link_in_place_of_a_value_is_told_and_stops_nothing(node: str, session: Path) -> None:
    with h5py.File(session, "r+") as file:
        del file[node]
        file[node] = h5py.SoftLink("/nowhere")
    answer = run("inspect", session)
    assert "Traceback" not in answer.stderr
    assert node.rsplit("/", 1)[0] in answer.stdout + answer.stderr


def test_a_session_that_may_not_be_read_is_our_error(session: Path) -> None:
    code = (
        "import os, sys\n"
        "from hdmea_gui.errors import HDMEAError\n"
        "from hdmea_gui.session import PipelineSession\n"
        "os.getuid() or os.setuid(65534)\n"
        "try: PipelineSession.load(sys.argv[1])\n"
        "except HDMEAError as error: print(error)\n"
    )
    with tempfile.TemporaryDirectory(
        prefix="hdmea-test-"
    ) as folder:  # pytest's own folders are closed to others
        Path(folder).chmod(0o755)
        path = Path(shutil.copy(session, folder))
        path.chmod(0)
        answer = subprocess.run(
            [sys.executable, "-c", code, str(path)], check=False, capture_output=True, text=True
        )
    assert f"{path} cannot be read: you have no permission" in answer.stdout, answer.stderr


def test_the_header_of_a_movie_may_be_a_trap(tmp_path: Path) -> None:
    header = b"{'descr': '|u1', 'fortran_order': False, 'shape': (" + b"-" * 3000 + b"1,15,15), }"
    header += b" " * (64 - (len(header) + 11) % 64) + b"\n"
    path = tmp_path / "m.npy"
    path.write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + b"0" * 225)
    with pytest.raises(DataLoadError, match=r"m\.npy is not a readable movie"):
        read_movie_frames(path)


def in_the_folder_for_temporary_files(folder: Path, _session: Path, pid: str) -> None:
    (folder / f"hdmea-gui-{pid}-{machine()}-abc").mkdir()


def beside_the_target(_folder: Path, session: Path, pid: str) -> None:
    (session.parent / f".{session.name}.{pid}-{machine()}0123abcd.tmp").write_text("x")


@pytest.mark.parametrize("plant", [in_the_folder_for_temporary_files, beside_the_target])
def test_the_name_of_a_planted_leftover_stops_no_save(
    plant: Callable[[Path, Path, str], None], session: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "tmp"
    folder.mkdir()
    plant(folder, session, "9" * 20)
    answer = run("resume", session, "--steps", "rf_geometry", TMPDIR=str(folder))
    assert answer.returncode == 0, answer.stderr


def test_names_are_text_to_a_terminal(tmp_path: Path) -> None:
    answer = run("inspect", tmp_path / "a\x1b[31m.h5")
    assert "\x1b" not in answer.stderr
    assert r"a\x1b[31m.h5 does not exist" in answer.stderr
    assert printable("µm\tµV\n") == "µm\tµV\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no disk that is always full")
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_result_that_could_not_be_written_is_told(unbuffered: str, session: Path) -> None:
    with Path("/dev/full").open("w") as full:
        answer = subprocess.run(
            [sys.executable, "-m", "hdmea_gui", "inspect", "--json", str(session)],
            check=False,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            # without a buffer there is nothing left that Python could not write at its end
            env=os.environ | {"PYTHONUNBUFFERED": unbuffered},
        )
    assert answer.returncode == 1
    assert "could not be written to standard output: No space left on device" in answer.stderr


def test_a_reader_that_has_seen_enough_is_no_failure(session: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "w") as pipe:
        answer = subprocess.run(
            [sys.executable, "-m", "hdmea_gui", "inspect", str(session)],
            check=False,
            stdout=pipe,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONUNBUFFERED": ""},
        )
    assert answer.returncode == 0, answer.stderr
    assert "Exception" not in answer.stderr


@pytest.mark.parametrize("name", [b"\xff.h5", b"folder.h5", b"pipe.h5"])
def test_an_output_that_can_never_be_written_is_refused_before_the_first_step(
    name: bytes, sorted_file: Path, tmp_path: Path
) -> None:
    (tmp_path / "folder.h5").mkdir()
    os.mkfifo(tmp_path / "pipe.h5")
    output = os.path.join(os.fsencode(tmp_path), name)  # noqa: PTH118 - of bytes
    words = ["run", "--cmtr", str(sorted_file), "--steps", "load_recording", "--overwrite", "--output"]
    answer = subprocess.run(
        [sys.executable, "-m", "hdmea_gui", *words, output], check=False, capture_output=True, timeout=120
    )
    assert answer.returncode in (1, 2)
    assert b"Load recording" not in answer.stderr
    assert b"Traceback" not in answer.stderr


@pytest.mark.parametrize("command", ["inspect", "resume"])
def test_a_pipe_in_place_of_a_file_is_not_waited_for(command: str, tmp_path: Path) -> None:
    path = tmp_path / "pipe.h5"
    os.mkfifo(path)
    answer = run(command, path)
    assert answer.returncode == 1
    assert "is not a regular file" in answer.stderr
