import COneDNN
import CVectorMath
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
    }

    typealias Backward = (inout TrainingLowering) throws(ExecutionError) -> Void

    let trace: Trace
    let options: TrainingOptions
    let statistics: Set<Int>
    private(set) var steps: [TrainingStep] = []
    var slots: [Slot] = []
    private(set) var forwardCount = 0
    private(set) var inputSlots: [Int] = []
    private(set) var inputGradientSlots: [Int?] = []
    private(set) var outputs: [Output] = []
    private(set) var literals: [(slot: Int, tensor: Tensor)] = []
    /// By index of the stored tensor; no gradient for statistics.
    private(set) var parameters: [Int: (slot: Int, gradient: Int?)] = [:]

    private var locations: [ValueID: [Location]] = [:]
    /// Values that a gradient is computed of.
    private var wanted: Set<ValueID> = []
    private var contributions: [ValueID: [Location]] = [:]
    /// Whole gradients in other layouts.
    private var rearranged: [ValueID: [Location]] = [:]
    private var backwards: [(title: String, emit: Backward)] = []
    private(set) var title = ""
    private(set) var uses: [ValueID: Int] = [:]
    /// Nodes lowered together with one before them.
    var joined: Set<Int> = []

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
            if node.inputs.contains(where: { $0.map(wanted.contains) ?? false }),
                !Self.constantOperators.contains(node.node.operation)
            {
                for output in node.outputs where type(output).elementType == .float32 { wanted.insert(output) }
            }
            try lower(node, at: index)
        }
        title = "the outputs"
        for source in sources {
            let slot = try plain(source.value)
            slots[slot].last = .max
            outputs.append(Output(value: source.value, slot: slot, classAxis: source.classAxis))
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
        guard node.inputs.contains(where: { wants($0) }) else { return }
        backwards.append((node.title, emit))
    }

    func refusal(_ node: TracedNode, _ reason: String) -> ExecutionError {
        ExecutionError("\(node.title): \(node.node.operation) cannot be trained through: \(reason)")
    }
}

// MARK: - Memory

extension TrainingLowering {
    /// A new place, written by the step that comes next.
    mutating func place(byteCount: Int) -> Int {
        slots.append(Slot(byteCount: byteCount, first: steps.count, last: steps.count))
        return slots.count - 1
    }

    mutating func place(like value: ValueID) -> Int { place(byteCount: type(value).byteCount) }

    /// A place that keeps what is in it from pass to pass; zeros at first.
    mutating func permanent(byteCount: Int) -> Int {
        slots.append(Slot(byteCount: byteCount, first: -1, last: .max))
        return slots.count - 1
    }

    mutating func hold(_ value: ValueID, _ slot: Int, layout: Layout? = nil) {
        locations[value] = [Location(layout: normalized(layout, dimensions(value)), slot: slot)]
    }

    private func normalized(_ layout: Layout?, _ dimensions: [Int]) -> Layout? {
        layout.flatMap { $0 == Layout.rowMajor(dimensions) ? nil : $0 }
    }

    /// The value, dense and row-major.
    mutating func plain(_ value: ValueID) throws(ExecutionError) -> Int {
        if let found = locations[value]?.first(where: { $0.layout == nil }) { return found.slot }
        if let literal = trace.values[value].literal {
            let slot = permanent(byteCount: type(value).byteCount)
            literals.append((slot, literal))
            locations[value] = [Location(layout: nil, slot: slot)]
            return slot
        }
        guard let layout = Layout.rowMajor(dimensions(value)), let location = locations[value]?.first else {
            throw ExecutionError("\(title): \(trace.values[value].name) cannot be rearranged")
        }
        let slot = try reordered(location, dimensions(value), to: layout)
        locations[value]?.append(Location(layout: nil, slot: slot))
        return slot
    }

    /// The layout a value was first made in; nil for other element types than float32 and ranks oneDNN does not know.
    func layout(of value: ValueID) -> Layout? {
        guard type(value).elementType == .float32 else { return nil }
        return locations[value]?.first?.layout ?? .rowMajor(dimensions(value))
    }

    /// The value in a layout that an operation asks for.
    mutating func argument(_ value: ValueID, in layout: Layout) throws(ExecutionError) -> Int {
        guard let wanted = normalized(layout, dimensions(value)) else { return try plain(value) }
        if locations[value] == nil { _ = try plain(value) }
        if let found = locations[value]?.first(where: { $0.layout == wanted }) { return found.slot }
        guard let location = locations[value]?.first else {
            throw ExecutionError("\(title): \(trace.values[value].name) is not there")
        }
        let slot = try reordered(location, dimensions(value), to: wanted)
        locations[value]?.append(Location(layout: wanted, slot: slot))
        return slot
    }

    private mutating func reordered(_ location: Location, _ dimensions: [Int], to layout: Layout) throws(ExecutionError) -> Int {
        guard let source = location.layout ?? .rowMajor(dimensions) else {
            throw ExecutionError("\(title): a value has too many axes to rearrange")
        }
        return try reorder(location.slot, from: source, to: layout)
    }

    /// Emits a copy into another layout; the same slot where there is nothing to do.
    mutating func reorder(_ slot: Int, from source: Layout, to layout: Layout) throws(ExecutionError) -> Int {
        if source == layout { return slot }
        guard let operation = Operation.reorder(from: source, to: layout) else {
            throw ExecutionError("\(title): a value cannot be rearranged")
        }
        let target = place(byteCount: layout.byteCount)
        emit(operation, [(.source, slot), (.destination, target)])
        return target
    }
}

// MARK: - Gradients

extension TrainingLowering {
    /// Adds to a value's gradient; nothing where no gradient of it is wanted.
    mutating func contribute(_ value: ValueID, _ slot: Int, layout: Layout? = nil, isOwned: Bool = true) {
        guard wanted.contains(value) else { return }
        contributions[value, default: []].append(
            Location(layout: normalized(layout, dimensions(value)), slot: slot, isOwned: isOwned))
    }

    /// The sum of what was contributed; nil where nothing was.
    mutating func total(_ value: ValueID) throws(ExecutionError) -> Location? {
        guard let parts = contributions[value], let first = parts.first else { return nil }
        if parts.count == 1 { return first }
        let base = parts.firstIndex(where: \.isOwned) ?? 0
        var sum = parts[base]
        for (index, part) in parts.enumerated() where index != base {
            guard let layout = sum.layout ?? .rowMajor(dimensions(value)) else {
                throw ExecutionError("\(title): a gradient has too many axes")
            }
            let other = part.layout == sum.layout ? part.slot : try reordered(part, dimensions(value), to: layout)
            let target = sum.isOwned ? sum.slot : place(byteCount: layout.byteCount)
            let (count, threads) = (layout.byteCount / 4, threads)
            routine([sum.slot, other, target]) { memory in
                inParallelRanges(threads, count) { range in
                    let start = range.lowerBound
                    pare_zip(
                        pare_add_function, memory[0] + start, 1, memory[1] + start, 1, memory[2] + start, range.count)
                }
            }
            sum = Location(layout: sum.layout, slot: target, isOwned: true)
        }
        contributions[value] = [sum]
        return sum
    }

    /// The gradient, dense and row-major; nil where nothing depends on the value.
    mutating func gradient(_ value: ValueID) throws(ExecutionError) -> Int? {
        guard let total = try total(value) else { return nil }
        guard total.layout != nil, let layout = Layout.rowMajor(dimensions(value)) else { return total.slot }
        return try gradient(value, in: layout)
    }

    /// The gradient in a layout that an operation asks for; nil where nothing depends on the value.
    mutating func gradient(_ value: ValueID, in layout: Layout) throws(ExecutionError) -> Int? {
        guard let total = try total(value) else { return nil }
        if let known = rearranged[value]?.first(where: { $0.layout == layout }) { return known.slot }
        let slot = try reordered(total, dimensions(value), to: layout)
        rearranged[value, default: []].append(Location(layout: layout, slot: slot))
        return slot
    }
}

// MARK: - Steps

extension TrainingLowering {
    /// Appends a step that runs an operation, with working memory where it needs some.
    mutating func emit(_ operation: Operation, _ arguments: [(role: Operation.Role, slot: Int)]) {
        var arguments = arguments
        if let scratch = operation.layout(.scratch), scratch.byteCount > 0 {
            arguments.append((.scratch, place(byteCount: scratch.byteCount)))
        }
        append(.operation(operation, arguments), arguments.map(\.slot))
    }

    mutating func routine(_ arguments: [Int], _ body: @escaping Routine) { append(.routine(body, arguments), arguments) }

    /// Runs a node's kernel on dense row-major values.
    mutating func emitKernel(_ node: TracedNode) throws(ExecutionError) {
        var inputs: [(type: ValueType, slot: Int)?] = []
        for input in node.inputs {
            guard let input else {
                inputs.append(nil)
                continue
            }
            inputs.append((type(input), try plain(input)))
        }
        var results: [Int] = []
        for (position, type) in node.kernel.outputs.enumerated() {
            let slot = place(byteCount: type.byteCount)
            results.append(slot)
            if position < node.outputs.count { hold(node.outputs[position], slot) }
        }
        let scratch = node.kernel.scratchByteCount > 0 ? place(byteCount: node.kernel.scratchByteCount) : nil
        append(
            .kernel(node.kernel, inputs: inputs, outputs: results, scratch: scratch),
            inputs.compactMap { $0?.slot } + results + (scratch.map { [$0] } ?? []))
    }

    private mutating func append(_ body: TrainingStep.Body, _ arguments: [Int]) {
        for slot in arguments { slots[slot].last = max(slots[slot].last, steps.count) }
        steps.append(TrainingStep(body: body, title: title))
    }
}
