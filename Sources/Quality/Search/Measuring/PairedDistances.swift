/// The mean difference of two configurations' distances on the same samples, with what it may be off.
struct PairedDistances {
    let mean: Double
    /// The standard error of the mean.
    let error: Double

    /// `changed − other`, sample by sample.
    init(_ changed: [Double], minus other: [Double]) {
        let differences = zip(changed, other).map { $0 - $1 }
        let count = Double(max(1, differences.count))
        let mean = differences.reduce(0, +) / count
        let squares = differences.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        self.mean = mean
        error = (squares / max(1, count - 1) / count).squareRoot()
    }

    /// Whether the first is surely nearer to the original.
    var isBetter: Bool { mean + 2 * error < 0 }
}

extension [Double] {
    /// 0 of none.
    var mean: Double { isEmpty ? 0 : reduce(0, +) / Double(count) }
}
