import Basics
import Execution
import NeuralNetwork
import TensorCore

/// Measures a network while it is trained, on held-out batches, with its running statistics and nothing dropped.
public final class TrainingEvaluation {
    private let program: TrainingProgram
    private let instance: TrainingInstance
    private let layout: ClassLayout
    private let options: TrainerOptions
    private let inputs: [String: UnsafeMutableRawBufferPointer]

    init(_ model: Model, shapes: [String: Shape], options: TrainerOptions) throws(TrainingError) {
        self.options = options
        do throws(ExecutionError) {
            program = try TrainingProgram(
                model, shapes: shapes,
                options: .forwardOnly(
                    threads: options.threads, readsLogits: options.loss != .meanSquaredError, parameters: model.trainableTensors))
            instance = try TrainingInstance(program)
        } catch { throw .network(error) }
        layout = ClassLayout(program.outputs[options.output].shape, axis: program.classAxes[options.output])
        inputs = Dictionary(
            program.inputs.indices.map { [program, instance] in (program.inputs[$0].name, instance.input($0)) },
            uniquingKeysWith: { first, _ in first })
    }

    /// Mean loss and labels hit over all whole batches, with the trainer's parameters as they are now. The loss is cross-entropy
    /// wherever there are labels.
    ///
    /// - Throws: `Cancelled`, or a `TrainingError`.
    public func measure(
        _ trainer: Trainer, on batches: any Batches, cancellation: CancellationToken = CancellationToken()
    ) throws -> LossValue {
        for (index, parameter) in program.parameters.enumerated() {
            guard let own = trainer.program.parameters.firstIndex(where: { $0.tensor == parameter.tensor }) else { continue }
            _ = instance.parameter(index).update(fromContentsOf: trainer.instance.parameter(own))
        }
        var sum = LossValue(loss: 0)
        let loss = batches.isLabelled && options.loss != .meanSquaredError ? Loss.crossEntropy : options.loss
        var carried: [String: [Float]] = [:]
        for batch in 0..<batches.batchCount {
            try cancellation.check()
            let targets = try batches.read(batch: batch, epoch: 0, into: inputs)
            for name in options.carried.values {
                guard let place = inputs[name] else { continue }
                let values = carried[name] ?? [Float](repeating: 0, count: place.count / 4)
                values.withUnsafeBytes { place.copyMemory(from: $0) }
            }
            try instance.forward()
            for (output, input) in options.carried {
                if let index = program.outputs.firstIndex(where: { $0.name == output }) { carried[input] = Array(instance.output(index)) }
            }
            let value = try loss.checked(instance.output(options.output), layout, targets: targets, teacher: nil, gradient: nil)
            sum.loss += value.loss / Double(batches.batchCount)
            sum.correct += value.correct
            sum.labelled += value.labelled
        }
        return sum
    }
}

extension TrainingOptions {
    /// A network that only runs forward, with its running statistics.
    static func forwardOnly(threads: Int, readsLogits: Bool, parameters: Set<Int> = []) -> TrainingOptions {
        var options = TrainingOptions()
        options.threads = threads
        options.parameters = parameters
        options.statistics = .frozen
        options.lossOutputs = []
        options.readsLogits = readsLogits
        options.drops = false
        return options
    }
}
