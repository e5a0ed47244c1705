"""The benchmark command prints its table; how fast things are is not tested here."""

from __future__ import annotations

import platform
import subprocess
import sys
from pathlib import Path

import pytest

from tests.benchmarks.__main__ import is_met, table

_ROOT = Path(__file__).resolve().parents[1]


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tests.benchmarks", *arguments],
        cwd=_ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    "name", ["electrical_images", "real_size", "spike_triggered_average", "batch", "lanes", "clock"]
)
def test_a_small_case_prints_machine_and_table(name: str) -> None:
    done = _run(name, "--quick")
    assert done.returncode == 0, done.stderr
    machine, _, headings, _, *rows = done.stdout.splitlines()
    assert platform.python_version() in machine
    assert platform.node() not in machine
    assert headings.startswith("| what")
    assert rows
    assert "DIFFERS" not in done.stdout


def test_an_unknown_name_is_refused() -> None:
    done = _run("typo")
    assert done.returncode == 2
    assert "electrical_images" in done.stderr


def test_a_target_is_a_least_or_a_most() -> None:
    row = {"what": "x", "reference_s": 2.0, "ours_s": 1.0, "ratio": 2.0, "target": 3.0}
    assert is_met(row) is False
    assert is_met(row | {"at_most": True}) is True
    assert is_met(row | {"target": None}) is None
    lines = table([row, row | {"at_most": True, "note": "fine"}]).splitlines()
    assert ">= 3" in lines[2]
    assert "| no " in lines[2]
    assert "<= 3" in lines[3]
    assert "fine" in lines[3]
    assert len({len(line) for line in lines}) == 1
