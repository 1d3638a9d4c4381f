import NeuralNetwork
import TensorCore

/// A network's inputs: what each is fed with, and which of their dimensions count samples.
struct InputPlan: Sendable {
    var roles: [String: InputRole] = [:]
    /// The input that data goes to.
    var data: ValueInfo
    /// The dimensions of the data input that count samples, and symbols of a text.
    var batchAxis = 0
    var timeAxis: Int?
    /// The dimension of every input that counts samples; inputs that have none are missing.
    private(set) var batchAxes: [String: Int] = [:]
    private let inputs: [ValueInfo]
    private let assumptions: [String: Int]

    /// - Throws: where the network has no input that data could go to.
    init(_ model: Model, takesText: Bool) throws(EvaluationError) {
        guard let graph = model.graph else { throw EvaluationError("\(model.name) holds weights but no graph to run") }
        inputs = graph.inputs
        assumptions = GraphAnalysis(graph, tensors: model.tensors).assumptions
        func isNumber(_ input: ValueInfo) -> Bool { input.elementType?.isReadableAsFloat ?? true }
        let wanted = takesText ? graph.inputs.first { !isNumber($0) && !($0.dimensions ?? []).isEmpty } : nil
        guard let data = wanted ?? graph.inputs.first(where: { !($0.dimensions ?? []).isEmpty }) else {
            throw EvaluationError("\(model.name) has no input for data")
        }
        if takesText, isNumber(data) {
            throw EvaluationError("\(model.name) takes numbers (\(data.name)), not the symbols of a text")
        }
        self.data = data
        let starts = graph.startStates
        var freeOutputs = Array(graph.outputs.indices.dropFirst())
        for input in graph.inputs where input.name != data.name {
            if input.dimensions?.isEmpty ?? false, !isNumber(input) {
                roles[input.name] = .bound(Self.customaryValue(of: input.name))
            } else if let position = freeOutputs.firstIndex(where: { Self.carries(graph.outputs[$0], input) }) {
                roles[input.name] = .state(output: freeOutputs.remove(at: position))
            } else if starts.contains(input.name) {
                roles[input.name] = .start
            } else {
                roles[input.name] = .random
            }
        }
        roles[data.name] = isNumber(data) || takesText ? .data : .random
        findAxes(starts, readsTimeFirst: graph.readsTimeFirst(data.name))
    }

    /// A sampling rate is the one number that networks commonly ask for.
    private static func customaryValue(of name: String) -> Int {
        ["sr", "sample_rate", "sampling_rate"].contains(name.lowercased()) ? 16_000 : 1
    }

    /// Whether an output can be fed back into an input.
    private static func carries(_ output: ValueInfo, _ input: ValueInfo) -> Bool {
        guard let from = output.dimensions, let to = input.dimensions, from.count == to.count, output.elementType == input.elementType
        else { return false }
        return zip(from, to).allSatisfy { pair in
            if case (.fixed(let left), .fixed(let right)) = pair { left == right } else { true }
        }
    }

    /// A recurrent network's states share the dimension that counts sequences; the other one of the data is time.
    private mutating func findAxes(_ starts: Set<String>, readsTimeFirst: Bool) {
        guard let dimensions = data.dimensions, !dimensions.isEmpty else { return }
        let states = inputs.filter(isState)
        if dimensions.count >= 2 {
            let shared = dimensions.prefix(2).firstIndex { dimension in
                guard case .symbol = dimension else { return false }
                return states.contains { $0.dimensions?.contains(dimension) ?? false }
            }
            batchAxis = shared ?? (readsTimeFirst ? 1 : 0)
        }
        if dimensions.count >= 2, !(data.elementType?.isReadableAsFloat ?? true) { timeAxis = 1 - batchAxis }
        batchAxes[data.name] = batchAxis
        for input in inputs where input.name != data.name {
            guard let own = input.dimensions, !own.isEmpty else { continue }
            if case .symbol = dimensions[batchAxis], let shared = own.firstIndex(of: dimensions[batchAxis]) {
                batchAxes[input.name] = shared
            } else {
                // States are layers × sequences × units, as ONNX has them: the sequence is the axis before the last.
                batchAxes[input.name] = starts.contains(input.name) && own.count >= 2 ? own.count - 2 : 0
            }
        }
    }

    /// Whether the data is sequences of symbols.
    var takesSymbols: Bool { timeAxis != nil && !(data.elementType?.isReadableAsFloat ?? true) }

    /// The samples a run takes, where the file fixes them: in the data, or in the states that go with it.
    var fixedBatch: Int? {
        if let count = fixedCount(data) { return count }
        return inputs.lazy.filter(isState).compactMap(fixedCount).first
    }

    /// Whether an input is a state that a run starts from.
    private func isState(_ input: ValueInfo) -> Bool {
        switch roles[input.name] {
        case .state?, .start?: true
        default: false
        }
    }

    private func fixedCount(_ input: ValueInfo) -> Int? {
        guard let axis = batchAxes[input.name], let dimensions = input.dimensions, case .fixed(let count) = dimensions[axis] else {
            return nil
        }
        return count
    }

    /// The shapes of all inputs for a number of samples a run and, in a text, symbols a run. `sample` is what the data says
    /// of the shape of one sample.
    func shapes(batch: Int, time: Int?, sample: Shape?) throws(EvaluationError) -> [String: Shape] {
        var symbols = assumptions
        let dimensions = data.dimensions ?? []
        if case .symbol(let name) = dimensions[batchAxis] { symbols[name] = batch }
        if let time, let timeAxis, timeAxis < dimensions.count, case .symbol(let name) = dimensions[timeAxis] {
            symbols[name] = time
        }
        let dataShape = try shape(ofData: dimensions, batch: batch, time: time, sample: sample, &symbols)
        var shapes: [String: Shape] = [:]
        for input in inputs {
            if input.name == data.name {
                shapes[input.name] = dataShape
                continue
            }
            let batchAxis = batchAxes[input.name]
            let extents = (input.dimensions ?? []).enumerated().map { axis, dimension -> Int in
                switch dimension {
                case .fixed(let extent): axis == batchAxis && extent == fixedBatch ? batch : extent
                case .symbol(let name): axis == batchAxis && isState(input) ? batch : symbols[name] ?? 1
                case .unspecified: axis == batchAxis ? batch : 1
                }
            }
            guard let shape = Shape(checking: extents) else { throw EvaluationError("the shape of \(input.name) is impossible") }
            shapes[input.name] = shape
        }
        return shapes
    }

    private func shape(
        ofData dimensions: [Dimension], batch: Int, time: Int?, sample: Shape?, _ symbols: inout [String: Int]
    ) throws(EvaluationError) -> Shape {
        var extents: [Int] = []
        for (axis, dimension) in dimensions.enumerated() {
            let given = sample.flatMap { $0.rank == dimensions.count - 1 && axis > 0 ? $0[axis - 1] : nil }
            switch dimension {
            case _ where axis == batchAxis: extents.append(batch)
            case .fixed(let extent): extents.append(extent)
            case .symbol(let name):
                if time == nil, let given { symbols[name] = given }
                extents.append(symbols[name] ?? given ?? 1)
            case .unspecified: extents.append(given ?? time ?? 1)
            }
        }
        guard let shape = Shape(checking: extents) else { throw EvaluationError("the shape of \(data.name) is impossible") }
        if let sample {
            let one = Array(shape.dimensions.dropFirst())
            // A flat input takes an image of as many pixels.
            guard one == sample.dimensions || (one.count == 1 && one[0] == sample.count) else {
                throw EvaluationError(
                    "the data's samples are \(sample), but the network takes \(Shape(one)) (\(data.name)): "
                        + "choose other data, or describe it with a YAML file that brings it to that shape")
            }
        }
        return shape
    }
}
