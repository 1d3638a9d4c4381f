/// Turns units into steps: chooses layouts, inserts reorders, and notes who needs which memory when.
struct Lowering {
    /// Where a value is held; nil as layout means dense and row-major.
    struct Location {
        var layout: Layout?
        var slot: Int
    }

    let trace: Trace
    private(set) var steps: [Step] = []
    private(set) var slots: [Slot] = []
    private(set) var packs: [Pack] = []
    private(set) var inputs: [Int] = []
    private(set) var outputs: [Argument] = []

    private var locations: [ValueID: [Location]] = [:]
    private var plainPacks: [ValueID: Int] = [:]
    /// The value whose memory a value may share.
    private var roots: [ValueID: ValueID] = [:]
    /// Units that still read a value or one that shares its memory.
    private var remainingUses: [ValueID: Int] = [:]
    private var unit: Unit?

    init(_ trace: Trace) { self.trace = trace }

    mutating func run(_ units: [Unit]) throws(ExecutionError) {
        countUses(units)
        for input in trace.inputs {
            slots.append(Slot(byteCount: trace.values[input].type.byteCount, first: -1, last: -1, isInput: true))
            inputs.append(slots.count - 1)
            locations[input] = [Location(layout: nil, slot: slots.count - 1)]
        }
        for unit in units {
            self.unit = unit
            try lower(unit)
            for input in unit.inputs { remainingUses[root(of: input), default: 0] -= 1 }
        }
        unit = nil
        for output in trace.outputs {
            let argument = try plain(output)
            if case .slot(let slot) = argument { slots[slot].last = .max }
            outputs.append(argument)
        }
        for index in slots.indices where slots[index].last == .max { slots[index].last = steps.count }
    }

    private mutating func countUses(_ units: [Unit]) {
        for unit in units {
            if Self.aliases.contains(unit.main.node.operation), let source = unit.main.inputs.first ?? nil {
                roots[unit.output] = root(of: source)
            }
            for input in unit.inputs { remainingUses[root(of: input), default: 0] += 1 }
        }
        for output in trace.outputs { remainingUses[root(of: output), default: 0] += 1 }
    }

    /// Operators whose result has the elements of their first input in the same order.
    static let aliases: Set<String> = ["Reshape", "Flatten", "Squeeze", "Unsqueeze", "Identity", "Dropout"]

    private func root(of value: ValueID) -> ValueID { roots[value] ?? value }

    func type(_ value: ValueID) -> ValueType { trace.values[value].type }

    /// Whether nothing but the unit being lowered still reads the value or what shares its memory.
    func isLastUse(of value: ValueID) -> Bool { remainingUses[root(of: value)] == 1 }
}

// MARK: - Memory

extension Lowering {
    /// A new place, written by the step that comes next.
    mutating func place(byteCount: Int) -> Int {
        slots.append(Slot(byteCount: byteCount, first: steps.count, last: steps.count))
        return slots.count - 1
    }

    mutating func pack(_ value: ValueID?, _ form: Pack.Form, byteCount: Int) -> Argument {
        packs.append(
            Pack(value: value, form: form, byteCount: byteCount, weights: value.map { trace.weights(of: $0) } ?? []))
        return .pack(packs.count - 1)
    }

    func locations(of value: ValueID) -> [Location] { locations[value] ?? [] }

    /// The layout a value was first made in, as operations of its rank see it; nil for other element types and ranks.
    func primaryLayout(_ value: ValueID) -> Layout? {
        guard type(value).elementType == .float32 else { return nil }
        return locations(of: value).first?.layout ?? .rowMajor(type(value).shape.dimensions)
    }

    mutating func hold(_ value: ValueID, _ location: Location) { locations[value] = [location] }

    /// The value, dense and row-major.
    mutating func plain(_ value: ValueID) throws(ExecutionError) -> Argument {
        guard trace.values[value].isRuntime else {
            if let index = plainPacks[value] { return .pack(index) }
            let argument = pack(value, .plain, byteCount: type(value).byteCount)
            if case .pack(let index) = argument { plainPacks[value] = index }
            return argument
        }
        if let found = locations(of: value).first(where: { $0.layout == nil }) { return .slot(found.slot) }
        guard let layout = Layout.rowMajor(type(value).shape.dimensions) else {
            throw ExecutionError("\(trace.values[value].name) has too many axes")
        }
        return try reordered(value, to: layout, isPlain: true)
    }

    /// The value in a layout that an operation asks for.
    mutating func argument(_ value: ValueID, in layout: Layout, dimensions: [Int]) throws(ExecutionError) -> Argument {
        if let rowMajor = Layout.rowMajor(dimensions), rowMajor == layout { return try plain(value) }
        if let found = locations(of: value).first(where: { $0.layout.map { $0 == layout } ?? false }) {
            return .slot(found.slot)
        }
        return try reordered(value, to: layout, isPlain: false)
    }

    private mutating func reordered(
        _ value: ValueID, to layout: Layout, isPlain: Bool
    ) throws(ExecutionError) -> Argument {
        guard let primary = locations(of: value).first, let source = primaryLayout(value),
            let operation = Operation.reorder(from: source, to: layout)
        else { throw ExecutionError("\(trace.values[value].name) cannot be rearranged") }
        let slot = place(byteCount: layout.byteCount)
        emit(operation, [(.source, .slot(primary.slot)), (.destination, .slot(slot))], cost: 0)
        // What a branch rearranges is not there where the branch does not run.
        if unit?.guards.isEmpty ?? true {
            locations[value]?.append(Location(layout: isPlain ? nil : layout, slot: slot))
        }
        return .slot(slot)
    }
}

// MARK: - Steps

extension Lowering {
    /// Appends a step that runs an operation, with working memory where it needs some.
    mutating func emit(_ operation: Operation, _ arguments: [(role: Operation.Role, argument: Argument)], cost: Int) {
        var arguments = arguments
        if let scratch = operation.layout(.scratch), scratch.byteCount > 0 {
            arguments.append((.scratch, .slot(place(byteCount: scratch.byteCount))))
        }
        append(.operation(operation, arguments), arguments.map(\.argument), cost: cost)
    }

    private mutating func append(_ body: Step.Body, _ arguments: [Argument], cost: Int) {
        var conditions: [(argument: Argument, expected: Bool)] = []
        for guarding in unit?.guards ?? [] {
            guard let location = locations(of: guarding.condition).first else { continue }
            conditions.append((.slot(location.slot), guarding.expected))
        }
        var weights: Set<Int> = []
        for argument in arguments + conditions.map(\.argument) {
            switch argument {
            case .slot(let slot): slots[slot].last = max(slots[slot].last, steps.count)
            case .pack(let pack): weights.formUnion(packs[pack].weights)
            }
        }
        steps.append(
            Step(body: body, conditions: conditions, cost: cost, weights: weights, title: unit?.main.title ?? ""))
    }

    /// Runs a node on dense row-major values.
    mutating func emitPlain(_ node: TracedNode) throws(ExecutionError) {
        if Self.aliases.contains(node.node.operation), let source = node.inputs.first ?? nil, node.guards.isEmpty,
            trace.values[source].isRuntime, type(source).byteCount == type(node.outputs[0]).byteCount,
            case .slot(let slot) = try plain(source)
        {
            hold(node.outputs[0], Location(layout: nil, slot: slot))
            guard node.outputs.dropFirst().contains(where: { !trace.values[$0].name.isEmpty }) else { return }
        }
        var inputs: [(type: ValueType, argument: Argument)?] = []
        for input in node.inputs {
            guard let input else {
                inputs.append(nil)
                continue
            }
            inputs.append((type(input), try plain(input)))
        }
        var outputs: [Argument] = []
        for (position, type) in node.kernel.outputs.enumerated() {
            let value = position < node.outputs.count ? node.outputs[position] : nil
            // The second branch of an `If` writes where the first did.
            if node.node.operation == TracedNode.selection, let value, let held = locations(of: value).first {
                outputs.append(.slot(held.slot))
                continue
            }
            let slot = place(byteCount: type.byteCount)
            outputs.append(.slot(slot))
            if let value { hold(value, Location(layout: nil, slot: slot)) }
        }
        var arguments = inputs.compactMap { $0?.argument } + outputs
        var scratch: Argument?
        if node.kernel.scratchByteCount > 0 {
            scratch = .slot(place(byteCount: node.kernel.scratchByteCount))
            arguments.append(.slot(slots.count - 1))
        }
        let cost = node.kernel.outputs.reduce(0) { $0 + $1.shape.count } * 8
        append(.kernel(node.kernel, inputs: inputs, outputs: outputs, scratch: scratch), arguments, cost: cost)
    }

    private mutating func lower(_ unit: Unit) throws(ExecutionError) {
        if try lowerFast(unit) { return }
        for node in unit.chain {
            if unit.chain.count > 1, try lowerFast(Unit(node)) { continue }
            try emitPlain(node)
        }
    }

    /// Lowers a unit to operations of oneDNN; false, with nothing emitted, where it has none for it.
    private mutating func lowerFast(_ unit: Unit) throws(ExecutionError) -> Bool {
        guard
            unit.chain.allSatisfy({ node in
                node.outputs.allSatisfy { type($0).elementType == .float32 && type($0).shape.count > 0 }
            })
        else { return false }
        switch unit.main.node.operation {
        case "Conv", "ConvTranspose": return try lowerConvolution(unit)
        case "BatchNormalization": return try lowerNormalization(unit)
        case "Gemm": return try lowerGemm(unit)
        case "MatMul": return try lowerMatMul(unit)
        case "MaxPool", "AveragePool", "GlobalAveragePool", "GlobalMaxPool": return try lowerPooling(unit)
        case "LRN": return try lowerLRN(unit)
        case "Softmax", "LogSoftmax": return try lowerSoftmax(unit)
        case "Concat": return try lowerConcatenation(unit)
        default:
            if BinaryOperator(unit.main.node.operation) != nil { return try lowerBinary(unit) }
            return try lowerPointwise(unit)
        }
    }
}
