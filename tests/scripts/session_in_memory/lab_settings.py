"""Paths beside the script, relative to where it is started."""
from pathlib import Path

DATASET = "2026.02.03-10.11.12-Rec"
RAW = Path("recordings")
OUT = Path("artifacts")


def pair(name):
    return RAW / f"{name}.cmcr", RAW / f"{name}-.cmtr"
