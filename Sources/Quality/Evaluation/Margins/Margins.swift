import Glibc

/// By how much answers of classes are ahead of all others: of each the margins before its nearest rivals, and the mean margins before groups of
/// the others, each group twice as large as the one before it.
struct Margins: Sendable {
    /// How many rivals each of an answer's margins stands for.
    private var sizes: [Double] = []
    private var margins: [Float] = []
    /// E[1 − Σ p²], summed.
    private var doubt = 0.0
    private var count = 0
    private var isRight: [Bool] = []
    private var areProbabilities: Bool?

    /// Rivals that have a margin each.
    private static let single = 8
    /// Nodes and weights of Gauss and Hermite for the standard normal distribution.
    private static let nodes: [(place: Double, weight: Double)] = [
        (-4.512745863399783, 2.2345844007746563e-05), (-3.205429002856470, 2.789141321231769e-03), (-2.076847978677830, 4.991640676521787e-02),
        (-1.023255663789133, 2.440975028949394e-01), (0, 4.063492063492063e-01), (1.023255663789133, 2.440975028949394e-01),
        (2.076847978677830, 4.991640676521787e-02), (3.205429002856470, 2.789141321231769e-03), (4.512745863399783, 2.2345844007746563e-05),
    ]

    /// Adds the scores of an answer, of which one class is right; without `label` the one that is answered. One score alone is the chance of
    /// a yes.
    mutating func add(_ scores: [Float], label: Int?) {
        guard scores.allSatisfy(\.isFinite), let best = scores.firstIndex(of: scores.max() ?? .nan) else { return }
        guard scores.count > 1 else { return add(chance: Double(scores[0])) }
        let areProbabilities = areProbabilities ?? (scores.allSatisfy { $0 >= 0 } && abs(scores.reduce(0) { $0 + Double($1) } - 1) <= 1e-3)
        self.areProbabilities = areProbabilities
        let logits = areProbabilities ? scores.map { Float(log(max(Double($0), SampleOutcome.leastProbability))) } : scores
        let powers = logits.map { exp(Double($0 - logits[best])) }
        let sum = powers.reduce(0, +)
        doubt += 1 - powers.reduce(0) { $0 + ($1 / sum) * ($1 / sum) }
        let own = label ?? best
        var others: [Float] = []
        others.reserveCapacity(logits.count)
        for rival in logits.indices where rival != own { others.append(logits[own] - logits[rival]) }
        append(others.sorted(), isRight: own == best)
    }

    /// Of a chance p the score is log p / (1 − p), and there is no rival but itself.
    private mutating func add(chance: Double) {
        let inside = min(max(chance, 1e-6), 1 - 1e-6)
        doubt += inside * (1 - inside)
        append([Float(abs(log(inside / (1 - inside))))], isRight: true)
    }

    private mutating func append(_ sorted: [Float], isRight right: Bool) {
        var groups: [Range<Int>] = (0..<min(sorted.count, Self.single)).map { $0..<$0 + 1 }
        var size = Self.single
        while let end = groups.last?.upperBound, end < sorted.count {
            groups.append(end..<min(sorted.count, end + size))
            size *= 2
        }
        sizes = groups.map { Double($0.count) }
        for group in groups { margins.append(sorted[group].reduce(0, +) / Float(group.count)) }
        isRight.append(right)
        count += 1
    }

    /// By how much fewer answers are right where so much is lost, and the variance of that over noises, an answer; nil of none.
    func keeping(losses: [Double]) -> [(change: Double, variance: Double)]? {
        let doubt = doubt / Double(max(1, count))
        guard count > 0, doubt > 0 else { return nil }
        // A chance has no rival whose score moves, too.
        let isAlone = areProbabilities == nil
        let before = Double(isRight.count { $0 }) / Double(count)
        return losses.map { loss in
            let deviation = (2 * loss / doubt).squareRoot()
            var (sum, variance) = (0.0, 0.0)
            for answer in 0..<count {
                let chance = isAlone ? NormalTable.chance(Double(margins[answer]) / deviation) : chance(answer, deviation)
                sum += chance
                variance += chance * (1 - chance)
            }
            return (sum / Double(count) - before, variance / Double(count))
        }
    }

    /// How likely an answer's class has the largest of all scores under noise.
    private func chance(_ answer: Int, _ deviation: Double) -> Double {
        let first = answer * sizes.count
        return Self.nodes.reduce(0) { sum, node in
            var logarithm = 0.0
            for (rival, size) in sizes.enumerated() {
                logarithm += size * NormalTable.logarithm(Double(margins[first + rival]) / deviation + node.place)
            }
            return sum + node.weight * exp(logarithm)
        }
    }
}

/// The distribution function of the standard normal distribution, from a table.
enum NormalTable {
    private static let (reach, parts) = (12.0, 64.0)
    private static let logarithms = (0...Int(2 * reach * parts)).map { log(max(0.5 * erfc(-(Double($0) / parts - reach) / 2.0.squareRoot()), 1e-300)) }

    static func logarithm(_ place: Double) -> Double {
        guard place < reach else { return 0 }
        let scaled = (max(place, -reach) + reach) * parts
        let before = min(Int(scaled), logarithms.count - 2)
        let share = scaled - Double(before)
        return logarithms[before] * (1 - share) + logarithms[before + 1] * share
    }

    static func chance(_ place: Double) -> Double { exp(logarithm(place)) }
}
