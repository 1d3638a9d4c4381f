import Execution
import Glibc
import NeuralNetwork
import TensorCore

/// Trains one network on batches of one size: forward, loss, backward, update.
///
/// Not Sendable: one thread at a time has it.
public final class Trainer {
    public let program: TrainingProgram
    public let options: TrainerOptions
    public let batches: any Batches
    /// Steps done.
    public internal(set) var step = 0

    let model: Model
    let instance: TrainingInstance
    var optimizer: Optimizer
    /// Positions of the trained parameters in the program's.
    let trained: [Int]
    let vectors: [Bool]
    /// Sums over the epoch that is running.
    var sums = EpochSums()
    /// The best score so far, and the parameters that had it.
    public internal(set) var bestScore: Double?
    var best: [[Float]] = []
    /// Every epoch that came to its end, those before an interruption too.
    public internal(set) var history: [EpochResult] = []
    /// What an evaluation wants to be kept beside its score: it goes into the history, and into checkpoints with it.
    public var notes: [Double] = []
    /// Why the newest checkpoint of a run could not be written; training goes on without. Nil where it was.
    public internal(set) var checkpointFailure: TrainingError?
    /// What goes from batch to batch, by input.
    var carried: [String: [Float]] = [:]

    /// The averaged weights, where they are wanted.
    var average: WeightAverage?
    let adversary: Discriminator?
    let places: [Optimizer.Place]

    private let teacher: TrainingInstance?
    let shapes: [String: Shape]
    private let layout: ClassLayout
    private let inputs: [String: UnsafeMutableRawBufferPointer]

    /// Compiles the network for batches of the shapes given by name.
    ///
    /// - Throws: where the network cannot be trained, or constraints do not fit.
    public init(
        _ model: Model, batches: any Batches, shapes: [String: Shape], options: TrainerOptions = TrainerOptions()
    ) throws(TrainingError) {
        self.model = model
        self.options = options
        self.batches = batches
        self.shapes = shapes
        var compiled = TrainingOptions()
        compiled.threads = options.threads
        compiled.statistics = options.statistics
        compiled.lossOutputs = [options.output]
        let frozen = Set(model.tensors.indices.filter { options.constraints[model.tensors[$0].name] == .frozen })
        compiled.parameters = model.trainableTensors.subtracting(frozen)
        compiled.readsLogits = options.loss != .meanSquaredError
        do throws(ExecutionError) {
            program = try TrainingProgram(model, shapes: shapes, options: compiled)
            instance = try TrainingInstance(program)
            teacher = try Self.teacher(options, shapes, readsLogits: compiled.readsLogits)
        } catch { throw .network(error) }
        guard program.outputs.indices.contains(options.output) else {
            throw .network("\(model.name) has no output \(options.output)")
        }
        let port = program.outputs[options.output]
        layout = ClassLayout(port.shape, axis: program.classAxes[options.output])
        adversary = try options.adversarial.map { adversarial throws(TrainingError) in
            try Discriminator(adversarial, generated: port, threads: options.threads)
        }
        if options.loss.wantsLabels, options.lossWeight > 0, !batches.isLabelled {
            throw .data("\(options.loss) needs labels, and the data has none; a teacher's outputs would do")
        }
        if !options.loss.wantsLabels, options.teacher == nil, case .distillation = options.loss {
            throw .data("distillation needs a teacher")
        }
        let parameters = program.parameters
        trained = parameters.indices.filter { !parameters[$0].isStatistic }
        vectors = trained.map { parameters[$0].shape.rank < 2 }
        let known = Set(parameters.map(\.name))
        for name in Set(options.constraints.keys).union(options.pruning.keys)
        where !known.contains(name) && options.constraints[name] != .frozen {
            throw .constraint(parameter: name, reason: "it is no parameter that is trained")
        }
        var bindings: [Binding] = []
        for index in trained {
            let parameter = parameters[index]
            bindings.append(
                try Binding(options.constraints[parameter.name] ?? .free, count: parameter.shape.count, name: parameter.name))
        }
        optimizer = Optimizer(
            rule: options.rule, decaysVectors: options.decaysVectors, bindings: bindings,
            counts: trained.map { parameters[$0].shape.count })
        inputs = Dictionary(
            program.inputs.indices.map { [program, instance] in (program.inputs[$0].name, instance.input($0)) },
            uniquingKeysWith: { first, _ in first })
        places = trained.map { [instance] index in
            Optimizer.Place(
                weights: instance.parameter(index),
                gradients: instance.gradient(index) ?? UnsafeMutableBufferPointer(start: nil, count: 0))
        }
        for (position, place) in places.enumerated() { optimizer.settle(position, place.weights) }
        average = options.averageDecay.map { WeightAverage(decay: $0, values: places.map { Array($0.weights) }) }
        try checkCarried()
    }

    private static func teacher(
        _ options: TrainerOptions, _ shapes: [String: Shape], readsLogits: Bool
    ) throws(ExecutionError) -> TrainingInstance? {
        guard let model = options.teacher else { return nil }
        return try TrainingInstance(
            TrainingProgram(model, shapes: shapes, options: .forwardOnly(threads: options.threads, readsLogits: readsLogits)))
    }

    private func checkCarried() throws(TrainingError) {
        for (output, input) in options.carried {
            guard let from = program.outputs.firstIndex(where: { $0.name == output }),
                let to = program.inputs.firstIndex(where: { $0.name == input }),
                program.outputs[from].shape == program.inputs[to].shape
            else { throw .network("\(output) cannot be carried to \(input)") }
        }
    }

    /// Steps of all epochs.
    public var stepCount: Int { options.epochs * batches.batchCount }
    public var epoch: Int { step / batches.batchCount }

    /// One batch: forward, loss, backward, update.
    ///
    /// - Throws: where the data cannot be read, an operation fails, or the loss is not a number (the weights are as before then).
    @discardableResult
    public func advance() throws(TrainingError) -> LossValue {
        let batch = step % batches.batchCount
        if batch == 0 {
            sums = EpochSums()
            carried = [:]
        }
        try prune()
        let (value, adversarial) = try measure(batch)
        guard value.loss.isFinite else { throw .diverged(step: step, loss: value.loss) }
        do throws(ExecutionError) { try instance.backward(seed: mixedSeed(options.seed, UInt64(step))) } catch { throw .network(error) }
        optimizer.step(
            places, rate: Float(options.schedule.rate(at: step)), step: step + 1, vectors: vectors,
            largestNorm: options.largestNorm)
        step += 1
        average?.take(places, step: step)
        sums.add(value, adversarial)
        return value
    }

    /// Writes a batch into the inputs.
    @discardableResult
    func load(batch: Int, epoch: Int) throws(TrainingError) -> BatchTargets {
        for input in inputs.values { if let base = input.baseAddress { memset(base, 0, input.count) } }
        return try batches.read(batch: batch, epoch: epoch, into: inputs)
    }

    func forward(seed: UInt64) throws(TrainingError) {
        do throws(ExecutionError) { try instance.forward(seed: seed) } catch { throw .network(error) }
    }

    private func measure(_ batch: Int) throws(TrainingError) -> (LossValue, AdversarialValue?) {
        let targets = try load(batch: batch, epoch: epoch)
        for (name, values) in carried {
            values.withUnsafeBytes { bytes in inputs[name]?.copyMemory(from: bytes) }
        }
        if let teacher {
            for (index, port) in teacher.program.inputs.enumerated() {
                if let source = inputs[port.name] { teacher.input(index).copyMemory(from: UnsafeRawBufferPointer(source)) }
            }
            do throws(ExecutionError) { try teacher.forward() } catch { throw .network(error) }
        }
        try forward(seed: mixedSeed(options.seed, UInt64(step)))
        for (output, input) in options.carried {
            if let index = program.outputs.firstIndex(where: { $0.name == output }) { carried[input] = Array(instance.output(index)) }
        }
        let gradient = instance.outputGradient(options.output)
        var value = LossValue(loss: 0)
        if options.lossWeight > 0 {
            value = try options.loss.checked(
                instance.output(options.output), layout, targets: targets, teacher: teacher?.output(options.output),
                gradient: gradient)
            value.loss *= Double(options.lossWeight)
            if options.lossWeight != 1 { for index in gradient.indices { gradient[index] *= options.lossWeight } }
        } else {
            gradient.update(repeating: 0)
        }
        guard let adversary else { return (value, nil) }
        let adversarial = try contend(with: adversary, teacher: teacher?.output(options.output))
        value.loss += Double(adversary.options.weight) * adversarial.generatorLoss
        return (value, adversarial)
    }
}
