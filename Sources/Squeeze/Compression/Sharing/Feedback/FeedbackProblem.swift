import TensorCore

/// How the elements of a stored tensor are those of matrices (outputs × inputs), one a group, whose rows each make one output.
public enum WeightOrder: Sendable, Hashable {
    /// Stored output by output: a row's inputs lie together. Convolutions, products with stored rows as outputs.
    case byOutput
    /// Stored input by input, `window` inputs of each output together: products with stored rows as inputs (window 1) and transposed
    /// convolutions.
    case byInput(window: Int)
}

/// What is to be decided of a tensor: the values that are wanted, and what errors cost.
///
/// Of each output, errors e of its weights cost importance · eᵀ H e. H of a group is given by how it decides: in the order of the
/// inputs, an error at input i is best made up for by taking e · `pull`[i, j] off what is wanted at each j > i, and what is left of it
/// costs `curvature`[i] · e². With H⁻¹ = Uᵀ U, U upper triangular, pull[i, j] = U[i, j] / U[i, i] and curvature[i] = 1 / U[i, i]²
/// (optimal brain surgeon; Frantar et al. 2023).
public struct FeedbackProblem: Sendable {
    public struct Group: Sendable {
        /// (outputs, inputs), in the unit of the stored weights.
        public var wanted: [Float]
        /// (inputs, inputs); what lies on and under the diagonal is not read.
        public var pull: [Float]
        public var curvature: [Float]

        public init(wanted: [Float], pull: [Float], curvature: [Float]) {
            self.wanted = wanted
            self.pull = pull
            self.curvature = curvature
        }
    }

    public var shape: Shape
    public var order: WeightOrder
    /// Of each group.
    public var outputs: Int
    public var inputs: Int
    public var groups: [Group]
    /// Of each output, over all groups.
    public var importance: [Float]
    /// Whether zeros among what is wanted are to stay zeros.
    public var keepsZeros: Bool
    /// The part of its price at which a bit counts while levels are decided, 0…1. The step follows from the whole price.
    public var rateShare: Float

    public init(
        shape: Shape, order: WeightOrder, outputs: Int, inputs: Int, groups: [Group], importance: [Float], keepsZeros: Bool, rateShare: Float = 1
    ) {
        precondition(shape.count == groups.count * outputs * inputs, "\(groups.count) groups of \(outputs) × \(inputs) are no \(shape)")
        precondition(importance.count == groups.count * outputs, "\(importance.count) outputs have an importance")
        for group in groups {
            precondition(
                group.wanted.count == outputs * inputs && group.pull.count == inputs * inputs && group.curvature.count == inputs,
                "a group does not fit \(outputs) × \(inputs)")
        }
        self.shape = shape
        self.order = order
        self.outputs = outputs
        self.inputs = inputs
        self.groups = groups
        self.importance = importance
        self.keepsZeros = keepsZeros
        self.rateShare = rateShare
    }

    /// What a squared error costs on average over the weights, made up for as well as can be.
    public var meanCost: Double {
        var sum = 0.0
        for (index, group) in groups.enumerated() {
            let own = importance[index * outputs..<(index + 1) * outputs].reduce(0.0) { $0 + Double($1) }
            sum += own * group.curvature.reduce(0.0) { $0 + Double($1) }
        }
        return sum / Double(max(1, shape.count))
    }

    /// The largest magnitude that is wanted.
    public var largestMagnitude: Float {
        groups.reduce(0) { max($0, $1.wanted.reduce(0) { $1.isFinite ? max($0, abs($1)) : $0 }) }
    }
}
