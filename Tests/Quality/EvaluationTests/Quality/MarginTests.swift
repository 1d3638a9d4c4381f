import Basics
import Datasets
import Glibc
import TestNetworks
import Testing

@testable import Evaluation

@Suite("What losses come to by how clearly the original answers")
struct MarginTests {
    private var random = SeededRandom(seed: 5)

    private mutating func normal() -> Double {
        (-2 * log(Double.random(in: 0..<1, using: &random) + 1e-300)).squareRoot() * cos(2 * .pi * Double.random(in: 0..<1, using: &random))
    }

    @Test("As many answers stay right as under noise that is drawn", arguments: [3, 10, 100])
    mutating func monteCarlo(classes: Int) throws {
        var margins = Margins()
        var answers: [(scores: [Float], label: Int)] = []
        var doubt = 0.0
        for _ in 0..<60 {
            let scores = (0..<classes).map { _ in Float(2 * normal()) }
            let powers = scores.map { exp(Double($0)) }
            let sum = powers.reduce(0, +)
            doubt += 1 - powers.reduce(0) { $0 + $1 * $1 / (sum * sum) }
            let best = try #require(scores.indices.max { scores[$0] < scores[$1] })
            // Some labels are those of other classes.
            answers.append((scores, Double.random(in: 0..<1, using: &random) < 0.8 ? best : Int.random(in: 0..<classes, using: &random)))
        }
        for answer in answers { margins.add(answer.scores, label: answer.label) }
        let before = Double(answers.count { $0.scores[$0.label] == $0.scores.max() }) / 60
        let losses = [0.001, 0.1, 1, 10]
        let found = try #require(margins.keeping(losses: losses))
        for (loss, found) in zip(losses, found) {
            let deviation = (2 * loss / (doubt / 60)).squareRoot()
            var (sum, variance) = (0.0, 0.0)
            let turns = 400
            for answer in answers {
                var right = 0.0
                for _ in 0..<turns {
                    let disturbed = answer.scores.map { Double($0) + deviation * normal() }
                    if disturbed[answer.label] == disturbed.max() { right += 1 }
                }
                sum += right / Double(turns)
                variance += right / Double(turns) * (1 - right / Double(turns))
            }
            #expect(abs(before + found.change - sum / 60) < 0.012, "of \(classes) classes at \(loss): \(before + found.change), not \(sum / 60)")
            #expect(abs(found.variance - variance / 60) < 0.012, "\(found.variance), not \(variance / 60)")
        }
    }

    @Test("A chance turns over as its own score is disturbed")
    func chances() throws {
        var margins = Margins()
        for chance: Float in [0.9, 0.2] { margins.add([chance], label: nil) }
        let loss = 0.1
        let deviation = (2 * loss / ((0.09 + 0.16) / 2)).squareRoot()
        let expected = [log(9.0), log(4.0)].map { 0.5 * erfc(-$0 / deviation / 2.0.squareRoot()) }
        let found = try #require(margins.keeping(losses: [loss]))[0]
        #expect(abs(1 + found.change - (expected[0] + expected[1]) / 2) < 1e-4)
    }

    @Test("Probabilities are read as the scores that they were made of")
    mutating func probabilities() throws {
        var (plain, made) = (Margins(), Margins())
        for _ in 0..<20 {
            let scores = (0..<5).map { _ in Float(normal()) }
            let sum = scores.reduce(0) { $0 + exp($1) }
            plain.add(scores, label: 1)
            made.add(scores.map { exp($0) / sum }, label: 1)
        }
        let (left, right) = (try #require(plain.keeping(losses: [0.05]))[0], try #require(made.keeping(losses: [0.05]))[0])
        #expect(abs(left.change - right.change) < 1e-5)
    }

    private func table(labelled: Bool) throws -> MarginTable? {
        let evaluator = try Evaluator(Bars.classifier(), data: DataSet(name: "bars", content: .samples(Bars(count: 40, isLabelled: labelled))))
        #expect(evaluator.margins() == nil)
        var last: QualityReport?
        try evaluator.measure(Configuration(), cancellation: CancellationToken()) { last = $0 }
        let table = evaluator.margins()
        if labelled { #expect(table?.original == last?.headline.original) }
        return table
    }

    @Test("A table begins with the original's figure, falls, and is read both ways", arguments: [true, false])
    func bothWays(labelled: Bool) throws {
        let table = try #require(try table(labelled: labelled))
        #expect(table.metric == (labelled ? .topOne : .agreement) && table.samples == 40)
        #expect(table.value(losing: 0) == table.original && table.spread(losing: 0) == 0)
        var last = table.original
        for loss in [0.001, 0.01, 0.1, 1, 10, 100] {
            let value = table.value(losing: loss)
            #expect(value <= last)
            if !labelled, let back = table.loss(at: value) { #expect(abs(back / loss - 1) < 1e-6) }
            last = value
        }
        guard !labelled else { return }
        // Where scores are noise alone, one of four bars is as good as any other.
        #expect(abs(table.value(losing: 1e6) - 0.25) < 0.02 && table.loss(at: 0.1) == nil)
        let tenth = try #require(table.loss(forChange: 0.1))
        #expect(abs(table.value(losing: tenth) - (table.original - 0.1)) < 1e-9)
    }
}
