"""The Python examples of the README run as they stand, and the ways that they show lead to the same results."""

from __future__ import annotations

import re
import shutil
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from hdmea_gui import pipeline
from hdmea_gui.pipeline import PipelineSession
from hdmea_gui.sample import make_sample
from hdmea_gui.session import differences

if TYPE_CHECKING:
    from hdmea_gui.session import Snapshot

README = Path(__file__).parents[1] / "README.md"
BLOCKS = re.findall(r"^```python\n(.*?)^```$", README.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder as the examples expect it: a recording, two more, and the tables of what was shown."""
    sample = make_sample(
        tmp_path / "sample",
        n_units=3,
        playlist=("dense_noise_15x15_sample", "step_up_5s_5i_b0_3x"),
        noise_frames=900,
        sweeps_s=((0.0, 1.0),),
        dataset_id="rec",
    )
    shutil.copy(sample.cmcr_path, tmp_path / "rec.cmcr")
    shutil.copy(sample.cmtr_path, tmp_path / "rec-.cmtr")
    (tmp_path / "recordings").mkdir()
    for name in ("one", "two"):
        shutil.copy(sample.cmcr_path, tmp_path / "recordings" / f"{name}.cmcr")
        shutil.copy(sample.cmtr_path, tmp_path / "recordings" / f"{name}-.cmtr")
    table = sample.playlist_path.read_text().replace(sample.playlist_name, "set6a")
    (tmp_path / "playlist.csv").write_text(table)
    monkeypatch.setenv("HDMEA_PLAYLIST", str(tmp_path / "playlist.csv"))
    monkeypatch.setenv("HDMEA_MOVIE_LENGTHS", str(sample.movie_lengths_path))
    monkeypatch.setenv("HDMEA_STIMULI", str(sample.stimuli_dir))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def results(path: Path) -> Snapshot:
    """What a file holds, moments and remarks aside."""
    session = PipelineSession.load(path)
    for unit in session.units.values():
        for section in unit["spike_times_sectioned"].values():
            del section["_attrs"]["created_at"]
        for feature in unit["features"].values():
            feature["metadata"].pop("extracted_at", None)
    for branch in (session.steps, session.root, session.source_files):
        branch.clear()
    session.warnings.clear()
    return session.snapshot()


def test_the_five_ways(folder: Path) -> None:
    assert len(BLOCKS) == 5
    alive: list[weakref.ref[PipelineSession]] = []

    def create_session(*arguments: Any, **options: Any) -> PipelineSession:
        session = pipeline_create_session(*arguments, **options)
        alive.append(weakref.ref(session))
        return session

    pipeline_create_session = pipeline.create_session
    names: dict[str, Any] = {}
    for block in BLOCKS[:-1]:
        exec(compile(block, str(README), "exec"), names)  # noqa: S102 - the README's own
    immediate, *others = (results(folder / name) for name in ("files/rec.h5", "rec.h5", "resumed.h5"))
    assert len(immediate.units) == 3
    assert "sta_dense_noise_15x15_sample" in immediate.units["unit_001"]["features"]
    assert "step_up_5s_5i_b0_3x" in immediate.units["unit_001"]["features"]
    for other in others:
        assert differences(immediate, other) == []
    assert "compute_sta" not in PipelineSession.load(folder / "checkpoints" / "sectioned.h5").completed_steps

    names |= {"create_session": create_session, "session": None}
    exec(compile(BLOCKS[-1], str(README), "exec"), names)  # noqa: S102 - the README's own
    assert sorted(path.name for path in (folder / "results").iterdir()) == ["one.h5", "two.h5"]
    assert PipelineSession.load(folder / "results" / "two.h5").unit_count == 3
    assert len(alive) == 2
    assert all(session() is None for session in alive)  # freed at once, without a collection
