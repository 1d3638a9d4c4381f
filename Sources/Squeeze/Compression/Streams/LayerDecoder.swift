import TensorCore

/// A layer read back from its entry.
public struct DecodedLayer: Sendable {
    /// The values: float32 where weights are shared, else the source's element type with the survivors' very bytes.
    public var values: Tensor
    /// The element type of the source.
    public var elementType: ElementType

    /// Decodes an entry. `shape`, where it is given, must be the entry's; nothing is allocated before that is known.
    public init(decoding bytes: [UInt8], expecting shape: Shape? = nil) throws(StreamError) {
        self = try bytes.withUnsafeBufferPointer { buffer throws(StreamError) in
            var cursor = ByteCursor(buffer)
            let header = try EntryHeader(from: &cursor)
            if let shape, shape != header.shape {
                throw .shapeMismatch(expected: shape.dimensions, found: header.shape.dimensions)
            }
            let storage = try Self.storage(header, &cursor, isKept: true)
            let values = Tensor(
                shape: header.shape, elementType: header.isShared ? .float32 : header.elementType, storage: .owned(storage))
            return DecodedLayer(values: values, elementType: header.elementType)
        }
    }

    private init(values: Tensor, elementType: ElementType) {
        self.values = values
        self.elementType = elementType
    }

    /// Decodes an entry without keeping what comes out: the shape takes no memory, whatever it says, and the streams bound the time.
    public static func check(_ bytes: [UInt8]) throws(StreamError) {
        try bytes.withUnsafeBufferPointer { buffer throws(StreamError) in
            var cursor = ByteCursor(buffer)
            _ = try storage(try EntryHeader(from: &cursor), &cursor, isKept: false)
        }
    }

    /// The elements; none where they are not kept.
    private static func storage(_ header: EntryHeader, _ cursor: inout ByteCursor, isKept: Bool) throws(StreamError) -> [UInt8] {
        let codebook = try cursor.codebook(header)
        let isHuffman = header.entropy == .huffman
        let codeSymbols = codebook != nil && isHuffman ? try cursor.symbols(header.codeAlphabet, .codeLengths) : nil
        let gapSymbols =
            header.layout == .sparse && isHuffman ? try cursor.symbols(1 << header.gapBits, .gapLengths) : nil
        let storage: [UInt8]
        switch header.layout {
        case .raw, .automatic:
            storage = Array(try cursor.take(header.shape.count * header.valueBits / 8, .values))
        case .dense where header.entropy == .range || header.entropy == .context:
            let offset = cursor.offset
            storage = try decodeArithmetic(header, try cursor.take(cursor.remaining, .codes), codebook ?? [], offset: offset, isKept: isKept)
        case .dense:
            let stream = FieldStream(cursor.rest, codeSymbols, width: codeFieldWidth(clusters: header.clusters ?? 0))
            guard stream.canHold(header.shape.count) else {
                throw .truncated(
                    part: .codes, offset: cursor.offset, expected: header.shape.count, found: cursor.remaining)
            }
            storage = try decodeDense(header, stream, codebook ?? [], offset: cursor.offset, isKept: isKept)
            _ = try cursor.take(cursor.remaining, .codes)
        case .sparse:
            let codeOffset = cursor.offset
            let codes = try cursor.take(header.codeByteCount, .codes)
            let gaps = FieldStream(cursor.rest, gapSymbols, width: header.gapBits)
            guard gaps.canHold(header.entries) else {
                throw .truncated(part: .gaps, offset: cursor.offset, expected: header.entries, found: cursor.remaining)
            }
            let gapOffset = cursor.offset
            _ = try cursor.take(cursor.remaining, .gaps)
            if let codebook {
                let stream = FieldStream(codes, codeSymbols, width: codeFieldWidth(clusters: codebook.count))
                guard stream.canHold(header.entries) else {
                    throw .truncated(part: .codes, offset: codeOffset, expected: header.entries, found: codes.count)
                }
                storage = try decodeSparse(header, gaps, gapOffset, codes: stream, codeOffset, codebook, isKept: isKept)
            } else {
                storage = try decodeSparse(header, gaps, gapOffset, values: codes, codeOffset, isKept: isKept)
            }
        }
        guard cursor.remaining == 0 else { throw .trailingBytes(offset: cursor.offset, count: cursor.remaining) }
        return storage
    }
}

extension EntryHeader {
    fileprivate var codeAlphabet: Int { (clusters ?? 0) + 1 }
}

extension ByteCursor {
    /// The centroids, or nil where the entry has no codebook.
    fileprivate mutating func codebook(_ header: EntryHeader) throws(StreamError) -> [Float]? {
        guard let clusters = header.clusters else { return nil }
        if let grid = header.grid { return grid.centroids }
        let start = offset
        let stored = UnsafeRawBufferPointer(try take(clusters * 4, .codebook))
        let centroids = (0..<clusters).map {
            Float(bitPattern: UInt32(littleEndian: stored.loadUnaligned(fromByteOffset: $0 * 4, as: UInt32.self)))
        }
        guard centroids.allSatisfy(\.isFinite) else { throw .invalid(part: .codebook, offset: start, found: clusters) }
        return centroids
    }

    /// The decoder of an alphabet whose code lengths come next.
    fileprivate mutating func symbols(_ alphabet: Int, _ part: EntryPart) throws(StreamError) -> HuffmanDecoder {
        var reader = BitReader(rest)
        guard let lengths = CodeLengthTable.read(alphabet: alphabet, from: &reader),
            let decoder = HuffmanDecoder(lengths: lengths)
        else { throw .invalid(part: part, offset: offset, found: alphabet) }
        _ = try take((HuffmanCode.tableBits(of: lengths) + 7) / 8, part)
        return decoder
    }
}

/// Symbols one after another, each a code word or a field of fixed width.
private struct FieldStream {
    private var reader: BitReader
    private let byteCount: Int
    private let decoder: HuffmanDecoder?
    private let width: Int

    init(_ bytes: UnsafeBufferPointer<UInt8>, _ decoder: HuffmanDecoder?, width: Int) {
        reader = BitReader(bytes)
        byteCount = bytes.count
        self.decoder = decoder
        self.width = width
    }

    /// Whether the bytes can hold so many symbols at all.
    func canHold(_ count: Int) -> Bool {
        let (bits, overflow) = count.multipliedReportingOverflow(by: decoder == nil ? width : 1)
        return !overflow && (bits + 7) / 8 <= byteCount
    }

    /// The next symbol, or nil where the bits are no code word.
    @inline(__always)
    mutating func next() -> Int? {
        if let decoder { return decoder.next(&reader) }
        return reader.read(width)
    }

    /// Whether all symbols were there and nothing but padding is left.
    var isComplete: Bool { !reader.isOverrun && reader.isAtPadding }
}

// The decoders below write elements at positions below shape.count, into zeroed bytes of exactly that many elements; into
// none where nothing is kept.

private func decodeDense(
    _ header: EntryHeader, _ stream: FieldStream, _ codebook: [Float], offset: Int, isKept: Bool
) throws(StreamError) -> [UInt8] {
    var stream = stream
    var storage = [UInt8](repeating: 0, count: isKept ? header.shape.count * 4 : 0)
    var values = CodeValues(header, codebook)
    var failure: Int?
    storage.withUnsafeMutableBytes { region in
        for index in 0..<header.shape.count {
            guard let code = stream.next(), code <= codebook.count else {
                failure = index
                return
            }
            if isKept { region.storeBytes(of: values.next(code).bitPattern, toByteOffset: index * 4, as: UInt32.self) }
        }
    }
    if let failure { throw .invalid(part: .codes, offset: offset, found: failure) }
    guard stream.isComplete else { throw .invalid(part: .codes, offset: offset, found: header.shape.count) }
    return storage
}

private func decodeSparse(
    _ header: EntryHeader, _ gaps: FieldStream, _ gapOffset: Int, codes: FieldStream, _ codeOffset: Int,
    _ codebook: [Float], isKept: Bool
) throws(StreamError) -> [UInt8] {
    var codes = codes
    var gaps = gaps
    let values = [0] + codebook
    var storage = [UInt8](repeating: 0, count: isKept ? header.shape.count * 4 : 0)
    var failure: StreamError?
    storage.withUnsafeMutableBytes { region in
        var position = -1
        for entry in 0..<header.entries {
            guard let gap = gaps.next(), position + gap + 1 < header.shape.count else {
                failure = .invalid(part: .gaps, offset: gapOffset, found: entry)
                return
            }
            position += gap + 1
            guard let code = codes.next(), code < values.count else {
                failure = .invalid(part: .codes, offset: codeOffset, found: entry)
                return
            }
            if isKept { region.storeBytes(of: values[code].bitPattern, toByteOffset: position * 4, as: UInt32.self) }
        }
    }
    if let failure { throw failure }
    guard codes.isComplete else { throw .invalid(part: .codes, offset: codeOffset, found: header.entries) }
    guard gaps.isComplete else { throw .invalid(part: .gaps, offset: gapOffset, found: header.entries) }
    return storage
}

private func decodeSparse(
    _ header: EntryHeader, _ gaps: FieldStream, _ gapOffset: Int, values: UnsafeBufferPointer<UInt8>, _ valueOffset: Int,
    isKept: Bool
) throws(StreamError) -> [UInt8] {
    let size = header.elementType.byteCount
    guard values.count == header.entries * size else {
        throw .truncated(part: .values, offset: valueOffset, expected: header.entries * size, found: values.count)
    }
    var gaps = gaps
    var storage = [UInt8](repeating: 0, count: isKept ? header.shape.count * size : 0)
    var position = -1
    for entry in 0..<header.entries {
        guard let gap = gaps.next(), position + gap + 1 < header.shape.count else {
            throw .invalid(part: .gaps, offset: gapOffset, found: entry)
        }
        position += gap + 1
        for byte in 0..<size where isKept { storage[position * size + byte] = values[entry * size + byte] }
    }
    guard gaps.isComplete else { throw .invalid(part: .gaps, offset: gapOffset, found: header.entries) }
    return storage
}
