from __future__ import annotations

from typing import Any

import pytest

from hdmea_gui.io.store.schema import SCHEMA

field_at = SCHEMA.field_at


@pytest.mark.parametrize(
    ("path", "axes", "unit"),
    [
        (("units", "unit_007", "spike_times"), "spike", "sample"),
        (("units", "unit_007", "firing_rate_10hz"), "time", "Hz"),
        (("units", "u", "spike_times_sectioned", "movie", "trials_spike_times", 3), "spike", "sample"),
        (("units", "u", "features", "sta_noise", "data"), "lag, y, x", "grey level"),
        (("units", "u", "features", "eimage_sta", "data"), "lag, axis 1, axis 2", "raw count"),
        (("stimulus", "light_template", "movie"), "sample", "raw count"),
        (("metadata", "frame_time"), "frame", "s"),
        (("metadata", "duration_s"), "", "s"),
    ],
)
def test_what_is_declared_of_a_place_is_found(path: tuple[Any, ...], axes: str, unit: str) -> None:
    found = field_at(path)
    assert found is not None
    assert (found.axes, found.unit) == (axes, unit)


@pytest.mark.parametrize("path", [(), ("units",), ("units", "u"), ("extras", "x"), ("nowhere", 1, "x")])
def test_what_is_no_field_is_none(path: tuple[Any, ...]) -> None:
    assert field_at(path) is None
