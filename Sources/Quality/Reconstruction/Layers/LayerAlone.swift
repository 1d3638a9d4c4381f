import Importance
import NeuralNetwork

/// One layer of a network that gets other weights, all others as they are, as where it is reconstructed: what is added behind it takes up
/// the shift of its outputs' means.
public struct LayerAlone: Sendable {
    private let model: Model
    private let weight: Int
    private let operation: LinearOperator
    private let intercept: Site.Intercept

    /// Nil of a layer whose weights are not multiplied in one place.
    public init?(_ layer: Int, of model: Model) {
        guard let graph = model.graph, case let uses = TensorUses(graph),
            let operation = try? LinearOperator(layer: model.layers[layer], of: model, graph, uses, isWide: true)
        else { return nil }
        self.model = model
        self.operation = operation
        weight = model.layers[layer].weight
        intercept = Site.Intercept(operation, in: graph, uses, tensors: model.tensors)
    }

    /// Whether anything is added behind it that can take up a shift.
    public var takesUpShifts: Bool { if case .none = intercept { false } else { true } }

    /// The network with `weights` in the layer; `inputMeans` are those of what it reads, one group's after the other's.
    ///
    /// - Throws: an `UnreadableTensor`.
    public func holding(_ weights: [Float], inputMeans: [Float]) throws -> Model {
        var model = model
        let before = operation.matrices(try model.tensors[weight].tensor.floats())
        let after = operation.matrices(weights)
        model.store(weights, at: weight)
        let shifts = before.indices.flatMap { group in
            (0..<operation.outputs).map { output in
                (0..<operation.inputs).reduce(0.0) { sum, input in
                    let place = output * operation.inputs + input
                    return sum + (after[group][place] - before[group][place]) * Double(inputMeans[group * operation.inputs + input])
                }
            }
        }
        func add(_ changes: [Double], to tensor: Int) throws {
            model.store(zip(try model.tensors[tensor].tensor.floats(), changes).map { Float(Double($0) + $1) }, at: tensor)
        }
        switch intercept {
        case .none: break
        case .bias(let tensor): try add(shifts.map { -$0 / operation.biasScale }, to: tensor)
        case .addend(let tensor): try add(shifts.map { -$0 }, to: tensor)
        case .normalization(let mean, _): try add(shifts, to: mean)
        }
        return model
    }
}
