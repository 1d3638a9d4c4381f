/// The candidate that `name` was probably meant to be; nil where none is near.
///
/// Near is an edit distance (Levenshtein) of at most a third of the name, letter case aside, or else a candidate that
/// contains the name. The first of the nearest wins.
func nearestName(to name: String, among candidates: some Sequence<String>) -> String? {
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

/// The number of insertions, deletions and replacements between two texts; nil where it is not below `limit`.
func editDistance(_ first: [Unicode.Scalar], _ second: [Unicode.Scalar], below limit: Int) -> Int? {
    guard abs(first.count - second.count) < limit else { return nil }
    var row = Array(0...second.count)
    for (i, scalar) in first.enumerated() {
        var diagonal = row[0]
        row[0] = i + 1
        for (j, other) in second.enumerated() {
            let replaced = diagonal + (scalar == other ? 0 : 1)
            diagonal = row[j + 1]
            row[j + 1] = min(replaced, row[j] + 1, diagonal + 1)
        }
        if let least = row.min(), least >= limit { return nil }
    }
    return row[second.count] < limit ? row[second.count] : nil
}
