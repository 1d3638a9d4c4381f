import TensorCore

/// The entry of one layer in a compressed file, and its fields before the streams.
///
///     size     field
///     1        version, 1
///     1        flags: bits 0–1 layout (0 raw, 1 dense, 2 sparse), bits 2–3 coder (0 none, 1 Huffman, 2 range, 3 context),
///              bit 4 weights are shared, bit 5 centroids on a grid, bit 6 levels of a trellis, bit 7 zero
///     1        element type of the source: its position in `EntryHeader.elementTypes`
///     1        gap bits b, 1…16; 0 outside of the sparse layout
///     1        rank r of the shape
///     …        r extents, LEB128
///     2        k, the number of centroids (shared, dense or sparse, not on a grid), little-endian
///     …        e, the number of entries, LEB128 (sparse only)
///     …        size of the code stream in bytes, LEB128 (sparse only)
///     4·k      codebook: float32, little-endian, ascending (where there is a k)
///     4        step of the grid: float32, little-endian (on a grid)
///     …        a, the levels below zero, LEB128 (on a grid); b likewise, those above; k = a + b
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
/// On a grid the centroids are step · −a, …, step · −1, step · 1, …, step · b (rounded from double precision to float32), in
/// ascending order. Those of a trellis (always dense, on a grid) are levels −a…b whose values depend on the levels before,
/// see `TrellisCode`. The range and context coders write the dense layout; see `RangeEncoder` for the stream,
/// `OrderZeroModel` (range) and `ContextModel` (context) for what goes into it; it ends with the entry.
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
    /// Where the centroids lie; nil where each is stored.
    var grid: CentroidGrid?

    static let version = 1

    /// The order of the types in an entry; types are added at the end only.
    static let elementTypes: [ElementType] = [.float32, .float64, .float16, .bfloat16]

    /// The order of the coders in the flags.
    private static let coders: [EntropyCoder] = [.none, .huffman, .range, .context]

    /// Bytes of the header, without the grid.
    static func byteCount(
        shape: Shape, layout: LayoutChoice, clusters: Int?, isGrid: Bool, entries: Int, codeByteCount: Int
    ) -> Int {
        var count = 5 + shape.dimensions.reduce(0) { $0 + LEB128.byteCount($1) }
        if clusters != nil, layout != .raw, !isGrid { count += 2 }
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
        guard let coder = EntryHeader.coders.firstIndex(of: entropy).map(UInt8.init) else {
            preconditionFailure("the coder is chosen before the entry is written")
        }
        let gridFlags: UInt8 = grid.map { $0.isTrellis ? 96 : 32 } ?? 0
        var bytes = [
            UInt8(EntryHeader.version), layoutCode | coder << 2 | (isShared ? 16 : 0) | gridFlags, UInt8(type),
            UInt8(gapBits), UInt8(shape.rank),
        ]
        for extent in shape.dimensions { bytes += LEB128.bytes(extent) }
        if let clusters, layout != .raw, grid == nil { bytes += [UInt8(clusters & 0xff), UInt8(clusters >> 8)] }
        if layout == .sparse { bytes += LEB128.bytes(entries) + LEB128.bytes(codeByteCount) }
        return bytes
    }

    /// Reads and checks the header; the cursor then stands at the codebook.
    init(from cursor: inout ByteCursor) throws(StreamError) {
        let version = try cursor.byte(.version)
        guard version == EntryHeader.version else { throw .unsupportedVersion(version) }
        let flags = try cursor.byte(.flags)
        let layouts: [LayoutChoice] = [.raw, .dense, .sparse]
        guard flags < 128, flags & 3 < layouts.count else { throw cursor.invalid(.flags, flags) }
        layout = layouts[flags & 3]
        entropy = EntryHeader.coders[flags >> 2 & 3]
        isShared = flags & 16 != 0
        let isGrid = flags & 32 != 0
        let isTrellis = flags & 64 != 0
        // Only shared weights are written densely or lie on a grid; arithmetic codes and trellises are dense.
        let isArithmetic = entropy == .range || entropy == .context
        guard layout != .dense || isShared, !isGrid || isShared && layout != .raw, !isTrellis || isGrid,
            !isArithmetic && !isTrellis || layout == .dense
        else { throw cursor.invalid(.flags, flags) }
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
        clusters =
            isShared && layout != .raw && !isGrid ? try cursor.byte(.clusterCount) | cursor.byte(.clusterCount) << 8 : nil
        entries = shape.count
        codeByteCount = 0
        if layout == .sparse {
            entries = try cursor.number(.entryCount)
            guard entries <= shape.count else { throw cursor.invalid(.entryCount, entries) }
            codeByteCount = try cursor.number(.codeByteCount)
        }
        if isGrid {
            let grid = try CentroidGrid(from: &cursor, isTrellis: isTrellis)
            clusters = grid.clusters
            self.grid = grid
        }
    }

    init(
        layout: LayoutChoice, entropy: EntropyCoder, elementType: ElementType, gapBits: Int, shape: Shape, clusters: Int?,
        entries: Int, codeByteCount: Int, isShared: Bool, grid: CentroidGrid?
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
        self.grid = grid
    }
}
