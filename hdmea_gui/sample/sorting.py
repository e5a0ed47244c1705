"""Output of a spike sorter for the units."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hdmea_gui.io.mcs import SortedUnitData
from hdmea_gui.sample.array import ELECTRODE_NOISE
from hdmea_gui.sample.spikes import microseconds

if TYPE_CHECKING:
    from hdmea_gui.sample.array import Footprint
    from hdmea_gui.sample.truth import UnitTruth

CUTOUT_SAMPLES = 30
CUTOUT_BEFORE = 10
ROI_SENSORS = 9
TAGS = ("good", "", "good", "unsure")


def sorted_unit(
    unit: UnitTruth,
    number: int,
    footprint: Footprint,
    spikes: np.ndarray,
    left_out: np.ndarray,
    rate_hz: float,
    rng: np.random.Generator,
) -> SortedUnitData:
    """Generate the peaks of a unit, including those below threshold, and its quality measures.

    Parameters
    ----------
    unit
        Ground truth, for its position.
    number
        The sorter's number, from 1.
    footprint
        Source of the cutouts.
    spikes, left_out
        int64 (n_peaks,), samples. Spikes, and peaks that are not spikes; ascending.
    rate_hz
        Samples per second.
    rng
        Random generator for the noise and the measures.

    Returns
    -------
    SortedUnitData
        Ready to be written.
    """
    samples = np.concatenate([spikes, left_out])
    order = np.argsort(samples, kind="stable")
    include = (np.arange(samples.size) < spikes.size)[order]
    mean = _cutout(footprint)
    size = np.where(include, rng.normal(1.0, 0.06, order.size), rng.uniform(0.15, 0.3, order.size))
    noise = rng.standard_normal((order.size, CUTOUT_SAMPLES), dtype=np.float32)
    cutouts = size[:, None] * mean + ELECTRODE_NOISE * noise
    return SortedUnitData(
        number=number,
        sensor_id=unit.sensor_id,
        row=unit.row,
        column=unit.column,
        timestamps_us=microseconds(samples[order], rate_hz),
        amplitudes=cutouts[:, CUTOUT_BEFORE],
        include=include.astype(np.int8),
        cutouts=cutouts,
        info=_quality(-float(mean.min()), number, rng),
        roi_stas=_roi(footprint),
        unmixing=rng.normal(0, 1, (ROI_SENSORS, 3)),
        source=np.zeros(200, dtype=np.float32),
    )


def _cutout(footprint: Footprint) -> np.ndarray:
    """Trace at the soma around the peak, zero outside the footprint, float32 (n_samples,)."""
    trace = footprint.soma_trace()
    lags = np.arange(CUTOUT_SAMPLES) - CUTOUT_BEFORE - footprint.first_lag
    known = (lags >= 0) & (lags < trace.size)
    return np.where(known, trace[np.clip(lags, 0, trace.size - 1)], np.float32(0))


def _roi(footprint: Footprint) -> np.ndarray:
    """Traces of the strongest electrodes, float64 (n_sensors, n_lags)."""
    strongest = np.argsort(-np.ptp(footprint.traces, axis=0), kind="stable")[:ROI_SENSORS]
    return footprint.traces[:, strongest].T.astype(np.float64)


def _quality(amplitude: float, number: int, rng: np.random.Generator) -> dict[str, float | str]:
    return {
        "SDScore": rng.uniform(3, 9),
        "AmplitudeSD": 0.06 * amplitude,
        "RSTD": rng.uniform(0.1, 0.3),
        "Separability": rng.uniform(2, 12),
        "IsoINN": rng.uniform(0.7, 1.0),
        "IsoIBg": rng.uniform(0.7, 1.0),
        "NoiseStd": ELECTRODE_NOISE,
        "SNR": amplitude / ELECTRODE_NOISE,
        "Skewness": rng.uniform(-6, -1),
        "Kurtosis": rng.uniform(5, 40),
        "IcaConverged": 1,
        "IcaIterations": int(rng.integers(5, 60)),
        "Tags": TAGS[(number - 1) % len(TAGS)],
    }
