import Basics
import NeuralNetwork
import TensorCore
import TextFormats

/// One safetensors file: eight bytes of header length, a JSON header, and the tensors' bytes end to end.
struct SafetensorsFile {
    let file: MappedFile
    /// In the order of the file.
    private(set) var tensors: [StoredTensor] = []
    private(set) var payloadByteCount = 0
    /// `__metadata__`, and tensors of types Pare does not hold.
    private(set) var provenance = Provenance()

    /// The format's own limit for its header.
    private static let largestHeader = 100_000_000

    private struct Entry {
        var name: String
        var type: String
        var dimensions: [Int]
        var range: Range<Int>
    }

    private static let elementTypes: [String: ElementType] = [
        "F64": .float64, "F32": .float32, "F16": .float16, "BF16": .bfloat16, "F8_E4M3": .float8e4m3,
        "F8_E5M2": .float8e5m2, "I64": .int64, "I32": .int32, "I16": .int16, "I8": .int8, "U64": .uint64,
        "U32": .uint32, "U16": .uint16, "U8": .uint8, "BOOL": .boolean,
    ]
    static let names = Dictionary(uniqueKeysWithValues: elementTypes.map { ($1, $0) })

    init(_ file: MappedFile) throws(ModelFileError) {
        self.file = file
        let path = file.path
        guard file.byteCount >= 8 else {
            throw .truncated(path: path, place: .field("header length", byte: 0), needed: 8, available: file.byteCount)
        }
        let claimed = file.withUnsafeBytes { UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self)) }
        guard claimed <= UInt64(file.byteCount - 8) else {
            throw .truncated(
                path: path, place: .field("header", byte: 8), needed: Int(clamping: claimed), available: file.byteCount - 8)
        }
        guard claimed >= 2, claimed <= UInt64(Self.largestHeader) else {
            throw .malformed(
                path: path, place: .field("header length", byte: 0),
                expected: "between 2 and \(Self.largestHeader.grouped)", found: Int(clamping: claimed).grouped)
        }
        let headerLength = Int(claimed)
        let (entries, metadata) = try file.withUnsafeBytes { bytes throws(ModelFileError) in
            try Self.entries(UnsafeRawBufferPointer(rebasing: bytes[8..<8 + headerLength]), path: path)
        }
        if let metadata { provenance.fields = [.mapped(file, 8 + metadata.lowerBound..<8 + metadata.upperBound)] }
        try store(entries, from: 8 + headerLength)
    }

    // MARK: Header

    /// The tensors, and where in the header the value of `__metadata__` lies.
    private static func entries(
        _ header: UnsafeRawBufferPointer, path: String
    ) throws(ModelFileError) -> (entries: [Entry], metadata: Range<Int>?) {
        var entries: [Entry] = []
        var metadata: Range<Int>?
        var names: Set<String> = []
        var json = StrictJSON(header)
        func wrap(_ fault: StrictJSON.Fault) -> ModelFileError {
            .malformed(
                path: path, place: .field("the header", byte: 8 + fault.position), expected: fault.expected,
                found: fault.found)
        }
        try json.object(
            { (json, name) throws(ModelFileError) in
                let place = json.position
                guard names.insert(name).inserted else {
                    throw .malformed(
                        path: path, place: .field("the header", byte: 8 + place), expected: "each name once",
                        found: "\(name.quoted) again")
                }
                do throws(StrictJSON.Fault) {
                    if name == "__metadata__" {
                        let start = json.position
                        try json.object({ (json, _) throws(StrictJSON.Fault) in _ = try json.string() }, wrapping: { $0 })
                        metadata = start..<json.position
                    } else {
                        entries.append(try entry(name, &json))
                    }
                } catch { throw wrap(error) }
            }, wrapping: wrap)
        do throws(StrictJSON.Fault) { try json.end() } catch { throw wrap(error) }
        return (entries, metadata)
    }

    private static func entry(_ name: String, _ json: inout StrictJSON) throws(StrictJSON.Fault) -> Entry {
        let start = json.position
        var type: String?
        var dimensions: [Int]?
        var offsets: [Int]?
        try json.object(
            { (json, key) throws(StrictJSON.Fault) in
                let isRepeated =
                    switch key {
                    case "dtype": type != nil
                    case "shape": dimensions != nil
                    case "data_offsets": offsets != nil
                    default: false
                    }
                guard !isRepeated else {
                    throw StrictJSON.Fault(position: json.position, expected: "each key once", found: "\(key.quoted) again")
                }
                switch key {
                case "dtype": type = try json.string()
                case "shape": dimensions = try json.integers()
                case "data_offsets": offsets = try json.integers()
                default: try json.skipValue(depth: 1)
                }
            }, wrapping: { $0 })
        guard let type, let dimensions, let offsets, offsets.count == 2, offsets[0] <= offsets[1] else {
            throw StrictJSON.Fault(
                position: start, expected: "dtype, shape and two rising data_offsets of \(name.quoted)", found: "others")
        }
        return Entry(name: name, type: type, dimensions: dimensions, range: offsets[0]..<offsets[1])
    }

    // MARK: Tensors

    /// Checks that the tensors fill the data without gap or overlap, and stores views of them.
    private mutating func store(_ entries: [Entry], from start: Int) throws(ModelFileError) {
        let path = file.path
        let available = file.byteCount - start
        let sorted = entries.sorted { left, right in
            if left.range.lowerBound != right.range.lowerBound { return left.range.lowerBound < right.range.lowerBound }
            if left.range.upperBound != right.range.upperBound { return left.range.upperBound < right.range.upperBound }
            return left.name < right.name
        }
        tensors.reserveCapacity(sorted.count)
        var position = 0
        for entry in sorted {
            guard entry.range.upperBound <= available else {
                throw .truncated(
                    path: path, place: .tensor(entry.name), needed: entry.range.upperBound, available: available)
            }
            guard entry.range.lowerBound == position else {
                throw .malformed(
                    path: path, place: .tensor(entry.name), expected: "at data offset \(position.grouped)",
                    found: "offset \(entry.range.lowerBound.grouped)")
            }
            position = entry.range.upperBound
            try store(entry, from: start)
        }
        guard position == available else {
            throw .malformed(
                path: path, place: .byte(start + position), expected: "the end of the file",
                found: "\((available - position).grouped) more bytes")
        }
    }

    private mutating func store(_ entry: Entry, from start: Int) throws(ModelFileError) {
        guard entry.dimensions.count <= 64, let shape = Shape(checking: entry.dimensions) else {
            throw .malformed(
                path: file.path, place: .tensor(entry.name), expected: "of a possible shape",
                found: "\(entry.dimensions.prefix(16).map { $0 })")
        }
        let type = Self.elementTypes[entry.type]
        guard let bits = type.map({ 8 * $0.byteCount }) ?? Provenance.OpaqueTensor.bits(of: entry.type) else {
            throw .malformed(
                path: file.path, place: .tensor(entry.name), expected: "of a known dtype", found: entry.type.quoted)
        }
        let (bitCount, overflow) = shape.count.multipliedReportingOverflow(by: bits)
        guard !overflow, bitCount % 8 == 0, bitCount / 8 == entry.range.count else {
            throw .malformed(
                path: file.path, place: .tensor(entry.name), expected: "\(shape) of \(entry.type)",
                found: "\(entry.range.count.grouped) bytes")
        }
        let storage: TensorStorage =
            entry.range.isEmpty
            ? .owned([]) : .mapped(file, start + entry.range.lowerBound..<start + entry.range.upperBound)
        guard let type else {  // its bytes count as structure
            provenance.opaqueTensors.append(
                .init(name: entry.name, type: entry.type, dimensions: entry.dimensions, storage: storage))
            return
        }
        payloadByteCount += entry.range.count
        tensors.append(
            StoredTensor(name: entry.name, tensor: Tensor(shape: shape, elementType: type, storage: storage)))
    }
}

extension SafetensorsFile {
    func model() -> Model {
        Model(
            weightsOnly: tensors, name: ModelFile.name(of: file.path), format: "safetensors",
            fileByteCount: file.byteCount, payloadByteCount: payloadByteCount, provenance: provenance)
    }
}

extension ElementType {
    /// The type's name in a header.
    var safetensorsName: String { SafetensorsFile.names[self] ?? rawValue }
}

extension Provenance.OpaqueTensor {
    /// Bits of an element of a type that Pare does not hold; nil of one that safetensors does not know.
    public static func bits(of type: String) -> Int? {
        ["C64": 64, "F8_E8M0": 8, "F6_E2M3": 6, "F6_E3M2": 6, "F4": 4][type]
    }
}
