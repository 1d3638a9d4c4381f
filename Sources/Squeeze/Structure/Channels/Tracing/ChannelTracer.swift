import NeuralNetwork
import TensorCore

/// An axis of a stored tensor.
struct StoredAxis: Hashable, Sendable {
    var tensor: Int
    var axis: Int
}

/// A layer's filters: indices along an axis of its weights, or of a value made of them.
struct Production {
    var filters: [Atom]
    /// The axis of the stored tensor; nil where the operator reads a rearranged copy of it.
    var axis: Int?
}

/// A layer that reads channels.
struct Consumption {
    var layer: Int
    var node: Int
    var value: String
    var axis: Int
    var atoms: [Atom]
}

/// Walks a graph in order of execution and finds which channels go together.
///
/// Every axis of a value or of a stored tensor along which something may be dropped carries a list of atoms, one an index.
/// Operators say which axes they handle and how; whatever they leave unhandled must stay. So an operator nobody thought of
/// can make channels look more bound than they are, never more free.
final class ChannelTracer {
    let model: Model
    let graph: Graph
    let analysis: GraphAnalysis
    var atoms = AtomTable()
    /// Atoms of the axes of values that are computed, by name; nil entries have fixed extents.
    var labels: [String: [[Atom]?]] = [:]
    var storedLabels: [StoredAxis: [Atom]] = [:]
    /// Axes of stored tensors that must stay, for whoever asks for them later.
    private(set) var storedFixes: [StoredAxis: String] = [:]
    /// Stored tensors that values are, unchanged.
    let stored: [String: Int]
    /// Stored tensors that values are rearrangements of, or of which they are joined.
    var bases: [String: [Int]] = [:]
    /// What the elements of computed vectors and scalars follow from; those that depend on no channels are missing.
    var shapeElements: [String: [ShapeElement]] = [:]
    /// The same at other extents of what is open: elements that differ are known only while the network runs.
    lazy var varied = analysis.varied(graph, tensors: model.tensors)
    var edits: [NodeEdit] = []
    /// By layer.
    var productions: [Int: Production] = [:]
    var consumptions: [Consumption] = []
    let layerOfTensor: [Int: Int]
    /// Graph inputs that only are initial states.
    let initialStates: Set<String>
    /// Nodes by the value they make.
    let producers: [String: Int]
    /// Nodes that read each value, those that do in a branch or loop included; one that reads it twice is there twice.
    let readers: [String: [Int]]
    var borrowings = Borrowings()
    /// Shuffles under way, by their nodes.
    private var shuffles: [Int: ChannelShuffle] = [:]
    let graphInputs: Set<String>
    let finalOutputs: Set<String>
    /// Outputs that hand on the state that a graph input brought, by name; found while walking.
    var finalStates: Set<String> = []
    /// State inputs and outputs in the order found, with their atoms.
    var states: [(name: String, atoms: [Atom])] = []

    init(model: Model, graph: Graph, analysis: GraphAnalysis) {
        self.model = model
        self.graph = graph
        self.analysis = analysis
        var producers: [String: Int] = [:]
        var stored = graph.initializers.filter { model.tensors.indices.contains($0.value) }
        for (index, node) in graph.nodes.enumerated() {
            for output in node.outputs where !output.isEmpty { producers[output] = index }
            guard node.operation == "Constant", node.domain.isEmpty, let output = node.outputs.first else { continue }
            for name in ["value", "value_float", "value_floats"] {
                if case .tensor(let tensor) = node.attributes[name], model.tensors.indices.contains(tensor) {
                    stored[output] = tensor
                }
            }
        }
        self.producers = producers
        var readers: [String: [Int]] = [:]
        for (index, node) in graph.nodes.enumerated() {
            for name in node.hasSubgraphs ? Array(node.valuesRead()) : node.inputs { readers[name, default: []].append(index) }
        }
        self.readers = readers
        self.stored = stored
        borrowings.find(in: model, stored: stored, readers: readers)
        bases = stored.mapValues { [$0] }
        layerOfTensor = Dictionary(model.layers.enumerated().map { ($1.weight, $0) }, uniquingKeysWith: { first, _ in first })
        graphInputs = Set(graph.inputs.map(\.name))
        finalOutputs = Set(graph.outputs.map(\.name))
        initialStates = Self.initialStates(of: graph)
    }

    /// Graph inputs that nothing but recurrent layers reads, and those only as what they start from.
    private static func initialStates(of graph: Graph) -> Set<String> {
        var states = Set(graph.inputs.map(\.name)).subtracting(graph.outputs.map(\.name))
        for node in graph.nodes {
            let isRecurrent = node.domain.isEmpty && ["LSTM", "GRU", "RNN"].contains(node.operation)
            if node.hasSubgraphs { states.subtract(node.valuesRead()) }
            for (index, name) in node.inputs.enumerated() where !(isRecurrent && (index == 5 || index == 6)) {
                states.remove(name)
            }
        }
        return states
    }

    func run() {
        let visited = Set(analysis.order)
        for index in analysis.order { visit(index) }
        for index in graph.nodes.indices where !visited.contains(index) {
            fixInputs(of: index, "\(graph.title(ofNode: index)) waits for its own output")
        }
        settleBorrowings()
        for output in graph.outputs { reach(output.name) }
    }

    private func visit(_ index: Int) {
        let node = graph.nodes[index]
        if let fault = graph.operatorSetFault { return fixInputs(of: index, fault) }
        if node.hasSubgraphs {
            for name in node.valuesRead() { fix(name, "\(graph.title(ofNode: index)) reads it in a branch or loop") }
            return
        }
        var visit = NodeVisit(self, index)
        if shuffles[index] == nil, let found = shuffle(at: index) {
            for node in found.inner + [found.last] { shuffles[node] = found }
        }
        if let shuffle = shuffles[index] {
            // What stands between is gone once a channel is.
            if index == shuffle.last { visit.shuffle(shuffle) } else { visit.understandAll() }
        } else if !visit.reckon(), node.domain.isEmpty, let rule = ChannelRule.standard[node.operation] {
            rule(&visit)
        }
        visit.finish()
    }

    private func fixInputs(of index: Int, _ reason: String) {
        for name in graph.nodes[index].valuesRead() { fix(name, reason) }
    }

    /// Keeps all axes of a value as they are.
    private func fix(_ name: String, _ reason: String) {
        if let tensor = stored[name] {
            for axis in 0..<model.tensors[tensor].tensor.shape.rank {
                fix(StoredAxis(tensor: tensor, axis: axis), reason)
            }
        }
        for axis in labels[name] ?? [] { atoms.fix(axis ?? [], reason) }
        fixExtents(name, reason)
    }

    func fix(_ axis: StoredAxis, _ reason: String) {
        if let list = storedLabels[axis] {
            atoms.fix(list, reason)
        } else if storedFixes[axis] == nil {
            storedFixes[axis] = reason
        }
    }

    /// Keeps the axes whose extents a computed vector holds.
    func fixExtents(_ name: String, _ reason: String) {
        for element in shapeElements[name] ?? [] { atoms.fix(element.channels, reason) }
    }

    /// Of weights joined of several tensors, the filters that one of them makes; none where no axis of it holds them alone.
    func filters(ofPart tensor: Int, among filters: [Atom]) -> [Atom] {
        let all = Set(filters.map { atoms.root($0) })
        for axis in 0..<model.tensors[tensor].tensor.shape.rank {
            guard let own = storedLabels[StoredAxis(tensor: tensor, axis: axis)] else { continue }
            let roots = Set(own.map { atoms.root($0) })
            guard !roots.isEmpty, roots.isSubset(of: all) else { continue }
            return roots.count == all.count ? filters : own
        }
        return []
    }

    /// The atoms along an axis of a stored tensor, made when first asked for.
    func claim(_ axis: StoredAxis) -> [Atom] {
        if let known = storedLabels[axis] { return known }
        let list = atoms.make(model.tensors[axis.tensor].tensor.shape[axis.axis])
        storedLabels[axis] = list
        if let reason = storedFixes[axis] { atoms.fix(list, reason) }
        return list
    }

    /// Whether some reader, behind operators that only move axes, takes an axis of a value apart by position, or normalizes
    /// what lies at each position for itself.
    func isTakenApart(_ name: String, _ axis: Int, depth: Int = 0) -> Bool {
        guard depth < 8, let rank = analysis.shapes[name]?.rank else { return false }
        return (readers[name] ?? []).contains { index in
            let node = graph.nodes[index]
            guard node.domain.isEmpty, node.inputs.first == name, let output = node.outputs.first else { return false }
            let visit = NodeVisit(self, index)
            func counted(_ axis: Int) -> Int { axis < 0 ? axis + rank : axis }
            switch node.operation {
            case "Gather": return counted(visit.integer("axis") ?? 0) == axis
            case "InstanceNormalization": return axis == 1
            case "Split": return counted(visit.integer("axis") ?? 0) == axis
            case "Slice": return (visit.integers(3) ?? visit.integers("axes"))?.contains { counted($0) == axis } ?? false
            case "Identity", "Cast": return isTakenApart(output, axis, depth: depth + 1)
            case "Transpose":
                guard let moved = visit.integers("perm")?.firstIndex(of: axis) else { return false }
                return isTakenApart(output, moved, depth: depth + 1)
            case "Squeeze":
                guard let axes = (visit.integers("axes") ?? visit.integers(1))?.map(counted), !axes.contains(axis) else { return false }
                return isTakenApart(output, axis - axes.count { $0 < axis }, depth: depth + 1)
            case "Unsqueeze":
                guard let given = visit.integers("axes") ?? visit.integers(1) else { return false }
                let added = Set(given.map { $0 < 0 ? $0 + rank + given.count : $0 })
                let kept = (0..<rank + given.count).filter { !added.contains($0) }
                return kept.indices.contains(axis) && isTakenApart(output, kept[axis], depth: depth + 1)
            default: return false
            }
        }
    }

    /// Elements of a vector that follow from what the network is run on, and what they are at other extents.
    func openElements(_ name: String, _ given: [Int]) -> [Int: Int?] {
        guard let varied else { return [:] }
        let others = varied.integers[name]
        var open: [Int: Int?] = [:]
        for (position, value) in given.enumerated() {
            let other = others.flatMap { $0.indices.contains(position) ? $0[position] : nil }
            if other != value { open[position] = .some(other) }
        }
        return open
    }

    /// Whether floating-point numbers follow from what the network is run on.
    func areOpen(_ name: String, _ given: [Double]) -> Bool {
        guard let varied else { return false }
        return varied.numbers[name] != given
    }

    /// The type of a vector of numbers, of the three that shape arithmetic is done in; nil where it is another, or cannot be told.
    func numberType(_ name: String, depth: Int = 0) -> ElementType? {
        let possible: [ElementType] = [.int64, .int32, .float32]
        if let tensor = stored[name] {
            let type = model.tensors[tensor].tensor.elementType
            return possible.contains(type) ? type : nil
        }
        if let declared = graph.valueInfos[name]?.elementType { return possible.contains(declared) ? declared : nil }
        guard depth < 32, let producer = producers[name] else { return nil }
        let node = graph.nodes[producer]
        switch node.operation {
        case "Shape", "Size": return .int64
        case "Constant": return analysis.integers[name] == nil ? nil : .int64
        case "Cast":
            guard case .integer(let code) = node.attributes["to"] else { return nil }
            return [7: .int64, 6: .int32, 1: .float32][code]
        case "Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual", "And", "Or", "Xor", "Not", "IsNaN", "IsInf": return nil
        case "Where": return node.inputs.count > 1 ? numberType(node.inputs[1], depth: depth + 1) : nil
        default: return node.inputs.first.flatMap { numberType($0, depth: depth + 1) }
        }
    }

    /// A value that the caller gets keeps its channels, unless it hands on a state.
    private func reach(_ name: String) {
        if finalStates.contains(name) {
            for case .some(let list) in labels[name] ?? [] { states.append((name, list)) }
            return
        }
        fix(name, "its output is the graph's output \(name)")
    }
}
