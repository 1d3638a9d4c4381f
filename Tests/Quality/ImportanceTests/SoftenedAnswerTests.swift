import Foundation
import Testing

@testable import Importance

@Suite("Answers that curvature is taken of")
struct SoftenedAnswerTests {
    @Test("Answers with some doubt stay as they are, and draws by gradients' lengths add up to the curvature")
    func usual() {
        let scores = [1.5, -0.5, 0.25, -2.0]
        let answer = SoftenedAnswer(scores)
        let sum = scores.reduce(0) { $0 + exp($1) }
        let chances = scores.map { exp($0) / sum }
        #expect(answer.temperature == 1)
        for (own, other) in zip(answer.chances, chances) { #expect(abs(own - other) < 1e-15) }
        // Each answer's gradient, times the root of its chance over that of being drawn, squared, times that of being drawn.
        let weights = zip(answer.chances, answer.gradientLengths).map { $0 * $1 }
        let mean = weights.reduce(0, +)
        for row in scores.indices {
            for column in scores.indices {
                var curvature = 0.0
                for drawn in scores.indices {
                    func gradient(_ index: Int) -> Double { index == drawn ? -answer.others(than: index) : answer.chances[index] }
                    curvature += weights[drawn] / mean * (mean / answer.gradientLengths[drawn]) * gradient(row) * gradient(column)
                }
                let exact = (row == column ? chances[row] : 0) - chances[row] * chances[column]
                #expect(abs(curvature - exact) < 1e-12, "\(row), \(column)")
            }
        }
    }

    @Test("An answer that nothing is left beside is softened until others have a thousandth", arguments: [20.0, 400, 30_000])
    func sure(_ gap: Double) {
        let answer = SoftenedAnswer([0, gap, -gap])
        let exact = gap / log(1 / SoftenedAnswer.leastDoubt)
        #expect(abs(answer.temperature / exact - 1) < 0.05)
        #expect(abs(answer.others(than: 1) / SoftenedAnswer.leastDoubt - 1) < 0.2)
        #expect(answer.gradientLengths.allSatisfy { $0.isFinite && $0 > 0 } && answer.others(than: 1) > 0)
        #expect(SoftenedAnswer([gap, 0]).slope > 1e-6)
    }

    @Test("Scores that are no numbers, or only one, do no harm")
    func strange() {
        #expect(SoftenedAnswer([3]).gradientLengths == [0])
        #expect(SoftenedAnswer([.infinity, 0]).temperature == 1)
        #expect(SoftenedAnswer([.nan, 0]).temperature == 1)
    }
}
