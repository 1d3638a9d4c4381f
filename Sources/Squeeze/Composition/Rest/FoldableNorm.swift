import Compression
import NeuralNetwork
import TensorCore

/// A batch normalization whose mean and variance go into its scale and shift, with the bias before it.
///
/// The node stays what it is: afterwards its mean is 0, and its variance what makes 1 with epsilon, to the bit. So every runtime computes
/// `scale · x + shift` with the numbers that are stored.
struct FoldableNorm: Sendable {
    /// In the model's layers: the one before it.
    let layer: Int
    private let scale: Int
    private let shift: Int
    private let mean: Int
    private let variance: Int
    /// Of the layer before, where nobody but the norm reads what it gives.
    private let bias: Int?
    private let epsilon: Float

    var tensors: [Int] { [scale, shift, mean, variance] + (bias.map { [$0] } ?? []) }

    /// nil of other nodes, and where somebody else reads one of the tensors.
    init?(_ node: Node, at place: Int, layer: Int, model: Model, _ graph: Graph, _ uses: RestUses, _ isNumbers: (Int) -> Bool) {
        guard node.operation == "BatchNormalization", node.domain.isEmpty, node.inputs.count == 5, node.outputs.filter({ !$0.isEmpty }).count == 1
        else { return nil }
        if case .integer(let training)? = node.attributes["training_mode"], training != 0 { return nil }
        let names = node.inputs[1...]
        let found = names.compactMap { graph.initializers[$0] }
        guard found.count == 4, Set(found).count == 4, found.allSatisfy(isNumbers), names.allSatisfy(uses.isReadOnce) else { return nil }
        let count = model.tensors[found[0]].tensor.count
        guard found.allSatisfy({ model.tensors[$0].tensor.shape == [count] }) else { return nil }
        var epsilon: Float = 1e-5
        if case .float(let own)? = node.attributes["epsilon"] { epsilon = own }
        guard epsilon >= 0, epsilon < 0.5 else { return nil }
        self.layer = layer
        self.epsilon = epsilon
        (scale, shift, mean, variance) = (found[0], found[1], found[2], found[3])
        bias = Self.bias(read: node.inputs[0], before: place, count: count, model, graph, uses, isNumbers)
    }

    private static func bias(
        read value: String, before place: Int, count: Int, _ model: Model, _ graph: Graph, _ uses: RestUses, _ isNumbers: (Int) -> Bool
    ) -> Int? {
        guard uses.isReadOnce(value), let node = graph.nodes[..<place].last(where: { $0.outputs.contains(value) }) else { return nil }
        guard ["Conv", "ConvTranspose"].contains(node.operation), node.domain.isEmpty, node.inputs.count == 3, uses.isReadOnce(node.inputs[2]),
            let bias = graph.initializers[node.inputs[2]], isNumbers(bias), model.tensors[bias].tensor.shape == [count]
        else { return nil }
        return bias
    }

    /// What becomes of the tensors, by index; nil where they cannot be folded.
    ///
    /// The shift makes up for the rounding of the scale at the mean.
    func folded(_ rule: RestRule, reading numbers: (Int) throws(UnreadableTensor) -> [Float]) throws(UnreadableTensor) -> [Int: [Float]]? {
        let (scales, shifts) = (try numbers(scale), try numbers(shift))
        let (means, variances) = (try numbers(mean), try numbers(variance))
        let biases = try bias.map { index throws(UnreadableTensor) in try numbers(index) }
        guard variances.allSatisfy({ Double($0) + Double(epsilon) > 0 }), let unit = Self.variance(of: epsilon) else { return nil }
        let whole = zip(scales, variances).map { Float(Double($0) / (Double($1) + Double(epsilon)).squareRoot()) }
        let kept = RestRounding(rule: rule, measure: .relative).rounded(whole)
        let moved = shifts.indices.map { Float(Double(shifts[$0]) + (Double(biases?[$0] ?? 0) - Double(means[$0])) * Double(kept[$0])) }
        guard kept.allSatisfy(\.isFinite), moved.allSatisfy(\.isFinite) else { return nil }
        let none = [Float](repeating: 0, count: kept.count)
        var made = [
            scale: kept, shift: RestRounding(rule: rule, measure: .absolute).rounded(moved), mean: none,
            variance: [Float](repeating: unit, count: kept.count),
        ]
        if let bias { made[bias] = none }
        return made
    }

    /// The variance that is 1 with epsilon, as float32 adds.
    private static func variance(of epsilon: Float) -> Float? {
        let near = 1 - epsilon
        return [near, near.nextUp, near.nextDown].first { $0 + epsilon == 1 }
    }
}
