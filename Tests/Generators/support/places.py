"""Where things lie: the tests' goldens, the program's own models, real models and data; and how a script says that it cannot run."""

import os
import pathlib
import sys

TESTS = pathlib.Path(__file__).resolve().parents[2]
ROOT = TESTS.parent
DEMOS = ROOT / "Sources/Shims/CAssets/models"
SKIPPED = 77  # the exit status of a script that lacks what it needs, as in automake


def goldens(module):
    """The folder of a test module's goldens: goldens("Engine/ExecutionTests")."""
    folder = TESTS / module / "Goldens"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def real():
    """The folder with models/ and data/ that PARE_TEST_DATA names, or ../shared beside the project; None where there is none."""
    folder = pathlib.Path(os.environ.get("PARE_TEST_DATA") or ROOT.parent / "shared")
    return folder if (folder / "models").is_dir() else None


def required_real():
    """The folder of real models and data; ends the script, saying so, where there is none."""
    return real() or skip("there is no folder of real models; PARE_TEST_DATA names it")


def skip(reason):
    print(f"skipped: {reason}")
    sys.exit(SKIPPED)
