/// Turns the text of a regular expression into a program.
///
/// It knows what patterns of names are made of: characters, `.`, classes, `\d \w \s \b`, groups (named ones too), `|`, `* + ? {m,n}`,
/// `^`, `$`, looking ahead, and `(?i)`. Back references and looking behind have no program of bounded time, and are refused.
struct PatternCompiler {
    private let text: [Unicode.Scalar]
    private var position = 0
    private var ignoresCase = false
    private var depth = 0
    private var steps: [PatternProgram.Step] = []

    private static let depthLimit = 200
    private static let countLimit = 1000

    private init(_ pattern: String) { text = Array(pattern.unicodeScalars) }

    static func program(of pattern: String) throws(PatternFault) -> PatternProgram {
        var compiler = PatternCompiler(pattern)
        try compiler.alternatives()
        guard compiler.position == compiler.text.count else { throw PatternFault(reason: "a ) without its (") }
        try compiler.emit(.accept)
        return PatternProgram(steps: compiler.steps)
    }

    // MARK: Text

    private var next: Unicode.Scalar? { position < text.count ? text[position] : nil }

    private mutating func take(_ expected: String) -> Bool {
        let scalars = Array(expected.unicodeScalars)
        guard text[position...].starts(with: scalars) else { return false }
        position += scalars.count
        return true
    }

    private mutating func advance(_ expected: String) throws(PatternFault) -> Unicode.Scalar {
        guard let next else { throw PatternFault(reason: "\(expected) is missing at the end") }
        position += 1
        return next
    }

    // MARK: Steps

    private mutating func emit(_ step: PatternProgram.Step) throws(PatternFault) {
        guard steps.count < PatternProgram.stepLimit else { throw PatternFault(reason: "it repeats too much") }
        steps.append(step)
    }

    /// Takes back the steps from `start` on, whose jumps are among themselves.
    private mutating func cut(from start: Int) -> [PatternProgram.Step] {
        defer { steps.removeLast(steps.count - start) }
        return Array(steps[start...])
    }

    /// Puts steps that were cut at `origin` here.
    private mutating func paste(_ part: [PatternProgram.Step], from origin: Int) throws(PatternFault) {
        let shift = steps.count - origin
        for step in part {
            switch step {
            case .split(let one, let other): try emit(.split(one + shift, other + shift))
            case .jump(let next): try emit(.jump(next + shift))
            case .ahead(let isNegated, let next): try emit(.ahead(isNegated: isNegated, next: next + shift))
            default: try emit(step)
            }
        }
    }

    // MARK: Syntax

    private mutating func alternatives() throws(PatternFault) {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.depthLimit else { throw PatternFault(reason: "group is too deeply nested") }
        var ends: [Int] = []
        var start = steps.count
        try sequence()
        while take("|") {
            let part = cut(from: start)
            try emit(.split(start + 1, start + part.count + 2))
            try paste(part, from: start)
            ends.append(steps.count)
            try emit(.jump(0))
            start = steps.count
            try sequence()
        }
        for end in ends { steps[end] = .jump(steps.count) }
    }

    private mutating func sequence() throws(PatternFault) {
        // An empty one is a step too, so that repeating nothing comes to an end.
        try emit(.jump(steps.count + 1))
        while let scalar = next, scalar != "|", scalar != ")" {
            let start = steps.count
            try atom()
            try repetitions(from: start)
        }
    }

    private mutating func repetitions(from start: Int) throws(PatternFault) {
        guard let (least, most) = try counts() else { return }
        // Whether as much or as little as possible is taken makes no difference to what matches; taking for good does.
        if !take("?"), next == "+" { throw PatternFault(reason: "a repetition that never gives back is not known here") }
        guard try counts() == nil else { throw PatternFault(reason: "a repetition of a repetition") }
        let part = cut(from: start)
        for _ in 0..<least { try paste(part, from: start) }
        if let most {
            // Each further one may be left out, and then all behind it.
            let end = steps.count + (most - least) * (part.count + 1)
            for _ in least..<most {
                try emit(.split(steps.count + 1, end))
                try paste(part, from: start)
            }
        } else {
            let again = steps.count
            try emit(.split(again + 1, again + part.count + 2))
            try paste(part, from: start)
            try emit(.jump(again))
        }
    }

    private mutating func counts() throws(PatternFault) -> (least: Int, most: Int?)? {
        if take("*") { return (0, nil) }
        if take("+") { return (1, nil) }
        if take("?") { return (0, 1) }
        let start = position
        guard take("{") else { return nil }
        let least = number()
        let most = take(",") ? number() : least
        let isOpen = text[..<position].last == ","
        guard least != nil || most != nil, take("}") else {
            // A brace that counts nothing is a character.
            position = start
            return nil
        }
        guard (least ?? 0) <= (most ?? .max), max(least ?? 0, most ?? 0) <= Self.countLimit else {
            throw PatternFault(reason: "it repeats from \(least ?? 0) to \(most ?? 0) times")
        }
        return (least ?? 0, isOpen ? nil : most)
    }

    private mutating func number() -> Int? {
        var value: Int?
        while let digit = next, ("0"..."9").contains(digit) {
            value = min((value ?? 0) * 10 + Int(digit.value - 0x30), Self.countLimit + 1)
            position += 1
        }
        return value
    }

    private mutating func atom() throws(PatternFault) {
        switch try advance("a character") {
        case ".": try emit(.one(ScalarSet(.notNewline)))
        case "^": try emit(.start)
        case "$": try emit(.end)
        case "(": try group()
        case "[": try emit(.one(try characterClass()))
        case "\\": try escape()
        case "*", "+", "?": throw PatternFault(reason: "a repetition of nothing")
        case let scalar: try emit(.one(cased(ScalarSet(scalar))))
        }
    }

    private func cased(_ set: ScalarSet) -> ScalarSet {
        var set = set
        set.ignoresCase = ignoresCase
        return set
    }

    private mutating func group() throws(PatternFault) {
        let outer = ignoresCase
        var look: Int?
        var isNegated = false
        if take("?") {
            if take("=") || take("!") {
                isNegated = text[position - 1] == "!"
                look = steps.count
                try emit(.accept)
            } else if take("i)") {
                ignoresCase = true
                return try emit(.jump(steps.count + 1))
            } else if take("i:") {
                ignoresCase = true
            } else if take("<=") || take("<!") {
                throw PatternFault(reason: "looking behind is not known here")
            } else if take("<") || take("P<") {
                while try advance("the end of a group's name") != ">" {}
            } else if !take(":") {
                throw PatternFault(reason: "a group that begins with ? and \(next.map { "\"\($0)\"" } ?? "nothing")")
            }
        }
        try alternatives()
        guard take(")") else { throw PatternFault(reason: "a ( without its )") }
        ignoresCase = outer
        if let look {
            try emit(.accept)
            steps[look] = .ahead(isNegated: isNegated, next: steps.count)
        }
    }
}

extension PatternCompiler {
    private mutating func escape() throws(PatternFault) {
        switch next {
        case "b", "B":
            position += 1
            try emit(.wordBoundary(isNegated: text[position - 1] == "B"))
        case "A":
            position += 1
            try emit(.start)
        case "z", "Z":
            position += 1
            try emit(.end)
        default: try emit(.one(cased(try escaped())))
        }
    }

    /// What a backslash and what follows stand for.
    private mutating func escaped() throws(PatternFault) -> ScalarSet {
        let scalar = try advance("what \\ stands before")
        switch scalar {
        case "d", "D": return ScalarSet(.digit, isNegated: scalar == "D")
        case "w", "W": return ScalarSet(.word, isNegated: scalar == "W")
        case "s", "S": return ScalarSet(.space, isNegated: scalar == "S")
        case "n": return ScalarSet("\n")
        case "t": return ScalarSet("\t")
        case "r": return ScalarSet("\r")
        case "x": return ScalarSet(try hexadecimal(2))
        case "u": return ScalarSet(try hexadecimal(4))
        case "0"..."9", "k": throw PatternFault(reason: "back references are not known here")
        case "a"..."z", "A"..."Z": throw PatternFault(reason: "\\\(scalar) is not known here")
        default: return ScalarSet(scalar)
        }
    }

    private mutating func hexadecimal(_ count: Int) throws(PatternFault) -> Unicode.Scalar {
        var value: UInt32 = 0
        for _ in 0..<count {
            guard let digit = Character(try advance("a hexadecimal digit")).hexDigitValue else {
                throw PatternFault(reason: "\(count) hexadecimal digits are missing")
            }
            value = value << 4 | UInt32(digit)
        }
        guard let scalar = Unicode.Scalar(value) else { throw PatternFault(reason: "a character that there is not") }
        return scalar
    }

    /// The set behind a `[`, up to its `]`.
    private mutating func characterClass() throws(PatternFault) -> ScalarSet {
        var set = ScalarSet()
        set.isNegated = take("^")
        var isFirst = true
        while true {
            let scalar = try advance("the ] of a class")
            if scalar == "]", !isFirst { return cased(set) }
            isFirst = false
            guard scalar != "[" else { throw PatternFault(reason: "a [ in a class, which is written \\[") }
            let low = scalar == "\\" ? try escaped() : ScalarSet(scalar)
            set.kinds += low.kinds
            guard let first = low.ranges.first?.lowerBound else { continue }
            guard next == "-", position + 1 < text.count, text[position + 1] != "]" else {
                set.ranges.append(first...first)
                continue
            }
            position += 1
            let end = try advance("the end of a range")
            guard let last = (end == "\\" ? try escaped() : ScalarSet(end)).ranges.first?.lowerBound, first <= last else {
                throw PatternFault(reason: "a range that goes backwards")
            }
            set.ranges.append(first...last)
        }
    }
}
