"""Start-up of a worker process in a script's pool: runs the script, prepared as in the process that started it."""

from __future__ import annotations

from hdmea_gui.scripts.running import run_in_child

if __name__ == "__mp_main__":
    globals().update(run_in_child())
