import NeuralNetwork

/// Which dimensions count samples.
extension InputPlan {
    /// A recurrent network's states share the dimension that counts sequences; the other one of symbols is time.
    mutating func findAxes(_ graph: Graph, _ starts: Set<String>) {
        let dimensions = data.dimensions ?? []
        let states = inputs.filter(isState)
        var own = 0
        if dimensions.count >= 2 {
            let shared = dimensions.prefix(2).firstIndex { dimension in
                guard case .symbol = dimension else { return false }
                return states.contains { $0.dimensions?.contains(dimension) ?? false }
            }
            own = shared ?? Self.namedBatchAxis(dimensions) ?? (graph.readsTimeFirst(data.name) ? 1 : 0)
        }
        if dimensions.count >= 2, !data.takesNumbers { timeAxis = own == 0 ? 1 : 0 }
        batchAxes[data.name] = own
        for input in inputs where input.name != data.name {
            guard let other = input.dimensions, !other.isEmpty else { continue }
            if case .symbol = dimensions[own], let shared = other.firstIndex(of: dimensions[own]) {
                batchAxes[input.name] = shared
            } else if starts.contains(input.name), other.count >= 2 {
                // States are layers × sequences × units, as ONNX has them: the sequence is the axis before the last.
                batchAxes[input.name] = other.count - 2
            } else {
                batchAxes[input.name] = other.count >= 2 ? Self.namedBatchAxis(other) ?? (graph.readsTimeFirst(input.name) ? 1 : 0) : 0
            }
        }
    }

    /// The dimension that is called a batch; nil where none is, or more than one.
    private static func namedBatchAxis(_ dimensions: [Dimension]) -> Int? {
        let found = dimensions.indices.filter { axis in
            if case .symbol(let name) = dimensions[axis] { name.lowercased().hasPrefix("batch") } else { false }
        }
        return found.count == 1 ? found[0] : nil
    }

    /// Whether the data is sequences of symbols.
    var takesSymbols: Bool { timeAxis != nil && !data.takesNumbers }

    /// The samples a run takes, where the file fixes them: in the data, or in the states that go with it.
    public var fixedBatch: Int? {
        let fed = inputs.filter { roles[$0.name] == .data || $0.name == data.name }
        return (fed + inputs.filter(isState)).lazy.compactMap(fixedCount).first
    }

    /// Whether an input is a state that a run starts from.
    func isState(_ input: ValueInfo) -> Bool {
        switch roles[input.name] {
        case .state?, .start?: true
        default: false
        }
    }

    private func fixedCount(_ input: ValueInfo) -> Int? {
        guard let axis = batchAxes[input.name], let dimensions = input.dimensions, dimensions.indices.contains(axis),
            case .fixed(let count) = dimensions[axis]
        else { return nil }
        return count
    }
}
