"""Malformed PyTorch files: pickles that would run code, lie about lengths, or grow without end."""

import io
import struct
import zipfile

MAGIC = bytes.fromhex("80028a0a6cfc9c46f9206aa850192e")
HEAD = MAGIC + b"\x80\x02M\xe9\x03." + b"\x80\x02}."
TEXT = lambda t: b"X" + struct.pack("<I", len(t)) + t.encode()
NUMBER = lambda v: b"J" + struct.pack("<i", v)
GLOBAL = lambda module, name: f"c{module}\n{name}\n".encode()


def legacy(objects, count=4, keys=b"]" + TEXT("k") + b"a."):
    return HEAD + b"\x80\x02" + objects + b"." + b"\x80\x02" + keys + struct.pack("<q", count) + b"\1" * 4 * count


def storage(count=4, kind="FloatStorage", key="k"):
    return b"(" + TEXT("storage") + GLOBAL("torch", kind) + TEXT(key) + TEXT("cpu") + NUMBER(count) + b"tQ"


def tensor(extents, strides, offset=0, **named):
    tuple_of = lambda values: b"(" + b"".join(map(NUMBER, values)) + b"t"
    return GLOBAL("torch._utils", "_rebuild_tensor_v2") + b"(" + storage(**named) + NUMBER(offset) + tuple_of(extents) \
        + tuple_of(strides) + b"\x89" + GLOBAL("collections", "OrderedDict") + b")R" + b"tR"


def state(value):
    return b"}" + TEXT("w") + value + b"s"


def archive(members, **named):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", **named) as archive:
        for name, data in members:
            archive.writestr(zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0)), data, compress_type=archive.compression)
    return out.getvalue()


def add(corpus, golden):
    for name, suffix in [("state-legacy.pth", ".pth"), ("checkpoint.pth.tar", ".pth.tar"), ("module-legacy.pt", ".pt")]:
        data = golden("pytorch/" + name)
        size = len(data)
        corpus.truncations(name.split(".")[0], suffix, data, [3, 14, 40, size // 3, size // 2, -30, -1])
    for name in ["state.pt", "script.pt", "deflated.pt"]:
        data = golden("pytorch/" + name)
        size = len(data)
        corpus.truncations(name.split(".")[0], ".pt", data, [5, 31, size // 3, size * 3 // 4, -22, -1])
        corpus.flips(name.split(".")[0], ".pt", data, 8)

    sound = legacy(state(tensor([2, 2], [2, 1])))
    corpus.add("torch-control.pth", sound, expected="sound")

    # Calls.
    names = [
        ("os", "system"), ("posix", "system"), ("nt", "system"), ("builtins", "eval"), ("builtins", "exec"), ("__builtin__", "eval"),
        ("builtins", "getattr"), ("builtins", "__import__"), ("subprocess", "Popen"), ("runpy", "run_path"), ("pickle", "loads"),
        ("torch.hub", "load"), ("operator", "attrgetter"), ("importlib", "import_module"), ("socket", "create_connection"),
    ]
    touch = TEXT("touch pwned")
    for module, name in names:
        label = f"{module}-{name}".replace(".", "-").replace("_", "")
        call = GLOBAL(module, name) + touch + b"\x85R"
        corpus.add(f"calls-{label}.pth", legacy(call))
        corpus.add(f"calls-{label}-zip.pt", archive([("a/data.pkl", b"\x80\x02" + call + b"."), ("a/version", b"3\n")]))
    system = GLOBAL("os", "system")
    corpus.add("calls-in-state.pth", legacy(state(system + touch + b"\x85R")))
    corpus.add("calls-nested.pth", legacy(GLOBAL("builtins", "eval") + b"(" + system + touch + b"\x85R" + b"tR"))
    corpus.add("calls-stack-global.pth", legacy(TEXT("os") + TEXT("system") + b"\x93" + touch + b"\x85R"))
    corpus.add("calls-by-inst.pth", legacy(b"(" + touch + b"ios\nsystem\n"))
    corpus.add("calls-by-obj.pth", legacy(b"(" + system + touch + b"o"))
    corpus.add("calls-by-newobj.pth", legacy(system + touch + b"\x85\x81"))
    corpus.add("calls-by-newobj-ex.pth", legacy(system + touch + b"\x85}\x92"))
    corpus.add("calls-in-storage-keys.pth", legacy(state(tensor([4], [1])), keys=system + touch + b"\x85R."))
    corpus.add("calls-by-dotted-name.pth", legacy(TEXT("torch") + TEXT("serialization.os.system") + b"\x93" + touch + b"\x85R"))
    corpus.add("calls-by-extension.pth", legacy(b"\x82\x01" + touch + b"\x85R"))
    corpus.add("calls-of-persistent-id.pth", legacy(system + b"Q"))

    # Growth.
    laughs = b"]q\0" + b"".join(b"](" + b"h" + bytes([i]) + (b"h" + bytes([i])) * 9 + b"eq" + bytes([i + 1]) for i in range(60))
    corpus.add("memo-laughs.pth", legacy(laughs))
    twos = b")q\0" + b"".join(b"h" + bytes([i]) + b"h" + bytes([i]) + b"\x86q" + bytes([i + 1]) for i in range(120))
    corpus.add("memo-doubled-tuples.pth", legacy(twos))
    corpus.add("list-in-itself.pth", legacy(b"]q\0h\0a"))
    corpus.add("dictionary-in-itself.pth", legacy(b"}q\0" + TEXT("a") + b"h\0s"))
    corpus.add("tuple-in-itself.pth", legacy(b"]q\0(h\0tq\1a"))
    corpus.add("two-lists-in-each-other.pth", legacy(b"]q\0]q\1h\0ah\1a"))
    corpus.add("tuples-100000-deep.pth", legacy(b")" + b"\x85" * 100_000))
    corpus.add("lists-100000-deep.pth", legacy(b"]" * 100_000 + b"a" * 99_999))
    corpus.add("dictionaries-50000-deep.pth", legacy((b"}" + TEXT("a")) * 50_000 + b"}" + b"s" * 50_000))
    corpus.add("state-dictionaries-20000-deep.pth", legacy((b"}" + TEXT("a")) * 20_000 + state(tensor([4], [1])) + b"s" * 20_000))
    corpus.add("marks-a-million.pth", legacy(b"(" * 1_000_000))
    corpus.add("nones-a-million.pth", legacy(b"N" * 1_000_000))
    corpus.add("duplicates-ten-million.pth", legacy(b"]" + b"2" * 10_000_000))
    corpus.add("memo-a-million.pth", legacy(b"]" + b"\x94" * 4_000_000))
    corpus.add("empty-lists-two-million.pth", legacy(b"(" + b"]" * 2_000_000 + b"l"))

    # Lies.
    for what, opcode in [
        ("long-of-2-gigabytes", b"\x8b\xff\xff\xff\x7f"), ("long-of-negative-size", b"\x8b\xff\xff\xff\xff"),
        ("text-of-4-gigabytes", b"X\xff\xff\xff\xff"), ("text-of-2-to-the-64", b"\x8d" + b"\xff" * 8),
        ("bytes-of-2-to-the-63", b"\x8e" + b"\xff" * 7 + b"\x7f"), ("frame-of-2-to-the-64", b"\x95" + b"\xff" * 8),
        ("bytearray-of-2-to-the-62", b"\x96" + b"\xff" * 7 + b"\x3f"), ("memo-of-nothing", b"j\xff\xff\xff\xff"),
        ("pop-of-nothing", b"0"), ("tuple-without-mark", b"t"), ("append-to-nothing", b"Na"), ("reduce-of-nothing", b"R"),
        ("build-of-nothing", b"b"), ("unknown-opcode", b"\xff"), ("setitems-odd", b"}(Nu"), ("integer-of-letters", b"Iabc\n"),
        ("float-of-letters", b"Fabc\n"), ("integer-of-10000-digits", b"L" + b"9" * 10000 + b"L\n"), ("protocol-9", b"\x80\x09N"),
        ("persistent-id-text", b"Pabc\n"), ("global-without-end", b"c" + b"a" * 9000),
    ]:
        corpus.add(f"pickle-{what}.pth", legacy(opcode))
    corpus.add("pickle-big-long.pth", legacy(b"\x8b" + struct.pack("<i", 1_000_000) + b"\x7f" * 1_000_000))
    for what, arguments, named in [
        ("beyond-its-storage", ([2, 3], [3, 1]), {}), ("offset-beyond", ([4], [1], 1), {}), ("offset-negative", ([1], [1], -1), {}),
        ("strides-negative", ([2], [-1], 3), {}), ("strides-missing", ([2, 2], [1]), {}), ("extents-negative", ([-2], [1]), {}),
        ("extents-overflowing", ([2**31 - 1] * 4, [0] * 4), {}), ("expanded-to-2-to-the-31", ([2**31 - 1], [0]), {}),
        ("storage-count-negative", ([4], [1]), {"count": -1}), ("storage-longer-than-file", ([4], [1]), {"count": 2**31 - 1}),
        ("storage-of-unknown-type", ([4], [1]), {"kind": "EvilStorage"}), ("storage-not-in-list", ([4], [1]), {"key": "z"}),
    ]:
        corpus.add(f"tensor-{what}.pth", legacy(state(tensor(*arguments, **named))))
    corpus.add("storage-key-upwards.pt", archive([
        ("a/data.pkl", b"\x80\x02" + state(tensor([4], [1], key="../../etc/passwd")) + b"."), ("a/version", b"3\n")]))
    corpus.add("storage-shorter.pt", archive([
        ("a/data.pkl", b"\x80\x02" + state(tensor([4], [1])) + b"."), ("a/data/k", b"\0" * 15)]))
    corpus.add("data-pickle-empty.pt", archive([("a/data.pkl", b"")]))
    bomb = archive([("a/data.pkl", b"\x80\x02" + b"N" * 300_000_000)], compression=zipfile.ZIP_DEFLATED, compresslevel=9)
    corpus.add("data-pickle-bomb.pt", bomb)
    corpus.add("storage-bomb.pt", archive([
        ("a/data.pkl", b"\x80\x02" + state(tensor([100_000_000], [1], count=100_000_000)) + b"."),
        ("a/data/k", b"\0" * 400_000_000)], compression=zipfile.ZIP_DEFLATED, compresslevel=9))
