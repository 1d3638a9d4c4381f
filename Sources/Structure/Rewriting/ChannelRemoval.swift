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
    func tensor(_ index: Int, of model: Model) -> Tensor {
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
        case .part(let input, let concat, let part):
            guard let values = changed(edit.original ?? []) else { return }
            var copy = rewriter.graph.nodes[concat]
            copy.inputs[part] = rewriter.add(copy.inputs[part], Tensor(integers: values))
            copy.outputs = [rewriter.uniqueName(node.inputs[input])]
            if !copy.name.isEmpty { copy.name = rewriter.uniqueName(copy.name) }
            node.inputs[input] = copy.outputs[0]
            rewriter.insert(copy, before: edit.node)
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

    /// Makes a node read other integers: in place where nobody else reads them.
    private func setInput(_ input: Int, of node: inout Node, to values: [Int], in rewriter: inout GraphRewriter) {
        // In operator set 18 equal parts may be asked for by number.
        node.attributes["num_outputs"] = nil
        if input < node.inputs.count, let tensor = channels.storedTensors[node.inputs[input]] {
            let original = rewriter.model.tensors[tensor].tensor
            if useCounts[tensor] == 1 {
                rewriter.replaced[tensor] = original.replacingIntegers(values)
            } else {
                node.inputs[input] = rewriter.add("\(node.inputs[input]).kept", original.replacingIntegers(values))
            }
            return
        }
        while node.inputs.count <= input { node.inputs.append("") }
        let name = node.inputs[input].isEmpty ? "\(node.outputs.first ?? node.name).split" : "\(node.inputs[input]).kept"
        node.inputs[input] = rewriter.add(name, Tensor(integers: values))
    }
}

extension Tensor {
    /// A vector of int64.
    init(integers: [Int]) {
        self.init(
            shape: [integers.count], elementType: .int64,
            storage: .owned(integers.map { Int64($0) }.withUnsafeBytes { Array($0) }))
    }
}
