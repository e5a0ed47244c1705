"""Main properties of the receptive field measured with dense noise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hdmea_gui.analysis import CannotCompute
from hdmea_gui.pipeline.features.family import Family, Recording, Shown, UnitData
from hdmea_gui.pipeline.receptive_field import is_tested
from hdmea_gui.session.recording import NOISE
from hdmea_gui.session.unit import ABSENT_REASON, STA_GEOMETRY, sta_name

_REPEATED = {
    "sta_center_x": ("gaussian_fit", "center_x"),
    "sta_center_y": ("gaussian_fit", "center_y"),
    "peak_lag_ms": ("peak_lag_ms",),
    "rf_size_x": ("size_x",),
    "rf_size_y": ("size_y",),
    "rf_amplitude": ("gaussian_fit", "amplitude"),
    "polarity": ("polarity",),
    "sta_quality": ("snr",),
    "sta_quality_p": ("p",),
    "center_error": ("center_error",),
}


@dataclass(frozen=True)
class Params:
    """The family has no parameters."""


def compute(unit: UnitData, shown: Shown | None, _recording: Recording, _params: Params) -> dict[str, Any]:
    """Return the centre, lag, size, amplitude, polarity and signal-to-noise ratio of the receptive field."""
    sta = unit.features.get(sta_name(shown.movie)) if shown else None
    if sta is None:
        raise CannotCompute("there is no stimulus STA of this movie; run 'Stimulus STA' first")
    geometry = sta.get(STA_GEOMETRY)
    if geometry is None:
        raise CannotCompute("its receptive field has not been measured; run 'Receptive fields' first")
    if ABSENT_REASON in geometry:
        raise CannotCompute(geometry[ABSENT_REASON])
    if not is_tested(geometry):
        raise CannotCompute("its receptive field was not tested; run 'Receptive fields' again")
    return {name: _value(geometry, path) for name, path in _REPEATED.items()}


def _value(geometry: dict[str, Any], path: tuple[str, ...]) -> Any:
    value: Any = geometry
    for key in path:
        value = value[key]
    return value


FAMILY = Family(
    kind=NOISE,
    prefix=NOISE,
    names=("perfect_dense_noise_15x15_15hz_r42_3min",),
    compute=compute,
    params=Params,
    outputs=tuple(_REPEATED),
)
