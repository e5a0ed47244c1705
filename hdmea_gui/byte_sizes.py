"""Numbers of bytes as text."""

from __future__ import annotations

_UNITS = ((4, "TB"), (3, "GB"), (2, "MB"), (1, "kB"))
_ROUNDED_UP = 0.9995  # 999.5 kB and more are shown as 1 MB


def size_text(n_bytes: float) -> str:
    """Return a number of bytes with three digits and a decimal unit.

    Examples
    --------
    >>> size_text(5), size_text(25_340_000), size_text(999_600_000)
    ('5 B', '25.3 MB', '1 GB')
    """
    for power, unit in _UNITS:
        if n_bytes >= _ROUNDED_UP * 1000**power:
            return f"{n_bytes / 1000**power:.3g} {unit}"
    return f"{n_bytes:.0f} B"
