import Composition
import Compression
import NeuralNetwork

/// What the layer table is sorted by.
public enum SortKey: String, Sendable, Hashable, CaseIterable {
    case order, name, operation, weights, filters, ranks, sparsity, clusters, bitsPerWeight, size, ratio,
        effect, macs

    public var title: String {
        switch self {
        case .order: "order"
        case .name: "name"
        case .operation: "operator"
        case .weights: "share"
        case .filters: "filters"
        case .ranks: "ranks"
        case .sparsity: "sparsity"
        case .clusters: "k"
        case .bitsPerWeight: "bits/weight"
        case .size: "size"
        case .ratio: "ratio"
        case .macs: "MACs"
        case .effect: "effect"
        }
    }
}

/// Which layers the table shows, and in what order.
public struct LayerOrder: Sendable, Hashable {
    public var key: SortKey = .order
    /// Whether the direction natural to the key (numbers from the greatest, names from A) is turned round.
    public var isReversed = false
    /// Words that must each occur in the layer's name or operator, whatever their case.
    public var filter = ""

    public init() {}

    /// Indices into `model.layers`, in the order in which the table lists them. `harm` is what a layer's plan takes from
    /// the network's quality by itself, more being worse.
    public func rows(
        of model: Model, statuses: [LayerStatus], composed: [ComposedLayer], harm: (Int) -> Double = { _ in 0 }
    ) -> [Int] {
        let words = filter.lowercased().split(separator: " ")
        var rows = model.layers.indices.filter { index in
            guard !words.isEmpty else { return true }
            let name = model.layers[index].name.lowercased()
            let operation = model.layers[index].operation.lowercased()
            return words.allSatisfy { name.contains($0) || operation.contains($0) }
        }
        switch key {
        case .order: break
        case .name: rows.sort { model.layers[$0].name < model.layers[$1].name }
        case .operation: stable(&rows) { model.layers[$0].operation < model.layers[$1].operation }
        case .weights: descending(&rows) { Double(model.layers[$0].shape.count) }
        case .filters: descending(&rows) { 1 - Double(composed[$0].filtersKept) / Double(max(1, composed[$0].filterCount)) }
        case .ranks: descending(&rows) { Double(composed[$0].ranks.map { $0.out * $0.in } ?? 0) }
        case .sparsity: descending(&rows) { statuses[$0].figures.sparsity }
        case .clusters: descending(&rows) { Double(statuses[$0].figures.codebook?.centroids.count ?? .max) }
        case .bitsPerWeight: descending(&rows) { statuses[$0].figures.bitsPerWeight }
        case .size: descending(&rows) { Double(statuses[$0].figures.account.byteCount) }
        case .ratio: descending(&rows) { statuses[$0].figures.weightRatio }
        case .macs: descending(&rows) { Double(composed[$0].macs.count ?? 0) }
        case .effect: descending(&rows, by: harm)
        }
        return isReversed ? rows.reversed() : rows
    }

    private func descending(_ rows: inout [Int], by value: (Int) -> Double) {
        stable(&rows) { value($0) > value($1) }
    }

    private func stable(_ rows: inout [Int], by precedes: (Int, Int) -> Bool) {
        rows.sort { precedes($0, $1) || (!precedes($1, $0) && $0 < $1) }
    }
}
