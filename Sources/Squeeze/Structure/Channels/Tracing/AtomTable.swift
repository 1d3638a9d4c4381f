/// A channel of a value or an index of a stored tensor, until sets have merged.
typealias Atom = Int32

/// Atoms in sets that merge (union–find): what is in one set is kept or dropped together.
struct AtomTable {
    private var parents: [Atom] = []
    /// Index into `reasons` of why a set must stay, by its root; −1 where it may go.
    private var fixes: [Int32] = []
    private(set) var reasons: [String] = []

    var count: Int { parents.count }

    /// Axes of more channels are not followed: a file may claim any extent.
    static let largestAxis = 1 << 24

    /// New atoms, each a set of its own.
    mutating func make(_ count: Int) -> [Atom] {
        let start = Atom(parents.count)
        let atoms = Array(start..<start + Atom(count))
        parents += atoms
        fixes += [Int32](repeating: -1, count: count)
        return atoms
    }

    /// The set's representative: its lowest atom.
    mutating func root(_ atom: Atom) -> Atom {
        var current = atom
        while parents[Int(current)] != current {
            parents[Int(current)] = parents[Int(parents[Int(current)])]
            current = parents[Int(current)]
        }
        return current
    }

    mutating func unify(_ first: Atom, _ second: Atom) {
        let (left, right) = (root(first), root(second))
        guard left != right else { return }
        let (lower, upper) = left < right ? (left, right) : (right, left)
        parents[Int(upper)] = lower
        // The reason found first is nearest to what a person sees.
        let (own, other) = (fixes[Int(lower)], fixes[Int(upper)])
        fixes[Int(lower)] = own < 0 || other < 0 ? max(own, other) : min(own, other)
    }

    /// Whether two lists name the same sets in the same order.
    mutating func areSame(_ first: [Atom], _ second: [Atom]) -> Bool {
        first.count == second.count && zip(first, second).allSatisfy { root($0) == root($1) }
    }

    mutating func fix(_ atoms: some Sequence<Atom>, _ reason: String) {
        var index: Int32 = -1
        for atom in atoms {
            let root = Int(root(atom))
            guard fixes[root] < 0 else { continue }
            if index < 0 {
                index = Int32(reasons.count)
                reasons.append(reason)
            }
            fixes[root] = index
        }
    }

    /// Why the atom must stay; nil where it may go.
    mutating func reason(_ atom: Atom) -> String? {
        let fix = fixes[Int(root(atom))]
        return fix < 0 ? nil : reasons[Int(fix)]
    }
}
