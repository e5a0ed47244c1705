"""Numerical core: arrays in, arrays out, without files, sessions or windows."""

from __future__ import annotations


class CannotCompute(ValueError):  # noqa: N818 - an outcome that is recorded with the feature, not a fault
    """A feature cannot be computed from these data.

    Parameters
    ----------
    reason
        Reason shown to the user, without a full stop: it is also quoted within longer messages.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
