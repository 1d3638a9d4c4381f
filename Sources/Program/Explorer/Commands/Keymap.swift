import TerminalUI

/// Where a binding holds: everywhere in the explorer, or only while a pane has the focus.
public enum KeyContext: String, Sendable, Hashable, CaseIterable {
    case everywhere, layers, weights, map, controls
}

/// One row of the keymap, from which the bindings, the footer, the help and the documentation are all made.
public struct Binding: Sendable {
    public var keys: [Key]
    public var command: Command
    public var context: KeyContext
    /// A word or two for the footer; nil where the footer does not mention the binding.
    public var hint: String?

    init(_ keys: String, _ command: Command, in context: KeyContext = .everywhere, hint: String? = nil) {
        self.keys = keys.split(separator: " ").map { name in
            guard let key = Key(parsing: String(name)) else { preconditionFailure("the keymap names no key \(name)") }
            return key
        }
        self.command = command
        self.context = context
        self.hint = hint
    }
}

/// The keymap of the explorer.
public enum Keymap {
    /// All bindings; within a context the first hints are the first to be shown in the footer.
    public static let bindings: [Binding] = [
        Binding("h left", .decrease, in: .layers, hint: "adjust"),
        Binding("l right", .increase, in: .layers, hint: "adjust"),
        Binding("h left", .decrease, in: .controls, hint: "adjust"),
        Binding("l right", .increase, in: .controls, hint: "adjust"),
        Binding("h left", .decrease, in: .weights, hint: "adjust"),
        Binding("l right", .increase, in: .weights, hint: "adjust"),
        Binding("H shift-left", .decreaseMuch, hint: "×10"),
        Binding("L shift-right", .increaseMuch, hint: "×10"),
        Binding("h left", .panLeft, in: .map, hint: "pan"),
        Binding("l right", .panRight, in: .map, hint: "pan"),
        Binding("j down", .panDown, in: .map, hint: "pan"),
        Binding("k up", .panUp, in: .map, hint: "pan"),
        Binding("j down", .next, in: .layers),
        Binding("k up", .previous, in: .layers),
        Binding("j down", .nextControl, in: .controls, hint: "slider"),
        Binding("k up", .previousControl, in: .controls, hint: "slider"),
        Binding("j down", .next, in: .weights),
        Binding("k up", .previous, in: .weights),
        Binding("pagedown ctrl-f", .nextPage),
        Binding("pageup ctrl-b", .previousPage),
        Binding("g home", .first),
        Binding("G end", .last),
        Binding("enter =", .type, hint: "type"),
        Binding("]", .nextControl),
        Binding("[", .previousControl),
        Binding("v", .nextUnit, hint: "unit"),
        Binding("z", .zoomIn, in: .weights, hint: "zoom"),
        Binding("Z", .zoomOut, in: .weights, hint: "zoom"),
        Binding("z", .zoomIn, in: .map, hint: "zoom"),
        Binding("Z", .zoomOut, in: .map, hint: "zoom"),
        Binding("<", .panLeft, in: .weights),
        Binding(">", .panRight, in: .weights),
        Binding("x", .resetView),
        Binding("f", .factors, hint: "factors"),
        Binding("F", .nextFactor),
        Binding("i", .samples, hint: "samples"),
        Binding("e", .automaticRanks),
        Binding("c", .logCounts),
        Binding("space", .mark, in: .layers, hint: "mark"),
        Binding("*", .markAll),
        Binding("U", .unmarkAll),
        Binding("a", .applyPlan, hint: "apply"),
        Binding("A", .applyControl),
        Binding("u", .undo, hint: "undo"),
        Binding("ctrl-r", .redo),
        Binding("r", .reset),
        Binding("R", .resetAll),
        Binding("p", .pin, hint: "pin"),
        Binding("b", .swapPin),
        Binding("P", .unpin),
        Binding("C", .reconstruct, hint: "reconstruct"),
        Binding("T", .finetune, hint: "fine-tune"),
        Binding("/", .filter, hint: "filter"),
        Binding("esc", .back, in: .controls, hint: "back"),
        Binding("esc", .back),
        Binding("s", .sort),
        Binding("S", .reverseSort),
        Binding(": ctrl-p", .palette, hint: "commands"),
        Binding("w", .save, hint: "save"),
        Binding("m", .measures, hint: "measures"),
        Binding("W", .saveAs),
        Binding("X", .export),
        Binding("o", .open),
        Binding("d", .data),
        Binding("I", .inputShapes),
        Binding("O", .start),
        Binding("t", .theme),
        Binding("?", .help, hint: "help"),
        Binding("tab", .focusNext),
        Binding("shift-tab", .focusPrevious),
        Binding("1", .focusLayers),
        Binding("2", .focusWeights),
        Binding("3", .focusMap),
        Binding("4", .focusControls),
        Binding("+", .enlarge),
        Binding("_", .restore),
        Binding("ctrl-l", .redraw),
        Binding("ctrl-z", .suspend),
        Binding("q ctrl-c", .quit, hint: "quit"),
    ]

    /// The command a key asks for while `context` has the focus: the pane's own binding before the general one.
    public static func command(for key: Key, in context: KeyContext) -> Command? {
        lookup[Slot(key: key, context: context)] ?? lookup[Slot(key: key, context: .everywhere)]
    }

    /// All keys bound to a command, in the order of the table, each once.
    public static func keys(for command: Command) -> [Key] {
        var keys: [Key] = []
        for binding in bindings where binding.command == command {
            for key in binding.keys where !keys.contains(key) { keys.append(key) }
        }
        return keys
    }

    private struct Slot: Hashable {
        var key: Key
        var context: KeyContext
    }

    private static let lookup: [Slot: Command] = {
        var table: [Slot: Command] = [:]
        for binding in bindings {
            for key in binding.keys {
                let slot = Slot(key: key, context: binding.context)
                precondition(table[slot] == nil, "the keymap binds \(key) twice in \(binding.context)")
                table[slot] = binding.command
            }
        }
        return table
    }()
}
