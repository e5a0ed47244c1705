"""Everything that a user can start, started: the rows of packaging/starts.py on the source tree."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from hdmea_gui.session import PipelineSession

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent
PROGRAM = [sys.executable, "-m", "hdmea_gui"]
ENVIRONMENT = os.environ | {"PYTHONPATH": str(ROOT)}


def load_table() -> Any:
    spec = importlib.util.spec_from_file_location("starts", ROOT / "packaging" / "starts.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["starts"] = module  # dataclasses look for their module there
    spec.loader.exec_module(module)
    return module


starts = load_table()
pytestmark = pytest.mark.skipif(
    not all(shutil.which(name) for name in ("Xvfb", "xdotool")),
    reason="Xvfb or xdotool is not installed (Debian's packages xvfb, xdotool): no screen to start the program on",
)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("files")

    def run(words: list[str]) -> None:
        subprocess.run(
            [*PROGRAM, *words], env=ENVIRONMENT, check=True, timeout=starts.PATIENCE_S, capture_output=True
        )

    starts.make_files(folder, Path(__file__).parent / "data" / "reference", run)
    return folder


@pytest.fixture(scope="module")
def display() -> Iterator[Any]:
    with starts.screen() as made:
        yield made


@pytest.mark.parametrize("start", starts.STARTS, ids=lambda start: start.name)
def test_a_start_leads_to_what_the_table_says(start: Any, files: Path, display: Any, tmp_path: Path) -> None:
    entry = ROOT / "packaging" / "linux" / "hdmea-gui.desktop"
    program = starts.Program(PROGRAM, ENVIRONMENT, entry)
    starts.Trial(start, program, display, files, tmp_path).run()


def test_asked_to_end_the_window_keeps_unsaved_work(files: Path, display: Any, tmp_path: Path) -> None:
    (tmp_path / "settings.json").write_text('{"checkpoint_after_steps": false}')
    loading = starts.Start(
        "a recording that is loaded",
        (starts.RAW, starts.SORTED),
        (starts.EMPTY, starts.NEW),
        starts.PREVIEWED,
        keys=("Return",),
        then=(starts.RECORDING,),
    )
    entry = ROOT / "packaging" / "linux" / "hdmea-gui.desktop"
    trial = starts.Trial(loading, starts.Program(PROGRAM, ENVIRONMENT, entry), display, files, tmp_path)
    trial.run(until=lambda: display.table_rows() == starts.N_UNITS)
    (checkpoint,) = (tmp_path / "data" / "checkpoints").glob("*.h5")
    assert PipelineSession.load(checkpoint).unit_count == starts.N_UNITS
