"""The class of a receptive field, and the check of the noise movie, in the steps that give them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter1d

from hdmea_gui.pipeline.progress import Progress
from hdmea_gui.pipeline.receptive_field import with_geometry
from hdmea_gui.pipeline.steps import compute_sta
from hdmea_gui.session.unit import stas_of

if TYPE_CHECKING:
    from pathlib import Path

    from hdmea_gui.sample import Sample
    from tests.pipeline.conftest import Processed

STAMPS = np.arange(600, dtype=np.uint64) * 333
NOISE = np.random.default_rng(0).normal(127, 3, (60, 15, 15))
LIGHT = NOISE.copy()
LIGHT[53:57, 6:9, 6:9] += 40
PLACE = {"on_off_p": 1e-8, "on_off_row": 4, "on_off_col": 7}


@pytest.mark.parametrize(
    ("sta", "found", "field_class"),
    [
        (NOISE, {}, "none"),
        (NOISE, {"on_off_p": 1.0}, "none"),
        (NOISE, PLACE, "on_off"),
        (LIGHT, {}, "on"),
        (254 - LIGHT, {}, "off"),
        (LIGHT, PLACE, "on_off"),
    ],
)
def test_class_of_a_field(sta: Any, found: dict[str, Any], field_class: str) -> None:
    feature = {"data": sta.astype(np.float32), "metadata": {"cover_range": [-60, 0], **found}}
    geometry = with_geometry(feature, STAMPS, 20_000.0)["sta_geometry"]
    assert geometry["field_class"] == field_class
    if sta is NOISE and found == PLACE:
        assert "row 4, column 7" in geometry["absent_reason"]


def test_the_white_movie_of_the_sample_is_not_blamed(processed_sample: Processed) -> None:
    found = [
        feature["metadata"]["movie_correlation"]
        for unit in processed_sample.session.units.values()
        for feature in stas_of(unit).values()
    ]
    assert found
    assert np.abs(found).max() < 0.05


def test_a_blurred_movie_is_reported(processed_sample: Processed, sample: Sample, tmp_path: Path) -> None:
    path = next((sample.cmcr_path.parent / "stimuli").glob("dense_noise*.npy"))
    movie = np.load(path)
    np.save(
        tmp_path / path.name, np.rint(gaussian_filter1d(movie.astype(float), 0.7, axis=2)).astype(np.uint8)
    )
    params = compute_sta.Params(stimuli_dir=tmp_path)
    update = compute_sta.run(processed_sample.session.snapshot(), params, Progress())
    assert any("not white noise" in warning for warning in update.warnings)
