import TensorCore

/// A layer's entry as it is written to a compressed file.
public struct EncodedLayer: Sendable {
    public var bytes: [UInt8]
    /// The exact figures of the plan; `account.byteCount` is the number of bytes.
    public var figures: LayerFigures
}

extension LayerTables {
    /// Carries out a plan and writes the layer's entry. `weights` is the tensor the tables were prepared from.
    public func encode(
        _ weights: Tensor, plan: LayerPlan, cancellation: CancellationToken? = nil
    ) throws(Cancelled) -> EncodedLayer {
        let evaluation = try evaluated(plan, weights: weights, cancellation: cancellation)
        let encoder = LayerEncoder(evaluation, plan, weights)
        let gapCode = try encoder.gapCode(cancellation)
        var bytes = [UInt8](repeating: 0, count: encoder.account.byteCount)
        try bytes.withUnsafeMutableBufferPointer { region throws(Cancelled) in
            guard let base = region.baseAddress else { return }
            try encoder.write(to: base, gapCode: gapCode, cancellation)
        }
        return EncodedLayer(bytes: bytes, figures: evaluation.figures)
    }
}

/// Writes one layer's entry, whose sizes are known from its account.
private struct LayerEncoder {
    let weights: Tensor
    let account: LayerAccount
    private let header: EntryHeader
    private let cutoff: Cutoff
    private let codebook: [Float]
    /// The code of each bin; 0 where nothing is shared.
    private let codeOfBin: [UInt16]
    private let codeCode: HuffmanCode?
    private let isHuffman: Bool

    init(_ evaluation: LayerTables.Evaluation, _ plan: LayerPlan, _ weights: Tensor) {
        self.weights = weights
        account = evaluation.figures.account
        cutoff = evaluation.cutoff
        codebook = evaluation.clustering?.centroids ?? []
        codeOfBin = evaluation.codeOfBin()
        isHuffman = plan.code.entropy == .huffman
        let isSparse = account.layout == .sparse
        header = EntryHeader(
            layout: account.layout, entropy: plan.code.entropy, elementType: weights.elementType,
            gapBits: account.gapBits ?? 0, shape: weights.shape, clusters: evaluation.clustering?.centroids.count,
            entries: isSparse ? evaluation.figures.nonzeros + account.fillers : weights.count,
            codeByteCount: (account.codes + 7) / 8, isShared: evaluation.clustering != nil)
        let zeros = isSparse ? account.fillers : weights.count - evaluation.figures.nonzeros
        codeCode =
            isHuffman && account.layout != .raw
            ? evaluation.clustering.map { HuffmanCode(counts: [zeros] + $0.counts) } : nil
    }

    /// The code of the gaps, whose symbols are counted first.
    func gapCode(_ cancellation: CancellationToken?) throws(Cancelled) -> HuffmanCode? {
        guard isHuffman, let gapBits = account.gapBits else { return nil }
        let census = try GapCensus(of: weights, cutoff: cutoff, cancellation: cancellation)
        return HuffmanCode(counts: census.symbolCounts(gapBits: gapBits))
    }

    /// Writes all parts. `base` has room for `account.byteCount` bytes.
    func write(
        to base: UnsafeMutablePointer<UInt8>, gapCode: HuffmanCode?, _ cancellation: CancellationToken?
    ) throws(Cancelled) {
        var part = base
        for byte in header.bytes {
            part.pointee = byte
            part += 1
        }
        if account.layout != .raw {
            for centroid in codebook {
                UnsafeMutableRawPointer(part).storeBytes(of: centroid.bitPattern.littleEndian, as: UInt32.self)
                part += 4
            }
        }
        for lengths in [codeCode?.lengths, gapCode?.lengths] {
            guard let lengths else { continue }
            let size = (HuffmanCode.tableBits(of: lengths) + 7) / 8
            var writer = BitWriter(part, byteCount: size)
            CodeLengthTable.write(lengths, into: &writer)
            part += size
        }
        let codeSize = (account.codes + 7) / 8
        let gapSize = (account.gaps + 7) / 8
        precondition(part + codeSize + gapSize == base + account.byteCount, "the account does not match the entry")
        switch account.layout {
        case .raw, .automatic: try writeValues(to: UnsafeMutableRawPointer(part), cancellation)
        case .dense: try writeDense(BitWriter(part, byteCount: codeSize), cancellation)
        case .sparse:
            let gaps = BitWriter(part + codeSize, byteCount: gapSize)
            if codebook.isEmpty {
                try writeSparseValues(UnsafeMutableRawPointer(part), gaps, gapCode, cancellation)
            } else {
                try writeSparseCodes(BitWriter(part, byteCount: codeSize), gaps, gapCode, cancellation)
            }
        }
    }

    /// Every weight: as it was stored, dropped ones as zeros; the shared values where weights are shared.
    private func writeValues(to region: UnsafeMutableRawPointer, _ cancellation: CancellationToken?) throws(Cancelled) {
        let size = weights.elementType.byteCount
        weights.storage.withUnsafeBytes { stored in
            weights.forEachChunk { offset, chunk in
                guard cancellation?.isCancelled != true else { return }
                for index in chunk.indices where chunk[index].bitPattern & 0x7fff_ffff >= cutoff.pattern {
                    let position = offset + index
                    if header.isShared {
                        let code = Int(codeOfBin[Int(chunk[index].bitPattern >> 16)])
                        region.storeBytes(of: codebook[code - 1].bitPattern, toByteOffset: position * 4, as: UInt32.self)
                    } else {
                        for byte in position * size..<(position + 1) * size {
                            region.storeBytes(of: stored[byte], toByteOffset: byte, as: UInt8.self)
                        }
                    }
                }
            }
        }
        try cancellation?.check()
    }

    /// The code of every weight.
    private func writeDense(_ codes: BitWriter, _ cancellation: CancellationToken?) throws(Cancelled) {
        var codes = codes
        let words = fieldWords(codeCode, width: codeFieldWidth(clusters: codebook.count), count: codebook.count + 1)
        weights.forEachChunk { _, chunk in
            guard cancellation?.isCancelled != true else { return }
            for weight in chunk {
                let pattern = weight.bitPattern
                let isKept = pattern & 0x7fff_ffff >= cutoff.pattern
                let field = words[isKept ? Int(codeOfBin[Int(pattern >> 16)]) : 0]
                codes.write(field.word, count: field.length)
            }
        }
        try cancellation?.check()
        codes.finish()
    }

    private func writeSparseCodes(
        _ codes: BitWriter, _ gaps: BitWriter, _ gapCode: HuffmanCode?, _ cancellation: CancellationToken?
    ) throws(Cancelled) {
        var codes = codes
        let words = fieldWords(codeCode, width: codeFieldWidth(clusters: codebook.count), count: codebook.count + 1)
        writeSparse(gaps, gapCode, cancellation) { _, weight in
            let field = words[weight.map { Int(codeOfBin[Int($0.bitPattern >> 16)]) } ?? 0]
            codes.write(field.word, count: field.length)
        }
        try cancellation?.check()
        codes.finish()
    }

    private func writeSparseValues(
        _ values: UnsafeMutableRawPointer, _ gaps: BitWriter, _ gapCode: HuffmanCode?, _ cancellation: CancellationToken?
    ) throws(Cancelled) {
        let size = weights.elementType.byteCount
        // Fillers are left as the zeros the entry was filled with.
        var entry = 0
        weights.storage.withUnsafeBytes { stored in
            writeSparse(gaps, gapCode, cancellation) { position, weight in
                for byte in 0..<size where weight != nil {
                    values.storeBytes(of: stored[position * size + byte], toByteOffset: entry * size + byte, as: UInt8.self)
                }
                entry += 1
            }
        }
        try cancellation?.check()
    }

    /// Writes the gaps, and calls `body` for each entry with the survivor and its position; a filler has no weight.
    private func writeSparse(
        _ gaps: BitWriter, _ gapCode: HuffmanCode?, _ cancellation: CancellationToken?,
        _ body: (_ position: Int, _ weight: Float?) -> Void
    ) {
        var gaps = gaps
        let gapBits = header.gapBits
        let lastSymbol = 1 << gapBits - 1
        let words = fieldWords(gapCode, width: gapBits, count: 1 << gapBits)
        let mask = SurvivorMask(cutoff)
        var previous = -1
        weights.forEachChunk { offset, chunk in
            guard cancellation?.isCancelled != true else { return }
            mask.forEachSurvivor(in: chunk) { index in
                let position = offset &+ index
                var distance = position &- previous &- 1
                previous = position
                while distance > lastSymbol {
                    gaps.write(words[lastSymbol].word, count: words[lastSymbol].length)
                    body(position, nil)
                    distance &-= 1 &<< gapBits
                }
                gaps.write(words[distance].word, count: words[distance].length)
                body(position, chunk[index])
            }
        }
        // A stream cut short by cancellation is thrown away by the caller.
        if cancellation?.isCancelled != true { gaps.finish() }
    }

    /// What stands for each symbol: its code word, or itself in a field.
    private func fieldWords(_ code: HuffmanCode?, width: Int, count: Int) -> [(word: UInt64, length: Int)] {
        guard let code else { return (0..<count).map { (UInt64($0), width) } }
        return zip(code.words, code.lengths).map { ($0, Int($1)) }
    }
}

extension LayerTables.Evaluation {
    /// The code of each bin's survivors, by the upper 16 bits of the pattern.
    fileprivate func codeOfBin() -> [UInt16] {
        var codes = [UInt16](repeating: 0, count: 1 << 16)
        guard let clustering else { return codes }
        for cluster in clustering.centroids.indices {
            for position in clustering.boundaries[cluster]..<clustering.boundaries[cluster + 1] {
                codes[Int(survivors.bins[position].index)] = UInt16(cluster + 1)
            }
        }
        codes[0x8000] = codes[0]
        return codes
    }
}

extension GapCensus {
    /// How often each gap symbol occurs, fillers included.
    func symbolCounts(gapBits: Int) -> [Int] {
        let size = 1 << gapBits
        var counts = [Int](repeating: 0, count: size)
        var fillers = overflow << (16 - gapBits)
        for (remainder, count) in remainders.enumerated() where count > 0 {
            counts[remainder & (size - 1)] += count
            fillers += (remainder >> gapBits) * count
        }
        counts[size - 1] += fillers
        return counts
    }
}
