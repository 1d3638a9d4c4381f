"""Writes the goldens of all tests anew, or those whose maker has NAME in its own, and says whether anything changed.

    python make_all.py [NAME]

A maker that needs real models (PARE_TEST_DATA) or a package that is not there is skipped, and so said. Exit status 1: one failed.
"""

import subprocess
import sys

from support.places import ROOT
from support.runs import GENERATORS, Report, other_versions

LAST = ("make_torch.py", "make_malformed.py")  # they read what others write
wanted = sys.argv[1] if len(sys.argv) > 1 else ""
makers = sorted(GENERATORS.glob("make_*.py"), key=lambda path: (path.name in LAST and LAST.index(path.name) + 1, path.name))
makers = [path for path in makers if path.name != "make_all.py" and wanted in path.stem.removeprefix("make_")]
if not makers:
    sys.exit(f"no maker has “{wanted}” in its name")
for line in other_versions():
    print(f"note: {line}")
report = Report(max((len(path.stem) for path in makers), default=0) - len("make_"))
for path in makers:
    report.run(path.stem.removeprefix("make_"), [sys.executable, path])
status = report.finish("makers")


def git(*words):
    return subprocess.run(["git", *words, "--", ":(glob)Tests/**/Goldens/**"], cwd=ROOT, capture_output=True, text=True).stdout


new = git("ls-files", "--others", "--exclude-standard")
print((git("diff", "--stat") + "".join(f" new: {line}\n" for line in new.splitlines())) or "no golden changed\n", end="")
sys.exit(status)
