/// Number, mean and spread of what is added, in any order; tallies of parts can be merged (Chan, Golub and LeVeque, 1979).
struct MeanTally: Sendable, Hashable {
    private(set) var count = 0
    private(set) var mean = 0.0
    /// Σ (x − mean)².
    private var squares = 0.0

    mutating func add(_ value: Double) {
        count += 1
        let distance = value - mean
        mean += distance / Double(count)
        squares += distance * (value - mean)
    }

    mutating func merge(_ other: MeanTally) {
        guard other.count > 0 else { return }
        let total = Double(count + other.count)
        let distance = other.mean - mean
        mean += distance * Double(other.count) / total
        squares += other.squares + distance * distance * Double(count) * Double(other.count) / total
        count += other.count
    }

    /// The 95 % interval of the mean by Student's t, for values that do not depend on each other; nil of too few.
    var interval: ClosedRange<Double>? {
        guard count > StudentQuantile.leastDegrees else { return nil }
        let error = (squares / Double(count - 1) / Double(count)).squareRoot()
        guard mean.isFinite, error.isFinite else { return nil }
        let reach = StudentQuantile.twoSided(degrees: count - 1) * error
        return mean - reach...mean + reach
    }
}
