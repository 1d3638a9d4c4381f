import FoundationEssentials

/// The man page, made from the same declarations as the parser, its help and its completions.
struct ManualPage {
    private let program: CommandDescription
    private let version: String

    /// `dumpedHelp` is the parser's JSON description of a command and its subcommands.
    init(dumpedHelp: String, version: String) throws {
        program = try JSONDecoder().decode(Dump.self, from: Data(dumpedHelp.utf8)).command
        self.version = version
    }

    /// The page's source, for man(7).
    var roff: String {
        var page = Roff()
        let name = program.commandName
        page.macro("TH", name.uppercased(), "1", "", "\(name) \(version)", "User commands")
        page.section("NAME")
        page.text("\(name) - \((program.abstract ?? "").trimmedOfFullStop)")
        page.section("SYNOPSIS")
        page.synopsis(of: program.defaultCommand, named: name)
        for command in program.visibleCommands { page.synopsis(of: command, named: "\(name) \(command.commandName)") }
        page.section("DESCRIPTION")
        page.paragraphs(program.discussion ?? "")
        page.section("OPTIONS")
        for argument in program.defaultCommand.visibleArguments + program.visibleArguments { page.entry(argument) }
        page.section("COMMANDS")
        for command in program.visibleCommands {
            page.subsection("\(name) \(command.commandName)")
            page.paragraphs([command.abstract, command.discussion].compactMap { $0 }.joined(separator: "\n\n"))
            for argument in command.visibleArguments { page.entry(argument) }
        }
        for section in ManualPage.closingSections {
            page.section(section.title)
            for (term, meaning) in section.entries { page.entry(term, meaning) }
        }
        return page.source
    }

    private static let closingSections: [(title: String, entries: [(String, String)])] = [
        (
            "ENVIRONMENT",
            [
                ("NO_COLOR", "Where set and not empty, nothing is told by colour."),
                ("TERM", "The terminal; xterm-256color is tried where it is unset or unknown."),
                ("XDG_CONFIG_HOME", "Where your settings are; $HOME/.config without it."),
            ]
        ),
        ("FILES", [("$XDG_CONFIG_HOME/pare/themes/*.yaml", "Themes of your own.")]),
        (
            "EXIT STATUS",
            [
                ("0", "Done."),
                ("1", "The work failed; one line on the standard error says what, where and how to mend it."),
                ("2", "The arguments are wrong."),
            ]
        ),
    ]
}

/// What the parser says of itself, as far as the page needs it.
private struct Dump: Decodable {
    let command: CommandDescription
}

private struct CommandDescription: Decodable {
    let commandName: String
    let abstract: String?
    let discussion: String?
    let shouldDisplay: Bool?
    let defaultSubcommand: String?
    let subcommands: [CommandDescription]?
    let arguments: [ArgumentDescription]?

    /// The subcommands that have a section: not the default one, which is the program's own, and not `help`.
    var visibleCommands: [CommandDescription] {
        (subcommands ?? []).filter { $0.shouldDisplay != false && $0.commandName != defaultSubcommand && $0.commandName != "help" }
    }

    /// What runs when no command is named.
    var defaultCommand: CommandDescription {
        subcommands?.first { $0.commandName == defaultSubcommand } ?? self
    }

    /// Without `--help` and `--version`, which every command has.
    var visibleArguments: [ArgumentDescription] {
        (arguments ?? []).filter { $0.shouldDisplay && !["help", "version"].contains($0.preferredName?.name) }
    }
}

private struct ArgumentDescription: Decodable {
    struct Name: Decodable {
        let kind: String
        let name: String

        var spelling: String { kind == "long" ? "--\(name)" : "-\(name)" }
    }

    let kind: String
    let shouldDisplay: Bool
    let isOptional: Bool
    let names: [Name]?
    let preferredName: Name?
    let valueName: String?
    let defaultValue: String?
    let abstract: String?

    /// Bold names and an italic value, as roff.
    var term: String {
        let value = "\\fI\(Roff.escaped((valueName ?? "").uppercased()))\\fR"
        guard let names, !names.isEmpty else { return value }
        let short = names.filter { $0.kind == "short" } + names.filter { $0.kind != "short" }
        let spellings = short.map { "\\fB\(Roff.escaped($0.spelling))\\fR" }.joined(separator: ", ")
        return kind == "flag" ? spellings : "\(spellings) \(value)"
    }

    var synopsis: String {
        let name = preferredName.map { "\\fB\(Roff.escaped($0.spelling))\\fR" }
        let value = kind == "flag" ? nil : "\\fI\(Roff.escaped((valueName ?? "").uppercased()))\\fR"
        let text = [name, value].compactMap { $0 }.joined(separator: " ")
        return isOptional ? "[\(text)]" : text
    }
}

/// The source of a page for man(7), line by line.
private struct Roff {
    private(set) var source = ""

    /// Backslashes and hyphens as they are meant, and no line that begins as a request would.
    static func escaped(_ text: String) -> String {
        let marked = text.flatMap { character -> [Character] in
            switch character {
            case "\\": ["\\", "e"]
            case "-": ["\\", "-"]
            default: [character]
            }
        }
        return (text.hasPrefix(".") || text.hasPrefix("'") ? "\\&" : "") + String(marked)
    }

    mutating func macro(_ name: String, _ arguments: String...) {
        source += ".\(name)" + arguments.map { " \"\(Roff.escaped($0))\"" }.joined() + "\n"
    }

    mutating func section(_ title: String) { macro("SH", title) }

    mutating func subsection(_ title: String) { macro("SS", title) }

    mutating func text(_ text: String) { source += Roff.escaped(text) + "\n" }

    mutating func paragraphs(_ text: String) {
        for paragraph in text.split(separator: "\n", omittingEmptySubsequences: true) {
            source += ".PP\n"
            self.text(String(paragraph))
        }
    }

    mutating func synopsis(of command: CommandDescription, named name: String) {
        let arguments = command.visibleArguments.map(\.synopsis).joined(separator: " ")
        source += ".PP\n\\fB\(Roff.escaped(name))\\fR \(arguments)\n"
    }

    mutating func entry(_ argument: ArgumentDescription) {
        let standard = argument.defaultValue.map { " Default: \($0)." } ?? ""
        source += ".TP\n\(argument.term)\n\(Roff.escaped((argument.abstract ?? "") + standard))\n"
    }

    mutating func entry(_ term: String, _ meaning: String) {
        source += ".TP\n\\fB\(Roff.escaped(term))\\fR\n\(Roff.escaped(meaning))\n"
    }
}

extension String {
    fileprivate var trimmedOfFullStop: String { hasSuffix(".") ? String(dropLast()) : self }
}
