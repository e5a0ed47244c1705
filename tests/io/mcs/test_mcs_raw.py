from __future__ import annotations

from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
import pytest

from hdmea_gui.errors import DataLoadError
from hdmea_gui.io.mcs import ChannelGroup, SweepData, open_raw
from tests.io.mcs.mcs_files import ANALOG, RATE_HZ, frames, make_raw, region

if TYPE_CHECKING:
    from pathlib import Path

ANALOG_META = "Acquisition/Analog Data/ChannelMeta"
SENSOR_META = "Acquisition/Sensor Data/SensorMeta"


def without_columns(path: Path, table: str, *names: str) -> None:
    with h5py.File(path, "r+") as file:
        records = file[table][()]
        attributes = dict(file[table].attrs)
        kept = [name for name in records.dtype.names if name not in names]
        del file[table]
        file[table] = records[kept].astype([(name, records.dtype[name]) for name in kept])
        file[table].attrs.update(attributes)


def test_every_part_of_the_reference_recording_is_as_h5py_sees_it(reference: Path) -> None:
    path = reference / "2026.02.03-10.11.12-Rec.cmcr"
    with h5py.File(path) as file, open_raw(path) as raw:
        assert raw.rate_hz == 2500.0
        assert raw.duration_s == 109.0832
        assert raw.n_samples == 272708
        assert raw.warnings == []
        assert raw.metadata["LB.RecordingDuration"] == 109083200
        assert raw.metadata["DateTime"] == "14.03.2026 15:09:26"
        assert raw.metadata.keys() == file.attrs.keys()
        analog = file["Acquisition/Analog Data/ChannelData 1"][()]
        for channel in raw.channels:
            np.testing.assert_array_equal(raw.read_channel(channel.number), analog[channel.number - 1])
        (only,) = raw.regions
        assert (only.left, only.top, only.right, only.bottom) == (20, 31, 36, 45)
        assert (only.width, only.height, only.exponent, only.tick_us) == (17, 15, -9, 400.0)
        assert only.file_axes == ("col", "row")
        np.testing.assert_array_equal(only.conversion_factors, np.ones(17 * 15))
        (sweep,) = only.sweeps
        stored = file["Acquisition/Sensor Data/SensorData 1 1"][()]
        assert sweep.dtype == stored.dtype
        assert sweep.chunk_frames == 200
        np.testing.assert_array_equal(sweep.read(0, sweep.n_frames), stored)


@pytest.mark.filterwarnings("ignore")
def test_the_vendors_reader_sees_the_same_reference_recording(reference: Path) -> None:
    from McsPy.McsCMOSMEA import McsData

    path = reference / "2026.02.03-10.11.12-Rec.cmcr"
    theirs = McsData(str(path))
    acquisition = theirs.Acquisition
    with open_raw(path) as raw:
        for channel in raw.channels:
            np.testing.assert_array_equal(
                raw.read_channel(channel.number), acquisition.Analog_Data.ChannelData_1[channel.number - 1]
            )
            assert channel.label == acquisition.Analog_Data.ChannelMeta.Label[channel.number - 1].decode()
        np.testing.assert_array_equal(
            raw.regions[0].sweeps[0].read(100, 350), acquisition.Sensor_Data.SensorData_1_1[100:350]
        )


@pytest.mark.filterwarnings("ignore")
def test_the_vendors_reader_opens_what_the_writer_wrote(tmp_path: Path) -> None:
    from McsPy.McsCMOSMEA import McsData

    second = region(
        region_id=2, left=1, right=5, top=1, bottom=4, sweeps=[SweepData(0, 40, frames(40, 5, 4))]
    )
    first = region(sweeps=[SweepData(0, 30, frames(30, 7, 5)), SweepData(60_000, 20, frames(20, 7, 5, 3))])
    path = make_raw(
        tmp_path / "a.cmcr", regions=[first, second], extra_streams=True, attributes={"Own": "yes"}
    )
    theirs = McsData(str(path))
    assert theirs.attributes["LB.RecordingDuration"] == 400_000
    assert theirs.attributes["Own"] == "yes"
    acquisition = theirs.Acquisition
    np.testing.assert_array_equal(acquisition.Analog_Data.ChannelData_1[()], ANALOG)
    np.testing.assert_array_equal(acquisition.Analog_Data.ChannelMeta.Tick, [400.0, 400.0])
    sensors = acquisition.Sensor_Data
    np.testing.assert_array_equal(sensors.SensorData_1_2[()], frames(20, 7, 5, 3))
    np.testing.assert_array_equal(sensors.SensorData_2_1[()], frames(40, 5, 4))
    np.testing.assert_array_equal(sensors.SensorMeta.RegionRight, [26, 5])
    assert sorted(sensors.Regions) == [1, 2]


@pytest.mark.parametrize("text", ["bytes", "str"])
@pytest.mark.parametrize("extra_streams", [False, True])
def test_text_kinds_and_further_streams_change_nothing(
    tmp_path: Path, text: str, extra_streams: bool
) -> None:
    channels = ChannelGroup(
        unit="µV", conversion_factor=2.5, exponent=-6, ad_zero=3, labels=("Light", "Sync")
    )
    path = make_raw(tmp_path / "a.cmcr", text=text, extra_streams=extra_streams, channels=channels)
    with open_raw(path) as raw:
        assert raw.warnings == []
        assert raw.metadata["ID.Type"] == "MCS-CMOS-MEA"
        assert raw.metadata["FileVersion"] == 1
        assert [channel.label for channel in raw.channels] == ["Light", "Sync"]
        light = raw.channels[0]
        assert (light.unit, light.conversion_factor, light.exponent, light.ad_zero) == ("µV", 2.5, -6, 3)
        assert light.n_samples == 1000
        np.testing.assert_array_equal(raw.read_channel(2), ANALOG[1])
        assert raw.regions[0].sweeps[0].n_frames == 300


def test_texts_in_latin_1_are_read(tmp_path: Path) -> None:
    path = make_raw(tmp_path / "a.cmcr")
    with h5py.File(path, "r+") as file:
        file.attrs["Unit"] = np.bytes_(b"\xb5V  ")
    with open_raw(path) as raw:
        assert raw.metadata["Unit"] == "µV"


def test_attributes_become_plain_python_values(tmp_path: Path) -> None:
    path = make_raw(tmp_path / "a.cmcr")
    with h5py.File(path, "r+") as file:
        file.attrs["number"] = np.array([[2.5]])
        file.attrs["several"] = np.array([1, 2, 3])
        file.attrs["texts"] = np.array([b"a", b"b"])
        file.attrs["one text"] = np.array(["word"], dtype=h5py.string_dtype())
        file.attrs["nothing"] = h5py.Empty("f")
        file.attrs["reference"] = file.ref
    with open_raw(path) as raw:
        assert raw.metadata["number"] == 2.5
        assert isinstance(raw.metadata["number"], float)
        np.testing.assert_array_equal(raw.metadata["several"], [1, 2, 3])
        assert raw.metadata["texts"] == ["a", "b"]
        assert raw.metadata["one text"] == "word"
        assert raw.metadata["nothing"] == ""
        assert "reference" not in raw.metadata


@pytest.mark.parametrize(
    ("start", "stop"), [(0, None), (0, 0), (100, 101), (990, 5000), (5000, 6000), (500, None), (0, 1000)]
)
def test_a_stretch_of_a_channel_is_a_slice_of_it(tmp_path: Path, start: int, stop: int | None) -> None:
    with open_raw(make_raw(tmp_path / "a.cmcr")) as raw:
        np.testing.assert_array_equal(raw.read_channel(1, start, stop), ANALOG[0, start:stop])


def test_further_channel_data_are_further_channels(tmp_path: Path) -> None:
    more = np.arange(1000, dtype=np.int32)[None] * 3
    with open_raw(make_raw(tmp_path / "a.cmcr", more_analog=[more])) as raw:
        assert [channel.number for channel in raw.channels] == [1, 2, 3]
        np.testing.assert_array_equal(raw.read_channel(3), more[0])
        assert raw.channels[2].label == "Analog 3"


def test_channel_data_that_begin_later_continue_the_same_channels(tmp_path: Path) -> None:
    later = ANALOG[:, :200]
    path = make_raw(tmp_path / "a.cmcr", more_analog=[later])
    with h5py.File(path, "r+") as file:
        data = file["Acquisition/Analog Data/ChannelData 2"]
        data.attrs["From"], data.attrs["To"] = 1100 * 400, 1300 * 400
    with open_raw(path) as raw:
        assert len(raw.channels) == 2
        assert raw.n_samples == 1300
        expected = np.concatenate([ANALOG[0], np.zeros(100, np.int32), later[0]])
        np.testing.assert_array_equal(raw.read_channel(1), expected)
        np.testing.assert_array_equal(raw.read_channel(1, 990, 1110), expected[990:1110])
        assert any("sample 1000 to 1100" in warning for warning in raw.warnings)


def test_regions_sweeps_and_axes(tmp_path: Path) -> None:
    turned = region(
        region_id=2,
        axes=("row", "col"),
        conversion_factors=np.arange(35) / 7,
        sweeps=[SweepData(0, 10, frames(10, 5, 7))],
    )
    square = region(region_id=3, right=24, sweeps=[SweepData(0, 10, frames(10, 5, 5))])
    late = SweepData(40_000, 50, lambda start, stop: frames(50, 7, 5)[start:stop])
    sliced = SweepData(80_000, 60, (part for part in np.array_split(frames(60, 7, 5), 7)))
    path = make_raw(tmp_path / "a.cmcr", regions=[region(sweeps=[late, sliced]), turned, square])
    with open_raw(path) as raw:
        assert raw.warnings == []
        assert [r.region_id for r in raw.regions] == [1, 2, 3]
        assert [r.file_axes for r in raw.regions] == [("col", "row"), ("row", "col"), None]
        np.testing.assert_array_equal(raw.regions[1].conversion_factors, np.arange(35) / 7)
        assert [(s.number, s.start_sample, s.n_frames) for s in raw.regions[0].sweeps] == [
            (1, 100, 50),
            (2, 200, 60),
        ]
        np.testing.assert_array_equal(raw.regions[0].sweeps[0].read(0, 50), frames(50, 7, 5))
        np.testing.assert_array_equal(raw.regions[0].sweeps[1].read(0, 60), frames(60, 7, 5))
        assert raw.regions[0].end_sample == 260
        assert raw.regions[0].holds(31, 20)
        assert raw.regions[0].holds(35, 26)
        assert not raw.regions[0].holds(36, 26)
        assert not raw.regions[0].holds(35, 27)


def test_slabs_bands_and_given_arrays(tmp_path: Path) -> None:
    whole = frames(300, 7, 5)
    with open_raw(make_raw(tmp_path / "a.cmcr", chunk_frames=64)) as raw:
        sweep = raw.regions[0].sweeps[0]
        np.testing.assert_array_equal(sweep.read(13, 270), whole[13:270])
        np.testing.assert_array_equal(sweep.read(13, 270, rows=slice(2, 5)), whole[13:270, 2:5])
        taken = np.empty((20, 3, 5), np.float32)
        assert sweep.read(0, 20, out=taken, rows=slice(4, None)) is taken
        np.testing.assert_array_equal(taken, whole[:20, 4:])
        assert sweep.read(300, 300).shape == (0, 7, 5)
        for start, stop in ((-1, 5), (5, 301), (9, 5)):
            with pytest.raises(ValueError, match="300"):
                sweep.read(start, stop)


@pytest.mark.parametrize("name", ["Conversion Factors", "ConversionFactors", None])
def test_conversion_factors_under_either_name_or_missing(tmp_path: Path, name: Any) -> None:
    factors = np.linspace(0.5, 1.5, 35)
    path = make_raw(tmp_path / "a.cmcr", regions=[region(factors_name=name, conversion_factors=factors)])
    with open_raw(path) as raw:
        found = raw.regions[0].conversion_factors
        assert raw.warnings == []
        if name is None:
            assert found is None
        else:
            np.testing.assert_array_equal(found, factors)


@pytest.mark.parametrize("bad", [b"1.0 2.0 ", b"one two", b""])
def test_unusable_conversion_factors_are_said_and_left(tmp_path: Path, bad: bytes) -> None:
    path = make_raw(tmp_path / "a.cmcr")
    with h5py.File(path, "r+") as file:
        meta = file[SENSOR_META]
        records = meta[()]
        records["Conversion Factors"] = bad
        meta[...] = records
    with open_raw(path) as raw:
        assert raw.regions[0].conversion_factors is None
        assert any("conversion factors" in warning for warning in raw.warnings)


def test_sweeps_that_overlap_or_differ_in_size_are_said(tmp_path: Path) -> None:
    sweeps = [SweepData(0, 50, frames(50, 7, 5)), SweepData(4_000, 50, frames(50, 7, 5))]
    path = make_raw(tmp_path / "a.cmcr", regions=[region(sweeps=sweeps)])
    with h5py.File(path, "r+") as file:
        stream = file["Acquisition/Sensor Data"]
        odd = stream.create_dataset("SensorData 1 3", data=frames(5, 6, 5))
        odd.attrs.update(dict(stream["SensorData 1 1"].attrs))
        stream.create_dataset("SensorData 1 4", data=np.arange(4)).attrs.update(dict(odd.attrs))
    with open_raw(path) as raw:
        assert len(raw.regions[0].sweeps) == 2
        said = " ".join(raw.warnings)
        assert "overlap" in said
        assert "different sizes" in said
        assert "SensorData 1 4 is ignored" in said


def test_a_region_without_its_row_is_placed_at_the_corner_with_a_warning(tmp_path: Path) -> None:
    path = make_raw(tmp_path / "a.cmcr")
    with h5py.File(path, "r+") as file:
        del file[SENSOR_META]
    with open_raw(path) as raw:
        (only,) = raw.regions
        assert (only.left, only.top, only.width, only.height) == (1, 1, 7, 5)
        assert only.tick_us is None
        assert any("column 1, row 1" in warning for warning in raw.warnings)


def test_the_rate_is_exact_from_tick(tmp_path: Path) -> None:
    for tick_us in (50, 40, 400, 30, 37.5):
        path = make_raw(tmp_path / "a.cmcr", rate_hz=1e6 / tick_us)
        with open_raw(path) as raw:
            assert raw.rate_hz == 1e6 / tick_us


def test_without_tick_the_rate_follows_from_the_length(tmp_path: Path) -> None:
    with open_raw(make_raw(tmp_path / "a.cmcr", tick=False)) as raw:
        assert raw.rate_hz == pytest.approx(RATE_HZ, rel=1e-12)
        assert len(raw.warnings) == 1
        assert "2500" in raw.warnings[0]


def test_without_tick_and_length_the_last_resort_is_said(tmp_path: Path) -> None:
    path = make_raw(tmp_path / "a.cmcr", tick=False, regions=[])
    with h5py.File(path, "r+") as file:
        del file.attrs["LB.RecordingDuration"]
        for node in (file["Acquisition"], file["Acquisition/Analog Data/ChannelData 1"]):
            del node.attrs["To"]
    with open_raw(path) as raw:
        assert raw.rate_hz == 20_000.0
        assert "20000 Hz is assumed" in raw.warnings[0]
        assert raw.duration_s == 1000 / 20_000


def test_a_short_stretch_of_sensor_data_alone_does_not_set_a_wrong_rate(tmp_path: Path) -> None:
    path = make_raw(tmp_path / "a.cmcr", tick=False, duration_us=100_000_000)
    with h5py.File(path, "r+") as file:
        del file["Acquisition/Analog Data"]
    with open_raw(path) as raw:
        assert raw.rate_hz == pytest.approx(RATE_HZ, rel=1e-12)
        assert raw.duration_s == 100.0
        assert raw.n_samples == 250_000
        assert raw.channels == ()


@pytest.mark.parametrize("tick", [0.0, -50.0, np.inf, np.nan, 1e-300])
def test_a_tick_that_cannot_be_is_not_used(tmp_path: Path, tick: float) -> None:
    path = make_raw(tmp_path / "a.cmcr", regions=[])
    with h5py.File(path, "r+") as file:
        records = file[ANALOG_META][()]
        records["Tick"] = tick
        file[ANALOG_META][...] = records
    with open_raw(path) as raw:
        assert raw.rate_hz == pytest.approx(RATE_HZ, rel=1e-12)


def test_a_tick_that_contradicts_the_length_is_said(tmp_path: Path) -> None:
    with open_raw(make_raw(tmp_path / "a.cmcr", duration_us=300_000)) as raw:
        assert raw.rate_hz == RATE_HZ
        assert any("The stated rate is used" in warning for warning in raw.warnings)


def with_tick(path: Path, factor: float) -> Path:
    with h5py.File(path, "r+") as file:
        for place in (ANALOG_META, SENSOR_META):
            records = file[place][()]
            records["Tick"] *= factor
            file[place][...] = records
    return path


LONG = np.zeros((2, 272_708), np.int32)


@pytest.mark.parametrize("factor", [0.99, 0.9998, 1.0002, 1.0075])
def test_a_tick_that_the_data_contradict_is_not_used(tmp_path: Path, factor: float) -> None:
    path = with_tick(make_raw(tmp_path / "a.cmcr", analog=LONG), factor)
    with open_raw(path) as raw:
        assert raw.rate_hz == RATE_HZ
        assert raw.duration_s == pytest.approx(109.0832, abs=1e-6)
        said = next(warning for warning in raw.warnings if "at the end" in warning)
        assert f"{109_083.2 * abs(factor - 1):.0f} ms" in said
        assert "2500 Hz are used" in said


def test_a_tick_within_one_part_in_ten_thousand_stands(tmp_path: Path) -> None:
    with open_raw(with_tick(make_raw(tmp_path / "a.cmcr", analog=LONG), 1.00005)) as raw:
        assert raw.rate_hz == RATE_HZ / 1.00005
        assert not any("at the end" in warning for warning in raw.warnings)


def test_data_that_disagree_with_each_other_leave_the_tick_in_use(tmp_path: Path) -> None:
    path = make_raw(tmp_path / "a.cmcr", analog=LONG)
    with h5py.File(path, "r+") as file:
        file["Acquisition/Analog Data/ChannelData 1"].attrs["To"] = np.array([108_000_000])
    with open_raw(path) as raw:
        assert raw.rate_hz == RATE_HZ
        assert any("The stated rate is used" in warning for warning in raw.warnings)


@pytest.mark.parametrize("stated_us", [0, 10_000_000, 108_000_000, 3_600_000_000])
def test_a_stated_length_that_the_samples_contradict_is_not_used(tmp_path: Path, stated_us: int) -> None:
    path = make_raw(tmp_path / "a.cmcr", analog=LONG)
    with h5py.File(path, "r+") as file:
        file.attrs["LB.RecordingDuration"] = np.array([stated_us])
    with open_raw(path) as raw:
        assert raw.rate_hz == RATE_HZ
        assert raw.duration_s == pytest.approx(109.0832, abs=1e-6)
        assert bool(stated_us) == any(f"states a length of {stated_us / 1e6:g} s" in w for w in raw.warnings)


def test_a_region_at_another_rate_is_said(tmp_path: Path) -> None:
    path = make_raw(tmp_path / "a.cmcr")
    with h5py.File(path, "r+") as file:
        records = file[SENSOR_META][()]
        records["Tick"] = 50.0
        file[SENSOR_META][...] = records
    with open_raw(path) as raw:
        assert any("20000 Hz" in warning for warning in raw.warnings)


def test_channels_without_meta_or_with_a_poorer_one_are_still_channels(tmp_path: Path) -> None:
    path = make_raw(tmp_path / "a.cmcr")
    without_columns(path, ANALOG_META, "Label", "GroupID", "ADZero", "ConversionFactor", "Exponent", "Unit")
    with open_raw(path) as raw:
        assert raw.rate_hz == RATE_HZ
        assert [(channel.number, channel.label) for channel in raw.channels] == [(1, ""), (2, "")]
        assert raw.channels[0].conversion_factor == 1.0
    with h5py.File(path, "r+") as file:
        del file[ANALOG_META]
    with open_raw(path) as raw:
        np.testing.assert_array_equal(raw.read_channel(2), ANALOG[1])
        assert raw.rate_hz == RATE_HZ  # the sensors' Tick


def test_nodes_of_unknown_type_are_known_by_name_and_renamed_ones_by_type(tmp_path: Path) -> None:
    path = make_raw(tmp_path / "a.cmcr", extra_streams=True)
    with h5py.File(path, "r+") as file:
        acquisition = file["Acquisition"]
        acquisition["Analog Data"].attrs["ID.TypeID"] = "of another version"
        del acquisition["Analog Data/ChannelData 1"].attrs["ID.TypeID"]
        acquisition.move("Sensor Data", "Sensors (new name)")
        acquisition["Sensors (new name)"].move("SensorData 1 1", "Frames 1 1")
    with open_raw(path) as raw:
        np.testing.assert_array_equal(raw.read_channel(1), ANALOG[0])
        np.testing.assert_array_equal(raw.regions[0].sweeps[0].read(0, 300), frames(300, 7, 5))


def test_a_channel_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with (
        open_raw(make_raw(tmp_path / "a.cmcr")) as raw,
        pytest.raises(DataLoadError, match="no analog channel 3"),
    ):
        raw.read_channel(3)


def test_the_file_is_closed_when_the_block_ends_or_fails(tmp_path: Path) -> None:
    path = make_raw(tmp_path / "a.cmcr")
    with open_raw(path) as raw:
        sweep = raw.regions[0].sweeps[0]
    with pytest.raises(DataLoadError):
        sweep.read(0, 10)
    with pytest.raises(ZeroDivisionError), open_raw(path):
        raise ZeroDivisionError
    with h5py.File(path, "r+"):  # only opens for writing when nothing else holds it
        pass


def test_a_write_that_fails_leaves_the_old_file_alone(tmp_path: Path) -> None:
    path = make_raw(tmp_path / "a.cmcr")
    before = path.read_bytes()
    for sweep in (
        SweepData(0, 5, frames(4, 7, 5)),
        SweepData(0, 5, iter([frames(4, 7, 5), frames(4, 7, 5)])),
    ):
        with pytest.raises(ValueError, match=r"got (4 of|more than) its 5 frames"):
            make_raw(path, regions=[region(sweeps=[sweep])])
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]
