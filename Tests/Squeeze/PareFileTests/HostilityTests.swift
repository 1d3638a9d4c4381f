import Basics
import Compression
import ModelFormats
import NeuralNetwork
import TensorCore
import Synchronization
import Testing

@testable import PareFile

private final class Flag: Sendable {
    private let value = Mutex(false)
    var isSet: Bool { value.withLock { $0 } }
    func set() { value.withLock { $0 = true } }
}

@Suite("Compressed files that are not sound")
struct HostilityTests {
    /// A file with entries of all layouts, factors and stored tensors.
    private static func sample() throws -> [UInt8] {
        let model = randomNetwork(seed: 8)
        var plans = model.layers.map { _ in LayerPlan(prune: .sparsity(0.7), share: SharePlan(clusters: 8)) }
        plans[1].factorize = .tucker(out: 2, in: 2)
        plans[1].code.layout = .dense
        plans[2].share = nil
        return try Configuration(model, plans).bytes()
    }

    private static func fault(of bytes: [UInt8]) -> ModelFileError? {
        let memory = MemoryFile(bytes)
        do throws(ModelFileError) {
            let reader = try PareReader(memory.file)
            try reader.verify()
            return nil
        } catch { return error }
    }

    @Test("A flipped bit is found wherever it is, and the tensor that holds it is named")
    func flips() throws {
        let sample = try Self.sample()
        #expect(Self.fault(of: sample) == nil)
        let memory = MemoryFile(sample)
        let items = try PareReader(memory.file).items
        for position in sample.indices {
            var bytes = sample
            bytes[position] ^= 1 << UInt8(position % 8)
            let fault = try #require(Self.fault(of: bytes), "bit \(position % 8) of byte \(position)")
            guard
                let item = items.first(where: { item in
                    if case .mapped(_, let range) = item.tensor.storage { range.contains(position) } else { false }
                })
            else { continue }
            #expect(fault.place == .tensor(item.name))
            #expect(!fault.message.contains("\n"))
        }
    }

    @Test("A layer that can no longer be decoded is told when it is read, and no zeros")
    func changed() throws {
        var bytes = try Self.sample()
        let sound = MemoryFile(bytes)
        let items = try PareReader(sound.file).items.filter { $0.kind == .entry }
        for item in items {
            guard case .mapped(_, let range) = item.tensor.storage else { continue }
            // What says how large the layer is stays.
            for place in range.dropFirst(40) { bytes[place] = 0xff }
        }
        let memory = MemoryFile(bytes)
        let model = try PareReader(memory.file).model()
        var refused = 0
        for item in items {
            do { _ = try #require(model.tensors.first { $0.name == item.name }).tensor.read() } catch let failure as UnreadableTensor {
                refused += 1
                #expect(failure.message.contains("tensor “\(item.name)” should be an entry that can be decoded"), "\(failure.message)")
            }
        }
        #expect(refused > 0)
    }

    @Test("Weights that can no longer be read leave the old file, with the reason", arguments: [true, false])
    func unreadable(_ isEntry: Bool) throws {
        struct Refusal: Error {}
        let isBroken = Flag()
        var model = randomNetwork(seed: 8)
        let place = isEntry ? model.layers[0].weight : try #require(model.layers[0].bias)
        let tensor = try model.tensors[place].tensor.read()
        model.tensors[place].tensor = TensorSource(
            shape: tensor.shape, elementType: tensor.elementType,
            deferred: DeferredBytes(byteCount: tensor.byteCount, isKept: false) {
                if isBroken.isSet { throw Refusal() }
                return tensor.bytes
            })
        let plans = model.layers.map { _ in LayerPlan(prune: .sparsity(0.7), share: SharePlan(clusters: 8)) }
        let writer = try Configuration(model, plans).writer
        let file = TemporaryFile()
        try writer.write(to: file.path)
        let before = try file.bytes()
        isBroken.set()
        let failure = #expect(throws: ModelWriteError.self) { try writer.write(to: file.path) }
        #expect(failure?.message.contains("a tensor's values cannot be worked out") == true, "\(failure?.message ?? "")")
        #expect(try file.bytes() == before)
    }

    @Test("A file that ends early or goes on is refused")
    func lengths() throws {
        let sample = try Self.sample()
        for count in sample.indices where count % 7 == 0 || count > sample.count - 20 {
            #expect(Self.fault(of: Array(sample[..<count])) != nil, "\(count) of \(sample.count) bytes")
        }
        #expect(Self.fault(of: sample + [0]) != nil)
    }

    @Test("Lies under right checksums are refused or harmless", arguments: 0..<8 as Range<UInt64>)
    func lies(seed: UInt64) throws {
        let sample = try Self.sample()
        let memory = MemoryFile(sample)
        let items = try PareReader(memory.file).items.filter { $0.checksum != nil }
        let key = Array("\"crc32\":\"".utf8)
        let start = try #require(sample.indices.first { sample[$0...].starts(with: key) }) + key.count
        var random = SeededRandom(seed: seed)
        for _ in 0..<150 {
            var bytes = sample
            let place = Int.random(in: items.indices, using: &random)
            guard case .mapped(_, let range) = items[place].tensor.storage else { continue }
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                // The first bytes are the ones that lengths are in.
                let end = Bool.random(using: &random) ? min(range.upperBound, range.lowerBound + 24) : range.upperBound
                bytes[Int.random(in: range.lowerBound..<end, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            let order = items.map { $0.tensor.storage.offset }.sorted().firstIndex(of: range.lowerBound) ?? 0
            let digits = Array(Checksum.of(Array(bytes[range])).hexadecimal.utf8)
            bytes.replaceSubrange(start + 8 * order..<start + 8 * order + 8, with: digits)
            _ = Self.fault(of: Self.sealed(bytes))
        }
    }

    @Test("Kinds and names that do not fit are refused")
    func kinds() throws {
        let sample = try Self.sample()
        let key = Array("\"kinds\":\"".utf8)
        let start = try #require(sample.indices.first { sample[$0...].starts(with: key) }) + key.count
        for (offset, letter) in [(0, "e"), (0, "g"), (0, "x"), (5, "g")] {
            var bytes = sample
            bytes[start + offset] = Array(letter.utf8)[0]
            #expect(Self.fault(of: Self.sealed(bytes)) != nil, "\(letter) at \(offset)")
        }
    }

    /// What is written always reads back, a layer of which nothing is left among it; so its size must not be a matter of memory.
    @Test("An entry of four billion weights of which none is left is checked without taking memory for them")
    func bomb() throws {
        // Sparse, gaps of 16 bits, 2¹⁶ × 2¹⁶ weights, no entry.
        let model = Model(
            weightsOnly: [StoredTensor(name: "w", tensor: Tensor([Float](repeating: 0, count: 4), shape: [2, 2]))], name: "m",
            format: "", fileByteCount: 0, payloadByteCount: 0, provenance: Provenance())
        let plan = LayerPlan(prune: .threshold(1), code: CodePlan(entropy: .none, layout: .sparse))
        let sample = try Configuration(model, [plan]).bytes()
        let entry = Array(sample.suffix(9))
        #expect(entry == [1, 2, 0, entry[3], 2, 2, 2, 0, 0])
        let bomb: [UInt8] = [1, 2, 0, 16, 2, 0x80, 0x80, 4, 0x80, 0x80, 4, 0, 0]
        var header = String(decoding: sample.dropFirst(8).dropLast(9), as: UTF8.self)
        header = header.replacing("\"shape\":[9]", with: "\"shape\":[13]").replacing("[0,9]", with: "[0,13]")
        header = header.replacing(Checksum.of(entry).hexadecimal, with: Checksum.of(bomb).hexadecimal)
        let size = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Array($0) }
        let fault = Self.fault(of: Self.sealed(size + Array(header.utf8) + bomb))
        #expect(fault == nil || fault?.message.contains("more than this machine has memory") == true)
    }

    /// The bytes with the right checksum of their header.
    private static func sealed(_ bytes: [UInt8]) -> [UInt8] {
        let size = bytes.withUnsafeBytes { Int($0.loadUnaligned(as: UInt64.self)) }
        var header = Array(bytes[..<(8 + size)])
        let place = ContainerHeader.checksumOffset..<ContainerHeader.checksumOffset + 8
        header.replaceSubrange(place, with: [UInt8](repeating: 0x30, count: 8))
        header.replaceSubrange(place, with: Array(Checksum.of(header).hexadecimal.utf8))
        return header + bytes[(8 + size)...]
    }
}
