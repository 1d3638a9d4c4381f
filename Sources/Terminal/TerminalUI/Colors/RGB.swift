/// A colour in sRGB, 8 bits a channel.
public struct RGB: Sendable, Hashable, CustomStringConvertible {
    public var red: UInt8
    public var green: UInt8
    public var blue: UInt8

    public init(_ red: UInt8, _ green: UInt8, _ blue: UInt8) {
        self.red = red
        self.green = green
        self.blue = blue
    }

    /// Creates a colour from 0xRRGGBB.
    public init(hex: UInt32) {
        self.init(UInt8(truncatingIfNeeded: hex >> 16), UInt8(truncatingIfNeeded: hex >> 8), UInt8(truncatingIfNeeded: hex))
    }

    /// Creates a colour from "#rrggbb" or "#rgb"; nil for anything else.
    public init?(text: String) {
        guard text.first == "#" else { return nil }
        let digits = text.dropFirst()
        guard digits.allSatisfy(\.isHexDigit), let value = UInt32(digits, radix: 16) else { return nil }
        switch digits.count {
        case 6: self.init(hex: value)
        case 3: self.init(UInt8(value >> 8) * 17, UInt8(value >> 4 & 15) * 17, UInt8(value & 15) * 17)
        default: return nil
        }
    }

    /// 0xRRGGBB.
    public var hex: UInt32 { UInt32(red) << 16 | UInt32(green) << 8 | UInt32(blue) }

    /// "#rrggbb".
    public var description: String {
        let digits = String(hex, radix: 16)
        return "#" + String(repeating: "0", count: 6 - digits.count) + digits
    }
}

/// What a cell is painted with.
public enum Color: Sendable, Hashable {
    /// Whatever is there already: a style without a background of its own keeps the one below.
    case inherited
    /// The terminal's own foreground or background.
    case terminal
    case rgb(RGB)

    /// The colour's channels; nil where the terminal or the cell below decides.
    public var rgb: RGB? {
        if case .rgb(let rgb) = self { rgb } else { nil }
    }
}
