import Glibc
import Testing

@testable import Evaluation

@Suite("Tallies of outcomes")
struct TallyTests {
    /// Outcomes of a network that is right in `rank` 0, all of the same loss.
    private func outcomes(ranks: [Int32], loss: Float = 1) -> [SampleOutcome] {
        ranks.map { SampleOutcome(prediction: $0, rank: $0, loss: loss) }
    }

    @Test("Top-1, top-5, cross-entropy and agreement compare both networks on the same samples")
    func classification() throws {
        var tally = ClassificationTally(classCount: 10)
        tally.add(
            original: outcomes(ranks: [0, 0, 0, 0, 0, 0, 1, 4, 5, 9]),
            changed: outcomes(ranks: [0, 0, 0, 0, 2, 7, 0, 5, 4, 9], loss: 1.5))
        let (headline, others) = tally.report()
        #expect(headline.metric == .topOne)
        #expect(headline.original == 0.6 && headline.value == 0.5)
        #expect(headline.interval == ProportionInterval.wilson(5, of: 10))
        #expect(headline.differenceInterval == ProportionInterval.tango(gained: 1, lost: 2, of: 10))
        #expect(others.map(\.metric) == [.topFive, .crossEntropy, .agreement])
        #expect(others[0].original == 0.8 && others[0].value == 0.7)
        #expect(others[0].differenceInterval == ProportionInterval.tango(gained: 1, lost: 2, of: 10))
        #expect(others[1].original == 1 && others[1].value == 1.5)
        #expect(others[1].differenceInterval == 0.5...0.5)
        #expect(others[2].original == nil && others[2].value == 0.5)
    }

    @Test("Rounds add up to the same in any order")
    func merging() throws {
        let original = shiftedOutcomes(shift: 0)
        let changed = shiftedOutcomes(shift: 0.4)
        var whole = ClassificationTally(classCount: 6)
        whole.add(original: original, changed: changed)
        var merged = ClassificationTally(classCount: 6)
        for range in [7..<12, 0..<3, 3..<7] {
            var part = ClassificationTally(classCount: 6)
            part.add(original: original[range], changed: changed[range])
            merged.merge(part)
        }
        let (first, second) = (whole.report(), merged.report())
        #expect(merged.count == 12)
        #expect(first.headline == second.headline)
        for (one, other) in zip(first.others, second.others) {
            #expect(abs(one.value - other.value) < 1e-12)
            #expect(abs((one.interval?.upperBound ?? 0) - (other.interval?.upperBound ?? 0)) < 1e-12)
        }
    }

    private func shiftedOutcomes(shift: Float) -> [SampleOutcome] {
        EvaluationTests.outcomes(
            sampleRows.enumerated().map { $0.offset % 4 == 0 ? $0.element + shift : $0.element }, labels: sampleLabels)
    }

    @Test("Five classes have no top-5")
    func fewClasses() {
        var tally = ClassificationTally(classCount: 5)
        tally.add(original: outcomes(ranks: [0]), changed: outcomes(ranks: [0]))
        #expect(tally.report().others.map(\.metric) == [.crossEntropy, .agreement])
    }

    @Test("Bits per character have the interval of block means")
    func sequence() throws {
        let original = (0..<1050).map { position in
            SampleOutcome(prediction: 0, rank: position % 2 == 0 ? 0 : 1, loss: Float(1 + sin(Double(position) / 7) / 2))
        }
        let changed = original.map { SampleOutcome(prediction: $0.rank, rank: $0.rank, loss: $0.loss + 0.25) }
        var tally = SequenceTally()
        tally.add(original: original, changed: changed)
        let (bits, others) = tally.report()
        #expect(tally.count == 1050)
        #expect(bits.metric == .bitsPerCharacter)
        let before = try #require(bits.original)
        #expect(abs(before - 1.444384437471265) < 1e-6)
        #expect(abs(bits.value - before - 0.25 / M_LN2) < 1e-6)
        let interval = try #require(bits.interval)
        #expect(abs(interval.lowerBound - (1.402709879190364 + 0.25 / M_LN2)) < 1e-5)
        #expect(abs(interval.upperBound - (1.486058995752166 + 0.25 / M_LN2)) < 1e-5)
        let difference = try #require(bits.differenceInterval)
        #expect(abs(difference.lowerBound - 0.25 / M_LN2) < 1e-5 && abs(difference.upperBound - 0.25 / M_LN2) < 1e-5)
        #expect(others.map(\.metric) == [.perplexity, .topOne, .agreement])
        #expect(abs(others[0].value - exp2(bits.value)) < 1e-9)
        #expect(others[1].value == 0.5 && others[2].value == 0.5)
    }

    @Test("Parts of a text add up to the same in any order")
    func sequenceMerging() {
        let original = outcomes(ranks: (0..<1000).map { Int32($0 * $0 % 7) })
        let changed = outcomes(ranks: (0..<1000).map { Int32($0 * $0 % 11) }, loss: 2)
        var whole = SequenceTally()
        whole.add(original: original, changed: changed)
        var merged = SequenceTally()
        for range in [500..<1000, 0..<200, 200..<500] {
            var part = SequenceTally()
            part.add(original: original[range], changed: changed[range])
            merged.merge(part)
        }
        #expect(whole.report().headline == merged.report().headline)
        #expect(whole.report().others == merged.report().others)
    }

    @Test("A proportion over blocks that vary like independent positions has Wilson's interval, others a wider one")
    func designEffect() throws {
        var independent = BlockTally()
        var alike = BlockTally()
        for block in 0..<100 {
            independent.add(sum: [45, 55][block % 2], length: 100)
            alike.add(sum: [0, 100][block % 2], length: 100)
        }
        let plain = ProportionInterval.wilson(5000, of: 10000)
        let first = try #require(independent.proportionInterval)
        #expect(abs(first.upperBound - plain.upperBound) < 1e-3)
        let second = try #require(alike.proportionInterval)
        #expect(abs(second.upperBound - ProportionInterval.wilson(50, of: 100).upperBound) < 1e-3)
    }

    @Test("Agreement counts equal predictions")
    func agreement() {
        var tally = AgreementTally()
        tally.add(original: [1, 2, 3], changed: [1, 5, 3])
        var more = AgreementTally()
        more.add(original: [7], changed: [7])
        tally.merge(more)
        #expect(tally.count == 4)
        #expect(tally.report().headline.value == 0.75)
        #expect(tally.report().headline.interval == ProportionInterval.wilson(3, of: 4))
    }

    @Test("The signal-to-noise ratio is that of the powers, in dB")
    func signal() {
        func tally(_ original: [Float], _ changed: [Float]) -> SignalTally {
            var tally = SignalTally()
            original.withUnsafeBufferPointer { original in
                changed.withUnsafeBufferPointer { tally.add(original: original, changed: $0) }
            }
            return tally
        }
        #expect(abs(tally([3, 4], [3, 4.5]).decibels - 20) < 1e-9)
        #expect(tally([1, 2], [1, 2]).decibels == .infinity)
        #expect(tally([0], [1]).decibels == -.infinity)
        #expect(tally([1], [.nan]).decibels == -.infinity)
        var merged = tally([3], [3])
        merged.merge(tally([4], [4.5]))
        #expect(merged == tally([3, 4], [3, 4.5]))
    }
}
