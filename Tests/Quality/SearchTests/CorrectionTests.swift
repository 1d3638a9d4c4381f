import Compression
import Testing

@testable import Search

@Suite("Corrections by what is measured")
struct CorrectionTests {
    private func option(_ plan: LayerPlan) -> LayerOption { LayerOption(plan: plan, byteCount: 10, macs: 0, loss: 1, figures: []) }

    @Test("A sure measurement is believed, an unsure one changes little, and none more than eight times")
    func learning() {
        let plan = option(LayerPlan(prune: .sparsity(0.5)))
        var correction = Correction(units: 3)
        correction.overall = 2
        #expect(correction.factor(0, plan) == 2)
        correction.set(3, for: [.prune])
        #expect(correction.factor(0, plan) == 3 && correction.factor(0, option(LayerPlan())) == 2)
        correction.learn(PairedDistances([6, 6, 6], minus: [0, 0, 0]), of: 0, expected: 3)
        #expect(abs(correction.factor(0, plan) - 6) < 0.01)
        correction.learn(PairedDistances([0, 60, -30], minus: [0, 0, 0]), of: 1, expected: 3)
        #expect(correction.factor(1, plan) > 3 && correction.factor(1, plan) < 3.5)
        correction.learn(PairedDistances([0, 0, 0], minus: [5, 5, 5]), of: 2, expected: 3)
        #expect(correction.factor(2, plan) == 3.0 / 8)
    }

    @Test("Of equal samples the difference counts, not how far each is")
    func pairs() {
        let pairs = PairedDistances([1, 10, 100, 1_000], minus: [2, 11, 101, 1_001])
        #expect(pairs.mean == -1 && pairs.error == 0 && pairs.isBetter)
        #expect(!PairedDistances([1, 0, 1, 0], minus: [0, 1, 0, 1.1]).isBetter)
    }
}
