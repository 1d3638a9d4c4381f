import Basics
import Composition
import Compression
import Importance

/// What each layer's filters are predicted to cost: those that lose least go first, with all layers whose filters are the same channels.
struct FilterCurves {
    /// By layer, from many filters to few.
    private(set) var curves: [Int: [(plan: LayerPlan, byteCount: Int, loss: Double)]] = [:]

    private static let fractions = [0.95, 0.9, 0.85, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1]

    /// - Throws: `Cancelled`, or where weights cannot be read.
    init(
        _ composer: Composer, _ importance: NetworkImportance, _ cancellation: CancellationToken, progress: (Double) -> Void
    ) throws {
        let groups = composer.channels.groups.filter(\.isPrunable)
        for (place, group) in groups.enumerated() {
            progress(Double(place) / Double(groups.count))
            guard let first = group.producers.first, let filters = composer.channels.filterCount(ofLayer: first),
                let scores = try importance.losses(without: group, of: composer)
            else { continue }
            let losses = group.channels.indices.filter { !group.fixed.contains($0) }.map { scores[$0] }.sorted()
            var last = filters
            for fraction in Self.fractions {
                let rule = FilterRule(.fraction(fraction), by: .fisher)
                var plans = Array(repeating: LayerPlan(), count: composer.model.layers.count)
                plans[first].filters = rule
                try composer.measureData(for: plans, on: nil, importance: importance, cancellation: cancellation)
                let shapes = try composer.compose(plans, patience: .thorough, cancellation: cancellation)
                let kept = shapes.layers[first].filtersKept
                guard kept < last else { continue }
                last = kept
                let gone = (filters - kept) * group.channelCount / filters
                let loss = losses.prefix(gone).reduce(0, +)
                for layer in group.producers where curves[layer]?.last.map({ $0.plan.filters != rule }) ?? true {
                    let bytes = shapes.placed(layer).parts.reduce(0) { $0 + $1.weights.byteCount }
                    curves[layer, default: []].append((LayerPlan(filters: rule), bytes, loss))
                }
            }
        }
    }
}
