/// The candidate that `name` was probably meant to be; nil where none is near.
///
/// Near is an edit distance of at most a third of the name, letter case aside, or else a candidate that contains the
/// name. The first of the nearest wins.
public func nearestName(to name: String, among candidates: some Sequence<String>) -> String? {
    let wanted = Array(name.lowercased().unicodeScalars.prefix(lengthLimit))
    guard !wanted.isEmpty else { return nil }
    var best: String?
    var bestDistance = max(1, wanted.count / 3) + 1
    var container: String?
    for candidate in candidates {
        let lowercased = candidate.lowercased()
        let distance = editDistance(wanted, Array(lowercased.unicodeScalars.prefix(lengthLimit)), below: bestDistance)
        if let distance {
            best = candidate
            bestDistance = distance
        } else if container == nil, wanted.count > 2, lowercased.contains(name.lowercased()) {
            container = candidate
        }
    }
    return best ?? container
}

private let lengthLimit = 200

/// The number of insertions, deletions, replacements and swaps of neighbours between two texts (optimal string
/// alignment); nil where it is not below `limit`.
func editDistance(_ first: [Unicode.Scalar], _ second: [Unicode.Scalar], below limit: Int) -> Int? {
    guard abs(first.count - second.count) < limit else { return nil }
    // Row i holds the distances of the first i scalars of `first` to every beginning of `second`.
    var rowBefore: [Int] = []
    var row = Array(0...second.count)
    for (i, scalar) in first.enumerated() {
        var next = [i + 1]
        for (j, other) in second.enumerated() {
            var distance = min(row[j] + (scalar == other ? 0 : 1), row[j + 1] + 1, next[j] + 1)
            if i > 0, j > 0, scalar == second[j - 1], other == first[i - 1] {
                distance = min(distance, rowBefore[j - 1] + 1)
            }
            next.append(distance)
        }
        (rowBefore, row) = (row, next)
    }
    return row[second.count] < limit ? row[second.count] : nil
}
