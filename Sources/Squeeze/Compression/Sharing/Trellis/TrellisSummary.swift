/// What is kept of a trellis when its levels are not: all that sizes and errors follow from.
struct TrellisSummary: Sendable {
    /// Levels below zero down to this one, and above zero up to that one, occur.
    let below: Int
    let above: Int
    /// Weights behind each code, zero first.
    let codeCounts: [Int]
    /// Σ(w − ŵ)², dropped weights included.
    let squaredError: Double

    init(_ levels: TrellisLevels) {
        below = levels.below
        above = levels.above
        codeCounts = levels.codeCounts
        squaredError = levels.squaredError
    }

    /// Weights that are not zero.
    var nonzeros: Int { codeCounts.dropFirst().reduce(0, +) }
}
