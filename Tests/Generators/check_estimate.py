"""Compares `pare estimate --json` with an independent account, over recipes of every stage that it knows.

    python check_estimate.py PARE MODEL…

Weights come from the onnx and safetensors packages, plans from the recipe (global, then types, then layers), the account from
support/layer_streams.py. To the unit: nonzeros, clusters, fillers, all bits and bytes, and that nothing is smaller than the layout and gap
bits that were chosen. Squared error: within 1e-5. Prints one line a model and recipe;
exit status 1: something differs.
"""

import json
import pathlib
import re
import subprocess
import sys
import tempfile

import onnx
import onnx.numpy_helper
import yaml
from safetensors.numpy import load_file

from support.layer_streams import Layer

FIRST = "the model's first layer"
RECIPES = {
    "pruned": {"global": {"prune": {"sparsity": 0.8}}},
    "shared": {"global": {"share": {"clusters": 64, "init": "density"}}},
    "usual": {"global": {"prune": {"sigma": 1.0}, "share": {"clusters": 32}}},
    "fields": {"global": {"prune": {"sparsity": 0.9}, "share": {"clusters": 20}, "code": {"entropy": "none", "gapBits": 3}}},
    "rules": {
        "global": {"prune": {"threshold": 0.01}},
        "types": {"Conv": {"share": {"clusters": 16}}, "LSTM": {"prune": {"sparsity": 0.7}}, "Gemm": {"share": {"clusters": 5, "init": "density"}}},
        "layers": {FIRST: {"prune": {"sparsity": 0.95}, "code": {"layout": "sparse"}}},
    },
}


def weights_by_layer(path):
    """{layer's name: array}; an ONNX layer is called after its node."""
    if path.suffix == ".safetensors":
        return load_file(path)
    graph = onnx.load(path).graph
    initializers = {tensor.name: tensor for tensor in graph.initializer}
    arrays = {}
    for node in graph.node:
        stored = [name for name in node.input if name in initializers]
        if node.op_type in ("LSTM", "GRU", "RNN"):
            pairs = [(node.name + "/W", node.input[1]), (node.name + "/R", node.input[2])]
        else:
            pairs = [(node.name, stored[0])] if stored else []
        for name, tensor in pairs:
            arrays[name] = onnx.numpy_helper.to_array(initializers[tensor])
    return arrays


def plan_of(recipe, name, operator):
    """The stages of a layer: later rules override single keys of a stage, a pruning rule as a whole."""
    rules = [recipe.get("global"), recipe.get("types", {}).get(operator)]
    for selector, rule in recipe.get("layers", {}).items():
        if selector == name or selector.startswith("re:") and re.match(selector[3:], name):
            rules.append(rule)
    plan = {}
    for rule in filter(None, rules):
        for stage, settings in rule.items():
            plan[stage] = settings if stage == "prune" else {**plan.get(stage, {}), **settings}
    return plan


def check(pare, model, arrays, title, recipe, folder):
    """Prints a line, and those of what differs; true where nothing does."""
    path = pathlib.Path(folder) / "recipe.yaml"
    if "layers" in recipe:
        first = next(name for name, array in arrays.items() if array.ndim > 1)
        recipe = recipe | {"layers": {first if name == FIRST else name: rule for name, rule in recipe["layers"].items()}}
    path.write_text(yaml.safe_dump({"pare": 1, **recipe}))
    done = subprocess.run([pare, "estimate", model, "-r", path, "--json"], capture_output=True, text=True)
    if done.returncode:
        print(f"{model.name} {title}: {done.stderr.strip()}")
        return False
    estimate = json.loads(done.stdout)
    faults, compared, worst = [], 0, 0.0
    for entry in estimate["layers"]:
        name = entry["name"]
        plan = plan_of(recipe, name, entry["op"])
        if not plan:
            continue
        array = arrays[name]
        layer = Layer(array, list(array.shape), plan)
        account = layer.account(entry["layout"], entry["gap_bits"])
        pairs = {
            "weights": (entry["weights"], array.size), "nonzeros": (entry["nonzeros"], layer.nonzeros),
            "fillers": (entry["fillers"], account["fillers"]), "bytes": (entry["bytes"], account["bytes"]),
            "cheapest": (entry["bytes"], layer.chosen()["bytes"]),
        }
        pairs |= {part: (entry["bits"][part], account[part]) for part in ("codes", "gaps", "codebook", "tables")}
        if plan.get("share"):
            pairs["clusters"] = (entry["clusters"], len(layer.centroids))
        compared += len(pairs)
        faults += [(name, what, found, expected) for what, (found, expected) in pairs.items() if found != expected]
        difference = abs(entry["squared_error"] - layer.squared_error) / max(layer.squared_error, 1e-30)
        worst = max(worst, difference)
        if difference > 1e-5:
            faults.append((name, "squared_error", entry["squared_error"], layer.squared_error))
    print(
        f"{model.name} {title}: {len(estimate['layers'])} layers, {compared} numbers compared to the unit, "
        f"squared error within {worst:.1e}, {len(faults)} differences")
    for fault in faults[:12]:
        print("   ", *fault)
    return compared > 0 and not faults


def main():
    pare, *models = sys.argv[1:]
    fine = True
    with tempfile.TemporaryDirectory() as folder:
        for model in map(pathlib.Path, models):
            arrays = weights_by_layer(model)
            for title, recipe in RECIPES.items():
                fine = check(pare, model, arrays, title, recipe, folder) and fine
    sys.exit(0 if fine else 1)


main()
