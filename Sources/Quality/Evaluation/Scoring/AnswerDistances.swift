import Glibc

/// How far a configuration's answers are from the original's, a number for each sample; of a text for each stretch of a stream that a run takes.
///
/// Of classes it is the divergence from the original's distribution in nats, a mean over a sample's places; of chances that of each by itself;
/// of other numbers half of the squared difference over the variance of the original's. This is the loss that `Importance` predicts.
struct AnswerDistances: Sendable {
    /// What an answer's numbers are.
    private enum Form: Sendable {
        case classes(outer: Int, count: Int, inner: Int)
        case chances
        case numbers
    }

    private let form: Form
    private let isText: Bool
    private var values: [Double] = []
    private var areProbabilities: Bool?
    /// Of the original's numbers.
    private var count = 0
    private var sum = 0.0
    private var squares = 0.0

    init(_ answer: Answer.Form, _ reading: Reading) {
        isText = reading.isText
        form =
            switch (answer, reading.dense) {
            case (.chances, _): .chances
            case (.classes, let dense?): .classes(outer: dense.outer, count: dense.classes, inner: dense.inner)
            case (.classes(let count), nil): .classes(outer: 1, count: count, inner: 1)
            case (.numbers, _): .numbers
            }
    }

    /// Adds a run that makes the same numbers under both.
    mutating func add(_ result: QualityTally.Result) {
        guard let before = result.original.outputs.first, let after = result.changed.outputs.first, !before.isEmpty else { return }
        let rows = result.rows.rows.count
        var pieces: [Range<Int>] = []
        if isText, !result.rows.streams.isEmpty, rows > 0 {
            var start = 0
            for length in result.rows.streams where length > 0 {
                pieces.append(start..<start + length * (before.count / rows))
                start = pieces[pieces.count - 1].upperBound
            }
        } else {
            let samples = rows > 0 && before.count % rows == 0 ? rows : 1
            let size = before.count / samples
            pieces = (0..<samples).map { $0 * size..<($0 + 1) * size }
        }
        before.withUnsafeBufferPointer { before in
            after.withUnsafeBufferPointer { after in
                for piece in pieces {
                    values.append(distance(UnsafeBufferPointer(rebasing: before[piece]), UnsafeBufferPointer(rebasing: after[piece])))
                }
            }
        }
    }

    /// Of all that was added.
    var all: [Double] {
        guard case .numbers = form else { return values }
        let mean = sum / Double(max(1, count))
        let variance = max(squares / Double(max(1, count)) - mean * mean, .leastNormalMagnitude)
        return values.map { min(0.5 * $0 / variance, Self.most) }
    }

    /// What an answer costs that is no number, and at most.
    private static let most = -log(SampleOutcome.leastProbability)

    private mutating func distance(_ before: UnsafeBufferPointer<Float>, _ after: UnsafeBufferPointer<Float>) -> Double {
        switch form {
        case .classes(let outer, let classes, let inner):
            let block = outer * classes * inner
            guard block > 0, before.count % block == 0 else { return 0 }
            let probabilities = areProbabilities ?? Self.areProbabilities(before, classes: classes, inner: inner)
            areProbabilities = probabilities
            var total = 0.0
            let places = before.count / classes
            for place in 0..<places {
                let start = place / inner * classes * inner + place % inner
                total += Self.divergence(before, after, from: start, stride: inner, count: classes, probabilities)
            }
            return total / Double(max(1, places))
        case .chances:
            var total = 0.0
            for index in before.indices {
                let (p, q) = (Self.inside(before[index]), Self.inside(after[index]))
                let own = p * log(p / q) + (1 - p) * log((1 - p) / (1 - q))
                total += own.isFinite ? own : Self.most
            }
            return total / Double(max(1, before.count))
        case .numbers:
            var total = 0.0
            for index in before.indices {
                let value = Double(before[index])
                let difference = Double(after[index]) - value
                total += difference * difference
                sum += value
                squares += value * value
            }
            count += before.count
            return total.isFinite ? total / Double(max(1, before.count)) : .greatestFiniteMagnitude
        }
    }

    private static func inside(_ chance: Float) -> Double { min(max(Double(chance), 1e-6), 1 - 1e-6) }

    private static func areProbabilities(_ values: UnsafeBufferPointer<Float>, classes: Int, inner: Int) -> Bool {
        for place in 0..<values.count / classes {
            let start = place / inner * classes * inner + place % inner
            var sum = 0.0
            for index in 0..<classes {
                let value = values[start + index * inner]
                guard value >= 0 else { return false }
                sum += Double(value)
            }
            guard abs(sum - 1) <= 1e-3 else { return false }
        }
        return true
    }

    /// Σ p log(p / q) of one vector of scores.
    private static func divergence(
        _ before: UnsafeBufferPointer<Float>, _ after: UnsafeBufferPointer<Float>, from start: Int, stride: Int, count: Int,
        _ areProbabilities: Bool
    ) -> Double {
        var total = 0.0
        if areProbabilities {
            for index in 0..<count {
                let p = Double(before[start + index * stride])
                guard p > 0 else { continue }
                total += p * log(p / max(Double(after[start + index * stride]), SampleOutcome.leastProbability))
            }
        } else {
            let (ownTop, ownSum) = exponents(before, start, stride, count)
            let (otherTop, otherSum) = exponents(after, start, stride, count)
            let shift = (log(otherSum) - log(ownSum)) + (otherTop - ownTop)
            for index in 0..<count {
                let value = Double(before[start + index * stride])
                let p = exp(value - ownTop) / ownSum
                if p > 0 { total += p * (value - Double(after[start + index * stride]) + shift) }
            }
        }
        return total.isFinite ? min(max(0, total), most) : most
    }

    /// The largest score, and the sum of all as powers of e over it.
    private static func exponents(
        _ values: UnsafeBufferPointer<Float>, _ start: Int, _ stride: Int, _ count: Int
    ) -> (largest: Double, sum: Double) {
        var largest = -Double.infinity
        for index in 0..<count { largest = max(largest, Double(values[start + index * stride])) }
        var sum = 0.0
        for index in 0..<count { sum += exp(Double(values[start + index * stride]) - largest) }
        return (largest, sum)
    }
}
