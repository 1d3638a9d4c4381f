import Glibc

/// Chances of the answers to one question, softened where a network is so sure of one that nothing is left for the others: their curvature would be
/// lost in rounding, and every change would seem free.
///
/// The softened chances are those of the scores over a temperature, the smallest of 1 and above at which the others have `leastDoubt` together.
/// Of answers that leave as much, which are most, nothing is changed.
struct SoftenedAnswer {
    /// Sum to 1.
    let chances: [Double]
    let temperature: Double
    /// What is left by the likeliest, without rounding.
    private let doubt: Double
    private let likeliest: Int

    static let leastDoubt = 1e-3

    init(_ scores: [Double]) {
        let likeliest = scores.indices.max { scores[$0] < scores[$1] } ?? 0
        let gaps = scores.map { $0 - scores[likeliest] }
        func doubt(_ temperature: Double) -> Double {
            var others = 0.0
            for (index, gap) in gaps.enumerated() where index != likeliest { others += exp(gap / temperature) }
            return others / (1 + others)
        }
        var temperature = 1.0
        if gaps.count > 1, gaps.allSatisfy(\.isFinite), doubt(1) < Self.leastDoubt {
            var (low, high) = (1.0, 2.0)
            while doubt(high) < Self.leastDoubt { (low, high) = (high, 2 * high) }
            for _ in 0..<6 {
                let middle = (low + high) / 2
                if doubt(middle) < Self.leastDoubt { low = middle } else { high = middle }
            }
            temperature = high
        }
        let weights = gaps.map { exp($0 / temperature) }
        let sum = weights.reduce(0, +)
        chances = weights.map { $0 / sum }
        (self.temperature, self.likeliest) = (temperature, likeliest)
        self.doubt = doubt(temperature)
    }

    /// What the others have together, without rounding.
    func others(than index: Int) -> Double { index == likeliest ? doubt : 1 - chances[index] }

    /// By answer, how long the gradient of its loss is at the scores over the temperature: |p − [answer]|.
    var gradientLengths: [Double] {
        let squares = chances.reduce(0) { $0 + $1 * $1 }
        return chances.enumerated().map { index, chance in
            let rest = others(than: index)
            // The sum of the others' squares, whose difference would be lost in rounding for the likeliest.
            let beside =
                index == likeliest
                ? chances.enumerated().reduce(0) { $1.offset == index ? $0 : $0 + $1.element * $1.element } : squares - chance * chance
            return (rest * rest + max(0, beside)).squareRoot()
        }
    }

    /// Of two answers, the root of the curvature along the score of the first.
    var slope: Double { (chances[0] * others(than: 0)).squareRoot() / temperature }
}
