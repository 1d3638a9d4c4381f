import Synchronization

/// Layers' names brought within a width so that no two of them read alike.
///
/// What exporters repeat is left out (`/cv2.0/cv2.0.0` is `cv2.0.0`), so is what all names begin with; then words become their first
/// letters from the left, as far as it takes (`features.denseblock3.denselayer12.conv1` is `f.d3.denselayer12.conv1`); where two
/// names would be the same, they keep more letters or lose their middle.
public final class LayerNames: Sendable {
    /// The names without what says nothing.
    public let reduced: [String]
    private let fitted = Mutex<[Key: [String]]>([:])

    private struct Key: Hashable {
        var width: Int
        var ellipsis: String
    }

    /// Widths that are kept.
    private static let keptCount = 8

    public init(_ names: [String]) {
        let paths = names.map { Path($0).withoutRepetition }
        let shared = Path.sharedPrefixCount(paths)
        let shortened = paths.map { $0.dropping(shared) }
        // Only where the names stay as many as they were.
        let candidates = [shortened.map(\.withoutOperator.text), shortened.map(\.text), paths.map(\.text)]
        reduced = candidates.first { Set($0).count == Set(names).count } ?? names
    }

    /// The names within so many columns, by layer; all different where the names are and the width leaves room for it.
    public func fitted(to width: Int, ellipsis: String = "…") -> [String] {
        let key = Key(width: width, ellipsis: ellipsis)
        if let known = fitted.withLock({ $0[key] }) { return known }
        let made = Fitting(reduced, width: max(width, 1), ellipsis: ellipsis).result
        fitted.withLock { fitted in
            if fitted.count >= Self.keptCount { fitted.removeAll() }
            fitted[key] = made
        }
        return made
    }
}

/// A name as words with what stands between them: `/`, `.`, `_`, `:`.
private struct Path {
    /// The separator before each part, and the part.
    var parts: [(separator: String, word: String)]

    init(_ name: String) {
        parts = []
        var separator = ""
        var word = ""
        for letter in name {
            if "/.:".contains(letter) {
                if !word.isEmpty || !parts.isEmpty && separator.isEmpty { parts.append((separator, word)) }
                if !word.isEmpty { separator = "" }
                word = ""
                separator.append(letter)
            } else {
                word.append(letter)
            }
        }
        if !word.isEmpty || parts.isEmpty { parts.append((separator, word)) }
    }

    private init(parts: [(separator: String, word: String)]) { self.parts = parts }

    var text: String {
        parts.enumerated().reduce("") { $0 + ($1.offset == 0 && $1.element.separator == "/" ? "" : $1.element.separator) + $1.element.word }
    }

    /// Without a segment that the next one begins with: scopes that exporters write once more inside each other.
    var withoutRepetition: Path {
        var segments: [[(separator: String, word: String)]] = []
        for part in parts {
            if part.separator.contains("/") || segments.isEmpty {
                segments.append([part])
            } else {
                segments[segments.count - 1].append(part)
            }
        }
        var kept: [(separator: String, word: String)] = []
        for (index, segment) in segments.enumerated() {
            if index + 1 < segments.count {
                let next = segments[index + 1].map(\.word)
                if next.count > segment.count, Array(next.prefix(segment.count)) == segment.map(\.word) { continue }
            }
            kept += segment
        }
        return Path(parts: kept)
    }

    /// Without the operator at its end (`/Conv`), which stands in a column of its own.
    var withoutOperator: Path {
        guard parts.count > 1, let last = parts.last, last.separator == "/", last.word.first?.isUppercase == true else { return self }
        return Path(parts: Array(parts.dropLast()))
    }

    /// Without the first parts.
    func dropping(_ count: Int) -> Path {
        guard count > 0 else { return self }
        var rest = Array(parts.dropFirst(count))
        rest[0].separator = ""
        return Path(parts: rest)
    }

    /// How many parts all names begin with, at least one being left to each; of names of scopes, whole scopes.
    static func sharedPrefixCount(_ paths: [Path]) -> Int {
        guard paths.count > 1, let first = paths.first else { return 0 }
        let longest = (paths.map(\.parts.count).min() ?? 1) - 1
        var count = 0
        while count < longest, paths.allSatisfy({ $0.parts[count] == first.parts[count] }) { count += 1 }
        guard first.parts.dropFirst().contains(where: { $0.separator.contains("/") }) else { return count }
        while count > 0, !first.parts[count].separator.contains("/") { count -= 1 }
        return count
    }
}

/// One width.
private struct Fitting {
    private let names: [String]
    private let width: Int
    private let ellipsis: String
    private(set) var result: [String]

    public init(_ names: [String], width: Int, ellipsis: String) {
        self.names = names
        self.width = width
        self.ellipsis = ellipsis
        result = names.map { Self.abbreviated($0, letters: 1, width: width) ?? $0 }
        var open = collisions(among: Array(names.indices))
        var attempts: [(String) -> String?] = (2...8).map { letters in { Self.abbreviated($0, letters: letters, width: width) } }
        let room = width - ellipsis.count
        for head in [room / 2, room / 3, room * 2 / 3, 1, room - 1, 0, room] where head >= 0 && head <= room {
            attempts.append { [ellipsis] in Self.elided($0, head: head, tail: room - head, ellipsis: ellipsis) }
        }
        for attempt in attempts where !open.isEmpty {
            for group in open {
                let made = group.compactMap { attempt(names[$0]) }
                // More letters help only where all of a group become different from each other.
                guard made.count == group.count, Set(made).count == made.count, made.allSatisfy({ $0.count <= width }) else { continue }
                let others = Set(names.indices.filter { !group.contains($0) }.map { result[$0] })
                guard others.isDisjoint(with: made) else { continue }
                for (layer, text) in zip(group, made) { result[layer] = text }
            }
            open = collisions(among: Array(names.indices))
        }
        number(open)
    }

    /// Layers whose texts are the same or too long, group by group.
    private func collisions(among layers: [Int]) -> [[Int]] {
        let groups = Dictionary(grouping: layers) { result[$0] }
        return groups.filter { $0.value.count > 1 || $0.key.count > width }.values.sorted { ($0.first ?? 0) < ($1.first ?? 0) }
    }

    /// Tells what is left by a number, that of the layer.
    private mutating func number(_ groups: [[Int]]) {
        var taken = Set(result)
        for layer in groups.joined() {
            let whole = Self.elided(names[layer], head: 0, tail: width - ellipsis.count, ellipsis: ellipsis)
            if width > ellipsis.count, taken.insert(whole).inserted {
                result[layer] = whole
                continue
            }
            let suffix = "#\(layer + 1)"
            guard width > suffix.count else { continue }
            result[layer] = String(names[layer].prefix(width - suffix.count)) + suffix
        }
    }

    private static func elided(_ name: String, head: Int, tail: Int, ellipsis: String) -> String {
        guard name.count > head + tail + ellipsis.count else { return name }
        return name.prefix(max(head, 0)) + ellipsis + name.suffix(max(tail, 0))
    }

    /// The name with words cut to so many letters (and what follows from their first digit on), from the left until it fits; nil
    /// where it never does.
    private static func abbreviated(_ name: String, letters: Int, width: Int) -> String? {
        if name.count <= width { return name }
        var pieces: [String] = []
        for letter in name {
            let isWord = letter.isLetter
            if isWord, let last = pieces.last, last.last?.isLetter == true {
                pieces[pieces.count - 1].append(letter)
            } else {
                pieces.append(String(letter))
            }
        }
        var length = name.count
        for index in pieces.indices where pieces[index].count > letters && pieces[index].first?.isLetter == true {
            // What follows a digit within a word (`inception3a`) tells more than what stands before it.
            if index > 0, pieces[index - 1].last?.isNumber == true { continue }
            length -= pieces[index].count - letters
            pieces[index] = String(pieces[index].prefix(letters))
            if length <= width { return pieces.joined() }
        }
        return nil
    }
}
