import NeuralNetwork

extension Trainer {
    /// The discriminator as it is now; nil where none takes part.
    public func discriminator() -> Model? { adversary?.trainedModel() }

    /// Lets the discriminator learn from the batch just generated, then adds to the output's gradient what it says of it.
    func contend(
        with adversary: Discriminator, teacher: UnsafeBufferPointer<Float>?
    ) throws(TrainingError) -> AdversarialValue {
        let generated = instance.output(options.output)
        let seed = mixedSeed(options.seed, 4, UInt64(step))
        var learned: (loss: Double, realScore: Double)?
        switch adversary.options.learning {
        case .nothing: break
        case .data(let data):
            let name = adversary.program.inputs[0].name
            learned = try adversary.learn(
                real: { input throws(TrainingError) in
                    // Data has as many batches as it has: it goes round at a pace of its own.
                    let (epoch, batch) = step.quotientAndRemainder(dividingBy: data.batchCount)
                    _ = try data.read(batch: batch, epoch: epoch, into: [name: input])
                }, generated: generated, step: step, seed: seed)
        case .teacher:
            guard let teacher else { throw .data("a discriminator that learns from the teacher needs one") }
            learned = try adversary.learn(
                real: { $0.copyMemory(from: UnsafeRawBufferPointer(teacher)) }, generated: generated, step: step, seed: seed)
        }
        let judged = try adversary.judge(generated, addingTo: instance.outputGradient(options.output), seed: seed)
        return AdversarialValue(
            generatorLoss: judged.loss, discriminatorLoss: learned?.loss, realScore: learned?.realScore,
            generatedScore: judged.score)
    }
}
