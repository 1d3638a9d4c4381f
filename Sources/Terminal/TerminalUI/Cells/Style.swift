/// What a terminal can do to a glyph besides colouring it.
public struct Attributes: OptionSet, Sendable, Hashable {
    public let rawValue: UInt8

    public init(rawValue: UInt8) { self.rawValue = rawValue }

    public static let bold = Attributes(rawValue: 1)
    public static let dim = Attributes(rawValue: 2)
    public static let italic = Attributes(rawValue: 4)
    public static let underline = Attributes(rawValue: 8)
    public static let reverse = Attributes(rawValue: 16)

    /// Every attribute with the name themes use for it.
    public static let named: [(name: String, attribute: Attributes)] = [
        ("bold", .bold), ("dim", .dim), ("italic", .italic), ("underline", .underline), ("reverse", .reverse),
    ]
}

/// Colours and attributes of a piece of text.
public struct Style: Sendable, Hashable {
    public var foreground: Color
    public var background: Color
    public var attributes: Attributes

    public init(_ foreground: Color = .inherited, on background: Color = .inherited, _ attributes: Attributes = []) {
        self.foreground = foreground
        self.background = background
        self.attributes = attributes
    }

    public init(_ foreground: RGB, on background: RGB? = nil, _ attributes: Attributes = []) {
        self.init(.rgb(foreground), on: background.map(Color.rgb) ?? .inherited, attributes)
    }

    /// The terminal's own colours, no attributes.
    public static let terminal = Style(.terminal, on: .terminal)
    /// Changes nothing.
    public static let inherited = Style()

    /// This style where it says something, `lower` where it does not; attributes of both.
    public func over(_ lower: Style) -> Style {
        Style(
            foreground == .inherited ? lower.foreground : foreground,
            on: background == .inherited ? lower.background : background,
            attributes.union(lower.attributes))
    }

    /// The style a glyph gets when written on a cell of style `cell`: reverse belongs to the background, so it stays with it.
    func written(on cell: Style) -> Style {
        let kept: Attributes = background == .inherited ? cell.attributes.intersection(.reverse) : []
        return Style(
            foreground == .inherited ? cell.foreground : foreground,
            on: background == .inherited ? cell.background : background,
            attributes.union(kept))
    }

    /// The style with these attributes as well.
    public func adding(_ more: Attributes) -> Style { Style(foreground, on: background, attributes.union(more)) }

    /// The style on another background.
    public func on(_ background: Color) -> Style { Style(foreground, on: background, attributes) }
}
