import Compression
import NeuralNetwork

extension Recipe {
    /// The recipe that gives every layer of `model` its plan: what the explorer saves.
    ///
    /// The rules of `base` (what was opened) stay, and layers that differ from them get a rule of their own. Where more
    /// than half of the layers would need a new one, or without `base`, the levels are made anew: what most layers share
    /// goes to `global`, what most layers of an operator share to `types`, the rest to `layers`.
    ///
    /// `plans(for: model)` of the result, and of its text read back, equals `plans`, which must hold values in the ranges
    /// a recipe may hold. Layer names must differ from each other.
    public init(
        describing plans: [LayerPlan], model: Model, base: Recipe? = nil, reference: ModelReference? = nil
    ) {
        precondition(
            plans.count == model.layers.count, "\(plans.count) plans do not fit \(model.layers.count) layers")
        var recipe = Recipe(makingLevelsFor: plans, model: model)
        if let base {
            let kept = Recipe(keeping: base, for: plans, model: model)
            let newRules = Set(kept.layers).subtracting(base.layers).count
            if newRules * 2 <= plans.count || kept.ruleCount <= recipe.ruleCount { recipe = kept }
        }
        recipe.path = base?.path
        recipe.reconstruct = base?.reconstruct
        recipe.model = reference ?? base?.reference(to: model) ?? ModelReference(path: model.name)
        self = recipe
    }

    private var ruleCount: Int { (global.isEmpty ? 0 : 1) + types.count + layers.count + ignore.count }

    /// The recipe's own reference, where it is to a file of the model's name.
    private func reference(to model: Model) -> ModelReference? {
        guard let path = self.model?.path, path == model.name || path.hasSuffix("/" + model.name) else { return nil }
        return self.model
    }
}

// MARK: Keeping what was opened

extension Recipe {
    /// `base` with other rules for single layers, and without what does not fit the model.
    private init(keeping base: Recipe, for plans: [LayerPlan], model: Model) {
        let index = LayerIndex(model)
        var inherited = Array(repeating: base.global, count: plans.count)
        self.init(global: base.global)
        for rule in base.types {
            let layers = plans.indices.filter { model.layers[$0].operation == rule.operation }
            guard !layers.isEmpty || Self.knownOperations.contains(rule.operation) else { continue }
            types.append(rule)
            for layer in layers { inherited[layer] = inherited[layer].overridden(by: rule.plan) }
        }
        for rule in base.layers {
            guard case .pattern = rule.selector else { continue }
            for layer in index.layersOrNone(matching: rule.selector) {
                inherited[layer] = inherited[layer].overridden(by: rule.plan)
            }
        }
        ignore = base.ignore.filter { rule in
            let layers = index.layersOrNone(matching: rule.selector)
            if case .name(let name) = rule.selector, layers.isEmpty {
                return model.tensors.contains { $0.name == name }
            }
            return layers.allSatisfy { plans[$0] == Self.ignoredPlan }
        }
        let ignored = Set(ignore.flatMap { index.layersOrNone(matching: $0.selector) })

        // The rules stay in their order, those of layers that had none come last.
        var settled = ignored
        for rule in base.layers {
            let matched = index.layersOrNone(matching: rule.selector)
            guard let layer = matched.first else { continue }
            guard case .name = rule.selector else {
                layers.append(rule)
                continue
            }
            guard settled.insert(layer).inserted else { continue }
            if inherited[layer].overridden(by: rule.plan).resolved() == plans[layer] {
                layers.append(rule)
            } else {
                describe(layer, of: model, as: plans[layer], inheriting: inherited[layer])
            }
        }
        for layer in plans.indices where !settled.contains(layer) {
            describe(layer, of: model, as: plans[layer], inheriting: inherited[layer])
        }
    }

    /// Adds the rule a layer needs, if any.
    private mutating func describe(_ layer: Int, of model: Model, as plan: LayerPlan, inheriting inherited: PartialPlan) {
        guard inherited.resolved() != plan else { return }
        let selector = LayerSelector.name(model.layers[layer].name)
        if plan == Self.ignoredPlan {
            ignore.append(IgnoreRule(selector: selector))
        } else {
            layers.append(LayerRule(selector: selector, plan: PartialPlan(from: inherited, to: plan)))
        }
    }
}

// MARK: Making levels anew

extension Recipe {
    private init(makingLevelsFor plans: [LayerPlan], model: Model) {
        let described = plans.indices.filter { plans[$0] != Self.ignoredPlan }
        self.init(global: PartialPlan(commonTo: described.map { plans[$0] }, inheriting: PartialPlan()))
        var inherited: [String: PartialPlan] = [:]
        for (operation, layers) in byOperation(described, of: model) {
            let common = PartialPlan(commonTo: layers.map { plans[$0] }, inheriting: global)
            if !common.isEmpty { types.append(TypeRule(operation: operation, plan: common)) }
            inherited[operation] = global.overridden(by: common)
        }
        for layer in plans.indices {
            let inherited = inherited[model.layers[layer].operation] ?? global
            describe(layer, of: model, as: plans[layer], inheriting: inherited)
        }
    }

    /// Layers by operator, the operators in the order in which they first occur.
    private func byOperation(_ layers: [Int], of model: Model) -> [(String, [Int])] {
        let groups = Dictionary(grouping: layers) { model.layers[$0].operation }
        return groups.sorted { ($0.value.first ?? 0) < ($1.value.first ?? 0) }
    }
}

extension LayerIndex {
    /// No layers where the selector is no pattern; recipes that were read hold none such.
    fileprivate func layersOrNone(matching selector: LayerSelector) -> [Int] {
        (try? layers(matching: selector)) ?? []
    }
}
