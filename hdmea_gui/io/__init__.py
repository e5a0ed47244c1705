"""Files: the HDF5 session store, the recordings of the array's maker, playlists and stimuli."""
