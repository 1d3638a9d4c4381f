import NeuralNetwork

extension ChannelRule {
    static let einsum: [String: Rule] = ["Einsum": { $0.followEinsum() }]
}

extension NodeVisit {
    /// Axes of one letter are one axis: what is dropped of one is dropped of all. Equations with `...`, without a result, or
    /// with a letter twice in a term are not followed.
    fileprivate mutating func followEinsum() {
        guard let equation = text("equation")?.filter({ $0 != " " }), !equation.contains(".") else { return }
        let sides = equation.split(separator: ">", omittingEmptySubsequences: false)
        guard sides.count == 2, sides[0].hasSuffix("-") else { return }
        let terms = sides[0].dropLast().split(separator: ",", omittingEmptySubsequences: false).map { Array($0) }
        let result = Array(sides[1])
        guard terms.count == node.inputs.count, terms.indices.allSatisfy({ shape($0)?.rank == terms[$0].count }),
            (terms + [result]).allSatisfy({ Set($0).count == $0.count })
        else { return }
        for letter in Set(terms.joined()).sorted() {
            let places = terms.indices.compactMap { input in terms[input].firstIndex(of: letter).map { (input: input, axis: $0) } }
            guard places.contains(where: { isTracked($0.input, $0.axis) }) else { continue }
            let lists = places.map { claim($0.input, $0.axis) }
            for list in lists.compactMap({ $0 }).dropFirst() { unify(lists.lazy.compactMap { $0 }.first ?? [], list) }
            if let missing = lists.firstIndex(where: { $0 == nil }) {
                fix(lists.lazy.compactMap { $0 }.first, "\(title) joins it with \(node.inputs[places[missing].input]), whose channels stay")
            }
            if let axis = result.firstIndex(of: letter), let atoms = lists.lazy.compactMap({ $0 }).first { setOutput(0, axis, atoms) }
        }
    }
}
