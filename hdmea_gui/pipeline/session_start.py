"""Start of a recording as a moment with its time zone."""

from __future__ import annotations

import logging
import re
from datetime import datetime
from typing import TYPE_CHECKING, Final

from hdmea_gui.settings import load_settings

if TYPE_CHECKING:
    from datetime import tzinfo

logger = logging.getLogger(__name__)

START_TIME, START_ZONE = "session_start_time", "session_start_zone"

_TIME: Final = r"(?P<hour>\d\d?)[:.](?P<minute>\d\d)[:.](?P<second>\d\d)"
_FORMS: Final = tuple(
    re.compile(date + r"[ T_-]+" + _TIME)
    for date in (
        r"(?P<year>\d{4})[-.](?P<month>\d\d?)[-.](?P<day>\d\d?)",
        r"(?P<day>\d\d?)\.(?P<month>\d\d?)\.(?P<year>\d{4})",
    )
)
"""Unambiguous forms; with slashes, day and month may come in either order."""


def start_of_session(date_time: str, dataset_id: str) -> dict[str, str]:
    """Return the start of a recording in ISO 8601 with its zone, under the names used in the session file.

    Recordings state a local time without its zone, which is that of the preferences, else the computer's.

    Parameters
    ----------
    date_time
        Date and time as stated by the raw file; empty if unknown.
    dataset_id
        Name of the recording, which usually begins with date and time.

    Returns
    -------
    dict
        Start and origin of the zone; empty if the date is unknown.
    """
    moment = _moment(date_time) or _moment(dataset_id)
    if moment is None:
        return {}
    zone, origin = _zone()
    start = moment.replace(tzinfo=zone) if zone is not None else moment.astimezone()
    return {START_TIME: start.isoformat(), START_ZONE: origin}


def _moment(text: str) -> datetime | None:
    found = next((match for form in _FORMS if (match := form.search(text))), None)
    if found is None:
        return None
    try:
        names = ("year", "month", "day", "hour", "minute", "second")
        year, month, day, hour, minute, second = (int(found[name]) for name in names)
        return datetime(year, month, day, hour, minute, second)
    except ValueError:
        return None


def _zone() -> tuple[tzinfo | None, str]:
    """Time zone of recordings and where it comes from; None for the computer's own."""
    from zoneinfo import ZoneInfo  # here, to keep the start fast

    name = load_settings().time_zone
    if name:
        try:
            return ZoneInfo(name), f"{name}, from the preferences"
        except (KeyError, ValueError, OSError):
            logger.warning("The time zone '%s' in the preferences is unknown.", name)
    return None, "of the computer that loaded the recording"
