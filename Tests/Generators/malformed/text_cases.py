"""Malformed recipes, descriptions of data, themes and checkpoints of searches."""

import struct

from .corpus import DATA, ESTIMATE, SEARCH, THEME


def laughs(depth, wrap):
    """YAML that would be 10^depth words."""
    lines = ["a0: &a0 [" + ", ".join(["ha"] * 10) + "]"]
    lines += [f"a{i}: &a{i} [" + ", ".join([f"*a{i - 1}"] * 10) + "]" for i in range(1, depth)]
    return "\n".join([wrap] + lines) + "\n"


def generic(start):
    """What no document of any kind may do; `start` is a first line that the kind would accept."""
    return {
        "laughs": laughs(9, start), "laughs-long": laughs(60, start), "alias-of-itself": f"{start}\na: &a [*a]\n", "alias-unknown": f"{start}\na: *b\n",
        "merge": f"{start}\na: &a {{x: 1}}\nb: {{<<: *a}}\n", "flow-lists-deep": f"{start}\na: " + "[" * 100_000, "flow-maps-deep": f"{start}\na: " + "{a: " * 100_000,
        "lists-closed-deep": f"{start}\na: " + "[" * 50_000 + "]" * 50_000, "block-lists-deep": "- " * 100_000 + "a\n", "block-keys-deep": "? " * 100_000 + "a\n",
        "lists-900-deep": f"{start}\na: " + "[" * 900 + "]" * 900, "lists-30-deep": f"{start}\na: " + "[" * 30 + "]" * 30,
        "maps-indented-deep": "".join(" " * i + "a:\n" for i in range(1200)), "two-documents": f"{start}\n---\n{start}\n", "key-twice": f"{start}\n{start}\n",
        "tab": f"{start}\n\ta: 1\n", "open-quote": f'{start}\na: "b\n', "open-list": f"{start}\na: [1, 2\n", "tag": f"{start}\na: !!python/object/apply:os.system ['touch pwned']\n",
        "unknown-key": f"{start}\nfrobnicate: 7\n", "a-list": "- 1\n- 2\n", "a-word": "hello\n", "nothing": "", "only-comment": "# a\n",
        "megabytes": f"{start}\n# " + "a" * 1_100_000, "50000-keys": start + "\n" + "".join(f"k{i}: 1\n" for i in range(50_000)),
        "long-key": f"{start}\n" + "k" * 900_000 + ": 1\n", "anchors-many": f"{start}\na:\n" + "".join(f"- &x{i} 1\n" for i in range(50_000)),
        "percent": f"%YAML 9.9\n---\n{start}\n", "long-line-of-maps": f"{start}\na: {{" + ", ".join(f"b{i}: {i}" for i in range(40_000)) + "}\n",
    }


def binary(start):
    start = start.encode()
    return {"nul": start + b"\na: \0b\n", "not-utf8": start + b"\na: \xff\xfe\n", "utf16": "\ufeff".encode("utf-16-le") + start.decode().encode("utf-16-le"),
            "half-a-character": start + b"\na: \xe2\x82", "surrogate": start + b"\na: \xed\xa0\x80\n", "control": start + b"\na: \x07\n"}


def add(corpus, golden):
    for kind, start, command in [("recipe", "pare: 1", ESTIMATE), ("data", "kind: idx", DATA), ("theme", "name: a", THEME)]:
        for name, text in generic(start).items():
            corpus.add(f"{kind}-{name}.yaml", text.encode(), command)
        for name, data in binary(start).items():
            corpus.add(f"{kind}-{name}.yaml", data, command)
    recipes(corpus)
    descriptions(corpus)
    themes(corpus)
    checkpoints(corpus)


def recipes(corpus):
    def add(name, text, expected="refused"):
        corpus.add(f"recipe-{name}.yaml", f"pare: 1\n{text}\n".encode(), ESTIMATE, expected)

    add("version", "global: {}\n".replace("global", "pare"))
    for name, plan in {
        "sparsity-2": "prune: {sparsity: 2}", "sparsity-negative": "prune: {sparsity: -1}", "sparsity-nan": "prune: {sparsity: .nan}", "threshold-infinite": "prune: {threshold: .inf}",
        "sigma-word": "prune: {sigma: many}", "clusters-0": "share: {clusters: 0}", "clusters-huge": "share: {clusters: 99999999999999999999}",
        "clusters-2-to-the-40": "share: {clusters: 1099511627776}", "clusters-fraction": "share: {clusters: 2.5}", "init-unknown": "share: {clusters: 4, init: magic}",
        "gap-bits-99": "code: {gapBits: 99}", "entropy-unknown": "code: {entropy: zstd}", "ranks-negative": "factorize: {ranks: [-1, 2]}", "ranks-zero": "factorize: {ranks: 0}",
        "ranks-three": "factorize: {ranks: [1, 2, 3]}", "ranks-overflow": "factorize: {ranks: 9223372036854775808}", "keep-0": "filters: {keep: 0}",
        "keep-negative": "filters: {keep: -1}", "fraction-nan": "filters: {fraction: .nan}", "by-unknown": "filters: {keep: 3, by: magic}", "stage-unknown": "squeeze: {a: 1}",
        "stage-list": "prune: [1, 2]", "stage-number": "prune: 7", "threshold-1e400": "prune: {threshold: 1e400}",
    }.items():
        add(name, f"global: {{{plan}}}")
    for name, pattern in {
        "open-group": "(", "open-class": "[a", "groups-deep": "(" * 400 + ")" * 400, "repeat-huge": "a{99999999999}", "repeat-nested": "((a{1000}){1000}){1000}",
        "look-behind": "(?<=a*)b", "long": "a" * 2000, "backreference": r"\9",
    }.items():
        add(f"pattern-{name}", f"layers:\n  're:{pattern}': {{prune: {{sparsity: 0.5}}}}")
    # Patterns that take exponential time on a name: such as there are in the model, and one made for it.
    for name, pattern in {"catastrophe": "(.+)+$x", "catastrophe-alternatives": "(.|.)*$x", "catastrophe-nested": "((.*)*)*$x", "catastrophe-words": r"(\\w*)*!$"}.items():
        add(f"pattern-{name}", f"ignore: ['re:{pattern}']", expected="sound")
    # These are bounded, so the recipe is merely odd.
    add("patterns-20000", "ignore:\n" + "".join(f"  - 're:a{i}.*'\n" for i in range(20_000)), expected="sound")
    add("layer-unknown", "layers: {nowhere: {prune: {sparsity: 0.5}}}")
    add("layers-20000-unknown", "layers:\n" + "".join(f"  n{i}: {{prune: {{sparsity: 0.5}}}}\n" for i in range(20_000)))
    add("type-unknown", "types: {Frobnicate: {prune: {sparsity: 0.5}}}")
    add("digest-short", "model: {path: a, sha256: abc}")
    add("layers-list", "layers: [a, b]")
    add("ignore-map", "ignore: {a: b}")


def descriptions(corpus):
    def add(name, text):
        corpus.add(f"description-{name}.yaml", text.encode(), DATA)

    add("kind-unknown", "kind: parquet\n")
    add("kind-list", "kind: [idx]\n")
    add("images-missing", "kind: idx\nimages: nowhere\nlabels: nowhere\n")
    add("images-a-folder", "kind: idx\nimages: /\nlabels: /\n")
    add("images-a-device", "kind: idx\nimages: /dev/zero\nlabels: /dev/zero\n")
    add("images-random-device", "kind: cifar\nimages: /dev/urandom\n")
    add("text-a-device", "kind: text\ntext: /dev/zero\nvocabulary: /dev/zero\n")
    add("images-itself", "kind: idx\nimages: description-images-itself.yaml\nlabels: description-images-itself.yaml\n")
    for name, setting in {
        "resize-0": "resize: 0", "resize-huge": "resize: 99999999999999999999", "resize-million": "resize: 1000000", "crop-negative": "crop: [-1, -1]", "crop-three": "crop: [1, 2, 3]",
        "scale-nan": "scale: .nan", "scale-word": "scale: big", "std-0": "std: 0", "mean-empty": "mean: []", "layout-unknown": "layout: nowhere", "last-negative": "last: -1",
    }.items():
        add(name, f"kind: idx\nimages: a\nlabels: b\n{setting}\n")
    add("folder-of-the-system", "kind: folder\nimages: /proc/self\n")
    add("images-many", "kind: cifar\nimages:\n" + "  - nowhere\n" * 60_000)


def themes(corpus):
    def add(name, text):
        corpus.add(f"colours-{name}.yaml", text.encode(), THEME)

    add("bad", "name: a\npalette: {night: notacolour}\n")
    add("too-long", "name: a\npalette: {night: '#" + "0" * 100_000 + "'}\n")
    add("role-unknown", "name: a\nstyles: {frobnicate: red}\n")
    add("role-long", "name: a\nstyles: {" + "x" * 200_000 + ": red}\n")
    add("map-of-one", "name: a\nmap: ['#000000']\n")
    add("map-of-lists", "name: a\nmap: [[1], [2]]\n")
    add("style-words", "name: a\nstyles: {text: " + "bold " * 100_000 + "nocolour}\n")
    add("palette-roles-many", "name: a\nstyles: {" + ", ".join(f"role{i}: bold" for i in range(20_000)) + "}\n")
    keys = "a0: &a0 [ha, ha]\n" + "".join(f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]\n" for i in range(1, 40))
    add("aliases-as-keys", f"{keys}? *a39\n: 1\n? *a39\n: 2\n")
    add("newline-in-role", 'name: a\nstyles: {"x\\ny": bold}\n')
    add("escape-in-colour", 'name: a\nstyles: {text: "\\e[2Jx"}\n')
    add("appearance", "name: a\nappearance: grey\n")


def checkpoints(corpus):
    images = {"search-images-idx3-ubyte": struct.pack(">IIII", 0x803, 60, 28, 28) + bytes(range(256)) * 183 + bytes(192),
              "search-labels-idx1-ubyte": struct.pack(">II", 0x801, 60) + bytes(60)}

    def add(name, text):
        corpus.add(f"checkpoint-{name}.search", text.encode(), SEARCH, beside=images)

    entry = '{"report":{"distances":"%s","figures":[%s],"samples":1,"skipped":0,"total":%s}}'
    figure = '{"metric":"top1","value":1}'
    whole = '{"entries":{"plain few 0":%s},"kind":"search by pare, 1","search":"x"}'
    add("nothing", "")
    add("list", "[]")
    add("other", '{"entries":{},"kind":"search by pare, 1","search":"x"}')
    add("version", '{"entries":{},"kind":"search by pare, 999","search":"x"}')
    add("deep", "[" * 100_000)
    add("deep-entry", whole % ('{"report":' * 20_000))
    add("no-figures", whole % (entry % ("", "", "1")))
    add("metric", whole % (entry % ("", '{"metric":"magic","value":1}', "1")))
    add("seven-bytes", whole % (entry % ("AAAAAAAAAA==", figure, "1")))
    add("no-base64", whole % (entry % ("***", figure, "1")))
    add("total-negative", whole % (entry % ("", figure, "-5")))
    add("total-huge", whole % (entry % ("", figure, "1e400")))
