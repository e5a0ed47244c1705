"""Names that scripts import from the lab's package, and their sources in this program."""

from __future__ import annotations

import difflib
from typing import Final

ALL: Final = "*"
"""Stands for all public names of a module."""

Names = tuple[str | tuple[str, str], ...] | str

_ANSWERS: Final = "hdmea_gui.scripts.lab_answers"
"""Module of the functions that answer False, or the session as it was, where ours of the same names raise errors."""

_SECTION_TIME: dict[str, Names] = {
    _ANSWERS: ("add_section_time", "add_section_time_analog"),
    "hdmea_gui.session.section": (
        ("PRE_MARGIN_FRAME_NUM", "PRE_MARGIN_FRAMES"),
        ("POST_MARGIN_FRAME_NUM", "POST_MARGIN_FRAMES"),
    ),
    "hdmea_gui.pipeline.sections": (("DEFAULT_PAD_FRAME", "PAD_FRAMES"),),
    "hdmea_gui.scripts.frames": ("convert_frame_to_sample_index", "convert_sample_index_to_frame"),
}
_SECTIONING: dict[str, Names] = {
    _ANSWERS: ("section_spike_times",),
    "hdmea_gui.pipeline": ("SectionResult",),
}
_STA: dict[str, Names] = {_ANSWERS: ("compute_sta",), "hdmea_gui.pipeline": ("STAResult",)}
_PIPELINE: dict[str, Names] = {
    "hdmea_gui.pipeline": ALL,
    _ANSWERS: ("add_section_time", "add_section_time_analog", "section_spike_times", "compute_sta"),
}
"""The later source of a name counts."""

_EXCEPTIONS = (
    *("HDMEAError", "ConfigurationError", "DataLoadError", "FeatureExtractionError", "MissingInputError"),
    *("CacheConflictError", "ValidationError", "MismatchError", "SessionError", "CheckpointError"),
)

MODULES: Final[dict[str, dict[str, Names]]] = {
    "hdmea": {"hdmea_gui": ("__version__",)},
    "hdmea.pipeline": _PIPELINE,
    "hdmea.pipeline.runner": _PIPELINE,
    "hdmea.pipeline.session": {"hdmea_gui.pipeline": ("PipelineSession", "SaveState", "create_session")},
    "hdmea.pipeline.loader": {"hdmea_gui.pipeline": ("load_session_from_hdf5", "load_hdf5_to_session")},
    "hdmea.io": {
        **_SECTION_TIME,
        _ANSWERS: ("add_section_time", "add_section_time_analog", "section_spike_times"),
        "hdmea_gui.pipeline": ("SectionResult",),
    },
    "hdmea.io.section_time": _SECTION_TIME,
    "hdmea.io.spike_sectioning": _SECTIONING,
    "hdmea.io.cmtr": {"hdmea_gui.pipeline.source_metadata": ("add_cmtr_unit_info",)},
    "hdmea.io.cmcr": {"hdmea_gui.pipeline.source_metadata": ("add_sys_meta_info",)},
    "hdmea.features": _STA,
    "hdmea.features.sta": _STA,
    "hdmea.features.eimage_sta": {"hdmea_gui.pipeline": ("compute_eimage_sta", "EImageSTAResult")},
    "hdmea.utils": {},
    "hdmea.utils.exceptions": {"hdmea_gui.errors": _EXCEPTIONS},
}
"""For each module that scripts import: the sources of its names; a pair is a name and the source's name for it."""

_INSTEAD: Final = (
    (("ap_tracking", "axon"), "Axon tracking is not part of this program."),
    (("dsgc", "direction"), "For responses to each direction use extract_features (moving_h_bar_s5_d8_3x)."),
    (("geometry",), "Use compute_rf_geometry or compute_soma_geometry of hdmea.pipeline."),
    (("playlist",), "Use add_section_time of hdmea.pipeline."),
    (("frame_timestamps",), 'They are in session.metadata["frame_timestamps"].'),
    (("stimuli_dir", "stimulus_movie", "noise_movie"), "Pass stimuli_dir= and movie_name= to compute_sta."),
    (("cmtr",), "Use load_recording of hdmea.pipeline, or add_cmtr_unit_info of hdmea.io.cmtr."),
    (("cmcr",), "Use load_recording of hdmea.pipeline, or add_sys_meta_info of hdmea.io.cmcr."),
    (("hdf5", "zarr"), "Use load_session_from_hdf5 of hdmea.pipeline, and save() of the session."),
    (("extract", "feature", "registry"), "Use extract_features of hdmea.pipeline."),
    (("plot", "viz", "visual", "figure"), "Plots are shown in the program's window: run hdmea-gui FILE."),
)
"""Advice for a name that contains one of these parts."""


def refusal(module: str, name: str) -> str:
    """Return the message for a name that this program does not provide, with advice on what to use instead."""
    provided = ", ".join(sorted(provided_names(module) | submodules(module)))
    instead = _advice(module, name) or (f"Available: {provided}." if provided else "")
    return f"hdmea-gui does not provide '{name}' of '{module}'. {instead}".strip()


def _advice(module: str, name: str) -> str:
    elsewhere = [other for other in MODULES if other != module and name in provided_names(other)]
    if elsewhere:
        return f"It is in {elsewhere[0]}."
    for keys, advice in _INSTEAD:
        if any(key in name.lower() for key in keys):
            return advice
    near = difflib.get_close_matches(name, provided_names(module) | submodules(module), 1, 0.8)
    if near:
        return f"Did you mean '{near[0]}'?"
    if name.startswith("_"):
        return (
            "Names that begin with an underscore were private in the lab's package; use the public functions."
        )
    return ""


def provided_names(module: str) -> set[str]:
    """Return the names that a module provides, without its submodules."""
    return set(sources(module))


def submodules(module: str) -> set[str]:
    """Return the names of a module's direct submodules."""
    return {name.rpartition(".")[2] for name in MODULES if name.rpartition(".")[0] == module}


def sources(module: str) -> dict[str, tuple[str, str]]:
    """Return for each name of a module its source module in this program and its name there."""
    found: dict[str, tuple[str, str]] = {}
    for source, names in MODULES.get(module, {}).items():
        for entry in _public(source) if isinstance(names, str) else names:
            name, own = (entry, entry) if isinstance(entry, str) else entry
            found[name] = (source, own)
    return found


def _public(source: str) -> tuple[str, ...]:
    from importlib import import_module

    return tuple(import_module(source).__all__)
