from __future__ import annotations

import pytest

from hdmea_gui.byte_sizes import size_text


@pytest.mark.parametrize(
    ("n_bytes", "text"),
    [
        (0, "0 B"),
        (5, "5 B"),
        (999, "999 B"),
        (1000, "1 kB"),
        (5400, "5.4 kB"),
        (25_300_000, "25.3 MB"),
        (999_400_000, "999 MB"),
        (999_600_000, "1 GB"),
        (1_200_000_000, "1.2 GB"),
        (190e9, "190 GB"),
        (3.2e12, "3.2 TB"),
    ],
)
def test_sizes_have_three_digits(n_bytes: float, text: str) -> None:
    assert size_text(n_bytes) == text
