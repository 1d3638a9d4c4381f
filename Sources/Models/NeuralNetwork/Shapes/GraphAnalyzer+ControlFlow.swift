import TensorCore

extension GraphAnalyzer {
    /// Analyses the subgraphs of a control-flow node and says what is known of the node's outputs.
    mutating func visitSubgraphs(
        _ index: Int, title: String, _ context: NodeContext, in scope: Scope, _ analysis: inout GraphAnalysis
    ) -> [ValueFact] {
        let node = context.node
        switch (node.domain, node.operation) {
        case ("", "If"): return visitIf(index, title: title, context, in: scope, &analysis)
        case ("", "Loop"): return visitLoop(index, title: title, context, in: scope, &analysis)
        default:
            // The bodies' own nodes are looked at for their weights; what runs how often is not known.
            for (name, graph) in node.subgraphs {
                let facts = graph.inputs.map { _ in ValueFact.unknown("\(title) is not followed") }
                analysis.subgraphs[index, default: [:]][name] = analyze(graph, outer: scope, inputs: facts)
            }
            let reason = "\(title) is not followed"
            analysis.nodeMACs[index] = .unknown(reason: reason)
            return node.outputs.map { _ in .unknown(reason) }
        }
    }

    private mutating func visitIf(
        _ index: Int, title: String, _ context: NodeContext, in scope: Scope, _ analysis: inout GraphAnalysis
    ) -> [ValueFact] {
        let node = context.node
        guard case .graph(let thenGraph) = node.attributes["then_branch"],
            case .graph(let elseGraph) = node.attributes["else_branch"]
        else {
            let reason = "\(title) lacks a branch"
            analysis.nodeMACs[index] = .unknown(reason: reason)
            return node.outputs.map { _ in .unknown(reason) }
        }
        let condition = context.constant(0)?.doubles.first.map { $0 != 0 }
        if let condition { analysis.conditions[index] = condition }
        var branches: [(analysis: GraphAnalysis, outputs: [ValueFact])] = []
        for (name, graph) in [("then_branch", thenGraph), ("else_branch", elseGraph)] {
            let inner = Scope(outer: scope)
            let branch = analyze(graph, in: inner, inputs: [])
            analysis.subgraphs[index, default: [:]][name] = branch
            let outputs = graph.outputs.map { inner[$0.name] ?? .unknown("\(title) does not compute \($0.name)".asReason) }
            branches.append((branch, outputs))
        }
        if let condition {
            let taken = branches[condition ? 0 : 1]
            analysis.nodeMACs[index] = taken.analysis.macs
            if taken.analysis.lacksRoom { analysis.lacksRoom = true }
            return taken.outputs
        }
        analysis.nodeMACs[index] = MACCount.either(branches[0].analysis.macs, branches[1].analysis.macs)
        if branches.contains(where: \.analysis.lacksRoom) { analysis.lacksRoom = true }
        return node.outputs.indices.map { output in
            let shapes = branches.map { output < $0.outputs.count ? $0.outputs[output].shape : nil }
            guard let first = shapes[0], first == shapes[1] else {
                return .unknown("the branches of \(title) give different shapes")
            }
            return .known(first)
        }
    }

    /// A loop's body runs with the shapes it starts from; where it hands others on, they are unknown.
    private mutating func visitLoop(
        _ index: Int, title: String, _ context: NodeContext, in scope: Scope, _ analysis: inout GraphAnalysis
    ) -> [ValueFact] {
        let node = context.node
        guard case .graph(let body) = node.attributes["body"], body.outputs.count >= 1 else {
            let reason = "\(title) lacks a body"
            analysis.nodeMACs[index] = .unknown(reason: reason)
            return node.outputs.map { _ in .unknown(reason) }
        }
        // Inputs are (trip count, condition, carried…), of the body (iteration, condition, carried…); the body's outputs
        // are (condition, carried…, collected…).
        let carried = context.inputs.dropFirst(2).map { fact -> ValueFact in
            // Carried values change from one iteration to the next: only their shapes are the same.
            fact?.shape.map { .known($0) } ?? .unknown(fact?.reason ?? "\(title) lacks an input")
        }
        // Where the condition holds on entry, and the body hands on one that holds given that, it always holds.
        let isUnconditional = !context.hasInput(1) || context.constant(1)?.doubles.first.map { $0 != 0 } == true
        let condition = isUnconditional ? ValueFact.constant(ConstantValue(scalar: 1)) : .known([])
        let inner = Scope(outer: scope)
        let analysed = analyze(body, in: inner, inputs: [.known([]), condition] + carried)
        analysis.subgraphs[index, default: [:]]["body"] = analysed
        if analysed.lacksRoom { analysis.lacksRoom = true }
        let outputs = body.outputs.map { inner[$0.name] ?? .unknown("\(title) does not compute \($0.name)".asReason) }
        let continues = outputs[0].constant?.doubles.first ?? storedCondition(outputs[0], context)
        var trips: Int?
        if context.hasInput(0), isUnconditional, continues.map({ $0 != 0 }) ?? false {
            trips = context.constant(0)?.integers?.first.map { max($0, 0) }
        }
        if let trips { analysis.iterations[index] = trips }
        let reason = "how often \(title) runs is seen only while the network runs"
        if case .counted(0) = analysed.macs {
            analysis.nodeMACs[index] = .counted(0)
        } else {
            analysis.nodeMACs[index] = trips.map { analysed.macs * $0 } ?? .unknown(reason: reason)
        }
        return node.outputs.indices.map { output in
            guard output + 1 < outputs.count else { return .unknown("\(title) has no output \(output)") }
            guard let shape = outputs[output + 1].shape else { return .unknown(outputs[output + 1].reason ?? reason) }
            if output < carried.count {
                return carried[output].shape == shape ? .known(shape) : .unknown("\(title) changes the shape it carries")
            }
            guard let trips, let all = try? Shape(inferred: [trips] + shape.dimensions) else { return .unknown(reason) }
            return .known(all)
        }
    }

    private func storedCondition(_ fact: ValueFact, _ context: NodeContext) -> Double? {
        guard let index = fact.tensor, tensors.indices.contains(index) else { return nil }
        return ConstantValue(tensors[index].tensor)?.doubles.first
    }
}
