import NeuralNetwork
import TensorCore

extension Model {
    /// Why the network's answers say nothing: a parameter is no number, or a layer's weights are infinite. Kernels do not agree on what
    /// becomes of it (some take NaN for 0), so figures would be good where other programs have none. Nil where all is well.
    var notNumbers: String? {
        let weights = Set(layers.flatMap { [$0.weight, $0.bias ?? $0.weight] })
        for (index, stored) in tensors.enumerated() where stored.isParameter && stored.tensor.elementType.isReadableAsFloat {
            let values: [Float]
            do throws(UnreadableTensor) { values = try stored.tensor.floats() } catch { return "\(name): \(stored.name): \(error.message)" }
            guard let first = values.firstIndex(where: { $0.isNaN || $0.isInfinite && weights.contains(index) }) else { continue }
            let what = values[first].isNaN ? "NaN" : "infinity"
            return "\(name): \(stored.name) holds \(what) (the first at \(first)), so what the network answers is no number; quality is not measured"
        }
        return nil
    }
}
