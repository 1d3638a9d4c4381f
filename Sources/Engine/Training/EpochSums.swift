/// Sums over the epoch that is running.
struct EpochSums {
    var loss = 0.0
    var batches = 0
    var correct = 0
    var labelled = 0
    /// Of each number that a discriminator's judgement has, in their order.
    var adversarial = [0.0, 0, 0, 0]

    mutating func add(_ value: LossValue, _ judged: AdversarialValue?) {
        loss += value.loss
        batches += 1
        correct += value.correct
        labelled += value.labelled
        guard let judged else { return }
        let numbers = [judged.generatorLoss, judged.discriminatorLoss ?? 0, judged.realScore ?? 0, judged.generatedScore]
        for (index, number) in numbers.enumerated() { adversarial[index] += number }
    }

    var meanLoss: Double { loss / Double(max(1, batches)) }

    func meanJudgement(learns: Bool) -> AdversarialValue {
        let means = adversarial.map { $0 / Double(max(1, batches)) }
        return AdversarialValue(
            generatorLoss: means[0], discriminatorLoss: learns ? means[1] : nil, realScore: learns ? means[2] : nil,
            generatedScore: means[3])
    }
}
