/// Finds a pattern's characters in order in a candidate and says how well they lie there.
///
/// The score follows fzf: matches at word starts, capitals and in a row count more, gaps count less.
public struct FuzzyMatcher: Sendable {
    /// A candidate that matched.
    public struct Match: Sendable, Hashable {
        /// Higher is better; only comparable for one pattern.
        public let score: Int
        /// Offsets of the matched characters in the candidate, ascending.
        public let indices: [Int]
    }

    private let terms: [[Character]]
    private let isCaseSensitive: Bool

    /// Creates a matcher; blanks separate terms that must all match, a capital makes it case-sensitive.
    public init(_ pattern: String) {
        isCaseSensitive = pattern.contains(where: \.isUppercase)
        terms = pattern.split(whereSeparator: \.isWhitespace).map(Array.init)
    }

    /// Whether everything matches, as nothing is asked for.
    public var isEmpty: Bool { terms.isEmpty }

    /// The best match in `candidate`; nil where a term's characters do not all occur in order.
    public func match(_ candidate: String) -> Match? {
        if terms.isEmpty { return Match(score: 0, indices: []) }
        let original = Array(candidate)
        let folded = isCaseSensitive ? original : original.map { Character($0.lowercased().first.map(String.init) ?? " ") }
        let bonuses = Self.bonuses(original)
        var score = 0
        var indices: Set<Int> = []
        for term in terms {
            let wanted = isCaseSensitive ? term : term.map { Character($0.lowercased().first.map(String.init) ?? " ") }
            guard let found = Self.align(wanted, folded, bonuses) else { return nil }
            score += found.score
            indices.formUnion(found.indices)
        }
        return Match(score: score, indices: indices.sorted())
    }

    /// The candidates that match, best first; equals keep their order, shorter ones go before longer.
    public func ranked(_ candidates: [String]) -> [(index: Int, match: Match)] {
        var found: [(index: Int, match: Match)] = []
        for (index, candidate) in candidates.enumerated() {
            if let match = match(candidate) { found.append((index, match)) }
        }
        if terms.isEmpty { return found }
        return found.sorted { left, right in
            if left.match.score != right.match.score { return left.match.score > right.match.score }
            let (leftLength, rightLength) = (candidates[left.index].count, candidates[right.index].count)
            return leftLength != rightLength ? leftLength < rightLength : left.index < right.index
        }
    }

    private static let matchScore = 16
    private static let gapStart = -3
    private static let gapExtension = -1
    private static let consecutive = 8

    /// What a match at each character is worth for its place in a word.
    private static func bonuses(_ text: [Character]) -> [Int] {
        text.indices.map { index in
            guard index > 0 else { return 10 }
            let (before, here) = (text[index - 1], text[index])
            if !before.isLetter && !before.isNumber { return here.isLetter || here.isNumber ? 8 : 0 }
            if before.isLowercase && here.isUppercase { return 7 }
            if before.isLetter && here.isNumber { return 5 }
            return 0
        }
    }

    /// Smith–Waterman with affine gaps: O(term × text).
    private static func align(_ term: [Character], _ text: [Character], _ bonuses: [Int]) -> (score: Int, indices: [Int])? {
        guard !term.isEmpty, term.count <= text.count else { return nil }
        let columns = text.count
        let impossible = Int.min / 2
        // best[i][j]: term[0...i] matched with its last character at text[j]; previous[i][j]: where term[i − 1] lay.
        var best = [[Int]](repeating: [Int](repeating: impossible, count: columns), count: term.count)
        var previous = [[Int]](repeating: [Int](repeating: -1, count: columns), count: term.count)
        for row in term.indices {
            var carried = impossible
            var carriedFrom = -1
            for column in text.indices {
                if row > 0, column >= 2 {
                    carried += gapExtension
                    let opened = best[row - 1][column - 2] + gapStart
                    if opened > carried { (carried, carriedFrom) = (opened, column - 2) }
                }
                guard term[row] == text[column] else { continue }
                let base = matchScore + bonuses[column] * (row == 0 ? 2 : 1)
                if row == 0 {
                    best[row][column] = base
                    continue
                }
                if column >= 1, best[row - 1][column - 1] > impossible / 2 {
                    best[row][column] = best[row - 1][column - 1] + base + consecutive
                    previous[row][column] = column - 1
                }
                if carried > impossible / 2, carried + base > best[row][column] {
                    best[row][column] = carried + base
                    previous[row][column] = carriedFrom
                }
            }
        }
        guard var column = text.indices.max(by: { best[term.count - 1][$0] < best[term.count - 1][$1] }),
            best[term.count - 1][column] > impossible / 2
        else { return nil }
        let score = best[term.count - 1][column]
        var indices: [Int] = []
        for row in term.indices.reversed() {
            indices.append(column)
            column = previous[row][column]
        }
        return (score, indices.reversed())
    }

    /// Insertions, deletions and replacements that turn one word into another.
    public static func editDistance(_ left: String, _ right: String) -> Int {
        let (from, to) = (Array(left), Array(right))
        var row = Array(0...to.count)
        for (i, character) in from.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, other) in to.enumerated() {
                let replaced = diagonal + (character == other ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(replaced, row[j] + 1, row[j + 1] + 1)
            }
        }
        return row[to.count]
    }
}
