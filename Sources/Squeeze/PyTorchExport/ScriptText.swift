/// The script, but for what it knows of one model.
enum ScriptText {
    /// The script for a model's tensors, which `layers` describes in lines of a Python dictionary.
    static func filled(model: String, recipe: String, layers: [String]) -> String {
        [
            introduction, "# Made of \(model.pythonQuoted) with this recipe:\n#", recipe.pythonCommented, imports,
            "# The weight tensors, by their names in the state dictionary.\nLAYERS = {",
            layers.map { "    \($0)\n" }.joined() + "}", functions,
        ].joined(separator: "\n")
    }

    private static let introduction = #"""
        """Gives a PyTorch model the weights that Pare's recipe leaves, and keeps them so while it is trained.

            python SCRIPT.py in.pth out.pth         a checkpoint (.pth, .pt or .safetensors) with its weights replaced

            import SCRIPT                           in a program that trains:
            SCRIPT.apply(model)                     - before the optimizer is made
            optimizer = torch.optim.SGD(model.parameters(), ...)
            ...                                     - train as ever
            SCRIPT.remove(model)                    - plain weights again, as training left them

        Pruned weights stay zero. Weights that share a value are codebook[codes], and the codebook is what is trained: the
        gradients of a cluster's weights add up (trained quantization, Han et al. 2016). Dropped filters, and what the next
        layers read of them, are zero. Split layers are products of factors, which are trained. The arrays are in the
        .safetensors file of the script's name, which has to lie beside it. Needs torch and safetensors.
        """
        """#

    private static let imports = #"""

        import pathlib
        import sys

        import safetensors.torch
        import torch
        from torch import nn
        from torch.nn.utils import parametrize

        ARRAYS = safetensors.torch.load_file(pathlib.Path(__file__).with_suffix(".safetensors"))
        """#

    private static let functions = #"""


        class Piece(nn.Module):
            """A tensor with a mask, or with codes into a codebook, or with neither."""

            def __init__(self, name, shape):
                super().__init__()
                self.name, self.shape = name, shape
                codes, mask = ARRAYS.get(name + "/codes"), ARRAYS.get(name + "/mask")
                self.register_buffer("codes", None if codes is None else codes.to(torch.int32).flatten(), persistent=False)
                self.register_buffer("mask", mask, persistent=False)

            def parameter(self, weight):
                """What is trained, to begin with; `weight` is the tensor as it was."""
                if self.codes is not None:
                    return ARRAYS[self.name + "/codebook"].to(weight, copy=True)
                values = ARRAYS[self.name + "/values"].to(weight) if self.name + "/values" in ARRAYS else weight
                return values.clone() if self.mask is None else torch.where(self.mask, values, 0)

            def forward(self, parameter):
                if self.codes is not None:
                    table = torch.cat([parameter.new_zeros(1), parameter])  # code 0 is zero
                    return table.index_select(0, self.codes).view(self.shape)
                return parameter if self.mask is None else torch.where(self.mask, parameter, 0)


        class Whole(nn.Module):
            """A weight tensor that stays one."""

            def __init__(self, name, layer):
                super().__init__()
                self.piece = Piece(name, layer["shape"])

            def right_inverse(self, weight):
                return self.piece.parameter(weight)

            def forward(self, parameter):
                return self.piece(parameter)


        class Product(nn.Module):
            """A weight tensor that factors take the place of: in (group, q, t), core (group, p, q, window), out (group, s, p)."""

            def __init__(self, name, layer):
                super().__init__()
                self.layer = layer
                self.pieces = nn.ModuleDict({role: Piece(f"{name}/{role}", shape) for role, shape in layer["factors"].items()})
                for axis in layer["kept"]:
                    self.register_buffer(f"kept{axis}", ARRAYS[f"{name}/kept{axis}"], persistent=False)

            def right_inverse(self, weight):
                return tuple(piece.parameter(weight) for piece in self.pieces.values())

            def forward(self, *parameters):
                factors = {role: piece(parameter) for (role, piece), parameter in zip(self.pieces.items(), parameters)}
                if "core" in factors:
                    weight = factors["core"]
                    if "out" in factors:
                        weight = torch.einsum("gsp,gpqd->gsqd", factors["out"], weight)
                    if "in" in factors:
                        weight = torch.einsum("gpqd,gqt->gptd", weight, factors["in"])
                else:
                    weight = (factors["out"] @ factors["in"]).unsqueeze(-1)
                if self.layer["inputs_first"]:
                    weight = weight.transpose(1, 2)
                weight = weight.reshape(self.layer["kept_shape"])
                for axis in self.layer["kept"]:  # dropped channels are zero
                    shape = list(weight.shape)
                    shape[axis] = self.layer["shape"][axis]
                    weight = weight.new_zeros(shape).index_copy(axis, getattr(self, f"kept{axis}"), weight)
                return weight


        def transformation(name, weight):
            """What makes the weight tensor of this name from what is trained of it."""
            layer = LAYERS[name]
            if list(weight.shape) != layer["shape"]:
                raise ValueError(f"{name} has the shape {list(weight.shape)}, the recipe was made for {layer['shape']}")
            return (Product if "factors" in layer else Whole)(name, layer).to(weight.device)


        def places(names, renamed):
            """Which of the names, without the prefixes of DataParallel and torch.compile, each tensor of the recipe has."""
            found = {}
            for name in names:
                plain = name
                while plain.startswith(("module.", "_orig_mod.")):
                    plain = plain.split(".", 1)[1]
                found[plain] = name
            wanted = {name: (renamed or {}).get(name, name) for name in LAYERS}
            missing = [name for name in wanted.values() if name not in found]
            if missing:
                raise KeyError(f"there is no {', '.join(missing)} among {', '.join(found)}; pass renamed={{name: yours}}")
            return {name: found[own] for name, own in wanted.items()}


        def apply(module, renamed=None):
            """Gives a module the recipe's weights and keeps them so; make the optimizer afterwards.

            `renamed` has your names of tensors that are called otherwise in the model that Pare opened."""
            for name, path in places([name for name, _ in module.named_parameters()], renamed).items():
                owner, _, attribute = path.rpartition(".")
                owner = module.get_submodule(owner)
                parametrize.register_parametrization(owner, attribute, transformation(name, getattr(owner, attribute)))
            return module


        def remove(module):
            """Makes the weights plain tensors again, with the values they have."""
            for owner in list(module.modules()):
                for attribute, steps in list(getattr(owner, "parametrizations", {}).items()):
                    if isinstance(steps[0], (Whole, Product)):
                        parametrize.remove_parametrizations(owner, attribute, leave_parametrized=True)
            return module


        def fold(state):
            """Puts weights together that a state dictionary holds in parts: masked ones, lengths and directions, spectral norms."""
            for name in list(state):
                before, _, last = name.rpartition("parametrizations.")
                if name.endswith("_orig") and name[:-5] + "_mask" in state:
                    own, weight = name[:-5], state[name] * state.pop(name[:-5] + "_mask")
                elif name.endswith("_v") and name[:-2] + "_g" in state:
                    own, weight = name[:-2], directed(state[name], state.pop(name[:-2] + "_g"))
                elif last.endswith(".original1") and name[:-1] + "0" in state:
                    own, weight = before + last[:-10], directed(state[name], state.pop(name[:-1] + "0"))
                elif name.endswith("_orig") and {name[:-5] + "_u", name[:-5] + "_v"} <= state.keys():
                    own, weight = name[:-5], normed(state[name], state.pop(name[:-5] + "_u"), state.pop(name[:-5] + "_v"))
                elif last.endswith(".original") and {name[:-8] + "0._u", name[:-8] + "0._v"} <= state.keys():
                    own, weight = before + last[:-9], normed(state[name], state.pop(name[:-8] + "0._u"), state.pop(name[:-8] + "0._v"))
                else:
                    continue
                del state[name]
                state[own] = weight


        def directed(direction, length):
            axes = [axis for axis in range(direction.dim()) if length.dim() == 0 or length.shape[axis] == 1]
            return direction * (length / direction.square().sum(dim=axes, keepdim=length.dim() > 0).sqrt())


        def normed(weight, u, v):
            """Divides by the greatest singular value, of the rows along the first axis, or the second of transposed convolutions."""
            axes = [a for a in range(min(2, weight.dim())) if weight.shape[a] == len(u) and weight.numel() == len(u) * len(v)]
            return weight / max((u @ weight.movedim(a, 0).flatten(1) @ v for a in axes), key=abs)


        def replace(state, renamed=None):
            """Replaces the recipe's tensors in a state dictionary."""
            with torch.no_grad():
                fold(state)
                for name, own in places(state, renamed).items():
                    step = transformation(name, state[own])
                    parameters = step.right_inverse(state[own])
                    state[own] = step(*parameters if isinstance(parameters, tuple) else [parameters]).contiguous()
            return state


        def state_dictionaries(value):
            """The dictionaries of tensors in a checkpoint."""
            if isinstance(value, dict):
                if any(isinstance(item, torch.Tensor) for item in value.values()):
                    yield value
                for key, item in value.items():
                    if "optim" not in str(key):
                        yield from state_dictionaries(item)


        def main(source, target):
            is_safetensors = source.endswith(".safetensors")
            checkpoint = safetensors.torch.load_file(source) if is_safetensors else torch.load(source, "cpu", weights_only=True)
            states = list(state_dictionaries(checkpoint))
            if not states:
                raise ValueError(f"{source} holds no state dictionary")
            replace(max(states, key=len))
            if target.endswith(".safetensors"):
                safetensors.torch.save_file(max(states, key=len), target)
            else:
                torch.save(checkpoint, target)


        if __name__ == "__main__":
            if len(sys.argv) != 3:
                sys.exit(f"usage: python {sys.argv[0]} in.pth out.pth")
            main(*sys.argv[1:])

        """#
}
