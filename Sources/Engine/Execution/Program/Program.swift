import Basics
import COneDNN
import NeuralNetwork
import TensorCore

/// A network compiled for fixed input shapes: steps, the memory they share, and the weights they want.
///
/// Immutable; any number of instances may run it at once, each with weights of its own choice.
public final class Program: Sendable {
    /// What the caller provides or gets.
    public struct Port: Sendable {
        public var name: String
        public var elementType: ElementType
        public var shape: Shape
    }

    public let inputs: [Port]
    public let outputs: [Port]
    /// Threads that each run uses.
    public let threads: Int
    /// Bytes of activations an instance holds.
    public let arenaByteCount: Int

    let trace: Trace
    let steps: [Step]
    let slots: [Slot]
    let packs: [Pack]
    let inputSlots: [Int]
    let outputArguments: [Argument]
    let model: Model

    /// Compiles a model's graph. `shapes` gives the inputs' shapes by name, `bound` inputs that never change.
    ///
    /// - Throws: where an operator is not supported or the shapes do not fit, naming the node.
    public init(
        _ model: Model, shapes: [String: Shape], bound: [String: Tensor] = [:], threads: Int = 1
    ) throws(ExecutionError) {
        guard let graph = model.graph else { throw ExecutionError("\(model.name) holds weights but no graph to run") }
        var tracer = Tracer(model)
        let trace = try tracer.run(graph, shapes: shapes, bound: bound)
        // Operations are made for the number of threads that will run them.
        pare_set_threads(Int32(threads))
        var lowering = Lowering(trace)
        try lowering.run(Fusion.units(of: trace))
        var slots = lowering.slots
        arenaByteCount = MemoryPlan.arrange(&slots)
        guard arenaByteCount <= Self.memoryLimit else {
            throw ExecutionError("its activations need \(arenaByteCount >> 20) MB, more than half of this machine's memory")
        }
        self.model = model
        self.trace = trace
        self.threads = threads
        self.slots = slots
        steps = lowering.steps
        packs = lowering.packs
        inputSlots = lowering.inputs
        outputArguments = lowering.outputs
        func port(_ value: ValueID, _ name: String) -> Port {
            let type = trace.values[value].type
            return Port(name: name, elementType: type.elementType, shape: type.shape)
        }
        inputs = trace.inputs.map { port($0, trace.values[$0].name) }
        outputs = zip(trace.outputs, graph.outputs).map { port($0, $1.name) }
    }

    /// Half of the machine's memory: what a file asks for is not believed without looking.
    private static var memoryLimit: Int { Machine.memoryByteCount / 2 }

    /// Looks at a model for operators that cannot be run, whatever the shapes.
    ///
    /// - Throws: naming the operator set where Pare does not know it, otherwise the first such operator and its node.
    public static func checkOperators(of model: Model) throws(ExecutionError) {
        guard let graph = model.graph else { return }
        if let fault = graph.operatorSetFault { throw ExecutionError(fault) }
        try checkOperators(of: graph)
    }

    private static func checkOperators(of graph: Graph) throws(ExecutionError) {
        for (index, node) in graph.nodes.enumerated() {
            let isKnown = node.operation == "If" || KernelLibrary.makers[node.operation] != nil
            guard node.domain.isEmpty, isKnown else {
                throw ExecutionError.unsupported(node, graph.title(ofNode: index))
            }
            for (_, inner) in node.subgraphs { try checkOperators(of: inner) }
        }
    }

    /// Number of steps; a run may start before any of them.
    public var stepCount: Int { steps.count }

    /// The first step that depends on a stored tensor, by its index in the model; nil where none does.
    public func firstUse(of tensor: Int) -> Int? { steps.firstIndex { $0.weights.contains(tensor) } }

    /// The stored tensors that the steps before `step` depend on.
    public func weights(before step: Int) -> Set<Int> {
        steps[..<step].reduce(into: []) { $0.formUnion($1.weights) }
    }

    /// A rough number of multiply-accumulates of the steps before `step`.
    public func cost(before step: Int) -> Int { steps[..<step].reduce(0) { $0 + $1.cost } }

    /// The places that must be kept to run on from before `step`: made earlier, read from there on.
    func liveSlots(before step: Int) -> [Int] {
        slots.indices.filter { !slots[$0].isInput && slots[$0].first < step && slots[$0].last >= step }
    }

    /// Bytes that must be kept of one run to run on from before `step`.
    public func byteCount(ofCutBefore step: Int) -> Int {
        liveSlots(before: step).reduce(0) { $0 + ((slots[$1].byteCount + 63) & ~63) }
    }
}

extension Program {
    /// How many symbols an integer input may hold: the least extent of the tables that it is looked up in, whatever moves or
    /// reshapes it on the way; nil where it is looked up in none.
    public func symbolCount(ofInput index: Int) -> Int? {
        var values: Set<ValueID> = [trace.inputs[index]]
        var least: Int?
        for node in trace.nodes {
            if node.node.operation == "Gather", node.inputs.count == 2, let indices = node.inputs[1], values.contains(indices),
                let table = node.inputs[0]
            {
                let shape = trace.values[table].type.shape
                let axis = node.node.integer("axis") ?? 0
                let position = axis < 0 ? axis + shape.rank : axis
                if shape.dimensions.indices.contains(position) { least = min(least ?? .max, shape[position]) }
            } else if Self.movers.contains(node.node.operation), let first = node.inputs.first, let first, values.contains(first) {
                values.formUnion(node.outputs)
            }
        }
        return least
    }

    /// Operators that hand on elements of their first input as they are.
    private static let movers: Set<String> = [
        "Identity", "Cast", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Transpose", "Slice", "Expand",
    ]

    /// Whether a run that starts before `step` still reads an input.
    public func readsInput(_ index: Int, from step: Int) -> Bool { slots[inputSlots[index]].last >= step }
}
