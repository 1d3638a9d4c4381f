/// How many colours a terminal shows.
public enum ColorDepth: Int, Sendable, Hashable, CaseIterable, Comparable {
    /// None: meaning is carried by attributes.
    case mono = 1
    case colors8 = 8
    case colors16 = 16
    case colors256 = 256
    case trueColor = 0x100_0000

    public static func < (left: ColorDepth, right: ColorDepth) -> Bool { left.rawValue < right.rawValue }
}

/// The colours of a terminal with a palette.
public enum TerminalPalette {
    /// The sixteen named colours as xterm shows them; a terminal's user may have chosen others.
    public static let ansi: [RGB] = [
        0x000000, 0xCD0000, 0x00CD00, 0xCDCD00, 0x0000EE, 0xCD00CD, 0x00CDCD, 0xE5E5E5,
        0x7F7F7F, 0xFF0000, 0x00FF00, 0xFFFF00, 0x5C5CFF, 0xFF00FF, 0x00FFFF, 0xFFFFFF,
    ].map(RGB.init(hex:))

    /// xterm's 256 colours: the sixteen, a 6×6×6 cube (16…231) and 24 greys (232…255).
    public static let xterm256: [RGB] = {
        var colors = ansi
        let levels: [UInt8] = [0, 95, 135, 175, 215, 255]
        for red in levels { for green in levels { for blue in levels { colors.append(RGB(red, green, blue)) } } }
        for step in 0..<24 { colors.append(RGB(UInt8(8 + 10 * step), UInt8(8 + 10 * step), UInt8(8 + 10 * step))) }
        return colors
    }()
}
