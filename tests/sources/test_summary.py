from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from hdmea_gui.io.mcs import SweepData
from hdmea_gui.sources import RegionSummary, dataset_id_of, describe_source, session_bytes_of
from tests.io.mcs.mcs_files import frames, make_raw, make_sorted, region

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("2026.02.03-10.11.12-Rec-.cmtr", "2026.02.03-10.11.12-Rec"),
        ("2026.02.03-10.11.12-Rec.cmcr", "2026.02.03-10.11.12-Rec"),
        ("/far/away/a--.cmce", "a"),
        ("-a-b.cmte", "-a-b"),
    ],
)
def test_dataset_id(name: str, expected: str) -> None:
    assert dataset_id_of(name) == expected


def test_the_reference_pair_at_a_glance(reference: Path) -> None:
    raw = describe_source(reference / "2026.02.03-10.11.12-Rec.cmcr")
    assert (raw.role, raw.dataset_id, raw.n_channels) == ("raw", "2026.02.03-10.11.12-Rec", 2)
    assert (raw.duration_s, raw.rate_hz, raw.n_samples) == (109.0832, 2500.0, 272708)
    assert raw.regions == (RegionSummary(1, 20, 31, 17, 15, 1, 5000),)
    assert raw.size_bytes == raw.path.stat().st_size
    assert raw.date_time == "14.03.2026 15:09:26"
    spikes = describe_source(reference / "2026.02.03-10.11.12-Rec-.cmtr")
    assert (spikes.role, spikes.dataset_id, spikes.n_units) == ("sorting", raw.dataset_id, 8)
    # By hand: two light channels, frames, peaks, then 8 units with rates and images.
    light = 2 * 4 * (272708 + 109.0832 * 1010)
    per_unit = 4 * (10 * 109.0832 + 50 * 17 * 15)
    expected = light + 109.0832 * 60 * 16 + spikes.n_counted * 28 + 8 * per_unit
    assert session_bytes_of(raw, spikes) == pytest.approx(expected, abs=1)
    assert session_bytes_of(raw, None) == pytest.approx(light + 109.0832 * 60 * 16, abs=1)
    assert session_bytes_of(None, spikes) == spikes.n_counted * 28
    assert session_bytes_of(None, None) == 0


def test_sweeps_regions_and_warnings_are_counted(tmp_path: Path) -> None:
    sweeps = [SweepData(0, 30, frames(30, 7, 5)), SweepData(20_000, 20, frames(20, 7, 5))]
    other = region(region_id=2, sweeps=[SweepData(0, 10, frames(10, 7, 5))])
    summary = describe_source(
        make_raw(tmp_path / "a.cmce", regions=[region(sweeps=sweeps), other], tick=False)
    )
    assert [(r.n_sweeps, r.n_frames) for r in summary.regions] == [(2, 50), (1, 10)]
    assert len(summary.warnings) == 1


def test_peaks_are_counted_without_being_read(tmp_path: Path) -> None:
    summary = describe_source(make_sorted(tmp_path / "a.cmte", text="str"))
    assert (summary.n_units, summary.n_counted) == (2, 120)
