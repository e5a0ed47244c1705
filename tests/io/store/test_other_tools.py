"""Session files in programs that others wrote: HDF5's own tools, netCDF4, Octave."""

from __future__ import annotations

import copy
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
import pytest

from hdmea_gui.io.store import read_tree, write_tree
from tests.io.store.trees import differences, full_tree

if TYPE_CHECKING:
    from pathlib import Path


def session_tree(n_units: int = 2) -> dict[str, Any]:
    """Return a tree with every kind of value that one of the programs stumbled over."""
    tree = full_tree()
    tree["units"]["unit_001"] |= {f"text_{number}": "text" for number in range(70)}
    tree["units"]["unit_001"]["unit_meta"]["tags"] = "größer"
    tree["metadata"]["cmcr_meta"] |= {"MeaName": "CMOS-µ", "is_wet": True, "names": ["a", "網"]}
    tree["attributes"]["units/unit_001"] |= {f"attribute_{number}": "text" for number in range(70)}
    tree["extras"]["lab_notes"] |= {"rows": np.zeros((0, 3)), "texts": np.array([], dtype=object)}
    for number in range(3, n_units + 1):
        tree["units"][f"unit_{number:03d}"] = copy.deepcopy(tree["units"]["unit_001"])
        tree["attributes"][f"units/unit_{number:03d}"] = dict(tree["attributes"]["units/unit_001"])
    return tree


@pytest.fixture(scope="module", params=[("session", 2), ("checkpoint", 2), ("session", 300)], ids=str)
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int]:
    """A file, and how many units it has."""
    kind, n_units = request.param
    path = tmp_path_factory.mktemp("tools") / "file.h5"
    write_tree(path, session_tree(n_units), kind=kind, checkpoint_name="größer", note="µ")
    return path, n_units


@pytest.fixture(scope="module")
def path(made: tuple[Path, int]) -> Path:
    return made[0]


def run(*command: str | Path) -> str:
    """Run a program and return what it prints; skip the test where it is not installed."""
    if shutil.which(str(command[0])) is None:
        pytest.skip(f"{command[0]} is not installed here")
    answer = subprocess.run(list(map(str, command)), check=False, capture_output=True, text=True)
    assert answer.returncode == 0, (answer.returncode, answer.stderr[-2000:])
    return answer.stdout


@pytest.mark.parametrize(
    "group", ["units/unit_001", "units", "metadata", "stimulus", "pipeline", "lab_notes"]
)
def test_h5copy_copies_every_group(path: Path, tmp_path: Path, group: str) -> None:
    run("h5copy", "-i", path, "-o", tmp_path / "copy.h5", "-s", f"/{group}", "-d", "/copy")
    with h5py.File(path) as old, h5py.File(tmp_path / "copy.h5") as new:
        assert dict(new["copy"].attrs).keys() == dict(old[group].attrs).keys()
        assert list(new["copy"]) == list(old[group])


def test_h5py_copies_a_unit(path: Path, tmp_path: Path) -> None:
    with h5py.File(path) as old, h5py.File(tmp_path / "copy.h5", "w") as new:
        old.copy("units/unit_001", new, "copy")
        assert new["copy"].attrs["label"] == "good"


def test_h5repack_packs_and_nothing_is_lost(made: tuple[Path, int], tmp_path: Path) -> None:
    path, n_units = made
    run("h5repack", "-f", "SHUF", "-f", "GZIP=4", path, tmp_path / "packed.h5")
    loaded = read_tree(tmp_path / "packed.h5")
    assert loaded.damage == []
    assert differences(session_tree(n_units), loaded.tree) == []


def test_netcdf_opens_every_group(path: Path) -> None:
    netcdf = pytest.importorskip("netCDF4")
    with netcdf.Dataset(path) as dataset:
        unit = dataset["units"]["unit_001"]
        assert unit["spike_times"][...].tolist() == [5, 110, 210, 220]
        assert unit["features"]["eimage_sta"]["conversion_factors"].shape == (17, 15)


@pytest.mark.parametrize(
    ("group", "expression", "value"),
    [
        ("units", "numel(fieldnames(x.units))", "N_UNITS"),
        ("units", "x.units.unit_001.unit_meta.tags", "größer"),
        ("units", "double(x.units.unit_002.features.eimage_sta.metadata.skip_highpass)", "0"),
        ("metadata", "x.metadata.dataset_id", "recording"),
        ("metadata", "x.metadata.cmcr_meta.MeaName", "CMOS-µ"),
        ("metadata", "double(x.metadata.cmcr_meta.is_wet)", "1"),
        ("stimulus", "double(x.stimulus.section_time.noise(1))", "7667"),
    ],
)
def test_octave_loads_whole_groups(made: tuple[Path, int], group: str, expression: str, value: str) -> None:
    path, n_units = made
    program = f"x = load('-hdf5', '{path}', '{group}'); disp(strtrim(num2str({expression})))"
    if shutil.which("octave-cli") is None:
        pytest.skip("octave-cli is not installed here")
    # Octave of Debian 12 may fail after its work, while it exits
    answer = subprocess.run(
        ["octave-cli", "--no-gui", "--norc", "--eval", program], check=False, capture_output=True, text=True
    )
    assert answer.stdout.strip() == value.replace("N_UNITS", str(n_units)), answer.stderr
