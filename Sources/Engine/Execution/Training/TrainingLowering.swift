import NeuralNetwork
import TensorCore

/// Turns a trace into forward and backward steps. Lowering a node emits its forward steps and leaves a closure that emits its
/// backward ones; the closures run in reverse once all is forward.
struct TrainingLowering {
    /// Where a value or gradient is held; nil as layout means dense and row-major.
    struct Location {
        var layout: Layout?
        var slot: Int
        /// Of gradients, whether nobody else reads the slot, so that others may be added to it.
        var isOwned = false
    }

    struct Output {
        var value: ValueID
        var slot: Int
        var gradient: Int?
        var classAxis: Int?
        /// Whether something else follows from it in the graph, which a loss takes care of.
        var isLogit = false
    }

    typealias Backward = (inout TrainingLowering) throws(ExecutionError) -> Void

    let trace: Trace
    let options: TrainingOptions
    let statistics: Set<Int>
    var steps: [TrainingStep] = []
    var slots: [Slot] = []
    private(set) var forwardCount = 0
    private(set) var inputSlots: [Int] = []
    private(set) var inputGradientSlots: [Int?] = []
    private(set) var outputs: [Output] = []
    var literals: [(slot: Int, tensor: Tensor)] = []
    /// By index of the stored tensor; no gradient for statistics.
    private(set) var parameters: [Int: (slot: Int, gradient: Int?)] = [:]

    var locations: [ValueID: [Location]] = [:]
    /// Values that a gradient is computed of.
    var wanted: Set<ValueID> = []
    var contributions: [ValueID: [Location]] = [:]
    /// Whole gradients in other layouts.
    var rearranged: [ValueID: [Location]] = [:]
    private var backwards: [(title: String, emit: Backward)] = []
    private(set) var title = ""
    private(set) var uses: [ValueID: Int] = [:]
    /// Nodes lowered together with one before them.
    var joined: Set<Int> = []
    /// By the name that a node is observed under.
    var observations: [String: ObservedSlots] = [:]

    var threads: Int { options.threads }

    init(_ trace: Trace, options: TrainingOptions, statistics: Set<Int>) {
        self.trace = trace
        self.options = options
        self.statistics = statistics
    }

    mutating func run() throws(ExecutionError) {
        let sources = logitSources()
        for source in sources { uses[source.value, default: 0] += 1 }
        // Nodes that only what a loss stands in for would need have no uses.
        for node in trace.nodes.reversed() where node.outputs.contains(where: { uses[$0] != nil }) {
            for case let input? in node.inputs { uses[input, default: 0] += 1 }
        }
        placeInputs()
        for (index, node) in trace.nodes.enumerated() where !joined.contains(index) {
            if node.outputs.allSatisfy({ uses[$0] == nil }) { continue }
            title = node.title
            guard node.guards.isEmpty else {
                throw ExecutionError("\(node.title) is in a branch, which cannot be trained through")
            }
            if observedName(node) != nil
                || node.inputs.contains(where: { wants($0) }) && !Self.constantOperators.contains(node.node.operation)
            {
                for output in node.outputs where type(output).elementType == .float32 { wanted.insert(output) }
            }
            try lower(node, at: index)
            try observe(node)
        }
        title = "the outputs"
        for source in sources {
            let slot = try plain(source.value)
            slots[slot].last = .max
            outputs.append(
                Output(
                    value: source.value, slot: slot, classAxis: source.classAxis,
                    isLogit: source.value != trace.outputs[outputs.count]))
        }
        forwardCount = steps.count
        try runBackward()
        for index in slots.indices where slots[index].last == .max { slots[index].last = steps.count }
    }

    private mutating func placeInputs() {
        for input in trace.inputs {
            slots.append(Slot(byteCount: trace.values[input].type.byteCount, first: -1, last: -1, isInput: true))
            inputSlots.append(slots.count - 1)
            locations[input] = [Location(layout: nil, slot: slots.count - 1)]
            if options.inputGradients.contains(trace.values[input].name) { wanted.insert(input) }
        }
        for (id, value) in trace.values.enumerated() {
            guard case .parameter(let index) = value.source, parameters[index] == nil else { continue }
            let slot = permanent(byteCount: value.type.byteCount)
            locations[id] = [Location(layout: nil, slot: slot)]
            parameters[index] = (slot, nil)
            if !statistics.contains(index) { wanted.insert(id) }
        }
    }

    private mutating func runBackward() throws(ExecutionError) {
        for index in options.lossOutputs where outputs.indices.contains(index) {
            let value = outputs[index].value
            guard type(value).elementType == .float32 else {
                throw ExecutionError("the output \(trace.values[value].name) holds no floating-point numbers to take a loss of")
            }
            slots.append(Slot(byteCount: type(value).byteCount, first: forwardCount, last: .max))
            outputs[index].gradient = slots.count - 1
            contributions[value, default: []].append(Location(layout: nil, slot: slots.count - 1))
        }
        for backward in backwards.reversed() {
            title = backward.title
            try backward.emit(&self)
        }
        title = "the gradients"
        for input in trace.inputs {
            guard wanted.contains(input) else {
                inputGradientSlots.append(nil)
                continue
            }
            inputGradientSlots.append(try finalGradient(input))
        }
        for (id, value) in trace.values.enumerated() {
            guard case .parameter(let index) = value.source, wanted.contains(id) else { continue }
            let gradient = try finalGradient(id)
            parameters[index]?.gradient = gradient
        }
    }

    /// A gradient that stays until the next pass; zeros where nothing depends on the value.
    private mutating func finalGradient(_ value: ValueID) throws(ExecutionError) -> Int {
        guard let slot = try gradient(value) else { return permanent(byteCount: type(value).byteCount) }
        slots[slot].last = .max
        return slot
    }

    /// What each output is read from: the logits where it ends in a function that a loss takes care of.
    private func logitSources() -> [(value: ValueID, classAxis: Int?)] {
        trace.outputs.map { output in
            guard options.readsLogits else { return (output, nil) }
            func producer(_ value: ValueID) -> TracedNode? { trace.nodes.first { $0.outputs.first == value } }
            // Softmaxes of images are often flattened at the end.
            var last = producer(output)
            while let node = last, Lowering.aliases.contains(node.node.operation), let input = node.inputs.first ?? nil {
                last = producer(input)
            }
            guard let node = last, let source = node.inputs.first ?? nil, trace.values[source].isRuntime else {
                return (output, nil)
            }
            switch node.node.operation {
            case "Sigmoid": return (source, nil)
            case "Softmax", "LogSoftmax":
                let axis = node.node.integer("axis") ?? (node.operatorSet < 13 ? 1 : -1)
                return (source, axis < 0 ? axis + type(source).shape.rank : axis)
            default: return (output, nil)
            }
        }
    }

    /// Operators whose results do not change where their inputs change a little.
    private static let constantOperators: Set<String> = [
        "Floor", "Ceil", "Round", "Sign", "Shape", "Size", "ArgMax", "ArgMin", "Equal", "Greater", "Less", "GreaterOrEqual",
        "LessOrEqual", "Not", "And", "Or", "ConstantOfShape", "IsNaN", "IsInf",
    ]

    func type(_ value: ValueID) -> ValueType { trace.values[value].type }
    func dimensions(_ value: ValueID) -> [Int] { type(value).shape.dimensions }
    func wants(_ value: ValueID?) -> Bool { value.map(wanted.contains) ?? false }

    /// Has a gradient computed of `result` where one is of `value`.
    mutating func passGradient(from value: ValueID, to result: ValueID) {
        if wanted.contains(value) { wanted.insert(result) }
    }

    /// Notes how to emit a node's backward steps, if any gradient is wanted of its inputs.
    mutating func onBackward(of node: TracedNode, _ emit: @escaping Backward) {
        guard observedName(node) != nil || node.inputs.contains(where: { wants($0) }) else { return }
        afterwards(node, emit)
    }

    /// Notes what is emitted on the way back before what was noted until now.
    mutating func afterwards(_ node: TracedNode, _ emit: @escaping Backward) { backwards.append((node.title, emit)) }

    func refusal(_ node: TracedNode, _ reason: String) -> ExecutionError {
        ExecutionError("\(node.title): \(node.node.operation) cannot be trained through: \(reason)")
    }
}
