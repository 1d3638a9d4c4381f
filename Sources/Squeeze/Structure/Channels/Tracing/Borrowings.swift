import NeuralNetwork

/// Stored tensors that several nodes read and that are no layer's weights: an exporter writes biases and scales that are equal once,
/// and what has one layer's bias is not for that another's. Each reader has channels of its own there; where all of them come to be
/// the same, the tensor shrinks with them, otherwise each reads what it needs.
struct Borrowings {
    struct Place: Hashable {
        var node: Int
        var input: Int
    }

    private var shared: Set<Int> = []
    /// The channels of each reader, by axis of the tensor and in the order in which they were asked for.
    private(set) var lists: [StoredAxis: [(place: Place, atoms: [Atom])]] = [:]

    mutating func find(in model: Model, stored: [String: Int], readers: [String: [Int]]) {
        var counts: [Int: Int] = [:]
        for (name, tensor) in stored { counts[tensor, default: 0] += readers[name]?.count ?? 0 }
        shared = Set(counts.lazy.filter { $0.value > 1 }.map(\.key)).subtracting(model.layers.map(\.weight))
    }

    func contains(_ tensor: Int) -> Bool { shared.contains(tensor) }

    mutating func list(_ axis: StoredAxis, at place: Place, extent: Int, in atoms: inout AtomTable) -> [Atom] {
        if let known = lists[axis]?.first(where: { $0.place == place }) { return known.atoms }
        let list = atoms.make(extent)
        lists[axis, default: []].append((place, list))
        return list
    }
}

extension ChannelTracer {
    /// The channels that a node's input, a stored tensor, has along an axis for this node alone.
    func borrow(_ axis: StoredAxis, at place: Borrowings.Place) -> [Atom] {
        borrowings.list(axis, at: place, extent: model.tensors[axis.tensor].tensor.shape[axis.axis], in: &atoms)
    }

    /// Ties readers that want the same of a tensor to it, and has the others read their own.
    func settleBorrowings() {
        for (axis, lists) in borrowings.lists.sorted(by: { ($0.key.tensor, $0.key.axis) < ($1.key.tensor, $1.key.axis) }) {
            let first = lists[0].atoms
            // Reads that ask nothing of the axis keep it whole.
            let isTied =
                storedFixes[axis] == nil && lists.allSatisfy { atoms.areSame(first, $0.atoms) }
                && readCount(axis.tensor) == lists.count
            for (place, list) in lists {
                if isTied {
                    for (own, common) in zip(list, claim(axis)) { atoms.unify(own, common) }
                } else {
                    edits.append(
                        NodeEdit(node: place.node, place: .own(input: place.input, tensor: axis.tensor, axis: axis.axis), entries: [(0, list)]))
                }
            }
        }
    }

    private func readCount(_ tensor: Int) -> Int {
        stored.reduce(0) { $1.value == tensor ? $0 + (readers[$1.key]?.count ?? 0) : $0 }
    }
}
