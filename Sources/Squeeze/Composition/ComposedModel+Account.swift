import Compression
import NeuralNetwork

extension ComposedModel {
    /// The accounts of the composed model's layers, in its order, from the figures of the opened model's layers; nil for
    /// tensors that are stored as they are.
    public func accounts(_ figures: [LayerFigures], plans: [LayerPlan], isRefused: (Int) -> Bool) -> [LayerAccount?] {
        var accounts = [LayerAccount?](repeating: nil, count: model.layers.count)
        for (layer, composed) in layers.enumerated() where !isRefused(layer) {
            if composed.isUntouched {
                guard let part = composed.parts.first, !plans[layer].keepsWeights else { continue }
                accounts[part.layer] = figures[layer].account
            } else {
                for (part, figures) in zip(composed.parts, figures[layer].structure?.parts ?? []) {
                    accounts[part.layer] = figures.account
                }
            }
        }
        return accounts
    }
}
