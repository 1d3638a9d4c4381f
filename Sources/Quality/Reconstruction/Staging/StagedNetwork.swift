import Basics
import Execution
import Evaluation
import Importance
import NeuralNetwork
import Synchronization
import TensorCore

/// A network that goes through its stages for all runs of a calibration, keeping what later stages read.
final class StagedNetwork {
    private let staging: StagedGraph
    private let bound: [String: Tensor]
    private let batch: Int
    private let sampleCount: Int
    /// What is known of each run.
    private var values: [[String: Tensor]]
    private let memoryLimit: Int

    init(_ graph: Graph, wants: [[String]], inputs: CalibrationInputs, memoryLimit: Int) {
        staging = StagedGraph(graph, wants: wants, bound: Set(inputs.bound.keys))
        bound = inputs.bound
        batch = inputs.batch
        sampleCount = inputs.sampleCount
        let infos = Dictionary(graph.inputs.map { ($0.name, $0) }) { first, _ in first }
        values = inputs.runs.map { run in
            run.states.reduce(into: run.inputs) { $0[$1.key] = $1.value.zeros(for: infos[$1.key]) }
        }
        self.memoryLimit = memoryLimit
    }

    /// Computes a stage with the weights that `model` holds now; returns one of its values of each run.
    ///
    /// - Throws: where a node cannot be run, or the values do not fit in memory.
    func advance(
        to index: Int, _ model: Model, wanting name: String, cancellation: CancellationToken
    ) throws -> [Tensor] {
        let stage = staging.stages[index]
        let program = stage.outputs.isEmpty ? nil : try compiled(stage, model)
        if let program { try checkMemory(program) }
        let weights = try program.map { program in
            do throws(ExecutionError) { return try Weights(of: program) } catch { throw EvaluationError(error.message) }
        }
        let shared = Mutex(values)
        let failure = Mutex<EvaluationError?>(nil)
        // Programs are immutable, and each worker has an instance of its own.
        Team.each(of: values.count, cancellation) { () -> Instance? in
            guard let program, let weights else { return nil }
            do throws(ExecutionError) {
                return try Instance(program, weights: weights)
            } catch {
                failure.withLock { $0 = EvaluationError(error.message) }
                return nil
            }
        } body: { run, instance in
            var known = shared.withLock { $0[run] }
            if program != nil {
                guard let instance, let weights else { return }
                do throws(ExecutionError) {
                    try Self.execute(instance, weights, &known)
                } catch {
                    failure.withLock { $0 = EvaluationError(error.message) }
                }
            }
            shared.withLock { [known] in $0[run] = known }
        }
        values = shared.withLock { $0 }
        if let error = failure.withLock({ $0 }) { throw error }
        try cancellation.check()
        let wanted = values.map { known -> Tensor in
            guard let tensor = known[name] else { preconditionFailure("the value \(name) was not computed") }
            return tensor
        }
        for run in values.indices { for name in stage.finished { values[run][name] = nil } }
        return wanted
    }

    private static func execute(
        _ instance: Instance, _ weights: Weights, _ known: inout [String: Tensor]
    ) throws(ExecutionError) {
        for (position, port) in instance.program.inputs.enumerated() {
            guard let tensor = known[port.name] else { preconditionFailure("the value \(port.name) was not kept") }
            tensor.storage.withUnsafeBytes { instance.input(position).copyMemory(from: $0) }
        }
        try instance.run(weights)
        for (position, port) in instance.program.outputs.enumerated() {
            known[port.name] = Tensor(
                shape: port.shape, elementType: port.elementType, storage: .owned(Array(instance.output(position))))
        }
    }

    private func compiled(_ stage: StagedGraph.Stage, _ model: Model) throws -> Program {
        guard let whole = model.graph else { throw ReconstructionError.noGraph(model: model.name) }
        var graph = whole
        graph.nodes = stage.nodes.map { whole.nodes[$0] }
        let first = values.first ?? [:]
        graph.inputs = stage.inputs.map { name in
            ValueInfo(name: name, elementType: first[name]?.elementType, dimensions: first[name]?.shape.dimensions.map { .fixed($0) })
        }
        graph.inputs += whole.inputs.filter { bound[$0.name] != nil }
        graph.outputs = stage.outputs.map { ValueInfo(name: $0, elementType: nil, dimensions: nil) }
        graph.valueInfos = [:]
        var part = model
        part.graph = graph
        // Whatever the steps read must be replaceable in none of them: the weights are those of now.
        part.layers = []
        let shapes = Dictionary(uniqueKeysWithValues: stage.inputs.compactMap { name in first[name].map { (name, $0.shape) } })
        do throws(ExecutionError) {
            return try Program(part, shapes: shapes, bound: bound)
        } catch {
            throw EvaluationError(error.message)
        }
    }

    private func checkMemory(_ program: Program) throws(ReconstructionError) {
        let made = program.outputs.reduce(0) { $0 + $1.shape.count * $1.elementType.byteCount }
        let kept = (values.first ?? [:]).values.reduce(0) { $0 + $1.byteCount }
        let need = (made + kept) * values.count
        guard need <= memoryLimit else { throw .tooManySamples(samples: sampleCount, megabytes: need >> 20) }
    }
}

extension CalibrationInputs.State {
    /// The zeros that a network starts from which declares the input: as many units as its layer still has.
    fileprivate func zeros(for declared: ValueInfo?) -> Tensor {
        var extents = shape.dimensions
        if let dimensions = declared?.dimensions, dimensions.count == extents.count {
            for (axis, dimension) in dimensions.enumerated() where axis != batchAxis {
                if case .fixed(let extent) = dimension { extents[axis] = extent }
            }
        }
        let count = extents.reduce(elementType.byteCount, *)
        return Tensor(shape: Shape(extents), elementType: elementType, storage: .owned([UInt8](repeating: 0, count: count)))
    }
}
