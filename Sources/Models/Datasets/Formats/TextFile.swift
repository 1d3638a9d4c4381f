import Basics
import TextFormats

/// A text whose characters are a network's symbols, and the vocabulary that numbers them.
enum TextFile {
    /// Opens the last `last` characters of a text, or all.
    static func open(path: String, vocabulary: String, last: Int?) throws(DataSetError) -> TokenText {
        let numbers = try readVocabulary(path: vocabulary)
        let file = try mapFile(path)
        guard let text = file.withUnsafeBytes({ String(validating: $0, as: UTF8.self) }) else {
            throw DataSetError(path: path, what: "is not UTF-8 text")
        }
        let scalars = text.unicodeScalars
        let start =
            last.flatMap { scalars.index(scalars.endIndex, offsetBy: -$0, limitedBy: scalars.startIndex) }
            ?? scalars.startIndex
        var tokens: [Int32] = []
        tokens.reserveCapacity(last ?? text.utf8.count)
        for index in scalars[start...].indices {
            guard let number = numbers[scalars[index]] else {
                let line = scalars[..<index].count { $0 == "\n" } + 1
                throw DataSetError(
                    path: path, place: TextPlace(line: line, column: 1),
                    what: "the symbol \(shown(scalars[index])) is not in the vocabulary \(quoted(fileName(of: vocabulary)))",
                    remedy: "use the text and vocabulary the network was trained on")
            }
            tokens.append(number)
        }
        guard tokens.count > 1 else {
            throw DataSetError(path: path, what: "has too few symbols to predict any: \(tokens.count)")
        }
        let symbols = numbers.sorted { $0.value < $1.value }.map(\.key)
        return TokenText(tokens: tokens, vocabularyCount: numbers.count, symbols: symbols)
    }

    private static func shown(_ scalar: Unicode.Scalar) -> String { "“\(scalar.escaped(asASCII: false))”" }

    /// Reads a JSON object of characters and their numbers, which run from 0 without a gap.
    private static func readVocabulary(path: String) throws(DataSetError) -> [Unicode.Scalar: Int32] {
        let file = try mapFile(path)
        var numbers: [Unicode.Scalar: Int32] = [:]
        var largest = -1
        do throws(StrictJSON.Fault) {
            try file.withUnsafeBytes { bytes throws(StrictJSON.Fault) in
                var json = StrictJSON(bytes)
                try json.object(
                    { (json, key) throws(StrictJSON.Fault) in
                        let position = json.position
                        func fault(_ expected: String, _ found: String) -> StrictJSON.Fault {
                            StrictJSON.Fault(position: position, expected: expected, found: found)
                        }
                        guard let scalar = key.unicodeScalars.first, key.unicodeScalars.count == 1 else {
                            throw fault("single characters as keys", quoted(key))
                        }
                        let number = try json.integer()
                        guard let token = Int32(exactly: number) else { throw fault("a number below 2³¹", "\(number)") }
                        guard numbers.updateValue(token, forKey: scalar) == nil else {
                            throw fault("each character once", "\(shown(scalar)) again")
                        }
                        largest = max(largest, number)
                    }, wrapping: { $0 })
                try json.end()
            }
        } catch {
            throw DataSetError(
                path: path, what: "byte \(error.position): expected \(error.expected), found \(error.found)",
                remedy: "a vocabulary is a JSON object of characters and numbers")
        }
        guard !numbers.isEmpty else { throw DataSetError(path: path, what: "the vocabulary is empty") }
        guard Set(numbers.values).count == numbers.count, largest == numbers.count - 1 else {
            throw DataSetError(
                path: path, what: "the vocabulary's numbers do not run from 0 to \(numbers.count - 1), each once")
        }
        return numbers
    }
}
