"""Fills the folders of the fuzz targets with small valid files: FOLDER/TARGET/…, from the goldens of the tests and from text made here.

    python3 seeds.py FOLDER [MODEL.pare …]
"""

import gzip
import json
import pathlib
import struct
import sys
import zlib

ROOT = pathlib.Path(__file__).resolve().parent.parent
LIMIT = 1 << 14  # bytes; larger seeds make every step slow

GOLDENS = {
    "onnx": ["Models/ModelFormatsTests/Goldens/onnx/*.onnx", "Quality/EvaluationTests/Goldens/*.onnx"],
    "safetensors": ["Models/ModelFormatsTests/Goldens/safetensors/*.safetensors"],
    "shards": ["Models/ModelFormatsTests/Goldens/safetensors/*.json"],
    "torch": ["Models/ModelFormatsTests/Goldens/pytorch/*.p*"],
    "hdf5": ["Models/ModelFormatsTests/Goldens/hdf5/*.h*5"],
    "gguf": ["Models/ModelFormatsTests/Goldens/gguf/*.gguf"],
    "zip": ["Models/ModelFormatsTests/Goldens/pytorch/*.pt", "Models/ArrayFilesTests/Goldens/*.npz"],
    "npz": ["Models/ModelFormatsTests/Goldens/pytorch/*.npz", "Models/ArrayFilesTests/Goldens/*.npz"],
    "npy": ["*/*/Goldens/*.npy", "*/*/Goldens/*/*.npy"],
    "idx": ["Models/ArrayFilesTests/Goldens/*idx*"],
    "gzip": ["Models/ArrayFilesTests/Goldens/*.gz"],
    "json": ["Models/ModelFormatsTests/Goldens/safetensors/*.json", "Squeeze/FactorizationTests/Goldens/noise.json"],
}

RECIPES = [
    "pare: 1\nmodel: {path: lenet5.onnx, sha256: " + "0" * 64 + "}\nglobal: {prune: {sigma: 1.0}, share: {clusters: 32}}\n",
    "pare: 1\ntypes:\n  Conv: {share: {clusters: 256}}\nlayers:\n  fc.weight:\n    filters: {keep: 40, by: l1}\n    factorize: {ranks: [20, 12]}\n"
    "    prune: {threshold: 0.012}\n    share: {clusters: 64, init: linear}\n    code: {entropy: huffman, gapBits: auto, layout: auto}\n",
    "pare: 1\nlayers:\n  're:(conv|layer)\\d+[.a-z]*$': {filters: {fraction: 0.75}}\n  're:(?i)FC|x{2,3}?': {prune: {sparsity: 0.9}}\nignore: ['re:.*bias', 'name:re:fc']\n",
    "global:\n  factorize: auto\n  share: none\n  prune: none\n",
]
DATA = [
    "kind: idx\nimages: a-idx3-ubyte\nlabels: b-idx1-ubyte\nresize: 32\nmean: 0.5\nstd: [0.5]\nscale: 0.00392\nlayout: nchw\n",
    "kind: cifar\nimages: [a.bin, b.bin]\nclasses: [cat, dog]\nchannels: rgb\ncrop: [24, 24]\n",
    "kind: text\ntext: a.txt\nvocabulary: v.json\nlast: 1000\n", "kind: npz\nimages: a.npz\nx: x\ny: y\n", "kind: folder\nimages: .\nlabels: folders\n",
]


def parts(path):
    """The structure's text, the numbers and the entries of a .pare file."""
    sys.path.append(str(ROOT / "Tests/Generators"))
    from malformed.pare_cases import Parts
    from support import text_stream

    found = Parts(path.read_bytes())
    return text_stream.text(found.structure, found.sizes[0]), found.data[0], found.data[1:]


def main():
    folder = pathlib.Path(sys.argv[1])
    seeds = {name: [path.read_bytes() for pattern in patterns for path in sorted((ROOT / "Tests").glob(pattern))] for name, patterns in GOLDENS.items()}
    seeds["recipe"] = [text.encode() for text in RECIPES]
    seeds["data"] = [text.encode() for text in DATA]
    seeds["theme"] = [path.read_bytes() for path in sorted((ROOT / "themes").glob("*.yaml"))]
    # A legacy file of PyTorch's without its head, which the target puts before every input.
    head = bytes.fromhex("80028a0a6cfc9c46f9206aa850192e80024de9032e")
    legacy = [data for data in seeds["torch"] if data.startswith(head)]
    seeds["pickle"] = [data[data.index(b"}", len(head)) :] for data in legacy] + [b"\x80\x02}.\x80\x02].", b"\x80\x02}q\0X\1\0\0\0aK\1s.\x80\x02]."]
    seeds["gzip"].append(gzip.compress(b"abc" * 100, mtime=0))
    seeds["container"] = [path.read_bytes() for path in sorted((ROOT / "Tests/Squeeze/PareFileTests/Goldens").glob("*.pare"))]
    seeds["entry"], seeds["structure"], seeds["numbers"] = [], [b"t\0w\0F32\0" b"4\0"], [b"\1\2" + bytes(range(60))]
    for path in sys.argv[2:]:
        seeds["container"].append(pathlib.Path(path).read_bytes())
        structure, numbers, entries = parts(pathlib.Path(path))
        seeds["structure"].append(structure)
        seeds["numbers"].append(b"\4\4" + numbers)
        seeds["entry"] += entries
    # Entries written by hand: four floats as they are, a layer of which nothing is left, and 8 × 2 × 3 weights by the arithmetic codes,
    # shared over three values, on a grid, and by a trellis.
    raw, empty = bytes([1, 0, 0, 0, 1, 4]) + b"\0" * 16, bytes([1, 2, 0, 3, 2, 2, 2, 0, 0])
    step, noise = struct.pack("<f", 0.25), bytes(range(37, 250, 11))
    coded = bytes([1, 1 | 2 << 2 | 16, 0, 0, 3, 8, 2, 3, 3, 0]) + struct.pack("<3f", -1, 0.5, 2) + noise
    grid, trellis = (bytes([1, 1 | 3 << 2 | flags, 0, 0, 3, 8, 2, 3]) + step + bytes([3, 4]) + noise for flags in (48, 112))
    seeds["entry"] += [raw, empty, coded, grid, trellis]
    seeds["container"].append(container(raw))
    for name, inputs in seeds.items():
        (folder / name).mkdir(parents=True, exist_ok=True)
        for data in inputs:
            if len(data) <= LIMIT:
                (folder / name / f"{zlib.crc32(data):08x}").write_bytes(data)


def container(entry):
    metadata = {"format": "pare", "version": "1", "header_crc32": "0" * 8, "recipe": "pare: 1\n", "kinds": "e", "crc32": f"{zlib.crc32(entry):08x}"}
    header = {"__metadata__": metadata, "w": {"dtype": "U8", "shape": [len(entry)], "data_offsets": [0, len(entry)]}}
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + entry


if __name__ == "__main__":
    main()
