/// What a person did at the terminal, or what became of it.
public enum InputEvent: Sendable, Hashable {
    case key(Key)
    case mouse(MouseEvent)
    /// The screen has another size now.
    case resize(Size)
    /// Text that was pasted, newlines included, in one piece.
    case paste(String)
    /// The terminal gained (true) or lost (false) the focus.
    case focus(Bool)
    /// The system asks the program to end: the signal's number.
    case terminate(signal: Int32)
    /// The terminal is gone: nothing can be read or shown any more.
    case hangUp
}

/// A movement, press or turn of the mouse.
public struct MouseEvent: Sendable, Hashable {
    public enum Kind: Sendable, Hashable {
        case press, release, drag, wheelUp, wheelDown, move
    }
    public enum Button: Sendable, Hashable {
        case left, middle, right, none
    }

    public var kind: Kind
    public var button: Button
    /// The cell under the pointer.
    public var position: Point
    public var modifiers: Key.Modifiers

    public init(kind: Kind, button: Button = .left, position: Point, modifiers: Key.Modifiers = []) {
        self.kind = kind
        self.button = button
        self.position = position
        self.modifiers = modifiers
    }
}
