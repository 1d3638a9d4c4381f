import Compression
import NeuralNetwork
import TextFormats

/// A recipe's rules compared with the layers of a model: for every level, which rule holds for which layers.
struct RecipeResolution {
    /// Types, then patterns, then names: the later overrides the earlier.
    private var levels: [(plan: PartialPlan, place: RecipePlace?, layers: [Int])] = []
    private var isIgnored: [Bool]
    private let global: PartialPlan
    private let model: Model
    private let path: String?

    init(_ recipe: Recipe, model: Model) throws(RecipeError) {
        self.model = model
        path = recipe.path
        global = recipe.global
        isIgnored = Array(repeating: false, count: model.layers.count)
        let index = LayerIndex(model)
        for rule in recipe.types {
            let layers = model.layers.indices.filter { model.layers[$0].operation == rule.operation }
            guard !layers.isEmpty || Recipe.knownOperations.contains(rule.operation) else {
                let known = Set(model.layers.map(\.operation)).sorted() + Recipe.knownOperations
                let nearest = nearestName(to: rule.operation, among: known)
                throw fault(.unknownOperation(rule.operation, model: model.name, nearest: nearest), at: rule.place)
            }
            levels.append((rule.plan, rule.place, layers))
        }
        for rule in recipe.layers {
            guard case .pattern(let pattern) = rule.selector else { continue }
            let layers = try matches(rule.selector, at: rule.place, in: index)
            guard !layers.isEmpty else {
                let nearest = nearestName(to: pattern, among: model.layers.lazy.map(\.name))
                throw fault(.unmatchedPattern(pattern, model: model.name, nearest: nearest), at: rule.place)
            }
            levels.append((rule.plan, rule.place, layers))
        }
        for rule in recipe.layers {
            guard case .name(let name) = rule.selector else { continue }
            let layers = try matches(rule.selector, at: rule.place, in: index)
            guard !layers.isEmpty else { throw unknownLayer(name, at: rule.place) }
            levels.append((rule.plan, rule.place, layers))
        }
        for rule in recipe.ignore {
            let layers = try matches(rule.selector, at: rule.place, in: index)
            for layer in layers { isIgnored[layer] = true }
            // Biases and norms are stored as they come anyway, so a recipe may well name them here.
            guard layers.isEmpty, case .name(let name) = rule.selector else { continue }
            guard model.tensors.contains(where: { $0.name == name }) else { throw unknownLayer(name, at: rule.place) }
        }
    }

    /// One plan a layer.
    func plans() throws(RecipeError) -> [LayerPlan] {
        var partial = Array(repeating: global, count: model.layers.count)
        for level in levels {
            for layer in level.layers { partial[layer] = partial[layer].overridden(by: level.plan) }
        }
        var plans: [LayerPlan] = []
        for (layer, partial) in partial.enumerated() {
            if isIgnored[layer] {
                plans.append(Recipe.ignoredPlan)
            } else if let plan = partial.resolved() {
                plans.append(plan)
            } else {
                let culprit = levels.last { $0.plan.share != nil && $0.layers.contains(layer) }
                throw fault(.noClusters(layer: model.layers[layer].name), at: culprit?.place)
            }
        }
        return plans
    }

    private func matches(
        _ selector: LayerSelector, at place: RecipePlace?, in index: LayerIndex
    ) throws(RecipeError) -> [Int] {
        do {
            return try index.layers(matching: selector)
        } catch {
            throw fault(.badPattern(String(selector.text.trimmingPrefix("re:")), reason: error.reason), at: place)
        }
    }

    private func unknownLayer(_ name: String, at place: RecipePlace?) -> RecipeError {
        let nearest = nearestName(to: name, among: model.layers.lazy.map(\.name))
        return fault(.unknownLayer(name, model: model.name, nearest: nearest), at: place)
    }

    private func fault(_ fault: RecipeFault, at place: RecipePlace?) -> RecipeError {
        RecipeError(path: path, place: place, fault: fault)
    }
}

/// A model's layers by name: their own, then whatever else they are called.
struct LayerIndex {
    private let names: [[String]]
    private let byName: [String: [Int]]

    init(_ model: Model) {
        names = model.layers.map { [$0.name] + $0.otherNames }
        var byName = Dictionary(grouping: names.indices) { [names] in names[$0][0] }
        for (layer, names) in names.enumerated() {
            for name in names.dropFirst() where byName[name]?.contains(where: { model.layers[$0].name == name }) != true {
                byName[name, default: []].append(layer)
            }
        }
        self.byName = byName
    }

    /// Indices of the layers that a selector means, ascending.
    func layers(matching selector: LayerSelector) throws(PatternFault) -> [Int] {
        switch selector {
        case .name(let name): return layers(named: name)
        case .pattern(let pattern):
            let pattern = try NamePattern(pattern)
            var found: [Int] = []
            for (index, names) in names.enumerated() {
                for name in names where try pattern.matches(name) {
                    found.append(index)
                    break
                }
            }
            return found
        }
    }

    func layers(named name: String) -> [Int] { byName[name] ?? [] }
}
