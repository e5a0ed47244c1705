from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import h5py
import numpy as np
import pytest

from hdmea_gui.errors import DataLoadError
from hdmea_gui.io.mcs import open_raw, open_sorted
from hdmea_gui.sources import describe_source
from tests.io.mcs.mcs_files import make_raw, make_sorted, unit

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def read_raw(path: Path) -> None:
    with open_raw(path) as raw:
        for channel in raw.channels:
            raw.read_channel(channel.number)
        for region in raw.regions:
            for sweep in region.sweeps:
                sweep.read(0, sweep.n_frames)


def read_sorted(path: Path) -> None:
    with open_sorted(path) as recording:
        for unit_id in recording.unit_ids:
            recording.read_unit(unit_id, full_peaks=True)


def missing(folder: Path) -> Path:
    return folder / "missing.cmcr"


def a_folder(folder: Path) -> Path:
    path = folder / "folder.cmcr"
    path.mkdir()
    return path


def empty(folder: Path) -> Path:
    path = folder / "empty.cmcr"
    path.touch()
    return path


def text_file(folder: Path) -> Path:
    path = folder / "text.cmcr"
    path.write_text("time;value\n" * 200, encoding="utf-8")
    return path


def zeros(folder: Path) -> Path:
    path = folder / "zeros.cmcr"
    path.write_bytes(bytes(5000))
    return path


def only_the_signature(folder: Path) -> Path:
    path = folder / "signature.cmcr"
    path.write_bytes(b"\x89HDF\r\n\x1a\n")
    return path


def truncated(folder: Path) -> Path:
    path = make_raw(folder / "truncated.cmcr")
    path.write_bytes(path.read_bytes()[:-1000])
    return path


def other_hdf5(folder: Path) -> Path:
    path = folder / "other.h5"
    with h5py.File(path, "w") as file:
        file["units/unit_001/spike_times"] = np.arange(3)
    return path


def other_type(folder: Path) -> Path:
    path = make_raw(folder / "type.cmcr")
    with h5py.File(path, "r+") as file:
        file.attrs["ID.TypeID"] = "12345678-0000-0000-0000-000000000000"
    return path


def no_contents(folder: Path) -> Path:
    path = make_raw(folder / "bare.cmcr")
    with h5py.File(path, "r+") as file:
        del file["Acquisition"]
    return path


@pytest.mark.parametrize("reader", [read_raw, read_sorted, describe_source])
@pytest.mark.parametrize(
    ("make", "what"),
    [
        (missing, "does not exist"),
        (a_folder, "is a folder"),
        (empty, "is empty"),
        (text_file, "not an HDF5 file"),
        (zeros, "not an HDF5 file"),
        (only_the_signature, "cannot be opened"),
        (truncated, "is truncated: copying"),
        (other_hdf5, "not a recording of a CMOS-MEA system"),
        (other_type, "not a recording of a CMOS-MEA system"),
        (no_contents, "has no sorted units|without recorded data"),
    ],
)
def test_what_is_no_recording_is_named_and_explained(
    tmp_path: Path, make: Callable[[Path], Path], what: str, reader: Callable[[Path], object]
) -> None:
    path = make(tmp_path)
    with pytest.raises(DataLoadError, match=what) as caught:
        reader(path)
    assert path.name in str(caught.value)
    assert str(path) in str(caught.value)
    assert caught.value.file_path == path


def test_the_wrong_half_is_told(tmp_path: Path) -> None:
    raw, sorted_path = make_raw(tmp_path / "small.cmcr"), make_sorted(tmp_path / "small-.cmtr")
    with pytest.raises(DataLoadError, match=r"small-\.cmtr is a sorted file"):
        read_raw(sorted_path)
    with pytest.raises(DataLoadError, match=r"small\.cmcr is a raw file"):
        read_sorted(raw)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_told(tmp_path: Path) -> None:
    path = make_raw(tmp_path / "a.cmcr")
    path.chmod(0)
    with pytest.raises(DataLoadError, match="permission denied"):
        read_raw(path)


@pytest.mark.parametrize(
    ("error", "what"),
    [
        (PermissionError(13, "Unable to open file"), "permission denied"),
        (BlockingIOError(11, "Unable to lock file"), "in use by another program"),
        (
            OSError("Unable to open file (file is already open for write or SWMR write)"),
            "still being written",
        ),
    ],
)
def test_what_the_system_refuses_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: OSError, what: str
) -> None:
    path = make_raw(tmp_path / "a.cmcr")

    def refuse(*_args: object, **_options: object) -> None:
        raise error

    monkeypatch.setattr(h5py, "File", refuse)
    with pytest.raises(DataLoadError, match=what) as caught:
        read_raw(path)
    assert caught.value.original_error is error


def without_both_streams(file: h5py.File) -> None:
    del file["Acquisition/Analog Data"], file["Acquisition/Sensor Data"]


def unpackable_frames(file: h5py.File) -> None:
    stream = file["Acquisition/Sensor Data"]
    attributes = dict(stream["SensorData 1 1"].attrs)
    del stream["SensorData 1 1"]
    node = stream.create_dataset("SensorData 1 1", (50, 7, 5), "i2", chunks=(50, 7, 5), compression="gzip")
    node.id.write_direct_chunk((0, 0, 0), b"not packed")
    node.attrs.update(attributes)


def unpackable_channel(file: h5py.File) -> None:
    stream = file["Acquisition/Analog Data"]
    attributes = dict(stream["ChannelData 1"].attrs)
    del stream["ChannelData 1"]
    node = stream.create_dataset("ChannelData 1", (2, 50), "i4", chunks=(2, 50), compression="gzip")
    node.id.write_direct_chunk((0, 0), b"not packed")
    node.attrs.update(attributes)


def a_channel_table_of_texts(file: h5py.File) -> None:
    records = np.zeros(2, [("ConversionFactor", "S8"), ("Tick", "f8")])
    records["ConversionFactor"], records["Tick"] = b"one", 400.0
    attributes = dict(file["Acquisition/Analog Data/ChannelMeta"].attrs)
    del file["Acquisition/Analog Data/ChannelMeta"]
    file["Acquisition/Analog Data/ChannelMeta"] = records
    file["Acquisition/Analog Data/ChannelMeta"].attrs.update(attributes)


@pytest.mark.parametrize(
    ("damage", "what"),
    [
        (without_both_streams, "has no recorded data"),
        (unpackable_frames, "sensor data, sweep 1, frames 0 to 50, cannot be read"),
        (unpackable_channel, "analog channel 1 cannot be read"),
        (a_channel_table_of_texts, "contents cannot be read"),
    ],
)
def test_a_damaged_raw_file_is_told(tmp_path: Path, damage: Callable[[h5py.File], None], what: str) -> None:
    path = make_raw(tmp_path / "a.cmcr")
    with h5py.File(path, "r+") as file:
        damage(file)
    with pytest.raises(DataLoadError, match=what) as caught:
        read_raw(path)
    assert "a.cmcr" in str(caught.value)


def replaced_peaks(unit_group: h5py.Group, data: np.ndarray) -> None:
    attributes = dict(unit_group["Peaks"].attrs)
    del unit_group["Peaks"]
    unit_group["Peaks"] = data
    unit_group["Peaks"].attrs.update(attributes)


def plain_peaks(unit_group: h5py.Group) -> None:
    replaced_peaks(unit_group, np.arange(5))


def peaks_without_include(unit_group: h5py.Group) -> None:
    replaced_peaks(unit_group, np.zeros(5, [("Timestamp", "i8"), ("1", "f8")]))


def peaks_without_time(unit_group: h5py.Group) -> None:
    replaced_peaks(unit_group, np.zeros(5, [("IncludePeak", "i1"), ("1", "f8")]))


def peaks_in_two_dimensions(unit_group: h5py.Group) -> None:
    replaced_peaks(unit_group, np.zeros((5, 2), [("Timestamp", "i8"), ("IncludePeak", "i1")]))


def peaks_of_texts(unit_group: h5py.Group) -> None:
    records = np.zeros(5, [("Timestamp", "S4"), ("IncludePeak", "i1")])
    records["Timestamp"], records["IncludePeak"] = b"noon", 1
    replaced_peaks(unit_group, records)


@pytest.mark.parametrize(
    ("damage", "what"),
    [
        (plain_peaks, "not a table with the columns"),
        (peaks_without_include, "not a table with the columns"),
        (peaks_without_time, "not a table with the columns"),
        (peaks_in_two_dimensions, "not a table with the columns"),
        (peaks_of_texts, "unit 1 cannot be read"),
    ],
)
def test_a_damaged_unit_is_told_and_the_others_are_read(
    tmp_path: Path, damage: Callable[[h5py.Group], None], what: str
) -> None:
    path = make_sorted(tmp_path / "a.cmtr")
    with h5py.File(path, "r+") as file:
        damage(file["Spike Sorter/Unit 1"])
    with open_sorted(path) as recording:
        with pytest.raises(DataLoadError, match=what) as caught:
            recording.read_unit("unit_001")
        assert "a.cmtr" in str(caught.value)
        assert "unit 1" in str(caught.value)
        assert len(recording.read_unit("unit_012").timestamps_us) == 45
    describe_source(path)


def test_a_file_that_goes_while_it_is_read_is_told(tmp_path: Path) -> None:
    path = make_raw(tmp_path / "a.cmcr")
    with open_raw(path) as raw:
        sweep = raw.regions[0].sweeps[0]
        with path.open("r+b") as file:
            file.truncate(2048)
        path.unlink()
        with pytest.raises(DataLoadError, match=r"a\.cmcr: .* no longer exists.* Restore it"):
            sweep.read(0, sweep.n_frames)


def test_too_little_memory_is_no_damage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def too_much(*_arguments: object, **_named: object) -> None:
        raise MemoryError

    path = make_sorted(tmp_path / "a.cmtr")
    monkeypatch.setattr("hdmea_gui.io.mcs.sorted_reader.read_peaks", too_much)
    with open_sorted(path) as recording, pytest.raises(DataLoadError, match="not enough memory"):
        recording.read_unit("unit_001")


def test_two_units_of_one_number_are_told(tmp_path: Path) -> None:
    path = make_sorted(tmp_path / "a.cmtr")
    with h5py.File(path, "r+") as file:
        file["Spike Sorter/Unit 12"].attrs["UnitID"] = 1
    with pytest.raises(DataLoadError, match="more than one unit with the number 1"):
        read_sorted(path)


def test_a_unit_that_is_not_there_is_told(tmp_path: Path) -> None:
    with (
        open_sorted(make_sorted(tmp_path / "a.cmtr")) as recording,
        pytest.raises(DataLoadError, match="no unit_007: it has 2 units"),
    ):
        recording.read_unit("unit_007")


def test_a_file_without_units_opens_with_a_warning(tmp_path: Path) -> None:
    path = make_sorted(tmp_path / "a.cmtr", units=[unit(1)])
    with h5py.File(path, "r+") as file:
        del file["Spike Sorter/Unit 1"]
    with open_sorted(path) as recording:
        assert recording.unit_ids == ()
        assert "has no units" in recording.warnings[0]


def test_dead_links_anywhere_disturb_nothing(tmp_path: Path) -> None:
    raw, sorted_path = make_raw(tmp_path / "a.cmcr"), make_sorted(tmp_path / "a.cmtr")
    for path, place in ((raw, "Acquisition/Analog Data"), (raw, "/"), (sorted_path, "Spike Sorter/Unit 1")):
        with h5py.File(path, "r+") as file:
            file[place]["dead"] = h5py.SoftLink("/nowhere")
            file[place]["away"] = h5py.ExternalLink("gone.h5", "/x")
    read_raw(raw)
    read_sorted(sorted_path)


@pytest.mark.parametrize("part", [0.02, 0.2, 0.5, 0.8, 0.97, 0.999])
def test_files_cut_anywhere_are_told(tmp_path: Path, part: float) -> None:
    for path, reader in (
        (make_raw(tmp_path / "a.cmcr"), read_raw),
        (make_sorted(tmp_path / "a.cmtr"), read_sorted),
    ):
        content = path.read_bytes()
        path.write_bytes(content[: int(part * len(content))])
        with pytest.raises(DataLoadError, match="is truncated: copying"):
            reader(path)


def test_a_file_that_its_program_left_open_is_not_to_be_copied_again(tmp_path: Path) -> None:
    whole, left_open = make_raw(tmp_path / "a.cmcr"), tmp_path / "b.cmcr"
    code = (
        "import h5py, os, sys\n"
        "source, target = h5py.File(sys.argv[1]), h5py.File(sys.argv[2], 'w', libver='latest')\n"
        "for name in source: source.copy(name, target)\n"
        "for name, value in source.attrs.items(): target.attrs[name] = value\n"
        "target.flush(); os._exit(1)"
    )
    subprocess.run([sys.executable, "-c", code, str(whole), str(left_open)], check=False)
    with pytest.raises(DataLoadError, match="ended badly and left it open") as caught, open_raw(left_open):
        pass
    assert "h5clear" in str(caught.value)
    assert "Copy it again" not in str(caught.value)


def test_a_file_that_becomes_shorter_while_it_is_read_is_told_not_read_as_zeros(tmp_path: Path) -> None:
    path = make_raw(tmp_path / "a.cmcr")
    with open_raw(path) as raw:
        sweep = raw.regions[0].sweeps[0]
        with path.open("r+b") as file:
            file.truncate(path.stat().st_size - 1)
        with pytest.raises(DataLoadError, match=r"a\.cmcr: .* has become shorter while it was read"):
            sweep.read(0, sweep.n_frames)
