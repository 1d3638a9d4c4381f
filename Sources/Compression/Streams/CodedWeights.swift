import TensorCore

/// The code of every weight of a layer whose weights are shared; all zero where they are not.
struct CodedWeights {
    let weights: Tensor
    /// Number of codes but zero.
    let clusters: Int
    /// The code of each bin's survivors, by the upper 16 bits of the pattern; unused in a trellis.
    let codeOfBin: [UInt16]
    private let cutoff: Cutoff
    private let order: LevelOrder
    private let trellis: TrellisLevels?

    init(_ counted: LayerTables.Counted, of weights: Tensor) {
        let evaluation = counted.evaluation
        self.weights = weights
        trellis = counted.trellis
        cutoff = evaluation.cutoff
        var codes = [UInt16](repeating: 0, count: 1 << 16)
        if let clustering = evaluation.clustering, counted.trellis == nil {
            for cluster in clustering.centroids.indices {
                for position in clustering.boundaries[cluster]..<clustering.boundaries[cluster + 1] {
                    codes[Int(evaluation.survivors.bins[position].index)] = UInt16(cluster + 1)
                }
            }
            // The two bins around zero count as one.
            codes[0x8000] = codes[0]
        }
        codeOfBin = codes
        clusters = counted.trellis?.clusters ?? evaluation.clustering?.centroids.count ?? 0
        order = LevelOrder(negativeCount: counted.trellis?.below ?? evaluation.clustering?.negativeCount ?? 0)
    }

    /// Calls `body` with each weight's code, in the order in which they are stored.
    @inline(__always)
    func forEachCode(_ cancellation: CancellationToken?, _ body: (Int) -> Void) {
        if let trellis {
            for level in trellis.levels { body(order.code(of: Int32(level))) }
            return
        }
        codeOfBin.withUnsafeBufferPointer { codes in
            weights.forEachChunk { _, chunk in
                guard cancellation?.isCancelled != true else { return }
                for weight in chunk {
                    let pattern = weight.bitPattern
                    // Bounds: the upper 16 bits index 65,536 codes.
                    body(pattern & 0x7fff_ffff >= cutoff.pattern ? Int(codes[Int(pattern &>> 16)]) : 0)
                }
            }
        }
    }

    /// The stream of an arithmetic coder, or only its length.
    func encoded(
        by coder: EntropyCoder, keepsBytes: Bool, cancellation: CancellationToken?
    ) throws(Cancelled) -> (bytes: [UInt8], byteCount: Int) {
        let stream = ArithmeticStream(
            shape: weights.shape, coder: coder, order: order, clusters: clusters, isTrellis: trellis != nil)
        let levelOfBin = codeOfBin.map { order.level(of: Int($0)) }
        return try stream.encoded(keepsBytes: keepsBytes, cancellation: cancellation) { start, levels in
            if let trellis {
                for index in levels.indices { levels[index] = Int32(trellis.levels[start + index]) }
                return
            }
            weights.forEachChunk(in: start..<start + levels.count) { offset, chunk in
                for index in chunk.indices {
                    let pattern = chunk[index].bitPattern
                    let isKept = pattern & 0x7fff_ffff >= cutoff.pattern
                    levels[offset - start + index] = isKept ? levelOfBin[Int(pattern &>> 16)] : 0
                }
            }
        }
    }
}

extension LayerTables.Counted {
    /// The codes of the weights the tables were prepared from.
    func codes(of weights: Tensor) -> CodedWeights { CodedWeights(self, of: weights) }
}

extension TrellisLevels {
    /// The values of all weights, as float32 in the machine's order.
    var values: [UInt8] {
        var cursor = TrellisCursor(isTrellis: true)
        return [UInt8](unsafeUninitializedCapacity: levels.count * 4) { buffer, count in
            count = levels.count * 4
            let region = UnsafeMutableRawBufferPointer(buffer)
            for (index, level) in levels.enumerated() {
                let value = TrellisCode.value(Int32(level), cursor.quantizer, step: step)
                region.storeBytes(of: value.bitPattern, toByteOffset: index * 4, as: UInt32.self)
                cursor.pass(Int32(level))
            }
        }
    }
}
