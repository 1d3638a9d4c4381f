import TextFormats

/// Reads a YAML description of data, key by key.
struct DescriptionReader {
    private static let byteLimit = 1 << 20

    private var description: DataDescription

    static func read(path: String) throws(DataSetError) -> DataDescription {
        let file = try mapFile(path)
        guard file.byteCount <= byteLimit else {
            throw DataSetError(path: path, what: "is larger than 1 MiB, too large for a description of data")
        }
        guard var source = file.withUnsafeBytes({ String(validating: $0, as: UTF8.self) }) else {
            throw DataSetError(path: path, what: "is not UTF-8 text")
        }
        if source.unicodeScalars.first == "\u{FEFF}" { source.unicodeScalars.removeFirst() }
        let root: YAMLTree?
        do throws(YAMLError) {
            root = try YAMLTree.read(source)
        } catch {
            throw DataSetError(error, path: path)
        }
        do throws(DataSetError) {
            return try read(root, path: path)
        } catch {
            var error = error
            error.path = error.path ?? path
            throw error
        }
    }

    private static func read(_ root: YAMLTree?, path: String) throws(DataSetError) -> DataDescription {
        let kinds = listed(DataDescription.Kind.allCases.map(\.rawValue), "or")
        guard let root, !root.isNull else { throw DataSetError(what: "is empty", remedy: "it begins with kind: \(kinds)") }
        guard case .mapping(let pairs) = root.content else {
            throw DataSetError(place: root.place, what: "a description must be keys with values, found \(root.found)")
        }
        guard let (_, value) = pairs.first(where: { $0.key.text == "kind" }) else {
            throw DataSetError(what: "says no kind", remedy: "add kind: \(kinds)")
        }
        guard let kind = value.text.flatMap(DataDescription.Kind.init) else {
            throw DataSetError(place: value.place, what: "kind must be \(kinds), found \(value.found)")
        }
        var reader = DescriptionReader(description: DataDescription(path: path, kind: kind))
        for (key, value) in pairs {
            guard let name = key.text, kind.keys.contains(name) else { throw unknown(key, kind: kind) }
            try reader.take(name, value)
        }
        return reader.description
    }

    private static func unknown(_ key: YAMLTree, kind: DataDescription.Kind) -> DataSetError {
        let name = key.text ?? ""
        return DataSetError(
            place: key.place, what: "unknown key \(quoted(name)) for kind: \(kind.rawValue)",
            remedy: nearestName(to: name, among: kind.keys).map { "did you mean \($0)?" }
                ?? "known are \(listed(kind.keys, "and"))")
    }

    private mutating func take(_ key: String, _ value: YAMLTree) throws(DataSetError) {
        switch key {
        case "images": description.images = try paths(value, key)
        case "labels":
            description.labels =
                description.kind == .folder
                ? try word(value, key, DataDescription.FolderLabels.self).rawValue : try path(value, key)
        case "x": description.sampleArray = try text(value, key, "an array's name")
        case "y": description.labelArray = try text(value, key, "an array's name")
        case "inputs": try inputs(value, key)
        case "classes": description.classes = try classes(value, key)
        case "layout": description.layout = try word(value, key, DataDescription.Layout.self)
        case "channels": description.preprocessing.channels = try word(value, key, Preprocessing.Channels.self)
        case "resize": description.preprocessing.resizing = try resizing(value, key)
        case "crop": description.preprocessing.crop = try extent(value, key)
        case "scale": description.preprocessing.scale = try numbers(value, key)
        case "mean": description.preprocessing.mean = try numbers(value, key)
        case "std": description.preprocessing.std = try numbers(value, key, except: 0)
        case "text": description.text = try path(value, key)
        case "vocabulary": description.vocabulary = try path(value, key)
        case "last": description.last = try count(value, key, "how many symbols to take from the end")
        default: break
        }
    }
}

extension DescriptionReader {
    private func fault(_ value: YAMLTree, _ key: String, _ expected: String) -> DataSetError {
        DataSetError(place: value.place, what: "\(key) must be \(expected), found \(value.found)")
    }

    private func text(_ value: YAMLTree, _ key: String, _ expected: String) throws(DataSetError) -> String {
        guard let text = value.text, !text.isEmpty, !value.isNull else { throw fault(value, key, expected) }
        return text
    }

    private func path(_ value: YAMLTree, _ key: String) throws(DataSetError) -> String {
        let written = try text(value, key, "a path")
        guard !written.hasPrefix("/") else { return written }
        return folderPath(of: description.path) + written
    }

    private func paths(_ value: YAMLTree, _ key: String) throws(DataSetError) -> [String] {
        guard case .list(let items) = value.content else { return [try path(value, key)] }
        guard description.kind == .cifar else { throw fault(value, key, "one path") }
        guard !items.isEmpty else { throw fault(value, key, "at least one path") }
        var paths: [String] = []
        for item in items { paths.append(try path(item, key)) }
        return paths
    }

    private func classes(_ value: YAMLTree, _ key: String) throws(DataSetError) -> DataDescription.Classes {
        guard case .list(let items) = value.content else { return .file(try path(value, key)) }
        var names: [String] = []
        for item in items { names.append(try text(item, key, "names or a path")) }
        guard !names.isEmpty else { throw fault(value, key, "at least one name") }
        return .names(names)
    }

    /// Names of inputs with the arrays that go to them, or with their shapes.
    private mutating func inputs(_ value: YAMLTree, _ key: String) throws(DataSetError) {
        guard case .mapping(let pairs) = value.content else {
            throw fault(value, key, "names of the network's inputs with arrays or shapes (x: 1x3x224x224)")
        }
        for (name, value) in pairs {
            let input = try text(name, key, "names of inputs")
            if case .list(let items) = value.content {
                guard let shape = InputShape.shape(items.map { $0.word ?? "" }) else {
                    throw fault(value, "\(key): \(input)", "extents from 1 on")
                }
                description.inputShapes[input] = shape
            } else if let shape = value.word.flatMap({ InputShape.shape($0) }) {
                description.inputShapes[input] = shape
            } else {
                guard description.kind == .npz else { throw fault(value, "\(key): \(input)", "a shape such as 1x3x224x224") }
                description.inputArrays[input] = try text(value, key, "an array's name or a shape")
            }
        }
    }

    private func word<Word: RawRepresentable & CaseIterable>(
        _ value: YAMLTree, _ key: String, _: Word.Type
    ) throws(DataSetError) -> Word where Word.RawValue == String {
        guard let word = value.text.flatMap(Word.init) else {
            throw fault(value, key, listed(Word.allCases.map(\.rawValue), "or"))
        }
        return word
    }

    /// The largest side of an image that anything is resized to.
    private static let sideLimit = 1 << 14

    private func side(_ value: YAMLTree) -> Int? {
        value.word.flatMap { Int($0) }.flatMap { (1...Self.sideLimit).contains($0) ? $0 : nil }
    }

    private func extent(_ value: YAMLTree, _ key: String) throws(DataSetError) -> Preprocessing.Extent {
        guard case .list(let items) = value.content, items.count == 2, let height = side(items[0]),
            let width = side(items[1])
        else { throw fault(value, key, "[height, width] in pixels, each 1 to \(Self.sideLimit)") }
        return Preprocessing.Extent(height: height, width: width)
    }

    private func resizing(_ value: YAMLTree, _ key: String) throws(DataSetError) -> Preprocessing.Resizing {
        if let side = side(value) { return .shortSide(side) }
        guard case .list = value.content else {
            throw fault(value, key, "the short side in pixels or [height, width], up to \(Self.sideLimit)")
        }
        let extent = try extent(value, key)
        return .exactly(height: extent.height, width: extent.width)
    }

    private func numbers(_ value: YAMLTree, _ key: String, except forbidden: Double? = nil) throws(DataSetError) -> [Double] {
        let items: [YAMLTree]
        if case .list(let list) = value.content { items = list } else { items = [value] }
        guard !items.isEmpty else { throw fault(value, key, "a number or one a channel") }
        var numbers: [Double] = []
        for item in items {
            guard let number = item.word.flatMap({ Double($0) }), number.isFinite, number != forbidden else {
                throw fault(
                    item, key, forbidden == nil ? "a number or one a channel" : "a number other than 0, or one a channel")
            }
            numbers.append(number)
        }
        return numbers
    }

    private func count(_ value: YAMLTree, _ key: String, _ expected: String) throws(DataSetError) -> Int {
        guard let number = value.word.flatMap({ Int($0) }), number > 0 else { throw fault(value, key, expected) }
        return number
    }
}

extension DataSetError {
    fileprivate init(_ error: YAMLError, path: String) {
        let what =
            switch error.fault {
            case .notYAML(let problem): "not YAML: \(printable(problem, limit: 200))"
            case .anchorsOrAliases: "descriptions have no anchors (&) and aliases (*)"
            case .nestedTooDeeply: "nested more deeply than any description"
            case .duplicateKey(let key): "\(quoted(key)) is given twice"
            }
        self.init(path: path, place: error.place, what: what)
    }
}

/// The folder in front of a path's name, with its slash; empty where there is none.
func folderPath(of path: String) -> String {
    path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
}
