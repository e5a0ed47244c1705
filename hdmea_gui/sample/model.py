"""All events of a sample recording, before any of it is written."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from hdmea_gui.sample.array import Footprint, make_footprint, place_somas
from hdmea_gui.sample.cells import Cells, firing_rates, make_cells, noise_peak_lags, peak_lags
from hdmea_gui.sample.lanes import BadLanes, make_lanes
from hdmea_gui.sample.light import REFRESH_HZ, Clock, make_clock
from hdmea_gui.sample.plan import CHIP, Stretch
from hdmea_gui.sample.spikes import other_peaks, spike_train
from hdmea_gui.sample.stimuli import Movie, make_movie
from hdmea_gui.sample.timeline import Timeline, make_timeline
from hdmea_gui.sample.truth import SampleTruth, UnitTruth

if TYPE_CHECKING:
    from collections.abc import Callable

    from hdmea_gui.sample.plan import Plan

IMAGE_BEFORE, IMAGE_AFTER = 10, 40
"""Samples before and after a spike in the window of an electrical image."""


@dataclass(frozen=True)
class Model:
    """Events of a recording.

    Attributes
    ----------
    movies
        Each movie once, in the order of the playlist.
    timeline, clock
        What is shown, and when.
    stretches
        Sweeps of sensor data.
    cells
        The model cells, one per unit.
    spikes, left_out
        int64 (n_spikes,) per unit, samples. Spikes, and peaks that are not spikes.
    region_of
        int64 (n_units,). Index of the region that contains each unit.
    somas
        int64 (n_units, 2), electrodes. Row and column of each soma within its region.
    footprints
        Signal of each unit's spikes on the electrodes.
    foreign
        int64 (n_spikes,) per unit, samples. Spikes of other units that the sorter assigned to it.
    lanes
        Bad lanes of electrodes.
    pause
        First sample that was not recorded while the recording was paused, and the first one after that; or None.
    """

    movies: tuple[Movie, ...]
    timeline: Timeline
    clock: Clock
    stretches: tuple[Stretch, ...]
    cells: Cells
    spikes: tuple[np.ndarray, ...]
    left_out: tuple[np.ndarray, ...]
    region_of: np.ndarray
    somas: np.ndarray
    footprints: tuple[Footprint, ...]
    foreign: tuple[np.ndarray, ...]
    lanes: BadLanes
    pause: tuple[int, int] | None

    def sorted_spikes(self, unit: int) -> np.ndarray:
        """Return the spikes that the sorter assigned to a unit, int64 (n_spikes,), samples, ascending."""
        train = np.union1d(self.spikes[unit], self.foreign[unit])
        return train if self.pause is None else train[(train < self.pause[0]) | (train >= self.pause[1])]


def make_model(plan: Plan, tick: Callable[[], None]) -> Model:
    """Simulate the responses of the cells to the playlist.

    Parameters
    ----------
    plan
        The recording's sizes.
    tick
        Called once per unit.

    Returns
    -------
    Model
        All events in memory; sensor data are generated later, in slabs.
    """
    movies = {
        name: make_movie(name, noise_frames=plan.noise_frames, seed=plan.seed) for name in plan.playlist
    }
    timeline = make_timeline([movies[name] for name in plan.playlist] * plan.repeats)
    clock = make_clock(timeline.n_frames, plan.rate_hz, plan.rng("clock"), plan.faults)
    stretches = plan.stretches(clock.n_samples)
    cells = _cells(plan, clock.display.refresh_hz)
    spikes = _spikes(plan, cells, timeline, clock, tick)
    left_out = tuple(
        other_peaks(train, clock.n_samples, plan.rng("left out", unit)) for unit, train in enumerate(spikes)
    )
    region_of, somas = _places(plan)
    footprints = tuple(
        make_footprint(plan.regions[region_of[unit]], soma, plan.rate_hz, plan.rng("footprint", unit))
        for unit, soma in enumerate(somas)
    )
    return Model(
        tuple(movies.values()),
        timeline,
        clock,
        stretches,
        cells,
        spikes,
        left_out,
        region_of,
        somas,
        footprints,
        _foreign(plan, spikes),
        make_lanes(plan.regions, plan.faults, plan.rng("lanes")),
        _pause(plan, clock),
    )


def _cells(plan: Plan, refresh_hz: float) -> Cells:
    """The cells, with kernels of the same duration on a display of any rate."""
    cells = make_cells(plan.n_units, plan.rng("cells"))
    n_responsive = plan.n_units - int(plan.faults.get("unresponsive", 0))
    return replace(
        cells,
        kernel_peak=cells.kernel_peak * (refresh_hz / REFRESH_HZ),
        responsive=np.arange(plan.n_units) < n_responsive,
    )


def _foreign(plan: Plan, spikes: tuple[np.ndarray, ...]) -> tuple[np.ndarray, ...]:
    """Spikes of the next unit that the sorter assigned to every fourth unit."""
    share = plan.faults.get("contaminated", 0) / 100
    found = [np.empty(0, np.int64)] * plan.n_units
    for unit in range(0, plan.n_units if share else 0, 4):
        other = spikes[(unit + 1) % plan.n_units]
        wanted = min(round(spikes[unit].size * share / (1 - share)), other.size)
        found[unit] = np.sort(plan.rng("foreign", unit).choice(other, wanted, replace=False))
    return tuple(found)


def _pause(plan: Plan, clock: Clock) -> tuple[int, int] | None:
    """Samples that were not recorded, from a random moment in the middle half of the display's course."""
    if "pause" not in plan.faults:
        return None
    refreshes = clock.refresh_samples
    low, high = refreshes[refreshes.size // 4], refreshes[3 * refreshes.size // 4]
    start = int(plan.rng("pause").integers(low, high))
    return start, min(start + round(plan.faults["pause"] * plan.rate_hz), clock.n_samples - 1)


def _spikes(
    plan: Plan, cells: Cells, timeline: Timeline, clock: Clock, tick: Callable[[], None]
) -> tuple[np.ndarray, ...]:
    edges = clock.bins()
    trains = []
    for unit, rate in enumerate(firing_rates(cells, timeline, clock, edges)):
        rng = plan.rng("spikes", unit)
        trains.append(spike_train(rate, edges, plan.rate_hz, float(cells.regularity[unit]), rng))
        tick()
    return tuple(trains)


def _places(plan: Plan) -> tuple[np.ndarray, np.ndarray]:
    """Region of each unit, assigned in turn, and row and column of its soma."""
    region_of = np.arange(plan.n_units) % len(plan.regions)
    somas = np.zeros((plan.n_units, 2), dtype=np.int64)
    for number, region in enumerate(plan.regions):
        mine = region_of == number
        if mine.any():
            somas[mine] = place_somas(region, int(mine.sum()), plan.rng("somas", number))
    return region_of, somas


def truth_of(plan: Plan, model: Model) -> SampleTruth:
    """Return the ground truth of the recording.

    Parameters
    ----------
    plan
        The recording's sizes.
    model
        Its events.

    Returns
    -------
    SampleTruth
        All times in samples.
    """
    frames = model.clock.frame_samples
    ids = [f"unit_{unit + 1:03d}" for unit in range(plan.n_units)]
    lags = zip(peak_lags(model.cells), noise_peak_lags(model.cells), strict=True)
    return SampleTruth(
        rate_hz=plan.rate_hz,
        n_samples=model.clock.n_samples,
        axes=plan.axes,
        units=tuple(_unit_truth(plan, model, unit, *lag) for unit, lag in enumerate(lags)),
        frame_samples=frames,
        startup_samples=model.clock.startup_samples,
        lamp_samples=model.clock.lamp_samples,
        spikes={unit_id: model.sorted_spikes(unit) for unit, unit_id in enumerate(ids)},
        left_out=dict(zip(ids, model.left_out, strict=True)),
        first_frames=model.timeline.first_frames(),
        sections={name: frames[bounds] for name, bounds in model.timeline.sections().items()},
        trials={name: frames[bounds] for name, bounds in model.timeline.trials().items()},
        axons={unit_id: footprint.axon for unit_id, footprint in zip(ids, model.footprints, strict=True)},
        foreign=dict(zip(ids, model.foreign, strict=True)),
        pulse_samples=model.clock.pulse_samples,
        faults=plan.faults,
        delayed_frames=model.clock.display.delayed,
        skipped_frames=model.clock.display.skipped,
        pause_samples=np.array(model.pause or (), np.int64),
        bad_lanes=model.lanes.all_lanes(),
        lanes_axis=model.lanes.axis,
        unresponsive=tuple(
            unit_id for unit_id, cell in zip(ids, model.cells.responsive, strict=True) if not cell
        ),
    )


def _unit_truth(plan: Plan, model: Model, unit: int, peak_lag: float, sta_peak_lag: int) -> UnitTruth:
    cells, spikes = model.cells, model.sorted_spikes(unit)
    region_number = int(model.region_of[unit])
    region = plan.regions[region_number]
    soma_row, soma_col = (int(place) for place in model.somas[unit])
    row, column = region.top + soma_row, region.left + soma_col
    direction, green = float(cells.direction_deg[unit]), float(cells.green_weight[unit])
    in_sensor_data = sum(
        int(stretch.holds(spikes, IMAGE_BEFORE, IMAGE_AFTER).sum()) for stretch in model.stretches
    )
    return UnitTruth(
        unit_id=f"unit_{unit + 1:03d}",
        rf_x=float(cells.x[unit]),
        rf_y=float(cells.y[unit]),
        rf_sigma=float(cells.sigma[unit]),
        polarity=int(cells.polarity[unit]),
        peak_lag_frames=float(peak_lag),
        sta_peak_lag_frames=int(sta_peak_lag),
        direction_deg=None if np.isnan(direction) else direction,
        colour=None if green == 0.5 else "green" if green > 0.5 else "blue",
        region_id=region_number + 1,
        soma_row=soma_row,
        soma_col=soma_col,
        row=row,
        column=column,
        sensor_id=CHIP * (column - 1) + row,
        n_spikes=int(spikes.size),
        n_spikes_in_sensor_data=in_sensor_data,
    )
