"""The examples of the help page on reading the file, run by the programs that they are written for."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from hdmea_gui.io.resources import resources_dir
from hdmea_gui.pipeline import load_session_from_hdf5

if TYPE_CHECKING:
    from pathlib import Path

    from hdmea_gui.session import PipelineSession
    from tests.pipeline.conftest import Processed

PAGE = (resources_dir() / "help" / "reading-the-file.md").read_text(encoding="utf-8")
NUMBERS = (
    "rate_hz",
    "spikes_s",
    "trials_s",
    "sta",
    "lag_s",
    "y_px",
    "x_px",
    "psth_hz",
    "psth_s",
    "center_y",
    "center_x",
)
NOISE, STEP = "dense_noise_15x15_sample", "step_up_5s_5i_b0_3x"


def example(language: str) -> str:
    found = re.search(rf"^```{language}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    assert found is not None
    return found[1]


PYTHON_PRINT = """
import json
values = {name: globals()[name] for name in NUMBERS}
lines = {name: [list(map(int, getattr(value, "shape", ()))), value.ravel().tolist()] for name, value in values.items()}
print(json.dumps({**lines, "good": good.tolist()}))
"""
R_PRINT = """
digits <- function(values) paste(ifelse(is.finite(values), sprintf("%.9g", values), "NaN"), collapse = ",")
shape <- function(values) paste(rev(if (is.null(dim(values))) length(values) else dim(values)), collapse = ",")
# in the order of the file: R's first axis varies fastest
turned <- function(values) if (is.null(dim(values))) values else if (length(dim(values)) == 2) t(values) else values
lines <- sapply(NUMBERS, function(name) {
  values <- get(name)
  if (name == "trials_s") values <- t(values)
  sprintf('"%s": [[%s], [%s]]', name, shape(values), digits(as.vector(values)))
})
cat("{", paste(lines, collapse = ", "), ', "good": ["', paste(good, collapse = '", "'), '"]}', sep = "")
"""
OCTAVE_PRINT = """
names = {NUMBERS};
trials_s = trials_s';
lines = {};
for number = 1:numel(names)
  values = double(eval(names{number}));
  lengths = strjoin(arrayfun(@(n) num2str(n), fliplr(size(values)), 'UniformOutput', false), ',');
  digits = strjoin(arrayfun(@(v) sprintf('%.9g', v), values(:)', 'UniformOutput', false), ',');
  lines{end + 1} = sprintf('"%s": [[%s], [%s]]', names{number}, lengths, digits);
end
printf('{%s, "good": ["%s"]}', strjoin(lines, ', '), strjoin(good, '", "'));
"""


@pytest.fixture(scope="module")
def session(processed_sample: Processed, tmp_path_factory: pytest.TempPathFactory) -> PipelineSession:
    """The sample with labels, saved."""
    path = tmp_path_factory.mktemp("reading") / "session.h5"
    loaded = load_session_from_hdf5(processed_sample.session.checkpoint(path.with_name("c.h5")))
    for number, unit in enumerate(loaded.units.values()):
        unit["label"] = "good" if number % 3 == 0 else "größer"
    loaded.save(path)
    return loaded


def printed(folder: Path, *command: str) -> dict[str, Any]:
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed here")
    answer = subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True)
    text = answer.stdout[answer.stdout.find("{") :].replace("NaN", "null")
    assert text, answer.stderr[-2000:]
    values: dict[str, Any] = json.loads(text)
    return values


def expected(session: PipelineSession) -> dict[str, Any]:
    unit, rate_hz = session.units["unit_002"], session.metadata["acquisition_rate"]
    features, frames = unit["features"], np.asarray(session.metadata["frame_timestamps"]).astype(float)
    fields = [u["features"][f"sta_{NOISE}"]["sta_geometry"] for u in session.units.values()]
    intervals = np.diff(frames) / rate_hz
    frame_s = intervals[intervals < 1.5 * np.median(intervals)].mean()
    step = features[STEP]["data"]
    return {
        "rate_hz": rate_hz,
        "spikes_s": np.asarray(unit["spike_times"]) / rate_hz,
        "trials_s": unit["spike_times_sectioned"][STEP]["trials_start_end"] / rate_hz,
        "sta": np.asarray(features[f"sta_{NOISE}"]["data"]),
        "lag_s": np.arange(-60, 0) * frame_s,
        "y_px": np.arange(15),
        "x_px": np.arange(15),
        "psth_hz": step["psth"],
        "psth_s": step["psth_time_s"],
        "center_y": np.array([field.get("center_row", np.nan) for field in fields]),
        "center_x": np.array([field.get("center_col", np.nan) for field in fields]),
    }


def check(found: dict[str, Any], session: PipelineSession) -> None:
    for name, value in expected(session).items():
        shape, numbers = found[name]
        wanted = np.asarray(value)
        assert [length for length in shape if length > 1] == [n for n in wanted.shape if n > 1], name
        np.testing.assert_allclose(
            np.array(numbers, float), wanted.ravel().astype(float), rtol=1e-6, err_msg=name
        )
    good = [unit_id for unit_id, unit in session.units.items() if unit["label"] == "good"]
    assert found["good"] == good


def test_python(session: PipelineSession) -> None:
    assert session.hdf5_path is not None
    program = f"{example('python')}\nNUMBERS = {NUMBERS}\n{PYTHON_PRINT}"
    check(printed(session.hdf5_path.parent, sys.executable, "-c", program), session)


def test_r(session: PipelineSession) -> None:
    assert session.hdf5_path is not None
    if (
        shutil.which("Rscript") is None
        or subprocess.run(["Rscript", "-e", "library(hdf5r)"], check=False, capture_output=True).returncode
    ):
        pytest.skip("R with hdf5r (Debian: r-cran-hdf5r) is not installed here")
    names = ", ".join(f'"{name}"' for name in NUMBERS)
    program = f"{example('r')}\nNUMBERS <- c({names})\n{R_PRINT}"
    check(printed(session.hdf5_path.parent, "Rscript", "-e", program), session)


def test_octave(session: PipelineSession) -> None:
    assert session.hdf5_path is not None
    names = ", ".join(f"'{name}'" for name in NUMBERS)
    program = f"{example('octave')}\n{OCTAVE_PRINT.replace('NUMBERS', names)}"
    check(printed(session.hdf5_path.parent, "octave-cli", "--no-gui", "--norc", "--eval", program), session)
