"""Runs `pare` and reads what it prints."""

import json
import subprocess
import sys


def json_of(program):
    """A function that runs a program with words and `--json`, and gives what it printed; its complaint ends the study."""

    def run(*words):
        command = [str(program), *map(str, words), "--json"]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"{' '.join(command)}\n{done.stderr}")
        return json.loads(done.stdout)

    return run
