import TensorCore

/// The entry of one layer in a compressed file, and its fields before the streams.
///
///     size     field
///     1        version, 1
///     1        flags: bits 0–1 layout (0 raw, 1 dense, 2 sparse), bit 2 Huffman, bit 3 weights are shared, rest 0
///     1        element type of the source: its position in `EntryHeader.elementTypes`
///     1        gap bits b, 1…16; 0 outside of the sparse layout
///     1        rank r of the shape
///     …        r extents, LEB128
///     2        k, the number of centroids (shared, dense or sparse only), little-endian
///     …        e, the number of entries, LEB128 (sparse only)
///     …        size of the code stream in bytes, LEB128 (sparse only)
///     4·k      codebook: float32, little-endian, ascending (where there is a k)
///     …        code lengths of the codes 0…k (Huffman, where there is a k), see `CodeLengthTable`
///     …        code lengths of the gaps 0…2^b − 1 (Huffman, sparse only)
///     …        code stream
///     …        gap stream (sparse only)
///
/// Every part is padded with zero bits to a byte. The code stream holds, for each entry (sparse) or weight (dense), its
/// code: a Huffman code word, or a field of ⌈log₂(k + 1)⌉ bits, most significant bit first. The gap stream holds each
/// entry's gap likewise, in fields of b bits: the number of weights between it and the entry before, or the first weight.
/// An entry whose code is 0 is a filler, where the next survivor is farther than a gap can say; it stands for a zero.
/// Code words are canonical: in the order of (length, symbol) they are consecutive numbers, the first one zeros. Where nothing is shared the code stream holds the values themselves as the
/// source stores them, fillers as zeros; the raw layout holds the value of every weight, as float32 where weights are
/// shared. A layout says how values are stored and never changes them.
///
/// In the dense layout without sharing there are no codes, so that it is the raw layout.
struct EntryHeader: Hashable {
    var layout: LayoutChoice
    var entropy: EntropyCoder
    var elementType: ElementType
    var gapBits: Int
    var shape: Shape
    /// Number of centroids; nil where nothing is shared.
    var clusters: Int?
    /// Entries of the sparse layout; the number of weights in the others.
    var entries: Int
    var codeByteCount: Int
    /// Whether values are shared although the raw layout has no codebook.
    var isShared: Bool

    static let version = 1

    /// The order of the types in an entry; types are added at the end only.
    static let elementTypes: [ElementType] = [.float32, .float64, .float16, .bfloat16]

    /// Bytes of the header.
    static func byteCount(shape: Shape, layout: LayoutChoice, clusters: Int?, entries: Int, codeByteCount: Int) -> Int {
        var count = 5 + shape.dimensions.reduce(0) { $0 + LEB128.byteCount($1) }
        if clusters != nil, layout != .raw { count += 2 }
        if layout == .sparse { count += LEB128.byteCount(entries) + LEB128.byteCount(codeByteCount) }
        return count
    }

    /// Bits of a value that is stored as it is.
    var valueBits: Int { isShared ? 32 : elementType.byteCount * 8 }

    var bytes: [UInt8] {
        precondition(shape.rank <= 255, "a tensor of rank \(shape.rank)")
        let layoutCode: UInt8 =
            switch layout {
            case .raw: 0
            case .dense: 1
            case .sparse: 2
            case .automatic: preconditionFailure("the layout is chosen before the entry is written")
            }
        guard let type = EntryHeader.elementTypes.firstIndex(of: elementType) else {
            preconditionFailure("\(elementType) is not compressed")
        }
        var bytes = [
            UInt8(EntryHeader.version), layoutCode | (entropy == .huffman ? 4 : 0) | (isShared ? 8 : 0), UInt8(type),
            UInt8(gapBits), UInt8(shape.rank),
        ]
        for extent in shape.dimensions { bytes += LEB128.bytes(extent) }
        if let clusters, layout != .raw { bytes += [UInt8(clusters & 0xff), UInt8(clusters >> 8)] }
        if layout == .sparse { bytes += LEB128.bytes(entries) + LEB128.bytes(codeByteCount) }
        return bytes
    }

    /// Reads and checks the header; the cursor then stands at the codebook.
    init(from cursor: inout ByteCursor) throws(StreamError) {
        let version = try cursor.byte(.version)
        guard version == EntryHeader.version else { throw .unsupportedVersion(version) }
        let flags = try cursor.byte(.flags)
        let layouts: [LayoutChoice] = [.raw, .dense, .sparse]
        guard flags < 16, flags & 3 < layouts.count else { throw cursor.invalid(.flags, flags) }
        layout = layouts[flags & 3]
        entropy = flags & 4 != 0 ? .huffman : .none
        isShared = flags & 8 != 0
        guard layout != .dense || isShared else { throw cursor.invalid(.flags, flags) }
        let type = try cursor.byte(.elementType)
        guard type < EntryHeader.elementTypes.count else { throw cursor.invalid(.elementType, type) }
        elementType = EntryHeader.elementTypes[type]
        gapBits = try cursor.byte(.gapBits)
        guard layout == .sparse ? (1...16).contains(gapBits) : gapBits == 0 else {
            throw cursor.invalid(.gapBits, gapBits)
        }
        let rank = try cursor.byte(.shape)
        var dimensions = [Int]()
        for _ in 0..<rank { dimensions.append(try cursor.number(.shape)) }
        guard let shape = Shape(checking: dimensions), shape.count <= LayerTables.weightLimit else {
            throw cursor.invalid(.shape, dimensions.last ?? 0)
        }
        self.shape = shape
        clusters = isShared && layout != .raw ? try cursor.byte(.clusterCount) | cursor.byte(.clusterCount) << 8 : nil
        guard layout == .sparse else {
            entries = shape.count
            codeByteCount = 0
            return
        }
        entries = try cursor.number(.entryCount)
        guard entries <= shape.count else { throw cursor.invalid(.entryCount, entries) }
        codeByteCount = try cursor.number(.codeByteCount)
    }

    init(
        layout: LayoutChoice, entropy: EntropyCoder, elementType: ElementType, gapBits: Int, shape: Shape, clusters: Int?,
        entries: Int, codeByteCount: Int, isShared: Bool
    ) {
        self.layout = layout
        self.entropy = entropy
        self.elementType = elementType
        self.gapBits = gapBits
        self.shape = shape
        self.clusters = clusters
        self.entries = entries
        self.codeByteCount = codeByteCount
        self.isShared = isShared
    }
}
