import NeuralNetwork

/// The branches of an `If`, laid flat.
extension Tracer {
    mutating func branch(_ node: Node, _ title: String) throws(ExecutionError) {
        guard let name = node.inputs.first, let condition = lookUp(name),
            case .graph(let then)? = node.attributes["then_branch"], case .graph(let other)? = node.attributes["else_branch"]
        else { throw ExecutionError("\(title) has no condition or lacks a branch") }
        if let literal = trace.values[condition].literal {
            let holds = literal.count > 0 && literal.storage.withUnsafeBytes { $0.first != 0 }
            define(node.outputs, try results(of: holds ? then : other, title, guards: guards))
            return
        }
        let type = trace.values[condition].type
        guard trace.values[condition].isRuntime, type.elementType == .boolean, type.shape.count == 1
        else { throw ExecutionError("\(title): its condition is not a Boolean") }
        let ids = [(then, true), (other, false)]
        var found: [[ValueID]] = []
        for (graph, expected) in ids {
            found.append(try results(of: graph, title, guards: guards + [Guard(condition: condition, expected: expected)]))
        }
        var outputs: [ValueID] = []
        for (position, (first, second)) in zip(found[0], found[1]).enumerated() {
            let type = trace.values[first].type
            guard type == trace.values[second].type else {
                throw ExecutionError("\(title): its branches differ in output \(position), and the condition is computed")
            }
            let output = add(Value(name: node.outputs[position], type: type, source: .computed))
            outputs.append(output)
            for (value, expected) in [(first, true), (second, false)] {
                let copy = Kernel(outputs: [type]) { inputs, outputs, _ in
                    guard let source = inputs[0] else { return }
                    outputs[0].bytes.copyMemory(from: source.bytes, byteCount: source.type.byteCount)
                }
                trace.nodes.append(
                    TracedNode(
                        node: Node(name: node.name, operation: TracedNode.selection), title: title, operatorSet: 13,
                        inputs: [value], outputs: [output], kernel: copy,
                        guards: guards + [Guard(condition: condition, expected: expected)]))
            }
        }
        define(node.outputs, outputs)
    }

    private mutating func results(
        of graph: Graph, _ title: String, guards inner: [Guard]
    ) throws(ExecutionError) -> [ValueID] {
        let outer = guards
        guards = inner
        scopes.append([:])
        defer {
            scopes.removeLast()
            guards = outer
        }
        try walk(graph)
        var ids: [ValueID] = []
        for output in graph.outputs {
            guard let id = lookUp(output.name) else { throw ExecutionError("\(title): nothing computes \(output.name)") }
            ids.append(id)
        }
        return ids
    }
}

extension TracedNode {
    /// The name under which a branch's result is copied to the `If`'s; no ONNX operator has it.
    static let selection = "(select)"
}
