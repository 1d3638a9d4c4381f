import NeuralNetwork
import TensorCore

/// Which of a network's inputs takes data, and which carry states from one batch to the next.
struct NetworkInputs {
    let dataName: String
    /// Whether data is numbers rather than symbols.
    let takesNumbers: Bool
    /// Whether symbols are 64 bits wide.
    let isWide: Bool
    /// Inputs by the outputs that they are fed with.
    let carried: [String: String]
    private let data: ValueInfo
    private let states: [ValueInfo]

    init(_ model: Model) throws(FinetuningError) {
        guard let graph = model.graph else { throw .network("\(model.name) holds weights but no graph to train") }
        let symbols = graph.inputs.first { !Self.isNumber($0) && $0.dimensions?.count == 2 }
        guard let data = symbols ?? graph.inputs.first(where: { Self.isNumber($0) && !($0.dimensions ?? []).isEmpty }) else {
            throw .network("\(model.name) has no input for data")
        }
        self.data = data
        dataName = data.name
        takesNumbers = Self.isNumber(data)
        isWide = data.elementType == .int64
        var free = Array(graph.outputs.dropFirst())
        var carried: [String: String] = [:]
        states = graph.inputs.filter { $0.name != data.name }
        for state in states {
            guard let place = free.firstIndex(where: { $0.dimensions?.count == state.dimensions?.count }) else {
                throw .network("input \(state.name) of \(model.name) is neither data nor a state that an output gives")
            }
            carried[free.remove(at: place).name] = state.name
        }
        self.carried = carried
    }

    private static func isNumber(_ input: ValueInfo) -> Bool { input.elementType?.isReadableAsFloat ?? true }

    /// The shapes of all inputs for a batch of samples.
    func shapes(batch: Int, sample: Shape?) throws(FinetuningError) -> [String: Shape] {
        guard states.isEmpty else { throw .network("input \(states[0].name) takes no samples") }
        let declared = data.dimensions ?? []
        var extents = [batch]
        for (axis, dimension) in declared.enumerated().dropFirst() {
            let given = sample.flatMap { $0.rank == declared.count - 1 ? $0[axis - 1] : nil }
            switch dimension {
            case .fixed(let extent): extents.append(extent)
            case .symbol, .unspecified: extents.append(given ?? sample?.count ?? 1)
            }
        }
        let shape = Shape(extents)
        if let sample, shape.count != batch * sample.count || declared.count > 2 && Array(extents.dropFirst()) != sample.dimensions {
            throw .data("samples of \(sample) do not fit input \(dataName), which takes \(Shape(Array(extents.dropFirst())))")
        }
        return [dataName: shape]
    }

    /// The shapes of all inputs for windows of a text, time first.
    func shapes(batch: Int, time: Int) throws(FinetuningError) -> [String: Shape] {
        let declared = data.dimensions ?? []
        guard declared.count == 2 else { throw .network("input \(dataName) is no table of symbols") }
        for state in states where !(state.dimensions?.contains(declared[1]) ?? false) {
            throw .network("input \(dataName) has time along its second axis; the first is what can be trained")
        }
        var shapes: [String: Shape] = [dataName: Shape([time, batch])]
        for state in states {
            shapes[state.name] = Shape(
                (state.dimensions ?? []).map { dimension in
                    if case .fixed(let extent) = dimension { return extent }
                    return dimension == declared[1] ? batch : 1
                })
        }
        return shapes
    }
}
