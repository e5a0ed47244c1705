"""A script with options of its own, that tells by its exit code how it went."""
import argparse
import sys

from hdmea.pipeline import load_recording
from hdmea.utils.exceptions import DataLoadError

parser = argparse.ArgumentParser()
parser.add_argument("recordings", nargs="+")
parser.add_argument("--map", default="jet", help="colours")
parser.add_argument("--dry-run", action="store_true")
arguments = parser.parse_args()

print(arguments.map, arguments.recordings)
failed = 0
for recording in arguments.recordings:
    if arguments.dry_run:
        continue
    try:
        load_recording(recording, output_dir="artifacts")
    except DataLoadError as error:
        print(error, file=sys.stderr)
        failed += 1
sys.exit(failed)
