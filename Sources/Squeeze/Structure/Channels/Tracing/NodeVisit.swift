import NeuralNetwork
import TensorCore

/// One operator's turn in a tracer's walk: what its rule may ask and say.
struct NodeVisit {
    let tracer: ChannelTracer
    let index: Int
    let node: Node
    /// A bit for each axis of each input that the rule has dealt with.
    private var handled: [UInt64]
    /// Inputs whose elements the rule understands: targets and axes.
    private var understood: Set<Int> = []

    init(_ tracer: ChannelTracer, _ index: Int) {
        self.tracer = tracer
        self.index = index
        node = tracer.graph.nodes[index]
        handled = [UInt64](repeating: 0, count: node.inputs.count)
    }

    var title: String { tracer.graph.title(ofNode: index) }
    var operatorSet: Int { tracer.graph.standardOperatorSet }

    func isPresent(_ input: Int) -> Bool { input < node.inputs.count && !node.inputs[input].isEmpty }

    func shape(_ input: Int) -> Shape? { isPresent(input) ? tracer.analysis.shapes[node.inputs[input]] : nil }

    func outputShape(_ output: Int = 0) -> Shape? {
        output < node.outputs.count ? tracer.analysis.shapes[node.outputs[output]] : nil
    }

    func integer(_ name: String) -> Int? {
        if case .integer(let value) = node.attributes[name] { value } else { nil }
    }

    func integers(_ name: String) -> [Int]? {
        if case .integers(let values) = node.attributes[name] { values } else { nil }
    }

    func text(_ name: String) -> String? {
        if case .text(let value) = node.attributes[name] { value } else { nil }
    }

    /// The stored tensor an input is, unchanged.
    func stored(_ input: Int) -> Int? { isPresent(input) ? tracer.stored[node.inputs[input]] : nil }

    /// The integers of an input that are known beforehand.
    func integers(_ input: Int) -> [Int]? {
        guard isPresent(input) else { return nil }
        if let known = tracer.analysis.integers[node.inputs[input]] { return known }
        guard let tensor = stored(input) else { return nil }
        return tracer.model.tensors[tensor].tensor.integers
    }

    /// The atoms along an axis, where the value is computed and has some. The rule deals with the axis.
    mutating func tracked(_ input: Int, _ axis: Int) -> [Atom]? {
        guard isPresent(input), axis >= 0, axis < 64 else { return nil }
        handled[input] |= 1 << UInt64(axis)
        guard let axes = tracer.labels[node.inputs[input]], axis < axes.count else { return nil }
        return axes[axis]
    }

    /// The atoms along an axis of a value that is computed or stored; nil where nothing can be dropped there. The rule
    /// deals with the axis.
    mutating func claim(_ input: Int, _ axis: Int) -> [Atom]? {
        guard isPresent(input), axis >= 0 else { return nil }
        if let tensor = stored(input) {
            let shape = tracer.model.tensors[tensor].tensor.shape
            guard axis < min(64, shape.rank), shape.count > 0, shape[axis] <= AtomTable.largestAxis else { return nil }
            handled[input] |= 1 << UInt64(axis)
            let stored = StoredAxis(tensor: tensor, axis: axis)
            if tracer.borrowings.contains(tensor) { return tracer.borrow(stored, at: .init(node: index, input: input)) }
            return tracer.claim(stored)
        }
        return tracked(input, axis)
    }

    /// Whether an axis of a computed value has atoms; asking deals with nothing.
    func isTracked(_ input: Int, _ axis: Int) -> Bool {
        guard isPresent(input), let axes = tracer.labels[node.inputs[input]], axes.indices.contains(axis) else { return false }
        return axes[axis] != nil
    }

    /// Leaves an axis as it was after it was looked at.
    mutating func release(_ input: Int, _ axis: Int) { handled[input] &= ~(1 << UInt64(axis)) }

    /// The rule understands the integers that an input holds.
    mutating func understand(_ input: Int) {
        guard isPresent(input) else { return }
        understood.insert(input)
        handled[input] = .max
    }

    mutating func understandAll() {
        for input in node.inputs.indices { understand(input) }
    }

    func fix(_ atoms: [Atom]?, _ reason: String) {
        if let atoms { tracer.atoms.fix(atoms, reason) }
    }

    /// Ties two lists index by index; lists of different lengths stay whole.
    func unify(_ first: [Atom], _ second: [Atom]) {
        guard first.count == second.count else {
            fix(first + second, "\(title) joins \(first.count) and \(second.count) channels")
            return
        }
        for (left, right) in zip(first, second) { tracer.atoms.unify(left, right) }
    }

    /// Ties index i of each of `count` equal blocks of a list.
    func tieBlocks(_ atoms: [Atom], count: Int) {
        guard count > 1, atoms.count % count == 0 else { return }
        let length = atoms.count / count
        for index in length..<atoms.count { tracer.atoms.unify(atoms[index % length], atoms[index]) }
    }

    /// Gives an axis of an output its atoms. They stay where the extent is not what it should be.
    func setOutput(_ output: Int = 0, _ axis: Int, _ atoms: [Atom]) {
        guard output < node.outputs.count, !node.outputs[output].isEmpty else { return }
        let name = node.outputs[output]
        guard let shape = tracer.analysis.shapes[name], shape.dimensions.indices.contains(axis), shape[axis] == atoms.count
        else {
            let unknown = tracer.analysis.unknownShapes[name].map { "the shape behind it is not known: \($0)" }
            return fix(atoms, unknown ?? "\(title) is not followed")
        }
        var axes = tracer.labels[name] ?? Array(repeating: nil, count: shape.rank)
        // Two nodes that write one value are no network, but they bind each other.
        if let other = axes[axis] { unify(other, atoms) }
        axes[axis] = atoms
        tracer.labels[name] = axes
    }

    func addEdit(_ place: NodeEdit.Place, original: [Int]? = nil, _ entries: [(position: Int, channels: [Atom])]) {
        tracer.edits.append(NodeEdit(node: index, place: place, original: original, entries: entries))
    }

    /// The layers whose weights an input is, as they are stored or rearranged.
    func layers(_ input: Int) -> [Int] {
        guard isPresent(input), let tensors = tracer.bases[node.inputs[input]] else { return [] }
        return tensors.compactMap { tracer.layerOfTensor[$0] }
    }

    /// Whether an input is the weights of a layer.
    func isWeights(_ input: Int) -> Bool { !layers(input).isEmpty }

    /// Filters of the layers whose weights an input is.
    func produce(weights input: Int, axis: Int, filters: [Atom]) {
        let layers = layers(input)
        for layer in layers where tracer.productions[layer] == nil {
            // Of weights that are joined, a part makes those filters that it has rows or columns of.
            let own = layers.count == 1 ? filters : tracer.filters(ofPart: tracer.model.layers[layer].weight, among: filters)
            if own.isEmpty { continue }
            tracer.productions[layer] = Production(filters: own, axis: stored(input) == nil ? nil : axis)
        }
    }

    /// The layers whose weights an input is read channels of others.
    func consume(weights input: Int, value: Int, axis: Int, atoms: [Atom]) {
        for layer in layers(input) {
            tracer.consumptions.append(
                Consumption(layer: layer, node: index, value: node.inputs[value], axis: axis, atoms: atoms))
        }
    }

    /// Keeps what the rule did not deal with.
    func finish() {
        let reason = unhandledReason
        for (input, name) in node.inputs.enumerated() where !name.isEmpty {
            if let tensor = tracer.stored[name] {
                for axis in 0..<min(64, tracer.model.tensors[tensor].tensor.shape.rank)
                where handled[input] & (1 << UInt64(axis)) == 0 {
                    tracer.fix(StoredAxis(tensor: tensor, axis: axis), reason)
                }
            }
            for (axis, atoms) in (tracer.labels[name] ?? []).enumerated() where handled[input] & (1 << UInt64(axis)) == 0 {
                fix(atoms, reason)
            }
            if !understood.contains(input), elements(input) != nil, !pin(input) {
                tracer.fixExtents(name, "its number of channels is reckoned with at \(title)")
            }
        }
    }

    private var unhandledReason: String {
        guard node.domain.isEmpty, ChannelRule.standard[node.operation] != nil else {
            return "unsupported consumer \(node.operation) at node \(node.name.isEmpty ? "\(index)" : node.name)"
        }
        let unknown = node.outputs.lazy.compactMap { tracer.analysis.unknownShapes[$0] }.first
        return unknown.map { "the shapes behind it are not known: \($0)" } ?? "\(title) mixes it with what cannot be dropped"
    }
}
