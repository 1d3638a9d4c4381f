import Basics
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
        let counted = try evaluated(plan, weights: weights, cancellation: cancellation, for: .entry)
        let encoder = LayerEncoder(counted, weights)
        let gapCode = try encoder.gapCode(cancellation)
        var bytes = [UInt8](repeating: 0, count: encoder.account.byteCount)
        try bytes.withUnsafeMutableBufferPointer { region throws(Cancelled) in
            guard let base = region.baseAddress else { return }
            try encoder.write(to: base, gapCode: gapCode, cancellation)
        }
        return EncodedLayer(bytes: bytes, figures: counted.evaluation.figures)
    }
}

/// Writes one layer's entry, whose sizes are known from its account.
private struct LayerEncoder {
    let weights: Tensor
    let account: LayerAccount
    private let header: EntryHeader
    private let cutoff: Cutoff
    private let codebook: [Float]
    private let codes: CodedWeights
    private let codeCode: HuffmanCode?
    private let made: LayerTables.EntryParts

    init(_ counted: LayerTables.Counted, _ weights: Tensor) {
        let evaluation = counted.evaluation
        let figures = evaluation.figures
        self.weights = weights
        made = counted.made
        account = figures.account
        cutoff = evaluation.cutoff
        codebook = evaluation.grid == nil ? evaluation.clustering?.centroids ?? [] : evaluation.grid?.centroids ?? []
        codes = counted.codes(of: weights)
        let isSparse = account.layout == .sparse
        let isRaw = account.layout == .raw
        header = EntryHeader(
            layout: account.layout, entropy: account.coder, elementType: weights.elementType,
            gapBits: account.gapBits ?? 0, shape: weights.shape, clusters: figures.codebook?.centroids.count,
            entries: isSparse ? figures.nonzeros + account.fillers : weights.count,
            codeByteCount: (account.codes + 7) / 8, isShared: figures.codebook != nil, grid: isRaw ? nil : evaluation.grid)
        let zeros = isSparse ? account.fillers : weights.count - figures.nonzeros
        codeCode =
            account.coder == .huffman && !isRaw ? figures.codebook.map { HuffmanCode(counts: [zeros] + $0.counts) } : nil
    }

    /// The code of the gaps, whose symbols are counted first.
    func gapCode(_ cancellation: CancellationToken?) throws(Cancelled) -> HuffmanCode? {
        guard account.coder == .huffman, let gapBits = account.gapBits else { return nil }
        let known = made.censuses[cutoff]
        let census = if let known { known } else { try GapCensus(of: weights, cutoff: cutoff, cancellation: cancellation) }
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
        if let grid = header.grid {
            for byte in grid.bytes {
                part.pointee = byte
                part += 1
            }
        } else if account.layout != .raw {
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
        case .dense where account.coder == .range || account.coder == .context:
            let known = made.streams[account.coder]
            let stream =
                if let known { known } else { try codes.encoded(by: account.coder, keepsBytes: true, cancellation: cancellation).bytes }
            precondition(stream.count == codeSize, "the stream is not as long as its account")
            for byte in stream {
                part.pointee = byte
                part += 1
            }
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
            codes.withCodes { code in
                weights.forEachChunk { offset, chunk in
                    guard cancellation?.isCancelled != true else { return }
                    for index in chunk.indices where chunk[index].bitPattern & 0x7fff_ffff >= cutoff.pattern {
                        let position = offset + index
                        if header.isShared {
                            let code = code(chunk[index])
                            region.storeBytes(of: codebook[code - 1].bitPattern, toByteOffset: position * 4, as: UInt32.self)
                        } else {
                            for byte in position * size..<(position + 1) * size {
                                region.storeBytes(of: stored[byte], toByteOffset: byte, as: UInt8.self)
                            }
                        }
                    }
                }
            }
        }
        try cancellation?.check()
    }

    /// The code of every weight.
    private func writeDense(_ writer: BitWriter, _ cancellation: CancellationToken?) throws(Cancelled) {
        var writer = writer
        let words = fieldWords(codeCode, width: codeFieldWidth(clusters: codes.clusters), count: codes.clusters + 1)
        codes.forEachCode(cancellation) { code in writer.write(words[code].word, count: words[code].length) }
        try cancellation?.check()
        writer.finish()
    }

    private func writeSparseCodes(
        _ codes: BitWriter, _ gaps: BitWriter, _ gapCode: HuffmanCode?, _ cancellation: CancellationToken?
    ) throws(Cancelled) {
        var codes = codes
        let words = fieldWords(codeCode, width: codeFieldWidth(clusters: codebook.count), count: codebook.count + 1)
        self.codes.withCodes { code in
            writeSparse(gaps, gapCode, cancellation) { _, weight in
                let field = words[weight.map(code) ?? 0]
                codes.write(field.word, count: field.length)
            }
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
