"""Correlation of columns with a signal at every lag."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

_AT_ONCE = 8


def correlations(signal: np.ndarray, columns: np.ndarray, check_cancelled: Callable[[], None]) -> np.ndarray:
    """Return the sum of products of each column with the signal at every lag, float64 (n_lags, n_columns).

    By Fourier transform: beside other programs, products of long vectors wait for the other threads of BLAS.

    Parameters
    ----------
    signal
        float64 (n_values,).
    columns
        Any float (n_window, n_columns), not longer than the signal: lags are 0 to n_values - n_window.
    check_cancelled
        Called again and again; may raise to cancel.
    """
    n_lags = len(signal) - len(columns) + 1
    size = 1 << (len(signal) - 1).bit_length()
    spectrum = np.fft.rfft(signal, size)
    found = np.empty((n_lags, columns.shape[1]))
    for start in range(0, columns.shape[1], _AT_ONCE):
        check_cancelled()
        part = slice(start, start + _AT_ONCE)
        of_columns = np.fft.rfft(columns[:, part].T, size, axis=1)
        found[:, part] = np.fft.irfft(spectrum * of_columns.conj(), size, axis=1)[:, :n_lags].T
    return found
