import TextFormats

/// The classes of a data set, in order of their numbers.
struct ClassList {
    var names: [String] = []
    /// The class each WordNet number stands for: `n01440764`.
    private(set) var classOfWNID: [String: Int] = [:]

    /// Classes that are not known.
    init() {}

    init(_ classes: DataDescription.Classes?) throws(DataSetError) {
        self.init()
        switch classes {
        case nil: break
        case .names(let names): self.names = names
        case .file(let path): self = try ClassList(path: path)
        }
    }

    /// Reads a class a line: a name, or a WNID and then names.
    private init(path: String) throws(DataSetError) {
        let file = try mapFile(path)
        guard let text = file.withUnsafeBytes({ String(validating: $0, as: UTF8.self) }) else {
            throw DataSetError(path: path, what: "is not UTF-8 text")
        }
        var lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        while lines.last?.allSatisfy(\.isWhitespace) == true { lines.removeLast() }
        guard !lines.isEmpty else { throw DataSetError(path: path, what: "names no classes", remedy: "write one a line") }
        for (number, line) in lines.enumerated() {
            let word = String(line.prefix { $0 != " " && $0 != "\t" })
            guard Self.isWNID(word) else {
                names.append(String(line))
                continue
            }
            guard classOfWNID.updateValue(number, forKey: word) == nil else {
                throw DataSetError(
                    path: path, place: TextPlace(line: number + 1, column: 1), what: "\(word) is there twice")
            }
            let rest = line.dropFirst(word.count).drop { $0 == " " || $0 == "\t" }
            names.append(rest.isEmpty ? word : String(rest))
        }
    }

    /// `n` and eight digits.
    private static func isWNID(_ word: String) -> Bool {
        let bytes = word.utf8
        return bytes.count == 9 && bytes.first == UInt8(ascii: "n")
            && bytes.dropFirst().allSatisfy { (0x30...0x39).contains($0) }
    }
}
