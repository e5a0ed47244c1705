from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest

from hdmea_gui.errors import DataLoadError, HDMEAError
from hdmea_gui.sources import SourceUnit, describe_source, open_sorting_source
from tests.sources.phy_folder import write_phy

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SPIKES = {0: np.array([5, 100, 7000]), 3: np.array([8, 9]), 12: np.array([1, 50_000])}
PITCH_UM = 32.0
POSITIONS = PITCH_UM * np.array([[column, row] for row in range(4) for column in range(5)], float)


def units_of(folder: Path) -> dict[str, SourceUnit]:
    with open_sorting_source(folder) as sorting:
        return {unit_id: sorting.read_unit(unit_id, 20000.0) for unit_id in sorting.unit_ids}


def warnings_of(folder: Path) -> str:
    with open_sorting_source(folder) as sorting:
        return " ".join(sorting.warnings)


@pytest.mark.parametrize("order_seed", [None, 4])
def test_spikes_come_by_cluster_and_in_order(tmp_path: Path, order_seed: int | None) -> None:
    found = units_of(write_phy(tmp_path / "ks", SPIKES, order_seed=order_seed))
    assert list(found) == ["unit_000", "unit_003", "unit_012"]
    for cluster, unit in zip(SPIKES, found.values(), strict=True):
        assert (unit.number, unit.name) == (cluster, f"cluster {cluster}")
        assert unit.spike_times.dtype == np.uint64
        np.testing.assert_array_equal(unit.spike_times, SPIKES[cluster])


def test_amplitudes_belong_to_their_spikes(tmp_path: Path) -> None:
    folder = write_phy(tmp_path / "ks", SPIKES, order_seed=1)
    times = np.load(folder / "spike_times.npy").ravel()
    np.save(folder / "amplitudes.npy", times * 2.0)
    for unit in units_of(folder).values():
        np.testing.assert_array_equal(unit.quality["peak_amplitudes"], unit.spike_times * 2.0)


def test_what_was_labelled_in_phy_is_kept_and_noise_is_left_out(tmp_path: Path) -> None:
    folder = write_phy(tmp_path / "ks", SPIKES, groups={0: "good", 3: "noise", 12: "unsorted", 77: "mua"})
    found = units_of(folder)
    assert {unit_id: unit.label for unit_id, unit in found.items()} == {"unit_000": "good", "unit_012": ""}
    words = warnings_of(folder)
    assert "1 cluster labelled as noise is left out" in words
    assert "77" in words


def test_tables_become_quality_measures(tmp_path: Path) -> None:
    folder = write_phy(tmp_path / "ks", SPIKES, groups={0: "good", 3: "mua", 12: "mua"})
    (folder / "cluster_info.tsv").write_text(
        "cluster_id\tAmplitude\tKSLabel\tch\tgroup\tn_spikes\n0\t12.5\tgood\t7\tmua\t3\n3\t\tmua\t1\tmua\t2\n"
    )
    found = units_of(folder)["unit_000"]
    assert found.quality["amplitude"].tolist() == [12.5]
    assert found.quality["kslabel"] == "good"
    assert found.label == "good"  # the table of groups itself has precedence over the summary
    assert "amplitude" not in units_of(folder)["unit_003"].quality
    assert units_of(folder)["unit_003"].label == "MUA"


def test_templates_tell_waveform_and_position(tmp_path: Path) -> None:
    channels = {0: 7, 3: 0, 12: 19}
    found = units_of(write_phy(tmp_path / "ks", SPIKES, main_channels=channels, positions=POSITIONS))
    for cluster, unit in zip(SPIKES, found.values(), strict=True):
        channel = channels[cluster]
        assert unit.waveform is not None
        np.testing.assert_allclose(unit.waveform, -np.hanning(20) * (cluster + 1), rtol=1e-6)
        assert (unit.row, unit.column) == (channel // 5 + 1, channel % 5 + 1)
        assert (unit.x_um, unit.y_um) == tuple(POSITIONS[channel])


def test_merged_clusters_have_the_mean_of_their_templates(tmp_path: Path) -> None:
    folder = write_phy(tmp_path / "ks", SPIKES, main_channels={0: 7, 3: 7, 12: 0}, positions=POSITIONS)
    np.save(folder / "spike_clusters.npy", np.where(np.load(folder / "spike_clusters.npy") < 12, 20, 12))
    found = units_of(folder)["unit_020"]  # 3 spikes of template 0, 2 of template 3
    assert found.waveform is not None
    np.testing.assert_allclose(found.waveform, -np.hanning(20) * (3 * 1 + 2 * 4) / 5, rtol=1e-6)


def test_sparse_templates_name_their_channels(tmp_path: Path) -> None:
    folder = write_phy(tmp_path / "ks", SPIKES, main_channels={0: 0, 3: 1, 12: 0}, positions=POSITIONS[:2])
    np.save(folder / "channel_positions.npy", POSITIONS)
    np.save(folder / "templates_ind.npy", np.tile([11, 4], (13, 1)))
    found = units_of(folder)
    assert [(unit.row, unit.column) for unit in found.values()] == [(3, 2), (1, 5), (3, 2)]


def test_without_templates_the_summary_tells_the_channel(tmp_path: Path) -> None:
    folder = write_phy(tmp_path / "ks", SPIKES, positions=POSITIONS)
    np.save(folder / "channel_map.npy", np.arange(100, 120))
    (folder / "cluster_info.tsv").write_text("cluster_id\tch\n0\t107\n3\t999\n")
    found = units_of(folder)
    assert (found["unit_000"].row, found["unit_000"].column) == (2, 3)
    assert (found["unit_003"].row, found["unit_012"].row) == (None, None)
    assert found["unit_000"].waveform is None
    assert "no templates.npy" in warnings_of(folder)


def test_electrodes_off_a_grid_have_positions_but_no_rows(tmp_path: Path) -> None:
    positions = POSITIONS.copy()
    positions[::2, 0] += 11
    folder = write_phy(tmp_path / "ks", SPIKES, main_channels={0: 7, 3: 0, 12: 19}, positions=positions)
    found = units_of(folder)["unit_000"]
    assert (found.row, found.x_um) == (None, positions[7, 0])
    assert "do not lie on a grid" in warnings_of(folder)


def test_templates_are_the_clusters_before_the_first_session_of_phy(tmp_path: Path) -> None:
    folder = write_phy(tmp_path / "ks", SPIKES)
    (folder / "spike_clusters.npy").rename(folder / "spike_templates.npy")
    assert list(units_of(folder)) == ["unit_000", "unit_003", "unit_012"]


def test_the_summary_counts_without_loading(tmp_path: Path) -> None:
    summary = describe_source(write_phy(tmp_path / "2026.01.01-Rec" / "kilosort4", SPIKES))
    assert (summary.role, summary.n_units, summary.n_counted, summary.counted) == ("sorting", 3, 7, "spikes")
    assert (summary.rate_hz, summary.dataset_id) == (20000.0, "2026.01.01-Rec")


def test_params_py_stands_for_the_folder(tmp_path: Path) -> None:
    folder = write_phy(tmp_path / "ks", SPIKES)
    assert list(units_of(folder / "params.py")) == list(units_of(folder))


def no_clusters(folder: Path) -> None:
    (folder / "spike_clusters.npy").unlink()


def no_params(folder: Path) -> None:
    (folder / "params.py").unlink()


def no_times(folder: Path) -> None:
    (folder / "spike_times.npy").unlink()


def fewer_clusters(folder: Path) -> None:
    np.save(folder / "spike_clusters.npy", np.load(folder / "spike_clusters.npy")[:-1])


def more_amplitudes(folder: Path) -> None:
    np.save(folder / "amplitudes.npy", np.ones(99))


def negative_times(folder: Path) -> None:
    times = np.load(folder / "spike_times.npy").astype(np.int64)
    times[2] = -1
    np.save(folder / "spike_times.npy", times)


def endless_times(folder: Path) -> None:
    times = np.load(folder / "spike_times.npy")
    times[2] = 2**50
    np.save(folder / "spike_times.npy", times)


def times_in_seconds(folder: Path) -> None:
    np.save(folder / "spike_times.npy", np.load(folder / "spike_times.npy") / 20000)


def negative_clusters(folder: Path) -> None:
    clusters = np.load(folder / "spike_clusters.npy")
    clusters[0] = -3
    np.save(folder / "spike_clusters.npy", clusters)


def texts(folder: Path) -> None:
    np.save(folder / "spike_clusters.npy", np.array(["a", "b"]))


def objects(folder: Path) -> None:
    np.save(folder / "spike_clusters.npy", np.array([{}], object), allow_pickle=True)


def garbage(folder: Path) -> None:
    (folder / "spike_clusters.npy").write_bytes(b"not an array")


def huge_header(folder: Path) -> None:
    header = np.lib.format.header_data_from_array_1_0(np.zeros(1, np.int64)) | {"shape": (1 << 45,)}
    with (folder / "spike_clusters.npy").open("wb") as file:
        np.lib.format.write_array_header_1_0(file, header)


def no_rate(folder: Path) -> None:
    (folder / "params.py").write_text("dat_path = 'x'\n")


def computed_rate(folder: Path) -> None:
    (folder / "params.py").write_text("sample_rate = 2e4 if True else open('x', 'w')\n")


def no_python(folder: Path) -> None:
    (folder / "params.py").write_text("sample_rate = = 3\n")


def deep_python(folder: Path) -> None:
    (folder / "params.py").write_text("sample_rate = " + "(" * 5000 + "1" + ")" * 5000)


def bad_group(folder: Path) -> None:
    (folder / "cluster_group.tsv").write_text("cluster_id\tgroup\nfirst\tgood\n")


def bad_templates(folder: Path) -> None:
    np.save(folder / "templates.npy", np.zeros((3, 4)))


FAULTS: list[tuple[Callable[[Path], None], str]] = [
    (no_clusters, "spike_clusters.npy"),
    (no_params, "params.py"),
    (no_times, "spike_times.npy"),
    (fewer_clusters, "spike_clusters.npy"),
    (more_amplitudes, "amplitudes.npy"),
    (negative_times, "spike_times.npy"),
    (endless_times, "spike_times.npy"),
    (times_in_seconds, "spike_times.npy"),
    (negative_clusters, "spike_clusters.npy"),
    (texts, "spike_clusters.npy"),
    (objects, "spike_clusters.npy"),
    (garbage, "spike_clusters.npy"),
    (huge_header, "spike_clusters.npy"),
    (no_rate, "params.py"),
    (computed_rate, "params.py"),
    (no_python, "params.py"),
    (deep_python, "params.py"),
    (bad_group, "cluster_group.tsv"),
    (bad_templates, "templates.npy"),
]


@pytest.mark.parametrize(("spoil", "named"), FAULTS, ids=[spoil.__name__ for spoil, _ in FAULTS])
def test_a_folder_with_a_fault_is_refused_with_the_files_name(
    tmp_path: Path, spoil: Callable[[Path], None], named: str
) -> None:
    folder = write_phy(tmp_path / "ks", SPIKES)
    spoil(folder)
    with pytest.raises(DataLoadError) as caught:
        units_of(folder)
    assert named in str(caught.value)
    assert "\n" not in str(caught.value)


def test_any_other_folder_is_no_sorting(tmp_path: Path) -> None:
    with pytest.raises(HDMEAError, match="Kilosort or phy"):
        units_of(tmp_path)


def test_code_in_params_py_is_never_run(tmp_path: Path) -> None:
    folder = write_phy(tmp_path / "ks", SPIKES)
    mark = tmp_path / "was_run"
    (folder / "params.py").write_text(
        f"import pathlib\npathlib.Path({str(mark)!r}).touch()\nsample_rate = 20000.0\n"
    )
    command = [sys.executable, "-m", "hdmea_gui", "inspect", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "params.py contains program code, which was not run" in done.stdout
    assert not mark.exists()
    assert len(units_of(folder)) == 3
