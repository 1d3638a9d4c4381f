import TensorCore

/// The facts of one graph while it is analysed, with those of the graph around it behind them.
final class Scope {
    let outer: Scope?
    var facts: [String: ValueFact] = [:]

    init(outer: Scope?) { self.outer = outer }

    subscript(name: String) -> ValueFact? {
        var scope: Scope? = self
        while let current = scope {
            if let fact = current.facts[name] { return fact }
            scope = current.outer
        }
        return nil
    }
}

/// Walks a graph in execution order, applying each operator's rule.
struct GraphAnalyzer {
    let tensors: [StoredTensor]
    /// Extents of the symbolic dimensions.
    let extents: [String: Int]
    /// Whole shapes of the graph's inputs, by name.
    var shapes: [String: Shape] = [:]
    /// Ends the walk of a graph where a window does not fit: the extents are being tried out.
    var stopsWithoutRoom = false

    mutating func analyze(_ graph: Graph, outer: Scope?, inputs: [ValueFact] = []) -> GraphAnalysis {
        let scope = Scope(outer: outer)
        return analyze(graph, in: scope, inputs: inputs)
    }

    /// Analyses a graph whose facts gather in `scope`; `inputs` overrides what the graph declares of its inputs.
    mutating func analyze(_ graph: Graph, in scope: Scope, inputs: [ValueFact]) -> GraphAnalysis {
        var analysis = GraphAnalysis()
        for (index, input) in graph.inputs.enumerated() {
            scope.facts[input.name] =
                index < inputs.count ? inputs[index] : scope.outer == nil ? given(input) : declared(input, openExtent: nil)
        }
        for (name, index) in graph.initializers where tensors.indices.contains(index) {
            scope.facts[name] = ValueFact(shape: tensors[index].tensor.shape, tensor: index)
        }
        analysis.order = graph.executionOrder()
        analysis.nodeMACs = [MACCount](repeating: .unknown(reason: "it is part of a cycle"), count: graph.nodes.count)
        for index in analysis.order {
            visit(index, of: graph, in: scope, &analysis)
            if stopsWithoutRoom, analysis.lacksRoom { return analysis }
        }
        if analysis.order.count < graph.nodes.count {
            let visited = Set(analysis.order)
            for index in graph.nodes.indices where !visited.contains(index) {
                let reason = "\(graph.title(ofNode: index)) waits for its own output"
                analysis.nodeMACs[index] = .unknown(reason: reason)
                for output in graph.nodes[index].outputs { scope.facts[output] = .unknown(reason) }
            }
        }
        if let fault = graph.operatorSetFault, graph.standardOperatorSet > StandardOperators.versions.upperBound {
            // What newer operators multiply may be something else.
            analysis.nodeMACs = analysis.nodeMACs.map { _ in .unknown(reason: fault) }
        }
        analysis.macs = analysis.nodeMACs.reduce(.counted(0), +)
        for (name, fact) in scope.facts {
            if let shape = fact.shape { analysis.shapes[name] = shape } else { analysis.unknownShapes[name] = fact.reason }
            if let constant = fact.constant, constant.shape.rank <= 1 {
                if let integers = constant.integers {
                    analysis.integers[name] = integers
                } else {
                    analysis.numbers[name] = constant.doubles
                }
            }
        }
        return analysis
    }

    /// What is known of an input of the graph itself: the named extents, then what was given of its shape.
    private func given(_ info: ValueInfo) -> ValueFact {
        guard let dimensions = info.dimensions else { return shapes[info.name].map { .known($0) } ?? declared(info, openExtent: 1) }
        let shape = shapes[info.name].flatMap { $0.rank == dimensions.count ? $0 : nil }
        var filled = info
        filled.dimensions = dimensions.enumerated().map { axis, dimension in
            guard dimension == .unspecified else { return dimension }
            return .fixed(shape?[axis] ?? (info.imageAxes.contains(axis) ? OpenExtents.imageSide : 1))
        }
        return declared(filled, openExtent: 1)
    }

    /// What a declaration tells. Named dimensions have their assumed extents; `openExtent` stands for those without a name.
    private func declared(_ info: ValueInfo, openExtent: Int?) -> ValueFact {
        guard let dimensions = info.dimensions else { return .unknown("the shape of \(info.name) is not declared".asReason) }
        var known: [Int] = []
        for dimension in dimensions {
            switch dimension {
            case .fixed(let extent): known.append(extent)
            case .symbol(let name):
                guard let extent = extents[name] ?? openExtent else {
                    return .unknown("the dimension \(name) of \(info.name) is open".asReason)
                }
                known.append(extent)
            case .unspecified:
                guard let openExtent else { return .unknown("a dimension of \(info.name) is open".asReason) }
                known.append(openExtent)
            }
        }
        guard let shape = try? Shape(inferred: known) else {
            return .unknown("the shape \(known) of \(info.name) is impossible".asReason)
        }
        return .known(shape)
    }

    private mutating func visit(_ index: Int, of graph: Graph, in scope: Scope, _ analysis: inout GraphAnalysis) {
        let node = graph.nodes[index]
        let title = graph.title(ofNode: index)
        let inputs = node.inputs.map { name -> ValueFact? in
            if name.isEmpty { return nil }
            if let fact = scope[name] { return fact }
            // Initializers that are no plain tensors (sparse ones, strings) are declared only.
            return graph.valueInfos[name].map { declared($0, openExtent: nil) }
                ?? .unknown("\(title) reads \(name), which nothing provides".asReason)
        }
        let context = NodeContext(
            node: node, operatorSet: graph.standardOperatorSet, inputs: inputs, tensors: tensors)
        var facts: [ValueFact] = []
        if node.hasSubgraphs {
            facts = visitSubgraphs(index, title: title, context, in: scope, &analysis)
        } else if node.domain.isEmpty, let rule = OperatorRule.standard[node.operation] {
            var macs = MACCount.counted(0)
            do throws(ShapeFault) {
                facts = try rule.shapes(context)
                if node.operation == "Gather" { analysis.lookups[index] = context.constant(1)?.integers }
                // What only stored tensors make is made once, before the first input comes.
                let isFolded = inputs.allSatisfy { $0?.tensor != nil }
                if let count = rule.macs, !isFolded { macs = .counted(try count(context, facts)) }
            } catch {
                // What an input lacks is the cause already; otherwise the fault is this node's.
                let cause = inputs.lazy.compactMap { $0?.reason }.first
                let reason = error.reason == cause ? error.reason : "\(title): \(error.reason)".asReason
                if error.isLackOfRoom { analysis.lacksRoom = true }
                facts = node.outputs.map { _ in .unknown(reason) }
                if rule.macs != nil { macs = .unknown(reason: reason) }
            }
            analysis.nodeMACs[index] = macs
        } else {
            let domain = node.domain.isEmpty ? "" : " of domain \(node.domain)"
            let at = node.name.isEmpty ? "" : " at node \(node.name)"
            let reason = "unknown operator \(node.operation)\(domain)\(at)".asReason
            analysis.nodeMACs[index] = .unknown(reason: reason)
            facts = node.outputs.map { _ in .unknown(reason) }
        }
        for (position, name) in node.outputs.enumerated() where !name.isEmpty {
            var fact = position < facts.count ? facts[position] : .unknown("\(title) has no output \(position)")
            if fact.shape == nil, let info = graph.valueInfos[name] {
                let declaration = declared(info, openExtent: nil)
                if declaration.shape != nil { fact = declaration }
            }
            scope.facts[name] = fact
        }
    }
}

extension Graph {
    /// A node as messages name it: `Conv conv1`, or `Conv, node 7` where it has no name.
    public func title(ofNode index: Int) -> String {
        let node = nodes[index]
        return (node.name.isEmpty ? "\(node.operation), node \(index)" : "\(node.operation) \(node.name)").asReason
    }
}
