"""What the public functions give back when they work on a file."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class LoadResult:
    """What `load_recording` made.

    Parameters
    ----------
    hdf5_path : Path
        The file.
    dataset_id : str
        Name of the recording.
    num_units : int
        Units in it.
    stage1_completed : bool
        Whether the file is complete.
    warnings : list of str
        Remarks.
    """

    hdf5_path: Path
    dataset_id: str
    num_units: int
    stage1_completed: bool
    warnings: list[str] = field(default_factory=list)


@dataclass
class LoadWithEImageSTAResult:
    """What `load_recording_with_eimage_sta` made; times in seconds, the rest as in `LoadResult`.

    Parameters
    ----------
    units_with_sta : int
        Units that have an electrical image.
    filter_time_seconds : float
        Part of ``elapsed_seconds`` that the electrical images took.
    """

    hdf5_path: Path
    dataset_id: str
    num_units: int
    units_with_sta: int
    stage1_completed: bool
    elapsed_seconds: float
    filter_time_seconds: float
    warnings: list[str] = field(default_factory=list)


@dataclass
class SectionResult:
    """What `section_spike_times` made.

    Parameters
    ----------
    success : bool
        Whether every movie was cut.
    units_processed, movies_processed : int
        How many units and movies.
    trial_repeats : int
        The argument of that name, which has no effect.
    pad_margin : tuple of float
        Seconds before and after a trial.
    pre_samples, post_samples : int
        The same in samples.
    warnings : list of str
        Remarks.
    """

    success: bool
    units_processed: int
    movies_processed: int
    trial_repeats: int
    pad_margin: tuple[float, float]
    pre_samples: int
    post_samples: int
    warnings: list[str] = field(default_factory=list)


@dataclass
class STAResult:
    """What `compute_sta` made.

    Parameters
    ----------
    hdf5_path : Path
        The file.
    movie_name : str
        The noise movie.
    units_processed, units_failed : int
        Units with and without a spike whose window fits.
    cover_range : tuple of int
        First frame of the window and the one after its last, relative to the spike's frame.
    elapsed_seconds : float
        Time taken.
    warnings, failed_units : list of str
        Remarks, and the units without an STA.
    """

    hdf5_path: Path
    movie_name: str
    units_processed: int
    units_failed: int
    cover_range: tuple[int, int]
    elapsed_seconds: float
    warnings: list[str] = field(default_factory=list)
    failed_units: list[str] = field(default_factory=list)


@dataclass
class EImageSTAResult:
    """What `compute_eimage_sta` made; fields as in `STAResult`, with the time that filtering took."""

    hdf5_path: Path
    units_processed: int
    units_failed: int
    elapsed_seconds: float
    filter_time_seconds: float
    warnings: list[str] = field(default_factory=list)
    failed_units: list[str] = field(default_factory=list)


@dataclass
class GeometryResult:
    """What `compute_rf_geometry` or `compute_soma_geometry` made; fields as in `STAResult`."""

    hdf5_path: Path
    units_processed: int
    units_failed: int
    elapsed_seconds: float
    warnings: list[str] = field(default_factory=list)


@dataclass
class ExtractionResult:
    """What `extract_features` made.

    Parameters
    ----------
    hdf5_path : Path
        The file.
    features_extracted : list of str
        Names of the features that at least one unit has now.
    features_skipped : list of str
        Names that were there already.
    features_failed : list of str
        Names that no unit has; the warnings say why.
    warnings : list of str
        Remarks.
    """

    hdf5_path: Path
    features_extracted: list[str] = field(default_factory=list)
    features_skipped: list[str] = field(default_factory=list)
    features_failed: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


@dataclass
class FlowResult:
    """What `run_flow` made.

    Parameters
    ----------
    hdf5_path : Path
        The file.
    load_result : LoadResult or None
        What loading made, or found there already.
    extraction_result : ExtractionResult or None
        What became of the features; None for a flow without them.
    success : bool
        Whether the recording is loaded and every feature that was due is there for at least one unit.
    """

    hdf5_path: Path
    load_result: LoadResult | None = None
    extraction_result: ExtractionResult | None = None
    success: bool = False
