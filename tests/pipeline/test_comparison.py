"""Our files of both modes and the lab's files of the same recording, node by node, as a table in the test output."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from hdmea_gui.pipeline import (
    PipelineSession,
    add_section_time,
    compute_sta,
    create_session,
    extract_features,
    load_recording_with_eimage_sta,
    section_spike_times,
)
from tests.io.store.test_lab_files import everything, text

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

NAME = "2026.02.03-10.11.12-Rec"
LAB_FILES = ("lab_deferred", "lab_immediate", "lab_immediate_plain")

EQUAL, CLOSE, DIFFERS, IN_PART, ABSENT = "equal", "close", "differs", "in part", "-"
PLAIN_LOAD = "the plain load leaves it out"


@dataclass(frozen=True)
class Nodes:
    """Nodes that belong together, and how the lab's files are known to compare with ours.

    Parameters
    ----------
    message : str
        What they are.
    pattern : str
        Their paths; what stands behind @ is an attribute.
    verdicts : tuple of str
        For each of the lab's files.
    reason : str
        Why, where the verdict is not "equal".
    tolerance : float
        What counts as close, as part of the largest value.
    """

    message: str
    pattern: str
    verdicts: tuple[str, str, str] = (EQUAL, EQUAL, EQUAL)
    reason: str = ""
    tolerance: float = 1e-6


_UNIT, _CUT, _FEATURE = r"/units/\w+", r"/units/\w+/spike_times_sectioned/\w+", r"/units/\w+/features"
TABLE = (
    Nodes("spikes", rf"{_UNIT}(/spike_times|@spike_count)"),
    Nodes("waveforms", rf"{_UNIT}/waveform"),
    Nodes(
        "10 Hz firing rates",
        rf"{_UNIT}/firing_rate_10hz",
        (DIFFERS, DIFFERS, EQUAL),
        "the integrated load's end with a unit's last spike",
    ),
    Nodes(
        "places on the chip",
        rf"{_UNIT}@(row|col|global_id)",
        (EQUAL, EQUAL, DIFFERS),
        "the plain load takes another chip's layout",
    ),
    Nodes("sorter's measures", rf"{_UNIT}/unit_meta/(?!attr_).*", (EQUAL, EQUAL, ABSENT), PLAIN_LOAD),
    Nodes("spikes by trial", rf"{_CUT}/.*"),
    Nodes("margins and trials", rf"{_CUT}@(n_trials|pad_margin|pre_samples|post_samples)"),
    Nodes(
        "trial_repeats",
        rf"{_CUT}@trial_repeats",
        (ABSENT, DIFFERS, DIFFERS),
        "the lab's is an argument without effect",
    ),
    Nodes("stimulus STAs", rf"{_FEATURE}/(sta_\w+/data|dense_noise\w+/sta)"),
    Nodes("their spike counts", rf"{_FEATURE}/sta_\w+/metadata/n_spikes\w+"),
    Nodes(
        "electrical images",
        rf"{_FEATURE}/eimage_sta/data",
        (DIFFERS, DIFFERS, ABSENT),
        "the lab loses spikes at chunk borders",
    ),
    Nodes(
        "inter-frame rates",
        rf"{_FEATURE}/frif/data/FRIF",
        (DIFFERS, ABSENT, DIFFERS),
        "samples taken for microseconds",
    ),
    Nodes(
        "light channels",
        r"/stimulus/light_reference/\w+",
        (CLOSE, CLOSE, CLOSE),
        "the lab adds in single precision",
    ),
    Nodes("display frames", r"/stimulus/frame_times?/default|/metadata/frame_time(stamps)?"),
    Nodes("section times", r"/stimulus/section_time/\w+"),
    Nodes("light templates", r"/stimulus/light_template/\w+"),
    Nodes("rate and interval", r"/metadata/(acquisition_rate|sample_interval|dataset_id)"),
    Nodes("attributes of the raw file", r"/metadata/cmcr_meta/.*"),
    Nodes("attributes of the sorted file", r"/metadata/cmtr_meta/.*", (EQUAL, EQUAL, ABSENT), PLAIN_LOAD),
)

# What may differ between our own two files: moments, and how long the steps took.
MOMENTS = re.compile(
    r".*@(created_at|updated_at|extracted_at|stage1_timestamp|saved_at)|/pipeline/(integrity|session_info/steps)/.*"
)


def made(reference: Path, folder: Path, *, deferred: bool) -> Path:
    """Our file, in one of the two modes."""
    pair = (reference / f"{NAME}.cmcr", reference / f"{NAME}-.cmtr")
    session = create_session(None, *pair, output_dir=folder) if deferred else None
    loaded: Any = load_recording_with_eimage_sta(*pair, output_dir=folder, session=session)
    where: dict[str, Any] = {"session": session} if deferred else {"hdf5_path": loaded.hdf5_path}
    tables: dict[str, Any] = {
        "playlist_file_path": reference / "playlist.csv",
        "movie_length_file_path": reference / "movie_length.csv",
    }
    add_section_time(playlist_name="demo_set", **tables, **where)
    section_spike_times(config_dir=reference / "stimuli", **where)
    compute_sta(stimuli_dir=reference / "stimuli", **where)
    extract_features(features=["frif"], **where)
    return session.save() if session is not None else loaded.hdf5_path


def difference(one: Any, other: Any) -> float:
    """How far two values are apart, as part of the largest; 0 where they are equal, infinite for other forms."""
    first, second = np.asarray(one), np.asarray(other)
    if first.dtype.kind not in "biuf" or second.dtype.kind not in "biuf":
        return 0.0 if list(map(text, first.ravel())) == list(map(text, second.ravel())) else np.inf
    if first.size != second.size or not np.array_equal(np.isnan(first), np.isnan(second)):
        return np.inf
    apart = np.abs(first.ravel().astype(float) - second.ravel().astype(float))
    scale = np.nanmax(np.abs(first.astype(float)), initial=0.0)
    largest = float(np.nanmax(apart, initial=0.0))
    return 0.0 if largest == 0 else largest / scale if scale else np.inf


def verdict(nodes: Nodes, ours: dict[str, Any], theirs: dict[str, Any]) -> str:
    wanted = {path for path in ours if re.fullmatch(nodes.pattern, path) and "hdmea_type" not in path}
    there = wanted & set(theirs)
    if not there:
        return ABSENT
    apart = max(difference(ours[path], theirs[path]) for path in there)
    if apart > nodes.tolerance:
        return DIFFERS
    if there != wanted:
        return IN_PART
    return CLOSE if apart else EQUAL


def test_deferred_immediate_and_the_labs_files(
    reference: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    deferred = everything(made(reference, tmp_path / "deferred", deferred=True))
    immediate = everything(made(reference, tmp_path / "immediate", deferred=False))
    assert set(deferred) == set(immediate)
    apart = {path for path in deferred if difference(deferred[path], immediate[path])}
    assert [path for path in apart if not MOMENTS.fullmatch(path)] == []

    # The lab's files are read by this program and saved again, so that all have one layout.
    lab = [
        everything(PipelineSession.load(reference / f"{name}.h5").save(tmp_path / f"{name}.h5"))
        for name in LAB_FILES
    ]
    lines: list[tuple[str, ...]] = [("nodes", "count", "deferred = immediate", *LAB_FILES, "why")]
    found = {}
    for nodes in TABLE:
        count = sum(bool(re.fullmatch(nodes.pattern, path)) for path in deferred)
        assert count, nodes.message
        found[nodes.message] = tuple(verdict(nodes, deferred, theirs) for theirs in lab)
        own = verdict(nodes, deferred, immediate)
        reason = nodes.reason if set(found[nodes.message]) - {EQUAL} else ""
        lines.append((nodes.message, str(count), own, *found[nodes.message], reason))
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    with capsys.disabled():
        print()  # noqa: T201 - the table is what this test shows
        for line in lines:
            print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)))  # noqa: T201
    assert {line[2] for line in lines[1:]} == {EQUAL}
    assert found == {nodes.message: nodes.verdicts for nodes in TABLE}
    for unit in (f"/units/unit_{number:03d}/firing_rate_10hz" for number in range(1, 9)):
        for theirs in lab:
            n_bins = len(theirs[unit])
            np.testing.assert_array_equal(deferred[unit][:n_bins], theirs[unit])
            assert not deferred[unit][n_bins:].any()
