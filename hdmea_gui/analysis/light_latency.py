"""Delay of the light after the pulse of its frame, as a part of a frame."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hdmea_gui.analysis.light_fit import drift_columns, varying_columns
from hdmea_gui.analysis.light_noise import whitened

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hdmea_gui.analysis.light_fit import LightFit, Window

_STEP = 0.05
_RANK = 1e-8


def light_latency(
    means: np.ndarray, told: Sequence[tuple[Window, LightFit]], check_cancelled: Callable[[], None]
) -> float:
    """Return the delay that suits all presentations best, 0 to 1 frame.

    Each presentation may lie at its offset or one frame beside it.

    Parameters
    ----------
    means
        float64 (n_slots,), raw counts. Light in each slot.
    told
        The presentations, with their fit without a delay.
    check_cancelled
        Called again and again; may raise to cancel.
    """
    parts = np.arange(0, 1, _STEP)
    cost = np.zeros(len(parts))
    for window, fit in told:
        check_cancelled()
        cost += _costs(means, window, fit, parts)
    best = int(cost.argmin())
    if 0 < best < len(parts) - 1:
        left, here, right = cost[best - 1 : best + 2]
        return float(parts[best] + _STEP * 0.5 * (left - right) / max(left - 2 * here + right, 1e-12))
    return float(parts[best])


def _costs(means: np.ndarray, window: Window, fit: LightFit, parts: np.ndarray) -> np.ndarray:
    """Cost of each delay at the best of the three offsets, float64 (n_parts,), nats."""
    length = len(window.light)
    compared = window.compared
    slow = whitened(drift_columns(length)[compared], fit.noise.weights)
    drift = np.linalg.qr(slow)[0]
    light = varying_columns(window.light)
    both = np.concatenate([light, np.concatenate([light[:1], light[:-1]])], axis=1)
    both = whitened(both[compared], fit.noise.weights)
    both -= drift @ (drift.T @ both)
    gram = both.T @ both
    best = np.full(len(parts), np.inf)
    for offset in (fit.offset - 1, fit.offset, fit.offset + 1):
        start = window.first_frame - offset
        if start < 0 or start + length > len(means):
            continue
        seen = whitened(means[start : start + length][compared], fit.noise.weights)
        seen = seen - drift @ (drift.T @ seen)
        rest = float(seen @ seen) - _explained(gram, both.T @ seen, parts)
        best = np.minimum(best, 0.5 * length * np.log(np.maximum(rest, 1e-9)) / fit.noise.inflation)
    return best


def _explained(gram: np.ndarray, cross: np.ndarray, parts: np.ndarray) -> np.ndarray:
    """Sum of squares explained with each delay, float64 (n_parts,)."""
    n_columns = len(cross) // 2
    found = np.empty(len(parts))
    for number, part in enumerate(parts.tolist()):
        mix = np.concatenate([(1 - part) * np.eye(n_columns), part * np.eye(n_columns)])
        inner, outer = mix.T @ gram @ mix, mix.T @ cross
        found[number] = outer @ np.linalg.pinv(inner, rcond=_RANK, hermitian=True) @ outer
    return found
