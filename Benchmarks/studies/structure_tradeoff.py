"""Filters alone, Tucker alone, and both: what each costs and saves on one network, through Pare's command line.

    python structure_tradeoff.py MODEL DATA [--pare .build/release/pare] [--work .build/tradeoff] > structure_tradeoff.md

Nothing is trained after compression, so the figures say what a layer's shape alone takes away. Filters go by their L1 norm,
the same fraction in every convolution. Ranks are a fraction of each convolution's channels (of the rank at which factors are as
large as the layer, for 1 × 1 convolutions), or chosen by variational Bayes. Time is what `pare evaluate --time` tells: the fastest of
fifteen turns, the original and the compressed network in turn, all threads at work. ThiNet chooses on the data given.
"""

import argparse
import json
import math
import pathlib

from command import json_of

parser = argparse.ArgumentParser()
parser.add_argument("model")
parser.add_argument("data")
parser.add_argument("--pare", default=".build/release/pare")
parser.add_argument("--work", default=".build/tradeoff")
arguments = parser.parse_args()
work = pathlib.Path(arguments.work)
work.mkdir(parents=True, exist_ok=True)

pare = json_of(arguments.pare)


convolutions = [l for l in pare("inspect", arguments.model)["layers"] if l["op"] == "Conv"]


def ranks(layer, share, kept):
    out, inner, *window = layer["shape"]
    out = math.ceil(kept * out)
    inner = inner if inner <= 4 else math.ceil(kept * inner)
    if math.prod(window) == 1:
        return str(max(1, int(share * out * inner / (out + inner))))
    return f"[{max(1, math.ceil(share * out))}, {inner if inner <= 4 else max(1, math.ceil(share * inner))}]"


def recipe(kept, share, by):
    stages = [] if kept is None else [f"filters: {{fraction: {kept}, by: {by}}}"]
    if share == "auto":
        stages.append("factorize: {ranks: auto}")
    lines = ["pare: 1", f"types: {{Conv: {{{', '.join(stages)}}}}}" if stages else "types: {}"]
    if isinstance(share, float):
        lines.append("layers:")
        lines += [f"  {json.dumps(l['name'])}: {{factorize: {{ranks: {ranks(l, share, kept or 1)}}}}}" for l in convolutions]
    return "\n".join(lines) + "\n"


CONFIGURATIONS = [(None, None, "l1")]
CONFIGURATIONS += [(kept, None, by) for by in ("l1", "thinet") for kept in (0.95, 0.9, 0.75)]
CONFIGURATIONS += [(None, share, "l1") for share in (0.9, 0.75, 0.6, 0.5, "auto")]
CONFIGURATIONS += [
    (kept, share, by) for by in ("l1", "thinet") for kept, share in ((0.95, 0.9), (0.95, 0.75), (0.9, 0.75), (0.75, 0.5))]

print("| filters | by | ranks | parameters | MACs | ONNX file | top-1 | difference (95 %) | time an image |")
print("|---|---|---|---|---|---|---|---|---|")
for index, (kept, share, by) in enumerate(CONFIGURATIONS):
    path, written = work / f"{index}.yaml", work / f"{index}.onnx"
    path.write_text(recipe(kept, share, by))
    sizes = pare("compress", arguments.model, "-r", path, "-o", written, "-d", arguments.data)
    quality = pare("evaluate", arguments.model, "-d", arguments.data, "-r", path, "--time")
    low, high = quality["difference_ci95"] or (0, 0)
    macs = sizes["macs_after"]
    print(
        f"| {'all' if kept is None else f'{kept:.0%}'} | {'' if kept is None else by} | {'whole' if share is None else share if share == 'auto' else f'{share:.0%}'} "
        f"| {sizes['parameters_after'] / 1e6:.2f} M | {macs / 1e6:.0f} M ({macs / sizes['macs_before'] - 1:+.0%}) "
        f"| {sizes['output_bytes'] / 1e6:.1f} MB | {quality['value']:.1%} | {100 * low:+.1f} … {100 * high:+.1f} "
        f"| {quality['seconds_per_sample'] * 1e3:.1f} ms ({quality['seconds_per_sample'] / quality['seconds_per_sample_original'] - 1:+.0%}) |",
        flush=True)
