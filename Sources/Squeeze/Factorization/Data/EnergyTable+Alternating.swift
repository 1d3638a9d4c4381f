import Basics
import TensorCore

extension EnergyTable {
    /// Factors that lose less on the data than truncation, by alternating least squares from there on; never worse on what they are fitted by.
    func refinedOnData(
        _ norm: DataNorm, _ truncated: FactorMatrices, _ weights: Tensor, _ iterations: Int, _ cancellation: CancellationToken?,
        _ progress: (@Sendable (Double) -> Void)?
    ) throws(FactorizationError) -> RefinedFactors {
        let ranks = truncated.ranks
        var (factors, rounds) = (truncated, 0)
        if ranks.in < layout.in, iterations > 0, !layout.isMatrix, windows.allSatisfy({ $0 != nil }) {
            (factors, rounds) = try alternated(ranks, cancellation: cancellation, progress: progress)
        }
        factors = try factors.upright(layout, cancellation: cancellation)
        let approximation = factors.reconstructed(layout)
        return try weights.withFloats { values throws(FactorizationError) in
            RefinedFactors(
                factors: factors, squaredError: try squaredDistance(values, approximation, cancellation: cancellation),
                energyKept: power > 0 ? max(0, 1 - norm.power(changes(values, approximation), layout) / power) : 1, iterations: rounds)
        }
    }

    /// By how much an approximation is off, groups × out × in × window.
    private func changes(_ weights: UnsafeBufferPointer<Float>, _ approximation: [Float]) -> [Double] {
        var changes: [Double] = []
        changes.reserveCapacity(layout.count)
        for group in 0..<layout.groups {
            for output in 0..<layout.out {
                for input in 0..<layout.in {
                    let start = layout.position(group: group, out: output, in: input)
                    for index in start..<start + layout.window { changes.append(Double(weights[index]) - Double(approximation[index])) }
                }
            }
        }
        return changes
    }

    /// Rounds of alternating least squares, and the part of the error below which a further one is not worth its time.
    private static let (alternations, alternationTolerance) = (6, 0.01)

    private func alternated(
        _ ranks: Ranks, cancellation: CancellationToken?, progress: (@Sendable (Double) -> Void)?
    ) throws(FactorizationError) -> (factors: FactorMatrices, rounds: Int) {
        let isOutWhole = ranks.out == layout.out
        var factors = FactorMatrices(ranks: ranks, input: [], core: [], output: isOutWhole ? nil : [])
        var most = 0
        for group in 0..<layout.groups {
            guard let window = windows[group] else { preconditionFailure("all groups have moments, or none") }
            let part = try rotated.core.withPart(group, of: layout.groups) { core throws(FactorizationError) in
                var fit = try AlternatingFit(core: core, window, layout, ranks: ranks, workers: .available, cancellation: cancellation)
                let rounds = try fit.run(limit: Self.alternations, tolerance: Self.alternationTolerance) { round in
                    progress?((Double(group) + Double(round) / Double(Self.alternations)) / Double(layout.groups))
                }
                most = max(most, rounds)
                return try rotated.out.withPart(group, of: layout.groups) { out throws(FactorizationError) in
                    try rotated.in.withPart(group, of: layout.groups) { `in` throws(FactorizationError) in
                        fit.result(outBasis: out, inBasis: `in`)
                    }
                }
            }
            factors.input? += part.input
            if isOutWhole {
                factors.core? += productOverGroups(
                    part.core, ranks, isOut: true, with: part.output, rows: layout.out, columns: ranks.out, transposed: false,
                    window: layout.window, groups: 1)
            } else {
                factors.core? += part.core
                factors.output? += part.output
            }
        }
        return (factors, most)
    }
}
