import Compression
import Factorization
import NeuralNetwork
import TensorCore

/// Rewrites a model under a structural configuration: first channels are dropped, then layers are split into factors.
///
/// The result is a plain model. Its shapes, sizes and costs are there at once; elements of what changed are worked out when
/// they are first read.
public struct Restructuring: Sendable {
    public let model: Model
    public let channels: ChannelAnalysis
    /// By layer.
    let sites: [Result<FactorSite, FactorObstacle>]
    let useCounts: [Int]
    /// All names in the graph.
    let names: Set<String>
    /// Names of values that something reads.
    let namesRead: Set<String>
    /// Shapes of the values that weights are read through.
    let weightShapes: [String: Shape]
    let extents: [String: Int]

    public init(_ model: Model, _ channels: ChannelAnalysis) {
        self.model = model
        self.channels = channels
        guard let graph = model.graph else {
            sites = model.layers.map { layer in
                guard layer.shape.rank == 2 || layer.shape.rank == 4 else {
                    return .failure(FactorObstacle(reason: "without a graph, only matrices and 4-D kernels are split"))
                }
                guard layer.shape.rank == 2 || layer.matrix == MatrixView(shape: layer.shape) else {
                    return .failure(FactorObstacle(reason: "only kernels whose first axis is that of the filters are split"))
                }
                return .success(FactorSite(form: .tensor, uses: [], chain: [], isRearranged: false, groups: 1))
            }
            useCounts = []
            names = Set(model.tensors.map(\.name))
            (namesRead, weightShapes, extents) = ([], [:], [:])
            return
        }
        let consumers = GraphConsumers(graph)
        let analysis = GraphAnalysis(graph, tensors: model.tensors)
        let found = model.layers.map { layer -> Result<FactorSite, FactorObstacle> in
            do throws(FactorObstacle) {
                return .success(
                    try FactorSite(layer, graph: graph, consumers: consumers, stored: channels.storedTensors))
            } catch {
                return .failure(error)
            }
        }
        var shapes: [String: Shape] = [:]
        for case .success(let site) in found {
            for use in site.uses { shapes[use.value] = analysis.shapes[use.value] }
        }
        sites = found
        weightShapes = shapes
        extents = analysis.assumptions
        var counts = [Int](repeating: 0, count: model.tensors.count)
        for (name, tensor) in channels.storedTensors {
            counts[tensor] += consumers.uses[name]?.count ?? 0
            if consumers.outer[name] != nil || consumers.outputs.contains(name) { counts[tensor] += 2 }
        }
        useCounts = counts
        names = graph.allNames
        namesRead = DeadParts.read(graph.nodes, graph)
    }

    /// The weights of a layer without the filters and channels that go; they are read when somebody asks for them.
    public func prunedWeights(ofLayer layer: Int, kept: KeptChannels) -> TensorSource {
        removal(kept).tensor(model.layers[layer].weight, of: model)
    }

    /// How a layer's weights are stored as kernels, without the channels that go; nil where they are no kernels.
    public func kernelLayout(ofLayer layer: Int, kept: KeptChannels? = nil) -> KernelLayout? {
        guard case .success(let site) = sites[layer] else { return nil }
        return site.layout(shape(site, layer, removal(kept ?? channels.everything))).map { site.storedLayout($0) }
    }

    /// Why a layer cannot be split into factors; nil where it can.
    public func factorObstacle(ofLayer layer: Int) -> String? {
        switch sites[layer] {
        case .failure(let obstacle): return obstacle.reason
        case .success:
            guard let layout = kernelLayout(ofLayer: layer) else { return "its weights are no stack of kernels" }
            return layout.obstacle
        }
    }

    func removal(_ kept: KeptChannels) -> ChannelRemoval {
        ChannelRemoval(channels: channels, kept: kept, useCounts: useCounts)
    }

    /// The shape of a layer's weights where the operator reads them.
    func shape(_ site: FactorSite, _ layer: Int, _ removal: ChannelRemoval) -> [Int] {
        guard let value = site.uses.first?.value, channels.storedTensors[value] == nil else {
            let weight = model.layers[layer].weight
            let axes = model.layers[layer].shape.dimensions.indices.map {
                channels.stored[StoredAxis(tensor: weight, axis: $0)]
            }
            return removal.dimensions(model.tensors[weight].tensor.shape.dimensions, axes)
        }
        return removal.dimensions(weightShapes[value]?.dimensions ?? [], channels.values[value])
    }
}

extension Graph {
    /// Names of values, nodes and stored tensors, those of subgraphs included.
    var allNames: Set<String> {
        var names = Set(initializers.keys).union(inputs.map(\.name)).union(outputs.map(\.name)).union(valueInfos.keys)
        for node in nodes {
            names.formUnion(node.inputs)
            names.formUnion(node.outputs)
            if !node.name.isEmpty { names.insert(node.name) }
            for (_, graph) in node.subgraphs { names.formUnion(graph.allNames) }
        }
        return names
    }
}
