"""Measures what opening and compressing files larger than memory should have to hold takes; prints the table of large_files.md.

    python large_files.py PARE FOLDER [--scale 1]           the table
    python large_files.py PARE FOLDER --only open           seconds and peak bytes until the first screen of the 14 GB file
    python large_files.py PARE FOLDER --only compress       of compressing 4 GB in 64 layers

The files are made in FOLDER by ../peers/make_large.py where they are missing (23 GB apparent, 9 GB on the disk; outputs need as much
again). Peak memory is the maximum resident set of the process, mapped files included, as the system counts it (wait4). The first
screen is the time from starting the program in a terminal of 120 × 34 until it has drawn the model's name.
"""

import argparse
import fcntl
import os
import pathlib
import pty
import resource
import select
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time

RECIPES = {
    "prune 90 %, 32 clusters": "pare: 1\nglobal: {prune: {sparsity: 0.9}, share: {clusters: 32}}\n",
    "prune 50 %": "pare: 1\nglobal: {prune: {sparsity: 0.5}}\n",
    "256 clusters": "pare: 1\nglobal: {share: {clusters: 256}}\n",
}


def run(arguments, environment=None):
    """Seconds and peak bytes of a command that must succeed."""
    begin = time.monotonic()
    process = subprocess.Popen(arguments, stdout=subprocess.DEVNULL, env=environment)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = status
    if status:
        sys.exit(f"{arguments} failed")
    return time.monotonic() - begin, usage.ru_maxrss * 1024


def first_screen(pare, model):
    """Seconds until the explorer has drawn a model's name, and the peak bytes until then."""
    begin = time.monotonic()
    with tempfile.TemporaryDirectory() as state:
        child, terminal = pty.fork()
        if child == 0:
            os.environ.update(TERM="xterm-256color", LC_ALL="C.UTF-8", XDG_STATE_HOME=state)
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 34, 120, 0, 0))
            os.execv(pare, [pare, str(model)])
        seen = b""
        while model.name.encode() not in seen:
            if not select.select([terminal], [], [], 60)[0]:
                sys.exit(f"{model} is not shown")
            seen += os.read(terminal, 65536)
        elapsed = time.monotonic() - begin
        peak = next(int(l.split()[1]) * 1024 for l in open(f"/proc/{child}/status") if l.startswith("VmHWM"))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(terminal)
    return elapsed, peak


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("pare")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--scale", default="1")
    parser.add_argument("--only", choices=["open", "compress"])
    options = parser.parse_args()
    options.pare = str(pathlib.Path(options.pare).resolve())
    options.folder.mkdir(exist_ok=True)
    files = {kind: options.folder / f"{kind}.safetensors" for kind in ("layers", "big", "sparse")}
    generator = pathlib.Path(__file__).parent.parent / "peers" / "make_large.py"
    wanted = {"open": ["sparse"], "compress": ["layers"], None: list(files)}[options.only]
    for kind, path in files.items():
        if kind in wanted and not path.exists():
            subprocess.run([sys.executable, generator, kind, path, "--scale", options.scale], check=True)

    recipe, packed, plain = (options.folder / name for name in ("recipe.yaml", "out.pare", "out.safetensors"))
    if options.only == "open":
        # The fastest of some runs, for the first finds not even the program in memory.
        seconds, peak = min(first_screen(options.pare, files["sparse"]) for _ in range(5))
        return print(f"seconds {seconds} peak_bytes {peak}")
    if options.only == "compress":
        recipe.write_text(RECIPES["prune 90 %, 32 clusters"])
        seconds, peak = run([options.pare, "compress", files["layers"], "-r", recipe, "-o", packed])
        return print(f"seconds {seconds} peak_bytes {peak}")

    print("| what | file | recipe | seconds | peak memory | written |\n|---|---|---|---|---|---|")

    def row(what, kind, recipe, figures, written=None):
        size = f"{written.stat().st_size / 1e6:,.0f} MB" if written else "–"
        print(f"| {what} | {kind} | {recipe} | {figures[0]:.2f} | {figures[1] / 1e6:,.0f} MB | {size} |", flush=True)

    for kind, path in files.items():
        row("inspect", kind, "–", min(run([options.pare, "inspect", path, "--json"]) for _ in range(3)))
        row("first screen", kind, "–", min(first_screen(options.pare, path) for _ in range(3)))
    for kind in ("layers", "big"):
        for name, text in RECIPES.items():
            recipe.write_text(text)
            row("compress to .pare", kind, name, run([options.pare, "compress", files[kind], "-r", recipe, "-o", packed]), packed)
            if name.startswith("prune 90"):
                row("verify", kind, name, run([options.pare, "verify", packed]))
                row("decompress", kind, name, run([options.pare, "decompress", packed, "-o", plain]), plain)
                row("compress to .safetensors", kind, name, run([options.pare, "compress", files[kind], "-r", recipe, "-o", plain]), plain)
                plain.unlink()
            packed.unlink()


main()
