import Execution
import Glibc
import NeuralNetwork
import TensorCore

/// The other side of a generator's training: learns to tell its outputs from real samples, and says how they would seem more real.
final class Discriminator {
    let model: Model
    let options: AdversarialOptions
    let program: TrainingProgram
    let instance: TrainingInstance
    var optimizer: Optimizer
    /// Positions of the trained parameters in the program's.
    let trained: [Int]

    private let vectors: [Bool]
    private let places: [Optimizer.Place]
    /// Gradients of the real half of a batch, by trained parameter.
    private var held: [[Float]]

    /// Compiles a discriminator for batches of what the generator's output gives.
    ///
    /// - Throws: where it cannot be trained, or does not take such batches.
    init(_ options: AdversarialOptions, generated: Program.Port, threads: Int) throws(TrainingError) {
        model = options.discriminator
        self.options = options
        guard let graph = model.graph else { throw .network("\(model.name) holds weights but no graph, so it cannot judge") }
        let inputs = graph.inputs.filter { graph.initializers[$0.name] == nil }
        guard inputs.count == 1 else { throw .network("\(model.name) has \(inputs.count) inputs; a discriminator has one") }
        var compiled = TrainingOptions()
        compiled.threads = threads
        compiled.inputGradients = [inputs[0].name]
        if case .nothing = options.learning {
            compiled.statistics = .frozen
            compiled.parameters = []
            compiled.drops = false
        }
        do throws(ExecutionError) {
            program = try TrainingProgram(model, shapes: [inputs[0].name: generated.shape], options: compiled)
            instance = try TrainingInstance(program)
        } catch { throw .network("\(model.name) does not take \(generated.shape): \(error.message)") }
        guard program.inputs.count == 1, program.inputs[0].shape.count == generated.shape.count,
            instance.inputGradient(0) != nil, let output = program.outputs.first, output.shape.count == generated.shape[0]
        else {
            throw .network(
                "\(model.name) gives \(program.outputs.first?.shape.description ?? "nothing") for \(generated.shape), not one number a sample")
        }
        let parameters = program.parameters
        trained = parameters.indices.filter { !parameters[$0].isStatistic }
        vectors = trained.map { parameters[$0].shape.rank < 2 }
        let counts = trained.map { parameters[$0].shape.count }
        optimizer = Optimizer(rule: options.rule, decaysVectors: false, bindings: trained.map { _ in .free }, counts: counts)
        places = trained.map { [instance] index in
            Optimizer.Place(
                weights: instance.parameter(index),
                gradients: instance.gradient(index) ?? UnsafeMutableBufferPointer(start: nil, count: 0))
        }
        held = counts.map { [Float](repeating: 0, count: $0) }
    }

    var learns: Bool { if case .nothing = options.learning { false } else { true } }

    /// The memory where a batch is written before `learn` or `judge`.
    var input: UnsafeMutableRawBufferPointer { instance.input(0) }

    /// One step towards telling the batch that `real` writes into the input from `generated`; either half is normalized by its own
    /// statistics.
    ///
    /// - Throws: where the loss is not a number (the weights are as before then), or what `real` throws.
    func learn(
        real: (UnsafeMutableRawBufferPointer) throws(TrainingError) -> Void, generated: UnsafeBufferPointer<Float>, step: Int,
        seed: UInt64
    ) throws(TrainingError) -> (loss: Double, realScore: Double) {
        try real(input)
        let first = try pass(target: options.realTarget, scale: 1, seed: mixedSeed(seed, 1))
        for (index, place) in places.enumerated() {
            held[index].withUnsafeMutableBufferPointer { _ = $0.update(fromContentsOf: place.gradients) }
        }
        input.copyMemory(from: UnsafeRawBufferPointer(generated))
        let second = try pass(target: 0, scale: 1, seed: mixedSeed(seed, 2))
        guard (first.loss + second.loss).isFinite else { throw .diverged(step: step, loss: first.loss + second.loss) }
        for (index, place) in places.enumerated() {
            for position in 0..<place.gradients.count { place.gradients[position] += held[index][position] }
        }
        optimizer.step(
            places, rate: Float(options.schedule.rate(at: step)), step: step + 1, vectors: vectors, largestNorm: nil)
        return (first.loss + second.loss, first.score)
    }

    /// Judges `generated`, and adds to `gradient` where it leads to be taken for real, times the adversarial loss's weight.
    func judge(
        _ generated: UnsafeBufferPointer<Float>, addingTo gradient: UnsafeMutableBufferPointer<Float>, seed: UInt64
    ) throws(TrainingError) -> (loss: Double, score: Double) {
        input.copyMemory(from: UnsafeRawBufferPointer(generated))
        let value = try pass(target: 1, scale: options.weight, seed: mixedSeed(seed, 3))
        if let slope = instance.inputGradient(0) {
            for index in 0..<gradient.count { gradient[index] += slope[index] }
        }
        return value
    }

    /// Forward and backward, the loss being cross-entropy against one target for the whole batch.
    private func pass(target: Float, scale: Float, seed: UInt64) throws(TrainingError) -> (loss: Double, score: Double) {
        do throws(ExecutionError) { try instance.forward(seed: seed) } catch { throw .network(error.message) }
        let logits = instance.output(0)
        let slope = instance.outputGradient(0)
        var (loss, score) = (0.0, 0.0)
        let factor = scale / Float(logits.count)
        for index in 0..<logits.count {
            let logit = logits[index]
            let judged = 1 / (1 + exp(-logit))
            loss += Double(max(logit, 0) - logit * target + log1p(exp(-abs(logit))))
            score += Double(judged)
            slope[index] = (judged - target) * factor
        }
        do throws(ExecutionError) { try instance.backward(seed: seed) } catch { throw .network(error.message) }
        return (loss / Double(logits.count), score / Double(logits.count))
    }

    /// The discriminator with its parameters as they are now.
    func trainedModel() -> Model {
        var model = model
        for (index, parameter) in program.parameters.enumerated() {
            model.tensors[parameter.tensor].tensor = TensorSource(Tensor(Array(instance.parameter(index)), shape: parameter.shape))
        }
        return model
    }
}
