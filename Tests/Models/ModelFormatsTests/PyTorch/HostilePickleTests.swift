import Basics
import Glibc
import ModelFormats
import NeuralNetwork
import Testing

/// Pickles by hand, as no pickler writes them.
private enum Opcodes {
    static func text(_ text: String) -> [UInt8] { [0x8c, UInt8(text.utf8.count)] + Array(text.utf8) }
    static func global(_ module: String, _ name: String) -> [UInt8] { Array("c\(module)\n\(name)\n".utf8) }
    static func put(_ index: UInt8) -> [UInt8] { [0x71, index] }
    static func get(_ index: UInt8) -> [UInt8] { [0x68, index] }
    static func number(_ value: Int32) -> [UInt8] { [0x4a] + withUnsafeBytes(of: value.littleEndian) { Array($0) } }
    static let mark: [UInt8] = [0x28], tuple: [UInt8] = [0x74], reduce: [UInt8] = [0x52], stop: [UInt8] = [0x2e]
    static let emptyTuple: [UInt8] = [0x29], emptyList: [UInt8] = [0x5d], append: [UInt8] = [0x61]
    static let protocol2: [UInt8] = [0x80, 2]

    /// What stands in a legacy file before the objects.
    static let head: [UInt8] =
        protocol2 + [0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19] + stop
        + protocol2 + [0x4d, 0xe9, 0x03] + stop + protocol2 + [0x7d] + stop

    /// A legacy file of one storage, "k" of `count` floats, and the given objects.
    static func file(_ objects: [UInt8], count: Int = 4) -> [UInt8] {
        head + protocol2 + objects + stop + protocol2 + emptyList + text("k") + append + stop
            + withUnsafeBytes(of: Int64(count).littleEndian) { Array($0) } + [UInt8](repeating: 1, count: 4 * count)
    }

    static func tensor(_ extents: [Int32], _ strides: [Int32], offset: Int32 = 0, count: Int32 = 4) -> [UInt8] {
        global("torch._utils", "_rebuild_tensor") + mark + mark + text("storage") + global("torch", "FloatStorage") + text("k")
            + text("cpu") + number(count) + tuple + [0x51] + number(offset) + mark + extents.flatMap(number) + tuple + mark
            + strides.flatMap(number) + tuple + tuple + reduce
    }
}

@Suite("Hostile pickles")
struct HostilePickleTests {
    private static func outcome(_ bytes: [UInt8], as name: String = "a.pth") -> String {
        message { () throws(ModelFileError) in try open(bytes, as: name) } ?? "opened"
    }

    @Test("Names that run code are refused by name, in one line")
    func hostileNames() {
        let names = [
            ("os", "system"), ("posix", "system"), ("nt", "system"), ("builtins", "eval"), ("builtins", "exec"),
            ("__builtin__", "eval"), ("builtins", "__import__"), ("builtins", "getattr"), ("builtins", "open"),
            ("subprocess", "Popen"), ("subprocess", "check_output"), ("importlib", "import_module"), ("runpy", "run_path"),
            ("socket", "create_connection"), ("pickle", "loads"), ("torch.hub", "load"), ("operator", "attrgetter"),
            ("types", "CodeType"), ("shutil", "rmtree"), ("torch.serialization", "os.system"), ("webbrowser", "open"),
        ]
        for (module, name) in names {
            let call = Opcodes.global(module, name) + Opcodes.text("ls") + [0x85] + Opcodes.reduce
            let stacked = Opcodes.text(module) + Opcodes.text(name) + [0x93] + Opcodes.text("ls") + [0x85] + Opcodes.reduce
            let instance = Opcodes.mark + Opcodes.text("ls") + Array("i\(module)\n\(name)\n".utf8)
            for objects in [call, stacked, instance] {
                for bytes in [Opcodes.file(objects), Opcodes.protocol2 + objects + Opcodes.stop, objects + Opcodes.stop] {
                    let found = Self.outcome(bytes)
                    #expect(!found.contains("\n"))
                    if bytes[0] == 0x8c { continue }  // no file of PyTorch's begins so
                    #expect(found.contains("“\(module).\(name)”, which runs code"), "\(found)")
                }
            }
        }
    }

    @Test("Classes of a project stay placeholders")
    func placeholders() throws {
        let object = Opcodes.global("project.code.net", "Net") + Opcodes.emptyTuple + [0x81]
        let state = [0x7d] + Opcodes.text("w") + Opcodes.tensor([2, 2], [2, 1]) + [0x73]
        let model = try open(Opcodes.file(object + state + [0x62]), as: "a.pth")
        #expect(model.tensors.map(\.name) == ["w"])
        #expect(model.tensors[0].tensor.shape == [2, 2])
    }

    @Test("Views beyond their storage, and lies about lengths, are refused")
    func views() {
        let cases: [([UInt8], String)] = [
            (Opcodes.file(Opcodes.tensor([2, 2], [2, 2])), "within 4 elements"),
            (Opcodes.file(Opcodes.tensor([4], [1], offset: 1)), "within 4 elements"),
            (Opcodes.file(Opcodes.tensor([4], [1], offset: -1)), "within 4 elements"),
            (Opcodes.file(Opcodes.tensor([2], [-1], offset: 3)), "strides of at least 0"),
            (Opcodes.file(Opcodes.tensor([-2], [1])), "of a possible shape"),
            (Opcodes.file(Opcodes.tensor([.max, .max, .max], [0, 0, 0])), "of a possible shape"),
            (Opcodes.file(Opcodes.tensor([.max], [0])), "repeat the stored numbers too often"),
            (Opcodes.file(Opcodes.tensor([2, 2], [1])), "of a possible shape"),
            (Opcodes.file(Opcodes.tensor([4], [1], count: 5)), "of 5 elements"),
            (Opcodes.file(Opcodes.tensor([4], [1], count: -1)), "a storage's type"),
            (Opcodes.head + Opcodes.protocol2 + [0x58, 0xff, 0xff, 0xff, 0x7f], "2,147,483,647 bytes"),
            (Opcodes.head + Opcodes.protocol2 + [0x8e] + [UInt8](repeating: 0xff, count: 8), "is cut off"),
            (Opcodes.head + Opcodes.protocol2 + [0x68, 7] + Opcodes.stop, "none under 7"),
            (Opcodes.head + Opcodes.protocol2 + Opcodes.stop, "an empty stack"),
            (Opcodes.head + Opcodes.protocol2 + [0xfe], "an opcode of pickle protocols 2 to 5"),
        ]
        for (bytes, expected) in cases {
            let found = Self.outcome(bytes)
            #expect(found.contains(expected), "\(found)")
            #expect(!found.contains("\n"))
        }
    }

    @Test("Bombs of nesting, sharing and cycles end at once")
    func bombs() {
        // Lists in lists: neither a deep stack nor an endless walk.
        let deep = [UInt8](repeating: 0x5d, count: 200_000) + [UInt8](repeating: 0x61, count: 199_999)
        let manyObjects = [UInt8](repeating: 0x5d, count: 1_100_000)
        // Each list has the one before twice: 2¹⁰⁰ paths.
        var doubling = Opcodes.emptyList + Opcodes.put(0)
        for index in UInt8(1)...100 {
            doubling += Opcodes.emptyList + Opcodes.put(index) + Opcodes.mark
            doubling += Opcodes.get(index - 1) + Opcodes.get(index - 1) + [0x65]
        }
        let cycle = Opcodes.emptyList + Opcodes.put(0) + Opcodes.get(0) + Opcodes.append
        var reductions = Opcodes.global("project", "f") + Opcodes.put(0)
        for _ in 0..<50_000 { reductions += Opcodes.emptyTuple + Opcodes.reduce }
        let clock = ContinuousClock()
        for objects in [deep, doubling, cycle, reductions, manyObjects] {
            let time = clock.measure {
                let found = Self.outcome(Opcodes.file(objects))
                #expect(found != "opened")
                #expect(!found.contains("\n"))
            }
            // Debug builds are many times slower than what is shipped.
            #expect(time < .seconds(20))
        }
    }

    @Test("A module that holds itself opens with its tensors")
    func cycle() throws {
        let objects =
            [0x7d] + Opcodes.put(0) + Opcodes.text("me") + Opcodes.get(0) + [0x73] + Opcodes.text("w")
            + Opcodes.tensor([4], [1]) + [0x73]
        #expect(try open(Opcodes.file(objects), as: "a.pth").tensors.map(\.name) == ["w"])
    }

    static let seeds = [
        "state.pt", "deflated.pt", "state-legacy.pth", "protocol5.pth", "module.pt", "module-legacy.pt", "script.pt",
        "checkpoint.pth.tar", "stored.npz", "deflated.npz", "single.npy",
    ]

    /// Every byte of small files, and of larger ones, most of whose bytes are weights or records alike, every fifth.
    @Test("A file cut off at any byte throws", arguments: seeds)
    func truncation(seed: String) throws {
        let bytes = try Goldens.bytes(Goldens.folder + "pytorch/" + seed)
        let folder = TemporaryFolder()
        for length in stride(from: 0, to: bytes.count, by: bytes.count <= 1500 ? 1 : 5) {
            let path = folder.write(Array(bytes[..<length]), seed)
            let found = message { () throws(ModelFileError) in try ModelFile.open(path: path) }
            #expect(found != nil && found?.contains("\n") == false, "cut at \(length)")
        }
    }

    /// PARE_FUZZ_ROUNDS asks for more flips.
    @Test("Flipped bits throw or open, and what opens can be read", arguments: seeds)
    func flips(seed: String) throws {
        let bytes = try Goldens.bytes(Goldens.folder + "pytorch/" + seed)
        let folder = TemporaryFolder()
        var random = SeededRandom(seed: 2)
        for _ in 0..<(getenv("PARE_FUZZ_ROUNDS").flatMap { Int(String(cString: $0)) } ?? 150) {
            var damaged = bytes
            for _ in 0...Int.random(in: 0...2, using: &random) {
                let place = Int.random(in: damaged.indices, using: &random)
                let flipped = damaged[place] ^ 1 << UInt8.random(in: 0...7, using: &random)
                damaged[place] = Bool.random(using: &random) ? flipped : .random(in: .min ... .max, using: &random)
            }
            do throws(ModelFileError) {
                let model = try ModelFile.open(path: folder.write(damaged, seed))
                for source in model.tensors.map(\.tensor) {
                    guard let tensor = try? source.read() else { return #expect(Bool(false), "\(seed): a tensor cannot be read") }
                    tensor.storage.withUnsafeBytes { #expect($0.count == tensor.byteCount) }
                }
            } catch {
                #expect(!error.message.contains("\n"))
            }
        }
    }
}
