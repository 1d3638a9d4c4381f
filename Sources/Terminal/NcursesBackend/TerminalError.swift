/// Why no screen could be opened.
public enum TerminalError: Error, Hashable, CustomStringConvertible {
    /// The standard input or output is a file or a pipe.
    case notATerminal(stream: String)
    /// Neither this type nor xterm-256color is in the terminfo database.
    case unknownType(name: String?)
    /// The type is known, but it cannot move the cursor.
    case tooSimple(name: String)
    case system(call: String, reason: String)

    public var description: String {
        switch self {
        case .notATerminal(let stream): "standard \(stream) is no terminal"
        case .unknownType(let name):
            (name.map { "the terminal type “\($0)” is unknown" } ?? "TERM is not set")
                + " and xterm-256color is not installed either; set TERM to a type that `toe -a` lists, or install ncurses-base"
        case .tooSimple(let name):
            "a terminal of type “\(name)” cannot move its cursor; set TERM to what it really is, such as xterm-256color"
        case .system(let call, let reason): "\(call): \(reason)"
        }
    }
}
