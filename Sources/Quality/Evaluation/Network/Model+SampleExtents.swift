import Datasets
import NeuralNetwork

extension Model {
    /// The model with its multiply-accumulates counted at the extents that the data's samples have, where its inputs leave them open and
    /// nobody gave them; data that does not fit says nothing.
    public func counted(on set: DataSet?) -> Model {
        guard let graph, graph.inputs.contains(where: \.leavesExtentsOpen) else { return self }
        guard let set, let plan = try? InputPlan(self, data: set), let shapes = try? plan.shapes(batch: 1) else {
            return counted(forSamples: [:])
        }
        let fed = Set(plan.feeds.map(\.input)).union(plan.given.keys)
        let open = graph.inputs.filter { $0.leavesExtentsOpen && fed.contains($0.name) && graph.inputShapes[$0.name] == nil }.map(\.name)
        return counted(forSamples: shapes.filter { open.contains($0.key) })
    }
}

extension ValueInfo {
    /// Whether any extent but the first, which counts samples, is left open.
    fileprivate var leavesExtentsOpen: Bool {
        (dimensions ?? []).dropFirst().contains { if case .fixed = $0 { false } else { true } }
    }
}
