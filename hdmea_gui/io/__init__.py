"""Files: the HDF5 session store, recordings in the manufacturer's format, playlists and stimuli."""
