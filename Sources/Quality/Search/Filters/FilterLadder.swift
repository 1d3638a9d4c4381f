import Basics
import Composition
import Compression
import Importance
import NeuralNetwork
import Structure

/// In what order the filters of a network go: those first that lose least for what they save.
///
/// Filters that are the same channels go together. What a channel saves is told by taking half of its group's away.
public struct FilterLadder {
    private let composer: Composer
    private let scope: SearchScope
    private let groups: [Group]
    /// What goes, the first first: the group, what is lost and what is saved by then in all.
    private let steps: [(group: Int, loss: Double, saved: Double)]
    /// What the network costs with all filters.
    private let whole: Double

    private struct Group {
        /// The layer whose rule the group follows, and how many filters it has.
        let layer: Int
        let filters: Int
        let channels: Int
        let savedByChannel: Double
        /// What each channel's going is predicted to lose, the least first.
        let losses: [Double]
    }

    /// Looks at the filters of all layers of which the data says something, but those that layers with plans of their own make or read. The last
    /// quarter of a group stays.
    ///
    /// - Throws: `Cancelled`, or where weights cannot be read.
    public init(
        _ composer: Composer, _ importance: NetworkImportance, _ price: SearchPrice, _ scope: SearchScope, cancellation: CancellationToken
    ) throws {
        self.composer = composer
        self.scope = scope
        let none = Array(repeating: LayerPlan(), count: composer.model.layers.count)
        whole = Double(try Self.cost(composer, none, price, cancellation))
        let start = scope.kept.isEmpty ? whole : Double(try Self.cost(composer, scope.base, price, cancellation))
        var groups: [Group] = []
        for group in composer.channels.groups where group.isPrunable {
            guard let layer = group.producers.first, let filters = composer.channels.filterCount(ofLayer: layer), filters > 1,
                scope.kept.isDisjoint(with: group.producers), scope.kept.isDisjoint(with: group.consumers),
                let scores = try importance.losses(without: group, of: composer)
            else { continue }
            let free = group.channels.indices.filter { !group.fixed.contains($0) }
            var plans = scope.base
            plans[layer].filters = FilterRule(.fraction(0.5), by: .fisher)
            try composer.measureData(for: plans, on: nil, importance: importance, cancellation: cancellation)
            let kept = try composer.compose(plans, patience: .thorough, cancellation: cancellation).layers[layer].filtersKept
            let gone = Double(filters - kept) * Double(group.channelCount) / Double(filters)
            let saved = (start - Double(try Self.cost(composer, plans, price, cancellation))) / max(1, gone)
            guard gone > 0, saved > 0 else { continue }
            let losses = free.map { scores[$0] }.filter { !$0.isNaN }.sorted().prefix(max(0, group.channelCount - (group.channelCount + 3) / 4))
            groups.append(Group(layer: layer, filters: filters, channels: group.channelCount, savedByChannel: saved, losses: Array(losses)))
        }
        self.groups = groups
        var order = groups.enumerated().flatMap { index, group in group.losses.map { (group: index, loss: $0, saved: group.savedByChannel) } }
        order.sort { ($0.loss / $0.saved, $0.group) < ($1.loss / $1.saved, $1.group) }
        var (loss, saved) = (0.0, 0.0)
        steps = order.map { step in
            loss += step.loss
            saved += step.saved
            return (step.group, loss, saved)
        }
    }

    /// Multiply-accumulates of the layers, or numbers of their weights.
    private static func cost(_ composer: Composer, _ plans: [LayerPlan], _ price: SearchPrice, _ cancellation: CancellationToken) throws -> Int {
        let shapes = try composer.compose(plans, patience: .thorough, cancellation: cancellation)
        return switch price {
        case .bytes: shapes.layers.reduce(0) { $0 + $1.parts.reduce(0) { $0 + $1.shape.count } }
        case .macs: shapes.layers.reduce(0) { $0 + ($1.macs.count ?? 0) }
        }
    }

    /// Whether there is nothing that can go.
    public var isEmpty: Bool { steps.isEmpty }

    /// The plans by which about such a share of the whole cost goes; as much as can where that is less.
    public func plans(saving share: Double) -> [LayerPlan] {
        plans(after: steps.firstIndex { $0.saved >= share * whole }.map { share > 0 ? $0 + 1 : 0 } ?? steps.count)
    }

    /// What the layers cost under these plans, exactly, as a share of the whole.
    func cost(of plans: [LayerPlan], _ price: SearchPrice, _ cancellation: CancellationToken) throws -> Double {
        Double(try Self.cost(composer, plans, price, cancellation)) / max(1, whole)
    }

    private func plans(after count: Int) -> [LayerPlan] {
        var gone = Array(repeating: 0, count: groups.count)
        for step in steps[..<count] { gone[step.group] += 1 }
        var plans = scope.base
        for (group, gone) in zip(groups, gone) where gone > 0 {
            let kept = Double(group.filters) * (1 - Double(gone) / Double(group.channels))
            plans[group.layer].filters = FilterRule(.keep(max(1, Int(kept.rounded()))), by: .fisher)
        }
        return plans
    }
}
