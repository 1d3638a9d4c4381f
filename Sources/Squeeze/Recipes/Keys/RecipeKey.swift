import TextFormats
import Yams

/// A key of a section of a recipe, in one row: its name, how what stands behind it is read, and how it is written.
protocol RecipeRow: Sendable {
    associatedtype Section

    var name: String { get }
    /// Reads what stands behind the key into a section.
    var read: @Sendable (YAMLTree, inout Section) throws(RecipeError) -> Void { get }
    /// What stands behind the key; nil where the section says nothing of it.
    var write: @Sendable (Section) -> Node? { get }
}

/// A key whose value is read and written, and nothing else.
struct RecipeKey<Section>: RecipeRow {
    let name: String
    let read: @Sendable (YAMLTree, inout Section) throws(RecipeError) -> Void
    let write: @Sendable (Section) -> Node?

    /// What is read and written in a way of its own.
    init(
        _ name: String, read: @escaping @Sendable (YAMLTree, inout Section) throws(RecipeError) -> Void,
        write: @escaping @Sendable (Section) -> Node?
    ) {
        (self.name, self.read, self.write) = (name, read, write)
    }

    /// A value that is always written.
    init<Value>(_ name: String, _ path: WritableKeyPath<Section, Value> & Sendable, _ form: ValueForm<Value>) {
        self.name = name
        read = { (tree, section) throws(RecipeError) in section[keyPath: path] = try form.read(tree, name) }
        write = { form.write($0[keyPath: path]) }
    }

    /// A value that is written where there is one.
    init<Value>(_ name: String, _ path: WritableKeyPath<Section, Value?> & Sendable, _ form: ValueForm<Value>) {
        self.name = name
        read = { (tree, section) throws(RecipeError) in section[keyPath: path] = try form.read(tree, name) }
        write = { $0[keyPath: path].map(form.write) }
    }

    /// A value that is written where it is another than the usual one.
    init<Value: Equatable & Sendable>(
        _ name: String, _ path: WritableKeyPath<Section, Value> & Sendable, _ form: ValueForm<Value>, unless usual: Value
    ) {
        self.name = name
        read = { (tree, section) throws(RecipeError) in section[keyPath: path] = try form.read(tree, name) }
        write = { $0[keyPath: path] == usual ? nil : form.write($0[keyPath: path]) }
    }
}

/// The keys of a section, in the order in which they are written; no two have one name.
struct KeyTable<Row: RecipeRow>: Sendable {
    let rows: [Row]
    private let byName: [String: Row]
    /// Names that errors do not offer.
    private let unlisted: Set<String>

    init(_ rows: Row...) { self.init(rows) }

    init(_ rows: [Row], unlisted: Set<String> = []) {
        self.rows = rows
        self.unlisted = unlisted
        byName = Dictionary(rows.map { ($0.name, $0) }) { first, _ in preconditionFailure("two keys are called \(first.name)") }
    }

    /// The names, for errors.
    var names: [String] { rows.map(\.name).filter { !unlisted.contains($0) } }

    /// Reads a mapping that may have none but these keys.
    func read(_ tree: YAMLTree, into target: inout Row.Section, section: String) throws(RecipeError) {
        for (key, value) in try keys(of: tree, named: section) {
            guard let row = byName[key.text ?? ""] else { throw unknown(key, in: section, known: names) }
            try row.read(value, &target)
        }
    }

    /// Reads a mapping where nothing else may stand; errors say what is `wanted`, or list the keys.
    func readMapping(
        _ tree: YAMLTree, into target: inout Row.Section, section: String, wanted: (String) -> String = { $0 }
    ) throws(RecipeError) {
        guard case .mapping = tree.content else {
            throw unexpected(tree, field: section, expected: wanted("keys (\(listed(names, "and")))"))
        }
        try read(tree, into: &target, section: section)
    }

    /// The keys that a section says, with what stands behind them.
    func pairs(_ section: Row.Section) -> [(String, Node)] {
        rows.compactMap { row in row.write(section).map { (row.name, $0) } }
    }

    /// `{clusters: 16, init: linear}`
    func node(_ section: Row.Section) -> Node { .mapping(pairs(section), in: .flow) }
}
