import Glibc
import Testing

@testable import Evaluation

/// Twelve rows of six outputs, as Tests/Generators/print_quality.py makes them.
let sampleRows: [Float] = (0..<12).flatMap { row in
    (0..<6).map { Float(cos(Double(row) * 1.7 + Double($0 * $0)) * 3) }
}
let sampleLabels = (0..<12).map { $0 % 6 }

func outcomes(_ rows: [Float], labels: [Int], scale: OutputScale = .logits) -> [SampleOutcome] {
    rows.withUnsafeBufferPointer {
        SampleOutcome.read($0, classCount: rows.count / max(labels.count, 1), labels: labels, scale: scale)
    }
}

func scale(_ rows: [Float], classCount: Int) -> OutputScale {
    rows.withUnsafeBufferPointer { OutputScale(deciding: $0, classCount: classCount) }
}

@Suite("What outputs say of a label")
struct OutcomeTests {
    @Test("Predictions, ranks and losses of logits are NumPy's")
    func logits() {
        let found = outcomes(sampleRows, labels: sampleLabels)
        #expect(found.map(\.prediction) == [0, 2, 3, 1, 5, 2, 3, 1, 5, 4, 1, 0])
        #expect(found.map(\.rank) == [0, 5, 2, 3, 4, 3, 4, 0, 2, 2, 2, 1])
        let losses: [Float] = [
            0.805948, 5.592353, 2.27884, 3.13379, 5.525005, 4.986611, 5.315221, 0.750631, 1.726364, 1.726866, 2.819097,
            0.919396,
        ]
        #expect(zip(found, losses).allSatisfy { abs($0.loss - $1) < 1e-5 })
        let predictions = sampleRows.withUnsafeBufferPointer { SampleOutcome.predictions($0, classCount: 6) }
        #expect(predictions == found.map(\.prediction))
    }

    @Test("Of equal outputs the first wins, for the largest and for the rank")
    func ties() {
        let found = outcomes([1, 1, 1, 0, 2, 1, 2, 2, 0, 0, 0, 0], labels: [1, 3, 0])
        #expect(found.map(\.prediction) == [0, 0, 0])
        #expect(found.map(\.rank) == [1, 2, 0])
        #expect(outcomes([0, 0, 0, 0, 0, 0, 0], labels: [5]).map(\.isTopFive) == [false])
        #expect(outcomes([0, 0, 0, 0, 0, 0, 0], labels: [4]).map(\.isTopFive) == [true])
    }

    @Test("Probabilities cost their own logarithm, and nothing costs no more than 10⁻¹² does")
    func probabilities() {
        let found = outcomes([0.25, 0.75, 1, 0, 0, 1], labels: [1, 1, 1], scale: .probabilities)
        #expect(found.map(\.loss) == [Float(-log(0.75)), Float(-log(1e-12)), 0])
    }

    @Test("Outputs that are not numbers count as wrong at a finite loss")
    func notNumbers() {
        for rows in [[.nan, 0, 0], [0, .nan, 0], [.nan, .nan, .nan], [.infinity, 0, .nan]] as [[Float]] {
            for scale in [OutputScale.logits, .probabilities] {
                let found = outcomes(rows, labels: [1], scale: scale)[0]
                #expect(found.loss == Float(-log(1e-12)), "\(rows) \(scale)")
                #expect(rows[1].isNaN ? !found.isTopOne : true)
            }
        }
        #expect(outcomes([.infinity, .infinity], labels: [1])[0].loss == Float(-log(1e-12)))
        #expect(outcomes([-1000, 1000], labels: [0])[0].loss == 2000)
    }

    @Test("Outputs are probabilities where every row is non-negative and sums to 1")
    func scales() {
        #expect(scale([0.25, 0.75, 0, 1.0009], classCount: 2) == .probabilities)
        #expect(scale([0.25, 0.75, 0, 1.002], classCount: 2) == .logits)
        #expect(scale([0.25, 0.75, -0.1, 1.1], classCount: 2) == .logits)
        #expect(scale([.nan, 1], classCount: 2) == .logits)
        #expect(scale([], classCount: 2) == .logits)
        #expect(scale(sampleRows, classCount: 6) == .logits)
    }
}
