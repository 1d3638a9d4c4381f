import NeuralNetwork
import TextFormats

extension Recipe {
    /// What is probably not meant, though the recipe can be followed: another model's digest, rules without effect.
    ///
    /// `sha256` is the digest of the model's file where it is known; it is compared without regard to letter case.
    public func warnings(for model: Model, sha256: String? = nil) -> [RecipeWarning] {
        var warnings: [RecipeWarning] = []
        if let expected = self.model?.sha256, let sha256, expected.lowercased() != sha256.lowercased() {
            warnings.append(
                warning(nil, "made for another \(printable(self.model?.path ?? model.name)): its sha256 differs"))
        }
        for rule in types where !model.layers.contains(where: { $0.operation == rule.operation }) {
            warnings.append(warning(rule.place, "\(printable(model.name)) has no \(quoted(rule.operation)) layers"))
        }
        let index = LayerIndex(model)
        let ignored = ignore.map { (rule: $0, layers: (try? index.layers(matching: $0.selector)) ?? []) }
        let ignoredLayers = Set(ignored.flatMap(\.layers))
        for (rule, layers) in ignored where layers.isEmpty {
            guard case .pattern(let pattern) = rule.selector, let pattern = try? NamePattern(pattern) else { continue }
            if model.tensors.contains(where: { (try? pattern.matches($0.name)) == true }) { continue }
            warnings.append(
                warning(rule.place, "\(quoted(rule.selector.text)) matches nothing in \(printable(model.name))"))
        }
        for rule in layers {
            guard case .name(let name) = rule.selector, let layer = index.layers(named: name).first else { continue }
            guard ignoredLayers.contains(layer) else { continue }
            warnings.append(warning(rule.place, "the rule of \(quoted(name)) has no effect, the layer is ignored"))
        }
        return warnings
    }

    private func warning(_ place: RecipePlace?, _ what: String) -> RecipeWarning {
        let file = path.map { "\(printable($0)): " } ?? ""
        let line = place.map { " (line \($0.line))" } ?? ""
        return RecipeWarning(place: place, message: file + what + line)
    }
}
