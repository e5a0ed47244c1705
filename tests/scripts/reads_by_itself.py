"""Reads a file with h5py, adds a measure of its own to every unit, and saves a copy beside it."""
import sys
from pathlib import Path

import h5py
import numpy as np

from hdmea.pipeline import create_session, extract_features


def branch(group):
    held = {name: branch(item) if isinstance(item, h5py.Group) else item[()] for name, item in group.items()}
    return {**dict(group.attrs), **held}


def read(path):
    session = create_session(dataset_id=path.stem)
    session.hdf5_path = path
    with h5py.File(path, "r") as file:
        for unit_id in file["units"]:
            session.units[unit_id] = branch(file["units"][unit_id])
        for name in file["metadata"]:
            item = file["metadata"][name]
            session.metadata[name] = branch(item) if isinstance(item, h5py.Group) else item[()]
        session.stimulus.update(branch(file["stimulus"]))
    session.completed_steps.add("read_by_itself")
    return session


source = Path(sys.argv[1])
session = read(source)
for unit in session.units.values():
    trials = unit["spike_times_sectioned"]["step_up_5s_5i_demo"]["trials_spike_times"]
    unit["features"]["spikes_in_trials"] = {"data": np.array([len(trials[name]) for name in trials])}
session = extract_features(features=["frif"], session=session, force=True)
saved = session.save(output_path=source.with_name("more.h5"), overwrite=True)
with h5py.File(saved, "r") as file:
    print(file["units/unit_001/features/spikes_in_trials/data"][()], file["units/unit_001/features/frif/FRIF"].shape)
    print(file["metadata/dataset_id"][0], float(file["metadata/acquisition_rate"][0]))
print(session.hdf5_path.name, session.save_state.name)
