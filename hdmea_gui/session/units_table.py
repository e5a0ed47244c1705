"""The unit table as a session file holds it: one vector per column, for one read by other programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hdmea_gui.session.column_names import is_attribute, stored_unit
from hdmea_gui.session.columns import unit_columns
from hdmea_gui.session.recording import RecordingReader
from hdmea_gui.session.unit import FEATURES, SORTER_INFO

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hdmea_gui.session.column_names import Place
    from hdmea_gui.session.columns import Column
    from hdmea_gui.session.recording import Content

_OF_FITS = 5  # keys to a parameter of a fit: features, STA, sta_geometry, the fit and the parameter
_NOT_RESULTS = {"metadata"}
_OF_THE_SORTER = {"snr"}


def units_table(content: Content) -> dict[str, tuple[NDArray[Any], dict[str, str]]]:
    """Return the main columns of the unit table of a session or snapshot.

    These are the unit's own scalars, the sorter's signal-to-noise ratio, the results of steps and features, and
    whatever else the file holds as attributes of a unit's groups, such as the errors of fits; not the parameters of
    fits, nor how a result was computed.

    Returns
    -------
    dict
        Values (n_units,), float64 or texts, and the column's attributes, by the name that it has in the window. That
        name may be shorter if fewer steps were run; the attribute `qualified_name`, given where it differs, does not
        depend on that.
    """
    columns = unit_columns(content.units, RecordingReader(content).duration_s)
    return {
        column.name: (column.values, _attributes(column))
        for column in columns
        if content.units and _is_main(column.place)
    }


def _attributes(column: Column) -> dict[str, str]:
    qualified = column.key if column.key != column.name else ""
    attributes = {"units": stored_unit(column.place), "qualified_name": qualified}
    return {name: text for name, text in attributes.items() if text}


def _is_main(place: Place) -> bool:
    if place[0] == SORTER_INFO:
        return place[-1] in _OF_THE_SORTER
    is_result = place[0] != FEATURES or (len(place) < _OF_FITS and place[2] not in _NOT_RESULTS)
    return is_result or is_attribute(place)
