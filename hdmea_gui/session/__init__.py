"""The session: a recording in memory, its changes, and its files."""

from hdmea_gui.errors import CheckpointError, SessionError
from hdmea_gui.io.store import SUFFIXES as SESSION_SUFFIXES
from hdmea_gui.session.prepared import Prepared
from hdmea_gui.session.session import PipelineSession, SaveState, create_session
from hdmea_gui.session.snapshot import Snapshot, differences, update_to, write_snapshot
from hdmea_gui.session.snapshot_after import snapshot_after
from hdmea_gui.session.tree import REMOVED, leaves, resident, resident_bytes, same
from hdmea_gui.session.update import Change, Update

__all__ = [
    "REMOVED",
    "SESSION_SUFFIXES",
    "Change",
    "CheckpointError",
    "PipelineSession",
    "Prepared",
    "SaveState",
    "SessionError",
    "Snapshot",
    "Update",
    "create_session",
    "differences",
    "leaves",
    "resident",
    "resident_bytes",
    "same",
    "snapshot_after",
    "update_to",
    "write_snapshot",
]
