/// A regular expression as steps of a machine that is in many places at once (K. Thompson, "Regular Expression Search
/// Algorithm", 1968): no pattern, however it repeats, takes longer than its length times that of the name.
struct PatternProgram {
    enum Step {
        case one(ScalarSet)
        /// Goes on at both.
        case split(Int, Int)
        case jump(Int)
        case start, end
        case wordBoundary(isNegated: Bool)
        /// What follows up to `next` must match from here on, or must not; then it goes on at `next`.
        case ahead(isNegated: Bool, next: Int)
        case accept
    }

    /// Steps of the longest program.
    static let stepLimit = 4000
    /// Steps that comparing with one name may take.
    private static let workLimit = 1 << 21

    var steps: [Step] = []

    /// Whether the program accepts a beginning of `name`; nil where that takes too long to tell.
    func matches(_ name: String) -> Bool? {
        let name = Array(name.unicodeScalars)
        var work = 0
        return accepts(name, from: 0, at: 0, &work)
    }

    /// Runs from a step and a place to the first acceptance.
    private func accepts(_ name: [Unicode.Scalar], from first: Int, at place: Int, _ work: inout Int) -> Bool? {
        var current: [Int] = [first]
        var place = place
        var seen = [Bool](repeating: false, count: steps.count)
        while !current.isEmpty {
            var waiting: [Int] = []
            var reached = current
            for index in seen.indices { seen[index] = false }
            work += steps.count / 16
            while let step = reached.popLast() {
                guard !seen[step] else { continue }
                seen[step] = true
                work += 1
                guard work <= Self.workLimit else { return nil }
                switch steps[step] {
                case .one(let set):
                    if place < name.count, set.contains(name[place]) { waiting.append(step + 1) }
                case .split(let one, let other):
                    reached.append(one)
                    reached.append(other)
                case .jump(let next): reached.append(next)
                case .start: if place == 0 { reached.append(step + 1) }
                case .end: if place == name.count { reached.append(step + 1) }
                case .wordBoundary(let isNegated):
                    if Self.isWordBoundary(place, of: name) != isNegated { reached.append(step + 1) }
                case .ahead(let isNegated, let next):
                    guard let isThere = accepts(name, from: step + 1, at: place, &work) else { return nil }
                    if isThere != isNegated { reached.append(next) }
                case .accept: return true
                }
            }
            current = waiting
            place += 1
        }
        return false
    }

    private static func isWordBoundary(_ place: Int, of name: [Unicode.Scalar]) -> Bool {
        let before = place > 0 && ScalarSet.Kind.word.contains(name[place - 1])
        let behind = place < name.count && ScalarSet.Kind.word.contains(name[place])
        return before != behind
    }
}
