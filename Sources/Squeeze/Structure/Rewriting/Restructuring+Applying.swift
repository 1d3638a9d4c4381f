import Compression
import Factorization
import NeuralNetwork

extension Restructuring {
    /// The model with the channels that stay, and with the given layers split at these ranks.
    ///
    /// Ranks are brought within what a layer allows; layers that cannot be split, and convolutions both of whose sides would
    /// stay whole, are left as they are.
    public func apply(
        kept: KeptChannels, factors: [Int: Ranks], source: @escaping FactorSource
    ) -> Restructured {
        guard !kept.isEverything || !factors.isEmpty else { return unchanged }
        guard let graph = model.graph else { return splitTensors(factors, source) }
        let removal = removal(kept)
        var rewriter = GraphRewriter(model, graph, names: names)
        removal.apply(to: &rewriter)
        for (layer, ranks) in factors.sorted(by: { $0.key < $1.key }) {
            guard case .success(let site) = sites[layer] else { continue }
            let shape = shape(site, layer, removal)
            guard let tensors = factorTensors(layer, site, shape, ranks, removal, source) else { continue }
            let weight = model.layers[layer].weight
            var chain = FactorChain(
                layer: layer, site, tensors, weightName: model.tensors[weight].name, layerName: model.layers[layer].name,
                isOldGemm: graph.standardOperatorSet < 11)
            chain.apply(shape: shape, weight: weight, to: &rewriter)
        }
        return assemble(rewriter, removal)
    }

    private var unchanged: Restructured {
        Restructured(
            model: model, origins: model.layers.indices.map { LayerOrigin(layer: $0) },
            parts: model.layers.indices.map { [$0] })
    }

    /// The factors of a layer; nil where it stays whole.
    private func factorTensors(
        _ layer: Int, _ site: FactorSite, _ shape: [Int], _ ranks: Ranks, _ removal: ChannelRemoval,
        _ source: @escaping FactorSource
    ) -> FactorTensors? {
        guard factorObstacle(ofLayer: layer) == nil, let layout = site.layout(shape), layout.count > 0 else { return nil }
        let ranks = layout.clamped(ranks)
        guard !layout.isWhole(ranks) else { return nil }
        let weights = removal.tensor(model.layers[layer].weight, of: model)
        let stored = site.storedLayout(layout)
        let factors = DeferredFactors { try source(layer, weights, stored, ranks) }
        return FactorTensors(layout: layout, ranks: ranks, elementType: weights.elementType, factors: factors)
    }

    /// Splits the tensors of a file that holds no graph; their names say what they are.
    private func splitTensors(_ factors: [Int: Ranks], _ source: @escaping FactorSource) -> Restructured {
        var replaced: [Int: [(stored: StoredTensor, origin: LayerOrigin)]] = [:]
        var names = names
        for (layer, ranks) in factors.sorted(by: { $0.key < $1.key }) {
            guard case .success(let site) = sites[layer] else { continue }
            let shape = model.layers[layer].shape.dimensions
            let everything = removal(channels.everything)
            guard let tensors = factorTensors(layer, site, shape, ranks, everything, source) else { continue }
            let weight = model.layers[layer].weight
            replaced[weight] = FactorChain.factors(.tensor, tensors, shape: shape).map { role, tensor in
                var name = "\(model.tensors[weight].name).\(role.rawValue)"
                while !names.insert(name).inserted { name += "_2" }
                let tiedNames = model.tensors[weight].tiedNames.map { "\($0).\(role.rawValue)" }
                return (
                    StoredTensor(name: name, tensor: tensor, tiedNames: tiedNames), LayerOrigin(layer: layer, role: role)
                )
            }
        }
        var stored: [StoredTensor] = []
        var places: [Int] = []
        for (index, tensor) in model.tensors.enumerated() {
            places.append(stored.count)
            stored += replaced[index]?.map(\.stored) ?? [tensor]
        }
        var result = Restructured(model: model, origins: [], parts: model.layers.map { _ in [] })
        result.model.tensors = stored
        result.model.layers = []
        for (index, layer) in model.layers.enumerated() {
            let factors = replaced[layer.weight] ?? [(model.tensors[layer.weight], LayerOrigin(layer: index))]
            for (position, factor) in factors.enumerated() {
                let shape = factor.stored.tensor.shape
                result.parts[index].append(result.origins.count)
                result.origins.append(factor.origin)
                result.model.layers.append(
                    Layer(
                        name: factor.origin.role.map { "\(layer.name)/\($0.rawValue)" } ?? layer.name,
                        otherNames: factor.origin.role == nil ? layer.otherNames : [],
                        operation: layer.operation, weight: places[layer.weight] + position,
                        bias: position == factors.count - 1 ? layer.bias.map { places[$0] } : nil, shape: shape,
                        macs: layer.macs, matrix: MatrixView(shape: shape)))
            }
        }
        return result
    }
}
