import TerminalUI

/// Where a binding holds: everywhere in the explorer, or only while a pane has the focus.
public enum KeyContext: String, Sendable, Hashable, CaseIterable {
    case everywhere, layers, weights, map, controls
}

/// Keys of a command, and where they are its keys.
public struct Binding: Sendable {
    public let keys: [Key]
    public let contexts: [KeyContext]
    let hint: Hint?

    /// Keys by their names, with a blank between them.
    static func keys(_ names: String, in contexts: KeyContext..., hint: Hint? = nil) -> Binding {
        let keys = names.split(separator: " ").map { name in
            guard let key = Key(parsing: String(name)) else { preconditionFailure("there is no key \(name)") }
            return key
        }
        return Binding(keys: keys, contexts: contexts.isEmpty ? [.everywhere] : contexts, hint: hint)
    }
}

/// A word or two for the footer; keys of the same words stand together.
struct Hint: Sendable {
    let text: String
    /// The lower, the sooner it is shown where room is short.
    let rank: Int

    init(_ text: String, _ rank: Int) { (self.text, self.rank) = (text, rank) }
}

/// The keymap of the explorer, as the commands' rows give it.
public enum Keymap {
    /// The command a key asks for while `context` has the focus: the pane's own binding before the general one.
    public static func command(for key: Key, in context: KeyContext) -> Command? {
        lookup[Slot(key: key, context: context)] ?? lookup[Slot(key: key, context: .everywhere)]
    }

    /// The bindings that hold in a context and have a hint, the first to be shown first.
    static func hints(in context: KeyContext) -> [(key: Key, text: String)] {
        let bindings = Command.all.flatMap(\.bindings).filter { $0.contexts.contains(context) || $0.contexts.contains(.everywhere) }
        let hinted = bindings.compactMap { binding in binding.hint.map { (rank: $0.rank, key: binding.keys[0], text: $0.text) } }
        return hinted.enumerated().sorted { ($0.element.rank, $0.offset) < ($1.element.rank, $1.offset) }
            .map { ($0.element.key, $0.element.text) }
    }

    /// What stands against commands living side by side: two of one name, or on one key in one place.
    static func conflicts(among commands: [Command]) -> [String] {
        var conflicts: [String] = []
        var names: Set<String> = []
        var slots: [Slot: Command] = [:]
        for command in commands {
            if !names.insert(command.name).inserted { conflicts.append("two commands are called \(command.name)") }
            for binding in command.bindings {
                for slot in binding.contexts.flatMap({ context in binding.keys.map { Slot(key: $0, context: context) } }) {
                    if let other = slots.updateValue(command, forKey: slot) {
                        conflicts.append("\(other.name) and \(command.name) are both on \(slot.key) in \(slot.context)")
                    }
                }
            }
        }
        return conflicts
    }

    private struct Slot: Hashable {
        var key: Key
        var context: KeyContext
    }

    private static let lookup: [Slot: Command] = {
        let conflicts = Keymap.conflicts(among: Command.all)
        precondition(conflicts.isEmpty, conflicts.joined(separator: "; "))
        var table: [Slot: Command] = [:]
        for command in Command.all {
            for binding in command.bindings {
                for context in binding.contexts {
                    for key in binding.keys { table[Slot(key: key, context: context)] = command }
                }
            }
        }
        return table
    }()
}
