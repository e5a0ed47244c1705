"""Kinds of node in an MCS file: the type id that each node carries decides, else its usual name."""

from __future__ import annotations

import re
from dataclasses import dataclass

TYPE = "ID.Type"
TYPE_ID = "ID.TypeID"
INSTANCE = "ID.Instance"
INSTANCE_ID = "ID.InstanceID"


@dataclass(frozen=True)
class Kind:
    """One kind of group or dataset.

    Parameters
    ----------
    type_name
        Value of ``ID.Type``.
    type_id
        Value of ``ID.TypeID``, in lower case.
    usual_name
        Regular expression for the names of such nodes; it decides if the type id is unknown.
    """

    type_name: str
    type_id: str
    usual_name: str

    def names(self, name: str) -> bool:
        """Whether this is a usual name for a node of this kind."""
        return re.fullmatch(self.usual_name, name) is not None


# The root has no name of its own, so only the type id identifies an MCS file.
FILE = Kind("MCS-CMOS-MEA", "cabb6cdd-47e0-417a-8e04-5664cbbc449b", "")
ACQUISITION = Kind("Acquisition", "650d88ce-9f24-4b20-ac2b-254defd12761", "Acquisition")

CHANNEL_STREAM = Kind(
    "ChannelStream", "9217aeb4-59a0-4d7f-bdcd-0371c9fd66eb", r"(Analog|Digital) Data(?! Events).*"
)
CHANNEL_DATA = Kind("ChannelData", "5efe7932-dcfe-49ff-ba53-25accff5d622", r"ChannelData\b.*")
CHANNEL_META = Kind("ChannelMeta", "9e8ac9cd-5571-4ee5-bbfa-8e9d9c436daa", "ChannelMeta")

SENSOR_STREAM = Kind("SensorStream", "15e5a1fe-df2f-421b-8b60-23eeb2213c45", r"Sensor Data\b.*")
SENSOR_DATA = Kind("SensorData", "49da47df-f397-4121-b5da-35317a93e705", r"SensorData\b.*")
SENSOR_META = Kind("SensorMeta", "ab2aa189-2e72-4148-a2ef-978119223412", "SensorMeta")

EVENT_STREAM = Kind("EventStream", "09f288a5-6286-4bed-a05c-02859baea8e3", r".* Events")
EVENT_DATA = Kind("EventData", "abca7b0c-b6ce-49fa-ad74-a20c352fe4a7", "EventData")
EVENT_META = Kind("EventMeta", "8f58017a-1279-4d0f-80b0-78f2d80402b4", "EventMeta")

SPIKE_SORTER = Kind("SpikeSorter", "7263d1b7-f57a-42de-8f51-5d6326d22f2a", "Spike Sorter")
UNIT = Kind("SingleUnit", "0e5a97df-9de0-4a22-ab8c-54845c1ff3b9", r"Unit \d+")
UNITS_TABLE = Kind("Units", "7cffd022-c99e-42c2-b9f7-f79be7b4dfe6", "Units")
PEAKS = Kind("Peaks", "147721c1-1ca8-4a16-b697-08fbefddc180", "Peaks")
UNIT_INFO = Kind("Unit Info", "ae5e3dbc-cca6-4565-8647-e681821a1801", "Unit Info")
ROI_STAS = Kind("RoiSTAs", "58c6e2a7-281c-4ace-884c-69f706bbc75e", "RoiSTAs")
SOURCE = Kind("Source", "4b383ee7-f561-4dbd-abc9-1c0bf831c02c", "Source")
UNMIXING = Kind("Unmixing", "1dc2e95d-f66e-4a95-b3f9-a40da9533601", "Unmixing")

FILTER_TOOL = Kind("FilterTool", "2f8c246f-9bab-4193-b09e-03aefe17ede0", "Filter Tool")
NETWORK_EXPLORER = Kind("NetworkExplorer", "941c8edb-78b3-4275-a5b2-6876cbcdeffc", "(Network|STA) Explorer")
SPIKE_EXPLORER = Kind("SpikeExplorer", "c6a37148-fa9e-42f2-9d38-eea0434851e2", "Spike Explorer")
ACTIVITY_SUMMARY = Kind("ActivitySummary", "9cdcea3f-88aa-40cf-89db-818315a2644a", "Activity Summary")

BY_TYPE_ID = {kind.type_id: kind for kind in list(globals().values()) if isinstance(kind, Kind)}
