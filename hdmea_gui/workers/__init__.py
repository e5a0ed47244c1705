"""Background work: steps, saves, loads and reads, each on its own thread."""

from __future__ import annotations

from hdmea_gui.workers.failure import Failure
from hdmea_gui.workers.fetcher import Fetcher
from hdmea_gui.workers.job import Ending, Job, end_all_jobs, jobs_alive
from hdmea_gui.workers.jobs import CallJob, LoadJob, SaveJob, StepJob
from hdmea_gui.workers.runner import Runner
from hdmea_gui.workers.tasks import launch

__all__ = [
    "CallJob",
    "Ending",
    "Failure",
    "Fetcher",
    "Job",
    "LoadJob",
    "Runner",
    "SaveJob",
    "StepJob",
    "end_all_jobs",
    "jobs_alive",
    "launch",
]
