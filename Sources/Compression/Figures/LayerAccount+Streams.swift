import TensorCore

/// What the sizes of a layer's streams follow from; nothing in it depends on the number of weights.
struct StreamCensus {
    var shape: Shape
    var elementType: ElementType
    var survivors: Int
    /// Weights in each cluster; nil where nothing is shared.
    var clusterCounts: [Int]?
    var gaps: GapProfile

    var weightCount: Int { shape.count }

    /// Bits of a value that is stored as it is.
    var valueBits: Int { clusterCounts == nil ? elementType.byteCount * 8 : 32 }

    /// Bits of a code in a field of fixed width, code 0 included.
    var codeFieldBits: Int { codeFieldWidth(clusters: clusterCounts?.count ?? 0) }
}

/// Bits that hold the codes 0…k.
func codeFieldWidth(clusters k: Int) -> Int { k.bitWidth - k.leadingZeroBitCount }

extension LayerAccount {
    /// The account of the layout and gap width a plan names, or of the cheapest where it names none. Ties go to raw,
    /// then dense, then the narrower gaps.
    init(_ census: StreamCensus, _ plan: CodePlan) {
        let sorted = census.clusterCounts.map { SortedCounts($0) }
        var candidates = [LayerAccount]()
        if plan.layout == .raw || plan.layout == .automatic || plan.layout == .dense && sorted == nil {
            candidates.append(.raw(census))
        }
        if let sorted, plan.layout == .dense || plan.layout == .automatic {
            candidates.append(.dense(census, sorted, plan.entropy))
        }
        if plan.layout == .sparse || plan.layout == .automatic {
            let widths: ClosedRange<Int> =
                if case .fixed(let gapBits) = plan.gapBits { gapBits...gapBits } else { 1...16 }
            for gapBits in widths { candidates.append(.sparse(census, sorted, plan.entropy, gapBits: gapBits)) }
        }
        var best = candidates[0]
        for candidate in candidates.dropFirst() where candidate.byteCount < best.byteCount { best = candidate }
        self = best
    }

    private static func raw(_ census: StreamCensus) -> LayerAccount {
        LayerAccount(
            layout: .raw, census, codes: census.weightCount * census.valueBits, codeTable: 0, gaps: 0, gapTable: 0)
    }

    private static func dense(_ census: StreamCensus, _ counts: SortedCounts, _ entropy: EntropyCoder) -> LayerAccount {
        let dropped = census.weightCount - census.survivors
        switch entropy {
        case .none:
            return LayerAccount(
                layout: .dense, census, codes: census.weightCount * census.codeFieldBits, codeTable: 0, gaps: 0,
                gapTable: 0)
        case .huffman:
            let code = counts.cost(zeros: dropped)
            return LayerAccount(
                layout: .dense, census, codes: code.bits, codeTable: code.tableBits, gaps: 0, gapTable: 0)
        }
    }

    private static func sparse(
        _ census: StreamCensus, _ counts: SortedCounts?, _ entropy: EntropyCoder, gapBits: Int
    ) -> LayerAccount {
        let gaps = census.gaps[gapBits]
        let entries = census.survivors + gaps.fillers
        let code: (bits: Int, tableBits: Int) =
            switch (counts, entropy) {
            case (let counts?, .huffman): counts.cost(zeros: gaps.fillers)
            case (.some, .none): (entries * census.codeFieldBits, 0)
            case (nil, _): (entries * census.valueBits, 0)
            }
        let isCoded = entropy == .huffman
        return LayerAccount(
            layout: .sparse, census, gapBits: gapBits, fillers: gaps.fillers, codes: code.bits, codeTable: code.tableBits,
            gaps: isCoded ? gaps.huffmanBits : entries * gapBits, gapTable: isCoded ? gaps.tableBits : 0)
    }

    /// Adds up the entry: its header, then each part padded to a byte.
    private init(
        layout: LayoutChoice, _ census: StreamCensus, gapBits: Int? = nil, fillers: Int = 0, codes: Int, codeTable: Int,
        gaps: Int, gapTable: Int
    ) {
        func bytes(_ bits: Int) -> Int { (bits + 7) / 8 }
        let clusters = layout == .raw ? 0 : census.clusterCounts?.count ?? 0
        let header = EntryHeader.byteCount(
            shape: census.shape, layout: layout, clusters: layout == .raw ? nil : census.clusterCounts?.count,
            entries: census.survivors + fillers, codeByteCount: bytes(codes))
        self.init(
            layout: layout, gapBits: gapBits, fillers: fillers, codes: codes, gaps: gaps, codebook: clusters * 32,
            tables: header * 8 + codeTable + gapTable,
            byteCount: header + clusters * 4 + bytes(codeTable) + bytes(gapTable) + bytes(codes) + bytes(gaps),
            paperBits: codes + gaps + clusters * 32)
    }
}

/// The number of weights behind each code 1…k, sorted once for all the codes they are part of.
struct SortedCounts {
    private let ascending: [Int]

    init(_ clusterCounts: [Int]) { ascending = clusterCounts.sorted() }

    /// Bits of the codes in a Huffman code and of its code lengths, when code 0 occurs `zeros` times.
    func cost(zeros: Int) -> (bits: Int, tableBits: Int) {
        var counts = ascending
        var runs = CodeLengthTable.Runs()
        if zeros > 0 {
            counts.insert(zeros, at: counts.partitioningIndex { $0 >= zeros })
            runs.append(0)
        }
        for code in ascending.indices { runs.append(code + 1) }
        let cost = counts.withUnsafeBufferPointer { HuffmanCost(ascending: $0) }
        return (cost.bits, runs.bits(longest: cost.longest))
    }
}

extension StageSizes {
    /// The waterfall. Before coding, gaps and codes are fields of fixed width, the gaps as wide as is cheapest.
    init(_ census: StreamCensus, coded: LayerAccount) {
        func sparse(_ bits: Int) -> Int {
            (1...16).map { (census.survivors + census.gaps[$0].fillers) * (bits + $0) }.min() ?? 0
        }
        let stored = census.elementType.byteCount * 8
        let original = census.weightCount * stored
        let pruned = min(original, sparse(stored))
        var shared = pruned
        if let clusters = census.clusterCounts?.count {
            let code = census.codeFieldBits
            shared = min(min(census.weightCount * code, sparse(code)) + clusters * 32, census.weightCount * 32)
        }
        self.init(original: original, pruned: pruned, shared: shared, coded: coded.weightBits)
    }
}
