import TerminalUI

/// Everything a person can ask for, in one row: what keys are bound to, what the palette lists, what the help and the footer
/// explain, and what is done.
public struct Command: Sendable {
    /// Tells it from all others.
    public let name: String
    /// What the command does, in the imperative, as the palette and the help say it.
    public let title: String
    /// Words by which it is found besides those of its title.
    let keywords: String
    let bindings: [Binding]
    /// Whether it has no meaning without an open model.
    let needsModel: Bool
    let perform: @Sendable (inout ExplorerState) -> [Effect]

    /// A command that asks the world outside for something.
    init(
        _ name: String, _ title: String, _ bindings: Binding..., finds keywords: String = "", needsModel: Bool = true,
        asks: @escaping @Sendable (inout ExplorerState) -> [Effect]
    ) {
        (self.name, self.title, self.bindings, self.keywords) = (name, title, bindings, keywords)
        (self.needsModel, perform) = (needsModel, asks)
    }

    /// A command that only changes what the explorer shows.
    init(
        _ name: String, _ title: String, _ bindings: Binding..., finds keywords: String = "", needsModel: Bool = true,
        does: @escaping @Sendable (inout ExplorerState) -> Void
    ) {
        (self.name, self.title, self.bindings, self.keywords, self.needsModel) = (name, title, bindings, keywords, needsModel)
        perform = { state in
            does(&state)
            return []
        }
    }

    /// A command that only changes what is shown of the open model, or its plans.
    init(
        _ name: String, _ title: String, _ bindings: Binding..., finds keywords: String = "",
        changes: @escaping @Sendable (inout Workspace) -> Void
    ) {
        (self.name, self.title, self.bindings, self.keywords, needsModel) = (name, title, bindings, keywords, true)
        perform = { state in
            if state.workspace != nil { changes(&state.workspace!) }
            return []
        }
    }

    /// All keys bound to it, in the order of its bindings, each once.
    public var keys: [Key] {
        bindings.flatMap(\.keys).reduce(into: []) { keys, key in
            if !keys.contains(key) { keys.append(key) }
        }
    }

    /// Whether its words hold one that begins with each of a query's words, which are in lower case.
    func isFound(by wanted: [Substring]) -> Bool {
        let words = keywords.lowercased().split(separator: " ")
        return !wanted.isEmpty && wanted.allSatisfy { begin in words.contains { $0.hasPrefix(begin) } }
    }

    /// All commands, in the order of the help.
    public static let all = CommandGroup.all.flatMap(\.commands)
}

extension Command: Hashable {
    public static func == (left: Command, right: Command) -> Bool { left.name == right.name }
    public func hash(into hasher: inout Hasher) { hasher.combine(name) }
}

/// Commands under one heading of the help.
public struct CommandGroup: Sendable {
    public let title: String
    public let commands: [Command]

    init(_ title: String, _ commands: [Command]) {
        self.title = title
        self.commands = commands
    }

    public static let all: [CommandGroup] = [moving, adjusting, sliders, marking, comparing, recovering, finding, viewing, files, pare]
}

extension ExplorerState {
    /// Carries out a command, wherever it came from.
    mutating func perform(_ command: Command) -> [Effect] {
        command.needsModel && workspace == nil ? [] : command.perform(&self)
    }
}
