import Basics
import Synchronization
import TensorCore

/// Factors after orthogonal iteration, and what they lose.
public struct RefinedFactors: Sendable {
    public let factors: FactorMatrices
    /// Σ (w − ŵ)² of these very factors, float32 as they are, whatever the norm.
    public let squaredError: Double
    /// The part of the energy that they keep, in the norm of the table.
    public let energyKept: Double
    /// Rounds until convergence, of the group that took the most; 0 where truncation is optimal already.
    public let iterations: Int
}

extension EnergyTable {
    /// Factors better than truncation, by higher-order orthogonal iteration from there on, in the data's norm by alternating least squares;
    /// never worse.
    ///
    /// A matrix, or a stack with a whole side, is optimal as truncated and comes back at once.
    /// - Parameters:
    ///   - weights: what the table was made of.
    ///   - tolerance: iteration ends when a round takes less than this fraction off the squared error.
    ///   - progress: rising fractions, from one thread at a time.
    public func refined(
        _ ranks: Ranks, weights: Tensor, iterations: Int = 100, tolerance: Double = 2e-8,
        cancellation: CancellationToken? = nil, progress: (@Sendable (Double) -> Void)? = nil
    ) throws(FactorizationError) -> RefinedFactors {
        precondition(weights.count == layout.count, "\(weights.shape) is not what the table was made of")
        let truncated = factors(ranks)
        let start = squaredError(ranks)
        if let norm { return try refinedOnData(norm, truncated, weights, iterations, cancellation, progress) }
        guard !layout.isMatrix, ranks.out < layout.out, ranks.in < layout.in, start > 0, iterations > 0 else {
            return RefinedFactors(factors: truncated, squaredError: start, energyKept: energyKept(ranks), iterations: 0)
        }
        let (factors, rounds) = try iterated(
            ranks, iterations: iterations, tolerance: tolerance, cancellation: cancellation, progress: progress)
        let error = try weights.withFloats { values throws(FactorizationError) in
            try squaredDistance(values, factors.reconstructed(layout), cancellation: cancellation)
        }
        return error < start
            ? RefinedFactors(factors: factors, squaredError: error, energyKept: 1 - error / power, iterations: rounds)
            : RefinedFactors(factors: truncated, squaredError: start, energyKept: energyKept(ranks), iterations: rounds)
    }

    private func iterated(
        _ ranks: Ranks, iterations: Int, tolerance: Double, cancellation: CancellationToken?,
        progress: (@Sendable (Double) -> Void)?
    ) throws(FactorizationError) -> (FactorMatrices, rounds: Int) {
        let groups = layout.groups
        let available = Workers.available
        // Small groups side by side, each on one thread; large ones in turn, each on all.
        let isSideBySide = groups > 1 && layout.count / groups < 1 << 18
        let highest = Mutex(0.0)
        var results = [Result<GroupFactors, FactorizationError>?](repeating: nil, count: groups)
        try results.withUnsafeMutableBufferPointer { buffer throws(FactorizationError) in
            // Each group writes its own element.
            nonisolated(unsafe) let results = buffer
            try (isSideBySide ? available : .one).split(groups, cancellation: cancellation) { group in
                results[group] = Result { () throws(FactorizationError) in
                    try iterated(
                        group: group, ranks, iterations: iterations, tolerance: tolerance,
                        workers: isSideBySide ? .one : available, cancellation: cancellation
                    ) { rounds in
                        guard let progress else { return }
                        let fraction = (Double(group) + Double(rounds) / Double(iterations)) / Double(groups)
                        highest.withLock { highest in
                            guard fraction > highest else { return }
                            highest = fraction
                            progress(fraction)
                        }
                    }
                }
            }
        }
        var factors = FactorMatrices(ranks: ranks, input: [], core: [], output: [])
        var rounds = 0
        for result in results {
            guard let result = try result?.get() else { throw .cancelled }
            factors.input? += result.input
            factors.core? += result.core
            factors.output? += result.output
            rounds = max(rounds, result.rounds)
        }
        return (factors, rounds)
    }

    private typealias GroupFactors = (output: [Float], core: [Float], input: [Float], rounds: Int)

    private func iterated(
        group: Int, _ ranks: Ranks, iterations: Int, tolerance: Double, workers: Workers, cancellation: CancellationToken?,
        report: (Int) -> Void
    ) throws(FactorizationError) -> GroupFactors {
        try rotated.core.withPart(group, of: layout.groups) { core throws(FactorizationError) in
            var iteration = OrthogonalIteration(core: core, layout, ranks: ranks, workers: workers)
            let rounds = try iteration.run(
                limit: iterations, tolerance: tolerance, cancellation: cancellation, report: report)
            return try rotated.out.withPart(group, of: layout.groups) { out throws(FactorizationError) in
                try rotated.in.withPart(group, of: layout.groups) { `in` throws(FactorizationError) in
                    let factors = try iteration.result(outBasis: out, inBasis: `in`, cancellation: cancellation)
                    return (factors.output, factors.core, factors.input, rounds)
                }
            }
        }
    }
}

extension Array {
    /// Part `index` of `count` equal ones.
    func withPart<Result>(
        _ index: Int, of count: Int, _ body: (UnsafeBufferPointer<Element>) throws(FactorizationError) -> Result
    ) throws(FactorizationError) -> Result {
        try withUnsafeBufferPointer { buffer throws(FactorizationError) in try body(buffer.part(index, of: count)) }
    }
}

/// Σ (a − b)², piece by piece.
func squaredDistance(
    _ a: UnsafeBufferPointer<Float>, _ b: [Float], cancellation: CancellationToken?
) throws(FactorizationError) -> Double {
    let length = 1 << 16
    let pieces = (a.count + length - 1) / length
    var sums = [Double](repeating: 0, count: pieces)
    try sums.withUnsafeMutableBufferPointer { buffer throws(FactorizationError) in
        try b.withUnsafeBufferPointer { b throws(FactorizationError) in
            // Bounds: both hold the layout's count; each piece writes its own sum.
            nonisolated(unsafe) let (a, b, sums) = (a, b, buffer)
            try Workers.available.split(pieces, cancellation: cancellation) { piece in
                var lanes = SIMD8<Double>.zero
                let range = piece * length..<min((piece + 1) * length, a.count)
                var index = range.lowerBound
                while index + 8 <= range.upperBound {
                    var difference = SIMD8<Float>.zero
                    for lane in 0..<8 { difference[lane] = a[index + lane] - b[index + lane] }
                    let wide = SIMD8<Double>(difference)
                    lanes += wide * wide
                    index += 8
                }
                var sum = lanes.sum()
                while index < range.upperBound {
                    let difference = Double(a[index] - b[index])
                    sum += difference * difference
                    index += 1
                }
                sums[piece] = sum
            }
        }
    }
    return sums.reduce(0, +)
}
