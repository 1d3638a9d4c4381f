import NeuralNetwork
import TensorCore

/// A graph cut into stages, each of which computes what is wanted next from values that earlier ones left behind.
///
/// Weights of a node may change until the stage that computes it. What follows from shapes and constants alone is computed
/// again in each stage that reads it, so that a compiler still knows it beforehand.
struct StagedGraph: Sendable {
    struct Stage: Sendable {
        /// Nodes that are computed, in execution order.
        var nodes: [Int] = []
        /// Values read that are inputs of the graph or were left behind.
        var inputs: [String] = []
        /// Values that are left behind.
        var outputs: [String] = []
        /// Values that no later stage reads.
        var finished: [String] = []
    }

    let stages: [Stage]

    /// `wants` names the values that each stage is to have, in an order of execution; `bound` the inputs known beforehand.
    init(_ graph: Graph, wants: [[String]], bound: Set<String>) {
        var planner = Planner(graph, bound: bound)
        for (stage, names) in wants.enumerated() { planner.want(names, in: stage) }
        stages = planner.stages(count: wants.count)
    }
}

private struct Planner {
    let graph: Graph
    let producers: [String: Int]
    let inputs: Set<String>
    /// By node: the values it reads, and whether they all are known without running the network.
    let reads: [[String]]
    let isStatic: [Bool]
    let position: [Int: Int]
    /// The stage that computes each node first.
    var computed: [Int: Int] = [:]
    var nodes: [Int: Set<Int>] = [:]
    var stageInputs: [Int: Set<String>] = [:]
    var wanted: [Int: Set<String>] = [:]

    init(_ graph: Graph, bound: Set<String>) {
        self.graph = graph
        var producers: [String: Int] = [:]
        for (index, node) in graph.nodes.enumerated() {
            for output in node.outputs where !output.isEmpty { producers[output] = index }
        }
        let inputs = Set(graph.inputs.map(\.name)).subtracting(bound)
        let reads = graph.nodes.map { $0.hasSubgraphs ? $0.valuesRead().sorted() : $0.inputs.filter { !$0.isEmpty } }
        let order = graph.executionOrder()
        var isStatic = [Bool](repeating: false, count: graph.nodes.count)
        for index in order {
            isStatic[index] =
                ["Shape", "Size"].contains(graph.nodes[index].operation)
                || reads[index].allSatisfy { name in
                    producers[name].map { isStatic[$0] } ?? !inputs.contains(name)
                }
        }
        self.producers = producers
        self.inputs = inputs
        self.reads = reads
        self.isStatic = isStatic
        position = Dictionary(uniqueKeysWithValues: order.enumerated().map { ($1, $0) })
    }

    mutating func want(_ names: [String], in stage: Int) {
        wanted[stage] = Set(names)
        var open = names
        while let name = open.popLast() {
            if inputs.contains(name) { stageInputs[stage, default: []].insert(name) }
            guard let node = producers[name] else { continue }
            if let before = computed[node], before < stage, !isStatic[node] {
                stageInputs[stage, default: []].insert(name)
            } else if nodes[stage, default: []].insert(node).inserted {
                if computed[node] == nil { computed[node] = stage }
                open += reads[node]
            }
        }
    }

    func stages(count: Int) -> [StagedGraph.Stage] {
        var lastRead: [String: Int] = [:]
        for stage in 0..<count {
            for name in (stageInputs[stage] ?? []).union(wanted[stage] ?? []) { lastRead[name] = stage }
        }
        return (0..<count).map { index in
            var stage = StagedGraph.Stage()
            stage.nodes = (nodes[index] ?? []).sorted { (position[$0] ?? $0) < (position[$1] ?? $1) }
            let made = Set(stage.nodes.flatMap { graph.nodes[$0].outputs })
            stage.inputs = (stageInputs[index] ?? []).sorted()
            let wanted = wanted[index] ?? []
            stage.outputs = made.filter { name in
                guard let node = producers[name], computed[node] == index else { return wanted.contains(name) }
                return (lastRead[name] ?? -1) > index && !isStatic[node] || wanted.contains(name)
            }.sorted()
            stage.finished = lastRead.filter { $0.value == index }.keys.sorted()
            return stage
        }
    }
}
