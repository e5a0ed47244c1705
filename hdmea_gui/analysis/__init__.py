"""The arithmetic: arrays in, arrays out, without files, sessions or windows."""

from __future__ import annotations


class CannotCompute(ValueError):  # noqa: N818 - an outcome that is recorded beside the feature, not a fault
    """A feature cannot be computed from this data, for a reason that the user reads.

    Parameters
    ----------
    reason : str
        Why, as a sentence without its full stop.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
