import Glibc
import TensorCore

extension Graph {
    /// The graph with one name for initializers that are equal in type, shape and every byte: nodes read the first of
    /// them. Outputs keep theirs, and a deferred tensor, which nobody has read yet, equals itself only.
    ///
    /// - Complexity: O(nodes + tensors); only tensors that begin and end alike are read.
    public func sharingEqualInitializers(tensors: [StoredTensor]) -> Graph {
        var graph = self
        let fixed = Set(outputs.map(\.name)).union(namesOfSubgraphs())
        var first: [TensorTraits: [(name: String, index: Int)]] = [:]
        var rename: [String: String] = [:]
        for (name, index) in initializers.sorted(by: { ($0.value, $0.key) < ($1.value, $1.key) })
        where tensors.indices.contains(index) && !fixed.contains(name) {
            let tensor = tensors[index].tensor
            let traits = TensorTraits(tensor)
            if let equal = first[traits]?.first(where: {
                $0.index == index || tensors[$0.index].tensor.bytes.hasSameBytes(as: tensor.bytes)
            }) {
                rename[name] = equal.name
                graph.initializers[name] = nil
            } else {
                first[traits, default: []].append((name, index))
            }
        }
        graph.nodes = nodes.map { node in
            var node = rename.isEmpty ? node : node.renamingInputs(rename)
            guard node.hasSubgraphs else { return node }
            node.attributes = node.attributes.mapValues { attribute in
                switch attribute {
                case .graph(let inner): .graph(inner.sharingEqualInitializers(tensors: tensors))
                case .graphs(let inner): .graphs(inner.map { $0.sharingEqualInitializers(tensors: tensors) })
                default: attribute
                }
            }
            return node
        }
        return graph
    }
}

/// What equal tensors have in common, told without reading them.
private struct TensorTraits: Hashable {
    var elementType: ElementType
    var shape: Shape
    /// Some bytes of the start and the end; none of a deferred tensor.
    var ends: [UInt8]

    init(_ tensor: TensorSource) {
        elementType = tensor.elementType
        shape = tensor.shape
        ends =
            switch tensor.bytes {
            case .deferred: []
            case .stored(let storage): storage.withUnsafeBytes { Array($0.prefix(64)) + Array($0.suffix(64)) }
            }
    }
}

extension SourceBytes {
    /// Whether both hold the same bytes; of deferred ones, whether they are the same.
    fileprivate func hasSameBytes(as other: SourceBytes) -> Bool {
        switch (self, other) {
        case (.deferred(let left), .deferred(let right)): left === right
        case (.deferred, _), (_, .deferred): false
        case (.stored(let left), .stored(let right)):
            left.withUnsafeBytes { left in
                right.withUnsafeBytes { right in
                    guard left.count == right.count, let first = left.baseAddress, let second = right.baseAddress else {
                        return left.count == right.count
                    }
                    return memcmp(first, second, left.count) == 0  // both hold `left.count` bytes
                }
            }
        }
    }
}
