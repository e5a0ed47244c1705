"""Return values of the public functions when they operate on a file."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class LoadResult:
    """Result of `load_recording`.

    Attributes
    ----------
    hdf5_path
        The file.
    dataset_id
        Name of the recording.
    num_units
        Number of units in the recording.
    stage1_completed
        Whether the file is complete.
    warnings
        Warnings of the step.
    """

    hdf5_path: Path
    dataset_id: str
    num_units: int
    stage1_completed: bool
    warnings: list[str] = field(default_factory=list)


@dataclass
class LoadWithEImageSTAResult:
    """Result of `load_recording_with_eimage_sta`; other fields as in `LoadResult`.

    Attributes
    ----------
    units_with_sta
        Number of units with an electrical image.
    elapsed_seconds
        Duration of the whole run, s.
    filter_time_seconds
        Part of it taken by the electrical images, s.
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
    """Result of `section_spike_times`.

    Attributes
    ----------
    success
        Whether the spikes were cut for every movie.
    units_processed, movies_processed
        Number of units and movies.
    trial_repeats
        Argument of that name, which has no effect.
    pad_margin
        Margins before and after a trial, s.
    pre_samples, post_samples
        The same margins, samples.
    warnings
        Warnings of the step.
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
    """Result of `compute_sta`.

    Attributes
    ----------
    hdf5_path
        The file.
    movie_name
        The noise movie.
    units_processed, units_failed
        Number of units with and without a spike whose window fits into the movie.
    cover_range
        First frame of the window, and the one after its last, relative to the spike's frame, display frames.
    elapsed_seconds
        Duration, s.
    warnings, failed_units
        Warnings of the step, and the units without an STA.
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
    """Result of `compute_eimage_sta`; other fields as in `STAResult`.

    Attributes
    ----------
    filter_time_seconds
        Equal to ``elapsed_seconds``: filtering and averaging are one computation, s.
    """

    hdf5_path: Path
    units_processed: int
    units_failed: int
    elapsed_seconds: float
    filter_time_seconds: float
    warnings: list[str] = field(default_factory=list)
    failed_units: list[str] = field(default_factory=list)


@dataclass
class GeometryResult:
    """Result of `compute_rf_geometry` or `compute_soma_geometry`; fields as in `STAResult`."""

    hdf5_path: Path
    units_processed: int
    units_failed: int
    elapsed_seconds: float
    warnings: list[str] = field(default_factory=list)


@dataclass
class ExtractionResult:
    """Result of `extract_features`.

    Attributes
    ----------
    hdf5_path
        The file.
    features_extracted
        Names of the features computed for at least one unit.
    features_skipped
        Names of the features that already existed.
    features_failed
        Names of the features that no unit has; the warnings contain the reasons.
    warnings
        Warnings of the step.
    """

    hdf5_path: Path
    features_extracted: list[str] = field(default_factory=list)
    features_skipped: list[str] = field(default_factory=list)
    features_failed: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


@dataclass
class FlowResult:
    """Result of `run_flow`.

    Attributes
    ----------
    hdf5_path
        The file.
    load_result
        Result of loading, or of finding an existing file.
    extraction_result
        Result of the features; None for a flow without them.
    success
        Whether the recording is loaded and every requested feature exists for at least one unit.
    """

    hdf5_path: Path
    load_result: LoadResult | None = None
    extraction_result: ExtractionResult | None = None
    success: bool = False
