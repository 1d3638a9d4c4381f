/// What an epoch came to.
public struct EpochResult: Sendable, Hashable {
    /// Counted from 0.
    public var epoch: Int
    /// Means over the epoch; accuracy nil without labels, the judgement nil without a discriminator.
    public var loss: Double
    public var accuracy: Double?
    public var adversarial: AdversarialValue?
    public var score: Double
    /// What the evaluation noted beside the score.
    public var notes: [Double]
}

extension EpochSums {
    func result(epoch: Int, learns: Bool?, score: Double, notes: [Double]) -> EpochResult {
        EpochResult(
            epoch: epoch, loss: meanLoss, accuracy: meanAccuracy, adversarial: learns.map { meanJudgement(learns: $0) },
            score: score, notes: notes)
    }

    var meanAccuracy: Double? { labelled > 0 ? Double(correct) / Double(labelled) : nil }
}

extension EpochResult {
    /// As numbers of a checkpoint; NaN stands for what is not there.
    var numbers: [Double] {
        let judged = [
            adversarial?.generatorLoss, adversarial?.discriminatorLoss, adversarial?.realScore, adversarial?.generatedScore,
        ]
        return [Double(epoch), loss, accuracy ?? .nan, score] + judged.map { $0 ?? .nan } + notes
    }

    /// Nil where there are too few.
    init?(numbers: [Double]) {
        guard numbers.count >= 8, let epoch = Int(exactly: numbers[0]) else { return nil }
        func known(_ index: Int) -> Double? { numbers[index].isNaN ? nil : numbers[index] }
        self.epoch = epoch
        loss = numbers[1]
        accuracy = known(2)
        score = numbers[3]
        adversarial = known(4).map {
            AdversarialValue(generatorLoss: $0, discriminatorLoss: known(5), realScore: known(6), generatedScore: numbers[7])
        }
        notes = Array(numbers.dropFirst(8))
    }
}
