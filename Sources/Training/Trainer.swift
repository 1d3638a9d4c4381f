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
    private let shapes: [String: Shape]
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

// MARK: - Parameters

extension Trainer {
    /// The parameters as they are now, statistics included, by index of the stored tensor.
    public func tensors() -> [Int: Tensor] {
        Dictionary(
            uniqueKeysWithValues: program.parameters.enumerated().map { index, parameter in
                (parameter.tensor, Tensor(Array(instance.parameter(index)), shape: parameter.shape))
            })
    }

    /// The network with the parameters as they are now.
    public func trainedModel() -> Model {
        var model = model
        for (index, tensor) in tensors() { model.tensors[index].tensor = tensor }
        return model
    }

    /// The constraint in force on a parameter; of shared ones with the codebook as it is now.
    public func constraint(on name: String) -> Constraint? {
        trained.firstIndex { program.parameters[$0].name == name }.map { optimizer.bindings[$0].constraint }
    }

    /// Puts another constraint in force.
    ///
    /// - Throws: where it does not fit, or no trained parameter has the name.
    public func constrain(_ name: String, _ constraint: Constraint) throws(TrainingError) {
        guard let position = trained.firstIndex(where: { program.parameters[$0].name == name }) else {
            throw .constraint(parameter: name, reason: "it is no parameter that is trained")
        }
        let count = program.parameters[trained[position]].shape.count
        optimizer.bind(position, to: try Binding(constraint, count: count, name: name), count: count)
        optimizer.settle(position, places[position].weights)
    }

    /// Prunes the smallest weights of parameters now, to the sparsities given by name; they stay 0 from here on.
    ///
    /// - Throws: where no trained parameter has the name.
    public func prune(to sparsities: [String: Double]) throws(TrainingError) {
        for (name, sparsity) in sparsities.sorted(by: { $0.key < $1.key }) {
            guard let position = trained.firstIndex(where: { program.parameters[$0].name == name }) else {
                throw .constraint(parameter: name, reason: "it is no parameter that is trained")
            }
            let mask = MagnitudeMask.keeping(places[position].weights, sparsity: sparsity)
            optimizer.bind(position, to: .masked(mask), count: mask.count)
            optimizer.settle(position, places[position].weights)
        }
    }

    private func prune() throws(TrainingError) {
        for (name, schedule) in options.pruning {
            if let sparsity = schedule.sparsity(before: step) { try prune(to: [name: sparsity]) }
        }
    }

    /// Keeps the parameters as the best so far, if their score is higher than that of those kept.
    func keepIfBest(_ score: Double) {
        guard score.isFinite, score > bestScore ?? -.infinity else { return }
        bestScore = score
        best = program.parameters.indices.map { Array(instance.parameter($0)) }
    }

    /// Puts the best parameters so far back in place; nothing where none were kept.
    public func restoreBest() {
        for (index, values) in best.enumerated() { _ = instance.parameter(index).update(fromContentsOf: values) }
    }

    /// The network with the best parameters so far, or as it is where none were kept.
    public func bestModel() -> Model {
        guard !best.isEmpty else { return trainedModel() }
        var model = model
        for (values, parameter) in zip(best, program.parameters) {
            model.tensors[parameter.tensor].tensor = Tensor(values, shape: parameter.shape)
        }
        return model
    }

    /// Makes an evaluator of the network as it is being trained, for batches of the given shapes, or of the same.
    ///
    /// - Throws: where the network cannot be compiled.
    public func evaluation(shapes: [String: Shape]? = nil) throws(TrainingError) -> TrainingEvaluation {
        try TrainingEvaluation(model, shapes: shapes ?? self.shapes, options: options)
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

extension Loss {
    /// The loss against what a batch or a teacher gives.
    func checked(
        _ output: UnsafeBufferPointer<Float>, _ layout: ClassLayout, targets: BatchTargets,
        teacher: UnsafeBufferPointer<Float>?, gradient: UnsafeMutableBufferPointer<Float>?
    ) throws(TrainingError) -> LossValue {
        if let labels = targets.labels {
            guard labels.count == layout.count else {
                throw .data("\(labels.count) labels do not fit \(layout.count) vectors of scores")
            }
            if let wrong = labels.first(where: { $0 >= Int32(layout.classes) }) {
                throw .data("a label is \(wrong), but the network tells \(layout.classes) classes apart")
            }
        }
        if let teacher {
            guard teacher.count == output.count else {
                throw .data("the teacher gives \(teacher.count) numbers a batch, not \(output.count)")
            }
            return evaluate(output, layout, labels: targets.labels, targets: teacher, gradient: gradient)
        }
        if wantsLabels {
            guard targets.labels != nil else { throw .data("\(self) needs labels, and the data has none") }
            return evaluate(output, layout, labels: targets.labels, targets: nil, gradient: gradient)
        }
        guard let values = targets.values, values.count == output.count else {
            throw .data("\(self) needs \(output.count) targets a batch")
        }
        return values.withUnsafeBufferPointer { evaluate(output, layout, labels: targets.labels, targets: $0, gradient: gradient) }
    }
}
