"""Runs `pare` on every malformed file, one process each, and says where it does anything but refuse it well.

    python check_malformed.py PARE [--folder FOLDER] [--only TEXT] [--seconds 1] [--megabytes 500]

Refused well: exit status 1, one line on the standard error and nothing else, within the time and the resident memory given, no
file written. Prints a line a failure, then the number of files, the slowest and the largest. Exit status 1 where one failed.
"""

import argparse
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

TESTS = pathlib.Path(__file__).resolve().parent.parent
MODEL = TESTS.parent / "Sources/Shims/CAssets/models/digits-cnn.onnx"
RECIPE = "pare: 1\nglobal: {prune: {sparsity: 0.9}, share: {clusters: 4}}\n"


def run(command, folder, home):
    """Exit status, standard output and error, seconds, and megabytes resident at most."""
    out, err = tempfile.TemporaryFile(), tempfile.TemporaryFile()
    environment = {"PATH": os.environ["PATH"], "XDG_CONFIG_HOME": home, "XDG_STATE_HOME": home, "HOME": home, "LC_ALL": "C.UTF-8",
                   "LD_LIBRARY_PATH": os.environ.get("LD_LIBRARY_PATH", "")}
    start = time.monotonic()
    process = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=out, stderr=err, env=environment)
    status, usage = 0, None
    while True:
        done, status, usage = os.wait4(process.pid, os.WNOHANG)
        if done:
            break
        if time.monotonic() - start > 20:
            process.kill()
            _, status, usage = os.wait4(process.pid, 0)
            break
        time.sleep(0.002)
    seconds = time.monotonic() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    out.seek(0), err.seek(0)
    # A busy machine makes any program wait; what counts is the processor's time.
    if seconds < 20:
        seconds = min(seconds, usage.ru_utime + usage.ru_stime)
    return process.returncode, out.read(), err.read(), seconds, usage.ru_maxrss / 1024


def faults(answer, expected, before, after, limits):
    status, out, err, seconds, megabytes = answer
    found = []
    if status not in ([1] if expected == "refused" else [0, 1]):
        found.append(f"exit status {status}")
    if status == 0 and any(not line.startswith(b"warning: ") for line in err.splitlines()):
        found.append("words on the standard error")
    if status == 1 and (err.count(b"\n") != 1 or len(err) < 10):
        found.append(f"{err.count(10)} lines on the standard error")
    if status == 1 and len(err) > 2000:
        found.append(f"a line of {len(err)} bytes")
    if status == 1 and out:
        found.append("words on the standard output")
    if any(byte < 32 and byte != 10 for byte in err):
        found.append("control characters in the line")
    if seconds > limits.seconds:
        found.append(f"{seconds:.2f} s")
    if megabytes > limits.megabytes:
        found.append(f"{megabytes:.0f} MB")
    if status != 0 and before != after:
        found.append(f"wrote {sorted(after - before)}")
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pare")
    parser.add_argument("--folder", help="where to write the files and leave them; else they go with the run")
    parser.add_argument("--only", default="", help="run only files with this in their name")
    parser.add_argument("--seconds", type=float, default=1)
    parser.add_argument("--megabytes", type=float, default=500)
    parser.add_argument("--verbose", action="store_true", help="print every answer")
    limits = parser.parse_args()
    pare = str(pathlib.Path(limits.pare).resolve())
    folder = pathlib.Path(limits.folder or tempfile.mkdtemp()).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    home = tempfile.mkdtemp()
    themes = pathlib.Path(home) / "pare/themes"
    themes.mkdir(parents=True)
    (folder / "sample.yaml").write_text(RECIPE)
    subprocess.run([pare, "compress", MODEL, "-r", folder / "sample.yaml", "-o", folder / "sample.pare"], check=True, stdout=subprocess.DEVNULL)
    # In a process of its own: a child's resident memory is counted from its parent's.
    subprocess.run([sys.executable, TESTS / "Generators/make_malformed.py", folder, "--sample", folder / "sample.pare"], check=True)
    listing = lambda: {str(path.relative_to(folder)) for path in folder.rglob("*")}
    everything = listing()
    failed, count, slowest, largest = 0, 0, (0, ""), (0, "")
    for line in (folder / "cases.tsv").read_text().splitlines():
        name, expected, command = line.split("\t")
        if limits.only not in name:
            continue
        if "--theme" in command:
            shutil.copy(folder / name, themes / name)
        words = [word.format(file=name, stem=name.removesuffix(".yaml"), model=MODEL, output="written") for word in command.split()]
        answer = run([pare, *words], folder, home)
        found = faults(answer, expected, everything, listing(), limits)
        for stray in listing() - everything:
            (folder / stray).unlink()
        (themes / name).unlink(missing_ok=True)
        count += 1
        slowest, largest = max(slowest, (answer[3], name)), max(largest, (answer[4], name))
        if found or limits.verbose:
            failed += bool(found)
            print(f"{name}: {', '.join(found) or 'well'}: {answer[2].decode(errors='replace')[:300].strip()}", flush=True)
    print(f"{count} files, {failed} not refused well; slowest {slowest[1]} {slowest[0]:.2f} s, largest {largest[1]} {largest[0]:.0f} MB")
    shutil.rmtree(home)
    if not limits.folder:
        shutil.rmtree(folder)
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
