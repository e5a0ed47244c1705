"""What the stimulus files declare about the light of a movie, frame by frame."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from hdmea_gui.analysis.bar_path import FIELD, bar_light, bar_overlap, bars_of
from hdmea_gui.errors import HDMEAError
from hdmea_gui.io.stimuli import read_movie_frames
from hdmea_gui.pipeline.features import FAMILIES
from hdmea_gui.pipeline.features.events import DISPLAY_HZ, events_of
from hdmea_gui.pipeline.stimulus_folders import definition, movie_file
from hdmea_gui.session.recording import NOISE, declared_kind

if TYPE_CHECKING:
    from pathlib import Path

    from hdmea_gui.session import Snapshot

_MOST_PIXELS = 16
_MOST_LEVELS = 12
_GRID = 10


@dataclass(frozen=True)
class DeclaredLight:
    """Light of a movie as declared.

    Attributes
    ----------
    columns
        float64 (n_frames, n_columns). The light is an unknown mixture of them; no columns if it does not change, or
        nothing is declared.
    pixels
        float32 (n_frames, n_pixels), or None. Light in parts of the screen, for a photodiode that sees only some.
    reason
        Why there are no columns.
    latency_ms
        Delay of the display after its pulses; None if it is not declared.
    """

    columns: np.ndarray
    pixels: np.ndarray | None = None
    reason: str = ""
    latency_ms: float | None = None


def declared_light(snapshot: Snapshot, movie: str, n_frames: int, folder: Path | None) -> DeclaredLight:
    """Return what is declared about the light of a movie of n_frames display frames.

    Parameters
    ----------
    snapshot
        The session; it may hold the movie's definition.
    movie, n_frames
        The movie and its length, display frames.
    folder
        The user's folder of stimulus files.
    """
    try:
        content = definition(snapshot, movie, folder)
        path = movie_file(movie, folder)
        found = light_of_pixels(np.asarray(read_movie_frames(path)), n_frames) if path else None
    except HDMEAError:
        return _unknown(n_frames, "its stimulus files cannot be read")
    kind = declared_kind(content) or next((f.kind for f in FAMILIES if f.serves(movie, None)), "")
    found = found or light_of_content(kind, content, n_frames)
    latency = content.get("display_latency_ms")
    return replace(found, latency_ms=float(latency) if isinstance(latency, (int, float)) else None)


def _unknown(n_frames: int, reason: str) -> DeclaredLight:
    return DeclaredLight(np.empty((n_frames, 0)), reason=reason)


def light_of_pixels(frames: np.ndarray, n_frames: int) -> DeclaredLight:
    """Light of a movie whose frames are known."""
    if len(frames) != n_frames:
        return _unknown(n_frames, f"its file has {len(frames)} frames, not {n_frames}")
    height, width = (-(-size // _MOST_PIXELS) for size in frames.shape[1:])
    blocks = frames[:, : frames.shape[1] // height * height, : frames.shape[2] // width * width]
    shape = (n_frames, blocks.shape[1] // height, height, blocks.shape[2] // width, width)
    pixels = blocks.reshape(shape).mean(axis=(2, 4), dtype=np.float32).reshape(n_frames, -1)
    return _of_columns(frames.mean(axis=(1, 2), dtype=np.float64)[:, None], pixels)


def _of_columns(columns: np.ndarray, pixels: np.ndarray | None = None) -> DeclaredLight:
    if np.ptp(columns, axis=0).max(initial=0.0) > 0:
        return DeclaredLight(columns, pixels)
    return _unknown(len(columns), "its light does not change")


def light_of_content(kind: str, content: dict[str, Any], n_frames: int) -> DeclaredLight:
    """Light of a movie whose stimulus file is known."""
    if not content:
        return _unknown(n_frames, "there is no stimulus file for it")
    if kind == NOISE:
        return _unknown(n_frames, "its frames (.npy) were not found")
    if kind == "baseline":
        return _unknown(n_frames, "its light does not change")
    if kind == "moving_bar":
        try:
            return _of_bars(content, n_frames)
        except (KeyError, TypeError, ValueError, ZeroDivisionError):
            return _unknown(n_frames, "its stimulus file does not define the bars")
    return _of_events(kind, content, n_frames)


def _of_bars(content: dict[str, Any], n_frames: int) -> DeclaredLight:
    bars = bars_of(content)
    places = (np.arange(_GRID) + 0.5) / _GRID - 0.5
    y, x = (grid.ravel() * FIELD for grid in np.meshgrid(places, places, indexing="ij"))
    covered = bar_overlap(bars, x, y, np.full(x.size, FIELD / (2 * _GRID))).T
    light = np.concatenate([bar_light(bars)[:, None], covered], axis=1)
    sized = np.zeros((n_frames, light.shape[1]))
    sized[: len(light)] = light[:n_frames]
    return _of_columns(sized[:, :1], sized[:, 1:].astype(np.float32))


def _of_events(kind: str, content: dict[str, Any], n_frames: int) -> DeclaredLight:
    """A level for each kind of event, or the course of a sine."""
    events, _ = events_of(kind, content, None, 0)
    section = content.get("section_kwargs", {})
    if not events or any(event.direction_deg is not None for event in events):
        return _unknown(n_frames, "its stimulus file does not say when its light changes")
    repeat, groups = int(section["repeat"]), int(section.get("group_count") or 1)
    levels: dict[Any, np.ndarray] = {}
    sine = np.zeros(n_frames)
    for trial in range(repeat * groups):
        group = trial // repeat
        start = int(section["start_frame"]) + trial * int(section["trial_length_frame"])
        start += group * int(section.get("group_gap") or 0)
        for event in events:
            frames = np.arange(start + event.onset, min(start + event.offset, n_frames))
            if event.frequency_hz is not None:
                sine[frames] = np.sin(2 * np.pi * event.frequency_hz / DISPLAY_HZ * (frames - frames[0]))
            else:
                label = (event.colour, event.intensity, group if groups > 1 else 0)
                levels.setdefault(label, np.zeros(n_frames))[frames] = 1
    if len(levels) > _MOST_LEVELS:
        return _unknown(n_frames, "its stimulus file defines too many different levels")
    columns = [*levels.values(), sine, sine**2]
    return _of_columns(np.stack(columns, axis=1))
