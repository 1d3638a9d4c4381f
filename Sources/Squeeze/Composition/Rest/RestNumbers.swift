import Compression
import NeuralNetwork
import TensorCore

/// Which tensors of a model are numbers beside its layers, to which layer each belongs, and which make up norms that can be folded.
struct RestNumbers: Sendable {
    /// A tensor that is rounded by itself.
    struct Single: Sendable {
        var tensor: Int
        /// In the model's layers.
        var layer: Int
        var measure: RestRounding.Measure
    }

    private(set) var singles: [Single] = []
    private(set) var norms: [FoldableNorm] = []

    /// Longer tensors are stored as they are.
    private static let longest = 1 << 20
    /// Operators of whose constants shapes are made, or which integers stand for.
    private static let exact: Set = [
        "Resize", "Upsample", "QuantizeLinear", "DequantizeLinear", "QLinearConv", "QLinearMatMul", "ConvInteger", "MatMulInteger", "Constant",
    ]

    init(_ model: Model) {
        guard !model.layers.isEmpty else { return }
        let weights = Set(model.layers.map(\.weight))
        func isNumbers(_ index: Int) -> Bool {
            let stored = model.tensors[index]
            return !weights.contains(index) && !stored.isLiteral && stored.tensor.elementType == .float32
                && (2...Self.longest).contains(stored.tensor.count)
        }
        guard let graph = model.graph else {
            // A tensor belongs to the layer before it in the file.
            var layer = 0
            let layers = Dictionary(model.layers.enumerated().map { ($1.weight, $0) }) { first, _ in first }
            for index in model.tensors.indices {
                if let own = layers[index] {
                    layer = own
                } else if isNumbers(index) {
                    singles.append(Single(tensor: index, layer: layer, measure: .absolute))
                }
            }
            return
        }
        let uses = RestUses(graph)
        let layers = Dictionary(model.layers.enumerated().map { ($1.weight, $0) }) { first, _ in first }
        var layer = 0
        var seen: Set<Int> = []
        for (place, node) in graph.nodes.enumerated() {
            for input in node.inputs {
                if let index = graph.initializers[input], let own = layers[index] { layer = own }
            }
            if let norm = FoldableNorm(node, at: place, layer: layer, model: model, graph, uses, isNumbers), seen.isDisjoint(with: norm.tensors) {
                norms.append(norm)
                seen.formUnion(norm.tensors)
            }
        }
        layer = 0
        for node in graph.nodes {
            for input in node.inputs {
                if let index = graph.initializers[input], let own = layers[index] { layer = own }
            }
            guard !Self.exact.contains(node.operation) else {
                seen.formUnion(node.inputs.compactMap { graph.initializers[$0] })
                continue
            }
            for (slot, input) in node.inputs.enumerated() {
                guard let index = graph.initializers[input], isNumbers(index), uses.isPlain(input), seen.insert(index).inserted else { continue }
                singles.append(Single(tensor: index, layer: layer, measure: Self.measure(of: node, slot)))
            }
        }
    }

    private static func measure(of node: Node, _ slot: Int) -> RestRounding.Measure {
        switch (node.operation, slot) {
        case ("BatchNormalization", 1), ("BatchNormalization", 4), ("InstanceNormalization", 1), ("LayerNormalization", 1),
            ("GroupNormalization", 1), ("RMSNormalization", 1), ("Mul", _), ("Div", _), ("PRelu", 1):
            .relative
        default: .absolute
        }
    }
}

/// How often values are read, and what else is known of them.
struct RestUses {
    private var counts: [String: Int] = [:]
    private let interface: Set<String>

    init(_ graph: Graph) {
        interface = Set(graph.inputs.map(\.name)).union(graph.outputs.map(\.name))
        count(graph)
    }

    private mutating func count(_ graph: Graph) {
        for node in graph.nodes {
            for input in node.inputs { counts[input, default: 0] += 1 }
            for (_, inner) in node.subgraphs {
                count(inner)
                for output in inner.outputs { counts[output.name, default: 0] += 1 }
            }
        }
    }

    /// Whether nobody outside of the graph gives or gets it.
    func isPlain(_ name: String) -> Bool { !interface.contains(name) }

    /// Whether one node reads it, once, and nobody outside.
    func isReadOnce(_ name: String) -> Bool { counts[name] == 1 && isPlain(name) }
}
