import Basics
import Compression
import Foundation
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
    /// A file with entries of all layouts, factors, numbers and a stored layer.
    private static func configuration() throws -> Configuration {
        let model = randomNetwork(seed: 8)
        var plans = model.layers.map { _ in LayerPlan(prune: .sparsity(0.7), share: SharePlan(clusters: 8)) }
        plans[1].factorize = .tucker(out: 2, in: 2)
        plans[1].code.layout = .dense
        plans[2] = LayerPlan()
        return try Configuration(model, plans)
    }

    private static func sample() throws -> [UInt8] { try configuration().bytes() }

    private static func fault(of bytes: [UInt8]) -> ModelFileError? {
        let memory = MemoryFile(bytes)
        do throws(ModelFileError) {
            let reader = try PareReader(memory.file)
            try reader.verify()
            return nil
        } catch { return error }
    }

    @Test("A flipped bit is found wherever it may be, and the tensor that holds it is named", arguments: [false, true])
    func flips(isOfFirstVersion: Bool) throws {
        let sample = isOfFirstVersion ? try golden("graph.v1.pare") : try Self.sample()
        #expect(Self.fault(of: sample) == nil)
        let memory = MemoryFile(sample)
        let items = try PareReader(memory.file).items
        for position in sample.indices where position % (isOfFirstVersion ? 5 : position < 700 ? 3 : 29) == 0 {
            var bytes = sample
            bytes[position] ^= 1 << UInt8(position % 8)
            let fault = try #require(Self.fault(of: bytes), "bit \(position % 8) of byte \(position)")
            #expect(!fault.message.contains("\n"))
            guard
                let item = items.first(where: { item in
                    if case .mapped(_, let range) = item.tensor.storage { range.contains(position) } else { false }
                })
            else { continue }
            #expect(fault.place == .tensor(item.name))
        }
    }

    @Test("A layer that can no longer be decoded is told when it is read, and no zeros")
    func changed() throws {
        var bytes = try Self.sample()
        let sound = MemoryFile(bytes)
        let items = try PareReader(sound.file).items.filter(\.isEntry)
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
        let configuration = try Configuration(model, plans)
        let writer = try configuration.writer
        let file = TemporaryFile()
        try writer.write(to: file.path)
        let before = try file.bytes()
        isBroken.set()
        let words = "a tensor's values cannot be worked out"
        if isEntry {
            let failure = #expect(throws: ModelWriteError.self) { try writer.write(to: file.path) }
            #expect(failure?.message.contains(words) == true, "\(failure?.message ?? "")")
        } else {
            let failure = #expect(throws: UnreadableTensor.self) { try configuration.writer.write(to: file.path) }
            #expect(failure?.message.contains(words) == true, "\(failure?.message ?? "")")
        }
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
        let configuration = try Self.configuration()
        let sample = try configuration.bytes()
        let layout = try configuration.writer.layout
        var random = SeededRandom(seed: seed)
        for _ in 0..<15 {
            var bytes = sample
            let part = try #require(layout.parts.randomElement(using: &random))
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                // The first bytes are the ones that lengths are in.
                let end = Bool.random(using: &random) ? min(part.bytes.upperBound, part.bytes.lowerBound + 24) : part.bytes.upperBound
                bytes[Int.random(in: part.bytes.lowerBound..<end, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            _ = Self.fault(of: Self.sealed(bytes, layout))
        }
    }

    @Test("Graphs and plans that are no such thing are refused or harmless, under right checksums", arguments: 0..<8 as Range<UInt64>)
    func texts(seed: UInt64) throws {
        let configuration = try Self.configuration()
        let sample = try configuration.bytes()
        let writer = try configuration.writer
        let structure = writer.layout.contents.structure
        let text = try #require(TextStream.decoded(structure.stream, byteCount: structure.byteCount))
        let entries = configuration.shapes.model.entryByteCounts(configuration.accounts)
        var random = SeededRandom(seed: seed)
        for _ in 0..<12 {
            var damaged = text
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let place = Int.random(in: damaged.indices, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: damaged[place] = UInt8.random(in: 0...255, using: &random)
                case 1: damaged.removeSubrange(place..<min(damaged.count, place + Int.random(in: 1...8, using: &random)))
                default: damaged.insert(UInt8.random(in: 0...255, using: &random), at: place)
                }
            }
            var contents = writer.layout.contents
            contents.structure = .init(damaged)
            let layout = FileLayout(contents, entryByteCounts: entries, recipe: "pare: 1\n")
            let parts = writer.layout.parts.flatMap { sample[$0.bytes] }
            _ = Self.fault(of: Self.sealed(layout.start(checksums: layout.parts.map { _ in 0 }) + parts, layout))
        }
    }

    @Test("A tensor cannot be an entry and be of a type Pare does not hold, nor a graph be missing")
    func kinds() throws {
        for text: [UInt8] in [[], [0x70], [0x67], [0x67, 0x3a], [0x72], [0x7a], [0x74], [0x74, 0, 0x61], [0x74] + Array("\0w\0F32\09,9\0".utf8)] {
            #expect(Self.fault(of: try Self.file(structure: text, plan: [0x65], table: [0, 1], parts: [1])) != nil, "\(text)")
        }
        let opaque = [0x74] + Array("\0w\0C64\01\0".utf8)
        for (plan, isSound) in [(0x73, true), (0x65, false), (0x6e, false), (0x78, false)] as [(UInt8, Bool)] {
            let fault = Self.fault(of: try Self.file(structure: opaque, plan: [plan], table: [0], parts: [0, 1, 2, 3, 4, 5, 6, 7]))
            #expect((fault == nil) == isSound, "\(plan): \(fault?.message ?? "sound")")
        }
        // Found by fuzzing: a type of two lines.
        let broken = [0x74] + Array("\0w\0F\n2\04\0".utf8)
        let fault = try #require(Self.fault(of: try Self.file(structure: broken, plan: [0x73], table: [0], parts: [0, 1, 2, 3])))
        #expect(fault.message.contains("of a known type") && !fault.message.contains { $0.isNewline })
    }

    @Test("Shapes that no stream can hold take no memory")
    func bombs() throws {
        // Sparse, gaps of 16 bits, 2¹⁶ × 2¹⁶ weights, no entry.
        let entry: [UInt8] = [1, 2, 0, 16, 2, 0x80, 0x80, 4, 0x80, 0x80, 4, 0, 0]
        let wide = [0x74] + Array("\0w\0F32\065536,65536\0".utf8)
        let fault = Self.fault(of: try Self.file(structure: wide, plan: [0x65], table: [0, 13], parts: entry))
        #expect(fault == nil || fault?.message.contains("more than this machine has memory") == true)
        // As many numbers.
        let numbers = Self.fault(of: try Self.file(structure: wide, plan: [0x6e], table: [13], parts: entry))
        #expect(numbers?.message.contains("a stream of something else") == true)
        // A text of which there is more than its stream may hold.
        let text = Self.fault(of: try Self.file(structure: wide, plan: [0x6e], table: [13], parts: entry, structureByteCount: 70_000))
        #expect(text?.message.contains("longer ones") == true)
    }

    /// A file of given texts, with right checksums; `table` holds the sizes of parts, `parts` one part.
    private static func file(
        structure: [UInt8], plan: [UInt8], table: [UInt8], parts: [UInt8], structureByteCount: Int? = nil
    ) throws -> [UInt8] {
        let (structure, plan) = (FileContents.TextPart(structure), FileContents.TextPart(plan + [0]))
        let table = table + Checksum.of(parts).littleEndianBytes
        var head: [UInt8] = []
        for number in [structureByteCount ?? structure.byteCount, structure.stream.count, plan.byteCount, plan.stream.count, table.count] {
            head += GraphFields.number(number)
        }
        head += table + structure.stream + plan.stream
        var body = Checksum.of(head).littleEndianBytes + head
        if plan.byteCount == 2, plan.stream == FileContents.TextPart([0x73, 0]).stream { while body.count % 8 != 0 { body.append(0) } }
        body += parts
        return FileLayout.beginning(bodyByteCount: body.count) + body
    }

    /// The bytes with the right checksums of a layout.
    private static func sealed(_ bytes: [UInt8], _ layout: FileLayout) -> [UInt8] {
        let checksums = layout.parts.map { $0.bytes.upperBound <= bytes.count ? Checksum.of(Array(bytes[$0.bytes])) : 0 }
        let start = layout.start(checksums: checksums)
        return start + bytes.dropFirst(start.count)
    }
}

extension PareReader.Item {
    fileprivate var isEntry: Bool { if case .entry = kind { true } else { false } }
}

/// A file of the folder Goldens.
func golden(_ name: String) throws -> [UInt8] {
    let url = try #require(Bundle.module.url(forResource: name, withExtension: nil, subdirectory: "Goldens"))
    return try Array(Data(contentsOf: url))
}
