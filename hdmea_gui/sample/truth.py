"""Ground truth of a sample recording, and its files."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from hdmea_gui.sample.faults import Faults

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True)
class UnitTruth:
    """Ground truth of a unit.

    Attributes
    ----------
    unit_id
        ``unit_001`` and so on.
    rf_x, rf_y, rf_sigma
        Position and width of the receptive field's centre, in pixels of the noise movie (first pixel: 0).
    polarity
        1 for ON, -1 for OFF.
    peak_lag_frames
        Peak of the temporal kernel, in display frames before the spike's frame.
    sta_peak_lag_frames
        Lag (whole display frames) at which the STA is expected to peak.
    direction_deg
        Preferred direction (0 right, 90 down); None for a cell that is not direction-selective.
    colour
        ``green`` or ``blue``; None for a cell that prefers neither.
    region_id
        Sensor region that contains it, from 1.
    soma_row, soma_col
        Electrode at the soma, 0-based within the region.
    row, column, sensor_id
        The same in the vendor's numbering, 1-based.
    n_spikes
        Number of spikes in the whole recording.
    n_spikes_in_sensor_data
        Number of spikes whose image window is within a sweep of sensor data.
    """

    unit_id: str
    rf_x: float
    rf_y: float
    rf_sigma: float
    polarity: int
    peak_lag_frames: float
    sta_peak_lag_frames: int
    direction_deg: float | None
    colour: str | None
    region_id: int
    soma_row: int
    soma_col: int
    row: int
    column: int
    sensor_id: int
    n_spikes: int
    n_spikes_in_sensor_data: int


@dataclass(frozen=True)
class SampleTruth:
    """Ground truth of a recording; times are sample indices.

    Attributes
    ----------
    rate_hz, n_samples
        Rate and length of the recording.
    axes
        Order of the sensor axes after the frame axis.
    units
        One per unit, in the order of the sorted file.
    frame_samples
        int64 (n_frames,), samples. Every display frame.
    startup_samples
        int64 (4,), samples. Sync pulses before the first frame.
    lamp_samples
        int64 (3,), samples. Onsets of the light-triggered trials.
    spikes
        int64 (n_spikes,), samples. Spikes by unit id.
    left_out
        int64 (n_peaks,), samples. Peaks that are not spikes, by unit id.
    first_frames
        int64 (n_presentations,), frames. First content frame of each presentation, by movie.
    sections
        int64 (n_presentations, 2), samples. Sections with the lab's margins, by movie.
    trials
        int64 (n_trials, 2), samples. Trials of all presentations, by movie.
    axons
        float64 (n_points, 3). Path of each unit's axon: row, column (0-based within the region), delay in ms.
    foreign
        int64 (n_spikes,), samples. Spikes of other units among those of each unit, by unit id.
    pulse_samples
        int64 (n_pulses,), samples. Every recorded sync pulse but those of the start-up.
    faults
        Values of the recording's faults, by name; see `parse_faults`.
    delayed_frames, skipped_frames
        int64 (n_frames,), frames. Frames that came one refresh late, and that were never shown.
    pause_samples
        int64 (2,) or (0,), samples. First sample that was not recorded in a pause, and the first one after it.
    bad_lanes
        int64 (n_lanes,). Bad lanes, 1-based lines of the chip.
    lanes_axis
        Whether these are rows or columns ("row", "col").
    unresponsive
        Ids of the units that respond to nothing.
    """

    rate_hz: float
    n_samples: int
    axes: tuple[str, str]
    units: tuple[UnitTruth, ...]
    frame_samples: np.ndarray
    startup_samples: np.ndarray
    lamp_samples: np.ndarray
    spikes: dict[str, np.ndarray]
    left_out: dict[str, np.ndarray]
    first_frames: dict[str, np.ndarray]
    sections: dict[str, np.ndarray]
    trials: dict[str, np.ndarray]
    axons: dict[str, np.ndarray]
    foreign: dict[str, np.ndarray]
    pulse_samples: np.ndarray
    faults: Faults
    delayed_frames: np.ndarray
    skipped_frames: np.ndarray
    pause_samples: np.ndarray
    bad_lanes: np.ndarray
    lanes_axis: str
    unresponsive: tuple[str, ...]

    def unit(self, unit_id: str) -> UnitTruth:
        """Return the ground truth of the unit with this id (KeyError if there is none)."""
        return {unit.unit_id: unit for unit in self.units}[unit_id]


def write_truth(folder: Path, truth: SampleTruth) -> None:
    """Write ``truth.json`` (numbers and short lists) and ``truth.npz`` (arrays, keys ``kind/name``).

    Parameters
    ----------
    folder
        Folder for the files.
    truth
        Their contents.
    """
    short: dict[str, Any] = {
        "rate_hz": truth.rate_hz,
        "n_samples": truth.n_samples,
        "n_frames": int(truth.frame_samples.size),
        "axes": list(truth.axes),
        "lamp_samples": truth.lamp_samples.tolist(),
        "first_frames": _lists(truth.first_frames),
        "sections": _lists(truth.sections),
        "units": [asdict(unit) for unit in truth.units],
        "faults": truth.faults,
        "delayed_frames": truth.delayed_frames.tolist(),
        "skipped_frames": truth.skipped_frames.tolist(),
        "pause_samples": truth.pause_samples.tolist(),
        "bad_lanes": truth.bad_lanes.tolist(),
        "lanes_axis": truth.lanes_axis,
        "unresponsive": list(truth.unresponsive),
    }
    (folder / "truth.json").write_text(json.dumps(short, indent=1) + "\n", encoding="utf-8")
    arrays = {
        "frame_samples": truth.frame_samples,
        "startup_samples": truth.startup_samples,
        "lamp_samples": truth.lamp_samples,
        "pulse_samples": truth.pulse_samples,
    }
    for kind in ("spikes", "left_out", "first_frames", "sections", "trials", "axons", "foreign"):
        arrays |= {f"{kind}/{name}": values for name, values in getattr(truth, kind).items()}
    # The type stub takes the keywords for options of savez itself.
    np.savez(folder / "truth.npz", **arrays)  # type: ignore[arg-type]


def _lists(arrays: Mapping[str, np.ndarray]) -> dict[str, list[Any]]:
    return {name: values.tolist() for name, values in arrays.items()}
