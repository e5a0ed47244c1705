"""What can be written besides the session file: see `EXPORTS`."""

from hdmea_gui.exports.data_export import DataExport
from hdmea_gui.exports.excerpt import UnitExcerpt
from hdmea_gui.exports.label_table import LabelTable, read_labels
from hdmea_gui.exports.unit_table import UNIT_TABLE, read_unit_table

EXPORTS: tuple[DataExport, ...] = (UNIT_TABLE,)
"""All exports, in the order of the menu."""

__all__ = ["EXPORTS", "DataExport", "LabelTable", "UnitExcerpt", "read_labels", "read_unit_table"]
