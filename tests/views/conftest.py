"""A small recording that has been through every step, and what views are made with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from hdmea_gui.models.arrays import Arrays
from hdmea_gui.models.selection import Selection
from hdmea_gui.models.session_model import SessionModel
from hdmea_gui.models.unit_columns import UnitColumns
from hdmea_gui.pipeline.plan import Plan, chosen_keys, planned_params
from hdmea_gui.pipeline.running import run_plan
from hdmea_gui.sample import Sample, make_sample, sample_values
from hdmea_gui.session import PipelineSession, create_session
from hdmea_gui.session.tree import copied
from hdmea_gui.views.theme import Theme
from hdmea_gui.views.view import ViewContext
from tests.views.seen import Reader
from tests.views.tuned import tuned_session

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot


@pytest.fixture(scope="session")
def small_sample(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    return make_sample(tmp_path_factory.mktemp("small"), n_units=8, noise_frames=1200)


@pytest.fixture(scope="session")
def processed(small_sample: Sample) -> PipelineSession:
    """Every step on a small recording; tests must not change it."""
    session = create_session(None, small_sample.cmcr_path, small_sample.cmtr_path, small_sample.folder)
    params = planned_params(session.snapshot(), sample_values(small_sample), {})
    run_plan(session, Plan(chosen_keys(None), params))
    return session


@pytest.fixture(scope="session")
def saved(processed: PipelineSession, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same in a file; loaded from there, its long arrays are on disk."""
    return processed.save(tmp_path_factory.mktemp("saved") / "session.h5")


@pytest.fixture
def bare(qtbot: QtBot) -> ViewContext:  # noqa: ARG001 - there must be an application
    """What views are made with, without a session."""
    model = SessionModel()
    context = ViewContext(model, Selection(), Arrays(), Theme(), UnitColumns(model))
    Reader(context.arrays)
    return context


@pytest.fixture(scope="session")
def tuned() -> PipelineSession:
    """Three intensities, a bar and five frequencies, with five trials each; tests must not change it."""
    return tuned_session(n_trials=5)


def present(context: ViewContext, session: PipelineSession) -> None:
    """Show a session and select its first unit."""
    context.model.show(session)
    context.selection.show(session.units)
    context.selection.select(list(session.units)[:1])


@pytest.fixture
def shown(bare: ViewContext, processed: PipelineSession) -> ViewContext:
    """The same with the processed recording, whose first unit is selected."""
    present(bare, processed)
    return bare


@pytest.fixture
def from_disk(bare: ViewContext, saved: Path) -> ViewContext:
    """The same with the recording loaded from its file."""
    present(bare, PipelineSession.load(saved))
    return bare


@pytest.fixture
def session(processed: PipelineSession) -> PipelineSession:
    """The processed recording to be changed at will; only the arrays are shared."""
    session = PipelineSession(processed.dataset_id)
    for branch in ("units", "metadata", "stimulus", "attributes"):
        getattr(session, branch).update(copied(getattr(processed, branch)))
    return session


@pytest.fixture
def context(bare: ViewContext, session: PipelineSession) -> ViewContext:
    """What views are made with, and a session that may be changed; its first unit is selected."""
    present(bare, session)
    return bare
