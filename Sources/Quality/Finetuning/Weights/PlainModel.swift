import Basics
import Composition
import Compression
import Glibc
import NeuralNetwork
import TensorCore
import Training

/// A model in the shapes of its plans with all its weights, and what is to become of the weights of each layer.
struct PlainModel {
    var model: Model
    /// Plans of the stages prune, share and code and of the numbers beside layers, by layer of `model`; filters and factors are done.
    var plans: [LayerPlan]

    /// - Throws: `Cancelled`, or a `FinetuningError` where a plan cannot be carried out.
    init(_ composer: Composer, plans: [LayerPlan], cancellation: CancellationToken? = nil) throws {
        if let waiting = composer.groupsAwaitingData(plans).first {
            throw FinetuningError.recipe(
                layer: waiting.group.producers.first.map { composer.model.layers[$0].name } ?? composer.model.name,
                reason: "its filters are chosen by \(waiting.criterion.rawValue), for which the network was not run")
        }
        let shapes = try composer.compose(plans, patience: .thorough, cancellation: cancellation)
        model = shapes.model
        self.plans = model.layers.map { _ in LayerPlan() }
        for layer in shapes.placedLayers {
            for part in layer.parts {
                self.plans[part.place] = plans[layer.number].weightPlan(for: part.role)
                self.plans[part.place].rest = plans[layer.number].rest
                guard try part.weights.floats().allSatisfy(\.isFinite) else {
                    throw FinetuningError.recipe(
                        layer: composer.model.layers[layer.number].name, reason: "its weights hold NaN or infinity")
                }
            }
        }
        for index in model.trainableTensors where model.tensors[index].tensor.elementType != .float32 {
            let tensor = model.tensors[index]
            throw FinetuningError.network("\(tensor.name) holds \(tensor.tensor.elementType); weights of float32 can be trained")
        }
    }

    /// The layers whose weights a stage changes; weights that several layers use belong to the first.
    var changed: [Int] {
        var seen: Set<Int> = []
        return model.layers.indices.filter { !plans[$0].keepsWeights && seen.insert(model.layers[$0].weight).inserted }
    }

    func weights(of layer: Int) throws(UnreadableTensor) -> Tensor { try model.tensors[model.layers[layer].weight].tensor.read() }

    func name(of layer: Int) -> String { model.tensors[model.layers[layer].weight].name }

    /// Whether training moves the layer's weights.
    func isTrained(_ layer: Int, _ trainable: Set<Int>) -> Bool { trainable.contains(model.layers[layer].weight) }

    /// The weights that pruning leaves, by layer; the others stay as they are.
    ///
    /// - Throws: `Cancelled`, or a `PreparationFailure`.
    func pruned(_ cancellation: CancellationToken? = nil) throws -> PlainModel {
        var result = self
        for layer in changed {
            let weights = try weights(of: layer)
            var values = weights
            if let rule = plans[layer].prune {
                let tables = try LayerTables(preparing: weights, cancellation: cancellation)
                values = try tables.values(for: LayerPlan(prune: rule), weights: weights, cancellation: cancellation)
            }
            result.model.tensors[model.layers[layer].weight].tensor = TensorSource(values.settled())
        }
        return result
    }
}

extension PlainModel {
    /// Its smallest weights dropped, so many of each layer that what is left is the `part`th power of what another model keeps: parts 1/3, 2/3
    /// and 1 take the same share each time.
    func pruned(like other: PlainModel, part: Double) throws(UnreadableTensor) -> PlainModel {
        var result = self
        for layer in changed where plans[layer].prune != nil {
            let wanted = try other.weights(of: layer).floats()
            let kept = Double(wanted.count { $0 != 0 }) / Double(max(1, wanted.count))
            let weights = try weights(of: layer)
            let sparsity = part < 1 ? 1 - pow(kept, part) : 1 - kept
            let mask = MagnitudeMask.keeping(weights.floats(), sparsity: sparsity)
            result.model.tensors[model.layers[layer].weight].tensor = TensorSource(
                Tensor(zip(weights.floats(), mask).map { $1 == 0 ? 0 : $0 }, shape: weights.shape).settled())
        }
        return result
    }
}

extension Tensor {
    /// Float32 values in which every zero is +0, and numbers too small for a full mantissa are zeros.
    func settled() -> Tensor {
        Tensor(floats().map { $0.magnitude < .leastNormalMagnitude ? 0 : $0 }, shape: shape)
    }
}
