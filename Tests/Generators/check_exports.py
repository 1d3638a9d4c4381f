"""Whether a network is the same to Pare whichever way PyTorch exported it: architecture × exporter × batch.

    python check_exports.py PARE FOLDER [--only resnet18,lstm] [--markdown TABLE.md] [--opsets]

FOLDER is what make_exports.py wrote. For each export, with a tenth of the filters of every group gone (filters.yaml) and with a fifth of
the weights that are left pruned and fitted anew (reconstruct.yaml):
- `pare estimate`: the same groups as in the other exports, as many of their filters kept, the same part of the multiply-accumulates;
- `pare evaluate`: the same SQNR under filters.yaml (the same filters stay) and under reconstruct.yaml, within 0.1 dB or above 100;
- `pare compress -o x.onnx` runs in ONNX Runtime, and its SQNR there against the original's is what Pare says, within 0.1 dB;
- `pare finetune` trains one epoch.
Prints a row for each export, and exits with 1 where an architecture's rows differ or something failed.
"""

import argparse
import collections
import concurrent.futures
import dataclasses
import json
import math
import pathlib
import subprocess
import sys
import tempfile

import numpy
import onnxruntime

TOLERANCE = 0.1
# dB beyond which what is left is the rounding of float32.
ROUNDING = 100
FILTERS = "pare: 1\nglobal: {filters: {fraction: 0.9}}\n"
RECONSTRUCT = "pare: 1\nglobal: {filters: {fraction: 0.9}, prune: {sparsity: 0.2}}\nreconstruct: {samples: 96, ridge: 1}\n"


@dataclasses.dataclass
class Row:
    """What Pare makes of one export. `groups` tells filters and filters kept of each group, by size."""

    architecture: str
    exporter: str
    batch: str
    groups: list = dataclasses.field(default_factory=list)
    macs: float | None = None
    filtered: float = math.nan
    fitted: float = math.nan
    runtime: float = math.nan
    trained: str = "no"
    problems: list = dataclasses.field(default_factory=list)

    @property
    def kept(self):
        return f"{sum(g[1] for g in self.groups)}/{sum(g[0] for g in self.groups)}"

    @property
    def equal(self):
        return alike(self.fitted, self.runtime)


def alike(one, other):
    return one == other or abs(min(one, ROUNDING) - min(other, ROUNDING)) <= TOLERANCE


class Checker:
    def __init__(self, pare, folder, scratch):
        self.pare, self.folder, self.scratch = pare, folder, scratch
        (scratch / "filters.yaml").write_text(FILTERS)
        (scratch / "reconstruct.yaml").write_text(RECONSTRUCT)
        self.recipes = scratch / "filters.yaml", scratch / "reconstruct.yaml"

    def run(self, row, *arguments):
        """The JSON that Pare prints; None, and a problem of the row, where it fails."""
        try:
            done = subprocess.run([self.pare, *map(str, arguments), "--json"], capture_output=True, text=True, timeout=1800)
        except subprocess.TimeoutExpired:
            row.problems.append(f"{arguments[0]}: takes more than half an hour")
            return None
        if done.returncode != 0:
            row.problems.append(f"{arguments[0]}: {done.stderr.strip().splitlines()[-1][:300] if done.stderr.strip() else done.returncode}")
            return None
        return json.loads(done.stdout)

    def row(self, path):
        row = Row(*path.name.split(".")[:2], ".".join(path.name.split(".")[2:-1]))
        data = self.folder / f"{row.architecture}.npz"
        fitting = ["--data", data, "--calibration", self.folder / f"{row.architecture}.calibration.npz"]
        filters, reconstruct = self.recipes
        estimate = self.run(row, "estimate", path, "-r", filters)
        if estimate:
            row.groups = groups(estimate["layers"])
            if estimate["macs_before"]:
                row.macs = round(estimate["macs_after"] / estimate["macs_before"], 4)
        row.filtered = sqnr(self.run(row, "evaluate", path, "-r", filters, "--data", data))
        row.fitted = sqnr(self.run(row, "evaluate", path, "-r", reconstruct, *fitting))
        written = self.scratch / path.name
        if self.run(row, "compress", path, "-r", reconstruct, *fitting, "-o", written):
            try:
                row.runtime = runtime_sqnr(path, written, data)
            except Exception as problem:
                row.problems.append(f"ONNX Runtime: {str(problem)[:300]}")
            written.unlink()
        tuned = self.scratch / f"tuned.{path.name}"
        report = self.run(row, "finetune", path, "-r", filters, "--data", data, "--distill", "--epochs", 1, "--batch", 16, "-o", tuned)
        if report:
            losses = [epoch["loss"] for epoch in report["epochs"]]
            row.trained = "yes" if report["outcome"] == "finished" and losses and all(math.isfinite(x) for x in losses) else "no"
        tuned.unlink(missing_ok=True)
        return row


def groups(layers):
    """(filters, filters kept) of each group that loses some."""
    found = collections.defaultdict(list)
    for layer in layers:
        if layer["filters_kept"] != layer["filters"]:
            found[layer["filter_group"]].append(layer)
    return sorted((group[0]["filters"], group[0]["filters_kept"]) for group in found.values())


def sqnr(report):
    if report is None:
        return math.nan
    values = [o["sqnr_db"] for o in report["outputs"]]
    return math.inf if values[0] is None else values[0]


def runtime_sqnr(original, written, data):
    with numpy.load(data) as file:
        arrays = {name: file[name] for name in file}
    before, after = (outputs(path, arrays) for path in (original, written))
    noise = ((before.astype(numpy.float64) - after) ** 2).sum()
    return math.inf if noise == 0 else 10 * math.log10((before.astype(numpy.float64) ** 2).sum() / noise)


def outputs(path, arrays):
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    count = len(next(iter(arrays.values())))
    batch = session.get_inputs()[0].shape[0]
    batch = batch if isinstance(batch, int) else count
    parts = [session.run(None, {n: a[i : i + batch] for n, a in arrays.items()})[0] for i in range(0, count - batch + 1, batch)]
    return numpy.concatenate(parts)


def differences(rows):
    """What is not alike in an architecture's rows."""
    first = rows[0]
    for row in rows:
        yield from (f"{row.exporter}, {row.batch}: {p}" for p in row.problems)
        if not row.equal:
            yield f"{row.exporter}, {row.batch}: {row.fitted:.2f} dB, but {row.runtime:.2f} in ONNX Runtime"
    if any(collections.Counter(row.groups) != collections.Counter(first.groups) for row in rows):
        yield "groups differ: " + ", ".join(f"{len(row.groups)} ({row.kept})" for row in rows)
    for what in ("macs", "trained"):
        if any(getattr(row, what) != getattr(first, what) for row in rows):
            yield f"{what} differ: {', '.join(str(getattr(row, what)) for row in rows)}"
    for what, title in (("filtered", "filters"), ("fitted", "reconstruct")):
        values = [getattr(row, what) for row in rows]
        if not all(alike(v, values[0]) for v in values):
            yield f"SQNR differs under {title}: {', '.join(f'{v:.2f}' for v in values)} dB"


def table(results):
    yield "| architecture | exporter | batch | groups | filters kept | filters, dB | reconstruct, dB | ONNX Runtime, dB | trained | alike |"
    yield "|---|---|---|---|---|---|---|---|---|---|"
    for name, rows in results.items():
        same = "yes" if not list(differences(rows)) else "no"
        for row in rows:
            yield (f"| {name} | {row.exporter} | {row.batch} | {len(row.groups)} | {row.kept} | {row.filtered:.2f} | "
                   f"{row.fitted:.2f} | {row.runtime:.2f} | {row.trained} | {same} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pare")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--only")
    parser.add_argument("--opsets", action="store_true", help="take the exports of single opsets, too")
    parser.add_argument("--markdown", type=pathlib.Path, help="write the table there, too")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    wanted = options.only.split(",") if options.only else None
    paths = [p for p in sorted(options.folder.glob("*.onnx"))
             if (not wanted or p.name.split(".")[0] in wanted) and (options.opsets or ".opset" not in p.name)]
    results = collections.defaultdict(list)
    with tempfile.TemporaryDirectory() as scratch, concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        checker = Checker(options.pare, options.folder, pathlib.Path(scratch))
        for row in pool.map(checker.row, paths):
            results[row.architecture].append(row)
            print(f"{row.architecture}.{row.exporter}.{row.batch}: {len(row.groups)} groups, {row.kept} filters, {row.filtered:.2f} dB, "
                  f"reconstructed {row.fitted:.2f}, in ONNX Runtime {row.runtime:.2f}, trained: {row.trained}", flush=True)
    lines = list(table(results))
    print("\n".join(["", *lines, ""]))
    if options.markdown:
        options.markdown.write_text("\n".join(lines) + "\n")
    failed = 0
    for name, rows in results.items():
        found = list(differences(rows))
        failed += bool(found)
        for line in found:
            print(f"{name}: {line}")
    print(f"{len(results) - failed} of {len(results)} architectures alike in all columns")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
