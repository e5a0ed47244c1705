"""Scripts run through the command: those of the lab with its names, and any other as with ``python FILE``."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import h5py
import numpy as np
import pytest

import hdmea_gui
from hdmea_gui import __version__
from hdmea_gui.pipeline import PipelineSession, load_recording
from hdmea_gui.pipeline.results import LoadResult
from hdmea_gui.scripts.names import MODULES, sources

ROOT = Path(__file__).parents[2]
SCRIPTS = ROOT / "tests" / "scripts"
NAME = "2026.02.03-10.11.12-Rec"
NOISE = "dense_noise_15x15_demo"
OURS = [sys.executable, "-m", "hdmea_gui", "script"]


def run(
    command: list[str], folder: Path, stdin: str = "", **variables: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=folder,
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env=os.environ | {"PYTHONPATH": str(ROOT)} | variables,
    )


def ours(*words: str | Path, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    return run([*OURS, *map(str, words)], folder, **variables)


def maps(reference: Path, out: Path) -> list[str]:
    """The lab's drives, written in as many ways as the scripts have."""
    rules = [
        rf"O:\20260203={reference}",
        f"M:/Python_Project/={reference}",
        rf"M:\Python_Project\stimuli\={reference / 'stimuli'}",
        f"p:={out}",
    ]
    return [word for rule in rules for word in ("--map", rule)]


# Scripts of the lab


def test_every_import_line(tmp_path: Path) -> None:
    done = ours(SCRIPTS / "import_lines.py", folder=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{__version__}\n", "")


def test_the_script_of_import_lines_has_every_name() -> None:
    text = (SCRIPTS / "import_lines.py").read_text()
    assert all(module.rpartition(".")[2] in text for module in MODULES)
    ours_alone = {"STEPS"}
    assert [name for module in MODULES for name in sources(module) if name not in text] == [*ours_alone] * 2


def test_immediate_with_windows_drives(reference: Path, tmp_path: Path) -> None:
    done = ours(
        *maps(reference, tmp_path)[:2],
        SCRIPTS / "immediate_on_drives.py",
        *maps(reference, tmp_path)[2:],
        folder=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "8 units, 7 images, stage 1: True",
        "2 movies, 8 units",
        f"{NOISE}: 8 ok, 0 failed",
        "['baseline_127', 'frif', 'step_up_5s_5i_demo'] []",
    ]
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    session = PipelineSession.load(tmp_path / "out" / f"{NAME}.h5")
    assert Path(session.source_files["cmcr_path"]) == reference / f"{NAME}.cmcr"


def test_deferred_with_relative_paths_and_a_helper_beside_the_script(reference: Path, tmp_path: Path) -> None:
    (tmp_path / "recordings").symlink_to(reference, target_is_directory=True)
    done = ours(SCRIPTS / "session_in_memory" / "deferred.py", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        f"{NAME}.h5 SAVED",
        f"DEFERRED 8 ['eimage_sta', 'frif', 'sta_{NOISE}']",
        "me 2",
    ]


def test_the_five_ways_of_using_the_pipeline(reference: Path, tmp_path: Path) -> None:
    done = ours(
        SCRIPTS / "five_patterns.py",
        reference / f"{NAME}.cmcr",
        reference / f"{NAME}-.cmtr",
        "demo_set",
        folder=tmp_path,
        HDMEA_PLAYLIST=str(reference / "playlist.csv"),
        HDMEA_MOVIE_LENGTHS=str(reference / "movie_length.csv"),
        HDMEA_STIMULI=str(reference / "stimuli"),
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "immediate ['frif'] ['on_off']",
        f"ERROR The playlist 'no_such_list' is not in {reference / 'playlist.csv'}"[:66],
        "False",
        "True",
        "ERROR Channel 1 never rises by 1e+09 counts between two samples, s",
        "False",
        "deferred [\"Stimulus STA needs spikes per trial. Run 'Section spikes' first.\"]",
        "True True",
        "checkpoints True output.h5",
        "resumed {'load_recording'} True",
        "['compute_sta', 'extract_features', 'load_recording', 'section_spike_times']",
        "batch ['batch1.h5', 'batch2.h5']",
        "mixed True True",
        "not replaced",
        "not found",
    ]
    session = PipelineSession.load(tmp_path / "final" / "output.h5")
    assert {"frif", f"sta_{NOISE}"} <= set(session.units["unit_001"]["features"])


def test_own_arguments_and_exit_code(reference: Path, tmp_path: Path) -> None:
    script = SCRIPTS / "own_arguments.py"
    done = ours(script, reference / f"{NAME}-.cmtr", "--map", "hot", folder=tmp_path)
    assert (done.returncode, done.stdout) == (1, f"hot ['{reference / NAME}-.cmtr']\n")
    assert "sorted" in done.stderr
    done = ours(script, "--", "--map", "hot", "missing.cmcr", "other.cmcr", folder=tmp_path)
    assert (done.returncode, done.stdout) == (2, "hot ['missing.cmcr', 'other.cmcr']\n")
    assert [line.split()[0] for line in done.stderr.splitlines()] == ["missing.cmcr", "other.cmcr"]
    done = ours(script, "--map", "a=b", "--dry-run", "x", "--map", "hot", folder=tmp_path)
    assert (done.returncode, done.stdout) == (0, "hot ['x']\n")


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_processes_of_a_pool_find_the_names_and_the_drives(
    reference: Path, tmp_path: Path, method: str
) -> None:
    if method not in multiprocessing.get_all_start_methods():
        pytest.skip(f"this system has no {method}")
    script = SCRIPTS / "several_at_once.py"
    done = ours(script, *maps(reference, tmp_path), "--", method, folder=tmp_path)
    assert (done.returncode, done.stdout) == (0, "[8, 8]\n"), done.stderr
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["copy_1.h5", "copy_2.h5"]


def test_paths_that_a_file_has_recorded_are_rewritten(reference: Path, tmp_path: Path) -> None:
    made = load_recording(
        reference / f"{NAME}.cmcr", reference / f"{NAME}-.cmtr", output_dir=tmp_path / "lab"
    )
    assert isinstance(made, LoadResult)
    session = PipelineSession.load(made.hdf5_path)
    session.source_files["cmcr_path"] = rf"O:\20260203\{NAME}.cmcr"
    session.save()
    script = SCRIPTS / "recorded_paths.py"
    done = ours(script, "--map", rf"o:\={tmp_path}", made.hdf5_path, folder=tmp_path)
    assert done.returncode == 1
    assert str(tmp_path / "20260203" / f"{NAME}.cmcr") in done.stderr.splitlines()[-1]
    done = ours(script, "--map", rf"o:\20260203={reference}", made.hdf5_path, folder=tmp_path)
    assert (done.returncode, done.stdout) == (0, f"O:\\20260203\\{NAME}.cmcr\n7\n"), done.stderr


@pytest.mark.parametrize("name", ["lab_deferred", "lab_immediate", "lab_immediate_plain", "ours"])
def test_a_script_that_reads_the_file_by_itself(reference: Path, tmp_path: Path, name: str) -> None:
    path = tmp_path / "ours.h5"
    if name == "ours":
        PipelineSession.load(reference / "lab_immediate.h5").save(path)
    else:
        path = Path(shutil.copy(reference / f"{name}.h5", tmp_path / f"{name}.h5"))
    before = path.read_bytes()
    spikes = np.load(reference / "truth.npz")["unit_001"]
    with h5py.File(path) as file:
        bounds = file["units/unit_001/spike_times_sectioned/step_up_5s_5i_demo/trials_start_end"][:]
    counts = np.array([np.sum((spikes >= start) & (spikes < end)) for start, end in bounds])
    done = ours(SCRIPTS / "reads_by_itself.py", path.name, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        f"{counts} (6421,)",
        f"b'{NAME}' 2500.0",
        "more.h5 SAVED",
    ]
    assert path.read_bytes() == before
    session = PipelineSession.load(tmp_path / "more.h5")
    assert list(session.units["unit_001"]["spike_times_sectioned"][NOISE]["trials_spike_times"]) == [0]


# Names


def test_whatever_else_is_called_hdmea_ours_wins(tmp_path: Path) -> None:
    for folder in (tmp_path / "installed", tmp_path / "beside", tmp_path / "added"):
        package = folder / "hdmea" / "pipeline"
        package.mkdir(parents=True)
        (package.parent / "__init__.py").write_text("raise SystemExit('another hdmea')")
        (package / "__init__.py").write_text("")
    (tmp_path / "installed" / "sitecustomize.py").write_text(
        "import sys, types\nsys.modules['hdmea'] = types"
    )
    script = tmp_path / "beside" / "script.py"
    script.write_text(
        "import sys\nsys.path.insert(0, '../added')\n"
        "import hdmea, hdmea.io\nfrom hdmea.pipeline import create_session\n"
        "print(create_session('x'))"
    )
    done = ours(script, folder=tmp_path, PYTHONPATH=os.pathsep.join([str(tmp_path / "installed"), str(ROOT)]))
    assert (done.returncode, done.stdout) == (0, "PipelineSession('x', DEFERRED, 0 units, 0.00 GB)\n")


def test_nothing_called_hdmea_is_there_without_the_command(tmp_path: Path) -> None:
    done = run([sys.executable, "-c", "import hdmea_gui.scripts, hdmea"], tmp_path)
    assert "No module named 'hdmea'" in done.stderr


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("from hdmea.features.ap_tracking import compute_ap_tracking", "Axon tracking"),
        ("import hdmea.features.dsgc_direction", "extract_features"),
        ("from hdmea.io.section_time import _convert_frame_to_sample_index", "convert_frame_to_sample_index"),
        ("from hdmea.pipeline.runner import get_frame_timestamps", "session.metadata"),
        ("from hdmea.features.sta import _load_stimulus_movie", "stimuli_dir="),
        ("from hdmea.pipeline.session import load_recording", "It is in hdmea.pipeline"),
        ("from hdmea.io import section_spike_time", "Did you mean 'section_spike_times'?"),
        ("from hdmea.viz import anything", "Plots are shown in the program's window"),
        ("import hdmea.nonsense", "Available: "),
        ("import hdmea.utils.nothing", "Available: exceptions."),
    ],
)
def test_names_that_are_not_provided(tmp_path: Path, line: str, words: str) -> None:
    script = tmp_path / "script.py"
    script.write_text(line)
    done = ours(script, folder=tmp_path)
    assert done.returncode == 1
    *trace, sentence = done.stderr.splitlines()
    assert sentence.startswith("ModuleNotFoundError: hdmea-gui does not provide")
    assert words in sentence
    assert trace == [
        "Traceback (most recent call last):",
        f'  File "{script}", line 1, in <module>',
        f"    {line}",
    ]


def test_a_script_may_ask_whether_a_name_is_there(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import hdmea.pipeline, inspect, pickle\n"
        "print(hasattr(hdmea.pipeline, 'nonsense'), getattr(hdmea.features, 'nonsense', 3))\n"
        "print(inspect.getmodule(hdmea.pipeline.compute_sta).__name__)\n"
        "print('force' in inspect.getsource(hdmea.io.cmtr.add_cmtr_unit_info))\n"
        "print(pickle.loads(pickle.dumps(hdmea.pipeline.SaveState.SAVED)), hdmea.__file__)\n"
        "from hdmea.features import *\nprint(compute_sta.__name__)\n"
        "try:\n    from hdmea.pipeline import nonsense\nexcept ImportError:\n    print('none')\n"
        "try:\n    import hdmea.viz.plots\nexcept ModuleNotFoundError:\n    print('no module')\n"
        "try:\n    from hdmea import viz\nexcept ModuleNotFoundError:\n    print('no module')\n"
        "import importlib\nprint(importlib.reload(hdmea.pipeline) is hdmea.pipeline)\n"
    )
    done = ours(script, folder=tmp_path)
    assert done.stdout.splitlines() == [
        "False 3",
        "hdmea_gui.pipeline.computing",
        "True",
        f"SaveState.SAVED {hdmea_gui.__file__}",
        "compute_sta",
        "none",
        "no module",
        "no module",
        "True",
    ], done.stderr


def test_who_asks_for_a_module_that_is_not_there_gets_none_as_from_python(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import importlib.util as util, pkgutil, hdmea.pipeline\n"
        "print(util.find_spec('hdmea.viz'), util.find_spec('hdmea.pipeline.nonsense'))\n"
        "print(util.find_spec('hdmea.io.cmtr').name, util.find_spec('hdmea.features').name)\n"
        "print([module.name for module in pkgutil.iter_modules(hdmea.pipeline.__path__)])\n"
        "try:\n    util.find_spec('hdmea.viz.plots')\nexcept ModuleNotFoundError as error:\n    print(error)\n"
        "import hdmea.viz\n"
    )
    done = ours(script, folder=tmp_path)
    *lines, refused = done.stdout.splitlines()
    assert lines == ["None None", "hdmea.io.cmtr hdmea.features", "[]"], done.stderr
    assert refused.startswith("hdmea-gui does not provide 'viz' of 'hdmea'")
    assert done.stderr.splitlines()[-1] == f"ModuleNotFoundError: {refused}"


def test_the_labs_logger_rules_over_ours(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import logging, sys\n"
        "from hdmea.pipeline import create_session\n"
        "session = create_session('rec')\n"
        "lab = logging.getLogger('hdmea')\n"
        "lab.addHandler(logging.StreamHandler(sys.stdout))\n"
        "session.save()\n"
        "lab.setLevel(logging.INFO)\n"
        "session.save('info.h5')\n"
        "lab.setLevel(logging.ERROR)\n"
        "session.save('info.h5')\n"
    )
    done = ours(script, folder=tmp_path)
    assert done.stdout.splitlines() == [f"Wrote session {tmp_path / 'info.h5'}"]
    assert done.stderr == ""


@pytest.mark.skipif(os.name == "nt", reason="such drives exist there")
def test_a_drive_without_a_rule_is_remarked_on(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "from hdmea.pipeline import create_session, load_recording\n"
        r"print(create_session(None, r'O:\2025\rec-.cmcr').dataset_id)"
        "\n"
        r"load_recording(r'O:\2025\rec.cmcr', r'P:\rec-.cmtr')"
        "\n"
    )
    done = ours(script, "--map", f"P:={tmp_path}", folder=tmp_path)
    assert (done.returncode, done.stdout) == (1, "rec\n")
    hint, *_, sentence = done.stderr.splitlines()
    assert hint.endswith('Add one: --map "O:=FOLDER".')
    assert "--map" not in sentence
    assert r"O:\2025\rec.cmcr does not exist" in sentence
    assert done.stderr.count("Add one") == 1


# As with python FILE

PLAIN: dict[str, str | bytes] = {
    "names": """
        import sys, __main__
        print(sys.argv, __name__, __file__, __package__, __doc__, sys.path[0], __main__.__file__, __annotations__)
        print([name for name in globals() if not name.startswith("_")], vars() is __main__.__dict__)
        x: 1 + 1 = 3
        print(__annotations__)
        class Thing: pass
        import pickle
        print(pickle.loads(pickle.dumps(Thing())).__class__, Thing.__module__)
    """,
    "beside": """
        import helper
        from helper import value
        print(value, helper.__file__)
    """,
    "relative": """
        from . import helper
    """,
    "exit code": """
        import sys
        sys.exit(7)
    """,
    "exit text": """
        raise SystemExit("no such recording")
    """,
    "exit nothing": """
        exit()
    """,
    "stdin": """
        import sys
        print(input(), sys.stdin.read())
    """,
    "error": """
        def inner(n):
            return 1 / n

        def outer():
            try:
                inner(0)
            except ZeroDivisionError as error:
                raise RuntimeError("it broke") from error

        outer()
    """,
    "group": """
        raise ExceptionGroup("two", [ValueError(1), TypeError(2)])
    """,
    "syntax": """
        print("a"
        x = = 2
    """,
    "interrupted": """
        import atexit
        atexit.register(print, "the end")
        raise KeyboardInterrupt
    """,
    "own hook": """
        import sys, traceback
        def hook(kind, error, trace):
            print(kind, error, len(traceback.extract_tb(trace)), len(traceback.extract_tb(error.__traceback__)))
        sys.excepthook = hook
        raise ValueError("x")
    """,
    "thread after the end": """
        import threading
        def late():
            threading.main_thread().join()
            import helper
            print("late", helper.value, __name__)
        threading.Thread(target=late).start()
        print("main is through")
    """,
    "latin": b"# -*- coding: latin-1 -*-\nprint('\xe9')\n",
    "warning": """
        import logging, warnings
        warnings.warn("careful")
        logging.info("not shown")
        logging.warning("shown")
        logging.basicConfig(level=logging.INFO)
    """,
    "signals": """
        import signal
        print(signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT))
    """,
    "modules": """
        import sys
        print([name for name in ("numpy", "h5py", "scipy", "PySide6", "hdmea") if name in sys.modules])
    """,
}


@pytest.mark.parametrize("name", list(PLAIN))
def test_any_script_runs_as_with_python(tmp_path: Path, name: str) -> None:
    text = PLAIN[name]
    folder = tmp_path / "a folder"
    folder.mkdir()
    (folder / "helper.py").write_text("value = 3")
    content = text if isinstance(text, bytes) else textwrap.dedent(text).encode()
    (folder / "script.py").write_bytes(content)
    words = [str(Path("a folder") / "script.py"), "--help", "-x", "a b", "ü"]
    plain = run([sys.executable, *words], tmp_path, "one\ntwo")
    found = run([*OURS, *words], tmp_path, "one\ntwo")
    assert found.stdout == plain.stdout
    assert found.stderr == plain.stderr
    assert found.returncode == plain.returncode


# Usage


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "no script is given"),
        (["--map", "a=b"], "no script is given"),
        (["--mop", "script.py"], "--mop"),
        (["missing.py"], "The script missing.py does not exist"),
        (["."], "is not a file"),
        (["script.py", "--map"], "OLD=NEW"),
        (["script.py", "--map", "nonsense"], "OLD=NEW"),
        (["--map==b", "script.py"], "OLD=NEW"),
        (["script.py", "--map=a="], "OLD=NEW"),
        (["script.py", "--map=a=b", "--map", "a=c"], "two rules for"),
        (["script.py", "--map=a=/b", "--map", "/b/c=/d"], "would itself be replaced"),
    ],
)
def test_wrong_usage_is_2_with_a_sentence(tmp_path: Path, words: list[str], said: str) -> None:
    (tmp_path / "script.py").write_text("print('ran')")
    done = ours(*words, folder=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_what_is_no_python_is_a_syntax_error(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_bytes(b"print('\xff')")
    done = ours("script.py", folder=tmp_path)
    assert done.returncode == 1
    assert "SyntaxError" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr


def test_help_has_examples(tmp_path: Path) -> None:
    done = ours("--help", folder=tmp_path)
    assert done.returncode == 0
    assert r'--map "O:\20250410=/data/20250410"' in done.stdout
    done = run([sys.executable, "-m", "hdmea_gui", "--help"], tmp_path)
    assert "script" in done.stdout


def test_a_file_called_script_does_not_open_the_window(tmp_path: Path) -> None:
    (tmp_path / "script").write_text("print('it ran')")
    done = ours("script", folder=tmp_path)
    assert (done.returncode, done.stdout) == (0, "it ran\n")
