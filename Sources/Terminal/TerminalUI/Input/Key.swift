/// A key as a person names it.
public struct Key: Sendable, Hashable {
    /// What was pressed, without modifiers.
    public enum Code: Sendable, Hashable {
        /// A character as typed: shift is part of it ("H").
        case character(Character)
        case up, down, left, right
        case home, end, pageUp, pageDown
        case tab, backTab, enter, escape, backspace, delete, insert
        /// F1…F20.
        case function(Int)
    }

    /// Keys held down with another; shift only where the code does not tell already.
    public struct Modifiers: OptionSet, Sendable, Hashable {
        public let rawValue: UInt8
        public init(rawValue: UInt8) { self.rawValue = rawValue }
        public static let control = Modifiers(rawValue: 1)
        public static let alt = Modifiers(rawValue: 2)
        public static let shift = Modifiers(rawValue: 4)
    }

    public var code: Code
    public var modifiers: Modifiers

    public init(_ code: Code, _ modifiers: Modifiers = []) {
        self.code = code
        self.modifiers = modifiers
    }

    /// A character key.
    public static func character(_ character: Character) -> Key { Key(.character(character)) }
    /// Control with a lower-case letter or a sign.
    public static func control(_ character: Character) -> Key { Key(.character(character), .control) }
    public static func alt(_ character: Character) -> Key { Key(.character(character), .alt) }
    public static func function(_ number: Int) -> Key { Key(.function(number)) }

    public static let up = Key(.up), down = Key(.down), left = Key(.left), right = Key(.right)
    public static let shiftUp = Key(.up, .shift), shiftDown = Key(.down, .shift)
    public static let shiftLeft = Key(.left, .shift), shiftRight = Key(.right, .shift)
    public static let home = Key(.home), end = Key(.end), pageUp = Key(.pageUp), pageDown = Key(.pageDown)
    public static let tab = Key(.tab), backTab = Key(.backTab), enter = Key(.enter), escape = Key(.escape)
    public static let backspace = Key(.backspace), delete = Key(.delete), insert = Key(.insert)
    public static let space = Key.character(" ")

    /// The character to insert into a text field; nil for commands.
    public var text: Character? {
        if case .character(let character) = code, modifiers.isEmpty { character } else { nil }
    }
}
