import Composition
import Compression
import NeuralNetwork

/// What a search may change of a network, and what it leaves as somebody decided.
public struct SearchScope: Sendable, Hashable {
    /// What is done to each layer whatever is found.
    public private(set) var base: [LayerPlan]
    /// Layers that keep it: nothing else is done to them.
    public let kept: Set<Int>

    /// All layers but those that keep their plans; layers that store the same weights keep them together. Of the others what no search changes
    /// stays: how the numbers beside them are written.
    public init(of model: Model, plans: [LayerPlan]? = nil, keeping named: Set<Int> = []) {
        var base = Array(repeating: LayerPlan(), count: model.layers.count)
        var kept: Set<Int> = []
        for unit in SearchUnit.all(of: model) {
            let decided = unit.layers.first(where: named.contains)
            for layer in unit.layers {
                let own = plans?[decided ?? layer] ?? LayerPlan()
                base[layer] = decided == nil ? LayerPlan(rest: own.rest) : own
            }
            if decided != nil { kept.formUnion(unit.layers) }
        }
        (self.base, self.kept) = (base, kept)
    }

    /// The same with something else done to layers whatever is found.
    public func on(_ base: [LayerPlan]) -> SearchScope {
        var scope = self
        scope.base = base
        return scope
    }

    /// Whether nothing is left to search among.
    public var isEmpty: Bool { kept.count == base.count }

    /// The plans that come of doing something to all layers that keep nothing.
    public func changing(_ change: (inout LayerPlan) -> Void) -> [LayerPlan] {
        var plans = base
        for layer in plans.indices where !kept.contains(layer) { change(&plans[layer]) }
        return plans
    }
}
