import NeuralNetwork

extension ChannelRule {
    static let attention: [String: Rule] = ["Attention": attend]

    /// Heads are the units: those of queries, keys and values go together. Where keys and values have fewer, as many heads of
    /// the queries as share one go with it.
    ///
    /// Inputs are (Q, K, V, mask, past keys, past values), of four axes (batch, heads, time, width) or of three, in which the
    /// heads lie side by side along the last one.
    private static let attend: Rule = { visit in
        let isPacked = visit.shape(0)?.rank == 3
        guard let query = visit.shape(0), let key = visit.shape(1), let value = visit.shape(2),
            [query, key, value].allSatisfy({ $0.rank == (isPacked ? 3 : 4) }), !visit.isPresent(4), !visit.isPresent(5),
            !visit.node.outputs.dropFirst().contains(where: { !$0.isEmpty })
        else { return }
        guard let heads = isPacked ? visit.integer("q_num_heads") : query[1],
            let shared = isPacked ? visit.integer("kv_num_heads") : key[1], heads >= 1, shared >= 1, heads % shared == 0,
            isPacked || value[1] == shared
        else { return }
        let axis = isPacked ? 2 : 1
        let lists = [(0, heads), (1, shared), (2, shared)].map { input, count in
            visit.tracked(input, axis).flatMap { visit.headUnits($0, count: count) }
        }
        // Their units are the same, or none of them can go.
        let missing = (0..<3).first { lists[$0] == nil }
        if let missing {
            for list in lists { visit.fix(list, "\(visit.title) reads it together with \(visit.node.inputs[missing]), whose channels stay") }
        }
        guard missing == nil, let queries = lists[0], let keys = lists[1], let values = lists[2] else { return }
        visit.unify(keys, values)
        for (index, atom) in queries.enumerated() { visit.tracer.atoms.unify(atom, keys[index / (heads / shared)]) }
        if isPacked {
            let width = value[2] / shared
            visit.setOutput(0, 2, queries.flatMap { Array(repeating: $0, count: width) })
            visit.addEdit(.integer("q_num_heads"), [(0, queries)])
            visit.addEdit(.integer("kv_num_heads"), [(0, keys)])
        } else {
            visit.setOutput(0, 1, queries)
        }
        guard visit.isPresent(3), let mask = visit.shape(3), mask.rank >= 3 else { return }
        let own = mask.rank - 3
        guard mask[own] > 1 else { return }
        if let masked = visit.claim(3, own), masked.count == queries.count {
            visit.unify(masked, queries)
        } else {
            visit.fix(queries, "\(visit.title) masks each head by \(visit.node.inputs[3]), whose channels stay")
        }
    }
}

extension NodeVisit {
    /// Ties all channels of each head to its first, which stands for the head.
    fileprivate func headUnits(_ atoms: [Atom], count: Int) -> [Atom]? {
        guard atoms.count % count == 0, atoms.count >= count else {
            fix(atoms, "\(title) is not followed")
            return nil
        }
        let width = atoms.count / count
        for index in atoms.indices { tracer.atoms.unify(atoms[index / width * width], atoms[index]) }
        return (0..<count).map { atoms[$0 * width] }
    }
}
