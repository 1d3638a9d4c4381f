import Basics
import Execution
import Glibc
import NeuralNetwork
import TensorCore
import Training

/// A network that only runs forward, with its running statistics and nothing dropped.
final class ForwardPass {
    private let program: TrainingProgram
    private let instance: TrainingInstance
    private let layout: ClassLayout
    private let carried: [String: String]
    private let inputs: [String: UnsafeMutableRawBufferPointer]

    init(
        _ model: Model, shapes: [String: Shape], carried: [String: String], threads: Int, readsLogits: Bool
    ) throws(FinetuningError) {
        var options = TrainingOptions()
        options.threads = threads
        options.parameters = model.trainableTensors
        options.statistics = .frozen
        options.lossOutputs = []
        options.readsLogits = readsLogits
        options.drops = false
        do throws(ExecutionError) {
            program = try TrainingProgram(model, shapes: shapes, options: options)
            instance = try TrainingInstance(program)
        } catch { throw .network(error.message) }
        guard !program.outputs.isEmpty else { throw .network("\(model.name) has no output") }
        layout = ClassLayout(program.outputs[0].shape, axis: program.classAxes[0])
        self.carried = carried
        inputs = Dictionary(
            program.inputs.indices.map { [program, instance] in (program.inputs[$0].name, instance.input($0)) },
            uniquingKeysWith: { first, _ in first })
    }

    /// Takes parameters, by index of the stored tensor.
    func load(_ tensors: [Int: Tensor]) {
        for (index, parameter) in program.parameters.enumerated() {
            guard let tensor = tensors[parameter.tensor] else { continue }
            let place = instance.parameter(index)
            precondition(tensor.count == place.count, "\(tensor.shape) does not fit \(parameter.shape)")
            _ = place.update(fromContentsOf: tensor.floats())
        }
    }

    /// Takes a network of the same shapes.
    func load(_ model: Model) throws(UnreadableTensor) {
        var tensors: [Int: Tensor] = [:]
        for parameter in program.parameters { tensors[parameter.tensor] = try model.tensors[parameter.tensor].tensor.read() }
        load(tensors)
    }

    /// Runs all batches and calls `body` with the output and what each is to be compared with.
    private func run(
        _ batches: any Batches, _ cancellation: CancellationToken?,
        _ body: (UnsafeBufferPointer<Float>, BatchTargets) throws -> Void
    ) throws {
        var past: [String: [Float]] = [:]
        for batch in 0..<batches.batchCount {
            try cancellation?.check()
            for input in inputs.values { if let base = input.baseAddress { memset(base, 0, input.count) } }
            let targets = try training { () throws(TrainingError) in try batches.read(batch: batch, epoch: 0, into: inputs) }
            for (name, values) in past { values.withUnsafeBytes { inputs[name]?.copyMemory(from: $0) } }
            do throws(ExecutionError) { try instance.forward() } catch { throw FinetuningError.network(error.message) }
            for (output, input) in carried {
                if let index = program.outputs.firstIndex(where: { $0.name == output }) { past[input] = Array(instance.output(index)) }
            }
            try body(instance.output(0), targets)
        }
    }

    /// The outputs of all batches, one after the other.
    func outputs(of batches: any Batches, cancellation: CancellationToken? = nil) throws -> [[Float]] {
        var found: [[Float]] = []
        try run(batches, cancellation) { output, _ in found.append(Array(output)) }
        return found
    }

    /// Elements of the output that belong to the samples that count: all of them where samples do not come first.
    private func countedElements(_ valid: Int?, of batch: Int) -> Int {
        let shape = program.outputs[0].shape
        guard let valid, valid < batch, shape.rank > 1, shape[0] % batch == 0, case let counted = shape.count / batch * valid,
            counted % max(1, layout.classes * layout.inner) == 0
        else { return shape.count }
        return counted
    }

    /// One output, without the batch.
    var outputShape: Shape { Shape(Array(program.outputs[0].shape.dimensions.dropFirst())) }

    /// Measures all whole batches: by labels where there are some, else by `loss` against recorded values, and by the distance of all
    /// outputs from a reference's.
    ///
    /// - Throws: `Cancelled`, or a `FinetuningError`.
    func measure(
        _ batches: any Batches, loss: Loss, reference: SlicedDistance? = nil, cancellation: CancellationToken? = nil
    ) throws -> FinetuningQuality {
        var samples: [Float] = []
        // Batches weigh as much as there is in them that counts.
        var sum = (loss: 0.0, weight: 0, correct: 0, labelled: 0, count: 0)
        var (signal, noise) = (0.0, 0.0)
        try run(batches, cancellation) { output, targets in
            if let labels = targets.labels {
                guard labels.count == layout.count else {
                    throw FinetuningError.data("\(labels.count) labels do not fit \(layout.count) vectors of scores")
                }
                if let wrong = labels.first(where: { Int($0) >= layout.classes }) {
                    throw FinetuningError.data("a label is \(wrong), but the network tells \(layout.classes) classes apart")
                }
                let value = Loss.crossEntropy.evaluate(output, layout, labels: labels, targets: nil, gradient: nil)
                sum.loss += value.loss * Double(value.labelled)
                sum.weight += value.labelled
                sum.correct += value.correct
                sum.labelled += value.labelled
                return
            }
            guard let values = targets.values, values.count == output.count else {
                throw FinetuningError.data("the data has neither labels nor \(output.count) targets a batch")
            }
            let counted = countedElements(targets.valid, of: batches.batchSize)
            let own = UnsafeBufferPointer(rebasing: output[..<counted])
            let part = layout.leading(counted)
            sum.loss +=
                Double(counted)
                * values.withUnsafeBufferPointer {
                    loss.evaluate(own, part, labels: nil, targets: UnsafeBufferPointer(rebasing: $0[..<counted]), gradient: nil).loss
                }
            sum.weight += counted
            sum.count += counted
            if reference != nil { samples.append(contentsOf: own) }
            for (own, wanted) in zip(own, values) {
                signal += Double(wanted) * Double(wanted)
                noise += (Double(own) - Double(wanted)) * (Double(own) - Double(wanted))
            }
        }
        let mean = sum.loss / Double(max(1, sum.weight))
        guard sum.count > 0 else {
            return FinetuningQuality(
                loss: mean, accuracy: Double(sum.correct) / Double(max(1, sum.labelled)), count: sum.labelled)
        }
        return FinetuningQuality(
            loss: mean, signalToNoise: 10 * log10(signal / noise), distance: reference?.distance(of: samples), count: sum.count)
    }
}
