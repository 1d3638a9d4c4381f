import Basics
import Execution
import NeuralNetwork
import TensorCore

/// Draws samples with a generator that is being trained, as it will run: with running statistics and nothing dropped.
public final class GeneratedSamples {
    private let program: TrainingProgram
    private let instance: TrainingInstance
    private let inputs: [String: UnsafeMutableRawBufferPointer]
    /// One sample, without the batch.
    public let shape: Shape

    /// - Throws: where the network cannot be compiled.
    public init(_ model: Model, shapes: [String: Shape], threads: Int) throws(TrainingError) {
        do throws(ExecutionError) {
            program = try TrainingProgram(
                model, shapes: shapes,
                options: .forwardOnly(threads: threads, readsLogits: false, parameters: model.trainableTensors))
            instance = try TrainingInstance(program)
        } catch { throw .network(error) }
        guard let output = program.outputs.first else { throw .network("\(model.name) has no output") }
        shape = Shape(Array(output.shape.dimensions.dropFirst()))
        inputs = Dictionary(
            program.inputs.indices.map { [program, instance] in (program.inputs[$0].name, instance.input($0)) },
            uniquingKeysWith: { first, _ in first })
    }

    /// The outputs for all batches of latents, one after the other, with the trainer's parameters as they are now.
    ///
    /// - Throws: `Cancelled`, or a `TrainingError`.
    public func draw(
        _ trainer: Trainer, latents: any Batches, cancellation: CancellationToken = CancellationToken()
    ) throws -> [Float] {
        for (index, parameter) in program.parameters.enumerated() {
            guard let own = trainer.program.parameters.firstIndex(where: { $0.tensor == parameter.tensor }) else { continue }
            _ = instance.parameter(index).update(fromContentsOf: trainer.instance.parameter(own))
        }
        var found: [Float] = []
        for batch in 0..<latents.batchCount {
            try cancellation.check()
            _ = try latents.read(batch: batch, epoch: 0, into: inputs)
            do throws(ExecutionError) { try instance.forward() } catch { throw TrainingError.network(error) }
            found.append(contentsOf: instance.output(0))
        }
        return found
    }
}
