import Importance

/// What the screen says of layers: of the recovered network where one is in force, else of what their plans make.
extension Workspace {
    /// What the recovered network in force holds in a layer's place.
    func recovered(_ layer: Int) -> RecoveredLayer? {
        recovered.flatMap { $0.layers.indices.contains(layer) ? $0.layers[layer] : nil }
    }

    /// Where a layer stands, with the figures of what would be written now.
    func statusInForce(_ layer: Int) -> LayerStatus {
        var status = statuses[layer]
        guard let held = recovered(layer), !status.isRefused else { return status }
        let plain = status.figures
        status.figures = held.figures
        // What was fitted has no threshold of its own; what it holds was dropped by the plan's.
        (status.figures.threshold, status.figures.thresholdInSigma) = (plain.threshold, plain.thresholdInSigma)
        status.freshness = .exact
        return status
    }

    /// What a layer does to the network's quality by itself, once that was measured.
    func effectInForce(_ layer: Int) -> Quality.LayerEffect? {
        recovered == nil ? plainEffect(layer) : recovered(layer)?.effect
    }

    /// The same of what its plan alone makes.
    func plainEffect(_ layer: Int) -> Quality.LayerEffect? {
        plans[layer].isIdentity ? nil : quality.effect(of: layer, under: plans[layer])
    }
}
