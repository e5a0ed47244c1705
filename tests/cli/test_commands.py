"""The command line, driven as a user drives it."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
from contextlib import AbstractContextManager, suppress
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from hdmea_gui import __version__
from hdmea_gui.cli import commands, main
from hdmea_gui.cli.demo import Demo
from hdmea_gui.pipeline.steps import STEPS
from hdmea_gui.sample import Sample, make_sample
from hdmea_gui.session import PipelineSession, SessionError, create_session, differences
from hdmea_gui.settings import data_dir
from tests.refused_writes import full_but_for, largest_file, needs_limits

if TYPE_CHECKING:
    from collections.abc import Callable

NAME = "2026.02.03-10.11.12-Rec"


@pytest.fixture
def arguments(reference: Path) -> list[str]:
    """What a whole run of the reference recording needs, output aside."""
    return [
        *("--cmcr", str(reference / f"{NAME}.cmcr"), "--cmtr", str(reference / f"{NAME}-.cmtr")),
        *(
            "--playlist-file",
            str(reference / "playlist.csv"),
            "--movie-lengths",
            str(reference / "movie_length.csv"),
        ),
        *("--playlist", "demo_set", "--stimuli", str(reference / "stimuli")),
    ]


def report_of(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    report: dict[str, Any] = json.loads(capsys.readouterr().out)
    return report


def test_version_and_help(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["--version"])
    assert stopped.value.code == 0
    assert capsys.readouterr().out.strip() == f"hdmea-gui {__version__}"
    for command in ("run", "resume", "inspect", "sample", "demo"):
        with pytest.raises(SystemExit) as stopped:
            main([command, "--help"])
        assert stopped.value.code == 0


@pytest.mark.parametrize(
    "line",
    [
        [],
        ["nonsense"],
        ["run"],
        ["run", "--cmcr"],
        ["run", "--cmtr", "x.cmtr", "--steps", "nonsense"],
        ["run", "--cmtr", "x.cmtr", "--set", "compute_sta"],
        ["run", "--cmtr", "x.cmtr", "--set", "compute_sta.nonsense=1"],
        ["run", "--cmtr", "x.cmtr", "--set", "nonsense.x=1"],
        ["run", "--cmtr", "x.cmtr", "--set", "add_section_time.repeats=often"],
        ["run", "--cmtr", "x.cmtr", "--set", "add_section_time.repeats=0"],
        ["run", "--cmtr", "x.cmtr", "--dataset-id", "a/b"],
        ["run", "--cmtr", "x.cmtr", "--steps", ","],
        ["sample", "x", "--seed", "-1"],
        ["sample", "x", "--seed", "many"],
        ["resume"],
        ["inspect"],
    ],
)
def test_wrong_usage_is_2(line: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    try:
        code = main(line)
    except SystemExit as stopped:
        code = int(stopped.code or 0)
    assert code == 2
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (["run", "--json"], "No recording is given"),
        (["run", "--json", "--nonsense"], "unrecognized arguments: --nonsense"),
        (["inspect", "--json"], "required: FILE"),
        (["sample", "x", "--json", "--seed", "many"], "a seed is a whole number"),
        (["nonsense", "--json"], "invalid choice: 'nonsense'"),
    ],
)
def test_wrong_usage_is_told_as_json_too(
    line: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with suppress(SystemExit):
        main(line)
    report = report_of(capsys)
    assert words in report["error"]
    assert report["exit_code"] == 2


def test_a_whole_run(arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output, folder = tmp_path / "out.h5", tmp_path / "checkpoints"
    assert main(["run", *arguments, "--output", str(output), "--json", "--checkpoint-dir", str(folder)]) == 0
    report = report_of(capsys)
    assert report["dataset_id"] == NAME
    assert report["units"] == 8
    assert report["output"] == str(output)
    assert {step["step"]: step["outcome"] for step in report["steps"]} == {
        "load_recording": "done",
        "compute_eimage_sta": "done",
        "add_section_time": "done",
        "add_section_time_analog": "left out",
        "section_spike_times": "done",
        "compute_sta": "done",
        "rf_geometry": "done",
        "soma_geometry": "done",
        "extract_features": "done",
    }
    assert len(list(folder.iterdir())) == 8
    session = PipelineSession.load(output)
    assert "sta_dense_noise_15x15_demo" in session.units["unit_001"]["features"]


def test_lists_of_steps_may_be_given_more_than_once(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = ["run", *arguments, "--output", str(tmp_path / "out.h5"), "--json"]
    named = ["--steps", "load_recording", "--steps", "add_section_time,compute_sta"]
    assert main([*line, *named, "--skip", "compute_sta", "--skip", "rf_geometry"]) == 0
    assert [step["step"] for step in report_of(capsys)["steps"]] == ["load_recording", "add_section_time"]


def test_a_movie_that_was_not_shown_is_an_error(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = ["run", *arguments, "--output", str(tmp_path / "out.h5"), "--skip", "compute_eimage_sta"]
    assert main([*line, "--set", "compute_sta.movie_name=nonsense"]) == 1
    words = capsys.readouterr().err
    assert "no section times of 'nonsense'. Noise movies shown: dense_noise_15x15_demo" in words


def test_an_existing_output_is_not_replaced_unasked(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "out.h5"
    output.write_text("mine")
    assert main(["run", *arguments, "--output", str(output), "--steps", "load_recording"]) == 1
    assert "--overwrite" in capsys.readouterr().err
    assert output.read_text() == "mine"
    assert main(["run", *arguments, "--output", str(output), "--steps", "load_recording", "--overwrite"]) == 0
    assert PipelineSession.load(output).unit_count == 8


def test_resume_goes_on_and_equals_a_run_in_one_go(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Paths and parameters come from what the file recorded."""
    whole, half, rest = (tmp_path / name for name in ("whole.h5", "half.h5", "rest.h5"))
    assert main(["run", *arguments, "--output", str(whole), "--set", "compute_sta.cover_range=-30,0"]) == 0
    first = ["--steps", "load_recording,compute_eimage_sta,add_section_time,section_spike_times,compute_sta"]
    assert (
        main(["run", *arguments, "--output", str(half), "--set", "compute_sta.cover_range=-30,0", *first])
        == 0
    )
    capsys.readouterr()
    assert main(["resume", str(half), "--output", str(rest), "--json"]) == 0
    report = {step["step"]: step["words"] or step["outcome"] for step in report_of(capsys)["steps"]}
    assert report["compute_sta"] == "already done"
    assert report["extract_features"] == "done"
    one, other = (PipelineSession.load(path).snapshot() for path in (whole, rest))
    stamps = ("created_at", "extracted_at", "started_at", "duration_s", "made", "inputs", "stage1_timestamp")
    places = [p for p in differences(one, other) if not any(part in stamps for part in p.split("/"))]
    assert places == []


def test_resume_from_a_checkpoint_never_writes_over_it(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "checkpoints"
    line = ["run", *arguments, "--output", str(tmp_path / "a.h5"), "--checkpoint-dir", str(folder)]
    assert main([*line, "--steps", "load_recording,add_section_time"]) == 0
    checkpoint = folder / f"{NAME}_add_section_time.h5"
    before = checkpoint.read_bytes()
    assert main(["resume", str(checkpoint), "--json", "--skip", "compute_eimage_sta"]) == 0
    assert checkpoint.read_bytes() == before
    capsys.readouterr()
    saved = folder / f"{NAME}.h5"
    before = saved.read_bytes()
    assert main(["resume", str(checkpoint), "--skip", "compute_eimage_sta"]) == 1
    assert "--overwrite" in capsys.readouterr().err
    assert saved.read_bytes() == before


def test_checkpoints_on_the_way_replace_no_others_unasked(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "checkpoints"
    run = ["run", *arguments, "--checkpoint-dir", str(folder), "--steps", "load_recording,add_section_time"]
    assert main([*run, "--output", str(tmp_path / "a.h5")]) == 0
    checkpoint = folder / f"{NAME}_add_section_time.h5"
    before = checkpoint.read_bytes()
    again = [*run, "--output", str(tmp_path / "b.h5")]
    capsys.readouterr()
    assert main(again) == 1
    said = capsys.readouterr().err
    assert f"{NAME}_load_recording.h5 already exists" in said
    assert "--overwrite" in said
    assert "Load recording" not in said, "the work has begun"
    assert checkpoint.read_bytes() == before
    assert main([*again, "--overwrite"]) == 0
    replaced = checkpoint.read_bytes()
    assert replaced != before
    go_on = ["resume", str(checkpoint), "--checkpoint-dir", str(folder), "--skip", "compute_eimage_sta"]
    assert main(go_on) == 0, "steps that are done already write no checkpoint"
    assert checkpoint.read_bytes() == replaced
    assert (folder / f"{NAME}_extract_features.h5").exists()


def test_a_step_that_fails_says_why_and_nothing_done_is_lost(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str], reference: Path
) -> None:
    output, rescued = tmp_path / "out.h5", tmp_path / "out.unfinished.h5"
    line = ["run", *arguments, "--output", str(output), "--skip", "compute_eimage_sta", "--json"]
    assert main([*line, "--stimuli", str(tmp_path)]) == 1
    captured = capsys.readouterr()
    report = json.loads(captured.out)
    assert report["exit_code"] == 1
    assert "dense_noise_15x15_demo, step_up_5s_5i_demo" in report["error"]
    assert report["steps"][-1]["outcome"] == "failed"
    assert "Traceback" not in captured.err
    assert list(tmp_path.iterdir()) == [rescued]
    assert str(rescued) in captured.err
    before = rescued.read_bytes()
    assert main([*line, "--playlist", "no such playlist"]) == 1
    assert rescued.read_bytes() == before, "an earlier run, which came further, is lost"
    assert str(tmp_path / "out.unfinished-2.h5") in capsys.readouterr().err
    again = ["resume", str(rescued), "--output", str(output), "--stimuli", str(reference / "stimuli")]
    assert main([*again, "--skip", "compute_eimage_sta"]) == 0
    assert "sta_dense_noise_15x15_demo" in PipelineSession.load(output).units["unit_001"]["features"]


def no_room_in(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the disk be full as a new file is put into its place in a folder."""
    replace = os.replace

    def full(source: Path, target: Path) -> None:
        if Path(target).parent == folder:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        replace(source, target)

    monkeypatch.setattr(os, "replace", full)


def test_what_finds_no_room_beside_the_output_is_kept_in_the_users_folder(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    full = tmp_path / "full"
    no_room_in(full, monkeypatch)
    line = ["run", *arguments, "--output", str(full / "out.h5"), "--steps", "load_recording"]
    assert main(line) == 1
    rescued = data_dir() / "unfinished" / "out.unfinished.h5"
    told = capsys.readouterr().err
    assert "the disk is full" in told
    assert str(rescued) in told
    assert PipelineSession.load(rescued).completed_steps == {"load_recording"}


def test_a_fault_of_the_program_is_told_and_nothing_done_is_lost(
    arguments: list[str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_arguments: object) -> None:
        raise RuntimeError("the dog ate it")

    monkeypatch.setattr("hdmea_gui.pipeline.steps.section_spike_times.cut_trials", fail)
    line = ["run", *arguments, "--output", str(tmp_path / "out.h5"), "--skip", "compute_eimage_sta", "--json"]
    assert main(line) == 1
    report = json.loads(capsys.readouterr().out)
    assert report["exit_code"] == 1
    assert report["error"].startswith("Internal error: RuntimeError: the dog ate it.")
    assert str(tmp_path / "out.unfinished.h5") in report["error"]
    assert list(tmp_path.iterdir()) == [tmp_path / "out.unfinished.h5"]


def test_a_feature_that_nobody_knows_is_wrong_usage(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = ["run", *arguments, "--output", str(tmp_path / "out.h5")]
    assert main([*line, "--set", "extract_features.features=nonsense"]) == 2
    assert "There is no feature 'nonsense'" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="needs a place where nobody can write")
@pytest.mark.parametrize("place", ["/proc/out.h5", "/proc/nowhere/out.h5"])
def test_a_place_where_nobody_can_write_is_found_before_the_work(
    place: str, arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", *arguments, "--output", place]) == 1
    said = capsys.readouterr().err
    assert f"Cannot write to {Path(place).parent}" in said
    assert "Load recording" not in said


def test_what_the_work_reads_is_never_its_output(
    arguments: list[str], reference: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    raw = tmp_path / f"{NAME}.cmcr"
    raw.write_bytes((reference / f"{NAME}.cmcr").read_bytes())
    before = raw.read_bytes()
    line = ["run", *arguments, "--steps", "load_recording", "--overwrite"]
    assert main([*line, "--cmcr", str(raw), "--output", str(raw)]) == 1
    assert main([*line, "--output", str(raw)]) == 1
    assert "recording" in capsys.readouterr().err
    assert raw.read_bytes() == before


@pytest.mark.parametrize("place", ["folder", "file/inside.h5"])
def test_an_output_that_cannot_be_written_is_found_before_the_work(
    place: str, arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("mine")
    assert main(["run", *arguments, "--output", str(tmp_path / place), "--overwrite"]) == 1
    assert place.split("/", maxsplit=1)[0] in capsys.readouterr().err
    assert (tmp_path / "file").read_text() == "mine"


def test_a_checkpoint_that_cannot_be_written_does_not_stop_the_work(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    no_room_in(tmp_path / "c", monkeypatch)
    output = tmp_path / "out.h5"
    line = ["run", *arguments, "--output", str(output), "--steps", "load_recording"]
    assert main([*line, "--checkpoint-dir", str(tmp_path / "c")]) == 0
    assert "the disk is full" in capsys.readouterr().err
    assert output.exists()
    assert list((tmp_path / "c").iterdir()) == []


def test_a_parameter_given_to_resume_runs_its_step_again(arguments: list[str], tmp_path: Path) -> None:
    first, second = tmp_path / "a.h5", tmp_path / "b.h5"
    assert main(["run", *arguments, "--output", str(first), "--skip", "compute_eimage_sta"]) == 0
    window = ["--set", "compute_sta.cover_range=-30,0", "--skip", "compute_eimage_sta"]
    assert main(["resume", str(first), "--output", str(second), *window]) == 0
    feature = PipelineSession.load(second).units["unit_001"]["features"]["sta_dense_noise_15x15_demo"]
    assert feature["data"].shape == (30, 15, 15)
    assert feature["sta_geometry"]["temporal_kernel"].shape == (30,)


def test_a_sample_never_replaces_other_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "playlist.csv").write_text("mine")
    assert main(["sample", str(tmp_path), "--units", "1"]) == 1
    assert str(tmp_path) in capsys.readouterr().err
    assert (tmp_path / "playlist.csv").read_text() == "mine"


@pytest.mark.parametrize("content", [b"", b"no file of MCS", None])
def test_unreadable_files_are_explained(
    content: bytes | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "broken.cmtr"
    if content is not None:
        path.write_bytes(content)
    assert main(["run", "--cmtr", str(path), "--output", str(tmp_path / "o.h5")]) == 1
    assert "broken.cmtr" in capsys.readouterr().err
    for command in ("inspect", "resume"):
        assert main([command, str(path)]) == 1
        assert "broken.cmtr" in capsys.readouterr().err
    assert not (tmp_path / "o.h5").exists()


def test_inspect_tells_what_is_there_and_finds_damage(
    arguments: list[str], reference: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "out.h5"
    main(["run", *arguments, "--output", str(output), "--steps", "load_recording"])
    capsys.readouterr()
    assert main(["inspect", str(output), "--json"]) == 0
    report = report_of(capsys)
    assert report["units"] == 8
    assert report["problems"] == []
    assert list(report["steps"]) == [step.key for step in STEPS]
    assert report["steps"]["load_recording"] == "done"
    assert report["steps"]["compute_sta"] == "not done"
    assert report["sizes_bytes"]["units"] > 1000
    assert report["rate_hz"] == 2500.0
    assert datetime.fromisoformat(report["saved_at"]).tzinfo is not None
    assert report["exit_code"] == 0
    assert main(["inspect", str(output)]) == 0
    shown = capsys.readouterr().out
    assert "Load recording              done" in shown
    assert " MB" in shown
    assert main(["inspect", str(reference / f"{NAME}.cmcr"), "--json"]) == 0
    raw = report_of(capsys)
    assert raw["size_bytes"] == (reference / f"{NAME}.cmcr").stat().st_size
    assert raw["sensor_regions"][0]["width"] == 17
    assert main(["inspect", str(reference / f"{NAME}.cmcr")]) == 0
    assert "17 x 15 from column 20, row 31: 5000 frames in 1 sweeps" in capsys.readouterr().out
    content = bytearray(output.read_bytes())
    spikes = PipelineSession.load(output).units["unit_004"]["spike_times"].tobytes()
    place = bytes(content).index(spikes)
    content[place + 100] ^= 1
    output.write_bytes(content)
    assert main(["inspect", str(output)]) == 1
    assert "unit_004/spike_times" in capsys.readouterr().out
    for path in (
        f"{NAME}.cmcr",
        f"{NAME}-.cmtr",
        "lab_deferred.h5",
        "lab_immediate.h5",
        "lab_immediate_plain.h5",
    ):
        assert main(["inspect", str(reference / path)]) == 0
        assert NAME in capsys.readouterr().out


def test_sample_makes_a_recording_and_the_line_that_processes_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "a sample"
    assert main(["sample", str(folder), "--units", "2", "--json"]) == 0
    made = report_of(capsys)
    assert (made["units"], made["exit_code"]) == (2, 0)
    options = {"--" + name.replace("_", "-"): value for name, value in made.items() if isinstance(value, str)}
    line = [part for pair in options.items() for part in pair]
    assert (
        main(["run", *line, "--output", str(tmp_path / "o.h5"), "--steps", "load_recording,add_section_time"])
        == 0
    )


def test_demo_runs_everything_and_checks_the_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "--output", str(tmp_path), "--json"]) == 0
    report = report_of(capsys)
    assert set(report["steps"].values()) == {"done"}
    assert len(report["steps"]) == 9
    assert report["differences"] == []
    assert PipelineSession.load(report["output"]).unit_count == report["units"] == 12


class Window:
    """Stands for the program's window."""

    def __init__(self) -> None:
        self.shown: list[Path] = []
        self.taken: list[Path] = []

    def show(self, session: Path) -> int:
        self.shown.append(session)
        return 7

    def take_screenshots(self, session: Path, folder: Path) -> list[Path]:
        self.taken.append(session)
        return [folder / "window.png"]


@pytest.fixture(scope="module")
def small_sample(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    return make_sample(tmp_path_factory.mktemp("small"), n_units=2, noise_frames=120)


@pytest.fixture
def made(small_sample: Sample, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Demo:
    """What the demonstration leaves, without its computations: they take long and have a test of their own."""
    found = Demo(tmp_path / "x.h5", small_sample, 1, [])
    PipelineSession("x").save(found.output)
    monkeypatch.setattr(commands, "run_demo", lambda *_arguments: found)
    return found


@pytest.mark.parametrize(
    ("platform", "display", "options", "opens"),
    [
        ("offscreen", ":0", [], False),
        ("", "", [], False),
        ("", ":0", ["--no-window"], False),
        ("", ":0", [], True),
        ("xcb", "", [], False),
        ("xcb", ":0", [], True),
    ],
)
def test_the_demo_opens_the_window_or_takes_pictures_of_it(
    platform: str,
    display: str,
    options: list[str],
    opens: bool,
    monkeypatch: pytest.MonkeyPatch,
    made: Demo,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    for name, value in (("QT_QPA_PLATFORM", platform), ("DISPLAY", display), ("WAYLAND_DISPLAY", "")):
        monkeypatch.setenv(name, value)
    window = Window()
    code = main(["demo", "--output", str(tmp_path), *options], get_window=lambda: window)
    assert code == (7 if opens else 0)
    assert window.shown == ([made.output] if opens else [])
    assert window.taken == ([] if opens else [made.output])
    printed = capsys.readouterr().out
    assert ("screenshots of the window" in printed) is not opens
    assert ("Open it in the window with: hdmea-gui" in printed) is ("--no-window" in options)


@pytest.mark.usefixtures("made")
def test_a_system_without_what_the_window_needs_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def get_window() -> Window:
        raise ImportError("libGL.so.1: cannot open shared object file")

    assert main(["demo", "--output", str(tmp_path)], get_window=get_window) == 1
    words = capsys.readouterr().err
    assert "session is saved" in words
    assert "libGL" in words


@pytest.mark.skipif(sys.platform == "win32", reason="signals differ on Windows")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_leaves_no_file(number: signal.Signals, arguments: list[str], tmp_path: Path) -> None:
    output = tmp_path / "out.h5"
    program = [sys.executable, "-m", "hdmea_gui", "run", *arguments, "--output", str(output)]
    for _ in range(5):  # on a busy machine the run may be over before the signal arrives
        with subprocess.Popen(program, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            assert process.stderr is not None
            assert "Load recording" in process.stderr.readline()
            process.send_signal(number)
            words = process.stderr.read()
            code = process.wait(timeout=60)
        if code != 0:
            break
        output.unlink()
    assert code == 130
    assert "Interrupted" in words
    assert "Traceback" not in words
    assert list(tmp_path.iterdir()) == []


def test_a_flow_chooses_the_steps_and_options_come_first(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    flow = tmp_path / "mine.json"
    parameters = {"add_section_time": {"playlist_name": "other", "pad_frames": 180}}
    flow.write_text(json.dumps({"steps": ["load_recording", "add_section_time"], "parameters": parameters}))
    output = tmp_path / "out.h5"
    assert main(["run", *arguments, "--flow", str(flow), "--output", str(output), "--json"]) == 0
    assert [step["step"] for step in report_of(capsys)["steps"]] == ["load_recording", "add_section_time"]
    assert PipelineSession.load(output).metadata["section_time_playlist"] == "demo_set"
    again = ["--flow", "sections_only", "--skip", "section_spike_times", "--overwrite"]
    assert main(["run", *arguments, *again, "--output", str(output)]) == 0
    assert main(["run", *arguments, "--flow", "set9", "--output", str(tmp_path / "no.h5")]) == 2
    assert "There is no flow 'set9'. Available: images_only" in capsys.readouterr().err
    assert not (tmp_path / "no.h5").exists()


@pytest.mark.parametrize(
    ("name", "states", "words"),
    [
        (
            "lab_deferred",
            {
                "compute_eimage_sta": "to be recomputed",
                "extract_features": "to be recomputed",
                "compute_sta": "done",
                "soma_geometry": "not done",
            },
            [
                "other scripts computed the electrical images incorrectly",
                "other scripts computed frif incorrectly",
            ],
        ),
        (
            "lab_immediate_plain",
            {
                "load_recording": "to be recomputed",
                "compute_eimage_sta": "not done",
                "extract_features": "to be recomputed",
            },
            [
                "other scripts computed the chip positions of 8 units incorrectly",
                "other scripts computed frif incorrectly",
            ],
        ),
    ],
)
def test_inspect_tells_what_is_to_be_recomputed(
    name: str,
    states: dict[str, str],
    words: list[str],
    reference: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["inspect", str(reference / f"{name}.h5"), "--json"]) == 0
    report = report_of(capsys)
    assert {key: report["steps"][key] for key in states} == states
    assert report["to_be_recomputed"] == words
    assert main(["inspect", str(reference / f"{name}.h5")]) == 0
    assert all(word in capsys.readouterr().out for word in words[:1])


PLACES = 20


@needs_limits
def test_a_file_that_may_not_become_so_large_is_one_sentence_and_exit_code_1(
    reference: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = PipelineSession.load(reference / "lab_deferred.h5").save(tmp_path / "s.h5")
    refused(path, largest_file, "the system does not allow files as large as this one", capfd)


def test_a_full_disk_is_one_sentence_and_exit_code_1(
    reference: Path, small_disk: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = PipelineSession.load(reference / "lab_deferred.h5").save(small_disk / "s.h5")
    refused(path, partial(full_but_for, disk=small_disk), "the disk is full", capfd)


def refused(
    path: Path,
    with_room_for: Callable[[int], AbstractContextManager[None]],
    words: str,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Run a step with less room than the file needs, at many places, and in the end with enough."""
    before, command = path.read_bytes(), ["resume", str(path), "--steps", "rf_geometry"]
    for number in range(PLACES):
        with with_room_for(int(len(before) * (number + 0.5) / PLACES)):
            assert main(command) == 1
        told = capfd.readouterr().err
        assert words in told
        assert len(told.splitlines()) <= 10
        assert path.read_bytes() == before
        assert list(path.parent.iterdir()) == [path]
    assert main(command) == 0


def test_a_compressed_result(reference: Path, tmp_path: Path) -> None:
    path = PipelineSession.load(reference / "lab_deferred.h5").save(tmp_path / "s.h5")
    size = path.stat().st_size
    assert main(["resume", str(path), "--steps", "rf_geometry", "--compress"]) == 0
    assert path.stat().st_size < size


def test_no_input_and_no_other_file_is_replaced(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Only sessions are replaced by --overwrite: not stimuli, tables, or files that have the name of a recording."""
    assert main(["sample", str(tmp_path / "rec"), "--units", "2"]) == 0
    recording = tmp_path / "rec"
    raw, stimuli = next(recording.glob("*.cmcr")), recording / "stimuli"
    run = ["run", "--cmcr", str(raw), "--steps", "load_recording", "--overwrite", "--output"]
    inputs = [*stimuli.iterdir(), *recording.glob("*.csv"), raw]
    before = {path: path.read_bytes() for path in inputs}
    for path in inputs:
        assert main([*run, str(path)]) == 1
    assert main([*run, str(tmp_path / "new.cmcr")]) == 1
    assert "name of a recording" in capsys.readouterr().err
    assert main([*run, str(stimuli)]) == 1
    assert "is a folder" in capsys.readouterr().err
    with pytest.raises(SessionError, match="only sessions are replaced"):
        create_session("x").save(next(recording.glob("*.csv")))
    assert {path: path.read_bytes() for path in inputs} == before


def test_a_sample_replaces_another_only_if_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["sample", str(tmp_path / "rec"), "--units", "2", "--seed"]
    assert main([*words, "5"]) == 0
    [raw] = (tmp_path / "rec").glob("*.cmcr")
    before = raw.read_bytes()
    assert main([*words, "6"]) == 1
    assert "--overwrite" in capsys.readouterr().err
    assert raw.read_bytes() == before
    assert main([*words, "6", "--overwrite"]) == 0
    assert raw.read_bytes() != before


def test_a_mistyped_option_is_named_and_not_the_file() -> None:
    command = [sys.executable, "-m", "hdmea_gui", "--nwe-instance", "session.h5"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 2
    assert "There is no option --nwe-instance" in done.stderr
