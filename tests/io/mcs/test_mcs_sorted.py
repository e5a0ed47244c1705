from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import h5py
import numpy as np
import pytest

from hdmea_gui.errors import DataLoadError
from hdmea_gui.io.mcs import SortedUnit, open_sorted
from tests.io.mcs.mcs_files import make_sorted, unit

if TYPE_CHECKING:
    from pathlib import Path

NAME = "2026.02.03-10.11.12-Rec-.cmtr"


def units_of(path: Path, *, full_peaks: bool = False) -> dict[str, SortedUnit]:
    with open_sorted(path) as recording:
        return {name: recording.read_unit(name, full_peaks=full_peaks) for name in recording.unit_ids}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("which", ["reference", "written", "chunked"])
def test_units_are_as_the_vendors_reader_gives_them(reference: Path, tmp_path: Path, which: str) -> None:
    from McsPy.McsCMOSMEA import McsCMOSMEAData, McsData

    path = reference / NAME
    if which != "reference":
        path = make_sorted(tmp_path / "a.cmtr", peak_chunk=None if which == "written" else 7)
    theirs = McsData(str(path))
    ours = units_of(path)
    vendor_units = {int(u.Unit_Info["UnitID"][0]): u for u in theirs.Spike_Sorter.get_units_by_id()}
    assert [u.number for u in ours.values()] == sorted(vendor_units)
    for found in ours.values():
        vendor = vendor_units[found.number]
        np.testing.assert_array_equal(found.timestamps_us, vendor.get_peaks_timestamps())
        np.testing.assert_array_equal(found.amplitudes, vendor.get_peaks_amplitudes().astype(np.float32))
        np.testing.assert_allclose(
            found.waveform, vendor.get_peaks_cutouts().mean(axis=0), rtol=1e-6, atol=1e-6
        )
        for measure in vendor.get_measures():
            if measure != "Tags":
                assert found.info[measure.lower()] == vendor.get_measure(measure)
        row_and_column = McsCMOSMEAData.sensorID_to_coordinates(found.sensor_id)
        assert (found.row, found.column) == tuple(row_and_column)
        np.testing.assert_array_equal(found.roi_stas, np.float32(vendor.RoiSTAs[()]))
        np.testing.assert_array_equal(found.unmixing, np.float32(vendor.Unmixing[()]))


def test_the_reference_units_are_those_of_the_labs_file(reference: Path) -> None:
    with h5py.File(reference / "lab_deferred.h5") as lab:
        for unit_id, found in units_of(reference / NAME, full_peaks=True).items():
            group = lab[f"units/{unit_id}"]
            assert found.name == group.attrs["original_name"]
            assert (found.row, found.column) == (group.attrs["row"], group.attrs["col"])
            assert found.sensor_id == group.attrs["global_id"]
            np.testing.assert_array_equal(found.waveform, group["waveform"])
            meta = group["unit_meta"]
            np.testing.assert_array_equal(found.amplitudes, meta["peak_amplitudes"])
            for name, value in found.info.items():
                if name == "tags":
                    assert value == meta[name].asstr()[()]
                else:
                    assert isinstance(value, np.ndarray)
                    assert value.dtype == meta[name].dtype
                    np.testing.assert_array_equal(value, meta[name])
            assert found.peaks is not None
            assert set(found.peaks) == set(meta["peaks_data"])
            for name, column in found.peaks.items():
                np.testing.assert_array_equal(column, meta["peaks_data"][name])


@pytest.mark.parametrize("text", ["bytes", "str"])
def test_either_kind_of_text_is_read(tmp_path: Path, text: str) -> None:
    path = make_sorted(tmp_path / "a.cmtr", text=text)
    with open_sorted(path) as recording:
        assert recording.unit_ids == ("unit_001", "unit_012")
        assert recording.metadata["ProgramName"] == "CMOS-MEA-Tools"
        assert recording.warnings == []
        found = recording.read_unit("unit_012")
    assert found.info["tags"] == "good"
    assert found.info["snr"] == np.array([4.5])
    assert found.attributes["ID.Type"] == "SingleUnit"
    assert found.attributes["SensorID"] == 65 * 26 + 38
    assert found.name == "Unit_12"


def test_only_included_peaks_are_spikes(tmp_path: Path) -> None:
    made = unit(1)
    kept = made.include == 1
    found = units_of(make_sorted(tmp_path / "a.cmtr", units=[made]))["unit_001"]
    np.testing.assert_array_equal(found.timestamps_us, made.timestamps_us[kept])
    assert found.timestamps_us.dtype == np.int64
    np.testing.assert_array_equal(found.amplitudes, made.amplitudes[kept].astype(np.float32))
    np.testing.assert_allclose(found.waveform, made.cutouts[kept].mean(axis=0), rtol=1e-6)
    assert found.waveform.dtype == np.float32
    assert found.n_peaks == 60
    assert found.peaks is None


def test_values_below_threshold_never_reach_the_waveform(tmp_path: Path) -> None:
    made = unit(1)
    made.cutouts[made.include == 0] = np.nan
    found = units_of(make_sorted(tmp_path / "a.cmtr", units=[made]))["unit_001"]
    assert np.isfinite(found.waveform).all()


@pytest.mark.parametrize("n_peaks", [0, 1])
def test_a_unit_with_no_or_one_spike(tmp_path: Path, n_peaks: int) -> None:
    made = unit(1, n_peaks=n_peaks, include=np.ones(n_peaks, np.int8))
    found = units_of(make_sorted(tmp_path / "a.cmtr", units=[made]), full_peaks=True)["unit_001"]
    assert found.timestamps_us.shape == (n_peaks,)
    assert found.amplitudes.shape == (n_peaks,)
    assert found.waveform.shape == (12,)
    assert np.isnan(found.waveform).all() == (n_peaks == 0)
    assert found.peaks is not None
    assert found.peaks["12"].shape == (n_peaks,)


def test_spikes_before_the_start_are_left_out_and_counted(tmp_path: Path) -> None:
    made = unit(1, include=np.ones(60, np.int8))
    made.timestamps_us[[0, 1]] = -400, -1
    found = units_of(make_sorted(tmp_path / "a.cmtr", units=[made]), full_peaks=True)["unit_001"]
    assert found.n_before_start == 2
    np.testing.assert_array_equal(found.timestamps_us, made.timestamps_us[2:])
    np.testing.assert_allclose(found.waveform, made.cutouts[2:].mean(axis=0), rtol=1e-6)
    assert found.peaks is not None
    assert found.peaks["timestamp"].shape == (60,)


def test_a_unit_without_a_table_of_peaks_has_no_spikes(tmp_path: Path) -> None:
    path = make_sorted(tmp_path / "a.cmtr", units=[unit(1), unit(2)])
    with h5py.File(path, "r+") as file:
        del file["Spike Sorter/Unit 2/Peaks"]
    with open_sorted(path) as recording:
        for _ in range(2):
            found = recording.read_unit("unit_002")
        assert recording.read_unit("unit_001").timestamps_us.size
        assert [
            text for text in recording.warnings if "unit 2 has no table of peaks" in text
        ] == recording.warnings
        assert len(recording.warnings) == 1
    assert (found.timestamps_us.size, found.amplitudes.size, found.waveform.size, found.n_peaks) == (
        0,
        0,
        0,
        0,
    )


def test_slabs_do_not_show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make_sorted(tmp_path / "a.cmtr")
    whole = units_of(path, full_peaks=True)
    monkeypatch.setattr("hdmea_gui.io.mcs.peaks._SLAB_BYTES", 7 * 113)  # seven rows
    for unit_id, found in units_of(path, full_peaks=True).items():
        np.testing.assert_array_equal(found.timestamps_us, whole[unit_id].timestamps_us)
        np.testing.assert_array_equal(found.amplitudes, whole[unit_id].amplitudes)
        np.testing.assert_allclose(found.waveform, whole[unit_id].waveform, rtol=1e-6)
        assert found.peaks is not None
        assert whole[unit_id].peaks is not None
        for name, column in (whole[unit_id].peaks or {}).items():
            np.testing.assert_array_equal(found.peaks[name], column)


def rewritten(path: Path, node: str, fields: list[tuple[str, str]]) -> None:
    """Store a compound table again with these fields, in this order; new ones are zero."""
    with h5py.File(path, "r+") as file:
        old = file[node][()]
        attributes = dict(file[node].attrs)
        del file[node]
        new = np.zeros(len(old), fields)
        for name in set(new.dtype.names or ()) & set(old.dtype.names):
            new[name] = old[name]
        file[node] = new
        file[node].attrs.update(attributes)


def test_cutouts_in_any_order_and_of_mixed_types(tmp_path: Path) -> None:
    path = make_sorted(tmp_path / "a.cmtr")
    before = units_of(path)["unit_001"]
    cutouts = [(str(k), "<f4" if k % 2 else "<f8") for k in range(12, 0, -1)]
    fields = [*cutouts[:5], ("IncludePeak", "u1"), *cutouts[5:], ("Other", "<i4"), ("Timestamp", "<u8")]
    rewritten(path, "Spike Sorter/Unit 1/Peaks", fields)
    found = units_of(path)["unit_001"]
    np.testing.assert_allclose(found.waveform, before.waveform, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(found.timestamps_us, before.timestamps_us)
    assert np.isnan(found.amplitudes).all()  # the column is gone


def test_unit_information_reordered_or_in_part(tmp_path: Path) -> None:
    path = make_sorted(tmp_path / "a.cmtr")
    rewritten(path, "Spike Sorter/Unit 1/Unit Info", [("Tags", "S8"), ("SNR", "<f4"), ("UnitID", "<i2")])
    found = units_of(path)["unit_001"]
    assert list(found.info) == ["tags", "snr", "unitid"]
    assert found.info["snr"] == np.array([4.5])
    assert (found.sensor_id, found.row, found.column) == (1728, 38, 27)  # from the table of units


def test_the_place_of_a_unit_is_found_wherever_the_file_states_it(tmp_path: Path) -> None:
    path = make_sorted(tmp_path / "a.cmtr")
    with h5py.File(path, "r+") as file:
        del file["Spike Sorter/Unit 1/Unit Info"], file["Spike Sorter/Units"]
    found = units_of(path)["unit_001"]
    assert (found.sensor_id, found.row, found.column) == (1728, 38, 27)  # from the attribute SensorID
    assert found.info == {}
    with h5py.File(path, "r+") as file:
        del file["Spike Sorter/Unit 12"].attrs["SensorID"]
        del file["Spike Sorter/Unit 1"].attrs["SensorID"]
    assert units_of_only(path, "unit_012").sensor_id == 1728  # from its Unit Info
    with pytest.raises(DataLoadError, match="the electrode of unit 1 is not stated"):
        units_of_only(path, "unit_001")


def units_of_only(path: Path, unit_id: str) -> SortedUnit:
    with open_sorted(path) as recording:
        return recording.read_unit(unit_id)


def test_optional_parts_may_be_missing(tmp_path: Path) -> None:
    bare = unit(3, roi_stas=None, unmixing=None, source=None, info={})
    path = make_sorted(tmp_path / "a.cmtr", units=[bare], raw_name=None)
    with open_sorted(path) as recording:
        found = recording.read_unit("unit_003")
    assert found.roi_stas is None
    assert found.unmixing is None


def test_names_decide_where_types_are_unknown_and_types_where_they_are_known(tmp_path: Path) -> None:
    path = make_sorted(tmp_path / "a.cmtr")
    before = units_of(path)
    with h5py.File(path, "r+") as file:
        sorter = file["Spike Sorter"]
        for name in ("Peaks", "Unit Info"):
            sorter["Unit 1"][name].attrs["ID.TypeID"] = "of another version"
        del sorter["Unit 1/RoiSTAs"].attrs["ID.TypeID"]
        sorter["Unit 12"].move("Peaks", "Peaks of this unit")
        sorter.move("Unit 12", "A renamed unit")
        sorter.create_group("Settings 12")
    after = units_of(path)
    assert list(after) == list(before)
    for unit_id, found in after.items():
        np.testing.assert_array_equal(found.timestamps_us, before[unit_id].timestamps_us)
        np.testing.assert_array_equal(found.roi_stas, before[unit_id].roi_stas)


def test_units_come_by_number_with_three_digits_or_more(tmp_path: Path) -> None:
    made = [unit(number, n_peaks=4) for number in (1000, 2, 10, 101)]
    with open_sorted(make_sorted(tmp_path / "a.cmtr", units=made)) as recording:
        assert recording.unit_ids == ("unit_002", "unit_010", "unit_101", "unit_1000")
        assert recording.peak_counts() == dict.fromkeys(recording.unit_ids, 4)


def test_a_unit_without_number_takes_that_of_its_name(tmp_path: Path) -> None:
    path = make_sorted(tmp_path / "a.cmtr")
    with h5py.File(path, "r+") as file:
        del file["Spike Sorter/Unit 12"].attrs["UnitID"]
    assert list(units_of(path)) == ["unit_001", "unit_012"]


def test_the_link_to_the_raw_file_may_be_broken(reference: Path, tmp_path: Path) -> None:
    alone = tmp_path / "alone.cmtr"
    shutil.copyfile(reference / NAME, alone)
    with open_sorted(alone) as recording:
        assert len(recording.unit_ids) == 8


def test_source_is_never_read(tmp_path: Path) -> None:
    path = make_sorted(tmp_path / "a.cmtr")
    with h5py.File(path, "r+") as file:
        # Chunks that no filter can unpack: any read of them fails.
        del file["Spike Sorter/Unit 1/Source"]
        source = file["Spike Sorter/Unit 1"].create_dataset(
            "Source", (8,), "f4", chunks=(8,), compression="gzip"
        )
        source.id.write_direct_chunk((0,), b"not packed")
    with h5py.File(path) as file, pytest.raises(OSError, match="read"):
        file["Spike Sorter/Unit 1/Source"][()]
    assert len(units_of(path, full_peaks=True)) == 2
