import NeuralNetwork
import TensorCore

/// Takes dropped channels out of a graph: out of stored tensors, out of what nodes say of extents, out of declared shapes.
struct ChannelRemoval {
    let channels: ChannelAnalysis
    let kept: KeptChannels
    /// How many places read each stored tensor.
    let useCounts: [Int]

    /// The indices that stay along an axis.
    func indices(_ list: [Int]) -> [Int] { list.indices.filter { kept.contains(list[$0]) } }

    func count(_ list: some Collection<Int>) -> Int { list.reduce(0) { kept.contains($1) ? $0 + 1 : $0 } }

    /// A stored tensor without the channels that go.
    func tensor(_ index: Int, of model: Model) -> TensorSource {
        let tensor = model.tensors[index].tensor
        guard !kept.isEverything else { return tensor }
        return tensor.selecting(
            tensor.shape.dimensions.indices.compactMap { axis in
                channels.stored[StoredAxis(tensor: index, axis: axis)].map { (axis, indices($0)) }
            })
    }

    /// A shape without the channels that go.
    func dimensions(_ dimensions: [Int], _ axes: [[Int]?]?) -> [Int] {
        guard let axes, !kept.isEverything else { return dimensions }
        return zip(dimensions, axes).map { extent, list in list.map { count($0) } ?? extent }
    }

    func apply(to rewriter: inout GraphRewriter) {
        guard !kept.isEverything else { return }
        for tensor in Set(channels.stored.keys.map(\.tensor)) {
            let smaller = self.tensor(tensor, of: rewriter.model)
            if smaller.shape != rewriter.model.tensors[tensor].tensor.shape { rewriter.replaced[tensor] = smaller }
        }
        for edit in channels.edits { apply(edit, to: &rewriter) }
    }

    private func apply(_ edit: NodeEdit, to rewriter: inout GraphRewriter) {
        let entries = edit.entries.map { ($0.position, channels: $0.channels.map(Int.init)) }
        var node = rewriter.nodes[edit.node]
        func changed(_ original: [Int]) -> [Int]? {
            var values = original
            for (position, list) in entries where values.indices.contains(position) {
                // A position counted from the end moves with what goes behind it, too.
                if count(list) != list.count || values[position] < 0 { values[position] = count(list) }
            }
            return values == original ? nil : values
        }
        switch edit.place {
        case .integer(let name):
            guard let (_, list) = entries.first, count(list) != list.count else { return }
            node.attributes[name] = .integer(count(list))
        case .integers(let name):
            var original = edit.original ?? []
            if case .integers(let given) = node.attributes[name] { original = given }
            guard let values = changed(original) else { return }
            node.attributes[name] = .integers(values)
        case .input(let input):
            guard let values = changed(edit.original ?? []) else { return }
            setInput(input, of: &node, to: values, in: &rewriter)
        case .vector(let input, let vector):
            guard vector.reasons.contains(where: { !kept.contains(Int($0)) }) else { return }
            let original = edit.original ?? []
            let name = rewritten(vector, node.inputs[input], changed(original) ?? original, entries, before: edit.node, &rewriter)
            node.inputs[input] = name
        case .pinned(let input, let tensor, let reasons):
            guard reasons.contains(where: { !kept.contains(Int($0)) }) else { return }
            node.inputs[input] = rewriter.add("\(node.inputs[input]).kept", tensor)
        case .pick(let source, let axis, let order, let picked):
            let list = picked.source.map(Int.init)
            guard count(list) != list.count else { return }
            let places = Dictionary(uniqueKeysWithValues: indices(list).enumerated().map { ($1, $0) })
            let indices = Tensor(integers: order.compactMap { places[$0] })
            let name = rewriter.add("\(node.outputs[0]).kept", picked.isScalar ? indices.scalar : indices)
            return rewriter.replace(
                edit.node,
                by: Node(
                    name: node.name, operation: "Gather", inputs: [source, name], outputs: node.outputs,
                    attributes: ["axis": .integer(axis)]))
        case .own(let input, let tensor, let axis):
            guard let (_, list) = entries.first, count(list) != list.count else { return }
            // Along a further axis it is its own already.
            let current = rewriter.added(named: node.inputs[input]) ?? rewriter.model.tensors[tensor].tensor
            node.inputs[input] = rewriter.add("\(node.inputs[input]).kept", current.selecting([(axis, indices(list))]))
        case .selection(let input, let axis):
            guard let (_, list) = entries.first, count(list) != list.count else { return }
            let source = node.inputs[input]
            let kept = rewriter.add("\(source).kept", Tensor(integers: indices(list)))
            let output = rewriter.uniqueName("\(source).kept")
            rewriter.insert(
                Node(
                    name: rewriter.uniqueName("\(node.name)/kept"), operation: "Gather", inputs: [source, kept],
                    outputs: [output], attributes: ["axis": .integer(axis)]),
                before: edit.node)
            node.inputs[input] = output
        }
        rewriter.nodes[edit.node] = node
    }

    /// A vector put together anew: constants, what is computed as before, and that in another proportion.
    private func rewritten(
        _ vector: ComputedVector, _ name: String, _ values: [Int], _ entries: [(position: Int, channels: [Int])],
        before node: Int, _ rewriter: inout GraphRewriter
    ) -> String {
        func constant(_ values: [Int]) -> String {
            rewriter.add("\(name).kept", Tensor(integers: values, vector.elementType))
        }
        func insert(_ operation: String, _ inputs: [String], _ attributes: [String: Attribute] = [:]) -> String {
            let output = rewriter.uniqueName("\(name).kept")
            rewriter.insert(
                Node(name: output, operation: operation, inputs: inputs, outputs: [output], attributes: attributes),
                before: node)
            return output
        }
        var pieces: [String] = []
        var position = 0
        while position < values.count {
            let part = vector.parts.first { part in
                part.positions.lowerBound == position && !part.positions.isEmpty
                    && part.positions.allSatisfy { vector.open.contains($0) && !vector.scaled.contains($0) }
            }
            if let part {
                pieces.append(part.name)
                position = part.positions.upperBound
            } else if vector.open.contains(position) {
                var piece = insert("Gather", [name, rewriter.add("\(name).kept", Tensor(integers: [position]))], ["axis": .integer(0)])
                if vector.scaled.contains(position), let list = entries.first(where: { $0.position == position })?.channels {
                    piece = insert("Div", [insert("Mul", [piece, constant([count(list)])]), constant([list.count])])
                }
                pieces.append(piece)
                position += 1
            } else {
                let end = (position..<values.count).first { vector.open.contains($0) } ?? values.count
                pieces.append(constant(Array(values[position..<end])))
                position = end
            }
        }
        return pieces.count == 1 ? pieces[0] : insert("Concat", pieces, ["axis": .integer(0)])
    }

    /// Makes a node read other integers: in place where nobody else reads them.
    private func setInput(_ input: Int, of node: inout Node, to values: [Int], in rewriter: inout GraphRewriter) {
        // In operator set 18 equal parts may be asked for by number.
        node.attributes["num_outputs"] = nil
        if input < node.inputs.count, let tensor = channels.storedTensors[node.inputs[input]] {
            let made = TensorSource(Tensor(integers: values, like: rewriter.model.tensors[tensor].tensor))
            if useCounts[tensor] == 1 {
                rewriter.replaced[tensor] = made
            } else {
                node.inputs[input] = rewriter.add("\(node.inputs[input]).kept", made)
            }
            return
        }
        while node.inputs.count <= input { node.inputs.append("") }
        let name = node.inputs[input].isEmpty ? "\(node.outputs.first ?? node.name).split" : "\(node.inputs[input]).kept"
        node.inputs[input] = rewriter.add(name, Tensor(integers: values))
    }
}

extension Tensor {
    /// The vector's single element as a scalar.
    fileprivate var scalar: Tensor { Tensor(shape: [], elementType: elementType, storage: storage) }

    /// A vector of int64, or of int32.
    init(integers: [Int], _ elementType: ElementType = .int64) {
        let isNarrow = elementType == .int32
        self.init(
            shape: [integers.count], elementType: isNarrow ? .int32 : .int64,
            storage: .owned(
                isNarrow
                    ? integers.map { Int32(clamping: $0) }.withUnsafeBytes { Array($0) }
                    : integers.map { Int64($0) }.withUnsafeBytes { Array($0) }))
    }
}
