import TextFormats

/// Turns a YAML tree into a recipe, or says what does not belong in one.
struct RecipeReader {
    /// Reads the text of a recipe.
    static func read(_ source: String) throws(RecipeError) -> Recipe {
        guard let root = try tree(source), !root.isNull else { throw RecipeError(fault: .empty) }
        let pairs = try keys(of: root, named: "a recipe")
        // The version first: a later one may well have keys that this one does not know.
        for (key, value) in pairs where key.text == "pare" && value.word != "1" {
            throw RecipeError(place: value.place, fault: .unsupportedVersion(found: value.text ?? value.found))
        }
        var recipe = Recipe()
        try Recipe.keys.read(root, into: &recipe, section: "the recipe")
        return recipe
    }

    private static func tree(_ source: String) throws(RecipeError) -> YAMLTree? {
        do throws(YAMLError) {
            return try YAMLTree.read(source)
        } catch {
            throw RecipeError(error)
        }
    }

    static func plan(_ value: YAMLTree, section: String) throws(RecipeError) -> PartialPlan {
        var plan = PartialPlan()
        try PartialPlan.keys.read(value, into: &plan, section: section)
        return plan
    }

    static func types(_ value: YAMLTree) throws(RecipeError) -> [TypeRule] {
        var rules: [TypeRule] = []
        for (key, value) in try keys(of: value, named: "types") {
            let operation = key.text ?? ""
            rules.append(
                TypeRule(
                    operation: operation,
                    plan: try plan(value, section: quoted(operation)), place: key.place))
        }
        return rules
    }

    static func layers(_ value: YAMLTree) throws(RecipeError) -> [LayerRule] {
        var rules: [LayerRule] = []
        var seen: Set<LayerSelector> = []
        for (key, value) in try keys(of: value, named: "layers") {
            let selector = try selector(key)
            // `conv1` and `name:conv1` are different keys for the same layer.
            guard seen.insert(selector).inserted else {
                throw RecipeError(place: key.place, fault: .duplicateKey(key.text ?? ""))
            }
            let plan = try plan(value, section: quoted(key.text ?? ""))
            rules.append(LayerRule(selector: selector, plan: plan, place: key.place))
        }
        return rules
    }

    static func ignore(_ value: YAMLTree) throws(RecipeError) -> [IgnoreRule] {
        let items: [YAMLTree]
        switch value.content {
        case .list(let list): items = list
        case .text where value.isNull: items = []
        case .text: items = [value]
        case .mapping: throw unexpected(value, field: "ignore", expected: "a list of names")
        }
        var rules: [IgnoreRule] = []
        var seen: Set<LayerSelector> = []
        for item in items {
            guard item.text != nil else { throw unexpected(item, field: "ignore", expected: "a list of names") }
            let rule = IgnoreRule(selector: try selector(item), place: item.place)
            guard seen.insert(rule.selector).inserted else {
                throw RecipeError(place: item.place, fault: .duplicateKey(item.text ?? ""))
            }
            rules.append(rule)
        }
        return rules
    }

    /// A name, or a pattern that compiles.
    private static func selector(_ key: YAMLTree) throws(RecipeError) -> LayerSelector {
        let selector = LayerSelector(text: key.text ?? "")
        guard case .pattern(let pattern) = selector else { return selector }
        do {
            _ = try NamePattern(pattern)
        } catch {
            throw RecipeError(place: key.place, fault: .badPattern(pattern, reason: error.reason))
        }
        return selector
    }
}

/// The pairs of a mapping whose keys are texts; nothing written counts as an empty mapping.
func keys(of tree: YAMLTree, named section: String) throws(RecipeError) -> [(key: YAMLTree, value: YAMLTree)] {
    if tree.isNull { return [] }
    guard case .mapping(let pairs) = tree.content else {
        throw unexpected(tree, field: section, expected: "keys with values")
    }
    for (key, _) in pairs where key.text == nil {
        throw unexpected(key, field: "a key of \(section)", expected: "a name")
    }
    return pairs
}

func unknown(_ key: YAMLTree, in section: String, known: [String]) -> RecipeError {
    RecipeError(place: key.place, fault: .unknownKey(key.text ?? "", section: section, known: known))
}

func unexpected(_ value: YAMLTree, field: String, expected: String) -> RecipeError {
    RecipeError(place: value.place, fault: .unexpected(field: field, expected: expected, found: value.found))
}

extension RecipeError {
    fileprivate init(_ error: YAMLError) {
        let fault: RecipeFault =
            switch error.fault {
            case .notYAML(let problem): .notYAML(problem: problem)
            case .anchorsOrAliases: .anchorsOrAliases
            case .nestedTooDeeply: .nestedTooDeeply
            case .duplicateKey(let key): .duplicateKey(key)
            }
        self.init(place: error.place, fault: fault)
    }
}
