/// The named tensors of what `torch.save` wrote: a state dictionary, a checkpoint that holds one, or a whole module.
///
/// Each object is visited once, so that cycles end and references that branch again and again cost nothing.
struct StateDictionary {
    private let pickle: Pickle
    private(set) var tensors: [(name: String, tensor: PickledTensor)] = []
    private var visited: Set<Int> = []
    /// Whether one tensor is all that is asked for.
    private var isProbe = false

    /// No module is nested as deeply; the walk recurses.
    private static let depthLimit = 200
    private static let nameLimit = 1024

    /// Keys under which checkpoints keep a model's weights, the likelier first.
    private static let weightKeys = [
        "state_dict", "model_state_dict", "model_state", "model", "net", "network", "module", "weights", "params",
        "params_ema", "ema", "model_ema", "ema_state_dict", "state",
    ]

    init(_ pickle: Pickle) {
        self.pickle = pickle
        collect(Self.weights(of: pickle), name: "", depth: 0)
        stripPrefixes()
    }

    /// Appends what a value holds, named below `name`: the constants of a TorchScript archive.
    init(constants pickle: Pickle, name: String) {
        self.pickle = pickle
        collect(pickle.root, name: name, depth: 0)
    }

    /// The part of a checkpoint that holds the weights: what lies under a well-known key, as long as there is one.
    private static func weights(of pickle: Pickle) -> PickleValue {
        var value = pickle.root
        // Objects that probes visited in vain; no later one looks there again.
        var barren: Set<Int> = []
        for _ in 0..<8 {
            guard case .dictionary(let items)? = pickle.object(value) else { return value }
            var places: [String: PickleValue] = [:]
            for item in items { if let key = pickle.text(item.key) { places[key] = item.value } }
            let next = weightKeys.compactMap { places[$0] }.first { candidate in
                if case .tensor? = pickle.object(candidate) { return false }
                var probe = StateDictionary(probing: pickle, but: barren)
                barren = []
                probe.collect(candidate, name: "", depth: 0)
                if probe.tensors.isEmpty { barren = probe.visited }
                return !probe.tensors.isEmpty
            }
            guard let next else { return value }
            value = next
        }
        return value
    }

    private init(probing pickle: Pickle, but visited: Set<Int>) {
        self.pickle = pickle
        self.visited = visited
        isProbe = true
    }

    // MARK: Walk

    private mutating func collect(_ value: PickleValue, name: String, depth: Int) {
        guard case .object(let index) = value, depth < Self.depthLimit, name.utf8.count < Self.nameLimit,
            !isProbe || tensors.isEmpty
        else { return }
        switch pickle.objects[index] {
        case .tensor(let tensor):
            // A tensor that several modules share has each of their names.
            tensors.append((name.isEmpty ? "tensor" : name, tensor))
        case .dictionary(let items):
            guard visited.insert(index).inserted else { return }
            collect(items, name: name, depth: depth + 1)
        case .list(let elements), .tuple(let elements):
            guard visited.insert(index).inserted else { return }
            collect(elements, name: name, depth: depth + 1)
        case .placeholder(let placeholder):
            guard visited.insert(index).inserted else { return }
            collect(placeholder, name: name, depth: depth + 1)
        case .known, .unknown, .storage: return
        }
    }

    private mutating func collect(_ items: [(key: PickleValue, value: PickleValue)], name: String, depth: Int) {
        for item in items {
            guard case .object = item.value, let key = key(item.key), !isTraining(key, item.value) else { continue }
            collect(item.value, name: name.isEmpty ? key : "\(name).\(key)", depth: depth)
        }
    }

    private mutating func collect(_ elements: [PickleValue], name: String, depth: Int) {
        for (index, element) in elements.enumerated() {
            guard case .object = element else { continue }
            collect(element, name: name.isEmpty ? "\(index)" : "\(name).\(index)", depth: depth)
        }
    }

    /// A module's parameters, buffers and inner modules; of other objects, whatever they hold.
    private mutating func collect(_ placeholder: PlaceholderObject, name: String, depth: Int) {
        collect(placeholder.items, name: name, depth: depth)
        collect(placeholder.elements, name: name, depth: depth)
        var state = placeholder.state
        // `(dictionary, slots)` of classes that have slots.
        if case .tuple(let parts)? = pickle.object(state), let first = parts.first { state = first }
        guard case .object(let index) = state, case .dictionary(let items) = pickle.objects[index],
            visited.insert(index).inserted
        else { return }
        let parts = items.filter { item in
            pickle.text(item.key).map { ["_parameters", "_buffers", "_modules"].contains($0) } ?? false
        }
        guard !parts.isEmpty else { return collect(items, name: name, depth: depth) }
        for part in parts { collect(part.value, name: name, depth: depth) }
    }

    private func key(_ value: PickleValue) -> String? {
        if case .integer(let number) = value { return "\(number)" }
        return pickle.text(value)
    }

    /// Whether what lies under a key is the training's state rather than the model's.
    private func isTraining(_ key: String, _ value: PickleValue) -> Bool {
        let key = key.lowercased()
        if key.contains("rng_state") { return true }
        if case .tensor? = pickle.object(value) { return false }
        return key.hasPrefix("optim") || key.hasSuffix("optimizer") || key.hasSuffix("optimizers")
            || ["optimizer_s", "scheduler", "compression_sched"].contains(where: key.contains)
            || ["amp", "scaler", "grad_scaler"].contains(key)
    }

    // MARK: Names

    /// Takes away what `DataParallel` and `torch.compile` put in front of every name.
    private mutating func stripPrefixes() {
        for _ in 0..<4 {
            guard
                let prefix = ["module.", "_orig_mod."].first(where: { prefix in
                    !tensors.isEmpty && tensors.allSatisfy { $0.name.hasPrefix(prefix) && $0.name.count > prefix.count }
                })
            else { return }
            for index in tensors.indices { tensors[index].name.removeFirst(prefix.count) }
        }
    }
}
