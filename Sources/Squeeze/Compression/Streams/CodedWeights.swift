import Basics
import TensorCore

/// The code of every weight of a layer whose weights are shared; all zero where they are not.
struct CodedWeights {
    let weights: Tensor
    /// Number of codes but zero.
    let clusters: Int
    /// Unused in a trellis; nil where nothing survives.
    private let lookup: ClusterLookup?
    private let cutoff: Cutoff
    private let order: LevelOrder
    private let trellis: TrellisLevels?

    init(_ counted: LayerTables.Counted, of weights: Tensor) {
        let evaluation = counted.evaluation
        self.weights = weights
        trellis = counted.trellis
        cutoff = evaluation.cutoff
        let clustering = counted.trellis == nil ? evaluation.clustering : nil
        lookup = clustering.flatMap { $0.centroids.isEmpty ? nil : ClusterLookup($0) }
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
        withCodes { code in
            weights.forEachChunk { _, chunk in
                guard cancellation?.isCancelled != true else { return }
                for weight in chunk { body(code(weight)) }
            }
        }
    }

    /// Lends what tells the code of a single weight; of no use in a trellis.
    @inline(__always)
    func withCodes(_ body: ((Float) -> Int) -> Void) {
        guard let lookup else { return body { _ in 0 } }
        lookup.codeOfBin.withUnsafeBufferPointer { codes in
            body { weight in
                let pattern = weight.bitPattern
                return pattern & 0x7fff_ffff >= cutoff.pattern ? lookup.code(of: pattern, codes) : 0
            }
        }
    }

    /// The stream of an arithmetic coder, or only its length.
    func encoded(
        by coder: EntropyCoder, keepsBytes: Bool, cancellation: CancellationToken?
    ) throws(Cancelled) -> (bytes: [UInt8], byteCount: Int) {
        let stream = ArithmeticStream(
            shape: weights.shape, coder: coder, order: order, clusters: clusters, isTrellis: trellis != nil)
        return try stream.encoded(keepsBytes: keepsBytes, cancellation: cancellation) { start, levels in
            if let trellis {
                for index in levels.indices { levels[index] = Int32(trellis.levels[start + index]) }
                return
            }
            withCodes { code in
                weights.forEachChunk(in: start..<start + levels.count) { offset, chunk in
                    for index in chunk.indices { levels[offset - start + index] = order.level(of: code(chunk[index])) }
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
