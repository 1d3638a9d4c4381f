import Basics
import TensorCore

extension LayerTables {
    /// The weights a plan leaves, as float32: bit for bit what decoding the encoded layer gives. A plan that changes
    /// nothing gives the original tensor as it is.
    ///
    /// `weights` is the tensor the tables were prepared from; on a thread of raised niceness one core works.
    public func values(
        for plan: LayerPlan, weights: Tensor, cancellation: CancellationToken? = nil
    ) throws(Cancelled) -> Tensor {
        if plan.isIdentity { return weights }
        // How the values are written changes no value, so their positions need not be counted.
        let counted = try evaluated(plan, weights: weights, cancellation: cancellation, for: .values)
        if let trellis = counted.trellis { return Tensor(shape: shape, elementType: .float32, storage: .owned(trellis.values)) }
        let evaluation = counted.evaluation
        let substitution = ValueSubstitution(evaluation)
        let byteCount = weights.count * 4
        let bytes = [UInt8](unsafeUninitializedCapacity: byteCount) { buffer, initializedCount in
            // What cancellation leaves out is never read, for the array is thrown away then.
            initializedCount = byteCount
            let region = UnsafeMutableRawPointer(buffer.baseAddress)
            // Each piece writes the elements of its own range only.
            nonisolated(unsafe) let target = region?.assumingMemoryBound(to: UInt32.self)
            guard let target else { return }
            _ = inPieces(
                of: Tensor.chunkCount * 4, count: weights.count, cancellation: cancellation, makeState: {}
            ) { _, _, range in
                weights.forEachChunk(in: range) { offset, chunk in substitution.write(chunk, to: target + offset) }
            }
        }
        try cancellation?.check()
        return Tensor(shape: shape, elementType: .float32, storage: .owned(bytes))
    }
}

extension LayerTables {
    /// Visits the values that `values(for:weights:)` gives in order, in chunks of at most `Tensor.chunkCount`, on one core.
    public func forEachValue(
        for plan: LayerPlan, weights: Tensor, _ body: (UnsafeBufferPointer<Float>) throws -> Void
    ) throws {
        if plan.isIdentity { return try weights.forEachChunk { _, chunk in try body(chunk) } }
        let counted = try evaluated(plan, weights: weights, cancellation: nil, for: .values)
        if let trellis = counted.trellis {
            return try Tensor(shape: shape, elementType: .float32, storage: .owned(trellis.values)).forEachChunk { _, chunk in
                try body(chunk)
            }
        }
        let substitution = ValueSubstitution(counted.evaluation)
        var values = [UInt32](repeating: 0, count: min(Tensor.chunkCount, weights.count))
        try weights.forEachChunk { _, chunk in
            try values.withUnsafeMutableBufferPointer { values in
                // Bounds: a chunk has at most as many elements as the array.
                guard let target = values.baseAddress else { return }
                substitution.write(chunk, to: target)
                try target.withMemoryRebound(to: Float.self, capacity: chunk.count) {
                    try body(UnsafeBufferPointer(start: $0, count: chunk.count))
                }
            }
        }
    }
}

/// What takes the place of each weight: itself or its cluster's centroid where it survives, zero where it does not.
private struct ValueSubstitution: Sendable {
    /// The smallest magnitude that survives, as a pattern.
    private let cutoff: Int32
    /// The pattern of the centroid of each bin, by the upper 16 bits of the weight; `split` where it has several. Nil where
    /// nothing is shared.
    private let centroids: [UInt32]?
    private let clusters: [Float]
    private let lookup: ClusterLookup?

    /// No centroid is NaN.
    private static let split: UInt32 = 0x7fc0_0000

    init(_ evaluation: LayerTables.Evaluation) {
        cutoff = Int32(evaluation.cutoff.pattern)
        let clusters = evaluation.clustering?.centroids ?? []
        // Where all weights are dropped there are no clusters.
        let lookup = clusters.isEmpty ? nil : evaluation.clustering.map { ClusterLookup($0) }
        centroids = lookup?.codeOfBin.map { $0 == 0 ? Self.split : clusters[Int($0) - 1].bitPattern }
        self.clusters = clusters
        self.lookup = lookup
    }

    /// Writes a chunk's values. `target` has room for as many.
    func write(_ chunk: UnsafeBufferPointer<Float>, to target: UnsafeMutablePointer<UInt32>) {
        guard let source = chunk.baseAddress else { return }
        // A bin that the cutoff splits has a centroid, so every weight is compared; magnitudes compare as signed numbers.
        if let centroids, let lookup {
            centroids.withUnsafeBufferPointer { centroids in
                // Bounds: the upper 16 bits of a pattern index 65,536 entries.
                guard let table = centroids.baseAddress else { return }
                for index in 0..<chunk.count {
                    let pattern = source[index].bitPattern
                    let isKept = Int32(truncatingIfNeeded: pattern & 0x7fff_ffff) >= cutoff
                    var value = isKept ? table[Int(pattern &>> 16)] : 0
                    if value == Self.split { value = clusters[lookup.code(ofSplit: pattern) - 1].bitPattern }
                    target[index] = value
                }
            }
        } else {
            for index in 0..<chunk.count {
                let pattern = source[index].bitPattern
                target[index] = Int32(truncatingIfNeeded: pattern & 0x7fff_ffff) >= cutoff ? pattern : 0
            }
        }
    }
}
