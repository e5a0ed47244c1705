"""All events of a sample recording, before any of it is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hdmea_gui.sample.array import Footprint, make_footprint, place_somas
from hdmea_gui.sample.cells import Cells, firing_rates, make_cells, noise_peak_lags, peak_lags
from hdmea_gui.sample.light import Clock, make_clock
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
    clock = make_clock(timeline.n_frames, plan.rate_hz, plan.rng("clock"))
    stretches = plan.stretches(clock.n_samples)
    cells = make_cells(plan.n_units, plan.rng("cells"))
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
    )


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
        spikes=dict(zip(ids, model.spikes, strict=True)),
        left_out=dict(zip(ids, model.left_out, strict=True)),
        first_frames=model.timeline.first_frames(),
        sections={name: frames[bounds] for name, bounds in model.timeline.sections().items()},
        trials={name: frames[bounds] for name, bounds in model.timeline.trials().items()},
        axons={unit_id: footprint.axon for unit_id, footprint in zip(ids, model.footprints, strict=True)},
    )


def _unit_truth(plan: Plan, model: Model, unit: int, peak_lag: float, sta_peak_lag: int) -> UnitTruth:
    cells, spikes = model.cells, model.spikes[unit]
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
