import Basics
import COneDNN
import NeuralNetwork
import TensorCore

/// A network compiled for training at fixed input shapes: forward steps that keep what the backward ones read, in one planned arena.
public final class TrainingProgram: Sendable {
    /// A stored tensor that lives in the arena while a network is trained.
    public struct Parameter: Sendable {
        /// The stored tensor's name, and its index in the model.
        public var name: String
        public var tensor: Int
        public var shape: Shape
        /// Whether it is the running mean or variance of a normalization, which passes move and optimizers leave alone.
        public var isStatistic: Bool
    }

    public let inputs: [Program.Port]
    /// Where logits are read, they take the place of what follows from them.
    public let outputs: [Program.Port]
    /// For each output the axis its final Softmax or LogSoftmax runs along, where logits are read in its stead.
    public let classAxes: [Int?]
    /// For each output whether it is given as what goes into its final Softmax, LogSoftmax or Sigmoid.
    public let givesLogits: [Bool]
    /// In the order of the model's tensors.
    public let parameters: [Parameter]
    public let threads: Int
    /// Bytes an instance holds: parameters, gradients, activations.
    public let arenaByteCount: Int

    let model: Model
    let steps: [TrainingStep]
    let forwardCount: Int
    let slots: [Slot]
    let inputSlots: [Int]
    let outputSlots: [Int]
    /// By position of the output; nil for those no loss looks at.
    let outputGradientSlots: [Int?]
    /// By position of the input; nil where nobody asked, or nothing depends on it.
    let inputGradientSlots: [Int?]
    let parameterSlots: [Int]
    /// nil for statistics.
    let gradientSlots: [Int?]
    let literals: [(slot: Int, tensor: Tensor)]
    let observations: [String: ObservedSlots]

    /// Compiles a model's graph. `shapes` gives the inputs' shapes by name, `bound` inputs that never change.
    ///
    /// - Throws: where an operator cannot be trained through or the shapes do not fit, naming the node.
    public init(
        _ model: Model, shapes: [String: Shape], bound: [String: Tensor] = [:], options: TrainingOptions = TrainingOptions()
    ) throws(ExecutionError) {
        guard let graph = model.graph else { throw ExecutionError("\(model.name) holds weights but no graph to run") }
        let trained = options.parameters ?? model.trainableTensors
        let statistics = Self.statistics(of: model)
        var tracer = Tracer(model, parameters: trained.union(statistics))
        let trace = try tracer.run(graph, shapes: shapes, bound: bound)
        // Operations are made for the number of threads that will run them.
        pare_set_threads(Int32(options.threads))
        var lowering = TrainingLowering(trace, options: options, statistics: statistics.subtracting(trained))
        try lowering.run()
        var slots = lowering.slots
        arenaByteCount = MemoryPlan.arrange(&slots)
        guard arenaByteCount <= Machine.memoryByteCount / 2 else {
            throw ExecutionError("training needs \(arenaByteCount >> 20) MB, more than half of this machine's memory")
        }
        self.model = model
        self.slots = slots
        threads = options.threads
        steps = lowering.steps
        forwardCount = lowering.forwardCount
        inputSlots = lowering.inputSlots
        outputSlots = lowering.outputs.map(\.slot)
        outputGradientSlots = lowering.outputs.map(\.gradient)
        inputGradientSlots = lowering.inputGradientSlots
        literals = lowering.literals
        let found = lowering.parameters.sorted { $0.key < $1.key }
        parameterSlots = found.map(\.value.slot)
        gradientSlots = found.map(\.value.gradient)
        parameters = found.map { index, place in
            Parameter(
                name: model.tensors[index].name, tensor: index, shape: model.tensors[index].tensor.shape,
                isStatistic: place.gradient == nil)
        }
        func port(_ value: ValueID, _ name: String) -> Program.Port {
            let type = trace.values[value].type
            return Program.Port(name: name, elementType: type.elementType, shape: type.shape)
        }
        inputs = trace.inputs.map { port($0, trace.values[$0].name) }
        outputs = zip(lowering.outputs, graph.outputs).map { port($0.value, $1.name) }
        classAxes = lowering.outputs.map(\.classAxis)
        givesLogits = lowering.outputs.map(\.isLogit)
        observations = lowering.observations
    }

    /// The shapes of an observed node's input and of its first output; nil where it is not run.
    public func observedShapes(_ name: String) -> (input: Shape, output: Shape)? { observations[name]?.shapes }

    /// The running means and variances of a model's batch normalizations.
    private static func statistics(of model: Model) -> Set<Int> {
        var found: Set<Int> = []
        guard let graph = model.graph else { return [] }
        for node in graph.nodes where node.operation == "BatchNormalization" && node.inputs.count >= 5 {
            for name in node.inputs[3...4] {
                if let index = graph.initializers[name], model.tensors.indices.contains(index) { found.insert(index) }
            }
        }
        return found
    }
}
