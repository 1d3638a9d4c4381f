import Basics
import Compression
import NeuralNetwork
import TensorCore

/// Where everything lies in a compressed file, which is a safetensors file of one tensor:
///
///     offset  size  field
///     0       8     n, the size of the JSON text, little-endian
///     8       n     {"pare.2":{"dtype":"U8","shape":[m],"data_offsets":[0,m]}}, padded with spaces to a multiple of 8
///     8 + n   m     the body
///
/// The body, where LEB128 is seven bits a byte, the least significant first, the top bit set on all but the last:
///
///     4    CRC-32 of the head, which is everything behind it up to the parts
///     …    five LEB128: bytes of the structure's text and of its stream, of the plan's text and of its stream, of the table
///     …    the table: LEB128 of the bytes of the numbers' stream, of the graph where it is a part, of each entry; then the CRC-32
///          of each part that is not empty, in this order, stored tensors after the entries
///     …    the structure (`StructureText`) and the plan, as streams of text (`TextStream`)
///     …    the parts: the numbers (`NumberStream`), the graph, the entries (`EntryHeader`), zeros up to a multiple of 8 bytes where a
///          stored tensor follows, the stored tensors, those of wide elements first
///
/// The plan's text is a letter for each tensor, in the order of the structure, and then the recipe as YAML, each line a string (see
/// `GraphText`). `e` is a compressed layer, an entry; `n` is among the numbers; `s` is stored as it is.
///
/// CRC-32 is that of zlib, gzip and PNG (polynomial 0x04C11DB7, reflected, initial value and final exclusive-or 0xFFFFFFFF).
public struct FileLayout: Sendable {
    /// A part of the body that has a checksum.
    struct Part: Sendable, Hashable {
        enum Content: Sendable, Hashable {
            case numbers
            case graph
            /// The entry of a compressed layer, by index in `Model.tensors`.
            case entry(Int)
            /// A tensor as it was stored, by index in `Model.tensors`.
            case stored(Int)
            /// A tensor of a type Pare does not hold, by index in `Provenance.opaqueTensors`.
            case opaque(Int)
        }

        var name: String
        var content: Content
        /// In the file.
        var bytes: Range<Int>
    }

    /// The letter of a tensor in the plan's text.
    enum Kind: UInt8 {
        case entry = 0x65
        case numbers = 0x6e
        case stored = 0x73
    }

    /// Everything up to the parts, with zeros for checksums.
    private let start: [UInt8]
    private let bodyOffset: Int
    private let checksumsOffset: Int
    /// In the order of their checksums.
    let parts: [Part]
    let contents: FileContents
    public let fileByteCount: Int

    /// Bytes of the file up to its parts.
    var startByteCount: Int { start.count }

    /// What the JSON text of these files begins with.
    static let signature = #"{"pare.2":{"#

    /// The file's start up to the body, for a body of so many bytes.
    static func beginning(bodyByteCount: Int) -> [UInt8] {
        var text = "\(signature)\"dtype\":\"U8\",\"shape\":[\(bodyByteCount)],\"data_offsets\":[0,\(bodyByteCount)]}}"
        while text.utf8.count % 8 != 0 { text += " " }
        return (0..<8).map { UInt8(truncatingIfNeeded: text.utf8.count >> ($0 * 8)) } + Array(text.utf8)
    }

    /// The layout of a model's file. `entryByteCounts` are the sizes of entries by index in `Model.tensors`; weights without one are stored
    /// as they came.
    init(_ contents: FileContents, entryByteCounts: [Int: Int], recipe: String) {
        self.contents = contents
        var kinds: [UInt8] = []
        var entries: [(item: FileContents.Item, byteCount: Int)] = []
        var stored: [FileContents.Item] = []
        for item in contents.items {
            if item.isNumbers {
                kinds.append(Kind.numbers.rawValue)
            } else if case .tensor(let index) = item.source, let byteCount = entryByteCounts[index] {
                kinds.append(Kind.entry.rawValue)
                entries.append((item, byteCount))
            } else {
                kinds.append(Kind.stored.rawValue)
                if item.byteCount > 0 { stored.append(item) }
            }
        }
        let lines = recipe.utf8.split(separator: 10, omittingEmptySubsequences: false)
        let plan = FileContents.TextPart(kinds + lines.flatMap { GraphFields.string($0) })
        var sizes: [(name: String, content: Part.Content, byteCount: Int)] = []
        if !contents.numbers.isEmpty { sizes.append(("the numbers beside the layers", .numbers, contents.numbers.count)) }
        if let graph = contents.graph { sizes.append(("the graph", .graph, graph.byteCount)) }
        for (item, byteCount) in entries { sizes.append((item.name, .entry(item.tensor), byteCount)) }
        var table = GraphFields.number(contents.numbers.count)
        if let graph = contents.graph { table += GraphFields.number(graph.byteCount) }
        for entry in entries { table += GraphFields.number(entry.byteCount) }
        let checksumsInTable = table.count
        table += [UInt8](repeating: 0, count: 4 * (sizes.count + stored.count))
        var head: [UInt8] = [0, 0, 0, 0]
        for number in [contents.structure.byteCount, contents.structure.stream.count, plan.byteCount, plan.stream.count, table.count] {
            head += GraphFields.number(number)
        }
        let tableInHead = head.count
        head += table + contents.structure.stream + plan.stream
        // Where parts lie in the body.
        var end = head.count
        var places: [Range<Int>] = []
        for size in sizes {
            places.append(end..<end + size.byteCount)
            end += size.byteCount
        }
        if !stored.isEmpty { end = (end + 7) / 8 * 8 }
        var storedPlaces = [Range<Int>](repeating: 0..<0, count: stored.count)
        for place in stored.indices.sorted(by: { (stored[$1].width, $0) < (stored[$0].width, $1) }) {
            storedPlaces[place] = end..<end + stored[place].byteCount
            end += stored[place].byteCount
        }
        let beginning = Self.beginning(bodyByteCount: end)
        bodyOffset = beginning.count
        checksumsOffset = beginning.count + tableInHead + checksumsInTable
        start = beginning + head
        fileByteCount = beginning.count + end
        let offset = beginning.count
        parts =
            zip(sizes, places).map { Part(name: $0.name, content: $0.content, bytes: $1.lowerBound + offset..<$1.upperBound + offset) }
            + zip(stored, storedPlaces).map { item, range in
                let content: Part.Content =
                    switch item.source {
                    case .tensor(let index): .stored(index)
                    case .opaque(let index): .opaque(index)
                    }
                return Part(name: item.name, content: content, bytes: range.lowerBound + offset..<range.upperBound + offset)
            }
    }

    /// The file's start with the checksums of the parts, in their order.
    func start(checksums: [UInt32]) -> [UInt8] {
        precondition(checksums.count == parts.count, "one checksum a part")
        var start = start
        let own = checksums.flatMap(\.littleEndianBytes)
        start.replaceSubrange(checksumsOffset..<checksumsOffset + own.count, with: own)
        let checksum = Checksum.of(Array(start[(bodyOffset + 4)...]))
        start.replaceSubrange(bodyOffset..<bodyOffset + 4, with: checksum.littleEndianBytes)
        return start
    }
}

extension FileContents.Item {
    /// Index in `Model.tensors` of what is there.
    fileprivate var tensor: Int {
        guard case .tensor(let index) = source else { preconditionFailure("\(name) is no tensor of the model") }
        return index
    }
}

extension UInt32 {
    var littleEndianBytes: [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: self >> ($0 * 8)) } }
}

extension ElementType {
    /// The type's name in a safetensors header.
    var safetensorsName: String {
        switch self {
        case .float64: "F64"
        case .float32: "F32"
        case .float16: "F16"
        case .bfloat16: "BF16"
        case .float8e4m3: "F8_E4M3"
        case .float8e5m2: "F8_E5M2"
        case .int64: "I64"
        case .int32: "I32"
        case .int16: "I16"
        case .int8: "I8"
        case .uint64: "U64"
        case .uint32: "U32"
        case .uint16: "U16"
        case .uint8: "U8"
        case .boolean: "BOOL"
        }
    }
}
