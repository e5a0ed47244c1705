"""Selectivity for the direction and orientation of a moving bar."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hdmea_gui.analysis import CannotCompute

ALPHA = 0.05
"""Largest p-value of a selectivity that is called significant."""

_TINY = 1e-9  # vector sums below this fraction of the summed rate are rounding errors


@dataclass(frozen=True)
class DirectionTuning:
    """Direction and orientation tuning of a unit.

    Attributes
    ----------
    direction_deg
        float64 (n_directions,), degrees.
    rate
        float64 (n_directions,), Hz. Mean over the trials.
    dsi, osi
        Lengths of the vector sums |sum R e^(i theta)| / sum R and |sum R e^(2 i theta)| / sum R, 0 to 1.
    dsi_pref_null
        (pref - null) / (pref + null), comparing the direction with the largest rate to its opposite.
    osi_pref_orth
        (pref - orth) / (pref + orth), comparing the orientation with the largest rate (a direction and
        its opposite together) to the orthogonal one.
    preferred_direction, preferred_orientation
        Angles of the two vector sums, degrees in [0, 360) and [0, 180). NaN if the sum vanishes.
    dsi_p_value, osi_p_value
        Fraction of shuffles, counting the data as one of them, with an index at least as large. Trials are shuffled
        over directions for the first; for the second, the sums of opposite directions over orientations within
        each trial.
    """

    direction_deg: NDArray[np.float64]
    rate: NDArray[np.float64]
    dsi: float
    osi: float
    dsi_pref_null: float
    osi_pref_orth: float
    preferred_direction: float
    preferred_orientation: float
    dsi_p_value: float
    osi_p_value: float


def rates_by_direction(
    window_rates: NDArray[np.float64], shown_deg: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the directions of a stimulus and the rate of each trial in each of them.

    Several sweeps of a trial in one direction count as one: the mean of their rates.

    Parameters
    ----------
    window_rates
        float64 (n_trials, n_sweeps), Hz. Mean rate during each sweep.
    shown_deg
        float64 (n_sweeps,), degrees. Direction of each sweep.

    Returns
    -------
    direction_deg
        float64 (n_directions,), degrees in [0, 360). Ascending.
    rates
        float64 (n_directions, n_trials), Hz.
    """
    shown = shown_deg % 360
    directions = np.unique(shown)
    return directions, np.stack([window_rates[:, shown == one].mean(axis=1) for one in directions])


def direction_tuning(
    direction_deg: NDArray[np.number[Any]],
    rates: NDArray[np.number[Any]],
    *,
    n_shuffles: int = 1000,
    seed: int = 0,
) -> DirectionTuning:
    """Measure direction and orientation selectivity (Mazurek et al. 2014).

    The lab's scripts divide the direction vector by the largest rate; here it is divided by the sum
    of the rates, so that the index is between 0 and 1 and does not grow with the number of
    directions. The indices of a silent unit are NaN.

    Parameters
    ----------
    direction_deg
        Any integer or float (n_directions,), degrees.
    rates
        Any integer or float (n_directions, n_trials), Hz. Trials in which a direction is missing (NaN)
        are ignored.
    n_shuffles
        Number of shuffles for the p-values.
    seed
        Seed of the shuffles; equal seeds produce equal p-values.

    Returns
    -------
    tuning
        Rates, indices, preferred angles and p-values.

    Raises
    ------
    CannotCompute
        If there are fewer than two directions, or no trial contains all of them.
    """
    directions = np.asarray(direction_deg).astype(np.float64).reshape(-1)
    complete = np.asarray(rates).astype(np.float64)
    complete = complete[:, np.isfinite(complete).all(axis=0)]
    if directions.size < 2:
        raise CannotCompute("the stimulus has fewer than two directions")
    if complete.shape[1] == 0:
        raise CannotCompute("no trial contains every direction")
    mean = complete.mean(axis=1)
    single, double = (_vector(mean[None], directions, harmonic)[0] for harmonic in (1, 2))
    return DirectionTuning(
        direction_deg=directions,
        rate=mean,
        dsi=float(abs(single)),
        osi=float(abs(double)),
        dsi_pref_null=_against(mean, directions, (0.0,), (180.0,)),
        osi_pref_orth=_against(mean, directions, (0.0, 180.0), (90.0, 270.0)),
        preferred_direction=_angle_deg(complex(single), 1),
        preferred_orientation=_angle_deg(complex(double), 2),
        dsi_p_value=_direction_p_value(complete, directions, float(abs(single)), n_shuffles, seed),
        osi_p_value=_orientation_p_value(complete, directions, n_shuffles, seed),
    )


def _vector(
    rates: NDArray[np.float64], directions: NDArray[np.float64], harmonic: int
) -> NDArray[np.complex128]:
    """Return sum R e^(i harmonic theta) / sum R, (n,), of rates (n, n_directions); NaN without spikes."""
    total = rates.sum(axis=1, keepdims=True)
    share = rates / np.where(total > 0, total, np.nan)
    return np.asarray((share * np.exp(1j * harmonic * np.deg2rad(directions))).sum(axis=1))


def _angle_deg(vector: complex, harmonic: int) -> float:
    if not abs(vector) > _TINY:
        return float("nan")
    turn = 360.0 / harmonic
    angle = float(np.rad2deg(np.angle(vector)) / harmonic % turn)
    return angle if turn - angle > _TINY else 0.0  # rounding below 0 must not read as a full turn


def _against(
    mean: NDArray[np.float64],
    directions: NDArray[np.float64],
    along: tuple[float, ...],
    across: tuple[float, ...],
) -> float:
    """Return (A - B) / (A + B): A the largest rate summed over `along`, B that over `across` from there.

    NaN without spikes, or if the stimulus lacks a direction that is needed.
    """
    sums = sum((_at_offset(mean, directions, offset) for offset in along), np.zeros_like(mean))
    if not np.isfinite(sums).any():
        return float("nan")
    best = int(np.nanargmax(sums))
    other = sum(_at_offset(mean, directions, offset)[best] for offset in across)
    total = sums[best] + other
    return float((sums[best] - other) / total) if total > 0 else float("nan")


def _at_offset(
    mean: NDArray[np.float64], directions: NDArray[np.float64], offset: float
) -> NDArray[np.float64]:
    """Return the rate at each direction plus the offset; NaN if the stimulus lacks that direction."""
    gap = (directions[:, None] + offset - directions[None, :] + 180.0) % 360.0 - 180.0  # -180 to 180
    nearest = np.abs(gap).argmin(axis=1)
    matched = np.abs(gap).min(axis=1) < 1e-3
    return np.where(matched, mean[nearest], np.nan)


def _direction_p_value(
    rates: NDArray[np.float64],
    directions: NDArray[np.float64],
    observed: float,
    n_shuffles: int,
    seed: int,
) -> float:
    if rates.sum() == 0:
        return float("nan")
    pool = np.broadcast_to(rates.reshape(-1), (n_shuffles, rates.size))
    mixed = np.random.default_rng(seed).permuted(pool, axis=1)
    means = mixed.reshape(n_shuffles, *rates.shape).mean(axis=2)
    return _p_value(np.abs(_vector(means, directions, 1)), observed)


def _orientation_p_value(
    rates: NDArray[np.float64], directions: NDArray[np.float64], n_shuffles: int, seed: int
) -> float:
    """Return the p-value of the orientation tuning, under a null that keeps the direction tuning.

    The sums of a direction and its opposite contain no direction tuning. They are shuffled over the orientations within
    each trial, so that neither a drift of the rate nor its variance matters.
    """
    axes, axis = np.unique(np.round(directions % 180.0, 6), return_inverse=True)
    if rates.sum() == 0 or axes.size < 2:
        return float("nan")
    by_axis = np.stack([rates[axis == number].mean(axis=0) for number in range(axes.size)])
    pool = np.broadcast_to(by_axis.T, (n_shuffles, *by_axis.T.shape))
    mixed = np.random.default_rng(seed).permuted(pool, axis=2).mean(axis=1)
    turn = np.exp(2j * np.deg2rad(axes))
    return _p_value(np.abs(mixed @ turn), float(np.abs(by_axis.mean(axis=1) @ turn)))


def _p_value(shuffled: NDArray[np.float64], observed: float) -> float:
    # counting the data as one of the shuffles keeps a p-value from being 0
    return (1 + int(np.count_nonzero(shuffled >= observed - _TINY))) / (1 + len(shuffled))
