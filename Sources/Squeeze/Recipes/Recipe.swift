import TextFormats

/// What to do to which layers of a model: the contents of a recipe file.
///
/// A recipe resolves to one `LayerPlan` a layer: `global` first, then the rule of the layer's operator, then the `re:`
/// patterns that match its name, in their order, then the rule of its name; each overrides the ones before it, stage by
/// stage and key by key. Layers on the `ignore` list are stored as they came, whatever the rules say.
public struct Recipe: Sendable {
    /// The file the recipe was read from; errors name it.
    public var path: String?
    /// The model the recipe was made for.
    public var model: ModelReference?
    public var global: PartialPlan
    /// In the order of the file; an operator has at most one rule.
    public var types: [TypeRule]
    /// In the order of the file; a name or pattern has at most one rule.
    public var layers: [LayerRule]
    public var ignore: [IgnoreRule]
    /// How what is left is fitted to the original's outputs before anything is shared; nil where it is not.
    public var reconstruct: ReconstructRule?
    /// How a search found it, in a line; nil where a person wrote it, or changed it since.
    public var found: String?
    /// What a compressed file's weights were fitted to, and what they were trained on; nil in recipes that persons write.
    public var fitted: LearningRecord?
    public var trained: LearningRecord?

    public init(
        path: String? = nil, model: ModelReference? = nil, global: PartialPlan = PartialPlan(), types: [TypeRule] = [],
        layers: [LayerRule] = [], ignore: [IgnoreRule] = [], reconstruct: ReconstructRule? = nil
    ) {
        self.path = path
        self.model = model
        self.global = global
        self.types = types
        self.layers = layers
        self.ignore = ignore
        self.reconstruct = reconstruct
    }
}

/// How remaining weights are fitted to the outputs of the original's layers on a calibration pass.
public struct ReconstructRule: Sendable, Hashable {
    /// Calibration samples, 1…1,000,000: the first in an order drawn by the seed, of a text its beginning.
    public var samples: Int
    /// What holds weights near their old values, as a fraction of the mean power of a layer's inputs.
    public var ridge: Double
    public var seed: UInt64
    /// Whether shared values are decided one after the other, the weights still to come making up for what was decided.
    public var feedback: Bool

    public init(samples: Int = 256, ridge: Double = 0.01, seed: UInt64 = 0, feedback: Bool = true) {
        self.samples = samples
        self.ridge = ridge
        self.seed = seed
        self.feedback = feedback
    }
}

/// The samples that weights in a file were fitted to or trained on, so that quality is measured on others and the file can be made again.
public struct LearningRecord: Sendable, Hashable {
    /// What the data is called: `cifar10-test.yaml`, `random inputs`.
    public var data: String
    /// Samples (windows of a text) that were looked at, of how many: the first in the order drawn by the seed.
    public var taken: Int
    public var of: Int
    public var seed: UInt64
    /// The digest of the first of them as network input, 64 lower-case hexadecimal digits; nil of random inputs.
    public var sha256: String?
    /// The digest of all tensors of the model that was trained; nil of what was fitted, which can be made again.
    public var original: String?

    public init(data: String, taken: Int, of: Int, seed: UInt64 = 0, sha256: String? = nil, original: String? = nil) {
        self.data = data
        self.taken = taken
        self.of = of
        self.seed = seed
        self.sha256 = sha256
        self.original = original
    }
}

/// Which model a recipe was made for.
public struct ModelReference: Sendable, Hashable {
    /// As written in the recipe; relative to the recipe's folder.
    public var path: String?
    /// 64 lower-case hexadecimal digits.
    public var sha256: String?

    public init(path: String? = nil, sha256: String? = nil) {
        self.path = path
        self.sha256 = sha256
    }
}

/// What happens to the layers of one operator.
public struct TypeRule: Sendable, Hashable {
    /// An operator as `Layer.operation` names it: `Conv`.
    public var operation: String
    public var plan: PartialPlan
    public var place: RecipePlace?

    public init(operation: String, plan: PartialPlan, place: RecipePlace? = nil) {
        self.operation = operation
        self.plan = plan
        self.place = place
    }
}

/// What happens to one layer, or to those that match a pattern.
public struct LayerRule: Sendable, Hashable {
    public var selector: LayerSelector
    public var plan: PartialPlan
    public var place: RecipePlace?

    public init(selector: LayerSelector, plan: PartialPlan, place: RecipePlace? = nil) {
        self.selector = selector
        self.plan = plan
        self.place = place
    }
}

/// Layers that are stored as they came.
public struct IgnoreRule: Sendable, Hashable {
    public var selector: LayerSelector
    public var place: RecipePlace?

    public init(selector: LayerSelector, place: RecipePlace? = nil) {
        self.selector = selector
        self.place = place
    }
}

/// A place in a recipe file.
public typealias RecipePlace = TextPlace
