"""One recording in memory: checkpoints on the way, one save at the end."""
from hdmea.features import compute_sta
from hdmea.features.eimage_sta import compute_eimage_sta
from hdmea.io import add_section_time, add_section_time_analog, section_spike_times
from hdmea.io.cmcr import add_sys_meta_info
from hdmea.io.cmtr import add_cmtr_unit_info
from hdmea.pipeline import extract_features, load_recording
from hdmea.pipeline.loader import load_session_from_hdf5
from hdmea.pipeline.session import PipelineSession, SaveState, create_session

import lab_settings

if __name__ == "__main__":
    cmcr, cmtr = lab_settings.pair(lab_settings.DATASET)
    session = create_session(dataset_id=lab_settings.DATASET)
    session = load_recording(cmcr, cmtr, lab_settings.DATASET, session=session)
    session = add_cmtr_unit_info(session=session, cmtr_path=cmtr)
    session = add_sys_meta_info(session=session, cmcr_path=cmcr, cmtr_path=cmtr)
    session = compute_eimage_sta(cmcr_path=cmcr, session=session)
    session.metadata["experimenter"] = "me"
    session = add_section_time(
        playlist_name="demo_set",
        playlist_file_path=lab_settings.RAW / "playlist.csv",
        movie_length_file_path=lab_settings.RAW / "movie_length.csv",
        session=session,
    )
    session = add_section_time_analog(
        threshold_value=1e4, movie_name="flash", plot_duration=3.0, repeat=2, session=session
    )
    session = section_spike_times(config_dir=lab_settings.RAW / "stimuli", session=session)
    checkpoint = session.checkpoint(lab_settings.OUT / "before_sta.h5", checkpoint_name="before STA")
    assert session.save_state is SaveState.DEFERRED

    session = PipelineSession.load(checkpoint)
    session = compute_sta(stimuli_dir=lab_settings.RAW / "stimuli", session=session)
    session = extract_features(features=["frif"], session=session)
    path = session.save()
    print(path.relative_to(lab_settings.OUT.absolute()), session.save_state.name)

    again = load_session_from_hdf5(path, load_features=["frif"])
    print(again.save_state.name, again.unit_count, sorted(again.units["unit_001"]["features"]))
    print(again.metadata["experimenter"], again.units["unit_001"]["spike_times_sectioned"]["flash"]["_attrs"]["n_trials"])
