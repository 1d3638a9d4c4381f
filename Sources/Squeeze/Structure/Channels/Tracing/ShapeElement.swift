/// What an element of a computed vector of numbers (a shape, a bound) follows from.
struct ShapeElement {
    /// Channels whose number it depends on; none where it is the same whatever stays.
    var channels: [Atom] = []
    /// Whether it grows as the number of `channels` that stay does: it is that number, or a multiple of it.
    var isProportional = false

    /// It depends on no channels.
    static let plain = ShapeElement()

    /// The extent of an axis with these channels.
    static func extent(_ channels: [Atom]) -> ShapeElement { ShapeElement(channels: channels, isProportional: true) }

    /// It depends on the numbers of these channels in one way or another.
    static func derived(_ channels: [Atom]) -> ShapeElement { ShapeElement(channels: channels) }

    var isPlain: Bool { channels.isEmpty }
}

/// Arithmetic on numbers of channels: what is computed of them is followed, never forbidden, until somebody needs it.
extension NodeVisit {
    /// Operators whose results have as many elements whatever the elements are.
    private static let reckoning = Set(ChannelRule.elementwise.keys).union(ChannelRule.reduction.keys)

    /// Deals with a node that computes numbers of nothing but numbers known beforehand. False where it is no such node.
    mutating func reckon() -> Bool {
        guard node.domain.isEmpty, Self.reckoning.contains(node.operation), let shape = outputShape(), shape.rank <= 1,
            node.inputs.indices.contains(where: { elements($0) != nil }), isFollowed(node.outputs.first ?? ""),
            node.inputs.indices.allSatisfy({ !isPresent($0) || elements($0) != nil || isNumber($0) })
        else { return false }
        let operands = node.inputs.indices.filter { isPresent($0) }
        for input in operands { understand(input) }
        if ChannelRule.reduction[node.operation] != nil {
            let all = operands.flatMap { elements($0) ?? [] }
            setElements((0..<shape.count).map { _ in .derived(all.flatMap(\.channels)) })
            return true
        }
        setElements(
            (0..<shape.count).map { place in
                combined(operands.map { (elements($0)?.at(place) ?? .plain, integers($0)?.at(place)) })
            })
        return true
    }

    /// Whether what a result is can be told later: of floating-point numbers only where they were reckoned beforehand.
    private func isFollowed(_ name: String) -> Bool {
        tracer.numberType(name) != .float32 || tracer.analysis.numbers[name] != nil || tracer.analysis.integers[name] != nil
    }

    /// Whether an input is a number, or few, known beforehand.
    private func isNumber(_ input: Int) -> Bool {
        if integers(input) != nil || tracer.analysis.numbers[node.inputs[input]] != nil { return true }
        return stored(input).map { tracer.model.tensors[$0].tensor.shape.rank <= 1 && tracer.model.tensors[$0].tensor.count <= 64 } ?? false
    }

    /// What an element follows from that is computed of others.
    private func combined(_ operands: [(element: ShapeElement, value: Int?)]) -> ShapeElement {
        let involved = operands.filter { !$0.element.isPlain }
        switch node.operation {
        case "Mul" where involved.count == 1: return involved[0].element
        case "Add", "Sum":
            // Extents add up to the extent of what is joined.
            let areExtents = operands.allSatisfy { $0.element.isProportional && $0.value == $0.element.channels.count }
            if areExtents { return .extent(involved.flatMap(\.element.channels)) }
        default: break
        }
        return .derived(involved.flatMap(\.element.channels))
    }
}

extension Array {
    /// The element at a place; that of a scalar, or of a vector of one element, at every place.
    fileprivate func at(_ place: Int) -> Element? { count == 1 ? self[0] : indices.contains(place) ? self[place] : nil }
}
