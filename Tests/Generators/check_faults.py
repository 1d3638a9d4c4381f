"""Lets every system call that writing a file makes fail once: the old file or the new one is there, whole, and one line says what happened.

    python check_faults.py PARE [MODEL] [--only pare,onnx]

Built on faults/faults.c, which is compiled with cc and preloaded. For each kind of file that Pare writes, over an old file and where none was: the
calls on its folder are counted, then the command is run once for each with that call failing for want of room (ENOSPC), and once for a
broken disk (EIO). After each run: status 0 and the new file whole, or status 1, one line on stderr, and the file as it was; no
temporary file is left. Prints a Markdown table; exit status 1: something was otherwise.
"""

import argparse
import errno
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
DEMO = HERE.parent.parent / "Sources/Shims/CAssets/models/digits-cnn.onnx"
RECIPE = "pare: 1\nglobal: {prune: {sparsity: %s}, share: {clusters: 16}}\n"


def commands(pare, model, recipes, folder):
    """By kind of file: the names it writes, and the command that writes version 0 or 1."""
    def compressed(name):
        return [name], lambda version: ["compress", model, "-r", recipes[version], "-o", folder / name]
    return {
        "pare": compressed("x.pare"),
        "onnx": compressed("x.onnx"),
        "safetensors": compressed("x.safetensors"),
        "npz": compressed("x.npz"),
        "recipe": (["x.yaml"], lambda version: ["screenshot", model, "-k", f"4 '5{version}' enter w ctrl-u '{folder / 'x.yaml'}' enter o", "-o", recipes[0].parent / "shot.txt"]),
        "exported": (["x.pare"], lambda version: ["screenshot", model, "-k", f"4 '5{version}' enter X ctrl-u '{folder / 'x.pare'}' enter o", "-o", recipes[0].parent / "shot.txt"]),
        "picture": (["x.svg"], lambda version: ["screenshot", model, "-k", f"4 '5{version}' enter", "-o", folder / "x.svg"]),
        "script": (["x.py", "x.safetensors"], lambda version: ["script", model, "-r", recipes[version], "-o", folder / "x.py"]),
        "trained": (["x.onnx"], lambda version: ["train", "lenet-300-100", "--epochs", "1", "--seed", str(version), "--threads", "1", "-o", folder / "x.onnx"]),
        "finetuned": (["x.pare"], lambda version: ["finetune", model, "-r", recipes[version], "--data", "digits", "--epochs", "1", "--threads", "1", "-o", folder / "x.pare"]),
    }


class Faults:
    def __init__(self, pare, library, folder, log):
        self.pare, self.library, self.folder, self.log = pare, library, folder, log

    def run(self, arguments, call=0, error=errno.ENOSPC):
        self.log.unlink(missing_ok=True)
        environment = os.environ | {
            "LD_PRELOAD": str(self.library), "FAULT_FOLDER": str(self.folder), "FAULT_CALL": str(call), "FAULT_ERROR": str(error), "FAULT_LOG": str(self.log),
            "TMPDIR": str(self.log.parent), "HOME": str(self.log.parent), "XDG_STATE_HOME": str(self.log.parent / "state")}
        done = subprocess.run([self.pare, *map(str, arguments)], env=environment, capture_output=True, text=True, timeout=300, stdin=subprocess.DEVNULL)
        calls = self.log.read_text().splitlines() if self.log.exists() else []
        return done, [line.split(" ", 1)[1] for line in calls]


def content(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def restore(folder, files):
    for path in folder.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    for name, data in files.items():
        (folder / name).write_bytes(data)


def check(faults, kind, names, command, wrong):
    """Calls tried, and how the runs ended."""
    folder = faults.folder
    restore(folder, {})
    versions = []
    for version in [0, 1]:
        done, calls = faults.run(command(version))
        assert done.returncode == 0, (kind, done.stderr)
        versions.append(content(folder))
        assert sorted(versions[-1]) == sorted(names), (kind, list(versions[-1]), names)
        restore(folder, {})
    kept = written = 0
    for before in [versions[0], {}]:
        restore(folder, before)
        _, calls = faults.run(command(1))
        # Of a long row of writes the first and the last ones stand for all.
        numbers = [n for n in range(1, len(calls) + 1) if n <= 12 or n > len(calls) - 12 or calls[n - 1] != "write"]
        for number in numbers:
            for error in [errno.ENOSPC, errno.EIO]:
                restore(folder, before)
                done, seen = faults.run(command(1), number, error)
                after = content(folder)
                what = f"{kind}: {errno.errorcode[error]} at call {number} ({seen[number - 1] if number <= len(seen) else '?'}){' over an old file' if before else ''}"
                extra = set(after) - set(names)
                if extra: wrong.append(f"{what}: left {extra}")
                is_new = all(after.get(name) == versions[1][name] for name in names)
                is_old = all(after.get(name) == before.get(name) for name in names)
                each = all(after.get(name) in (before.get(name), versions[1][name]) for name in names)
                lines = [line for line in done.stderr.splitlines() if line.strip()]
                picture = kind in ("recipe", "exported")
                if done.returncode == 0 and (is_new or (picture and is_old)):
                    written += 1
                elif done.returncode == 1 and (is_old or is_new or each):
                    kept += 1
                    if len(lines) != 1: wrong.append(f"{what}: {len(lines)} lines: {done.stderr!r}")
                    if is_new and not is_old: wrong.append(f"{what}: the new file is there, yet it failed: {done.stderr!r}")
                else:
                    wrong.append(f"{what}: status {done.returncode}, {'new' if is_new else 'old' if is_old else 'mixed'}: {done.stderr!r}")
    return len(numbers), kept, written


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pare")
    parser.add_argument("model", nargs="?", default=DEMO)
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    wrong = []
    with tempfile.TemporaryDirectory() as place:
        place = pathlib.Path(place)
        library, folder = place / "faults.so", place / "written"
        folder.mkdir()
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", HERE / "faults/faults.c", "-o", library, "-ldl"], check=True)
        recipes = [place / f"recipe-{version}.yaml" for version in [0, 1]]
        for version, path in enumerate(recipes): path.write_text(RECIPE % (0.5 + version / 4))
        faults = Faults(pathlib.Path(options.pare).resolve(), library, folder, place / "log")
        print("| file | calls | kept | written |\n|---|---|---|---|")
        for kind, (names, command) in commands(options.pare, options.model, recipes, folder).items():
            if options.only and kind not in options.only.split(","): continue
            calls, kept, written = check(faults, kind, names, command, wrong)
            print(f"| {kind} | {calls} | {kept} | {written} |", flush=True)
    for line in wrong: print(line, file=sys.stderr)
    return 1 if wrong else 0


sys.exit(main())
