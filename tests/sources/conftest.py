from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.sources.invented import add_to_formats

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def invented(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A file of the invented format, which is in the table."""
    return add_to_formats(monkeypatch, tmp_path / "recording.spk")
