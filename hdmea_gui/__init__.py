"""From a retina recording on a high-density microelectrode array to one HDF5 file."""

__version__ = "0.1.0"
