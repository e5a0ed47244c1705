"""A sample recording as it is loaded, placed and cut; its stimulus files are those of HDMEA_STIMULI."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from hdmea_gui.pipeline import add_section_time, load_recording, section_spike_times
from hdmea_gui.session import create_session

if TYPE_CHECKING:
    from hdmea_gui.sample import Sample
    from hdmea_gui.session import PipelineSession

Align = Literal["count", "light"]


def loaded(sample: Sample) -> PipelineSession:
    """A new session of a sample."""
    session = create_session(None, sample.cmcr_path, sample.cmtr_path)
    load_recording(sample.cmcr_path, sample.cmtr_path, session=session)
    return session


def placed(sample: Sample, align: Align) -> PipelineSession:
    """A session in which the movies are placed."""
    session = loaded(sample)
    add_section_time(
        playlist_name=sample.playlist_name,
        playlist_file_path=sample.playlist_path,
        movie_length_file_path=sample.movie_lengths_path,
        align=align,
        session=session,
    )
    return session


def sectioned(sample: Sample, align: Align) -> PipelineSession:
    """A session in which the spikes are cut, too."""
    session = placed(sample, align)
    section_spike_times(config_dir=sample.stimuli_dir, session=session)
    return session
