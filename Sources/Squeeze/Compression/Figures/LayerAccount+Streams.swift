import Glibc
import TensorCore

/// What the sizes of a layer's streams follow from; nothing in it depends on the number of weights.
struct StreamCensus {
    var shape: Shape
    var elementType: ElementType
    var survivors: Int
    /// Weights in each cluster; nil where nothing is shared.
    var clusterCounts: [Int]?
    /// Where the centroids lie; nil where each is stored.
    var grid: CentroidGrid?
    var gaps: GapProfile
    /// Bytes of the codes by the arithmetic coders that the plan may come to, counted or estimated.
    var arithmetic: [EntropyCoder: Int] = [:]

    var weightCount: Int { shape.count }

    /// Bits of a value that is stored as it is.
    var valueBits: Int { clusterCounts == nil ? elementType.byteCount * 8 : 32 }

    /// Bits of a code in a field of fixed width, code 0 included.
    var codeFieldBits: Int { codeFieldWidth(clusters: clusterCounts?.count ?? 0) }

    /// Bytes of the codebook, or of the grid in its place.
    var codebookByteCount: Int { grid?.byteCount ?? (clusterCounts?.count ?? 0) * 4 }

    /// Σ −log₂ of the frequency of each weight's code, zeros among them.
    var zeroOrderEntropy: Double {
        let total = Double(weightCount)
        return ((clusterCounts ?? []) + [weightCount - survivors]).reduce(0) { sum, count in
            count > 0 ? sum + Double(count) * log2(total / Double(count)) : sum
        }
    }
}

/// Bits that hold the codes 0…k.
func codeFieldWidth(clusters k: Int) -> Int { k.bitWidth - k.leadingZeroBitCount }

extension LayerAccount {
    /// The account of the layout, gap width and coder a plan names, or of the cheapest where it names none. Ties go to raw,
    /// then dense, then the narrower gaps, then arithmetic codes.
    init(_ census: StreamCensus, _ plan: CodePlan) {
        let sorted = census.clusterCounts.map { SortedCounts($0) }
        let isTrellis = census.grid?.isTrellis == true
        var candidates = [LayerAccount]()
        // Without sharing there are no codes for an arithmetic coder.
        let words = sorted == nil ? plan.entropy.wordCoder ?? .huffman : plan.entropy.wordCoder
        if !isTrellis, plan.layout == .raw || plan.layout == .automatic || plan.layout == .dense && sorted == nil {
            candidates.append(.raw(census))
        }
        if let words {
            if let sorted, isTrellis || plan.layout == .dense || plan.layout == .automatic {
                candidates.append(.dense(census, sorted, words))
            }
            if !isTrellis, plan.layout == .sparse || plan.layout == .automatic {
                let widths: ClosedRange<Int> =
                    if case .fixed(let gapBits) = plan.gapBits { gapBits...gapBits } else { 1...16 }
                for gapBits in widths { candidates.append(.sparse(census, sorted, words, gapBits: gapBits)) }
            }
        }
        if sorted != nil {
            for coder in plan.entropy.arithmeticCoders {
                guard let byteCount = census.arithmetic[coder] else { continue }
                candidates.append(
                    LayerAccount(
                        layout: .dense, coder: coder, census, codes: byteCount * 8, codeTable: 0, gaps: 0, gapTable: 0))
            }
        }
        var best = candidates[0]
        for candidate in candidates.dropFirst() where candidate.byteCount < best.byteCount { best = candidate }
        self = best
    }

    private static func raw(_ census: StreamCensus) -> LayerAccount {
        LayerAccount(
            layout: .raw, coder: .none, census, codes: census.weightCount * census.valueBits, codeTable: 0, gaps: 0, gapTable: 0)
    }

    private static func dense(_ census: StreamCensus, _ counts: SortedCounts, _ entropy: EntropyCoder) -> LayerAccount {
        let dropped = census.weightCount - census.survivors
        switch entropy {
        case .none:
            return LayerAccount(
                layout: .dense, coder: .none, census, codes: census.weightCount * census.codeFieldBits, codeTable: 0, gaps: 0,
                gapTable: 0)
        default:
            let code = counts.cost(zeros: dropped)
            return LayerAccount(
                layout: .dense, coder: .huffman, census, codes: code.bits, codeTable: code.tableBits, gaps: 0, gapTable: 0)
        }
    }

    private static func sparse(
        _ census: StreamCensus, _ counts: SortedCounts?, _ entropy: EntropyCoder, gapBits: Int
    ) -> LayerAccount {
        let gaps = census.gaps[gapBits]
        let entries = census.survivors + gaps.fillers
        let code: (bits: Int, tableBits: Int) =
            switch (counts, entropy) {
            case (nil, _): (entries * census.valueBits, 0)
            case (.some, .none): (entries * census.codeFieldBits, 0)
            case (let counts?, _): counts.cost(zeros: gaps.fillers)
            }
        let isCoded = entropy == .huffman
        return LayerAccount(
            layout: .sparse, coder: entropy, census, gapBits: gapBits, fillers: gaps.fillers, codes: code.bits, codeTable: code.tableBits,
            gaps: isCoded ? gaps.huffmanBits : entries * gapBits, gapTable: isCoded ? gaps.tableBits : 0)
    }

    /// Adds up the entry: its header, then each part padded to a byte.
    private init(
        layout: LayoutChoice, coder: EntropyCoder, _ census: StreamCensus, gapBits: Int? = nil, fillers: Int = 0, codes: Int, codeTable: Int,
        gaps: Int, gapTable: Int
    ) {
        func bytes(_ bits: Int) -> Int { (bits + 7) / 8 }
        let codebook = layout == .raw ? 0 : census.codebookByteCount
        let header = EntryHeader.byteCount(
            shape: census.shape, layout: layout, clusters: layout == .raw ? nil : census.clusterCounts?.count,
            isGrid: census.grid != nil, entries: census.survivors + fillers, codeByteCount: bytes(codes))
        self.init(
            layout: layout, coder: coder, gapBits: gapBits, fillers: fillers, codes: codes, gaps: gaps, codebook: codebook * 8,
            tables: header * 8 + codeTable + gapTable,
            byteCount: header + codebook + bytes(codeTable) + bytes(gapTable) + bytes(codes) + bytes(gaps),
            paperBits: codes + gaps + codebook * 8)
    }
}

/// The number of weights behind each code 1…k, sorted once for all the codes they are part of.
struct SortedCounts {
    /// Of the codes that occur.
    private let ascending: [Int]
    private let runs: CodeLengthTable.Runs
    private let runsWithZero: CodeLengthTable.Runs

    init(_ clusterCounts: [Int]) {
        var runs = CodeLengthTable.Runs()
        var runsWithZero = runs
        runsWithZero.append(0)
        for (cluster, count) in clusterCounts.enumerated() where count > 0 {
            runs.append(cluster + 1)
            runsWithZero.append(cluster + 1)
        }
        runs.finish(alphabet: clusterCounts.count + 1)
        runsWithZero.finish(alphabet: clusterCounts.count + 1)
        self.runs = runs
        self.runsWithZero = runsWithZero
        ascending = clusterCounts.filter { $0 > 0 }.sorted()
    }

    /// Bits of the codes in a Huffman code and of its code lengths, when code 0 occurs `zeros` times.
    func cost(zeros: Int) -> (bits: Int, tableBits: Int) {
        var counts = ascending
        if zeros > 0 { counts.insert(zeros, at: counts.partitioningIndex { $0 >= zeros }) }
        let cost = counts.withUnsafeBufferPointer { HuffmanCost(ascending: $0) }
        return (cost.bits, (zeros > 0 ? runsWithZero : runs).bits(longest: cost.longest))
    }
}

extension StageSizes {
    /// The waterfall. Before coding, gaps and codes are fields of fixed width, the gaps as wide as is cheapest. `pruned` is
    /// what pruning alone leaves.
    init(_ census: StreamCensus, pruned survivors: (count: Int, gaps: GapProfile), coded: LayerAccount) {
        func sparse(_ bits: Int, _ count: Int, _ gaps: GapProfile) -> Int {
            (1...16).map { (count + gaps[$0].fillers) * (bits + $0) }.min() ?? 0
        }
        let stored = census.elementType.byteCount * 8
        let original = census.weightCount * stored
        let pruned = min(original, sparse(stored, survivors.count, survivors.gaps))
        var shared = pruned
        if census.clusterCounts != nil {
            let code = census.codeFieldBits
            let dense = census.weightCount * code
            // The values of a trellis depend on the levels before them, so that none is left out.
            let codes = census.grid?.isTrellis == true ? dense : min(dense, sparse(code, census.survivors, census.gaps))
            shared = min(codes + census.codebookByteCount * 8, census.weightCount * 32)
        }
        self.init(original: original, pruned: pruned, shared: shared, coded: coded.weightBits)
    }
}

extension CoderComparison {
    /// The coders side by side; of the arithmetic ones only what was counted.
    init(_ census: StreamCensus, _ plan: CodePlan, _ account: LayerAccount, estimated: [EntropyCoder]) {
        var words = account
        if plan.entropy != .huffman || plan.layout != .automatic {
            words = LayerAccount(census, CodePlan(entropy: .huffman))
        }
        func counted(_ coder: EntropyCoder) -> Int? { estimated.contains(coder) ? nil : census.arithmetic[coder].map { $0 * 8 } }
        self.init(
            entropy: census.zeroOrderEntropy, huffman: words.codes + words.gaps + words.tables, range: counted(.range),
            context: counted(.context))
    }
}
