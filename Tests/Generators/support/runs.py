"""Runs scripts one after another and says of each what came of it: ok, skipped with the reason, or failed with its last words."""

import importlib.metadata
import os
import pathlib
import re
import subprocess
import sys
import time

from .places import ROOT, SKIPPED

GENERATORS = pathlib.Path(__file__).resolve().parents[1]
REQUIREMENTS = GENERATORS / "requirements.txt"
# Sums of scikit-learn and PyTorch depend on how many threads share them; the goldens were written by two.
ENVIRONMENT = {"OMP_NUM_THREADS": "2", "PYTHONDONTWRITEBYTECODE": "1"}


def other_versions():
    """What of requirements.txt is not there, or there in another version, a line each."""
    lines = []
    for name, wanted in re.findall(r"^([\w-]+)==(\S+)$", REQUIREMENTS.read_text(), re.MULTILINE):
        try:
            found = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            lines.append(f"{name} {wanted} is not there")
            continue
        if found.split("+")[0] != wanted.split("+")[0]:
            lines.append(f"{name} is {found}, the goldens were written with {wanted}")
    return lines


class Report:
    """Prints a line for each run, and keeps count."""

    def __init__(self, width):
        self.width = width
        self.counts = {"ok": 0, "skipped": 0, "failed": 0}

    def skip(self, name, reason):
        self._say(name, "skipped", reason)

    def run(self, name, *commands):
        """Runs the commands in turn until one does not end well: True where all did."""
        begin = time.monotonic()
        for command in commands:
            done = subprocess.run(
                list(map(str, command)), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
                env=os.environ | ENVIRONMENT)
            lines = done.stdout.strip().splitlines()
            last = lines[-1] if lines else "it said nothing"
            absent = re.match(r"ModuleNotFoundError: No module named '(\w+)", last)
            if absent and not (GENERATORS / absent[1]).exists():
                return self._say(name, "skipped", f"Python has no {absent[1]}; requirements.txt names the version")
            if done.returncode == SKIPPED:
                return self._say(name, "skipped", last.removeprefix("skipped: "))
            if done.returncode != 0:
                self._say(name, "failed", f"{' '.join(pathlib.Path(str(word)).name for word in command)} ended with {done.returncode}")
                print("".join(f"    {line}\n" for line in lines[-12:]), end="", flush=True)
                if len(lines) > 12:
                    log = ROOT / f".build/{name}.log"
                    log.parent.mkdir(exist_ok=True)
                    log.write_text(done.stdout)
                    print(f"    … all that it said is in {log.relative_to(ROOT)}", flush=True)
                return False
        return self._say(name, "ok", f"{time.monotonic() - begin:.0f} s")

    def finish(self, what):
        """Prints the counts; gives the exit status."""
        print(f"{what}: " + ", ".join(f"{count} {outcome}" for outcome, count in self.counts.items()))
        return 1 if self.counts["failed"] else 0

    def _say(self, name, outcome, reason):
        self.counts[outcome] += 1
        print(f"{name:{self.width}} {outcome:8} {reason}", flush=True)
        return outcome == "ok"
