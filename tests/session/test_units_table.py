from __future__ import annotations

import numpy as np

from hdmea_gui.session import PipelineSession
from hdmea_gui.session.units_table import units_table


def test_the_table_has_results_under_the_names_of_the_window() -> None:
    session = PipelineSession("x")
    field = {"center_row": 7.5, "peak_lag_ms": -83.0, "gaussian_fit": {"theta": 0.1, "theta_error": 0.02}}
    session.units["unit_001"] = {
        "row": 3,
        "x_um": 48.0,
        "label": "good",
        "spike_times": np.arange(20, dtype=np.uint64),
        "unit_meta": {"snr": np.array([6.0]), "kurtosis": np.array([2.0])},
        "features": {
            "sta_noise": {
                "data": np.zeros((2, 2, 2)),
                "metadata": {"n_spikes_used": 5},
                "sta_geometry": field,
            },
            "step_up": {"data": {"dsi": 0.5}, "metadata": {"n_trials": 3, "parameters": {"cutoff_hz": 10.0}}},
        },
    }
    session.metadata["duration_s"] = 10.0
    table = units_table(session)
    assert set(table) == {
        "id", "spikes", "rate", "row", "x_um", "label", "note", "snr", "center_row", "peak_lag_ms", "dsi",
        "rf.gaussian_fit.theta_error",
    }  # fmt: skip
    attributes = {name: attributes for name, (_, attributes) in table.items()}
    assert {name: given["units"] for name, given in attributes.items() if "units" in given} == {
        "rate": "Hz", "x_um": "um", "center_row": "pixel", "peak_lag_ms": "ms",
        "rf.gaussian_fit.theta_error": "rad",
    }  # fmt: skip
    assert attributes["center_row"]["qualified_name"] == "rf.noise.center_row"
    assert table["rate"][0].tolist() == [2.0]


def test_a_session_without_units_has_no_table() -> None:
    assert units_table(PipelineSession("x")) == {}
