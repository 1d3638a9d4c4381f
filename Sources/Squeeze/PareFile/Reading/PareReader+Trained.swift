import Basics
import Composition
import Compression
import ModelFormats
import NeuralNetwork

extension PareReader {
    /// Where a file whose weights were trained differs from what its recipe makes of the original, in everything that training leaves: the
    /// tensors and their shapes, how many weights are dropped, how many values are shared, and what is no weight. Nil where nowhere.
    ///
    /// `shapes` and `plans` are the recipe's on the model that was trained.
    ///
    /// - Throws: `Cancelled`, a `PreparationFailure`, or where the file cannot be read.
    public func firstContradiction(
        to shapes: ComposedModel, plans: [LayerPlan], progress: ProgressSink = { _ in }
    ) throws -> String? {
        let model = try model(isKept: false)
        let expected = shapes.model
        let found = Dictionary(model.tensors.map { ($0.name, $0.tensor) }) { first, _ in first }
        guard found.count == Set(expected.tensors.map(\.name)).count else {
            return "it holds \(found.count) tensors, not \(expected.tensors.count)"
        }
        for stored in expected.tensors {
            guard let tensor = found[stored.name] else { return "tensor “\(stored.name)” is missing" }
            guard tensor.shape == stored.tensor.shape, tensor.elementType == stored.tensor.elementType else {
                return
                    "tensor “\(stored.name)” is \(tensor.shape) \(tensor.elementType.rawValue), not \(stored.tensor.shape) \(stored.tensor.elementType.rawValue)"
            }
            guard !stored.tensor.elementType.isReadableAsFloat else { continue }
            let (own, other) = (try tensor.read().storage, try stored.tensor.read().storage)
            let isEqual = own.withUnsafeBytes { own in other.withUnsafeBytes { own.elementsEqual($0) } }
            guard isEqual else { return "tensor “\(stored.name)” is not the original's" }
        }
        var done = WorkProgress(byteCount: expected.layers.count, count: expected.layers.count)
        for layer in shapes.placedLayers where layer.refusal == nil {
            for part in layer.parts {
                progress(done)
                done.doneByteCount += 1
                done.doneCount += 1
                let plan = plans[layer.number].weightPlan(for: part.role)
                guard !plan.keepsWeights else { continue }
                let name = expected.tensors[expected.layers[part.place].weight].name
                guard let values = try found[name]?.floats() else { continue }
                if plan.prune != nil {
                    let kept = try part.values(LayerPlan(prune: plan.prune)).floats().count { $0 != 0 }
                    let nonzeros = values.count { $0 != 0 }
                    guard nonzeros <= kept else { return "tensor “\(name)” holds \(nonzeros) weights where the recipe leaves \(kept)" }
                }
                if let share = plan.share, share.step == nil, !share.method.isOnGrid {
                    let distinct = Set(values.map(\.bitPattern)).subtracting([0, 0x8000_0000]).count
                    guard distinct <= share.clusters else {
                        return "tensor “\(name)” holds \(distinct) values where the recipe shares \(share.clusters)"
                    }
                }
            }
        }
        return nil
    }
}
