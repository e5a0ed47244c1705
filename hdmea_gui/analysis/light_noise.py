"""Noise of the recorded light from one slot of the display to the next."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

_ORDER = 8
_LONGEST = 200  # slots
_WHITE = 0.05


@dataclass(frozen=True)
class LightNoise:
    """Autoregressive noise.

    Attributes
    ----------
    weights
        float64 (n_lags,). What the values before let expect; none for white noise.
    deviation
        Standard deviation of what remains, raw counts.
    inflation
        Factor by which a sum of remaining squares says less than if they were independent, at least 1.
    """

    weights: np.ndarray
    deviation: float
    inflation: float = 1.0

    @classmethod
    def of(cls, residual: np.ndarray, least: float) -> LightNoise:
        """Estimate the noise from a residual (n_slots,), raw counts; the deviation is at least `least`."""
        correlations = _autocorrelation(residual, _ORDER)
        weights = np.empty(0)
        if len(residual) > 4 * _ORDER and abs(correlations[1]) > _WHITE:
            lags = np.abs(np.subtract.outer(np.arange(_ORDER), np.arange(_ORDER)))
            matrix = correlations[lags] + 1e-6 * np.eye(_ORDER)
            weights = np.linalg.solve(matrix, correlations[1:])
        white = whitened(residual, weights)
        # half the median: outliers, such as frames at the wrong place, must not count
        deviation = float(np.median(np.abs(white))) / 0.6745
        clipped = np.clip(white, -3 * deviation, 3 * deviation)
        rest = _autocorrelation(clipped, min(_LONGEST, len(white) // 4))
        cut = int(np.argmax(rest < _WHITE)) if (rest < _WHITE).any() else len(rest)
        inflation = max(1.0, 1 + 2 * float(rest[1:cut].sum()))
        counted = max(deviation, least, 1e-9)
        # what is small beside the light says enough, however correlated it is
        return cls(weights, counted, max(1.0, inflation * (deviation / counted) ** 2))


def whitened(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return differences to what the values before let expect, (n_slots - n_lags, ...)."""
    order = len(weights)
    found = values[order:].astype(np.float64)
    for lag, weight in enumerate(weights.tolist(), start=1):
        found = found - weight * values[order - lag : len(values) - lag]
    return np.asarray(found)


def _autocorrelation(values: np.ndarray, n_lags: int) -> np.ndarray:
    """Correlation with itself 0 to n_lags later, float64 (n_lags + 1,); 0 for a constant."""
    centred = values - values.mean() if len(values) else values
    size = 1 << int(np.ceil(np.log2(max(2 * len(values), 2))))
    power = np.fft.irfft(np.abs(np.fft.rfft(centred, size)) ** 2)[: n_lags + 1]
    return np.asarray(power / power[0]) if len(values) and power[0] > 0 else np.eye(1, n_lags + 1)[0]
