/// What one cell shows: a base character and up to two combining marks, packed into 64 bits (21 each).
public struct Glyph: Sendable, Hashable, ExpressibleByUnicodeScalarLiteral, CustomStringConvertible {
    /// Base in the low 21 bits, then the marks; 0 means no mark.
    let bits: UInt64

    public init(_ base: Unicode.Scalar) { bits = UInt64(base.value) }

    public init(unicodeScalarLiteral value: Unicode.Scalar) { self.init(value) }

    private init(bits: UInt64) { self.bits = bits }

    public static let blank: Glyph = " "

    public var base: Unicode.Scalar { Unicode.Scalar(UInt32(bits & 0x1FFFFF)) ?? "\u{FFFD}" }

    /// The glyph with one more combining mark; a third is dropped.
    public func adding(mark: Unicode.Scalar) -> Glyph {
        if bits >> 21 == 0 { return Glyph(bits: bits | UInt64(mark.value) << 21) }
        if bits >> 42 == 0 { return Glyph(bits: bits | UInt64(mark.value) << 42) }
        return self
    }

    /// Base and marks, one to three.
    public var scalars: [Unicode.Scalar] {
        var result = [base]
        for shift in [21, 42] {
            let value = UInt32(bits >> shift & 0x1FFFFF)
            if value != 0, let mark = Unicode.Scalar(value) { result.append(mark) }
        }
        return result
    }

    public var hasMarks: Bool { bits >> 21 != 0 }

    public var description: String {
        var text = String.UnicodeScalarView()
        text.append(contentsOf: scalars)
        return String(text)
    }
}

/// One place of the screen: a glyph, the columns it takes, and its style.
public struct Cell: Sendable, Hashable {
    public var glyph: Glyph
    public var style: Style
    /// 1, or 2 for a wide glyph, or 0 for the cell that a wide glyph on its left covers.
    public var width: UInt8

    public init(_ glyph: Glyph, _ style: Style = .terminal, width: Int = 1) {
        self.glyph = glyph
        self.style = style
        self.width = UInt8(width)
    }

    public static let blank = Cell(.blank)
}
