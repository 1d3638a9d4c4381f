/// A style for every role, and the colours of the sparsity map.
public struct Theme: Sendable, Hashable {
    /// The name people choose it by.
    public let name: String
    /// Whether the background is darker than the text.
    public let isDark: Bool
    /// Text on background: what an empty screen is filled with.
    public let ground: Style
    /// Colours of densities 0…1, at least two; empty where a depth has no colours for them.
    public let map: [RGB]
    /// `map` in 256 steps: mixing in CIELAB is too slow to do for every pixel of a frame.
    private let ramp: [RGB]
    private var styles: [Role: Style]

    /// Creates a theme; a role without a style takes that of its fallback.
    public init(name: String, isDark: Bool, styles given: [Role: Style], map: [RGB]) {
        self.name = name
        self.isDark = isDark
        self.map = map
        ramp = Self.ramp(map)
        let base = given[.text] ?? .terminal
        ground = Style(
            base.foreground == .inherited ? .terminal : base.foreground,
            on: base.background == .inherited ? .terminal : base.background)
        var resolved: [Role: Style] = [.text: Style(ground.foreground, base.attributes)]
        func resolve(_ role: Role) -> Style {
            if let known = resolved[role] { return known }
            guard let (other, attributes) = role.fallback else { return .inherited }
            let lower = resolve(other)
            let style: Style
            if let own = given[role] {
                // A style that is given says all but its colour's absence: its attributes replace the fallback's.
                style = Style(
                    own.foreground == .inherited ? lower.foreground : own.foreground, on: own.background, own.attributes)
            } else {
                style = lower.adding(attributes)
            }
            resolved[role] = style
            return style
        }
        for role in Role.allCases { _ = resolve(role) }
        styles = resolved
    }

    /// The style of a role; its background is inherited unless the theme gives it one.
    public subscript(role: Role) -> Style { styles[role] ?? .inherited }

    /// No colours but the terminal's own, meaning by attributes: what is left when no theme can be read.
    public static let terminal = Theme(name: "terminal", isDark: true, styles: [:], map: []).adapted(to: .mono)

    /// The colour of a density of 0…1; nil where the theme has no map colours.
    public func mapColor(_ density: Double) -> RGB? {
        guard !ramp.isEmpty else { return nil }
        let place = density.isNaN ? 0 : max(0, min(1, density))
        return ramp[Int((place * Double(ramp.count - 1)).rounded())]
    }

    private static func ramp(_ map: [RGB]) -> [RGB] {
        guard map.count > 1 else { return map }
        return (0..<256).map { step in
            let place = Double(step) / 255 * Double(map.count - 1)
            let index = min(Int(place), map.count - 2)
            return map[index].mixed(with: map[index + 1], fraction: place - Double(index))
        }
    }

    /// The theme for a terminal of this depth: where colours that tell things apart become one, attributes tell them apart.
    public func adapted(to depth: ColorDepth) -> Theme {
        var copy = self
        switch depth {
        case .trueColor, .colors256:
            return self
        case .mono:
            copy = Theme(copy, ground: .terminal, map: [])
            for role in Role.allCases { copy.styles[role] = Style(.inherited, role.monochromeAttributes) }
            return copy
        case .colors16, .colors8:
            var quantizer = Quantizer(depth)
            for role in Role.allCases { copy.styles[role] = distinct(role, &quantizer) }
            return copy
        }
    }

    private init(_ other: Theme, ground: Style, map: [RGB]) {
        name = other.name
        isDark = other.isDark
        self.ground = ground
        self.map = map
        ramp = Self.ramp(map)
        styles = other.styles
    }

    private func distinct(_ role: Role, _ quantizer: inout Quantizer) -> Style {
        var style = self[role]
        let groundBackground = ground.background.rgb
        if let background = style.background.rgb, let below = groundBackground, background != below,
            quantizer.index(of: background) == quantizer.index(of: below)
        {
            style.background = .inherited
            style.attributes.formUnion(role.monochromeAttributes.intersection([.reverse, .underline, .bold]))
        }
        if let foreground = style.foreground.rgb, let text = self[.text].foreground.rgb, let below = groundBackground,
            foreground != text, role != .text,
            quantizer.pair(foreground, on: below).foreground == quantizer.pair(text, on: below).foreground
        {
            style.attributes.formUnion(role.monochromeAttributes)
        }
        return style
    }
}

/// What widgets draw with: a theme fitted to the terminal's colours, and its signs.
public struct Appearance: Sendable, Hashable {
    /// The theme, adapted to `depth`.
    public let theme: Theme
    public let glyphs: GlyphSet
    public let depth: ColorDepth

    public init(theme: Theme, depth: ColorDepth = .trueColor, glyphs: GlyphSet = .unicode) {
        self.theme = theme.adapted(to: depth)
        self.glyphs = glyphs
        self.depth = depth
    }

    public subscript(role: Role) -> Style { theme[role] }

    /// Whether colours are too few to tell things apart by them alone.
    public var hasColors: Bool { depth > .mono && theme.ground.background != .terminal }

    /// Weight of the focused pane's border: heavy where colour cannot tell.
    var focusedWeight: BoxArms.Weight { hasColors ? .light : .heavy }
}
