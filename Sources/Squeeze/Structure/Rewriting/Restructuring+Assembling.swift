import Compression
import NeuralNetwork

extension Restructuring {
    /// The model that a rewritten graph and its tensors make.
    func assemble(_ rewriter: GraphRewriter, _ removal: ChannelRemoval) -> Restructured {
        var origins: [Int: LayerOrigin] = [:]
        let living = DeadParts(rewriter.orderedNodes, of: rewriter.graph, readBefore: namesRead)
        var (tensors, places, named) = rewriter.tensors(without: living.tensors, origins: &origins)
        for (index, layer) in model.layers.enumerated() {
            if let place = places[layer.weight] { origins[place] = LayerOrigin(layer: index) }
        }
        var graph = rewriter.graph
        graph.nodes = living.nodes
        graph.initializers = [:]
        graph.initializers.reserveCapacity(rewriter.graph.initializers.count + named.count)
        for (name, index) in rewriter.graph.initializers {
            if places.indices.contains(index), let place = places[index], !living.initializers.contains(name) {
                graph.initializers[name] = place
            } else {
                graph.valueInfos[name] = nil
            }
        }
        for (name, place) in named { graph.initializers[name] = place }
        if places.enumerated().contains(where: { $0.offset != $0.element }) {
            for index in graph.nodes.indices { graph.nodes[index].moveTensors(places) }
        }
        declareShapes(&graph, tensors, removal)
        let analysis = GraphAnalysis(graph, tensors: tensors, extents: extents)
        let layers = graph.layers(tensors: &tensors, analysis: analysis)
        var result = Restructured(model: model, origins: [], parts: model.layers.map { _ in [] })
        result.model.tensors = tensors
        result.model.graph = graph
        result.model.macs = analysis.macs
        result.model.structureByteCount += rewriter.addedByteCount
        result.model.layers = []
        for var layer in layers {
            guard let origin = origins[layer.weight] else { continue }
            let original = model.layers[origin.layer]
            layer.name = origin.role.map { "\(original.name)/\($0.rawValue)" } ?? original.name
            layer.otherNames = origin.role == nil ? original.otherNames : []
            result.parts[origin.layer].append(result.origins.count)
            result.origins.append(origin)
            result.model.layers.append(layer)
        }
        for layer in result.parts.indices {
            result.parts[layer].sort { (result.origins[$0].role?.place ?? 0) < (result.origins[$1].role?.place ?? 0) }
        }
        countStates(&result)
        return result
    }

    /// A product of R's factors is made once; what it saves is storage. So its last factor counts what R does.
    private func countStates(_ result: inout Restructured) {
        for (layer, site) in sites.enumerated() {
            guard case .success(let site) = site, site.form == .recurrentState, result.parts[layer].count > 1,
                let last = result.parts[layer].last, let node = site.uses.first.flatMap({ model.graph?.nodes[$0.node] }),
                let sibling = model.layers.firstIndex(where: { $0.weight == channels.storedTensors[node.inputs[1]] }),
                let input = result.parts[sibling].last.map({ result.model.layers[$0] }),
                let width = input.shape.dimensions.last, width > 0, case .counted(let count) = input.macs,
                let hidden = result.model.layers[result.parts[layer][0]].shape.dimensions.last
            else { continue }
            result.model.layers[last].macs = .counted(count / width * hidden)
        }
    }

    /// Declared shapes follow the channels.
    private func declareShapes(_ graph: inout Graph, _ tensors: [StoredTensor], _ removal: ChannelRemoval) {
        guard !removal.kept.isEverything else { return }
        func corrected(_ info: ValueInfo) -> ValueInfo {
            guard let declared = info.dimensions else { return info }
            var info = info
            if let place = graph.initializers[info.name] {
                info.dimensions = tensors[place].tensor.shape.dimensions.map { .fixed($0) }
            } else if let axes = channels.values[info.name], axes.count == declared.count {
                info.dimensions = zip(declared, axes).map { dimension, list in
                    guard let list, case .fixed(list.count) = dimension else { return dimension }
                    return .fixed(removal.count(list))
                }
            }
            return info
        }
        for (name, info) in graph.valueInfos { graph.valueInfos[name] = corrected(info) }
        graph.inputs = graph.inputs.map(corrected)
        graph.outputs = graph.outputs.map(corrected)
    }
}

extension FactorRole {
    /// Its place in the chain.
    fileprivate var place: Int {
        switch self {
        case .input: 0
        case .core: 1
        case .output: 2
        }
    }
}
