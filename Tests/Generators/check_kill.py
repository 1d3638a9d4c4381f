"""Kills `pare` while it writes, and fills the disk under it: the old file stays whole, or the new one is there whole.

    python check_kill.py PARE [MODEL] [--times 100]

For .pare, .onnx, .safetensors and recipes, each so many times: a write over an old file, or none, is killed at a random moment, every
second time once its temporary file is there. Then what was left over must go with the next write. At last files may not grow beyond a
few sizes (RLIMIT_FSIZE), and go to a full file system where one can be mounted: one line, exit status 1, the old file as it was.

`pare search` is killed ten times at random moments and resumed each time from its checkpoint: it finds the recipe that it finds when nobody
kills it.
"""

import argparse
import os
import pathlib
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
DEMO = ROOT / "Sources/Shims/CAssets/models/digits-cnn.onnx"
RECIPE = "pare: 1\nglobal: {prune: {sparsity: %s}, share: {clusters: 16}}\n"


class Writer:
    """A command that writes a file; two versions of it write different ones."""

    def __init__(self, pare, model, folder, name):
        self.folder, self.name, self.path = folder, name, folder / name
        for version in [0, 1]:
            (folder / f"recipe-{version}.yaml").write_text(RECIPE % (0.5 + version / 4))
        if name.endswith(".yaml"):
            self.command = lambda version: [
                pare, "screenshot", model, "-k", f"4 '5{version}' enter w ctrl-u '{self.path}' enter o", "-o", folder / "picture.txt"]
        else:
            self.command = lambda version: [pare, "compress", model, "-r", folder / f"recipe-{version}.yaml", "-o", self.path]
        self.versions, self.seconds = [], 0
        for version in [0, 1]:
            self.path.unlink(missing_ok=True)
            start = time.monotonic()
            done = subprocess.run(self.command(version), cwd=folder, capture_output=True)
            self.seconds = time.monotonic() - start
            assert done.returncode == 0 and self.path.exists(), (name, done.stderr)
            self.versions.append(self.path.read_bytes())
        assert self.versions[0] != self.versions[1]

    def start(self, version, **named):
        return subprocess.Popen(self.command(version), cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, **named)

    def temporaries(self):
        return [path for path in os.listdir(self.folder) if path.startswith(f".{self.name}.") and path.endswith(".tmp")]

    def content(self):
        return self.path.read_bytes() if self.path.exists() else None


def killed(writer, times, chance):
    """How the file was found: old, new, none; and how many were caught in the middle of writing."""
    found = {"old": 0, "new": 0, "none": 0, "caught": 0}
    for index in range(times):
        old = writer.versions[0] if index % 4 < 2 else None
        if old is None:
            writer.path.unlink(missing_ok=True)
        else:
            writer.path.write_bytes(old)
        before = set(writer.temporaries())
        process = writer.start(1)
        if index % 2:
            deadline = time.monotonic() + 20
            while process.poll() is None and not set(writer.temporaries()) - before and time.monotonic() < deadline:
                pass
            time.sleep(chance.random() * 0.003)
        else:
            time.sleep(chance.random() * writer.seconds * 1.1)
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stderr.close()
        content = writer.content()
        assert content in [old, writer.versions[1]], f"{writer.name}: {len(content or b'')} bytes that are neither the old file nor the new one"
        found["none" if content is None else "new" if content == writer.versions[1] else "old"] += 1
        found["caught"] += bool(set(writer.temporaries()) - before)
        # Each write removes what dead ones left, so there is never more than one.
        assert len(writer.temporaries()) <= 1, f"{writer.name}: {writer.temporaries()}"
    assert writer.start(1).wait() == 0 and writer.content() == writer.versions[1] and not writer.temporaries()
    return found


def limited(writer, size):
    """Writes where no file may grow beyond `size`."""
    writer.path.write_bytes(writer.versions[0])
    process = writer.start(1, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size)))
    check_failure(writer, process, f"files of {size} bytes at most")


def check_failure(writer, process, what):
    error = process.communicate()[1]
    assert writer.content() == writer.versions[0], f"{writer.name}, {what}: the old file is not as it was"
    assert not writer.temporaries(), f"{writer.name}, {what}: {writer.temporaries()}"
    if not writer.name.endswith(".yaml"):  # the explorer tells it on the screen
        assert process.returncode == 1 and error.count(b"\n") == 1, f"{writer.name}, {what}: {process.returncode} {error}"
        print(f"  {what}: {error.decode().strip()}")


def full(pare, model, name):
    """Writes to a file system with less room than the file takes."""
    folder = pathlib.Path(tempfile.mkdtemp())
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", folder], capture_output=True).returncode != 0:
        print("  no file system can be mounted here, so none was filled")
        return folder.rmdir()
    try:
        writer = Writer(pare, model, folder, name)
        writer.path.write_bytes(writer.versions[0])
        with open(folder / "filling", "wb", buffering=0) as filling:
            try:
                while True:
                    filling.write(b"\0" * 4096)
            except OSError:
                pass
        check_failure(writer, writer.start(1), "a full file system")
    finally:
        subprocess.run(["umount", folder])
        folder.rmdir()


def searched(pare, model, options, chance, times):
    """Searches, killed again and again, against a search that is left alone."""
    folder = pathlib.Path(tempfile.mkdtemp())
    subprocess.run([pare, "digits", "-c", "400", "-o", folder / "digits"], check=True, stdout=subprocess.DEVNULL)

    def command(name, *more):
        data = ["--data", folder / "digits-images-idx3-ubyte"]
        return [pare, "search", model, *data, *options, "--checkpoint", folder / f"{name}.search", "-o", folder / f"{name}.yaml", *more]

    start = time.monotonic()
    subprocess.run(command("whole"), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    seconds, caught = time.monotonic() - start, 0
    for _ in range(times):
        process = subprocess.Popen(command("killed", "--resume"), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(chance.random() * seconds / 4)
        caught += process.poll() is None
        process.send_signal(signal.SIGKILL)
        process.wait()
    subprocess.run(command("killed", "--resume"), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    assert (folder / "killed.yaml").read_bytes() == (folder / "whole.yaml").read_bytes(), f"search {' '.join(options)}: another recipe"
    print(f"search {' '.join(options)}: killed {caught} of {times} times before it ended, and resumed: the same recipe", flush=True)
    shutil.rmtree(folder)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pare")
    parser.add_argument("model", nargs="?", default=DEMO)
    parser.add_argument("--times", type=int, default=100)
    parser.add_argument("--only", nargs="*", help="out.pare, out.onnx, out.safetensors, saved.yaml")
    arguments = parser.parse_args()
    pare, model = str(pathlib.Path(arguments.pare).resolve()), pathlib.Path(arguments.model).resolve()
    chance = random.Random(5)
    for name in arguments.only or ["out.pare", "out.onnx", "out.safetensors", "saved.yaml"]:
        folder = pathlib.Path(tempfile.mkdtemp())
        writer = Writer(pare, model, folder, name)
        found = killed(writer, arguments.times, chance)
        print(f"{name}: killed {arguments.times} times: {found['old']} × the old file, {found['new']} × the new, {found['none']} × none; "
              f"{found['caught']} in the middle of writing; nothing left over after one more write", flush=True)
        for size in [0, 10, len(writer.versions[1]) // 2, len(writer.versions[1]) - 1]:
            limited(writer, size)
        if not name.endswith(".yaml"):
            full(pare, model, name)
        shutil.rmtree(folder)
    if not arguments.only:
        for options in [["--ratio", "40", "--no-reconstruct", "--stages", "prune,share"], ["--ratio", "40"]]:
            searched(pare, model, options, chance, 10)


if __name__ == "__main__":
    main()
